"""Progress of long work on standard error: a bar at a terminal, a line now and then with --verbose, else nothing."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from monitor import log
from monitor.ports import Progress as ProgressCallback
from monitor.ports import silent

T = TypeVar("T")

#: Seconds after which progress is first reported, and between two lines where there is no terminal.
PATIENCE, LINE_EVERY = 2.0, 10.0


class Pace:
    """How fast a piece of work goes and how long it still takes, from how much of it was done when."""

    def __init__(self) -> None:
        self._total, self._done, self._began, self._from = -1, 0, 0.0, 0

    def words(self, done: int, total: int, at: float) -> str:
        """ "350 a second, 54 s left" at the instant `at`, in seconds; "" while nothing can be said.

        A different total, or less done than before, means that another piece of work has begun.
        """
        if total != self._total or done < self._done:
            self._total, self._began, self._from = total, at, done
        self._done = done
        seconds, made = at - self._began, done - self._from
        if seconds < 1 or made <= 0:
            return ""
        rate = made / seconds
        pace = f"{rate:,.0f} a second" if rate >= 1 else f"{60 * rate:.0f} a minute"
        return f"{pace}, {_duration((total - done) / rate)} left" if total > done else pace


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 90 * 60 else f"{seconds / 3600:.1f} h"


class Lines:
    """Reports progress in lines of their own, for a log or a pipe; `clock` is in seconds."""

    def __init__(self, tell: Callable[[str], None], clock: Callable[[], float] = time.monotonic) -> None:
        self._tell, self._clock = tell, clock
        self._pace, self._next = Pace(), clock() + PATIENCE

    def __call__(self, done: int, total: int, what: str) -> None:
        """As `ports.Progress`."""
        at = self._clock()
        pace = self._pace.words(done, total, at)
        if at >= self._next:
            self._next = at + LINE_EVERY
            of = f"{done:,} of {total:,}" if total else f"{done:,}"
            self._tell(f"{what}: {of}{f' ({pace})' if pace else ''}")


@contextmanager
def on(console: Console, *, is_quiet: bool = False, always: bool = False) -> Iterator[ProgressCallback]:
    """Yields the callback for long work, whose progress is shown on `console`; a bar appears after `PATIENCE`.

    `always`: where there is no terminal, in lines also without --verbose.
    """
    if is_quiet or log.verbosity() is log.Verbosity.QUIET:
        yield silent
    elif console.is_terminal:
        with _bar(console) as report:
            yield report
    else:
        yield Lines(console.print) if always or log.verbosity() is log.Verbosity.VERBOSE else silent


@contextmanager
def _bar(console: Console) -> Iterator[ProgressCallback]:
    text, pace_text = TextColumn("{task.description}", markup=False), TextColumn("{task.fields[pace]}", markup=False)
    columns = (text, BarColumn(), MofNCompleteColumn(), pace_text, TimeElapsedColumn())
    pace, bar = Pace(), Progress(*columns, console=console, transient=True)
    task = bar.add_task("", total=None, pace="")

    def report(done: int, total: int, what: str) -> None:
        told = pace.words(done, total, time.monotonic())
        bar.update(task, completed=done, total=total or None, description=what, pace=told)

    appearing = threading.Timer(PATIENCE, bar.start)
    appearing.start()
    try:
        yield report
    finally:
        appearing.cancel()
        appearing.join()
        bar.stop()


def reported(items: Iterable[T], total: int, what: str, report: ProgressCallback) -> Iterator[T]:
    """The items, each reported as it is taken."""
    for number, item in enumerate(items):
        report(number, total, what)
        yield item
