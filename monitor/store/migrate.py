"""The schema of the database: bring it up to date, and tell whether it is."""

from __future__ import annotations

from monitor.store.engine import Database
from monitor.store.mail_tables import subscribers


def upgrade(db: Database) -> None:
    """Bring the schema of `db` to this version's."""
    subscribers.metadata.create_all(db.engine)
