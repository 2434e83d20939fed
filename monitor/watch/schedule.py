"""When a search is polled again, or a source asked again. Pure: takes the time, returns an instant in UTC."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zlib import crc32

from monitor.model import Search
from monitor.model.values.backoff import back_off

#: A failed poll is repeated after this long, doubling with each failure in a row up to the search's own interval.
FIRST_RETRY = timedelta(minutes=5)

#: Polls come early or, after a failure, late by up to this part of the wait, so that a thousand searches that were
#: asked in one minute are not asked in one minute again.
SPREAD = 0.1

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def next_poll(search: Search, now: datetime, failures_in_row: int = 0) -> datetime:
    """When to poll a search again after a poll that ended `now`; see `next_time`."""
    return next_time(f"{search.topic}/{search.name}", search.every, now, failures_in_row)


def next_time(name: str, every: timedelta, now: datetime, failures_in_row: int = 0) -> datetime:
    """When to ask again what is called `name` and was asked `now`.

    After success: after `every` less up to a tenth of it, which leads each name within some times to a place of its
    own in the interval and keeps it there, so that those of one interval are spread over it. After the nth failure
    in a row: 5, 10, 20 … minutes, never longer than `every`, plus up to a tenth.
    """
    place = _place(name)
    if failures_in_row:
        return now + back_off(FIRST_RETRY, failures_in_row, every) * (1 + SPREAD * place)
    past_its_place = (now - _EPOCH - every * place) % every
    return now + every - SPREAD * past_its_place


def _place(name: str) -> float:
    """A number in [0, 1) that is always the same for a name, and another for most others."""
    return crc32(name.encode()) / 2**32
