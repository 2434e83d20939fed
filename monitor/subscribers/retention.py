"""Forget what we promised to forget."""

from __future__ import annotations

from datetime import datetime, timedelta

from monitor import store
from monitor.links import CONFIRM_WITHIN
from monitor.store import Database

#: Long enough for every limit to count, and for a person to ask where their mail stayed.
TRANSACTIONAL_RETENTION = timedelta(days=3)


def clean_up(db: Database, now: datetime) -> dict[str, int]:
    """Delete requests nobody confirmed and the records of old transactional mails; how many of each, by name."""
    with db.begin() as tx:
        unconfirmed = store.transactional.delete_unconfirmed(tx, now - CONFIRM_WITHIN)
        ended = store.transactional.unsubscribe_unconfirmed(tx, now - CONFIRM_WITHIN, now)
        mails = store.transactional.delete_before(tx, now - TRANSACTIONAL_RETENTION)
    return {"unconfirmed": unconfirmed, "ended": ended, "transactional_mails": mails}
