"""`monitor reload`: have the running services take a changed configuration, and wait for what they say."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

import typer

from monitor.commands._console import console
from monitor.commands._shared import (
    DEFAULT_CONFIG,
    ConfigOption,
    JsonOption,
    load_settings,
    now,
    open_database,
    print_json,
)
from monitor.errors import ConfigError, MonitorError
from monitor.service.reload import reports
from monitor.service.reload.reports import ServiceReport
from monitor.store import Database

#: Seconds between two looks at what the services have answered.
_PAUSE = 0.2

WaitOption = Annotated[
    float, typer.Option("--wait", min=1, max=3600, help="Seconds to wait for the services at most.", show_default=True)
]


@dataclass(frozen=True, slots=True)
class Answers:
    """What the services said: those that use the configuration as it is now, that refused it, that said nothing."""

    taken: tuple[ServiceReport, ...] = ()
    refused: tuple[ServiceReport, ...] = ()
    silent: tuple[ServiceReport, ...] = ()


def reload(config_file: ConfigOption = DEFAULT_CONFIG, wait: WaitOption = 60, as_json: JsonOption = False) -> None:
    """Have the services that run on this database load their configuration again, and wait for what they say.

    Works from any process, container or machine with the same database. Each service reads its own files, checks all
    of them, and takes them between two units of work, or refuses them and keeps what it has. They also do this by
    themselves when a file changes, and on SIGHUP. Exit 0 when all have taken it, 2 when one has refused it, 1 when none
    runs or one does not answer.
    """
    try:
        settings = load_settings(config_file)
    except ConfigError as error:
        raise ConfigError(
            f"{error}\nNothing is reloaded: running services keep the configuration they have."
        ) from error
    with open_database(settings) as db:
        answers = _ask(db, wait)
        where = db.url_safe
    if as_json:
        print_json(answers)
    else:
        _print(answers)
    if answers.refused:
        raise ConfigError("The changed configuration was refused; the services go on with the one they have.")
    if answers.silent:
        names = ", ".join(report.service for report in answers.silent)
        raise MonitorError(f"No answer within {wait:g} seconds: {names}. `monitor status` shows what each one uses.")
    if not answers.taken:
        raise MonitorError(
            f"No service runs on the database {where}, so there is nothing to reload. `monitor tick` reads the file "
            "each time. Where database_url was changed, restart the service instead."
        )


def _ask(db: Database, wait: float) -> Answers:
    """Ask all services that run, and wait for their answers, so many seconds at most."""
    with db.begin() as tx:
        asked = reports.running(tx, now())
        request = reports.ask(tx, now())
    deadline = time.monotonic() + wait
    try:
        while True:
            answers = _sorted(asked, _read(db), request)
            if not answers.silent or time.monotonic() > deadline:
                return answers
            time.sleep(_PAUSE)
    finally:
        with db.begin() as tx:
            reports.withdraw(tx, request)


def _read(db: Database) -> Mapping[str, ServiceReport]:
    with db.read() as tx:
        return reports.running(tx, now())


def _sorted(asked: Mapping[str, ServiceReport], found: Mapping[str, ServiceReport], request: str) -> Answers:
    """Who was asked, by what each answered; one that has ended meanwhile is left out."""
    current = [found[key] for key in asked if key in found]
    answered = [report for report in current if request in report.answers]
    return Answers(
        taken=tuple(report for report in answered if not report.refused),
        refused=tuple(report for report in answered if report.refused),
        silent=tuple(report for report in current if request not in report.answers),
    )


def _print(answers: Answers) -> None:
    for report in answers.taken:
        console.print(f"{report.service}: uses {report.config} as it is now.", soft_wrap=True, style="green")
        for change in report.did:
            console.print(f"  {change}", soft_wrap=True)
    for report in answers.refused:
        console.print(f"{report.service}: refused {report.config}.", soft_wrap=True, style="red")
        console.print(f"  {report.refused}", soft_wrap=True)
