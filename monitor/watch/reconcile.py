"""Save the results of one poll: articles, revisions, matches, citations, verdicts, changes, answer; all or nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from monitor import evidence, store
from monitor.evidence.conclude import conclude
from monitor.model import (
    Article,
    Change,
    ChangeKind,
    FetchResult,
    Outcome,
    Poll,
    Revision,
    Search,
    SearchKind,
    SearchResult,
    SearchState,
    Topic,
)
from monitor.store import Database, Tx
from monitor.watch import changes, schedule, search_changes

#: When more than half of a search's matches, and at least this many, are missing from one response, the
#: response is doubted and none counts as missing: PubMed does not lose half a literature overnight.
VANISH_FLOOR = 10

Topics = Mapping[str, Topic]

_ARRIVALS = frozenset({ChangeKind.NEW, ChangeKind.CITING})


@dataclass(frozen=True, slots=True)
class PollSnapshot:
    """The responses to one search: every PMID listed, the records fetched, and how many requests that took.

    `doubtful` are matches that were missing from the last poll too; they were fetched to tell a
    deleted record from one that no longer matches. `seed` is the seed's PMID, "" where unknown.
    """

    found: SearchResult
    fetched: FetchResult
    requests: int
    is_full_check: bool
    doubtful: frozenset[str] = frozenset()
    seed: str = ""


@dataclass(frozen=True, slots=True)
class _Matches:
    """How the PMIDs `listed` differ from the matches `stored` before; `gone` maps a PMID to the reason.

    `missing` are missing for the first time; `doubt` says why the response is not believed, "" if it is.
    """

    stored: Set[str]
    listed: frozenset[str]
    missing: frozenset[str] = frozenset()
    gone: Mapping[str, str] = field(default_factory=dict)
    doubt: str = ""


@dataclass(frozen=True, slots=True)
class _PollDiff:
    """One poll compared with the database: all that is needed to decide, read in the saving transaction.

    `known` are the stored states of `articles` from before this poll; `holders` maps each
    topic to those of them it matched before; `citing` are newly found to cite the seed;
    `gone_from_topic` excludes what another search of the topic still matches.
    """

    search: Search
    is_baseline: bool
    matches: _Matches
    articles: Mapping[str, Article]
    known: Mapping[str, Article]
    holders: Mapping[str, set[str]]
    citing: frozenset[str]
    gone_from_topic: Mapping[str, str]

    @property
    def changed(self) -> frozenset[str]:
        """PMIDs of articles that are new or differ in any field from the stored state."""
        return frozenset(p for p, article in self.articles.items() if self.known.get(p) != article)

    @property
    def arrived(self) -> frozenset[str]:
        """PMIDs that this search lists and that no search of its topic matched before."""
        return (self.matches.listed & self.articles.keys()) - self.holders.get(self.search.topic, set())


def record(
    topics: Topics,
    search: Search,
    state: SearchState,
    token: str,
    snapshot: PollSnapshot,
    db: Database,
    now: datetime,
    took: timedelta,
) -> Poll:
    """Save one poll in one transaction, with when the search is due again; `token` is that of the claim.

    An article that several topics match is compared for each of them here, because their own
    polls will find its new state stored already. Raises ConflictError, and stores nothing,
    when another poll of the same search took over after the claim.
    """
    with db.begin() as tx:
        store.topics.lock(tx, *topics)  # any of them may match an article that is assessed below
        diff = _compare(tx, search, state, snapshot)
        reported = _changes_to_report(topics, diff, now)
        if diff.is_baseline and _may_conclude(tx, diff):
            reported += search_changes.of_baseline(
                search, state, diff.matches.stored, snapshot.found, diff.arrived, now
            )
        revisions = {p: r for p, old in diff.known.items() if (r := changes.revised_fields(old, diff.articles[p]))}
        poll = _poll(diff, state, snapshot, reported, len(revisions), now, took)
        poll = replace(poll, id=store.polls.add(tx, poll))
        _save(tx, diff, snapshot, revisions, poll, now)
        store.changes.add(tx, [replace(change, poll_id=poll.id) for change in reported])
        for key, pmids in _to_assess(topics, diff).items():
            judge(tx, topics[key], [diff.articles[p] for p in sorted(pmids)], now)
            if key != search.topic or _may_conclude(tx, diff):
                conclude(tx, topics[key], now, poll_id=poll.id)
        checked_at = now if snapshot.is_full_check else None
        store.searches.finish(
            tx, poll, token, schedule.next_poll(search.every, now, 0, jitter=0.0), now, last_full_check_at=checked_at
        )
    return poll


def judge(tx: Tx, topic: Topic, articles: Iterable[Article], now: datetime) -> int:
    """Assess `articles` for `topic` and store the verdicts that are new or differ; returns how many."""
    return store.verdicts.save(tx, (evidence.assess(article, topic) for article in articles), now)


def _compare(tx: Tx, search: Search, state: SearchState, snapshot: PollSnapshot) -> _PollDiff:
    matches = _compare_matches(tx, search, snapshot, is_baseline=not state.has_baseline)
    fetched = {a.pmid: a for a in snapshot.fetched.articles}
    articles = store.articles.known(tx, matches.listed - matches.stored) | fetched
    return _PollDiff(
        search=search,
        is_baseline=not state.has_baseline,
        matches=matches,
        articles=articles,
        known=store.articles.known(tx, articles),
        holders=store.matches.topics_matching(tx, articles),
        citing=_newly_citing(tx, search, snapshot, matches),
        gone_from_topic=_gone_from_topic(tx, search, matches),
    )


def _compare_matches(tx: Tx, search: Search, snapshot: PollSnapshot, *, is_baseline: bool) -> _Matches:
    """The PMIDs listed compared with the stored matches.

    Only a query can lose matches, after two polls without them; a changed query at once.
    """
    unread = snapshot.fetched.missing | {pmid for pmid, _ in snapshot.fetched.unreadable}
    stored = store.matches.current(tx, search.topic, search.name)
    listed = frozenset((snapshot.found.pmids - unread) | (snapshot.found.pmids & stored))
    absent = stored - snapshot.found.pmids if search.kind is SearchKind.QUERY else set()
    if is_baseline:
        return _Matches(stored, listed, gone=dict.fromkeys(absent, "the search was changed"))
    if len(absent) >= VANISH_FLOOR and 2 * len(absent) > len(stored):
        left = len(stored) - len(absent)
        doubt = f"PubMed lists only {left} of {len(stored)} articles stored; none is treated as gone"
        return _Matches(stored, listed, doubt=doubt)
    read = {a.pmid for a in snapshot.fetched.articles}
    gone = dict.fromkeys(absent & snapshot.doubtful & read, "it no longer matches the search")
    gone |= dict.fromkeys(absent & snapshot.doubtful & snapshot.fetched.missing, "PubMed no longer has the record")
    return _Matches(stored, listed, frozenset(absent - snapshot.doubtful), gone)


def _gone_from_topic(tx: Tx, search: Search, matches: _Matches) -> dict[str, str]:
    still = store.matches.searches_of(tx, search.topic, matches.gone)
    return {p: reason for p, reason in matches.gone.items() if set(still.get(p, ())) <= {search.name}}


def _newly_citing(tx: Tx, search: Search, snapshot: PollSnapshot, matches: _Matches) -> frozenset[str]:
    """The articles first found to cite the seed by this poll: by ELink, or in the article's own reference list."""
    if not snapshot.seed:
        return frozenset()
    by_link = matches.listed if search.kind is SearchKind.CITING else frozenset[str]()
    by_references = {a.pmid for a in snapshot.fetched.articles if any(r.pmid == snapshot.seed for r in a.references)}
    return frozenset((by_link | by_references) - store.citations.citing(tx, snapshot.seed).keys())


