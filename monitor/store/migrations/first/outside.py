"""Tables of what sources other than PubMed told."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op


def create() -> None:
    _source_states()
    _notices()


def _notices() -> None:
    op.create_table(
        "notices",
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("pmid", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("nature", sa.Text(), nullable=False),
        sa.Column("on", sa.Date()),
        sa.Column("first_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("topic", "pmid", "source", "key", name="pk_notices"),
        sqlite_with_rowid=False,
    )


def _source_states() -> None:
    op.create_table(
        "source_states",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("asked", sa.Text(), nullable=False),
        sa.Column("every_s", sa.Integer(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True)),
        sa.Column("lease_token", sa.Text()),
        sa.Column("has_baseline", sa.Boolean(), nullable=False),
        sa.Column("watermark", sa.Text(), nullable=False),
        sa.Column("last_success_at", sa.DateTime(timezone=True)),
        sa.Column("failures_in_row", sa.Integer(), nullable=False),
        sa.Column("first_failure_at", sa.DateTime(timezone=True)),
        sa.Column("last_error", sa.Text(), nullable=False),
        sa.Column("doubt", sa.Text(), nullable=False),
        sa.Column("doubt_since", sa.DateTime(timezone=True)),
        sa.Column("requests", sa.Integer(), nullable=False),
        sa.Column("remark", sa.Text(), nullable=False),
        sa.Column("outage_from", sa.DateTime(timezone=True)),
        sa.Column("outage_until", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("source", "topic", name="pk_source_states"),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_source_states_due",
        "source_states",
        ["due_at"],
        sqlite_where=sa.text("is_active = 1"),
        postgresql_where=sa.text("is_active"),
    )
    is_troubled = sa.text("failures_in_row > 0 OR doubt <> ''")
    op.create_index(
        "ix_source_states_troubled", "source_states", ["topic"], sqlite_where=is_troubled, postgresql_where=is_troubled
    )
