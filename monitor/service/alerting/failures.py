"""What failed the last time it was tried, and which bugs were met lately: kept in the database for who asks.

Each is a row of its own, so that services which fail in the same minute keep what the other has noted.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TypeVar

from monitor import store
from monitor.model.values import backoff
from monitor.store import Tx

T = TypeVar("T")

#: What fails is tried again the next time; when it fails again it rests for this long first, each time twice as long.
FIRST_REST, LONGEST_REST = timedelta(minutes=1), timedelta(hours=1)
#: Failures kept for one unit, and bugs kept altogether; the latest of each.
MAX_FAILURES, MAX_BUGS = 50, 20
#: A bug that was not met for so long is forgotten.
FORGOTTEN_AFTER = timedelta(days=30)

_FAILURES, _BUGS = "service/failure/", "service/bug/"


class Unit(StrEnum):
    """What the service does, each by itself."""

    CLOCK = "clock"
    REASSESSMENT = "reassessment"
    POLLS = "polls"
    DIGESTS = "digests"
    TRANSACTIONAL_MAILS = "transactional mails"
    DELIVERIES = "deliveries"
    CHANNELS = "channels"
    RETURNED_MAIL = "returned mail"
    SEED_CONTEXT = "seed context"
    CITATION_INDEXES = "citation indexes"
    REGISTRIES = "registries"
    RETRACTIONS = "retractions"
    PREPRINTS = "preprints"
    ALERTS = "operator alerts"
    CLEAN_UP = "clean-up"
    HEARTBEAT = "heartbeat"
    PING = "ping"
    CONFIGURATION = "configuration"


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a unit of work, or the `part` of it, failed the last time it was tried.

    `is_bug`: Monitor is to blame, not the world; `bug` is then its number. `since` is when it failed first.
    """

    unit: Unit
    at: datetime
    error: str
    is_bug: bool = False
    part: str = ""
    bug: str = ""
    since: datetime | None = None
    failures_in_row: int = 1

    def is_resting(self, now: datetime) -> bool:
        """Is it too early to try again? A date of the future, of a clock that was wrong, means no rest."""
        if self.failures_in_row < 2:
            return False
        return self.at <= now < self.at + backoff.back_off(FIRST_REST, self.failures_in_row - 1, LONGEST_REST)


@dataclass(frozen=True, slots=True)
class Bug:
    """A bug of Monitor: its number, what it stopped the last time, and where its report is."""

    number: str
    what: str
    error: str
    report: str
    first_at: datetime
    last_at: datetime
    times: int = 1


def all_failures(tx: Tx) -> list[Failure]:
    """Everything that failed the last time it was tried."""
    return [failure for of_unit in by_unit(tx).values() for failure in of_unit.values()]


def by_unit(tx: Tx) -> dict[Unit, dict[str, Failure]]:
    """The failures of every unit and its parts, by the part's name, "" for the unit itself; read at once."""
    found: dict[Unit, dict[str, Failure]] = {unit: {} for unit in Unit}
    for failure in sorted(_stored(tx, _FAILURES, _failure), key=lambda one: one.at):
        found[failure.unit][failure.part] = failure
    return found


def keep(tx: Tx, failure: Failure, now: datetime) -> None:
    """Store a failure; of a unit with more than MAX_FAILURES the oldest is forgotten.

    What another service has noted of the same part meanwhile counts too.
    """
    of_unit = by_unit(tx)[failure.unit]
    if other := of_unit.pop(failure.part, None):
        since = min(filter(None, (failure.since, other.since)), default=None)
        in_row = max(failure.failures_in_row, other.failures_in_row)
        failure = replace(failure, since=since, failures_in_row=in_row)
    forget(tx, list(of_unit.values())[: max(0, len(of_unit) + 1 - MAX_FAILURES)])
    store.meta.put(tx, _key(failure), _text(failure), now)


def forget(tx: Tx, failures: Iterable[Failure]) -> None:
    """Forget failures, but those whose part has failed again since they were read."""
    for failure in failures:
        store.meta.remove(tx, _key(failure), _text(failure))


def bugs(tx: Tx, now: datetime) -> list[Bug]:
    """The bugs that were met lately, the latest last."""
    kept = sorted(_stored(tx, _BUGS, _bug), key=lambda one: one.last_at)
    return [bug for bug in kept if now - bug.last_at < FORGOTTEN_AFTER]


def note_bug(tx: Tx, bug: Bug, now: datetime) -> None:
    """Count one more occurrence of a bug; those forgotten, and the oldest of more than MAX_BUGS, are removed."""
    others = {one.number: one for one in _stored(tx, _BUGS, _bug)}
    before = others.pop(bug.number, None)
    after = replace(bug, first_at=before.first_at, times=before.times + 1) if before else bug
    kept = sorted((one for one in others.values() if now - one.last_at < FORGOTTEN_AFTER), key=lambda one: one.last_at)
    for number in others.keys() - {one.number for one in kept[-(MAX_BUGS - 1) :]}:
        store.meta.remove(tx, f"{_BUGS}{number}")
    store.meta.put(tx, f"{_BUGS}{bug.number}", _text(after), now)


def _stored(tx: Tx, prefix: str, read: Callable[[dict[str, object]], T]) -> list[T]:
    return [read(json.loads(text)) for text in store.meta.starting_with(tx, prefix).values()]


def _text(value: Failure | Bug) -> str:
    return json.dumps(asdict(value), default=datetime.isoformat)


def _failure(values: dict[str, object]) -> Failure:
    return Failure(**{**_read(values), "unit": Unit(str(values["unit"]))})  # type: ignore[arg-type]  # as stored by `keep`


def _bug(values: dict[str, object]) -> Bug:
    return Bug(**_read(values))  # type: ignore[arg-type]  # as stored by `note_bug`


def _read(values: dict[str, object]) -> dict[str, object]:
    instants = {"at", "since", "first_at", "last_at"} & {name for name, value in values.items() if value}
    return values | {name: datetime.fromisoformat(str(values[name])) for name in instants}


def _key(failure: Failure) -> str:
    return f"{_FAILURES}{failure.unit}/{failure.part}"
