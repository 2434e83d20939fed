"""When a search is polled again. Pure: takes the time, returns an instant in UTC."""

from __future__ import annotations

from datetime import datetime, timedelta

from monitor.model.backoff import back_off

#: A failed poll is repeated after this long, doubling with each failure in a row up to the search's own interval.
FIRST_RETRY = timedelta(minutes=5)

#: Polls come early or late by up to this part of the wait, so that a thousand searches are not polled in one minute.
SPREAD = 0.1


def next_poll(every: timedelta, now: datetime, failures_in_row: int, jitter: float) -> datetime:
    """When to poll again after a poll that ended `now`.

    After success: `every` less up to a tenth of it. After the nth failure in a row: 5, 10, 20 …
    minutes, never longer than `every`, plus up to a tenth. `jitter` is in [0, 1).
    """
    if not failures_in_row:
        return now + every * (1 - SPREAD * jitter)
    return now + back_off(FIRST_RETRY, failures_in_row, every) * (1 + SPREAD * jitter)
