"""How long to wait after a failure: the one rule, whatever failed."""

from __future__ import annotations

from datetime import timedelta


def back_off(first: timedelta, failures_in_row: int, longest: timedelta) -> timedelta:
    """How long to wait after the nth failure in a row (from 1): `first`, then twice as long each, at most `longest`."""
    return min(first * (1 << min(failures_in_row - 1, 20)), longest)
