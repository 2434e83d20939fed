"""What commands share: options, settings, the database, JSON. What they print for people: `_console`."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, TextIO

import msgspec
import typer

from monitor import config, log, store
from monitor.errors import ConfigError, SchemaError
from monitor.model import Settings, Topic
from monitor.model.values import clean_text
from monitor.service import rehearsal
from monitor.store import Database, Tx

#: What `monitor init` writes. Without it: the file that ships, to be filled in.
WRITTEN_CONFIG = Path("monitor.yaml")
DEFAULT_CONFIG = Path("config/monitor.yaml")


def _config_file(ctx: typer.Context, param: typer.CallbackParam, value: Path) -> Path:
    """The file named, else the one that `monitor init` wrote here, else the one that ships."""
    source = ctx.get_parameter_source(param.name or "")
    is_default = source is not None and source.name == "DEFAULT"
    return WRITTEN_CONFIG if is_default and WRITTEN_CONFIG.exists() else value


ConfigOption = Annotated[
    Path,
    typer.Option(
        "--config",
        "-c",
        envvar="MONITOR_CONFIG",
        callback=_config_file,
        help="The configuration file.",
        show_default=f"{WRITTEN_CONFIG} where it exists, else {DEFAULT_CONFIG}",
    ),
]
AtOption = Annotated[
    str | None,
    typer.Option("--at", metavar="INSTANT", help="On a rehearsal (see `monitor tick`): pretend it is this instant."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")]
TopicArgument = Annotated[str | None, typer.Argument(help="The topic's key; may be left out when there is only one.")]


def load_settings(path: Path) -> Settings:
    """The settings at `path` with the process environment; sets up the log. Raises ConfigError."""
    reading = config.read(path, os.environ)
    if reading.settings is None:
        raise ConfigError(reading.explanation())
    set_up_log(reading.settings)
    return reading.settings


def set_up_log(settings: Settings) -> None:
    """Log as the configuration says."""
    log.setup(settings.log_format, settings.secrets, level=settings.log_level)


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


def pick_stored_topic(settings: Settings, tx: Tx, key: str | None) -> str:
    """As `pick_topic`, but also one that is no longer configured and still stored; its key."""
    stored = store.topics.keys(tx)
    if key in stored:
        return str(key)
    removed = [one for one in stored if one not in {topic.key for topic in settings.topics}]
    try:
        return pick_topic(settings, key).key
    except ConfigError as error:
        hint = f" Removed, and still stored: {', '.join(removed)}." if removed else ""
        raise ConfigError(f"{error}{hint}") from error


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


def json_line(value: Any) -> str:
    """`value` as JSON on one line, with its end."""
    return clean_text.clean(msgspec.json.encode(value).decode()) + "\n"


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
