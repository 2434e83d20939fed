"""The schema of the database: bring it up to date, and tell whether it is."""

from __future__ import annotations

from monitor.store import mail_tables
from monitor.store.engine import Database


def upgrade(db: Database) -> None:
    """Bring the schema of `db` to this version's."""
    mail_tables.metadata.create_all(db.engine)
