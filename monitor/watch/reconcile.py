"""Save the results of one poll: articles, revisions, matches, citations, verdicts, changes, answer; all or nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from monitor import __version__, evidence, store
from monitor.evidence.conclude import conclude
from monitor.language.messages import message
from monitor.model import Article, Change, ChangeKind, Outcome, Poll, Revision, SearchKind, Topic
from monitor.store import Database, Tx
from monitor.watch import changes, citing_changes, schedule, search_changes
from monitor.watch.ask import Due, PollSnapshot
from monitor.watch.compare import PollDiff, compare
from monitor.watch.outside import retractions
from monitor.watch.outside.preprints import articles as preprint_articles

Topics = Mapping[str, Topic]

_ARRIVALS = frozenset({ChangeKind.NEW, ChangeKind.CITING})

#: Problems that a poll names; with hundreds of unreadable records the first few say enough.
_NAMED = 20
#: By how many terms an article names.
_IT_NAMES = {
    1: message("change", "it names “%(first)s”"),
    2: message("change", "it names “%(first)s” and “%(second)s”"),
    3: message("change", "it names “%(first)s” and “%(second)s” and “%(third)s”"),
}


def record(topics: Topics, due: Due, snapshot: PollSnapshot, db: Database, now: datetime, took: timedelta) -> Poll:
    """Save one poll in one transaction, with when the search is due again.

    An article that several topics match is compared for each of them here, because their own
    polls will find its new state stored already. Raises ConflictError, and stores nothing,
    when another poll of the same search took over after the claim.
    """
    with db.begin() as tx:
        store.polls.lock(tx)
        since = search_changes.news_since(tx, due.state)
        diff = compare(tx, due.search, snapshot, now, is_baseline=not due.state.has_baseline, news_since=since)
        store.topics.lock(tx, due.topic.key, *diff.holders)  # each may match an article that is assessed below
        reported = retractions.untold(tx, _changes_to_report(topics, diff, now))
        reported = citing_changes.with_sources(tx, snapshot.seed, snapshot.linked, diff.articles, reported)
        if diff.is_baseline and _may_conclude(tx, diff):
            told, quiet = diff.matches.stored | diff.recent, diff.arrived - diff.recent
            reported += search_changes.of_baseline(due.search, due.state, told, snapshot.found, quiet, now)
        revisions = {p: r for p, old, new in _revised(diff) if (r := changes.revised_fields(old, new))}
        poll = _poll(diff, due, snapshot, reported, len(revisions), now, took)
        poll = replace(poll, id=store.polls.add(tx, poll))
        _save(tx, diff, snapshot, revisions, poll, now)
        for key, pmids in _to_assess(topics, diff).items():
            arrived = [diff.articles[p] for p in sorted(pmids)]
            preprint_articles.join_arrived(tx, key, arrived, now, is_quiet=diff.is_baseline)
        reported = preprint_articles.told_before(tx, reported)
        store.changes.add(tx, [replace(change, poll_id=poll.id) for change in reported])
        _judge_and_conclude(tx, topics, diff, poll, now)
        due_at = schedule.next_poll(due.search, now)
        checked_at = now if snapshot.is_full_check else None
        store.searches.finish(tx, poll, due.token, due_at, now, last_full_check_at=checked_at)
    return poll


def judge(tx: Tx, topic: Topic, articles: Iterable[Article], now: datetime) -> int:
    """Assess `articles` for `topic` and store the verdicts that are new or differ; returns how many.

    Each is judged with the notices that sources other than PubMed have of it.
    """
    as_they_stand = store.notices.overlaid(tx, topic.key, {article.pmid: article for article in articles})
    return store.verdicts.save(tx, (evidence.assess(article, topic) for article in as_they_stand.values()), now)


def _judge_and_conclude(tx: Tx, topics: Topics, diff: PollDiff, poll: Poll, now: datetime) -> None:
    """Judge what changed, for every topic that matches it, and draw the answers anew."""
    store.verdicts.retire(tx, poll.topic, diff.merged)  # the same report is judged under its other PMID
    to_assess = _to_assess(topics, diff)
    for key in to_assess.keys() | ({poll.topic} if diff.merged else set()):
        judge(tx, topics[key], [diff.articles[p] for p in sorted(to_assess.get(key, ()))], now)
        if key != poll.topic or _may_conclude(tx, diff):
            conclude(tx, topics[key], now, poll_id=poll.id)


def _changes_to_report(topics: Topics, diff: PollDiff, now: datetime) -> list[Change]:
    """The changes to report, for every topic that matches one of the articles."""
    reported: list[Change] = []
    for key, pmids in diff.holders.items():
        if key != diff.search.topic and key in topics and (changed := pmids & diff.changed):
            elsewhere = replace(diff.search, topic=key)
            reported += changes.detect(elsewhere, *_pairs(diff, changed), now=now)
    is_by_link = diff.search.kind is SearchKind.CITING
    own = changes.detect(
        diff.search,
        _pairs(diff, diff.holders.get(diff.search.topic, set()) | (diff.returned - diff.quiet))[0],
        [diff.articles[p] for p in sorted(diff.articles.keys() & (diff.changed | diff.arrived | diff.citing))],
        arrived=frozenset() if is_by_link else diff.arrived - diff.quiet,
        returned=diff.returned,
        citing=diff.citing - diff.quiet,
        gone={} if diff.is_baseline else diff.gone_from_topic,
        merged=diff.merged,
        now=now,
    )
    topic = topics[diff.search.topic]
    named = [
        replace(change, why=_terms_named(topic, diff.articles[change.pmid])) if change.kind in _ARRIVALS else change
        for change in own
    ]
    return reported + named + changes.unread(diff.search, diff.unread.first, diff.unread.dropped, now)


def _pairs(diff: PollDiff, pmids: set[str]) -> tuple[dict[str, Article], list[Article]]:
    """The stored and the new states of those of `pmids` that this poll fetched."""
    ours = sorted(pmids & diff.known.keys())
    return {p: diff.known[p] for p in ours}, [diff.articles[p] for p in ours]


def _revised(diff: PollDiff) -> Iterator[tuple[str, Article, Article]]:
    """The PMID, the stored and the new state of each article that differs from its stored state."""
    return ((p, old, diff.articles[p]) for p, old in diff.known.items() if p in diff.changed)


def _terms_named(topic: Topic, article: Article) -> str:
    """Why an article is listed, besides the search that found it: the topic's terms that it contains, at most three."""
    words = dict.fromkeys(b.words.strip() for b in evidence.assess(article, topic).relevance.basis if b.words.strip())
    named = list(words)[:3]
    return _IT_NAMES[len(named)](**dict(zip(("first", "second", "third"), named, strict=False))) if named else ""


