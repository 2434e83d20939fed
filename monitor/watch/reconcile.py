"""Save what one poll saw: articles, revisions, matches, citations, verdicts, changes and the answer, all or nothing."""

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
from monitor.watch import changes, schedule

#: When more than half of the held articles, and at least this many, vanish from one answer, the
#: vanishing is not believed: PubMed does not lose half a literature overnight.
VANISH_FLOOR = 10

Topics = Mapping[str, Topic]

_ARRIVALS = frozenset({ChangeKind.NEW, ChangeKind.CITING})


@dataclass(frozen=True, slots=True)
class PollSnapshot:
    """What PubMed said to one search: the full list, the records fetched, and what it took.

    `doubtful` were missing once before and are missing again; they were fetched to tell a
    deleted record from one that no longer matches. `seed` is the seed's PMID where known.
    """

    found: SearchResult
    fetched: FetchResult
    requests: int
    is_full_check: bool
    doubtful: frozenset[str] = frozenset()
    seed: str = ""


@dataclass(frozen=True, slots=True)
class _Matches:
    """How PubMed's list differs from what the search `held` before; `gone` maps a PMID to the reason."""

    held: Set[str]
    listed: frozenset[str]
    missing: frozenset[str] = frozenset()
    gone: Mapping[str, str] = field(default_factory=dict)
    doubt: str = ""


@dataclass(frozen=True, slots=True)
class _Seen:
    """One look beside what the database held: all that is needed to decide, read in the same transaction.

    `known` are the stored states of `articles` from before this poll; `holders` maps each
    topic to those of them it matched before; `citing` are newly seen to cite the seed;
    `gone_from_topic` leaves out what another search of the topic still matches.
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
        """Those whose record is new or differs in any field from the stored one."""
        return frozenset(p for p, article in self.articles.items() if self.known.get(p) != article)

    @property
    def arrived(self) -> frozenset[str]:
        """Listed by this search and by none of its topic before."""
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
    """Store one look in one transaction, and when the search is due again; `token` is that of the claim.

    An article held by several topics is compared for each of them here, because their own
    polls will find nothing left to compare. Raises ConflictError when another poll of the
    same search took over since the claim; then nothing is stored.
    """
    with db.begin() as tx:
        store.topics.lock(tx, *topics)  # whichever of them holds an article is judged below
        seen = _see(tx, search, state, snapshot)
        told = _decide(topics, seen, now)
        revisions = {p: r for p, old in seen.known.items() if (r := changes.revised_fields(old, seen.articles[p]))}
        poll = _poll(seen, state, snapshot, told, len(revisions), now, took)
        poll = replace(poll, id=store.polls.add(tx, poll))
        _save(tx, seen, snapshot, revisions, poll, now)
        store.changes.add(tx, [replace(change, poll_id=poll.id) for change in told])
        for key, pmids in _to_judge(topics, seen).items():
            judge(tx, topics[key], [seen.articles[p] for p in sorted(pmids)], now)
            if key != search.topic or _may_conclude(tx, seen):
                conclude(tx, topics[key], now, poll_id=poll.id)
        checked_at = now if snapshot.is_full_check else None
        store.searches.finish(
            tx, poll, token, schedule.next_poll(search.every, now, 0, jitter=0.0), now, last_full_check_at=checked_at
        )
    return poll


def judge(tx: Tx, topic: Topic, articles: Iterable[Article], now: datetime) -> int:
    """Assess `articles` for `topic` and keep the verdicts that are new or differ; returns how many."""
    return store.verdicts.save(tx, (evidence.assess(article, topic) for article in articles), now)


def _see(tx: Tx, search: Search, state: SearchState, snapshot: PollSnapshot) -> _Seen:
    matches = _compare(tx, search, snapshot, is_baseline=not state.has_baseline)
    articles = store.articles.known(tx, matches.listed - matches.held) | {a.pmid: a for a in snapshot.fetched.articles}
    return _Seen(
        search=search,
        is_baseline=not state.has_baseline,
        matches=matches,
        articles=articles,
        known=store.articles.known(tx, articles),
        holders=store.matches.topics_matching(tx, articles),
        citing=_newly_citing(tx, search, snapshot, matches),
        gone_from_topic=_gone_from_topic(tx, search, matches),
    )


def _compare(tx: Tx, search: Search, snapshot: PollSnapshot, *, is_baseline: bool) -> _Matches:
    """The list against what the search held; only a query can lose matches, and only when seen twice.

    What a changed query no longer matches is let go at once: the operator asked for it.
    """
    unread = snapshot.fetched.missing | {pmid for pmid, _ in snapshot.fetched.unreadable}
    held = store.matches.current(tx, search.topic, search.name)
    listed = frozenset((snapshot.found.pmids - unread) | (snapshot.found.pmids & held))
    absent = held - snapshot.found.pmids if search.kind is SearchKind.QUERY else set()
    if is_baseline:
        return _Matches(held, listed, gone=dict.fromkeys(absent, "the search was changed"))
    if len(absent) >= VANISH_FLOOR and 2 * len(absent) > len(held):
        doubt = f"PubMed lists only {len(held) - len(absent)} of {len(held)} articles held; none is taken to be gone"
        return _Matches(held, listed, doubt=doubt)
    read = {a.pmid for a in snapshot.fetched.articles}
    gone = dict.fromkeys(absent & snapshot.doubtful & read, "it no longer matches the search")
    gone |= dict.fromkeys(absent & snapshot.doubtful & snapshot.fetched.missing, "PubMed no longer has the record")
    return _Matches(held, listed, frozenset(absent - snapshot.doubtful), gone)


def _gone_from_topic(tx: Tx, search: Search, matches: _Matches) -> dict[str, str]:
    still = store.matches.searches_of(tx, search.topic, matches.gone)
    return {p: reason for p, reason in matches.gone.items() if set(still.get(p, ())) <= {search.name}}


def _newly_citing(tx: Tx, search: Search, snapshot: PollSnapshot, matches: _Matches) -> frozenset[str]:
    """Who is now seen to cite the seed for the first time: by ELink, or by the article's own reference list."""
    if not snapshot.seed:
        return frozenset()
    by_link = matches.listed if search.kind is SearchKind.CITING else frozenset[str]()
    by_references = {a.pmid for a in snapshot.fetched.articles if any(r.pmid == snapshot.seed for r in a.references)}
    return frozenset((by_link | by_references) - store.citations.citing(tx, snapshot.seed).keys())


