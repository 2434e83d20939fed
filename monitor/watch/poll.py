"""Run one search and record what changed. Read this first.

A poll reconciles, it does not look through a window: it asks for every PMID that matches,
compares with every PMID held, and stores the difference in one transaction. So no outage,
back-dated entry date, cap, sort order or clock can lose an article. The network is asked
first, with no transaction open; a failed or partial answer changes nothing but the record
that it failed.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from monitor import store
from monitor.errors import ConflictError, QueryError, UpstreamError
from monitor.evidence.conclude import conclude
from monitor.model import FetchResult, LinkResult, Outcome, Poll, Search, SearchKind, SearchResult, SearchState, Topic
from monitor.ports import IsStopping, Progress, PubMed, never, silent
from monitor.store import Database
from monitor.watch import schedule
from monitor.watch.reconcile import PollSnapshot, Topics, record

#: NCBI's modification dates have no stated time zone and arrive late; look back this far behind the last success.
OVERLAP = timedelta(days=3)

#: Every held record is fetched again this often, in case a modification date was never moved.
FULL_CHECK_EVERY = timedelta(days=30)

#: Articles found by link have no query to ask "what was modified?"; their records are checked this often.
LINKED_CHECK_EVERY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Due:
    """A claimed search with what the database knew of it before it was asked, and the token of the claim."""

    topic: Topic
    search: Search
    state: SearchState
    token: str


def poll_due(
    topics: Sequence[Topic],
    pubmed: PubMed,
    db: Database,
    now: datetime,
    progress: Progress = silent,
    *,
    only: Collection[tuple[str, str]] | None = None,
    is_stopping: IsStopping = never,
) -> list[Poll]:
    """Run every search that is due, each claimed first so that two services never run it twice.

    `only` names (topic, search) pairs to run now, due or not, as an operator asks for. Returns
    the polls, failed ones included; a search that another process is polling is left to it. When
    `is_stopping`, the searches not yet begun are given back and stay due.
    """
    claimed = _claim(topics, db, now, only)
    return _poll_all(claimed, topics, pubmed, db, now, progress, is_stopping)


def _claim(topics: Sequence[Topic], db: Database, now: datetime, only: Collection[tuple[str, str]] | None) -> list[Due]:
    configured = {(t.key, s.name): (t, s) for t in topics for s in t.searches}
    with db.begin() as tx:
        wanted = only if only is not None else [(s.topic, s.name) for s in store.searches.due(tx, now)]
        return [
            Due(*configured[key], store.searches.state(tx, *key), token)
            for key in wanted
            if key in configured and (token := store.searches.claim(tx, *key, now, early=only is not None))
        ]


def _poll_all(
    claimed: Sequence[Due],
    topics: Sequence[Topic],
    pubmed: PubMed,
    db: Database,
    now: datetime,
    progress: Progress,
    is_stopping: IsStopping,
) -> list[Poll]:
    """One ELink for all seeds together, then each search by itself."""
    by_key = {topic.key: topic for topic in topics}
    links = _ask_links([d for d in claimed if d.search.kind is SearchKind.CITING], pubmed, db, now)
    polls = []
    for number, due in enumerate(claimed):
        if is_stopping():
            _give_back(claimed[number:], db)
            break
        progress(number, len(claimed), f"{due.topic.key}/{due.search.name}")
        polls += _run(due, by_key, links, pubmed, db, now, progress)
    progress(len(claimed), len(claimed), "searches asked")
    _answer_first([by_key[key] for key in dict.fromkeys(due.topic.key for due in claimed)], db, now)
    return polls


def _answer_first(topics: Sequence[Topic], db: Database, now: datetime) -> None:
    """A topic's first answer, once every search has brought its baseline or has failed to."""
    with db.begin() as tx:
        for topic in topics:
            store.topics.lock(tx, topic.key)
            states = store.searches.states(tx, topic.key)
            is_settled = all(s.has_baseline or s.failures_in_row for s in states)
            has_any = any(s.has_baseline for s in states)
            if is_settled and has_any and store.answers.current(tx, topic.key) is None:
                conclude(tx, topic, now)


def _give_back(claimed: Sequence[Due], db: Database) -> None:
    with db.begin() as tx:
        for due in claimed:
            store.searches.release(tx, due.topic.key, due.search.name, due.token)


@dataclass(frozen=True, slots=True)
class _Links:
    """The shared ELink answer, or why there is none; `seeds` maps a topic to its seed's PMID."""

    seeds: dict[str, str]
    linked: LinkResult | None = None
    error: UpstreamError | None = None


def _ask_links(due: Sequence[Due], pubmed: PubMed, db: Database, now: datetime) -> _Links:
    seeds: dict[str, str] = {}
    if not due:
        return _Links(seeds)
    try:
        for one in due:
            seeds[one.topic.key] = seed_pmid(one.topic, pubmed, db, now)
        return _Links(seeds, pubmed.citing(sorted(set(seeds.values()))))
    except UpstreamError as error:
        return _Links(seeds, error=error)


def seed_pmid(topic: Topic, pubmed: PubMed, db: Database, now: datetime) -> str:
    """The PMID of the topic's seed: as configured, as stored, or resolved from its DOI at first use and stored."""
    if topic.seed is None:
        raise QueryError(f'Topic "{topic.key}" has a search by link but no seed. Add "seed:" with a doi or pmid.')
    with db.begin() as tx:
        known = topic.seed.pmid or store.topics.seed_pmid(tx, topic.key)
    if known:
        return known
    pmid = pubmed.resolve_doi(topic.seed.doi)
    with db.begin() as tx:
        store.topics.set_seed_pmid(tx, topic.key, pmid, now)
    return pmid


