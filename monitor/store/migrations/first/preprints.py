"""Tables of preprints."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op


def create() -> None:
    op.create_table(
        "preprints",
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("pmid", sa.Text(), nullable=False),
        sa.Column("article_pmid", sa.Text(), nullable=False),
        sa.Column("is_trial", sa.Boolean(), nullable=False),
        sa.Column("judged_by", sa.Text(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True)),
        sa.Column("asked_at", sa.DateTime(timezone=True)),
        sa.Column("record", sa.Text(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("topic", "id", name="pk_preprints"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_preprints_pmid", "preprints", ["topic", "pmid"])
    op.create_index("ix_preprints_article", "preprints", ["topic", "article_pmid"])
    op.create_table(
        "preprint_states",
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("topic", "id", "seen_at", name="pk_preprint_states"),
        sqlite_with_rowid=False,
    )
