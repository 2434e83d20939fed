"""What the service counts, and what its configuration did. Same `metadata` as `tables`, which has its leases."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, PrimaryKeyConstraint, Table

from monitor import model
from monitor.store.schema.columns import enum, instant, record, serial, string
from monitor.store.schema.tables import metadata

#: What happened how often, for the metrics; see `store.counters`.
counters = Table(
    "counters",
    metadata,
    string("name"),
    record("labels", tuple[str, ...]),
    Column("value", BigInteger, nullable=False),
    PrimaryKeyConstraint("name", "labels"),
    sqlite_with_rowid=False,
)

#: Each change of a search by its configuration, for the report of the searches; see `store.search_edits`.
search_edits = Table(
    "search_edits",
    metadata,
    serial(),
    string("topic"),
    string("search"),
    instant("at"),
    enum("what", model.SearchEditKind),
    enum("kind", model.SearchKind),
    string("strategy"),
    string("by"),
    string("version"),
    Index(None, "topic", "search", "id"),
    sqlite_autoincrement=True,
)
