"""Articles that a search lists and whose record cannot be read: held as unread until it can. No I/O.

Each is asked for again at a time of its own, so that it costs the polls nothing and spoils no batch of others.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from monitor.model import Search, SearchKind, Unread
from monitor.model.values.backoff import back_off
from monitor.watch.ask import PollSnapshot

#: The wait after the first failure, doubled with each further one up to LONGEST. Most are mended within hours: a PMID
#: is listed before its record is served.
FIRST_RETRY = timedelta(hours=1)
LONGEST = timedelta(days=7)

NOT_RETURNED = "PubMed did not return its record"


@dataclass(frozen=True, slots=True)
class UnreadDiff:
    """What one poll changes about the unread articles of a topic.

    `saved` are new or differ from before, `first` those not held as unread before; `read` can be read now, `dropped`
    are no longer listed, each as it was. `remaining` are all that are unread after the poll.
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
    matched: Set[str],
    known: Set[str],
    now: datetime,
    *,
    is_baseline: bool,
) -> UnreadDiff:
    """What a poll of `search` changes.

    `matched` are the search's matches before it; `known` the PMIDs of stored articles, among those the poll is about.
    """
    poll = _Poll(search, snapshot, matched, known, now, is_baseline)
    failed = {one.pmid: one for one in poll.failures(before)}
    others = {pmid: one for pmid, one in before.items() if pmid not in failed}
    read = {pmid: one for pmid, one in others.items() if poll.reads(one)}
    absent = {pmid: one for pmid, one in others.items() if pmid not in read and poll.lacks(one)}
    dropped = {pmid: one for pmid, one in absent.items() if is_baseline or one.missing_since}
    saved = failed | {pmid: replace(one, missing_since=now) for pmid, one in absent.items() if pmid not in dropped}
    saved |= {
        pmid: replace(one, missing_since=None, search=search.name)
        for pmid, one in others.items()
        if one.missing_since and pmid in poll.listed and pmid not in read
    }
    remaining = {pmid: one for pmid, one in ({**before, **saved}).items() if pmid not in read | dropped}
    return UnreadDiff(
        saved=tuple(saved.values()),
        first=tuple(one for pmid, one in failed.items() if pmid not in before),
        read=tuple(read.values()),
        dropped=tuple(dropped.values()),
        remaining=tuple(remaining.values()),
    )


@dataclass(frozen=True, slots=True)
class _Poll:
    """A poll as far as it concerns articles that cannot be read."""

    search: Search
    snapshot: PollSnapshot
    matched: Set[str]
    known: Set[str]
    now: datetime
    is_baseline: bool

    @property
    def listed(self) -> frozenset[str]:
        """What the search lists; the seed is followed as if it were listed."""
        return self.snapshot.found.pmids | ({self.snapshot.seed} - {""})

    def failures(self, before: Mapping[str, Unread]) -> Iterator[Unread]:
        """The articles whose record was asked for in vain, with when to ask again."""
        for pmid, cause in self._causes():
            earlier = before.get(pmid) or self._new(pmid)
            tries = earlier.tries + 1
            due_at = self.now + back_off(FIRST_RETRY, tries, LONGEST)
            tried = replace(earlier, search=self.search.name, cause=cause, tries=tries, due_at=due_at)
            yield replace(tried, missing_since=None)

    def _new(self, pmid: str) -> Unread:
        is_held = pmid in self.known
        is_news = not (self.is_baseline or is_held or pmid == self.snapshot.seed)
        return Unread(
            self.search.topic,
            pmid,
            self.search.name,
            cause="",
            since=self.now,
            due_at=self.now,
            tries=0,
            is_held=is_held,
            is_news=is_news,
        )

    def _causes(self) -> Iterator[tuple[str, str]]:
        """Pairs of a PMID and why its record was not read; what is neither listed nor returned is gone, not unread."""
        ours = self.listed | self.matched
        yield from ((pmid, cause) for pmid, cause in self.snapshot.fetched.unreadable if pmid in ours)
        yield from ((pmid, NOT_RETURNED) for pmid in sorted(self.snapshot.fetched.missing & self.listed))

    def reads(self, one: Unread) -> bool:
        """Can the article be read now: its record was fetched, or another topic's poll has stored it?"""
        if any(article.pmid == one.pmid for article in self.snapshot.fetched.articles):
            return True
        return not one.is_held and one.pmid in self.listed and one.pmid in self.known

    def lacks(self, one: Unread) -> bool:
        """Does an answer that is believed no longer list an article that this search brought?

        ELink's answer may be empty by mistake. What is held is gone when its match is.
        """
        is_believed = not self.snapshot.doubt and bool(
            self.search.kind is SearchKind.QUERY or self.snapshot.found.pmids
        )
        return is_believed and one.search == self.search.name and not one.is_held and one.pmid not in self.listed
