"""Counts what the service did, for the metrics: what cannot be counted is logged, and stops nothing."""

from __future__ import annotations

from monitor import log, store
from monitor.errors import StoreError
from monitor.store import Database
from monitor.store.database.counters import Counts

#: The counter of polls by outcome, and that of runs of a unit of work by unit and outcome: done or failed.
POLLS, WORK = "polls", "work"
DONE, FAILED = "done", "failed"


def count(db: Database, name: str, counts: Counts) -> None:
    """Add to the counter `name`, in a transaction of its own where there is something to add."""
    if not counts:
        return
    try:
        with db.begin() as tx:
            store.counters.add(tx, name, counts)
    except StoreError as error:
        log.get().warning("not counted", counter=name, error=str(error))
