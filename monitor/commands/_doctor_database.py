"""The checks of `monitor doctor` that look into the database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from monitor import config, store
from monitor.commands._doctor_report import Test
from monitor.commands._shared import now
from monitor.errors import MonitorError
from monitor.model import Settings
from monitor.model.values.instants import is_future
from monitor.store import Database


@contextmanager
def opened(settings: Settings) -> Iterator[Database | None]:
    """The database as it is; None while a SQLite file does not exist, for a check must not create one."""
    file = config.sqlite_file(settings)
    if file and not file.exists():
        yield None
        return
    db = store.open(settings.database_url)
    try:
        yield db
    finally:
        db.close()


def _database(settings: Settings) -> str:
    with opened(settings) as db:
        if db is None:
            return "will be created at the first start"
        from monitor.service import connections

        connections.check_schema(settings, db)
        return f"{db.url_safe}, schema {store.migrate.current(db)}"


def _clock(settings: Settings) -> str:
    """With a clock that was set back nothing would be due."""
    present = now()
    with opened(settings) as db:
        is_ready = db is not None and bool(store.migrate.current(db))
        latest = _last_success(db, settings) if db and is_ready else None
        stands = _rehearsed(db) if db and is_ready else None
    if stands:
        return f"the database is a rehearsal and stands at {stands:%Y-%m-%d %H:%M} UTC"
    if latest and is_future(latest, present):
        raise MonitorError(f"the clock says {present:%Y-%m-%d %H:%M} UTC, the last poll {latest:%Y-%m-%d %H:%M}")
    return f"{present:%Y-%m-%d %H:%M:%S} UTC"


def _rehearsed(db: Database) -> datetime | None:
    from monitor.service import rehearsal

    with db.read() as tx:
        return rehearsal.stands_at(tx)


def _last_success(db: Database, settings: Settings) -> datetime | None:
    with db.read() as tx:
        states = store.searches.all_states(tx)
    found = [state.last_success_at for topic in settings.topics for state in states.get(topic.key, ())]
    return max((at for at in found if at), default=None)


TESTS = (
    Test("database", _database, "See docs/operations.md, “The database”."),
    Test("clock", _clock, "Set the clock; run a time service (NTP)."),
)
