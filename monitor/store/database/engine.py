"""Opening a database and its transactions: SQLite by default, PostgreSQL by changing one URL."""

from __future__ import annotations

import os
import secrets
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import sqlalchemy
from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import ArgumentError, DatabaseError, DBAPIError, InterfaceError, OperationalError
from sqlalchemy.pool import ConnectionPoolEntry

from monitor.errors import ConfigError, StoreError

#: An open transaction: the first parameter of nearly every function of the store.
Tx = Connection

#: Seconds a SQLite connection waits for a lock before it fails.
BUSY_TIMEOUT = 30

#: Drawn when the program is loaded; processes forked from that one differ in their number.
_LOADED = secrets.token_hex(8)

#: The database is unreachable, locked, full, damaged or not a database. Other driver errors are bugs and propagate.
_OPERATIONAL_ERRORS = (OperationalError, InterfaceError, DatabaseError)


def open_database(url: str, *, durable: bool = True) -> Database:
    """The database at `url`, "sqlite:///path" or "postgresql://user@host/name"; connects at first use.

    With `durable` every commit survives a power failure. Without it SQLite may lose the last commits
    (never consistency), which is enough for a demonstration. Raises ConfigError for any other URL.
    """
    parsed = _parse(url)
    if parsed.drivername.startswith("sqlite"):
        return Database(_sqlite(parsed, durable=durable))
    engine = create_engine(parsed, pool_pre_ping=True, connect_args={"application_name": connection_name()})
    return Database(engine)


def process_name() -> str:
    """The name of this process, which no other has: its leases bear it, and its connections to PostgreSQL."""
    return f"{_LOADED}.{os.getpid()}"


def connection_name() -> str:
    """The name of every connection of this process in PostgreSQL."""
    return f"monitor {process_name()}"


class Database:
    """One database. Safe to share between threads; each transaction has its own connection."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._reader = engine.execution_options(**_read_options(engine.dialect.name))

    @property
    def is_sqlite(self) -> bool:
        """True for SQLite."""
        return self.engine.dialect.name == "sqlite"

    @property
    def url_safe(self) -> str:
        """The URL as an operator writes it, with its password hidden: for logs and messages."""
        return self.engine.url.set(drivername=self.engine.dialect.name).render_as_string(hide_password=True)

    @contextmanager
    def begin(self) -> Iterator[Tx]:
        """A transaction that writes: committed at the end of the block, rolled back when it raises.

        On SQLite it starts with BEGIN IMMEDIATE: writers wait for each other at the start, and none fails
        later with a lock error. Raises StoreError when the database cannot be reached or used.
        """
        with _as_store_error(self.url_safe), self.engine.begin() as tx:
            yield tx

    @contextmanager
    def read(self) -> Iterator[Tx]:
        """A read-only transaction on one snapshot of the database. Raises StoreError as `begin` does."""
        with _as_store_error(self.url_safe), self._reader.connect() as tx, tx.begin() as transaction:
            try:
                yield tx
            finally:
                transaction.rollback()

    @contextmanager
    def migrate(self) -> Iterator[Tx]:
        """A transaction that may rebuild tables: SQLite does not enforce foreign keys in it. Raises as `begin` does."""
        migrating = self.engine.execution_options(monitor_migrates=True)
        with _as_store_error(self.url_safe), migrating.begin() as tx:
            yield tx

    def close(self) -> None:
        """Close every idle connection."""
        self.engine.dispose()


def _read_options(dialect: str) -> dict[str, Any]:
    if dialect == "sqlite":
        return {"monitor_reads": True}
    return {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}


@contextmanager
def _as_store_error(url_safe: str) -> Iterator[None]:
    """Turn a driver's operational errors into a StoreError with a message for the operator."""
    try:
        yield
    except DBAPIError as error:
        if type(error) not in _OPERATIONAL_ERRORS:
            raise
        reason = " ".join(str(error.orig).split())
        raise StoreError(f"The database {url_safe} cannot be used: {reason}") from error


def _parse(url: str) -> URL:
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


def _sqlite(url: URL, *, durable: bool) -> Engine:
    engine = create_engine(url, connect_args={"timeout": BUSY_TIMEOUT})
    pragmas = (
        f"PRAGMA synchronous={'FULL' if durable else 'OFF'}",
        "PRAGMA secure_delete=ON",  # deleted content is overwritten with zeros, not only unlinked
    )

    def prepare(connection: Any, _entry: ConnectionPoolEntry) -> None:
        connection.isolation_level = None  # the driver must not begin transactions implicitly
        _use_wal(connection)
        for pragma in pragmas:
            connection.execute(pragma)

    def begin(connection: Connection) -> None:
        options = connection.get_execution_options()
        reads = options.get("monitor_reads", False)
        for pragma, value in (("query_only", reads), ("foreign_keys", not options.get("monitor_migrates", False))):
            if connection.info.get(pragma) != value:  # a PRAGMA applies until the connection is closed
                connection.exec_driver_sql(f"PRAGMA {pragma}={int(value)}")
                connection.info[pragma] = value
        connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")

    def keep_private(*_connection: Any) -> None:
        _make_private(Path(url.database or ""))

    event.listen(engine, "do_connect", keep_private)
    event.listen(engine, "connect", prepare)
    event.listen(engine, "begin", begin)
    return engine
