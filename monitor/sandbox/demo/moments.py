"""When the replay looks. Pure.

Seventeen years of daily looks would take many minutes and find nothing on most days. The replay
therefore looks only on days on which something happens in the corpus, and in a regular rhythm
between them. Nothing is skipped by that: a poll compares with all that matches, whenever it comes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from monitor.sandbox.corpus import Entry

#: Records appear at 06:00, digests are due at 07:00; at 08:00 a look finds both.
LOOK_AT = time(8, 0, tzinfo=UTC)


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


def moments(entries: Iterable[Entry], start: date, until: date, outage: Outage) -> list[datetime]:
    """The instants of all looks from `start` to `until`, both included, in order, each once."""
    happenings = [day for entry in entries for day in _happenings(entry) if start <= day <= until]
    days = {start, until, *happenings, *outage.days, outage.last + timedelta(days=1)}
    days |= {_monday_from(day) for day in [*happenings, *outage.days]}
    days |= set(_rhythm(start, until))
    return [datetime.combine(day, LOOK_AT) for day in sorted(days) if start <= day <= until]


def _happenings(entry: Entry) -> list[date]:
    """The days on which PubMed's record of a report changes: it appears, it is indexed."""
    return [entry.created_on, *([entry.indexed_on] if entry.indexed_on else [])]


def _monday_from(day: date) -> date:
    """The Monday on which the weekly digest tells what happened on `day`; a Monday itself tells it the same day."""
    return day + timedelta(days=-day.weekday() % 7)


def _rhythm(start: date, until: date) -> Iterator[date]:
    """The first day and the first Monday of each month: monthly digests, and weekly ones that say "nothing new"."""
    year, month = start.year, start.month
    while (first := date(year, month, 1)) <= until:
        yield first
        yield _monday_from(first)
        year, month = year + month // 12, month % 12 + 1
