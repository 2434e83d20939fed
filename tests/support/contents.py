"""Every row of a database, to be compared with those of another."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from monitor.store import Database
from monitor.store.schema.tables import metadata


def contents(db: Database) -> dict[str, list[tuple[Any, ...]]]:
    """The rows of each table as Monitor reads them, in an order that does not depend on the database."""
    with db.read() as tx:
        return {
            table.name: sorted((tuple(row) for row in tx.execute(select(table))), key=repr)
            for table in metadata.sorted_tables
        }