def _to_assess(topics: Topics, diff: PollDiff) -> dict[str, set[str]]:
    """By topic, the articles whose verdict may have changed: their record did, or they are new to the topic."""
    changed = diff.changed
    to_assess = {key: pmids & changed for key, pmids in diff.holders.items() if key in topics}
    to_assess.setdefault(diff.search.topic, set()).update(diff.arrived)
    return {key: pmids for key, pmids in to_assess.items() if pmids}


def _may_conclude(tx: Tx, diff: PollDiff) -> bool:
    """Is it not the baseline before the first answer? That answer is concluded when every search has been polled."""
    return not diff.is_baseline or store.answers.current(tx, diff.search.topic) is not None


def _poll(
    diff: PollDiff,
    due: Due,
    snapshot: PollSnapshot,
    reported: list[Change],
    revised: int,
    now: datetime,
    took: timedelta,
) -> Poll:
    warnings = list(snapshot.found.warnings)
    before = due.state.translation
    if before and snapshot.found.translation and before != snapshot.found.translation:
        warnings.append(f"PubMed now reads the query differently; before: {before}")
    return Poll(
        diff.search.topic,
        diff.search.name,
        started_at=now,
        finished_at=now + took,
        outcome=Outcome.INCOMPLETE if diff.unread.first or snapshot.doubt else Outcome.OK,
        is_baseline=diff.is_baseline,
        query_sent=snapshot.found.query_sent,
        translation=snapshot.found.translation,
        count=snapshot.found.count,
        new=sum(change.kind in _ARRIVALS for change in reported),
        revised=revised,
        gone=len(diff.gone_from_topic),
        requests=snapshot.requests,
        warnings=tuple(warnings),
        error="; ".join([*_problems(diff, snapshot, warnings)][:_NAMED]),
        unread=sum(one.search == diff.search.name for one in diff.unread.remaining),
        doubt=snapshot.doubt,
        version=__version__,
    )


def _problems(diff: PollDiff, snapshot: PollSnapshot, warnings: Sequence[str]) -> Iterator[str]:
    """What the operator should know of a poll that did not fail: a doubt with its signs, records not read."""
    if snapshot.doubt:
        yield f"{snapshot.doubt}; nothing of it is announced or treated as gone"
        yield from warnings
        if warnings:
            yield f"now: {snapshot.found.translation}"
    yield from (f"PMID {one.pmid}: {one.cause}" for one in diff.unread.saved if one.missing_since is None)


def _save(
    tx: Tx,
    diff: PollDiff,
    snapshot: PollSnapshot,
    revisions: Mapping[str, tuple[Revision, ...]],
    poll: Poll,
    now: datetime,
) -> None:
    changed = diff.changed
    store.articles.save(tx, [a for a in snapshot.fetched.articles if a.pmid in changed], now, poll.id)
    for pmid, differing in revisions.items():
        store.articles.add_revisions(tx, pmid, differing, now, poll.id)
    _save_unread(tx, diff, now)
    _withdraw_lifted(tx, diff, now)
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
        citing = diff.matches.listed & snapshot.linked if by_elink else diff.citing
        store.citations.add(tx, snapshot.seed, citing, source, now, poll.id)


def _save_unread(tx: Tx, diff: PollDiff, now: datetime) -> None:
    """What was read is told as itself: nobody need be told any more that it was unread."""
    topic = diff.search.topic
    store.unread.save(tx, diff.unread.saved)
    store.unread.remove(tx, topic, diff.unread.removed | diff.gone_from_topic.keys())
    store.reversals.withdraw(tx, topic, ChangeKind.UNREAD, [one.pmid for one in diff.unread.read], now)


def _withdraw_lifted(tx: Tx, diff: PollDiff, now: datetime) -> None:
    """A concern or a correction that the record no longer carries is not told to who was not yet told of it."""
    for pmid, old, new in _revised(diff):
        for kind in changes.lifted(old, new):
            for topic in (key for key, pmids in diff.holders.items() if pmid in pmids):
                store.reversals.withdraw(tx, topic, kind, [pmid], now)
