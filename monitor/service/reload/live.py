"""The connections of a running service, exchanged between units of work when its configuration is loaded again."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta

from monitor import config, log
from monitor.errors import ConfigError, StoreError
from monitor.model import Settings
from monitor.service import connections
from monitor.service.alerting.failures import Unit
from monitor.service.connections import Connections
from monitor.service.guard import guard_of
from monitor.service.reload import checks, reports
from monitor.service.reload.files import WatchedFiles
from monitor.service.reload.reports import ServiceReport
from monitor.watch import configuration_changes
from monitor.watch.outside import plan

#: How often a service looks at its files and for requests. A change is taken at the second look that finds it.
LOOK_EVERY = timedelta(seconds=2)


class Live:
    """What a running service works with now.

    A unit of work asks for `works` once, when it begins, and keeps them to its end; when they are no longer current it
    finishes what it has begun and leaves the rest to the next, which has the new ones.
    """

    def __init__(
        self,
        works: Connections,
        report: ServiceReport,
        files: WatchedFiles,
        environ: Mapping[str, str],
        *,
        stands_at: datetime | None = None,
    ) -> None:
        self._works, self._report, self._files, self._environ = works, report, files, environ
        self._stands_at = stands_at
        self._contents = checks.digest_of_files(works.settings)
        self._exchanging, self._asked = threading.Lock(), threading.Event()
        self._is_told = True
        self._watch(works.settings)
        self.then: Callable[[Connections], None] = lambda _: None  # what else is to be changed by an exchange

    @property
    def works(self) -> Connections:
        """What to work with from now on; waits while it is being exchanged."""
        with self._exchanging:
            return self._works

    @property
    def latest(self) -> Connections:
        """What is in use, without waiting."""
        return self._works

    def is_current(self, works: Connections) -> bool:
        """Are these still what to work with?"""
        return works is self._works

    def ask(self) -> None:
        """Load the configuration again at the next look, whether its files have changed or not. Safe in a signal."""
        self._asked.set()

    def look(self, now: datetime) -> bool:
        """Load the configuration again if there is reason to; True when another one is in use now.

        While the database is away nothing can be exchanged: then it is put off to the next look.
        """
        try:
            with self._works.db.read() as tx:
                requests = reports.requests(tx)
        except StoreError:
            return False
        is_asked = self._asked.is_set() or requests - set(self._report.answers)
        if is_asked or self._files.have_changed():
            self._asked.clear()
            return self._reload(requests, now)
        if not self._is_told or abs(now - self._report.seen_at) >= reports.RENEW_EVERY:
            self._tell(self._report, now)
        return False

    def _reload(self, requests: frozenset[str], now: datetime) -> bool:
        before = self._works
        self._files.take()
        parts = guard_of(before.settings, before.db, now).parts(Unit.CONFIGURATION)
        report = parts.whole(lambda _: self._attempt(now), None)
        if report is None:
            failure = parts.failed.get("")
            if failure is None or not failure.is_bug:  # the database went away: the same again
                self.ask()
                return not self.is_current(before)
            report = reports.refused(self._report, failure.error, now)
        else:
            parts.forget_the_others()
        self._tell(reports.answering(report, requests), now)
        return not self.is_current(before)

    def _attempt(self, now: datetime) -> ServiceReport:
        """Load it, and exchange what differs; the report of that."""
        current = self._works.settings
        try:
            new = config.load(current.path, self._environ)
            self._watch(new)
            checks.refuse_fixed(current, new)
            new = checks.with_key(new)
            contents = checks.digest_of_files(new)
            if (new, contents) == (current, self._contents):
                log.get().info("configuration unchanged", file=str(current.path))
                return reports.unchanged(self._report)
            did = self._exchange(new, now)
        except ConfigError as error:
            log.get().error("configuration refused, the one in use is kept", reason=str(error))
            return reports.refused(self._report, str(error), now)
        self._contents = contents
        log.get().info("configuration loaded", file=str(new.path), topics=len(new.topics), changes=list(did))
        return reports.taken(self._report, did, now)

    def _exchange(self, new: Settings, now: datetime) -> tuple[str, ...]:
        """From here on the next unit of work has the new configuration; what that changes. Raises ConfigError."""
        db = self._works.db
        works = connections.connect(new, db)
        with db.read() as tx:
            found = configuration_changes.differences(tx, new.topics, new.channels, plan.sources(new))
            did = tuple(one.sentence for one in found)
        with self._exchanging:
            connections.prepare(new, db, self._stands_at or now)
            self._works = works
        self.then(works)
        return did

    def _watch(self, settings: Settings) -> None:
        self._files.watch(config.files(settings.path, self._environ, settings))

    def _tell(self, report: ServiceReport, now: datetime) -> None:
        """Keep the report in the database, at the next look if not now."""
        self._report, self._is_told = report, False
        with suppress(StoreError), self._works.db.begin() as tx:
            self._report = reports.put(tx, report, now)
            self._is_told = True


@contextmanager
def running(
    word: str,
    works: Connections,
    files: WatchedFiles,
    environ: Mapping[str, str],
    now: datetime,
    *,
    stands_at: datetime | None = None,
) -> Iterator[Live]:
    """The connections of a service, `monitor WORD`, which reports itself in the database until the block ends.

    `files` were looked at before the configuration was read. `stands_at` is the instant of a rehearsal.
    """
    report = reports.begin(word, works.settings, now)
    with works.db.begin() as tx:
        reports.forget_the_dead(tx, now)
        report = reports.put(tx, report, now)
    try:
        yield Live(works, report, files, environ, stands_at=stands_at)
    finally:
        with suppress(StoreError), works.db.begin() as tx:
            reports.leave(tx)
