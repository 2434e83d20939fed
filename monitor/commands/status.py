"""`monitor status`: how current each search is, the answer, and what waits to be sent."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.control import Control
from rich.table import Table
from rich.text import Text

from monitor import config, store
from monitor.bounces.collect import MailboxState
from monitor.commands import _status_sources
from monitor.commands._console import console, errors
from monitor.commands._shared import (
    DEFAULT_CONFIG,
    AtOption,
    ConfigOption,
    JsonOption,
    load_settings,
    moment,
    now,
    open_database,
    print_json,
)
from monitor.commands._status_sources import until
from monitor.errors import ConfigError, MonitorError
from monitor.model import FreshnessState
from monitor.model.values.instants import is_future
from monitor.render.text import count
from monitor.service import integrity
from monitor.service.reload import reports
from monitor.service.reload.reports import ServiceReport
from monitor.service.running import heartbeat
from monitor.service.status import ChannelStatus, SearchStatus, Status, TopicStatus, read_status
from monitor.store import Database
from monitor.watch import freshness

HealthOption = Annotated[bool, typer.Option("--health", help="Check only whether the service is alive.")]


WatchOption = Annotated[bool, typer.Option("--watch", help="Show it again and again until Ctrl-C.")]
EveryOption = Annotated[float, typer.Option("--every", min=0.5, max=3600, help="With --watch: seconds between two.")]


def status(
    config_file: ConfigOption = DEFAULT_CONFIG,
    health: HealthOption = False,
    at: AtOption = None,
    as_json: JsonOption = False,
    watch: WatchOption = False,
    every: EveryOption = 5.0,
) -> None:
    """How current each search is, the answer, and what waits to be sent.

    Exit 1 when a search of PubMed is not current or in doubt, the record of an article cannot be read, or the database
    is damaged. With --watch until Ctrl-C, which ends it with exit 0: redrawn at a terminal, in a pipe one after the
    other, with --json one line for each.
    """
    if watch and health:
        raise ConfigError("Write --watch or --health, not both.")
    if watch:
        _watch(config_file, at, every, as_json=as_json)
        return
    if health:
        _check_health(config_file)
        return
    try:
        found = _read(config_file, at)
    except ConfigError as error:
        if not as_json:
            _print_services_despite(error, config_file)
        raise
    if as_json:
        print_json(found)
    else:
        _print(found)
    if not found.is_current:
        raise typer.Exit(1)


def _watch(config_file: Path, at: str | None, every: float, *, as_json: bool) -> None:
    """Show the status again and again until Ctrl-C."""
    with suppress(KeyboardInterrupt):
        _read(config_file, at)  # what is wrong from the start ends it
        while True:
            if as_json:
                typer.echo(_line(config_file, at))
            elif console.is_terminal:
                _draw(_text(config_file, at))
            else:
                typer.echo(_text(config_file, at))
            time.sleep(every)


def _draw(text: str) -> None:
    """Show the text in place of what is on the terminal, as much of it as there is room for."""
    lines = Text.from_ansi(text).wrap(console, console.width)
    room = console.height - 1
    shown = lines[:room] if len(lines) <= room else [*lines[: room - 1], Text("…", "dim")]
    console.control(Control.clear(), Control.home())
    console.print(Text("\n").join(shown))


def _read(config_file: Path, at: str | None) -> Status:
    settings = load_settings(config_file)
    with open_database(settings) as db:
        return read_status(settings, db, moment(db, at))


def _line(config_file: Path, at: str | None) -> str:
    """The status as one line of JSON, or why it cannot be read now."""
    try:
        return msgspec.json.encode(_read(config_file, at)).decode()
    except MonitorError as error:
        return msgspec.json.encode({"at": now(), "error": str(error)}).decode()


def _text(config_file: Path, at: str | None) -> str:
    """The status as it is printed, with the instant; or why it cannot be read now: that may pass."""
    with console.capture() as printed:
        console.print(f"{now():%Y-%m-%d %H:%M:%S} UTC", style="bold")
        try:
            _print(_read(config_file, at))
        except MonitorError as error:
            console.print(str(error), style="red", soft_wrap=True)
    return printed.get()


def _check_health(config_file: Path) -> None:
    """Is the service alive? It may be with a file that it refused: then it uses the one before."""
    try:
        with open_database(load_settings(config_file)) as db:
            seen_at = _last_beat(db)
    except ConfigError as error:
        errors.print(str(error), soft_wrap=True)
        with _database_despite(error, config_file) as db:
            seen_at = _last_beat(db)
    if seen_at is None:
        raise MonitorError("No service has run on this database yet. Start one with: monitor run")
    age = now() - seen_at
    if is_future(seen_at, now()):
        raise MonitorError(f"The last heartbeat is dated {seen_at:%Y-%m-%d %H:%M} UTC, which is later than now.")
    if age > heartbeat.MAX_AGE:
        raise MonitorError(f"The last heartbeat of the service is {freshness.in_words(age)} old.")
    console.print(f"alive, last heartbeat {freshness.in_words(age)} ago")


def _last_beat(db: Database) -> datetime | None:
    with db.read() as tx:
        return heartbeat.last_beat(tx)


@contextmanager
def _database_despite(mistake: ConfigError, config_file: Path) -> Iterator[Database]:
    """The database that a wrong file names, which services may use; raises the mistake when there is none."""
    url = config.database_url(config_file, os.environ)
    file = config.file_of(url)
    if file and not file.exists():
        raise mistake
    with closing(store.open(url)) as db:
        yield db


def _print_services_despite(mistake: ConfigError, config_file: Path) -> None:
    """Which services go on with an older configuration than a wrong file; nothing where that cannot be read either."""
    with suppress(MonitorError), _database_despite(mistake, config_file) as db, db.read() as tx:
        for service in reports.running(tx, now()).values():
            _print_service(service)


def _print(found: Status) -> None:
    if found.rehearsal_at:
        text = "Rehearsal: this database was first written under --at. It stands at"
        console.print(f"{text} {found.rehearsal_at:%Y-%m-%d %H:%M} UTC and is never ticked in real time.", markup=False)
    for topic in found.topics:
        console.print(f"{topic.name} ({topic.topic}): {topic.articles:,} articles", style="bold", markup=False)
        answer = topic.answer.answer.sentence if topic.answer else "No answer yet: nothing has been polled."
        console.print(f"  {answer}", markup=False, soft_wrap=True)
        console.print(_table(topic, found.at))
        if topic.is_reassessment_due:
            text = "  The question or Monitor's rules have changed: its articles are judged again at the next tick."
            console.print(text, markup=False, soft_wrap=True, style="yellow")
        for search in topic.searches:
            _print_trouble(topic, search)
        _status_sources.show(topic.sources, found.at)
        for one in topic.unread:
            tries = count(one.tries, "try", "tries")
            text = f"  Not read yet: PMID {one.pmid}, since {one.since:%Y-%m-%d %H:%M} UTC, {tries}: {one.cause}"
            console.print(text, markup=False, soft_wrap=True, style="yellow")
    _print_outbox(found)


def _print_trouble(topic: TopicStatus, search: SearchStatus) -> None:
    """What is wrong with a search, and how to accept an answer that is doubted."""
    is_doubted = bool(search.freshness and search.freshness.doubt)
    if search.failures_in_row or is_doubted:
        console.print(f"  {search.name}: {search.last_error}", markup=False, soft_wrap=True, style="red")
    if is_doubted:
        hint = f"  To accept the answer: monitor poll --accept {topic.topic}/{search.name}"
        console.print(hint, markup=False, soft_wrap=True)


def _table(topic: TopicStatus, at: datetime) -> Table:
    styles = {FreshnessState.CURRENT: "green", FreshnessState.STALE: "yellow"}
    table = Table("search", "state", "what happened", "next poll", box=None, padding=(0, 2))
    for search in topic.searches:
        state = search.freshness.state if search.freshness else FreshnessState.NEVER
        sentence = search.freshness.sentence if search.freshness else "Never polled."
        style = styles.get(state, "red")
        table.add_row(search.name, Text(state, style), sentence, until(search.due_at, at))
    return table


def _print_outbox(found: Status) -> None:
    waiting = ", ".join(f"{number:,} {state}" for state, number in found.deliveries.items() if number)
    console.print(f"Mail: {waiting or 'none yet'}.", markup=False)
    if found.sending_paused_at:
        console.print(f"Sending has been paused since {found.sending_paused_at:%Y-%m-%d %H:%M} UTC.", style="yellow")
    for channel in found.channels:
        _print_channel(channel)
    if found.returned_mail:
        _print_returned(found.returned_mail, found.at)
    if load := found.requests_per_second:
        told = f"{load.sentence} {load.advice}" if load.is_too_much else load.sentence
        console.print(told, style="red" if load.is_too_much else None, markup=False, soft_wrap=True)
    for failure in found.failures:
        again = (
            f" ({failure.failures_in_row} times since {failure.since:%Y-%m-%d %H:%M})"
            if failure.failures_in_row > 1
            else ""
        )
        told = f"Failed at {failure.at:%Y-%m-%d %H:%M} UTC{again}: {failure.unit}. {failure.error}"
        console.print(told, style="red", markup=False, soft_wrap=True)
    for bug in found.bugs:
        met = f"{count(bug.times, 'time', 'times')}, last at {bug.last_at:%Y-%m-%d %H:%M} UTC"
        console.print(f"Bug {bug.number} in Monitor ({met}): {bug.what}. {bug.error}", style="red", soft_wrap=True)
        console.print(f"  Its report: {bug.report or 'none was written'}", soft_wrap=True)
    if found.damage:
        console.print(f"The database is damaged. {integrity.advice(found.damage)}", style="red", soft_wrap=True)
    for queue in found.queues:
        counts = f"{queue.waiting:,} waiting, {queue.running:,} under way, {queue.failed:,} failed within a day"
        console.print(f"Queue of {queue.unit}: {counts}.", markup=False)
    if found.last_sign_of_life_at:
        age = freshness.in_words(found.at - found.last_sign_of_life_at)
        console.print(f"Service: last heartbeat {age} ago.", markup=False)
    else:
        console.print("Service: none has run on this database; `monitor tick` needs none.", markup=False)
    for service in found.services:
        _print_service(service)


def _print_service(service: ServiceReport) -> None:
    """With which configuration a service works, and why not with a newer one."""
    loaded = f"{service.loaded_at:%Y-%m-%d %H:%M} UTC"
    console.print(f"  {service.service}: {service.config} as of {loaded}.", markup=False, soft_wrap=True)
    if service.refused_at:
        text = (
            f"  Refused at {service.refused_at:%Y-%m-%d %H:%M} UTC, so the one of {loaded} is in use: {service.refused}"
        )
        console.print(text, style="red", markup=False, soft_wrap=True)


def _print_channel(channel: ChannelStatus) -> None:
    """What a channel got, and why it takes nothing now."""
    counts = ", ".join(f"{number:,} {state}" for state, number in channel.deliveries.items() if number) or "nothing yet"
    what = f"{channel.kind}, {', '.join(channel.topics)}" if channel.is_configured else "no longer configured"
    console.print(f"Channel {channel.name} ({what}): {counts}.", markup=False, soft_wrap=True)
    if channel.state.error and channel.state.since:
        text = f"  Since {channel.state.since:%Y-%m-%d %H:%M} UTC: {channel.state.error}."
        console.print(text, markup=False, soft_wrap=True, style="red")


def _print_returned(mailbox: MailboxState, at: datetime) -> None:
    if mailbox.first_failure_at:
        lasting = freshness.in_words(at - mailbox.first_failure_at)
        text = f"Returned mail: cannot be read for {lasting}. {mailbox.last_error}"
        console.print(text, style="red", markup=False, soft_wrap=True)
        return
    read = f"read {freshness.in_words(at - mailbox.last_success_at)} ago" if mailbox.last_success_at else "not yet read"
    console.print(f"Returned mail: {read} ({mailbox.mailbox}).", markup=False, soft_wrap=True)
