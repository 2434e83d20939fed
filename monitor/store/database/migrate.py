"""The schema of the database: upgrade it, and check that it is this version's."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import inspect, text

from monitor.errors import SchemaError
from monitor.store.database import meta
from monitor.store.database.engine import Database, Tx
from monitor.store.schema.tables import metadata

if TYPE_CHECKING:
    from alembic.config import Config

#: The PostgreSQL advisory lock that is held during an upgrade; the number is arbitrary but must never change.
_LOCK = 0x6D6F6E69746F72  # "monitor"

#: The same for what a service does before it begins to work.
_START_LOCK = _LOCK + 1

#: The key in `meta` of a database that `store.copy` has not finished.
UNFINISHED_COPY = "copy/unfinished"

#: The folder of the migration scripts.
STEPS = Path(__file__).parents[1] / "migrations"


def upgrade(db: Database, steps: Path = STEPS) -> None:
    """Upgrade the schema of `db` to this version's in one transaction; does nothing when it is current.

    When two services start at the same time the second waits, and finds the schema upgraded.
    Raises SchemaError when the database is a newer version's or another program's.
    """
    from alembic import command  # imported here: 7 MB that a service whose schema is current does not need

    with locked(db) as tx:
        _refuse_what_is_not_ours(tx, db, steps)
        command.upgrade(_config(tx, steps), "head")
        if db.is_sqlite and tx.execute(text("PRAGMA foreign_key_check")).first():
            raise SchemaError(f"The upgrade of {db.url_safe} would break references and was undone. Restore a backup.")


@contextmanager
def locked(db: Database) -> Iterator[Tx]:
    """A transaction in which the schema may be changed; no other process changes it meanwhile."""
    with db.migrate() as tx:
        if not db.is_sqlite:
            _lock(tx, _LOCK)
        yield tx


@contextmanager
def one_at_a_time(db: Database) -> Iterator[None]:
    """While the block lasts every other process that comes here waits, so that several may be started together.

    For PostgreSQL: on SQLite transactions that write exclude each other anyway.
    """
    if db.is_sqlite:
        yield
        return
    with db.begin() as tx:
        _lock(tx, _START_LOCK)
        yield


def _lock(tx: Tx, number: int) -> None:
    tx.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": number})


def has_table(tx: Tx, name: str) -> bool:
    """Is there a table called `name`, whoever made it?"""
    return inspect(tx).has_table(name)


def run_script(tx: Tx, script: str) -> None:
    """Execute the SQL of several statements on PostgreSQL, within the transaction."""
    driver: Any = tx.connection.driver_connection
    driver.execute(script)


def current(db: Database) -> str:
    """The revision of the schema in `db`, "" for an empty database."""
    with db.read() as tx:
        return _current(tx)


def head(steps: Path = STEPS) -> str:
    """The schema revision that this version of Monitor needs."""
    return _revisions(steps)[-1]


def _revisions(steps: Path) -> list[str]:
    """The revisions that the scripts make, oldest first: a script's file is named by its revision, as v0001_first.py"""
    return sorted(script.stem[1:].partition("_")[0] for script in (steps / "versions").glob("v*.py"))


def check(db: Database, steps: Path = STEPS) -> None:
    """Raise SchemaError, naming the command to run, unless `db` is whole and its schema exactly this version's."""
    _check_schema(db, steps)
    with db.read() as tx:
        if meta.get(tx, UNFINISHED_COPY):
            raise SchemaError(
                f"The database {db.url_safe} is an unfinished copy. To finish it, run the same `monitor db copy` "
                "again, with the configuration of the database that is copied; or begin with an empty database."
            )


def prepare_for_copy(db: Database, steps: Path = STEPS) -> None:
    """Make the tables in an empty database; raise SchemaError when another has not exactly this version's schema.

    An unfinished copy is taken as it is, unlike in `check`.
    """
    if not current(db):
        upgrade(db, steps)
    _check_schema(db, steps)


def _check_schema(db: Database, steps: Path) -> None:
    with db.read() as tx:
        _refuse_what_is_not_ours(tx, db, steps)
        found = _current(tx)
    if not found:
        raise SchemaError(f"The database {db.url_safe} is empty. Run: monitor db upgrade")
    if found != head(steps):
        raise SchemaError(
            f"The database {db.url_safe} has schema {found}, and this version of Monitor needs {head(steps)}. "
            "Run: monitor db backup FILE, then: monitor db upgrade"
        )


def _refuse_what_is_not_ours(tx: Tx, db: Database, steps: Path) -> None:
    found = _current(tx)
    if found and found not in _revisions(steps):
        raise SchemaError(
            f"The database {db.url_safe} has schema {found}, which this version of Monitor does not know: "
            f"it knows up to {head(steps)}. A newer Monitor has used it. Install that version, or restore a backup."
        )
    if not found and (taken := set(inspect(tx).get_table_names()) & set(metadata.tables)):
        raise SchemaError(
            f"The database {db.url_safe} has tables that Monitor did not make ({', '.join(sorted(taken))}). "
            "Give Monitor a database of its own."
        )


def _current(tx: Tx) -> str:
    return tx.scalar(text("SELECT version_num FROM alembic_version")) or "" if has_table(tx, "alembic_version") else ""


def _config(tx: Tx, steps: Path) -> Config:
    from alembic.config import Config  # see `upgrade`

    config = Config()
    config.set_main_option("script_location", str(steps).replace("%", "%%"))
    config.attributes["connection"] = tx
    return config
