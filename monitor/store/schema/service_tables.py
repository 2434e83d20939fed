"""The tables of the service: its settings, leases and counters, and what its configuration did.

Same `metadata` as `tables`.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, PrimaryKeyConstraint, Table

from monitor import model
from monitor.store.schema.columns import CleanText, enum, instant, lease_token, maybe_instant, record, serial, string
from monitor.store.schema.tables import metadata

meta = Table("meta", metadata, Column("key", CleanText, primary_key=True), string("value"), instant("set_at"))
#: The leases of named tasks, of which the service has one each; see `store.leases`.
leases = Table(
    "leases", metadata, Column("name", CleanText, primary_key=True), maybe_instant("leased_until"), lease_token()
)

#: When the next request may be sent to an upstream, where several processes share its limit; see `store.turns`.
turns = Table("turns", metadata, Column("upstream", CleanText, primary_key=True), instant("next_at"))

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
