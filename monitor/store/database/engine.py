"""Opening a database and its transactions: SQLite by default, PostgreSQL by changing one URL."""

from __future__ import annotations

import os
import secrets
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar, cast

import sqlalchemy
from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.pool import ConnectionPoolEntry

from monitor.errors import ConfigError, StoreError
from monitor.store.database.driver_errors import READ_ONLY, meaning

T = TypeVar("T")

#: An open transaction: the first parameter of nearly every function of the store.
Tx = Connection

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
#: A reader sees one state of the database throughout.
_POSTGRESQL_READER = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
#: Drawn when the program is loaded; processes forked from that one differ in their number.
_LOADED = secrets.token_hex(8)


def open_database(url: str, *, durable: bool = True) -> Database:
    """The database at `url`, "sqlite:///path" or "postgresql://user@host/name"; connects at first use.

    With `durable` every commit survives a power failure. Without it SQLite may lose the last commits
    (never consistency), which is enough for a demonstration. Raises ConfigError for any other URL.
    """
    parsed = _parse(url)
    if parsed.drivername.startswith("sqlite"):
        return Database(_sqlite(parsed, durable=durable), is_durable=durable)
    return Database(_postgresql(parsed))


def process_name() -> str:
    """The name of this process, which no other has: its leases bear it, and its connections to PostgreSQL."""
    return f"{_LOADED}.{os.getpid()}"


def connection_name() -> str:
    """The name of every connection of this process in PostgreSQL."""
    return f"monitor {process_name()}"


class Database:
    """One database. Safe to share between threads; each transaction has its own connection.

    `is_durable` as it was opened; `url_safe` is the URL as an operator writes it, with its password hidden, for logs.
    """

    def __init__(self, engine: Engine, *, is_durable: bool = True) -> None:
        self.engine, self.is_durable = engine, is_durable
        self.url_safe = engine.url.set(drivername=engine.dialect.name).render_as_string(hide_password=True)
        self._reader = engine if self.is_sqlite else engine.execution_options(**_POSTGRESQL_READER)

    @property
    def is_sqlite(self) -> bool:
        """True for SQLite."""
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def begin(self) -> Iterator[Tx]:
        """A transaction that writes: committed at the end of the block, rolled back when it raises.

        On SQLite it starts with BEGIN IMMEDIATE: writers wait for each other at the start, and none fails
        later with a lock error. Raises StoreError when the database cannot be reached or used.
        """
        with as_store_error(self.url_safe), self.engine.begin() as tx:
            if self.is_sqlite:
                _begin_sqlite(tx, "BEGIN IMMEDIATE")
            with _closed_on_error(tx):
                yield tx

    @contextmanager
    def read(self) -> Iterator[Tx]:
        """A read-only transaction on one snapshot of the database. Raises StoreError as `begin` does."""
        with as_store_error(self.url_safe, is_reading=True), self._reader.connect() as tx, tx.begin() as transaction:
            try:
                if self.is_sqlite:
                    _begin_sqlite(tx, "BEGIN", is_reading=True)
                with _closed_on_error(tx):
                    yield tx
            finally:
                transaction.rollback()

    @contextmanager
    def migrate(self) -> Iterator[Tx]:
        """A transaction that may rebuild tables: SQLite does not enforce foreign keys in it. Raises as `begin` does."""
        with as_store_error(self.url_safe), self.engine.begin() as tx:
            if self.is_sqlite:
                _begin_sqlite(tx, "BEGIN IMMEDIATE", is_migrating=True)
            else:
                _lift_limits(tx)
            yield tx

    def close(self) -> None:
        """Close every idle connection."""
        self.engine.dispose()


class SharedRead:
    """One read-only transaction for several questions, each of which may fail alone: the next one begins another."""

    def __init__(self, db: Database) -> None:
        self._db, self._open, self._tx = db, ExitStack(), cast("Tx | None", None)

    def ask(self, question: Callable[[Tx], T]) -> T:
        """What `question` returns. Raises what it raises, and StoreError as `Database.read` does."""
        with self._open as opened:  # closes the transaction when the question fails
            tx, self._tx = self._tx or opened.enter_context(self._db.read()), None
            answer = question(tx)
            self._open, self._tx = opened.pop_all(), tx
        return answer

    def close(self) -> None:
        """End the transaction, if one is open."""
        self._open.close()


def _begin_sqlite(tx: Tx, begin: str, *, is_reading: bool = False, is_migrating: bool = False) -> None:
    """Begin the transaction, which SQLAlchemy believes begun: called here and not by an event of the engine.

    With a listener for any event SQLAlchemy looks for listeners before and after each statement. For the same reason
    these statements are sent past it; only the last one reads a file and so can fail.
    """
    execute = cast("sqlite3.Connection", tx.connection.driver_connection).execute
    for pragma, value in (("query_only", is_reading), ("foreign_keys", not is_migrating)):
        if tx.info.get(pragma) != value:  # a PRAGMA applies until the connection is closed
            execute(f"PRAGMA {pragma}={int(value)}")
            tx.info[pragma] = value
    try:
        execute(begin)
    except sqlite3.Error as error:
        raise of_driver("BEGIN", error) from error


def of_driver(statement: str, error: sqlite3.Error) -> Exception:
    """SQLAlchemy's error for one of the driver, to which a statement was sent past it."""
    return DBAPIError.instance(statement, None, error, sqlite3.Error, hide_parameters=True)


def _lift_limits(tx: Tx) -> None:
    """Let this transaction in PostgreSQL take as long as it needs, but for what the URL says."""
    for name in _limits(tx.engine.url):
        tx.exec_driver_sql(f"SET LOCAL {name} = 0")


@contextmanager
def _closed_on_error(tx: Tx) -> Iterator[None]:
    """Close the SQLite connection of a transaction that raises, so that the pool makes another.

    A SELECT that was not read to its end lives as long as the exception refers to it. It keeps the connection at an old
    state of the database, and whoever wrote over it next would find the database locked.
    """
    is_done = False
    try:
        yield
        is_done = True
    finally:
        if not is_done and tx.dialect.name == "sqlite":
            tx.invalidate()


@contextmanager
def as_store_error(url_safe: str, *, is_reading: bool = False) -> Iterator[None]:
    """Turn a driver's operational errors into a StoreError with a message for the operator.

    That a reader may not write is no trouble of the database but a bug of ours.
    """
    try:
        yield
    except DBAPIError as error:
        advice = meaning(error)
        if advice is None or (is_reading and advice == READ_ONLY and "transaction" in str(error.orig)):
            raise
        reason = " ".join(str(error.orig).split()).rstrip(".")
        raise StoreError(f"The database {url_safe} cannot be used: {reason}. {advice}".rstrip()) from error


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


def _postgresql(url: URL) -> Engine:
    arguments: dict[str, Any] = {name: value for name, value in _POSTGRESQL_CONNECTION.items() if name not in url.query}
    arguments["application_name"] = connection_name()
    engine = create_engine(url, pool_pre_ping=True, connect_args=arguments, hide_parameters=True)

    def limit(connection: Any, _entry: ConnectionPoolEntry) -> None:
        with connection.cursor() as cursor:
            for name in _limits(url):
                cursor.execute("SELECT set_config(%s, %s, false)", (name, POSTGRESQL_LIMITS[name]))
        connection.commit()

    event.listen(engine, "connect", limit)
    return engine


def _limits(url: URL) -> list[str]:
    """The limits of ours that the URL does not set itself."""
    return [name for name in POSTGRESQL_LIMITS if name not in str(url.query.get("options", ""))]


def _sqlite(url: URL, *, durable: bool) -> Engine:

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
