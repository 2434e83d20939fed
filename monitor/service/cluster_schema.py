"""The tables of procrastinate, in the same database as Monitor's: created, brought up to date, and checked.

Procrastinate ships its schema as one SQL file and each change to it as another, whose names sort by version, and does
not note which of them a database has had; `store.meta` holds the name of the last one.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from procrastinate.schema import SchemaManager

from monitor import store
from monitor.errors import SchemaError
from monitor.store import Database, Tx

_KEY = "procrastinate/schema"


def upgrade(db: Database) -> None:
    """Create the tables, or bring them up to date. Raises SchemaError for those of others.

    Each change has a transaction of its own: some use what an earlier one must have committed.
    """
    while _advance(db):
        pass


def _advance(db: Database) -> bool:
    """Make the tables, or make the next change to them; False when there is nothing more to do."""
    with store.migrate.locked(db) as tx:
        found = _known(tx, db)
        if found == _head():
            return False
        later = [change for change in _changes() if change.name > found]
        script, name = (later[0].read_text("utf-8"), later[0].name) if found else (SchemaManager.get_schema(), _head())
        store.migrate.run_script(tx, script)
        store.meta.put(tx, _KEY, name, datetime.now(UTC))
    return True


def check(db: Database) -> None:
    """Raise SchemaError, naming the command to run, unless the tables are those of the procrastinate installed here."""
    with db.read() as tx:
        found = _known(tx, db)
    if found != _head():
        what = "the tables of an older procrastinate" if found else "no tables of procrastinate"
        raise SchemaError(
            f"The database {db.url_safe} has {what}, and `engine: procrastinate` is configured. Run: monitor db upgrade"
        )


def _known(tx: Tx, db: Database) -> str:
    """The name of the last change that the database has had, "" if it has no tables of procrastinate."""
    found = store.meta.get(tx, _KEY)
    if found > _head():
        raise SchemaError(
            f"The database {db.url_safe} has tables of a newer procrastinate than is installed here. "
            "Run: pip install --upgrade 'monitor[cluster]'"
        )
    if not found and store.migrate.has_table(tx, "procrastinate_jobs"):
        raise SchemaError(
            f"The database {db.url_safe} has tables of procrastinate that Monitor did not make. "
            "Give Monitor a database of its own."
        )
    return found


def _changes() -> list[Path]:
    return sorted(Path(SchemaManager.get_migrations_path()).glob("*.sql"))


def _head() -> str:
    """The name of the last change in the procrastinate installed here."""
    return _changes()[-1].name
