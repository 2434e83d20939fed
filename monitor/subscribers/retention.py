"""Delete what has exceeded its retention period."""

from __future__ import annotations

from datetime import datetime, timedelta

from monitor import store
from monitor.links import CONFIRM_WITHIN
from monitor.store import Database
from monitor.subscribers.opt_in import YEAR

#: Longer than the period of every limit of requests, and enough time to investigate why a mail did not arrive.
TRANSACTIONAL_RETENTION = timedelta(days=3)


def clean_up(db: Database, now: datetime) -> dict[str, int]:
    """Delete unconfirmed requests and records of old transactional mails; returns how many of each, by name."""
    with db.begin() as tx:
        unconfirmed = store.transactional.delete_unconfirmed(tx, now - CONFIRM_WITHIN)
        ended = store.transactional.unsubscribe_unconfirmed(tx, now - CONFIRM_WITHIN, now)
        mails = store.transactional.delete_before(tx, now - TRANSACTIONAL_RETENTION, now - YEAR)
    return {"unconfirmed": unconfirmed, "ended": ended, "transactional_mails": mails}
