"""A failure of one unit of work stops no other: it is logged with its cause and kept for `monitor status`."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeVar

from monitor import log, store
from monitor.errors import ConflictError, MonitorError, StoreError
from monitor.ports import OnFailure
from monitor.service import tally
from monitor.store import Database, Tx

T = TypeVar("T")


class Unit(StrEnum):
    """What the service does, each by itself."""

    CLOCK = "clock"
    REASSESSMENT = "reassessment"
    POLLS = "polls"
    DIGESTS = "digests"
    TRANSACTIONAL_MAILS = "transactional mails"
    DELIVERIES = "deliveries"
    RETURNED_MAIL = "returned mail"
    SEED_CONTEXT = "seed context"
    ALERTS = "operator alerts"
    CLEAN_UP = "clean-up"
    HEARTBEAT = "heartbeat"
    PING = "ping"


#: What the log says when one fails; what is due stays due.
_EVENTS = {
    Unit.CLOCK: "dates of the future not forgotten",
    Unit.REASSESSMENT: "articles not judged again",
    Unit.POLLS: "searches not all asked",
    Unit.DIGESTS: "digests not all composed",
    Unit.TRANSACTIONAL_MAILS: "transactional mails wait",
    Unit.DELIVERIES: "mails not all sent",
    Unit.RETURNED_MAIL: "returned mail not taken in",
    Unit.SEED_CONTEXT: "seed context not refreshed",
    Unit.ALERTS: "operator not alerted",
    Unit.CLEAN_UP: "not cleaned up",
    Unit.HEARTBEAT: "no sign of life given",
    Unit.PING: "dead-man's switch not asked for",
}


#: Whose runs the metrics show, which anybody may read: a transactional mail, or an alert about an answer to one, would
#: tell a stranger whether the address that they have just typed on a page is known.
COUNTED = tuple(unit for unit in Unit if unit not in (Unit.TRANSACTIONAL_MAILS, Unit.ALERTS))


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a unit of work failed the last time it was tried. `is_bug`: Monitor is to blame, not the world."""

    unit: Unit
    at: datetime
    error: str
    is_bug: bool = False


class Guard:
    """Runs units of work at the instant `now`; `failures` are those of them that failed."""

    def __init__(self, db: Database, now: datetime) -> None:
        self._db, self._now = db, now
        self.failures: list[Failure] = []

    def run(self, unit: Unit, work: Callable[[OnFailure], T], otherwise: T) -> T:
        """What `work` returns, `otherwise` when it fails; parts that fail alone it tells to its argument."""
        found: list[Failure] = []

        def failed(what: str, error: Exception) -> None:
            found.append(self._failure(unit, what, error))

        result = otherwise
        try:
            result = work(failed)
        except ConflictError as error:  # nothing failed: our lease had run out, and what we did was done by another
            log.get().info("left to another process", unit=str(unit), reason=str(error))
        except Exception as error:  # noqa: BLE001  whatever is wrong with this unit, the others must go on
            failed("", error)
        is_kept = self._remember(unit, found)
        if is_kept and unit in COUNTED and (found or result != otherwise):
            tally.count(self._db, tally.WORK, {(unit, tally.FAILED if found else tally.DONE): 1})
        return result

    def _failure(self, unit: Unit, what: str, error: Exception) -> Failure:
        """The failure of a unit, or of the part of it called `what`; logged."""
        is_bug = not isinstance(error, MonitorError)
        told = f"{type(error).__name__}: {error}" if is_bug else str(error)
        text = f"{what}: {told}" if what else told
        log.get().error(_EVENTS[unit], unit=str(unit), error=text, exc_info=error if is_bug else None)
        return Failure(unit, self._now, text, is_bug)

    def _remember(self, unit: Unit, found: list[Failure]) -> bool:
        """Keep the last failure of a unit until the unit has gone well; False when the database cannot be used."""
        self.failures += found
        try:
            with self._db.read() as tx:
                is_kept = bool(store.meta.get(tx, _key(unit)))
            if not (found or is_kept):
                return True
            with self._db.begin() as tx:
                if found:
                    store.meta.put(tx, _key(unit), json.dumps(asdict(found[-1]), default=datetime.isoformat), self._now)
                else:
                    store.meta.remove(tx, _key(unit))
        except StoreError as error:
            log.get().error("failure not kept", unit=str(unit), error=str(error))
            return False
        return True


def failures(tx: Tx) -> list[Failure]:
    """The units that failed the last time they were tried."""
    kept = (store.meta.get(tx, _key(unit)) for unit in Unit)
    return [_read(json.loads(text)) for text in kept if text]


def _read(values: dict[str, object]) -> Failure:
    return Failure(
        Unit(str(values["unit"])),
        datetime.fromisoformat(str(values["at"])),
        str(values["error"]),
        is_bug=bool(values["is_bug"]),
    )


def _key(unit: Unit) -> str:
    return f"service/failure/{unit}"
