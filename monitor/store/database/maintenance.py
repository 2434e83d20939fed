"""Backup, integrity checks, and removal of erased content from the write-ahead log."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from sqlalchemy import text

from monitor.errors import StoreError
from monitor.ports import Progress, silent
from monitor.store.database.driver_errors import advice, as_store_error
from monitor.store.database.engine import Database, Tx

#: Pages copied between two progress reports.
_PAGES = 5_000

#: Problems that PostgreSQL's catalogs record: invalid indexes, unvalidated constraints, checksum failures.
_POSTGRESQL_CHECKS = {
    "index {} is not valid: REINDEX it": "SELECT indexrelid::regclass::text FROM pg_index WHERE NOT indisvalid",
    "constraint {} was never checked": "SELECT conname FROM pg_constraint WHERE NOT convalidated",
    "{} pages had a wrong checksum": (
        "SELECT checksum_failures FROM pg_stat_database WHERE datname = current_database() AND checksum_failures > 0"
    ),
}


def backup(db: Database, path: Path, progress: Progress = silent) -> None:
    """Copy a SQLite database to the new file `path` while other processes read and write it.

    The file appears under its name only when it is complete, and is readable by its owner alone.
    Raises StoreError when `path` exists or cannot be written, and for PostgreSQL, where pg_dump does this.
    """
    if not db.is_sqlite:
        raise StoreError(
            "Monitor copies SQLite files only. For PostgreSQL set `umask 077`, as the file has people's addresses, and "
            f"run: pg_dump --format=custom --file={path} {db.url_safe}"
        )
    if path.exists():
        raise StoreError(f"{path} exists and is not overwritten. Name a new file.")
    partial = path.with_name(f".{path.name}.partial")
    try:
        partial.unlink(missing_ok=True)
        os.close(os.open(partial, os.O_CREAT | os.O_EXCL, 0o600))
        _copy(db, partial, progress)
        partial.replace(path)
    except (OSError, sqlite3.Error) as error:
        raise StoreError(f"The backup could not be written to {path}: {error}") from error
    finally:
        partial.unlink(missing_ok=True)


def _copy(db: Database, to: Path, progress: Progress) -> None:
    """Write one snapshot of the database to the file `to` and flush it to disk."""

    def report(_status: int, remaining: int, total: int) -> None:
        progress(total - remaining, total, "pages copied")

    with db.read() as tx, closing(sqlite3.connect(to)) as target:
        source: Any = tx.connection.driver_connection
        source.backup(target, pages=_PAGES, progress=report)
        target.execute("PRAGMA journal_mode=DELETE")  # so that the backup is one file
    with to.open("rb+") as written:
        os.fsync(written.fileno())


def problems(db: Database) -> list[str]:
    """Integrity problems of the database, one sentence each; empty when there are none."""
    try:
        with db.read() as tx:
            return _sqlite_problems(tx) if db.is_sqlite else _postgresql_problems(tx)
    except StoreError as error:  # too damaged to be queried
        return [str(error)]


def quick_problems(db: Database) -> list[str]:
    """Damage that a quick look at every page of a SQLite database finds, one sentence each.

    Indexes are not compared with their tables, which takes many times as long. PostgreSQL checks itself, and a database
    that is not durable may be damaged by design: nobody would mend it.
    """
    if not db.is_sqlite or not db.is_durable:
        return []
    try:
        with db.read() as tx:
            found = [str(line) for line in tx.scalars(text("PRAGMA quick_check(10)"))]
    except StoreError as error:  # too damaged to be checked
        return [str(error)]
    return [line for line in found if line != "ok"]


def _sqlite_problems(tx: Tx) -> list[str]:
    damage = [str(line) for line in tx.scalars(text("PRAGMA integrity_check")) if line != "ok"]
    dangling = tx.execute(text("PRAGMA foreign_key_check")).all()
    return damage + [f"{row[0]} row {row[1]} refers to a row of {row[2]} that does not exist" for row in dangling]


def _postgresql_problems(tx: Tx) -> list[str]:
    return [
        sentence.format(found) for sentence, query in _POSTGRESQL_CHECKS.items() for found in tx.scalars(text(query))
    ]


def overwrite_log(db: Database) -> None:
    """Truncate SQLite's write-ahead log, which contains the erased data until its space is reused.

    Frames that a reader's older snapshot needs stay until the next call. Does nothing on PostgreSQL. Raises StoreError.
    """
    if not db.is_sqlite:
        return
    with as_store_error(db.url_safe):
        connection = db.engine.connect()
    try:
        driver: Any = connection.connection.driver_connection  # a checkpoint cannot run inside a transaction
        driver.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    except sqlite3.Error as error:
        raise StoreError(
            f"The log of {db.url_safe} could not be overwritten: {error}. {advice(error)}".rstrip()
        ) from error
    finally:
        connection.close()
