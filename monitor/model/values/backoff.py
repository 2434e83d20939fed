"""How long to wait after a failure: the one rule, whatever failed."""

from __future__ import annotations

from datetime import timedelta
from typing import TypeVar

#: A span of time, or a number of seconds.
T = TypeVar("T", timedelta, float)

#: Further doublings change nothing: whatever is waited for, its longest wait is reached before.
_MOST_DOUBLINGS = 20


def back_off(first: T, failures_in_row: int, longest: T) -> T:
    """How long to wait after the nth failure in a row (from 1): `first`, then twice as long each, at most `longest`."""
    return min(first * (1 << min(failures_in_row - 1, _MOST_DOUBLINGS)), longest)
