"""What failed the last time it was tried, and which bugs were met lately: kept in the database for who asks."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from monitor import store
from monitor.model import backoff
from monitor.store import Tx

#: What fails is tried again the next time; when it fails again it rests for this long first, each time twice as long.
FIRST_REST, LONGEST_REST = timedelta(minutes=1), timedelta(hours=1)
#: Failures kept for one unit, and bugs kept altogether; the latest of each.
MAX_FAILURES, MAX_BUGS = 50, 20
#: A bug that was not met for so long is forgotten.
FORGOTTEN_AFTER = timedelta(days=30)

_BUGS = "service/bugs"


_PREFIX = "service/failure/"


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
    kept = store.meta.starting_with(tx, _PREFIX)
    return {unit: {one.part: one for one in map(_failure, json.loads(kept.get(_key(unit)) or "[]"))} for unit in Unit}


def keep(tx: Tx, unit: Unit, failures: Mapping[str, Failure], now: datetime) -> None:
    """Store the failures of a unit; those before are forgotten."""
    latest = sorted(failures.values(), key=lambda one: one.at)[-MAX_FAILURES:]
    if latest:
        _put(tx, _key(unit), [asdict(one) for one in latest], now)
    else:
        store.meta.remove(tx, _key(unit))


def bugs(tx: Tx, now: datetime) -> list[Bug]:
    """The bugs that were met lately, the latest last."""
    kept = map(_bug, json.loads(store.meta.get(tx, _BUGS) or "[]"))
    return [bug for bug in kept if now - bug.last_at < FORGOTTEN_AFTER]


def note_bug(tx: Tx, bug: Bug, now: datetime) -> None:
    """Count one more occurrence of a bug."""
    known = {one.number: one for one in bugs(tx, now)}
    before = known.pop(bug.number, None)
    after = replace(bug, first_at=before.first_at, times=before.times + 1) if before else bug
    _put(tx, _BUGS, [asdict(one) for one in [*known.values(), after][-MAX_BUGS:]], now)


def _put(tx: Tx, key: str, values: Iterable[object], now: datetime) -> None:
    store.meta.put(tx, key, json.dumps(list(values), default=datetime.isoformat), now)


def _failure(values: dict[str, object]) -> Failure:
    return Failure(**{**_read(values), "unit": Unit(str(values["unit"]))})  # type: ignore[arg-type]  # as stored by `keep`


def _bug(values: dict[str, object]) -> Bug:
    return Bug(**_read(values))  # type: ignore[arg-type]  # as stored by `note_bug`


def _read(values: dict[str, object]) -> dict[str, object]:
    instants = {"at", "since", "first_at", "last_at"} & {name for name, value in values.items() if value}
    return values | {name: datetime.fromisoformat(str(values[name])) for name in instants}


def _key(unit: Unit) -> str:
    return f"{_PREFIX}{unit}"
