"""How SQLite and PostgreSQL are connected to: which URL means what, and what each connection is told first."""

from __future__ import annotations

import os
import secrets
import sqlite3
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import sqlalchemy
from sqlalchemy import URL, Engine, create_engine, event
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import ConnectionPoolEntry

from monitor.errors import ConfigError

#: Seconds a SQLite connection waits for a lock before it fails.
BUSY_TIMEOUT = 30

#: Prepared statements that a SQLite connection keeps: more than there are different ones in a tick.
_STATEMENTS = 500

#: How long PostgreSQL may take to let us connect, in seconds, and to acknowledge what we sent, in milliseconds; after
#: so many seconds without a word the kernel asks whether the server is still there, and gives up after three questions.
_POSTGRESQL_CONNECTION = {
    "connect_timeout": 10,
    "tcp_user_timeout": 30_000,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
}
#: How long PostgreSQL waits for a lock, lets one statement run, and lets a transaction of ours do nothing while it
#: holds its locks. A migration has no limit, and what the URL says (`?options=-c lock_timeout=5s`) counts before these.
POSTGRESQL_LIMITS = {
    "lock_timeout": f"{BUSY_TIMEOUT}s",
    "statement_timeout": "5min",
    "idle_in_transaction_session_timeout": "10min",
}
#: Drawn when the program is loaded; processes forked from that one differ in their number.
_LOADED = secrets.token_hex(8)


def process_name() -> str:
    """The name of this process, which no other has: its leases bear it, and its connections to PostgreSQL."""
    return f"{_LOADED}.{os.getpid()}"


def connection_name() -> str:
    """The name of every connection of this process in PostgreSQL."""
    return f"monitor {process_name()}"


def parse(url: str) -> URL:
    """The URL of a database as an operator writes it. Raises ConfigError where it is none that Monitor can use."""
    hint = 'Write "sqlite:///monitor.db" for a file or "postgresql://user@host/name".'
    try:
        parsed = sqlalchemy.make_url(url)
    except ArgumentError as error:
        raise ConfigError(f"The database URL cannot be read. {hint}") from error
    kind = parsed.drivername.partition("+")[0]
    if kind in ("postgresql", "postgres"):
        return parsed.set(drivername="postgresql+psycopg")
    if kind == "sqlite" and parsed.database not in (None, "", ":memory:"):
        return parsed.set(drivername="sqlite+pysqlite")
    raise ConfigError(f"The database URL {parsed.render_as_string()} is not one Monitor can use. {hint}")


def _use_wal(connection: sqlite3.Connection) -> None:
    """Switch to WAL. This statement ignores the busy timeout, so two connections to a new file need a retry loop."""
    give_up_at = time.monotonic() + BUSY_TIMEOUT
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() >= give_up_at:
                raise
            time.sleep(0.01)


def _make_private(file: Path) -> None:
    """Let only the owner read the database, which has people's addresses; SQLite gives its log the same mode.

    A file that exists is never opened here: closing it would end SQLite's locks on it.
    """
    with suppress(OSError):  # another has made it, or SQLite will say what is wrong
        os.close(os.open(file, os.O_CREAT | os.O_EXCL, 0o600))
    for path in (file, file.with_name(f"{file.name}-wal"), file.with_name(f"{file.name}-shm")):
        with suppress(OSError):  # not there, or another user's
            if path.stat().st_mode & 0o077:
                path.chmod(0o600)


def postgresql(url: URL) -> Engine:
    """The engine of a PostgreSQL database."""
    arguments: dict[str, Any] = {name: value for name, value in _POSTGRESQL_CONNECTION.items() if name not in url.query}
    arguments["application_name"] = connection_name()
    engine = create_engine(url, pool_pre_ping=True, connect_args=arguments, hide_parameters=True)

    def limit(connection: Any, _entry: ConnectionPoolEntry) -> None:
        with connection.cursor() as cursor:
            for name in limits(url):
                cursor.execute("SELECT set_config(%s, %s, false)", (name, POSTGRESQL_LIMITS[name]))
        connection.commit()

    event.listen(engine, "connect", limit)
    return engine


def limits(url: URL) -> list[str]:
    """The limits of ours that the URL does not set itself."""
    return [name for name in POSTGRESQL_LIMITS if name not in str(url.query.get("options", ""))]


def sqlite(url: URL, *, durable: bool) -> Engine:
    """The engine of an SQLite file; see `engine.open_database` for `durable`."""

    def connect(*args: Any, **options: Any) -> sqlite3.Connection:
        _make_private(Path(url.database or ""))
        return sqlite3.Connection(*args, **options)

    arguments: dict[str, Any] = {"cached_statements": _STATEMENTS, "factory": connect}
    if "timeout" not in url.query:
        arguments["timeout"] = BUSY_TIMEOUT
    engine = create_engine(url, connect_args=arguments, hide_parameters=True)
    pragmas = (
        f"PRAGMA synchronous={'FULL' if durable else 'OFF'}",
        "PRAGMA secure_delete=ON",  # deleted content is overwritten with zeros, not only unlinked
    )

    def prepare(connection: Any, _entry: ConnectionPoolEntry) -> None:
        connection.isolation_level = None  # the driver must not begin transactions implicitly
        _use_wal(connection)
        for pragma in pragmas:
            connection.execute(pragma)

    event.listen(engine, "connect", prepare)
    return engine
