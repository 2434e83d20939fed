"""What the service counts. Same `metadata` as `tables`, in which its key-value pairs and leases are."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, PrimaryKeyConstraint, Table

from monitor.store.schema.columns import record, string
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
