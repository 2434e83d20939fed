"""A failure of one unit of work, or of one part of it, stops no other.

It is logged with its cause, kept until the same thing goes well (`monitor status`), and tried again, ever later when it
fails again and again. A bug of Monitor also gets a number and a report in a file.
"""

from __future__ import annotations

import errno
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

from monitor import log
from monitor.errors import ConflictError, MonitorError, StoreError
from monitor.model import Settings
from monitor.ports import IsStopping, never
from monitor.service.alerting import bug_reports, failures, tally
from monitor.service.alerting.bug_reports import BugReports
from monitor.service.alerting.failures import Bug, Failure, Unit
from monitor.store import Database, Tx

T = TypeVar("T")

#: What the log says when one fails; what is due stays due.
_EVENTS = {
    Unit.CLOCK: "dates of the future not forgotten",
    Unit.REASSESSMENT: "articles not judged again",
    Unit.POLLS: "searches not all asked",
    Unit.DIGESTS: "digests not all composed",
    Unit.TRANSACTIONAL_MAILS: "transactional mails wait",
    Unit.DELIVERIES: "mails not all sent",
    Unit.CHANNELS: "messages to channels not all sent",
    Unit.RETURNED_MAIL: "returned mail not taken in",
    Unit.SEED_CONTEXT: "seed context not refreshed",
    Unit.CITATION_INDEXES: "citation indexes not all asked",
    Unit.REGISTRIES: "registries not all asked",
    Unit.RETRACTIONS: "retractions not all asked for",
    Unit.PREPRINTS: "preprints not all asked for",
    Unit.ALERTS: "operator not alerted",
    Unit.CLEAN_UP: "not cleaned up",
    Unit.HEARTBEAT: "no sign of life given",
    Unit.PING: "dead-man's switch not asked for",
    Unit.CONFIGURATION: "changed configuration not taken",
}


#: Whose runs the metrics show, which anybody may read: a transactional mail, or an alert about an answer to one, would
#: tell a stranger whether the address that they have just typed on a page is known.
COUNTED = tuple(unit for unit in Unit if unit not in (Unit.TRANSACTIONAL_MAILS, Unit.ALERTS))
#: What a machine has run out of, or refuses: that is no bug of ours.
_OF_THE_MACHINE = frozenset(
    (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EIO, errno.EMFILE, errno.ENFILE, errno.ENOMEM)
)


def _is_machine(error: Exception) -> bool:
    return isinstance(error, MemoryError) or (isinstance(error, OSError) and error.errno in _OF_THE_MACHINE)


class Guard:
    """Runs units of work at the instant `now`; `failures` are those of them, and of their parts, that failed."""

    def __init__(
        self, db: Database, now: datetime, reports: BugReports | None = None, is_stopping: IsStopping = never
    ) -> None:
        self._db, self._now, self._reports, self._is_stopping = db, now, reports, is_stopping
        self._before: dict[Unit, dict[str, Failure]] = {}
        self.failures: list[Failure] = []

    def run(self, unit: Unit, work: Callable[[Parts], T], otherwise: T) -> T:
        """What `work` returns, `otherwise` when it fails or is not begun any more. It runs its parts by its argument.

        None says that nothing was due: then what failed before is not forgotten.
        """
        if self._is_stopping():
            return otherwise
        parts = self.parts(unit)
        done = otherwise if parts.is_resting("") else parts.whole(work, otherwise)
        if done is not None:
            parts.forget_the_others()
        self.failures += parts.failed.values()
        if parts.is_kept and unit in COUNTED and (parts.failed or done != otherwise):
            tally.count(self._db, tally.WORK, {(unit, tally.FAILED if parts.failed else tally.DONE): 1})
        return done

    def parts(self, unit: Unit) -> Parts:
        """The guard of the parts of a unit."""
        return Parts(self._db, unit, self._now, self._reports, self._failed_before(unit))

    def _failed_before(self, unit: Unit) -> dict[str, Failure]:
        """What is kept of a unit, read for all units of a tick at once; anew when a unit is run again."""
        if unit not in self._before:
            try:
                with self._db.read() as tx:
                    self._before = failures.by_unit(tx)
            except StoreError:  # whatever the work does next will say so
                return {}
        return self._before.pop(unit)