def _changes_to_report(topics: Topics, diff: _PollDiff, now: datetime) -> list[Change]:
    """The changes to report, for every topic that matches one of the articles."""
    reported: list[Change] = []
    for key, pmids in diff.holders.items():
        if key != diff.search.topic and key in topics:
            elsewhere = replace(diff.search, topic=key)
            reported += changes.detect(elsewhere, *_pairs(diff, pmids), now=now)
    is_reporting = not diff.is_baseline
    by_link_to_seed = diff.search.kind is SearchKind.CITING
    own = changes.detect(
        diff.search,
        _pairs(diff, diff.holders.get(diff.search.topic, set()))[0],
        [diff.articles[p] for p in sorted(diff.articles)],
        arrived=diff.arrived if is_reporting and not by_link_to_seed else frozenset(),
        citing=diff.citing if is_reporting else frozenset(),
        gone=diff.gone_from_topic if is_reporting else {},
        now=now,
    )
    topic = topics[diff.search.topic]
    return reported + [
        replace(change, why=_terms_named(topic, diff.articles[change.pmid])) if change.kind in _ARRIVALS else change
        for change in own
    ]


def _pairs(diff: _PollDiff, pmids: set[str]) -> tuple[dict[str, Article], list[Article]]:
    """The stored and the new states of those of `pmids` that this poll fetched."""
    ours = sorted(pmids & diff.known.keys())
    return {p: diff.known[p] for p in ours}, [diff.articles[p] for p in ours]