def _decide(topics: Topics, seen: _Seen, now: datetime) -> list[Change]:
    """What the readers of every topic that holds one of the articles must be told."""
    told: list[Change] = []
    for key, pmids in seen.holders.items():
        if key != seen.search.topic and key in topics:
            elsewhere = replace(seen.search, topic=key)
            told += changes.detect(elsewhere, *_pairs(seen, pmids), now=now)
    is_told = not seen.is_baseline
    by_link_to_seed = seen.search.kind is SearchKind.CITING
    own = changes.detect(
        seen.search,
        _pairs(seen, seen.holders.get(seen.search.topic, set()))[0],
        [seen.articles[p] for p in sorted(seen.articles)],
        arrived=seen.arrived if is_told and not by_link_to_seed else frozenset(),
        citing=seen.citing if is_told else frozenset(),
        gone=seen.gone_from_topic if is_told else {},
        now=now,
    )
    topic = topics[seen.search.topic]
    return told + [
        replace(change, why=_named(topic, seen.articles[change.pmid])) if change.kind in _ARRIVALS else change
        for change in own
    ]


def _pairs(seen: _Seen, pmids: set[str]) -> tuple[dict[str, Article], list[Article]]:
    """The states known before and now of those of `pmids` that this poll brought."""
    ours = sorted(pmids & seen.known.keys())
    return {p: seen.known[p] for p in ours}, [seen.articles[p] for p in ours]


def _named(topic: Topic, article: Article) -> str:
    """Which of the topic's words an arriving article names: why it is here, beyond the search that found it."""
    words = dict.fromkeys(b.words.strip() for b in evidence.assess(article, topic).relevance.basis if b.words.strip())
    return "it names " + " and ".join(f"“{word}”" for word in list(words)[:3]) if words else ""


def _to_judge(topics: Topics, seen: _Seen) -> dict[str, set[str]]:
    """Per topic, the articles whose verdict may have changed: their record did, or the topic never held them."""
    judged = {key: pmids & seen.changed for key, pmids in seen.holders.items() if key in topics}
    judged.setdefault(seen.search.topic, set()).update(seen.arrived)
    return {key: pmids for key, pmids in judged.items() if pmids}


def _may_conclude(tx: Tx, seen: _Seen) -> bool:
    """False until the topic has its first answer, which waits for every search: half a literature, half an answer."""
    return not seen.is_baseline or store.answers.current(tx, seen.search.topic) is not None


def _poll(
    seen: _Seen,
    state: SearchState,
    snapshot: PollSnapshot,
    told: list[Change],
    revised: int,
    now: datetime,
    took: timedelta,
) -> Poll:
    missing = snapshot.fetched.missing & snapshot.found.pmids
    unread = [f"PMID {pmid}: {reason}" for pmid, reason in snapshot.fetched.unreadable]
    unread += [f"PMID {pmid}: listed, but its record was not returned" for pmid in sorted(missing)]
    problems = [*unread, *([seen.matches.doubt] if seen.matches.doubt else [])]
    warnings = list(snapshot.found.warnings)
    if state.translation and snapshot.found.translation and state.translation != snapshot.found.translation:
        warnings.append(f"PubMed now reads the query differently; before: {state.translation}")
    arrivals = sum(c.kind in _ARRIVALS for c in told)
    return Poll(
        seen.search.topic,
        seen.search.name,
        started_at=now,
        finished_at=now + took,
        outcome=Outcome.INCOMPLETE if problems else Outcome.OK,
        is_baseline=seen.is_baseline,
        query_sent=snapshot.found.query_sent,
        translation=snapshot.found.translation,
        count=snapshot.found.count,
        new=arrivals,
        revised=revised,
        gone=len(seen.gone_from_topic),
        requests=snapshot.requests,
        warnings=tuple(warnings),
        error="; ".join(problems[:20]),
    )


def _save(
    tx: Tx,
    seen: _Seen,
    snapshot: PollSnapshot,
    revisions: Mapping[str, tuple[Revision, ...]],
    poll: Poll,
    now: datetime,
) -> None:
    changed = seen.changed
    store.articles.save(tx, [a for a in snapshot.fetched.articles if a.pmid in changed], now, poll.id)
    for pmid, differing in revisions.items():
        store.articles.add_revisions(tx, pmid, differing, now, poll.id)
    store.matches.record(
        tx,
        poll.topic,
        poll.search,
        poll.id,
        now,
        new=seen.matches.listed - seen.matches.held,
        missing=seen.matches.missing,
        back=snapshot.found.pmids & store.matches.suspected_missing(tx, poll.topic, poll.search),
        gone=seen.matches.gone,
    )
    if snapshot.seed:
        by_elink = seen.search.kind is SearchKind.CITING
        source = "elink" if by_elink else "reference list"
        citing = seen.matches.listed if by_elink else seen.citing
        store.citations.add(tx, snapshot.seed, citing, source, now, poll.id)
