"""The clock of a running service.

The scheduler knows nothing but "every so often": what is due stands in the database, so a restart, a long sleep or a
second service on the same database drops nothing and does nothing twice. Each unit of work has a beat of its own, so
that none waits for another: neither mail for an hour of polls, nor polls for an hour of mail.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

from apscheduler.schedulers.background import BackgroundScheduler

from monitor import __version__, log
from monitor.delivery.transactional import SEND_INTERVAL
from monitor.service import memory
from monitor.service.alerting.failures import Unit
from monitor.service.connections import Connections
from monitor.service.reload import Live
from monitor.service.reload.live import LOOK_EVERY
from monitor.service.running import ping
from monitor.service.running.clock import ClockWatch
from monitor.service.units import Units

BEAT_EVERY = timedelta(minutes=1)
STOPS = (signal.SIGTERM, signal.SIGINT)
RELOADS = signal.SIGHUP


@dataclass(frozen=True, slots=True)
class Beat:
    """One unit of work and how often it is looked at, first `after` the start.

    What it did is carried on at once by the units it `wakes`.
    """

    work: Callable[[Units], object]
    every: timedelta = BEAT_EVERY
    wakes: tuple[Unit, ...] = ()
    after: timedelta = timedelta()


#: Transactional mails have a short beat, whatever pages are asked: a mail that left with a page would tell the visitor,
#: by the time of that page or the next, that the address is known.
BEATS: Mapping[Unit, Beat] = {
    Unit.HEARTBEAT: Beat(Units.beat),
    Unit.PING: Beat(Units.ping, ping.EVERY, after=ping.EVERY),
    Unit.CLOCK: Beat(Units.forget_future),
    Unit.REASSESSMENT: Beat(Units.reassess),
    Unit.POLLS: Beat(Units.poll, wakes=(Unit.DIGESTS,)),
    Unit.DIGESTS: Beat(Units.compose, wakes=(Unit.DELIVERIES, Unit.CHANNELS)),
    Unit.DELIVERIES: Beat(Units.deliver),
    Unit.CHANNELS: Beat(Units.deliver_to_channels),
    Unit.TRANSACTIONAL_MAILS: Beat(Units.send_transactional, SEND_INTERVAL),
    Unit.RETURNED_MAIL: Beat(Units.collect_returned_mail),
    Unit.SEED_CONTEXT: Beat(Units.refresh_seed_context),
    Unit.CITATION_INDEXES: Beat(Units.ask_citation_indexes, wakes=(Unit.DIGESTS,)),
    Unit.REGISTRIES: Beat(Units.ask_registries, wakes=(Unit.DIGESTS,)),
    Unit.RETRACTIONS: Beat(Units.ask_retractions, wakes=(Unit.DIGESTS,)),
    Unit.PREPRINTS: Beat(Units.ask_preprints, wakes=(Unit.DIGESTS,)),
    Unit.ALERTS: Beat(Units.alert),
    Unit.CLEAN_UP: Beat(Units.clean_up),
}


#: A rehearsal is never in real time. Its pages are, and the mails that they are asked for; it gives no sign of life.
REHEARSAL_BEATS: Mapping[Unit, Beat] = {Unit.TRANSACTIONAL_MAILS: BEATS[Unit.TRANSACTIONAL_MAILS]}


class Service:
    """Works until it is told to stop; `beats` are what it does, and how often."""

    def __init__(self, live: Live, beats: Mapping[Unit, Beat] = BEATS) -> None:
        self._live, self._beats = live, beats
        self._stopping, self._waking = threading.Event(), threading.Lock()
        count = len(beats) + 1  # so that each beat finds one free
        threads = {"default": {"type": "threadpool", "max_workers": count}}
        self._scheduler = BackgroundScheduler(timezone=UTC, executors=threads)

    def run(self) -> None:
        """Do whatever is due until SIGTERM or SIGINT; the second signal ends the process at once.

        SIGHUP has the configuration loaded again, unless it says that the terminal was closed. Signals are waited for,
        not handled, so that they never interrupt a transaction.
        """
        signal.pthread_sigmask(signal.SIG_BLOCK, (*STOPS, RELOADS))  # threads begun from here on inherit it
        for unit, beat in self._beats.items():
            self._repeat(partial(self.do, unit), unit, beat.every, beat.after)
        self._repeat(self._look, Unit.CONFIGURATION, LOOK_EVERY)
        self._scheduler.start()
        threading.Thread(target=self._watch_clock, args=(ClockWatch(),), daemon=True).start()
        works = self._live.works
        topics = len(works.settings.topics)
        log.get().info("started", version=__version__, database=works.db.url_safe, topics=topics)
        had_terminal = os.isatty(0)
        while (received := signal.sigwait((*STOPS, RELOADS))) == RELOADS and not is_hangup(had_terminal):
            log.get().info("configuration asked to be loaded again", signal=signal.Signals(received).name)
            self._live.ask()
            self._at_once(Unit.CONFIGURATION)
        with self._waking:
            self._stopping.set()
        log.get().info("stopping", signal=signal.Signals(received).name)
        _let_the_next_signal_end_it()
        self._scheduler.shutdown(wait=True)
        log.get().info("stopped")

    def do(self, unit: Unit) -> None:
        """One beat of a unit at the present instant; another one at once when the configuration changed meanwhile."""
        beat = self._beats[unit]
        works: Connections | None = None
        while not (works and (self._live.is_current(works) or self._stopping.is_set())):
            works = self._live.works
            did = beat.work(Units(works, datetime.now(UTC), is_stopping=partial(self._is_to_end, works)))
            log.get().debug("looked at", unit=str(unit), did=bool(did))
            for woken in beat.wakes if did else ():
                self._at_once(woken)
            if did:
                memory.give_back()

    def _is_to_end(self, works: Connections) -> bool:
        """Is the rest of a unit to be left to the next one, or to the next process?"""
        return self._stopping.is_set() or not self._live.is_current(works)

    def _look(self) -> None:
        """Look whether the configuration has changed; what it made due is done at once."""
        if not self._stopping.is_set() and self._live.look(datetime.now(UTC)):
            for unit in self._beats:
                self._at_once(unit)

    def _watch_clock(self, clock: ClockWatch) -> None:
        """Look at every unit at once when the clock was set: APScheduler would sleep until it is as late as before."""
        while not self._stopping.wait(LOOK_EVERY.total_seconds()):
            if clock.has_jumped():
                log.get().warning("the clock has jumped: everything is looked at by the new time")
                for unit in (*self._beats, Unit.CONFIGURATION):
                    self._at_once(unit)

    def _at_once(self, unit: Unit) -> None:
        """Have a unit looked at now; not once the service stops, since the scheduler waits for us then, locked."""
        with self._waking:
            if not self._stopping.is_set():
                self._scheduler.modify_job(unit, next_run_time=datetime.now(UTC))

    def _repeat(self, work: Callable[[], None], unit: Unit, every: timedelta, after: timedelta = timedelta()) -> None:
        self._scheduler.add_job(
            work,
            "interval",
            id=unit,
            seconds=every.total_seconds(),
            next_run_time=datetime.now(UTC) + after,
            coalesce=True,
            max_instances=1,
            misfire_grace_time=None,
        )


def is_hangup(had_terminal: bool) -> bool:
    """Does SIGHUP mean that the terminal was closed in which the service was started? Then nobody would see it run."""
    return had_terminal and not os.isatty(0)


def _let_the_next_signal_end_it() -> None:
    for number in STOPS:  # with a handler, since process 1 of a container ignores signals without one
        signal.signal(number, lambda received, _frame: os._exit(128 + received))
    signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPS)