def _terms_named(topic: Topic, article: Article) -> str:
    """Why an article is listed, besides the search that found it: the topic's terms that it contains, at most three."""
    words = dict.fromkeys(b.words.strip() for b in evidence.assess(article, topic).relevance.basis if b.words.strip())
    return "it names " + " and ".join(f"“{word}”" for word in list(words)[:3]) if words else ""


def _to_assess(topics: Topics, diff: _PollDiff) -> dict[str, set[str]]:
    """By topic, the articles whose verdict may have changed: their record did, or they are new to the topic."""
    to_assess = {key: pmids & diff.changed for key, pmids in diff.holders.items() if key in topics}
    to_assess.setdefault(diff.search.topic, set()).update(diff.arrived)
    return {key: pmids for key, pmids in to_assess.items() if pmids}


def _may_conclude(tx: Tx, diff: _PollDiff) -> bool:
    """Is it not the baseline before the first answer? That answer is concluded when every search has been polled."""
    return not diff.is_baseline or store.answers.current(tx, diff.search.topic) is not None


def _poll(
    diff: _PollDiff,
    state: SearchState,
    snapshot: PollSnapshot,
    reported: list[Change],
    revised: int,
    now: datetime,
    took: timedelta,
) -> Poll:
    missing = snapshot.fetched.missing & snapshot.found.pmids
    unread = [f"PMID {pmid}: {reason}" for pmid, reason in snapshot.fetched.unreadable]
    unread += [f"PMID {pmid}: listed, but its record was not returned" for pmid in sorted(missing)]
    problems = [*unread, *([diff.matches.doubt] if diff.matches.doubt else [])]
    warnings = list(snapshot.found.warnings)
    if state.translation and snapshot.found.translation and state.translation != snapshot.found.translation:
        warnings.append(f"PubMed now reads the query differently; before: {state.translation}")
    arrivals = sum(c.kind in _ARRIVALS for c in reported)
    return Poll(
        diff.search.topic,
        diff.search.name,
        started_at=now,
        finished_at=now + took,
        outcome=Outcome.INCOMPLETE if problems else Outcome.OK,
        is_baseline=diff.is_baseline,
        query_sent=snapshot.found.query_sent,
        translation=snapshot.found.translation,
        count=snapshot.found.count,
        new=arrivals,
        revised=revised,
        gone=len(diff.gone_from_topic),
        requests=snapshot.requests,
        warnings=tuple(warnings),
        error="; ".join(problems[:20]),
    )


def _save(
    tx: Tx,
    diff: _PollDiff,
    snapshot: PollSnapshot,
    revisions: Mapping[str, tuple[Revision, ...]],
    poll: Poll,
    now: datetime,
) -> None:
    changed = diff.changed
    store.articles.save(tx, [a for a in snapshot.fetched.articles if a.pmid in changed], now, poll.id)
    for pmid, differing in revisions.items():
        store.articles.add_revisions(tx, pmid, differing, now, poll.id)
    store.matches.record(
        tx,
        poll.topic,
        poll.search,
        poll.id,
        now,
        new=diff.matches.listed - diff.matches.stored,
        missing=diff.matches.missing,
        back=snapshot.found.pmids & store.matches.suspected_missing(tx, poll.topic, poll.search),
        gone=diff.matches.gone,
    )
    if snapshot.seed:
        by_elink = diff.search.kind is SearchKind.CITING
        source = "elink" if by_elink else "reference list"
        citing = diff.matches.listed if by_elink else diff.citing
        store.citations.add(tx, snapshot.seed, citing, source, now, poll.id)
