"""How far `monitor db copy` is, on standard error: rows, rows a second, and the time that is left."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

from rich.progress import BarColumn, Progress, TextColumn

from monitor.commands._shared import errors
from monitor.ports import Progress as ProgressCallback

#: Seconds between two lines where there is no terminal, as in the log of a container.
_EVERY = 10.0


class Pace:
    """Words for the progress of one phase of work, measured by `clock` (in seconds) since its first report."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._phase, self._began, self._first = "", 0.0, 0

    def words(self, done: int, total: int, what: str) -> str:
        """ "12,000 of 30,000 rows copied (articles), 6,000 rows/s, 0:00:03 left"; `what` begins with the phase."""
        phase = what.partition(" ")[0]
        if phase != self._phase:
            self._phase, self._began, self._first = phase, self._clock(), done
        rate = (done - self._first) / max(self._clock() - self._began, 0.001)
        told = f"{done:,} of {total:,} rows {what}"
        if done == self._first or rate < 1:
            return told
        left = timedelta(seconds=round((total - done) / rate))
        return f"{told}, {rate:,.0f} rows/s, {left} left"


@contextmanager
def shown() -> Iterator[ProgressCallback]:
    """A bar on a terminal; elsewhere a line every ten seconds and at the end of each phase."""
    pace = Pace()
    last = time.monotonic()
    bar = Progress(BarColumn(), TextColumn("{task.description}", markup=False), console=errors, transient=True)
    bar.disable = not errors.is_terminal
    with bar:
        task = bar.add_task("", total=None)

        def report(done: int, total: int, what: str) -> None:
            nonlocal last
            words = pace.words(done, total, what)
            bar.update(task, completed=done, total=total, description=words)
            if not errors.is_terminal and (done >= total or time.monotonic() - last >= _EVERY):
                last = time.monotonic()
                errors.print(words, soft_wrap=True)

        yield report
