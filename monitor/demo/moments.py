"""The instants at which the replay runs a tick. Pure.

Polling every few hours for seventeen years would take many minutes and find nothing on most days. The
replay polls when a record appears and once a quarter, and composes weekly digests on the Monday
after, monthly ones on the first of the next month. Nothing is missed: a poll compares the full list of
matches, and so finds whatever was added or indexed since the last one. Other sources are asked on the day on
which a registry shows something else, and of what a citation index shows since, on the next such day.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

from monitor.demo.corpus import Entry
from monitor.model import SourceName

#: Records appear at 06:00, digests are due at 07:00; at 08:00 a tick finds both.
TIME_OF_DAY = time(8, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Outage:
    """Days, the first and the last included, on which PubMed cannot be reached."""

    first: date
    last: date

    def __contains__(self, day: object) -> bool:
        return isinstance(day, date) and self.first <= day <= self.last

    @property
    def days(self) -> list[date]:
        """Each day of the outage."""
        return [self.first + timedelta(days=n) for n in range((self.last - self.first).days + 1)]


@dataclass(frozen=True, slots=True)
class Moment:
    """One instant of the replay. Without `polls` PubMed is not polled and only digests are composed.

    `asks` are the other sources that show something else than at the moment before.
    """

    at: datetime
    polls: bool
    asks: Set[SourceName] = frozenset()


#: The days on which each source shows something else than on the day before.
Shows = Mapping[SourceName, Iterable[date]]

#: News of these are told on their day; what other sources show may wait for the next moment.
PROMPT = (SourceName.CLINICAL_TRIALS, SourceName.ISRCTN, SourceName.ICTRP)


def moments(
    entries: Iterable[Entry], start: date, until: date, outage: Outage, shows: Shows | None = None
) -> list[Moment]:
    """All moments from `start` to `until`, both included, in order, each day once."""
    appears = {entry.created_on for entry in entries}
    polled = {start, until, *appears, *_quarters(start, until)}
    polled |= {*outage.days, outage.last + timedelta(days=1)}
    shows = shows or {}
    registered = {day for name in PROMPT for day in shows.get(name, ())}
    news = appears | registered
    days = polled | registered | set(map(_monday_from, news | set(outage.days))) | set(map(_first_after, news))
    chosen = sorted(day for day in days if start <= day <= until)
    return [
        Moment(datetime.combine(day, TIME_OF_DAY), day in polled, _shown(shows, before, day))
        for before, day in pairwise([date.min, *chosen])
    ]


def _shown(shows: Shows, before: date, day: date) -> frozenset[SourceName]:
    """The sources that show something else on `day` than on the day `before`."""
    return frozenset(name for name, days in shows.items() if any(before < other <= day for other in days))


def _monday_from(day: date) -> date:
    """The Monday on which the weekly digest reports what happened on `day`; on a Monday that is the same day."""
    return day + timedelta(days=-day.weekday() % 7)


def _first_after(day: date) -> date:
    """The first of the next month, on which the monthly digest reports what happened on `day`."""
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)


def _quarters(start: date, until: date) -> Iterator[date]:
    """The first Monday of each quarter: enough to say "nothing new" in quiet years."""
    for year in range(start.year, until.year + 1):
        yield from (_monday_from(date(year, month, 1)) for month in (1, 4, 7, 10))
