"""The clock of a running service.

The scheduler knows nothing but "once a minute": what is due stands in the database, so a restart,
a long sleep or a second service on the same database drops nothing and does nothing twice.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from datetime import UTC, datetime, timedelta

from apscheduler.schedulers.background import BackgroundScheduler

from monitor import __version__, log, store
from monitor.delivery.transactional import SEND_INTERVAL, send_transactional
from monitor.errors import MonitorError
from monitor.service import tick
from monitor.service.connections import Connections
from monitor.service.heartbeat import beat

TICK_EVERY = timedelta(minutes=1)
#: Long work gives a sign of life after each step, but not more often than this.
HEARTBEAT_EVERY = timedelta(seconds=30)
STOPS = (signal.SIGTERM, signal.SIGINT)


class Service:
    """Ticks until it is told to stop."""

    def __init__(self, works: Connections) -> None:
        self.works, self.db = works, works.db
        self.stopping = threading.Event()
        self._last_beat = 0.0

    def run(self) -> None:
        """Tick once a minute until SIGTERM or SIGINT; the second signal ends the process at once.

        Signals are waited for, not handled, so that they never interrupt a transaction.
        """
        signal.pthread_sigmask(signal.SIG_BLOCK, STOPS)  # threads begun from here on inherit it
        scheduler = BackgroundScheduler(timezone=UTC, executors={"default": {"type": "threadpool", "max_workers": 4}})
        minutely = (self.tick, self.collect, self.look_round)
        for work, every in (*((work, TICK_EVERY) for work in minutely), (self.send_transactional, SEND_INTERVAL)):
            scheduler.add_job(
                work,
                "interval",
                seconds=every.total_seconds(),
                next_run_time=datetime.now(UTC),
                coalesce=True,
                max_instances=1,
                misfire_grace_time=None,
            )
        scheduler.start()
        log.get().info(
            "started", version=__version__, database=self.db.url_safe, topics=len(self.works.settings.topics)
        )
        received = signal.sigwait(STOPS)
        self.stopping.set()
        log.get().info("stopping", signal=signal.Signals(received).name)
        _let_the_next_signal_end_it()
        scheduler.shutdown(wait=True)
        log.get().info("stopped")

    def tick(self) -> None:
        """One tick at the present instant; a failure of the world is logged, and tried again in a minute."""
        try:
            self._beat()
            now = datetime.now(UTC)
            tick.run_due(self.works, now, self._progress, self.stopping.is_set)
        except MonitorError as error:
            log.get().error("tick failed", error=str(error))

    def send_transactional(self) -> None:
        """Send the mails that pages were asked for; one read while there are none.

        On a beat of its own, whatever pages are asked: a mail that left with a page would tell the visitor, by the
        time of that page or the next, that the address is known.
        """
        now = datetime.now(UTC)
        try:
            with self.db.read() as tx:
                is_any_due = store.transactional.is_any_due(tx, now)
            if is_any_due:
                send_transactional(self.works.settings, self.works.links, self.db, self.works.mailer, now)
        except MonitorError as error:
            log.get().warning("transactional mails wait", error=str(error))

    def collect(self) -> None:
        """Read returned mail, in a thread of its own, so that a mailbox that does not answer holds up nothing."""
        try:
            tick.collect_returned_mail(self.works, datetime.now(UTC), self.stopping.is_set)
        except MonitorError as error:
            log.get().error("returned mail not taken in", error=str(error))

    def look_round(self) -> None:
        """Look at what surrounds the seeds, in a thread of its own, so that no poll waits for it."""
        try:
            tick.refresh_seed_context(self.works, datetime.now(UTC))
        except MonitorError as error:
            log.get().error("seed context not refreshed", error=str(error))

    def _progress(self, _done: int, _total: int, _what: str) -> None:
        if time.monotonic() - self._last_beat > HEARTBEAT_EVERY.total_seconds():
            self._beat()

    def _beat(self) -> None:
        beat(self.db, datetime.now(UTC))
        self._last_beat = time.monotonic()


def _let_the_next_signal_end_it() -> None:
    for number in STOPS:  # with a handler, since process 1 of a container ignores signals without one
        signal.signal(number, lambda received, _frame: os._exit(128 + received))
    signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPS)