def guard_of(settings: Settings, db: Database, now: datetime, is_stopping: IsStopping = never) -> Guard:
    """The guard whose bug reports are beside the database of these settings; when `is_stopping` it begins no unit."""
    return Guard(db, now, BugReports(settings.bug_reports, settings.secrets), is_stopping)


class Parts:
    """The guard of one unit and its parts; see `ports.Guard`."""

    def __init__(
        self, db: Database, unit: Unit, now: datetime, reports: BugReports | None, before: dict[str, Failure]
    ) -> None:
        self._db, self._unit, self._now, self._reports = db, unit, now, reports
        self.failed: dict[str, Failure] = {}
        self._resting: set[str] = set()
        self._unusable: StoreError | None = None
        self._before = before

    @property
    def is_kept(self) -> bool:
        """Can the database keep what failed?"""
        return self._unusable is None

    def is_resting(self, part: str) -> bool:
        """See `ports.Guard`."""
        before = self._before.get(part)
        is_resting = before is not None and before.is_resting(self._now)
        if is_resting:
            self._resting.add(part)
        return is_resting

    def keep(self, part: str) -> None:
        """A part was not tried this time: how it failed before is not forgotten."""
        if part in self._before:
            self._resting.add(part)

    def attempt(
        self,
        part: str,
        work: Callable[[], T],
        otherwise: Callable[[str], T],
        *,
        lets_through: type[Exception] = ConflictError,
    ) -> T:
        """See `ports.Guard`."""
        try:
            return work()
        except lets_through:
            raise
        except Exception as error:  # the only broad one in Monitor: whatever is wrong here, the rest must go on
            if error is self._unusable:
                raise
            failure = self.note(part, error)
            if isinstance(error, StoreError) and self._unusable:
                self._unusable = error
                raise
        return otherwise(failure.error)

    def whole(self, work: Callable[[Parts], T], otherwise: T) -> T:
        """What the unit's work returns, `otherwise` when it fails or is done by another process."""
        try:
            return self.attempt("", lambda: work(self), lambda _: otherwise)
        except ConflictError as error:  # nothing failed: our lease had run out, and what we did was done by another
            log.get().info("left to another process", unit=str(self._unit), reason=str(error))
        except StoreError:  # it is in the log; no other place is left
            pass
        return otherwise

    def note(self, part: str, error: Exception) -> Failure:
        """Log and keep that a part failed (the unit itself: "")."""
        is_bug = not isinstance(error, MonitorError) and not _is_machine(error)
        number = bug_reports.number(error) if is_bug else ""
        if is_bug and (known := self.failed.get(part)) and known.bug == number:
            return known  # the same for one reader after the other
        told = str(error) if isinstance(error, MonitorError) else self._words(error)
        told = f"{told} (bug {number})" if is_bug else told
        text = f"{part}: {told}" if part else told
        before = self._before.get(part)
        failure = Failure(self._unit, self._now, text, is_bug, part, number, self._now)
        if before:
            failure = replace(failure, since=before.since, failures_in_row=before.failures_in_row + 1)
        log.get().error(_EVENTS[self._unit], unit=str(self._unit), error=text, exc_info=error if is_bug else None)
        self.failed[part] = failure
        if not self._unusable:
            self._store(failure, self._bug(failure, error) if is_bug else None)
        return failure

    def forget_the_others(self) -> None:
        """Forget what failed before, and neither failed now nor rests."""
        over = [one for part, one in self._before.items() if part not in self._resting and part not in self.failed]
        if over:
            self._write(lambda tx: failures.forget(tx, over))

    def _bug(self, failure: Failure, error: Exception) -> Bug:
        what = f"{self._unit}{f', {failure.part}' if failure.part else ''}"
        report = self._reports.write(error, what, self._now) if self._reports else ""
        return Bug(failure.bug, what, self._words(error), report, self._now, self._now)

    def _words(self, error: Exception) -> str:
        return bug_reports.words(error, self._reports.secrets if self._reports else ())

    def _store(self, failure: Failure, bug: Bug | None) -> None:
        def work(tx: Tx) -> None:
            failures.keep(tx, failure, self._now)
            if bug:
                failures.note_bug(tx, bug, self._now)

        self._write(work)

    def _write(self, work: Callable[[Tx], object]) -> None:
        try:
            with self._db.begin() as tx:
                work(tx)
        except StoreError as error:
            self._unusable = error
            log.get().error("failure not kept", unit=str(self._unit), error=str(error))
