"""The sign of life of a running service, kept in the database so that a health check costs one read."""

from __future__ import annotations

from datetime import datetime, timedelta

from monitor import store
from monitor.store import Database, Tx

#: A service without a sign of life for this long is not healthy; long work gives one after each step.
MAX_AGE = timedelta(minutes=15)
_KEY = "service/heartbeat"


def beat(db: Database, now: datetime) -> None:
    """Give a sign of life."""
    with db.begin() as tx:
        store.meta.put(tx, _KEY, now.isoformat(), now)


def last_beat(tx: Tx) -> datetime | None:
    """When a service on this database last gave a sign of life; None when none ever did."""
    text = store.meta.get(tx, _KEY)
    return datetime.fromisoformat(text) if text else None
