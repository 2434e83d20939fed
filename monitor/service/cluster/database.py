"""Procrastinate in Monitor's database: its tables, made, brought up to date and checked, and connections for jobs.

Procrastinate ships its schema as one SQL file and each change to it as another, whose names sort by version, and does
not note which of them a database has had; `store.meta` holds the name of the last one.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from procrastinate import App, PsycopgConnector, SyncPsycopgConnector
from procrastinate.exceptions import ConnectorException
from procrastinate.schema import SchemaManager

from monitor import store
from monitor.errors import SchemaError, StoreError
from monitor.model import Queue
from monitor.store import Database, Tx

_KEY = "procrastinate/schema"

#: Connections of a worker for its jobs; its work has others.
_CONNECTIONS = 4
#: Seconds for which a connection is waited for. A longer wait would grow further while the database is away.
_WAIT = 5.0
#: So that a connection ends when the database, or the network to it, falls silent.
_LIMITS = {
    "connect_timeout": 10,
    "tcp_user_timeout": 30_000,
    "options": "-c statement_timeout=60s",
}


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


# --- connections -----------------------------------------------------------------------------------------


def connector(db: Database) -> PsycopgConnector:
    """Connections for the jobs of one worker, open when it is opened."""
    return PsycopgConnector(
        conninfo=_address(db),
        kwargs=_named(),
        min_size=1,
        max_size=_CONNECTIONS,
        timeout=_WAIT,
        reconnect_timeout=_WAIT,
    )


def queues(db: Database) -> list[Queue]:
    """The queues that have or had a job. Raises StoreError."""
    app = App(connector=SyncPsycopgConnector(conninfo=_address(db), kwargs=_named(), min_size=1, max_size=1))
    try:
        with app.open():
            found = app.job_manager.list_queues()
    except ConnectorException as error:
        raise StoreError(f"The database {db.url_safe} cannot be used: {reason(error)}") from error
    return [Queue(one["name"], one["todo"], one["doing"], one["failed"]) for one in found]


def _named() -> dict[str, object]:
    """The limits, and the name of the process, whose connections end when it counts as dead (`store.processes`)."""
    return {**_LIMITS, "application_name": store.connection_name()}


def _address(db: Database) -> str:
    """The address of the database as psycopg takes it, with its password."""
    return db.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)


def reason(error: StoreError | ConnectorException) -> str:
    """What went wrong, in one line; procrastinate keeps what the driver said as the cause."""
    said = error if isinstance(error, StoreError) else error.__cause__ or error
    return " ".join(str(said).split())
