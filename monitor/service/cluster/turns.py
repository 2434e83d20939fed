"""The rate limit of an upstream, kept by all workers together: `ports.Turns` over a row in PostgreSQL."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta

from monitor import store
from monitor.store import Database

#: The interval of one process is made longer by so much: requests of several machines are on their way for different
#: times, and meet where they arrive.
RESERVE = 1.1
#: Who comes this many seconds too late to their turn takes another one: late requests of several processes would
#: otherwise meet, and the upstream would count too many in one second.
LATE = 0.05
#: After so many turns missed the machine is too slow to be punctual, and waiting for it would end nowhere.
TURNS = 3


class SharedTurns:
    """`interval` is the number of seconds between two requests to `upstream` where one process sends them all."""

    def __init__(self, db: Database, upstream: str, interval: float) -> None:
        self._db, self._upstream = db, upstream
        self._interval = timedelta(seconds=interval * RESERVE)

    def wait(self, sleep: Callable[[float], None]) -> None:
        """Sleep until it is this caller's turn. Raises StoreError."""
        for _ in range(TURNS):
            with self._db.begin() as tx:
                seconds = store.turns.take(tx, self._upstream, self._interval)
                begins = time.monotonic() + seconds
            sleep(max(0.0, begins - time.monotonic()))
            if time.monotonic() - begins <= LATE:
                return

    def hold(self, seconds: float) -> None:
        """Let nobody have a turn for `seconds` from now. Raises StoreError."""
        with self._db.begin() as tx:
            store.turns.hold(tx, self._upstream, timedelta(seconds=seconds))
