"""Forget what we promised to forget."""

from __future__ import annotations

from datetime import datetime, timedelta

from monitor import store
from monitor.links import CONFIRM_WITHIN
from monitor.store import Database

#: Long enough for every limit to count, and for a person to ask where their mail stayed.
LETTERS_KEPT = timedelta(days=3)


def clean_up(db: Database, now: datetime) -> dict[str, int]:
    """Delete requests nobody confirmed and the traces of old letters; how many of each, by name."""
    with db.begin() as tx:
        unconfirmed = store.transactional.forget_unconfirmed(tx, now - CONFIRM_WITHIN)
        ended = store.transactional.end_unconfirmed(tx, now - CONFIRM_WITHIN, now)
        letters = store.transactional.forget(tx, now - LETTERS_KEPT)
    return {"unconfirmed": unconfirmed, "ended": ended, "letters": letters}
