"""The death of a process within one process: nothing that its code does while it unwinds reaches the database.

On SQLite the files are copied at the instant and put back afterwards; PostgreSQL ends the sessions at the instant.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import event

from monitor.store import Database
from tests.support.databases import sqlite_file, url_of

_END_SESSIONS = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() "
    "AND pid <> pg_backend_pid()"
)


class Died(BaseException):
    """The process is gone. No guard catches it."""


@dataclass
class Crash:
    """Strikes when it is asked to, or at the n-th commit from now when it is armed."""

    db: Database
    commits: int = 0
    is_after: bool = False
    kept: dict[Path, bytes] = field(default_factory=dict)

    def strike(self) -> None:
        """Here the process dies."""
        self.commits = 0
        if self.db.is_sqlite:
            file = sqlite_file(self.db)
            self.kept = {path: path.read_bytes() for path in (file, Path(f"{file}-wal")) if path.exists()}
        else:
            with psycopg.connect(url_of(self.db), autocommit=True) as connection:
                connection.execute(_END_SESSIONS)
        raise Died

    def restart(self) -> None:
        """The next process finds the database as it was."""
        self.db.close()
        if self.kept:
            file = sqlite_file(self.db)
            for left in file.parent.glob(f"{file.name}*"):
                left.unlink()
            for path, content in self.kept.items():
                path.write_bytes(content)
            self.kept = {}

    def on_commit(self, connection: Any) -> None:
        """One commit nearer."""
        if self.commits:
            self.commits -= 1
            if not self.commits:
                if self.is_after:
                    connection.connection.driver_connection.commit()
                self.strike()


@contextmanager
def crashes(db: Database) -> Iterator[Crash]:
    """A crash that hears every commit on this database."""
    crash = Crash(db)
    event.listen(db.engine, "commit", crash.on_commit)
    try:
        yield crash
    finally:
        event.remove(db.engine, "commit", crash.on_commit)


def begin_anew(db: Database, template: Path) -> None:
    """An empty, migrated database in place of this one: a SQLite file is copied, tables in PostgreSQL are emptied."""
    db.close()
    if db.is_sqlite:
        file = sqlite_file(db)
        for left in file.parent.glob(f"{file.name}*"):
            left.unlink()
        shutil.copyfile(template, file)
        return
    with psycopg.connect(url_of(db), autocommit=True) as connection:
        rows = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        tables = ", ".join(name for (name,) in rows if name != "alembic_version")
        connection.execute("SET session_replication_role = replica")  # no trigger keeps what is append-only
        connection.execute(f"TRUNCATE {tables} RESTART IDENTITY CASCADE")  # type: ignore[call-overload]  # names of ours
