"""What commands share: options, settings, the database, printing."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, TextIO

import msgspec
import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from monitor import config, log, store
from monitor.errors import ConfigError, SchemaError
from monitor.model import Settings, Topic, clean_text
from monitor.ports import Progress as ProgressCallback
from monitor.service import rehearsal
from monitor.store import Database

ConfigOption = Annotated[
    Path, typer.Option("--config", "-c", envvar="MONITOR_CONFIG", help="The configuration file.", show_default=True)
]
AtOption = Annotated[
    str | None,
    typer.Option("--at", metavar="INSTANT", help="On a rehearsal (see `monitor tick`): pretend it is this instant."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")]
TopicArgument = Annotated[str | None, typer.Argument(help="The topic's key; may be left out when there is only one.")]
DEFAULT_CONFIG = Path("config/monitor.yaml")


class PlainConsole(Console):
    """Prints strings as they are: no markup, no emoji codes, and nothing in them that commands the terminal.

    Much of what is printed was written by strangers: titles, bounce diagnostics, replies of servers.
    """

    def __init__(self, *, stderr: bool = False) -> None:
        super().__init__(stderr=stderr, highlight=False, markup=False, emoji=False)

    def render_str(self, text: str, **options: Any) -> Text:
        """Text from a string, also of a table's cell."""
        return super().render_str(clean_text.clean(text), **options)


console = PlainConsole()
#: For progress and remarks, so that standard output can be piped.
errors = PlainConsole(stderr=True)


def load_settings(path: Path) -> Settings:
    """The settings at `path` with the process environment; sets up the log. Raises ConfigError."""
    reading = config.read(path, os.environ)
    if reading.settings is None:
        raise ConfigError(reading.explanation())
    settings = reading.settings
    log.setup(settings.log_format, settings.secrets, level=settings.log_level)
    return settings


@contextmanager
def open_database(settings: Settings) -> Iterator[Database]:
    """The database, closed at the end. Raises SchemaError unless it has the schema of this version."""
    file = config.sqlite_file(settings)
    if file and not file.exists():
        raise SchemaError(f"There is no database at {file} yet. `monitor run` or `monitor tick` creates it.")
    config.refuse_emptied(settings)
    db = store.open(settings.database_url)
    try:
        store.migrate.check(db)
        yield db
    finally:
        db.close()


def pick_topic(settings: Settings, key: str | None) -> Topic:
    """The topic `key`, or the only one. Raises ConfigError, which lists the topics there are."""
    keys = [topic.key for topic in settings.topics]
    if key is None and len(keys) == 1:
        key = keys[0]
    if key not in keys:
        what = f'There is no topic "{key}".' if key else "Name a topic."
        raise ConfigError(f"{what} Topics here: {', '.join(keys)}.")
    return settings.topic(key)


def instant(text: str) -> datetime:
    """An instant in ISO 8601 as typed on the command line, UTC without a zone. Raises ConfigError."""
    try:
        at = datetime.fromisoformat(text.strip())
    except ValueError as error:
        hint = "Write 2026-11-23T07:00Z (UTC) or 2026-11-23T08:00+01:00."
        raise ConfigError(f'"{text}" is not an instant. {hint}') from error
    return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)


def moment(db: Database, at: str | None = None) -> datetime:
    """The instant to work at: `at` on a rehearsal, else where the rehearsal stands, else the present in UTC.

    Raises ConfigError for `at` on a database that is no rehearsal.
    """
    return rehearsal.choose(db, instant(at) if at else None, now())


def now() -> datetime:
    """The present instant in UTC."""
    return datetime.now(UTC)


def json_text(value: Any) -> str:
    """`value` (dataclasses, dates and enums welcome) as JSON."""
    return clean_text.escaped_json(msgspec.json.format(msgspec.json.encode(value), indent=2).decode())


def print_json(value: Any) -> None:
    """Print `value` as JSON on standard output."""
    typer.echo(json_text(value))


def open_private(path: Path) -> TextIO:
    """Open a file to write text to that only its owner may read, also when it exists and others could read it."""

    def opener(name: str, flags: int) -> int:
        descriptor = os.open(name, flags, 0o600)
        os.fchmod(descriptor, 0o600)
        return descriptor

    return open(path, "w", encoding="utf-8", newline="", opener=opener)


class _Rate(ProgressColumn):
    """How many a second, of late."""

    def render(self, task: Task) -> Text:
        """Nothing before it is known."""
        return Text(f"{task.speed:,.0f}/s" if task.speed else "")


class ProgressLines:
    """Progress as lines of text, at most one every two seconds: for who reads it from a pipe or a log."""

    EVERY = timedelta(seconds=2)

    def __init__(self, show: Callable[[str], object], clock: Callable[[], datetime]) -> None:
        self._show, self._clock = show, clock
        self._began = self._shown = clock()

    def __call__(self, done: int, total: int, what: str) -> None:
        """See `ports.Progress`."""
        at = self._clock()
        if at - self._shown >= self.EVERY and done:
            rate = done / (at - self._began).total_seconds()
            self._show(f"{done:,} of {total:,} {what}, {rate:,.0f}/s, {(total - done) / rate:,.0f} s left")
            self._shown = at


@contextmanager
def progress_bar(*, is_quiet: bool = False) -> Iterator[ProgressCallback]:
    """A progress bar on standard error, on a terminal only; yields the callback for long work."""
    what = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn())
    columns = (*what, _Rate(), TimeElapsedColumn(), TextColumn("left:"), TimeRemainingColumn())
    with Progress(*columns, console=errors, transient=True, disable=is_quiet or not errors.is_terminal) as bar:
        task = bar.add_task("", total=None)

        def report(done: int, total: int, what: str) -> None:
            bar.update(task, completed=done, total=total, description=what)

        yield report
