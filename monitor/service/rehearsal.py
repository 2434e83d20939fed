"""A rehearsal: a database that was first written under `tick --at` has a time of its own, and keeps it for good.

Instants of a rehearsal would silence a service in real time, and real instants would end a rehearsal. So the first
poll of a database decides which of the two it is, and neither is ever done on the other.
"""

from __future__ import annotations

from datetime import datetime

from monitor import config, store
from monitor.errors import ConfigError
from monitor.model import Settings
from monitor.store import Database, Tx

_KEY = "rehearsal"
_LIVE = (
    "This database is in use in real time, and --at would write dates into it that are not true. "
    "Give the trial run a database of its own: database_url in the configuration, or MONITOR_DATABASE_URL."
)
_REHEARSAL = (
    "This database is a rehearsal: it was first written under --at, and stands at {at:%Y-%m-%d %H:%M} UTC. "
    "Go on with --at INSTANT, or give the real service a database of its own (database_url, MONITOR_DATABASE_URL)."
)


def stands_at(tx: Tx) -> datetime | None:
    """The instant of the last tick of a rehearsal; None for a database that is used in real time, or not yet."""
    text = store.meta.get(tx, _KEY)
    return datetime.fromisoformat(text) if text else None


def of(settings: Settings) -> datetime | None:
    """`stands_at` of the configured database; None also when there is none yet."""
    file = config.sqlite_file(settings)
    if file and not file.exists():
        return None
    config.refuse_emptied(settings)
    db = store.open(settings.database_url)
    try:
        if not store.migrate.current(db):
            return None
        store.migrate.check(db)
        with db.read() as tx:
            return stands_at(tx)
    finally:
        db.close()


def choose(db: Database, at: datetime | None, present: datetime) -> datetime:
    """The instant for a command that asks nothing: `at` on a rehearsal, else where it stands, else the present.

    Raises ConfigError for `at` on a database that is no rehearsal.
    """
    with db.read() as tx:
        stands = stands_at(tx)
    if at and stands is None:
        raise ConfigError(f"--at works on a rehearsal only, which begins with `monitor tick --at`. {_LIVE}")
    return at or stands or present


def require(db: Database, at: datetime, *, is_pretended: bool) -> None:
    """Before searches are polled at `at`: raise ConfigError unless the database is of the right kind.

    An instant that is pretended begins or continues a rehearsal; otherwise `at` is the present.
    """
    with db.read() as tx:
        stands, is_polled = stands_at(tx), store.polls.has_any(tx)
    if not is_pretended:
        if stands:
            raise ConfigError(_REHEARSAL.format(at=stands))
        return
    if is_polled and stands is None:
        raise ConfigError(_LIVE)
    with db.begin() as tx:
        store.meta.put(tx, _KEY, at.isoformat(), at)
