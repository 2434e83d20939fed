"""The one place where settings become edges, and the clock that ticks them.

The scheduler knows nothing but "once a minute": what is due stands in the database, so a restart,
a long sleep or a second service on the same database drops nothing and does nothing twice.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime, timedelta

from apscheduler.schedulers.background import BackgroundScheduler

from monitor import __version__, config, log, store
from monitor.alert import alert_operator
from monitor.bounces.collect import Collected, collect_due
from monitor.delivery.deliver import Delivered, deliver_due
from monitor.delivery.transactional import BEAT, send_letters
from monitor.digests.compose import compose_due
from monitor.errors import ConfigError, MonitorError
from monitor.heartbeat import beat
from monitor.mail import dkim_signing
from monitor.mail.smtp import SmtpMailer
from monitor.model import Outcome, Poll, Settings
from monitor.ports import IsStopping, Mailer, Progress, PubMed, never, silent
from monitor.sources.pubmed import Client
from monitor.store import Database
from monitor.subscribers.admin import enrol
from monitor.subscribers.retention import clean_up
from monitor.ticked import Tick
from monitor.watch.poll import poll_due
from monitor.watch.seed_context import Looked, look_round_due

TICK_EVERY = timedelta(minutes=1)
#: So long may mail keep the next poll waiting; what is left goes out with the next tick.
DELIVER_WITHIN = timedelta(minutes=5)
CLEAN_UP_EVERY = timedelta(days=1)
#: Long work gives a sign of life after each step, but not more often than this.
HEARTBEAT_EVERY = timedelta(seconds=30)
STOPS = (signal.SIGTERM, signal.SIGINT)


def open_pubmed(settings: Settings) -> Client:
    """PubMed as configured; asks nothing yet."""
    return Client(settings.pubmed)


def open_mailer(settings: Settings) -> SmtpMailer:
    """The mail server as configured; connects at first use.

    Raises ConfigError when the login lacks its password, or the signature its key.
    """
    if settings.smtp.username and not settings.smtp.password:
        raise ConfigError(
            f'smtp.username is "{settings.smtp.username}" but there is no password. '
            "Set MONITOR_SMTP_PASSWORD or MONITOR_SMTP_PASSWORD_FILE."
        )
    dkim = settings.smtp.dkim
    return SmtpMailer(settings.smtp, sign=dkim_signing.signer(dkim) if dkim else None)


def open_database(settings: Settings) -> Database:
    """The database with a schema this version knows; an empty one is made ready. Raises SchemaError for any other."""
    if file := config.sqlite_file(settings):
        file.parent.mkdir(parents=True, exist_ok=True)
    db = store.open(settings.database_url)
    if not store.migrate.current(db):
        store.migrate.upgrade(db)
        log.get().info("database made ready", database=db.url_safe, schema=store.migrate.head())
    store.migrate.check(db)
    return db


def prepare(settings: Settings, db: Database, now: datetime) -> None:
    """Bring the database in line with the configuration: its searches, and the people of the subscribers file."""
    people = config.read_people(settings)
    with db.begin() as tx:
        store.searches.sync(tx, settings.topics, now)
    listed = "Listed by the operator in the subscribers file."
    enrol(db, people, settings.secret_keys, now, form="subscribers file", consent=listed)


def tick(
    settings: Settings,
    db: Database,
    pubmed: PubMed,
    mailer: Mailer,
    now: datetime,
    progress: Progress = silent,
    is_stopping: IsStopping = never,
) -> Tick:
    """Do once whatever is due: polls, digests, deliveries, and a word to the operator where one is needed.

    When `is_stopping`, the unit under way is finished and the rest stays due.
    """
    polls = poll_due(settings.topics, pubmed, db, now, progress, is_stopping=is_stopping)
    for poll in polls:
        _log_poll(poll)
    if is_stopping():
        return Tick(polls)
    digests = compose_due(settings, db, now)
    if digests:
        log.get().info("digests composed", digests=len(digests))
    letters = send_letters(db, mailer, settings, now) if settings.secret_keys else 0
    deliveries = deliver_due(settings, db, mailer, now, is_stopping=is_stopping, within=DELIVER_WITHIN)
    if deliveries != Delivered():
        log.get().info("mails sent", **asdict(deliveries))
    matters = () if deliveries.error else alert_operator(settings, db, mailer, now)
    for matter in matters:
        log.get().warning("operator alerted", matter=matter.headline)
    _forget(db, now)
    return Tick(polls, digests, deliveries, letters, matters)


def collect(settings: Settings, db: Database, now: datetime, is_stopping: IsStopping = never) -> Collected | None:
    """Read the mailbox of returned mail when it is due; None when it is not. Beside `tick`: it may be slow."""
    collected = collect_due(settings, db, now, is_stopping=is_stopping)
    if collected is None:
        return None
    if collected.taken:
        counts = {outcome.replace(" ", "_"): number for outcome, number in collected.counts().items()}
        log.get().info("returned mail read", mails=len(collected.taken), **counts)
    if collected.error:
        log.get().warning("returned mail cannot be read", error=collected.error)
    return collected


def look_round(settings: Settings, db: Database, pubmed: PubMed, now: datetime) -> Looked | None:
    """Ask what surrounds the seeds that are due; None when none is. Beside `tick`: no poll ever waits for it."""
    looked = look_round_due(settings.topics, pubmed, db, now)
    if looked and looked.error:
        log.get().warning("surroundings not seen", seeds=looked.seeds, requests=looked.requests, error=looked.error)
    elif looked:
        log.get().info("surroundings seen", seeds=looked.seeds, requests=looked.requests)
    return looked


def _log_poll(poll: Poll) -> None:
    """One line per poll, at the level its outcome deserves."""
    took_s = round((poll.finished_at - poll.started_at).total_seconds(), 1)
    facts = {"search": f"{poll.topic}/{poll.search}", "requests": poll.requests, "took_s": took_s}
    if poll.outcome is Outcome.FAILED:
        log.get().warning("poll failed", error=poll.error, **facts)
        return
    name = "baseline taken" if poll.is_baseline else "poll finished"
    counts = {"found": poll.count, "new": poll.new, "revised": poll.revised, "gone": poll.gone}
    log.get().info(name, outcome=str(poll.outcome), **counts, **facts)
    if poll.warnings:
        log.get().warning("PubMed warns", search=facts["search"], warnings=list(poll.warnings))


def _forget(db: Database, now: datetime) -> None:
    """Once a day, forget what we promised to forget."""
    with db.begin() as tx:
        is_ours = store.meta.claim(tx, "service/cleanup", now, now + CLEAN_UP_EVERY)
    if is_ours:
        log.get().info("cleaned up", **clean_up(db, now))


class Service:
    """Ticks until it is told to stop."""

    def __init__(self, settings: Settings, db: Database, pubmed: PubMed, mailer: Mailer) -> None:
        self.settings, self.db, self.pubmed, self.mailer = settings, db, pubmed, mailer
        self.stopping = threading.Event()
        self._last_beat = 0.0

    def run(self) -> None:
        """Tick once a minute until SIGTERM or SIGINT; the second signal ends the process at once.

        Signals are waited for, not handled, so that they never interrupt a transaction.
        """
        signal.pthread_sigmask(signal.SIG_BLOCK, STOPS)  # threads begun from here on inherit it
        scheduler = BackgroundScheduler(timezone=UTC, executors={"default": {"type": "threadpool", "max_workers": 4}})
        minutely = (self.tick, self.collect, self.look_round)
        for work, every in (*((work, TICK_EVERY) for work in minutely), (self.send_letters, BEAT)):
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
        log.get().info("started", version=__version__, database=self.db.url_safe, topics=len(self.settings.topics))
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
            tick(self.settings, self.db, self.pubmed, self.mailer, now, self._progress, self.stopping.is_set)
        except MonitorError as error:
            log.get().error("tick failed", error=str(error))

    def send_letters(self) -> None:
        """Send the mails that pages were asked for; one read while there are none.

        On a beat of its own, whatever pages are asked: a mail that left with a page would tell the visitor, by the
        time of that page or the next, that the address is known.
        """
        now = datetime.now(UTC)
        try:
            with self.db.read() as tx:
                is_any_due = store.letters.is_any_due(tx, now)
            if is_any_due:
                send_letters(self.db, self.mailer, self.settings, now)
        except MonitorError as error:
            log.get().warning("letters wait", error=str(error))

    def collect(self) -> None:
        """Read returned mail, in a thread of its own, so that a mailbox that does not answer holds up nothing."""
        try:
            collect(self.settings, self.db, datetime.now(UTC), self.stopping.is_set)
        except MonitorError as error:
            log.get().error("returned mail not taken in", error=str(error))

    def look_round(self) -> None:
        """Look at what surrounds the seeds, in a thread of its own, so that no poll waits for it."""
        try:
            look_round(self.settings, self.db, self.pubmed, datetime.now(UTC))
        except MonitorError as error:
            log.get().error("surroundings not looked at", error=str(error))

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


@contextmanager
def opened(settings: Settings, now: datetime) -> Iterator[tuple[Settings, Database]]:
    """The database ready for work, and the settings with a key to sign links; closed at the end."""
    settings, made = config.with_secret_key(settings)
    if made:
        log.get().info("made a key to sign links with; keep it with the database", file=str(made))
    db = open_database(settings)
    try:
        prepare(settings, db, now)
        yield settings, db
    finally:
        db.close()


def run(settings: Settings) -> None:
    """Watch and mail until stopped, with the pages where they are configured.

    Raises ConfigError or SchemaError before anything is begun.
    """
    from monitor import web  # only `run` opens pages: no other command waits for its libraries

    mailer = open_mailer(settings)
    with opened(settings, datetime.now(UTC)) as (ready, db), web.serving(ready, db):
        Service(ready, db, open_pubmed(ready), mailer).run()
