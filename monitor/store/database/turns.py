"""One rate limit for all processes on a PostgreSQL database: a row for each upstream says when its next turn begins.

A turn is taken in one statement, in a transaction that ends before anything is sent. Instants are those of the
database, so that the clocks of the machines need not agree.
"""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import text

from monitor.store.database.engine import Tx

#: A next turn farther away than this was left by a clock that has been set back since, and counts as now. The longest
#: true wait is that after a refusal (two minutes), and the turns of those who wait already.
FARTHEST = timedelta(minutes=10)

#: The row is locked when its value is read here, so no two processes get the same turn.
_MOVE = text(
    """
    INSERT INTO turns (upstream, next_at) VALUES (:upstream, clock_timestamp() + :earliest + :gap)
    ON CONFLICT (upstream) DO UPDATE SET next_at = :gap + greatest(
        CASE WHEN turns.next_at <= clock_timestamp() + :farthest THEN turns.next_at END,
        clock_timestamp() + :earliest)
    RETURNING extract(epoch FROM next_at - clock_timestamp())
    """
)


def take(tx: Tx, upstream: str, gap: timedelta) -> float:
    """Take the next turn; the one after it begins `gap` later. Returns the seconds until it begins, 0 if it has."""
    return max(0.0, _move(tx, upstream, timedelta(), gap) - gap.total_seconds())


def hold(tx: Tx, upstream: str, length: timedelta) -> None:
    """Let the next turn begin after `length` at the earliest."""
    _move(tx, upstream, length, timedelta())


def _move(tx: Tx, upstream: str, earliest: timedelta, gap: timedelta) -> float:
    """Move the next turn to `earliest` from now if it is before that, then on by `gap`; the seconds until it begins."""
    values = {"upstream": upstream, "earliest": earliest, "gap": gap, "farthest": FARTHEST}
    return float(tx.execute(_MOVE, values).scalar_one())
