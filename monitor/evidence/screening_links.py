"""The links with which a named person screens on pages: all that a person has been given can be ended at once."""

from __future__ import annotations

from datetime import datetime

from monitor import store
from monitor.store import Database, Tx


def end_links(db: Database, by: str, now: datetime) -> None:
    """End every screening link made for the person named `by` until now, for all topics."""
    with db.begin() as tx:
        store.meta.put(tx, _key(by), now.isoformat(), now)


def is_ended(tx: Tx, by: str, made_at: datetime) -> bool:
    """Whether a link made for that person at this instant has been ended."""
    ended_at = store.meta.get(tx, _key(by))
    return bool(ended_at) and made_at <= datetime.fromisoformat(ended_at)


def _key(by: str) -> str:
    return f"screening links ended/{by}"
