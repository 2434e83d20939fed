"""What running services and `monitor reload` tell each other through the database.

A service keeps a report of the configuration that it works with and renews it as a sign of life. `monitor reload` asks
with a request, which each service answers in its report; so it works from another container or machine.
"""

from __future__ import annotations

import os
import secrets
import socket
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import msgspec

from monitor import store
from monitor.model import Settings
from monitor.service.reload import checks
from monitor.store import Tx

#: A service renews its report this often; without one for so long it does not count as running any more.
RENEW_EVERY, FORGOTTEN_AFTER = timedelta(seconds=30), timedelta(minutes=2)
_REQUESTS, _REPORTS = "reload/request/", "reload/service/"


@dataclass(frozen=True, slots=True)
class ServiceReport:
    """One running service, and the configuration it works with since `loaded_at`.

    `fixed` is what it is bound to until it ends, by key; `did` is what the last reload changed; `refused` says why a
    newer configuration was not taken, "" when there is none; `answers` are the requests of `monitor reload` that it has
    answered and somebody still waits for.
    """

    service: str
    config: str
    seen_at: datetime
    loaded_at: datetime
    fixed: Mapping[str, str]
    did: tuple[str, ...] = ()
    refused: str = ""
    refused_at: datetime | None = None
    answers: tuple[str, ...] = ()

    def is_alive(self, now: datetime) -> bool:
        """Was it renewed lately? One from the future was written by a machine whose clock is ahead."""
        return now - self.seen_at < FORGOTTEN_AFTER


def begin(word: str, settings: Settings, now: datetime) -> ServiceReport:
    """The first report of this process, which is `monitor WORD`."""
    name = f"{word} at {socket.gethostname()}, process {os.getpid()}"
    return ServiceReport(name, str(settings.path), now, now, checks.fixed(settings))


def refused(report: ServiceReport, why: str, now: datetime) -> ServiceReport:
    """The report of a service that keeps the configuration it has."""
    return replace(report, did=(), refused=why, refused_at=now)


def taken(report: ServiceReport, did: tuple[str, ...], now: datetime) -> ServiceReport:
    """The report of a service that works with a new configuration."""
    return replace(report, did=did, loaded_at=now, refused="", refused_at=None)


def unchanged(report: ServiceReport) -> ServiceReport:
    """The report of a service whose files say what it works with already."""
    return replace(report, did=(), refused="", refused_at=None)


def answering(report: ServiceReport, asked: frozenset[str]) -> ServiceReport:
    """The report as the answer to these requests."""
    return replace(report, answers=tuple(sorted(asked)))


def ask(tx: Tx, now: datetime) -> str:
    """Ask every service to look at its configuration; returns the request, which their reports will name."""
    request = secrets.token_hex(8)
    store.meta.put(tx, f"{_REQUESTS}{request}", "", now)
    return request


def requests(tx: Tx) -> frozenset[str]:
    """The requests to whose answers somebody waits."""
    return frozenset(key.removeprefix(_REQUESTS) for key in store.meta.starting_with(tx, _REQUESTS))


def withdraw(tx: Tx, request: str) -> None:
    """Nobody waits for answers to this request any more."""
    store.meta.remove(tx, f"{_REQUESTS}{request}")


def put(tx: Tx, report: ServiceReport, now: datetime) -> ServiceReport:
    """Store the report of this process as seen `now`; returns it."""
    report = replace(report, seen_at=now)
    store.meta.put(tx, _key(), msgspec.json.encode(report).decode(), now)
    return report


def leave(tx: Tx) -> None:
    """Remove the report of this process, which ends."""
    store.meta.remove(tx, _key())


def running(tx: Tx, now: datetime) -> Mapping[str, ServiceReport]:
    """The reports of the services that run on this database, by a key of their own."""
    found = {key: _read(text) for key, text in store.meta.starting_with(tx, _REPORTS).items()}
    return {key: report for key, report in sorted(found.items()) if report and report.is_alive(now)}


def forget_the_dead(tx: Tx, now: datetime) -> None:
    """Remove the reports of services that were killed, and of those whose reports this version cannot read."""
    for key in store.meta.starting_with(tx, _REPORTS).keys() - running(tx, now).keys():
        store.meta.remove(tx, key)


def _key() -> str:
    return f"{_REPORTS}{store.process_name()}"


def _read(text: str) -> ServiceReport | None:
    """A stored report; None for that of another version of Monitor which this one does not understand."""
    try:
        return msgspec.json.decode(text, type=ServiceReport)
    except msgspec.ValidationError:
        return None
