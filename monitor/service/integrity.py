"""Is the database whole? Looked at once a day, kept for `monitor status` and the operator's alert."""

from __future__ import annotations

from datetime import datetime

from monitor import store
from monitor.errors import StoreError
from monitor.language.speech import gettext as _
from monitor.language.speech import quoted
from monitor.store import Database, Tx

_DAMAGE = "database/damage"


def check(db: Database, before: str, now: datetime) -> None:
    """Look, and keep what was found if it differs from `before`, the last `damage`.

    Raises StoreError for damage: it is a failure as long as it lasts.
    """
    found = "\n".join(store.maintenance.quick_problems(db))[:2_000]
    if found != before:
        with db.begin() as tx:
            store.meta.put(tx, _DAMAGE, found, now)
    if found:
        raise StoreError(f"The daily look at the database found damage: {found.splitlines()[0]}")


def damage(tx: Tx) -> str:
    """What the last look found, a line each; "" for nothing."""
    return store.meta.get(tx, _DAMAGE)


def advice(found: str) -> str:
    """The damage, and what to do about it, in the language that is spoken."""
    lines = "\n".join(f"  {line}" for line in quoted(found).splitlines())
    return _(
        "SQLite's own check found:\n%(lines)s\nMonitor goes on with what can still be read. Stop it, copy the file "
        "and its -wal as they are, and restore the last backup (docs/operations.md). `monitor db check` looks more "
        "closely.",
        lines=lines,
    )
