"""SIGTERM while a command works in the main thread: what is under way is finished, and no more is begun."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from monitor.ports import IsStopping


@contextmanager
def awaited() -> Iterator[IsStopping]:
    """Whether SIGTERM has come, as a function; the second SIGTERM ends the process at once.

    Only in the main thread. One that `monitor.__main__` has held back comes at once.
    """
    come = threading.Event()

    def stop(number: int, _frame: object) -> None:
        if come.is_set():
            os._exit(128 + number)
        come.set()

    before = signal.signal(signal.SIGTERM, stop)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGTERM])
    try:
        yield come.is_set
    finally:
        signal.signal(signal.SIGTERM, before)