def _run(
    due: Due, topics: Topics, links: _Links, pubmed: PubMed, db: Database, now: datetime, progress: Progress
) -> list[Poll]:
    """One poll, or none when another process took the search over (our lease had run out)."""
    with suppress(ConflictError):
        return [_ask_and_record(due, topics, links, pubmed, db, now, progress)]
    return []


def _ask_and_record(
    due: Due, topics: Topics, links: _Links, pubmed: PubMed, db: Database, now: datetime, progress: Progress
) -> Poll:
    """One poll, which fails when PubMed does."""
    started = time.monotonic()
    try:
        snapshot = _ask(due, links, pubmed, db, now, progress)
    except UpstreamError as error:
        return _record_failure(due, db, now, timedelta(seconds=time.monotonic() - started), error)
    took = timedelta(seconds=time.monotonic() - started)
    return record(topics, due.search, due.state, due.token, snapshot, db, now, took)


def _record_failure(due: Due, db: Database, now: datetime, took: timedelta, error: UpstreamError) -> Poll:
    """Nothing changes but the record that it failed; the next try comes sooner than the interval."""
    failed = Poll(
        due.topic.key,
        due.search.name,
        started_at=now,
        finished_at=now + took,
        outcome=Outcome.FAILED,
        is_baseline=not due.state.has_baseline,
        query_sent=due.search.query,
        requests=error.requests,
        error=str(error),
    )
    due_at = schedule.next_poll(due.search.every, now, due.state.failures_in_row + 1, jitter=0.5)
    with db.begin() as tx:
        failed = replace(failed, id=store.polls.add(tx, failed))
        store.searches.finish(tx, failed, due.token, due_at, now)
    return failed


def _ask(due: Due, links: _Links, pubmed: PubMed, db: Database, now: datetime, progress: Progress) -> PollSnapshot:
    if due.search.kind is SearchKind.QUERY:
        return _ask_by_query(due, pubmed, db, now, progress)
    return _ask_by_link(due, links, pubmed, db, now, progress)


def _ask_by_query(due: Due, pubmed: PubMed, db: Database, now: datetime, progress: Progress) -> PollSnapshot:
    found = pubmed.search(due.search.query)
    held, known, suspected = _what_we_hold(due, db, found.pmids)
    requests = found.requests
    is_full = _is_older(due.state.last_full_check_at, FULL_CHECK_EVERY, now)
    modified = found.pmids & known if is_full else frozenset[str]()
    if not is_full and due.state.last_success_at:
        answer = pubmed.modified_since(due.search.query, (due.state.last_success_at - OVERLAP).date())
        modified, requests = answer.pmids & known, requests + answer.requests
    doubtful = frozenset((held & suspected) - found.pmids)
    fetched = _fetch((found.pmids - known) | modified | doubtful, pubmed, progress)
    with db.read() as tx:
        seed = store.topics.seed_pmid(tx, due.topic.key)
    requests += fetched.requests
    return PollSnapshot(found, fetched, requests=requests, is_full_check=is_full, doubtful=doubtful, seed=seed)


def _ask_by_link(
    due: Due, links: _Links, pubmed: PubMed, db: Database, now: datetime, progress: Progress
) -> PollSnapshot:
    """Articles tied to the seed by ELink: an empty answer may mean none or broken, so nothing is ever taken away."""
    seed, linked = _linked(due, links, pubmed, db, now)
    listed = linked.links.get(seed, frozenset())
    found = SearchResult(listed, len(listed), f"{linked.link_name} of PMID {seed}", requests=linked.requests)
    held, known, _ = _what_we_hold(due, db, listed | {seed})
    requests, modified = found.requests, frozenset[str]()
    is_checked = _is_older(due.state.last_full_check_at, LINKED_CHECK_EVERY, now)
    if is_checked and due.state.last_success_at:
        since = (due.state.last_full_check_at or due.state.last_success_at) - OVERLAP
        answer = pubmed.modified_among(sorted(held | {seed}), since.date())
        modified, requests = answer.pmids, requests + answer.requests
    fetched = _fetch(((listed | {seed}) - known) | modified, pubmed, progress)
    requests += fetched.requests
    return PollSnapshot(found, fetched, requests=requests, is_full_check=is_checked, seed=seed)


def _linked(due: Due, links: _Links, pubmed: PubMed, db: Database, now: datetime) -> tuple[str, LinkResult]:
    if due.search.kind is SearchKind.SIMILAR:
        seed = seed_pmid(due.topic, pubmed, db, now)
        return seed, pubmed.similar([seed])
    if links.error:
        raise links.error
    if links.linked is None:  # a citing search is always among those that _ask_links was given
        raise UpstreamError("PubMed was not asked who cites the seed.")
    return links.seeds[due.topic.key], links.linked


def _what_we_hold(due: Due, db: Database, listed: Iterable[str]) -> tuple[set[str], frozenset[str], set[str]]:
    """(held by this search, known of the listed at all, missing once before)."""
    with db.read() as tx:
        return (
            store.matches.held(tx, due.topic.key, due.search.name),
            frozenset(store.articles.which_known(tx, listed)),
            store.matches.suspected(tx, due.topic.key, due.search.name),
        )


def _fetch(pmids: Iterable[str], pubmed: PubMed, progress: Progress) -> FetchResult:
    wanted = sorted(pmids, key=int)
    return pubmed.fetch(wanted, progress) if wanted else FetchResult(())


def _is_older(at: datetime | None, age: timedelta, now: datetime) -> bool:
    return at is None or now - at >= age
