"""When an instant counts as later than now: clocks of machines on one database differ by a little."""

from __future__ import annotations

from datetime import datetime, timedelta

#: What is ahead by no more than this is taken for now.
TOLERANCE = timedelta(minutes=5)


def is_future(at: datetime, now: datetime) -> bool:
    """Is `at` later than `now` can be? Then it was written by a clock that was wrong, and is unknown."""
    return at > now + TOLERANCE
