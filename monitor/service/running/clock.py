"""A clock that jumps: it is noticed, and nothing stays silent until the date that it was set to."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import datetime
from functools import cache

from monitor import log, store
from monitor.digests.schedule import next_issue
from monitor.model import Frequency, Topic
from monitor.model.values.instants import TOLERANCE
from monitor.store import Database

#: Seconds by which the clock may run fast or slow between two looks at it.
_JUMP = 60.0


class ClockWatch:
    """Notices when the clock of this machine is set: it then jumps against the one that only counts seconds."""

    def __init__(self) -> None:
        self._ahead = time.time() - time.monotonic()

    def has_jumped(self) -> bool:
        """Has the clock jumped since this was asked the last time?"""
        before, self._ahead = self._ahead, time.time() - time.monotonic()
        return abs(self._ahead - before) >= _JUMP


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
