"""Opening a database and its transactions: SQLite by default, PostgreSQL by changing one URL."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from types import TracebackType
from typing import TypeVar, cast

from sqlalchemy import Connection, Engine, QueuePool
from sqlalchemy.exc import DBAPIError

from monitor.store.database.driver_errors import as_sqlalchemy_error, as_store_error, raise_told
from monitor.store.database.drivers import limits, parse, postgresql, sqlite

T = TypeVar("T")

#: An open transaction: the first parameter of nearly every function of the store.
Tx = Connection

#: Idle connections to SQLite that are kept ready without the pool, as many to read as to write: to take one out
#: of the pool and give it back costs more than most transactions. Fewer than the pool has. A connection stays a reader
#: or a writer, since after a PRAGMA that changes this SQLite compiles each of its statements anew.
_KEPT = 2

#: A reader sees one state of the database throughout.
_POSTGRESQL_READER = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}


def open_database(url: str, *, durable: bool = True) -> Database:
    """The database at `url`, "sqlite:///path" or "postgresql://user@host/name"; connects at first use.

    With `durable` every commit survives a power failure. Without it SQLite may lose the last commits
    (never consistency), which is enough for a demonstration. Raises ConfigError for any other URL.
    """
    parsed = parse(url)
    if parsed.drivername.startswith("sqlite"):
        return Database(sqlite(parsed, durable=durable), is_durable=durable)
    return Database(postgresql(parsed))


class Database:
    """One database. Safe to share between threads; each transaction has its own connection.

    `is_durable` as it was opened; `url_safe` is the URL as an operator writes it, with its password hidden, for logs.
    """

    def __init__(self, engine: Engine, *, is_durable: bool = True) -> None:
        self.engine, self.is_durable = engine, is_durable
        self.url_safe = engine.url.set(drivername=engine.dialect.name).render_as_string(hide_password=True)
        self._reader = engine if self.is_sqlite else engine.execution_options(**_POSTGRESQL_READER)
        self._idle: dict[bool, list[Tx]] = {True: [], False: []}  # by `is_reading`; append and pop need no lock

    @property
    def is_sqlite(self) -> bool:
        """True for SQLite."""
        return self.engine.dialect.name == "sqlite"

    @property
    def in_use(self) -> int:
        """How many connections somebody holds now."""
        return cast("QueuePool", self.engine.pool).checkedout() - sum(map(len, self._idle.values()))

    def begin(self) -> AbstractContextManager[Tx]:
        """A transaction that writes: committed at the end of the block, rolled back when it raises.

        On SQLite it starts with BEGIN IMMEDIATE: writers wait for each other at the start, and none fails
        later with a lock error. Raises StoreError when the database cannot be reached or used.
        """
        return _Transaction(self)

    def read(self) -> AbstractContextManager[Tx]:
        """A read-only transaction on one snapshot of the database. Raises StoreError as `begin` does."""
        return _Transaction(self, is_reading=True)

    @contextmanager
    def migrate(self) -> Iterator[Tx]:
        """A transaction that may rebuild tables: SQLite does not enforce foreign keys in it. Raises as `begin` does."""
        with as_store_error(self.url_safe), self.engine.begin() as tx:
            if self.is_sqlite:
                _begin_sqlite(tx, "BEGIN IMMEDIATE", is_migrating=True)
            else:
                _liftlimits(tx)
            yield tx

    def connect(self, *, is_reading: bool) -> Tx:
        """A connection without a transaction; on SQLite one that was given back by its like, where there is one."""
        if self._idle[is_reading]:
            with suppress(IndexError):  # another thread may have taken the last one since
                return self._idle[is_reading].pop()
        return (self._reader if is_reading else self.engine).connect()

    def give_back(self, tx: Tx, *, is_reading: bool, is_whole: bool) -> None:
        """Take a connection back when its transaction has ended; `is_whole`: without an error."""
        if is_whole and self.is_sqlite and len(self._idle[is_reading]) < _KEPT:
            self._idle[is_reading].append(tx)
        else:
            tx.close()

    def close(self) -> None:
        """Close every idle connection."""
        for idle in self._idle.values():
            while idle:
                idle.pop().close()
        self.engine.dispose()


class _Transaction(AbstractContextManager[Tx]):
    """One transaction of `Database.begin` or `Database.read`: a class, since there are dozens of them in a tick."""

    __slots__ = ("_db", "_is_reading", "_transaction", "_tx")

    def __init__(self, db: Database, *, is_reading: bool = False) -> None:
        self._db, self._is_reading = db, is_reading

    def __enter__(self) -> Tx:
        try:
            self._tx = tx = self._db.connect(is_reading=self._is_reading)
            try:
                self._transaction = tx.begin()
                if self._db.is_sqlite:
                    _begin_sqlite(tx, "BEGIN" if self._is_reading else "BEGIN IMMEDIATE", is_reading=self._is_reading)
            except BaseException:
                tx.close()
                raise
        except DBAPIError as error:
            raise_told(error, self._db.url_safe, is_reading=self._is_reading)
        return tx

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if error is not None and self._db.is_sqlite:
                _drop_connection(self._tx)
            if self._is_reading:
                self._transaction.rollback()
            else:
                self._transaction.__exit__(kind, error, trace)
        except BaseException as failed:
            self._tx.close()
            if isinstance(failed, DBAPIError):
                raise_told(failed, self._db.url_safe, is_reading=self._is_reading)
            raise
        self._db.give_back(self._tx, is_reading=self._is_reading, is_whole=error is None)
        if isinstance(error, DBAPIError):
            raise_told(error, self._db.url_safe, is_reading=self._is_reading)


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
        raise as_sqlalchemy_error("BEGIN", error) from error


def _liftlimits(tx: Tx) -> None:
    """Let this transaction in PostgreSQL take as long as it needs, but for what the URL says."""
    for name in limits(tx.engine.url):
        tx.exec_driver_sql(f"SET LOCAL {name} = 0")


def _drop_connection(tx: Tx) -> None:
    """Close the SQLite connection of a transaction that raised, so that the pool makes another.

    A SELECT that was not read to its end lives as long as the exception refers to it. It keeps the connection at an old
    state of the database, and whoever wrote over it next would find the database locked.
    """
    tx.invalidate()
