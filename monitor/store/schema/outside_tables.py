"""The tables of what sources other than PubMed told. Same `metadata` as `tables`."""

from __future__ import annotations

from sqlalchemy import Column, Date, Index, PrimaryKeyConstraint, Table

from monitor import model
from monitor.store.schema.columns import (
    enum,
    flag,
    instant,
    lease_token,
    maybe_instant,
    number,
    partial_where,
    partial_where_flags,
    pmid,
    record,
    string,
)
from monitor.store.schema.tables import metadata

#: Sources of which the operator and readers may have to be told something.
TROUBLED = "failures_in_row > 0 OR doubt <> ''"

#: How each source stands with each topic; see `model.SourceState`.
source_states = Table(
    "source_states",
    metadata,
    enum("source", model.SourceName),
    string("topic"),
    string("asked"),  # what of the topic it is asked for; when it changes a new baseline is needed
    number("every_s"),
    flag("is_active"),
    instant("due_at"),
    maybe_instant("leased_until"),
    lease_token(),
    flag("has_baseline"),
    string("watermark"),
    maybe_instant("last_success_at"),
    number("failures_in_row"),
    maybe_instant("first_failure_at"),
    string("last_error"),
    string("doubt"),  # "" while the last answer is believed
    maybe_instant("doubt_since"),
    number("requests"),
    string("remark"),
    maybe_instant("outage_from"),
    maybe_instant("outage_until"),
    PrimaryKeyConstraint("source", "topic"),
    Index("ix_source_states_due", "due_at", **partial_where_flags("is_active")),
    Index("ix_source_states_troubled", "topic", **partial_where(TROUBLED)),
    sqlite_with_rowid=False,
)

#: Notices about the articles of a topic that sources other than PubMed have; see `model.OutsideNotice`.
notices = Table(
    "notices",
    metadata,
    string("topic"),
    pmid(),
    enum("source", model.SourceName),
    string("key"),  # identifies it at its source
    enum("nature", model.Nature),
    Column("on", Date),  # the date that is shown; all dates are in the record
    instant("first_seen_at"),
    record("record", model.OutsideNotice),
    PrimaryKeyConstraint("topic", "pmid", "source", "key"),
    sqlite_with_rowid=False,
)
