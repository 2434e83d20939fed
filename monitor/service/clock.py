"""After a clock that jumped forward and back: nothing stays silent until the date that it was set to."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import cache

from monitor import log, store
from monitor.digests.schedule import next_issue
from monitor.model import Frequency, Topic
from monitor.model.instants import TOLERANCE
from monitor.store import Database


def forget_future(topics: Sequence[Topic], db: Database, now: datetime) -> int:
    """Treat stored instants that are later than they can be at `now` as unknown; returns how many rows had one."""
    at = now + TOLERANCE  # a digest may have been composed just now, by a machine whose clock is a little ahead
    issue = cache(lambda plan, frequency: next_issue(plan, frequency, at))  # most topics have the same plan
    issues = {(topic.key, frequency): issue(topic.digest, frequency) for topic in topics for frequency in Frequency}
    with db.read() as tx:
        if not store.clock.has_future(tx, now, issues):
            return 0
    with db.begin() as tx:
        count = store.clock.forget_future(tx, now, issues)
    log.get().warning("dates later than now were forgotten: was the clock of this machine changed?", rows=count)
    return count
