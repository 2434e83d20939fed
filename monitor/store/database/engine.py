"""Opening a database and its transactions: SQLite by default, PostgreSQL by changing one URL."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy
from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import ArgumentError, DatabaseError, DBAPIError, InterfaceError, OperationalError
from sqlalchemy.pool import ConnectionPoolEntry

from monitor.errors import ConfigError, StoreError

#: An open transaction; every function of the noun modules takes one first.
Tx = Connection

#: Seconds a writer waits for another writer before it gives up.
BUSY_TIMEOUT = 30

#: Unreachable, locked, full, damaged, no database at all. Other errors of a driver are bugs and stay what they are.
_FAULTS_OF_THE_WORLD = (OperationalError, InterfaceError, DatabaseError)


def open_database(url: str, *, durable: bool = True) -> Database:
    """The database at `url`, "sqlite:///path" or "postgresql://user@host/name"; connects at first use.

    `durable` keeps every commit through a power cut; without it SQLite may lose the last commits
    then (never consistency), which suits a demonstration. Raises ConfigError for any other URL.
    """
    parsed = _parse(url)
    if parsed.drivername.startswith("sqlite"):
        return Database(_sqlite(parsed, durable=durable))
    engine = create_engine(parsed, pool_pre_ping=True, connect_args={"application_name": "monitor"})
    return Database(engine)


class Database:
    """One database. Safe to share between threads; each transaction has its own connection."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._reader = engine.execution_options(**_reading(engine.dialect.name))

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

        SQLite's starts with BEGIN IMMEDIATE, so there is one writer at a time and none fails half
        way. Raises StoreError when the database cannot be reached or used.
        """
        with _said_plainly(self.url_safe), self.engine.begin() as tx:
            yield tx

    @contextmanager
    def read(self) -> Iterator[Tx]:
        """A transaction that only reads, and sees one state of the database throughout."""
        with _said_plainly(self.url_safe), self._reader.connect() as tx, tx.begin() as transaction:
            try:
                yield tx
            finally:
                transaction.rollback()

    @contextmanager
    def migrate(self) -> Iterator[Tx]:
        """A transaction that may make tables anew: SQLite does not follow foreign keys meanwhile."""
        migrating = self.engine.execution_options(monitor_migrates=True)
        with _said_plainly(self.url_safe), migrating.begin() as tx:
            yield tx

    def close(self) -> None:
        """Close every idle connection."""
        self.engine.dispose()


def _reading(dialect: str) -> dict[str, Any]:
    if dialect == "sqlite":
        return {"monitor_reads": True}
    return {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}


@contextmanager
def _said_plainly(url_safe: str) -> Iterator[None]:
    """Turn what a database driver raises for the world's faults into a sentence for the operator."""
    try:
        yield
    except DBAPIError as error:
        if type(error) not in _FAULTS_OF_THE_WORLD:
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
    """Switch to WAL; alone among statements it does not wait for a lock by itself, so two that open a new file race."""
    give_up_at = time.monotonic() + BUSY_TIMEOUT
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() >= give_up_at:
                raise
            time.sleep(0.01)


def _sqlite(url: URL, *, durable: bool) -> Engine:
    engine = create_engine(url, connect_args={"timeout": BUSY_TIMEOUT})
    pragmas = (
        f"PRAGMA synchronous={'FULL' if durable else 'OFF'}",
        "PRAGMA secure_delete=ON",  # what is erased is overwritten, not only unlinked
    )

    def prepare(connection: Any, _entry: ConnectionPoolEntry) -> None:
        connection.isolation_level = None  # the driver must not begin transactions of its own
        _use_wal(connection)
        for pragma in pragmas:
            connection.execute(pragma)

    def begin(connection: Connection) -> None:
        options = connection.get_execution_options()
        reads = options.get("monitor_reads", False)
        for pragma, value in (("query_only", reads), ("foreign_keys", not options.get("monitor_migrates", False))):
            if connection.info.get(pragma) != value:  # it holds as long as the connection does
                connection.exec_driver_sql(f"PRAGMA {pragma}={int(value)}")
                connection.info[pragma] = value
        connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")

    event.listen(engine, "connect", prepare)
    event.listen(engine, "begin", begin)
    return engine
