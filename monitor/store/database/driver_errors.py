"""What a driver's error means to the operator: the database's trouble, with what to do, or a bug of ours."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import NoReturn

from sqlalchemy.exc import DatabaseError, DBAPIError, InterfaceError, OperationalError

from monitor.errors import StoreError

#: The database is unreachable, locked, full, damaged or not a database. Other driver errors are bugs and propagate,
#: except for those states of PostgreSQL of which there is a word below.
_OPERATIONAL = (OperationalError, InterfaceError, DatabaseError)

_FULL = "The disk, or the space allotted to the database, is full. Make room; what is due is done then."
READ_ONLY = (
    "It is read-only. Give this user the right to write to the file and its folder; a PostgreSQL server may be a "
    "standby, or have default_transaction_read_only set."
)
_DAMAGED = "It is damaged. Stop Monitor, and restore the last backup; `monitor db check` looks more closely."

#: By SQLite's primary result code (https://www.sqlite.org/rescode.html).
_SQLITE: Mapping[int, str] = {
    sqlite3.SQLITE_FULL: _FULL,
    sqlite3.SQLITE_READONLY: READ_ONLY,
    sqlite3.SQLITE_CORRUPT: _DAMAGED,
    sqlite3.SQLITE_NOTADB: "It is no SQLite database, or damaged. Restore the last backup.",
    sqlite3.SQLITE_BUSY: "Another program, such as a shell with an open transaction, holds its lock. End it.",
    sqlite3.SQLITE_IOERR: "The disk cannot be read or written. It may be full, or failing.",
    sqlite3.SQLITE_CANTOPEN: "Its file cannot be opened: is it there, is its folder this user's, are files to spare?",
}
#: By SQLSTATE, or by its class of two characters (https://www.postgresql.org/docs/current/errcodes-appendix.html).
_POSTGRESQL: Mapping[str, str] = {
    "08": "The connection broke.",
    "25006": READ_ONLY,
    "25P03": "The server ended a transaction of ours that was idle for too long. What it did is undone and due again.",
    "28": "The server refuses the login. Check user and password.",
    "3D000": "The server has no such database. Create it, or mend the URL.",
    "40": "Another transaction was in the way. What was undone is due again.",
    "42501": "This user may not use its tables. Make it their owner.",
    "53100": _FULL,
    "53300": "The server has no connection to spare. Raise its max_connections, or end other programs.",
    "53": "The server has too little memory or another resource.",
    "55P03": "Another transaction holds a lock for too long. `pg_stat_activity` shows which; end it.",
    "57014": "A statement took too long and was cancelled. Is the server overloaded?",
    "57P": "The server is being stopped or started.",
    "58": "The server's disk or system fails.",
    "XX": _DAMAGED,
}


def meaning(error: DBAPIError) -> str | None:
    """What is wrong with the database and what to do; "" when only the driver's words say; None for a bug of ours."""
    known = advice(error.orig)
    return known if known or type(error) in _OPERATIONAL else None


def advice(error: BaseException | None) -> str:
    """What a driver's own exception says is wrong with the database, and what to do; "" when it is not known here."""
    if code := getattr(error, "sqlite_errorcode", None):
        return _SQLITE.get(code & 0xFF, "")
    state = getattr(error, "sqlstate", None)
    return next((words for prefix, words in _POSTGRESQL.items() if state and state.startswith(prefix)), "")


def as_sqlalchemy_error(statement: str, error: sqlite3.Error) -> Exception:
    """SQLAlchemy's error for one of the driver, to which a statement was sent past it."""
    return DBAPIError.instance(statement, None, error, sqlite3.Error, hide_parameters=True)


@contextmanager
def as_store_error(url_safe: str) -> Iterator[None]:
    """Turn a driver's operational errors into a StoreError with a message for the operator."""
    try:
        yield
    except DBAPIError as error:
        raise_told(error, url_safe)


def raise_told(error: DBAPIError, url_safe: str, *, is_reading: bool = False) -> NoReturn:
    """Raise a StoreError with a message for the operator, or `error` itself where there is none.

    That a reader may not write is no trouble of the database but a bug of ours.
    """
    advice = meaning(error)
    if advice is None or (is_reading and advice == READ_ONLY and "transaction" in str(error.orig)):
        raise error
    reason = " ".join(str(error.orig).split()).rstrip(".")
    raise StoreError(f"The database {url_safe} cannot be used: {reason}. {advice}".rstrip()) from error
