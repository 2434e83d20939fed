"""Articles that a search lists and whose record cannot be read: held as unread until it can. No I/O.

Each is asked for again at a time of its own, so that it costs the polls nothing and spoils no batch of others.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from monitor.model import Search, SearchKind, Unread
from monitor.model.backoff import back_off
from monitor.watch.ask import PollSnapshot

#: The wait after the first failure, doubled with each further one up to LONGEST. Most are mended within hours: a PMID
#: is listed before its record is served.
FIRST_RETRY = timedelta(hours=1)
LONGEST = timedelta(days=7)

NOT_RETURNED = "PubMed lists it, but did not return its record"


@dataclass(frozen=True, slots=True)
class UnreadDiff:
    """What one poll changes about the unread articles of a topic.

    `saved` are new or differ from before, `first` those not held as unread before; `read` can be read now, `dropped`
    are no longer listed, each as it was.
    """

    saved: tuple[Unread, ...] = ()
    first: tuple[Unread, ...] = ()
    read: tuple[Unread, ...] = ()
    dropped: tuple[Unread, ...] = ()
    remaining: tuple[Unread, ...] = ()

    @property
    def removed(self) -> frozenset[str]:
        """The PMIDs that are no longer unread."""
        return frozenset(one.pmid for one in (*self.read, *self.dropped))

    @property
    def unheld(self) -> frozenset[str]:
        """The PMIDs of articles that are unread after the poll and of which nothing is stored."""
        return frozenset(one.pmid for one in self.remaining if not one.is_held)


def compare(
    before: Mapping[str, Unread],
    search: Search,
    snapshot: PollSnapshot,
    known: Set[str],
    now: datetime,
    *,
    is_baseline: bool,
) -> UnreadDiff:
    """What a poll of `search` changes; `known` are the PMIDs of stored articles, among those the poll is about."""
    failed = _failures(search, snapshot, before, known, now, is_baseline=is_baseline)
    listed = snapshot.found.pmids | ({snapshot.seed} - {""})
    fetched = {article.pmid for article in snapshot.fetched.articles}
    read = [
        one
        for pmid, one in before.items()
        if pmid in fetched or (pmid in listed and pmid in known and not (one.is_held or pmid in failed))
    ]
    absent = {
        pmid: one
        for pmid, one in before.items()
        if pmid not in listed | failed.keys() and one.search == search.name and not one.is_held and one not in read
    }
    is_believed = not snapshot.doubt and (search.kind is SearchKind.QUERY or snapshot.found.pmids)
    dropped = [one for one in absent.values() if is_believed and (is_baseline or one.missing_since)]
    missing = [replace(one, missing_since=now) for one in absent.values() if is_believed and one not in dropped]
    back = [
        replace(one, missing_since=None, search=search.name)
        for pmid, one in before.items()
        if one.missing_since and pmid in listed and pmid not in failed and one not in read
    ]
    saved = {one.pmid: one for one in (*failed.values(), *missing, *back)}
    gone = {one.pmid for one in (*read, *dropped)}
    remaining = {pmid: one for pmid, one in {**before, **saved}.items() if pmid not in gone}
    return UnreadDiff(
        saved=tuple(one for one in saved.values() if one.pmid not in gone),
        first=tuple(one for pmid, one in failed.items() if pmid not in before),
        read=tuple(read),
        dropped=tuple(dropped),
        remaining=tuple(remaining.values()),
    )


def _failures(
    search: Search,
    snapshot: PollSnapshot,
    before: Mapping[str, Unread],
    known: Set[str],
    now: datetime,
    *,
    is_baseline: bool,
) -> dict[str, Unread]:
    """The articles whose record was asked for in vain, by PMID."""
    asked = snapshot.found.pmids | snapshot.doubtful | ({snapshot.seed} - {""})
    found = {}
    for pmid, cause in _causes(snapshot):
        if pmid in asked:
            earlier = before.get(pmid) or Unread(
                search.topic,
                pmid,
                search.name,
                cause,
                since=now,
                due_at=now,
                tries=0,
                is_held=pmid in known,
                is_news=not is_baseline and pmid not in known and pmid != snapshot.seed,
            )
            tries = earlier.tries + 1
            due_at = now + back_off(FIRST_RETRY, tries, LONGEST)
            found[pmid] = replace(
                earlier, search=search.name, cause=cause, tries=tries, due_at=due_at, missing_since=None
            )
    return found


def _causes(snapshot: PollSnapshot) -> Iterator[tuple[str, str]]:
    yield from snapshot.fetched.unreadable
    listed_in_vain: Iterable[str] = snapshot.fetched.missing - snapshot.doubtful
    yield from ((pmid, NOT_RETURNED) for pmid in sorted(listed_in_vain))
