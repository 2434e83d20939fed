"""Tables of verdicts, screenings, answers and changes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def create() -> None:
    _verdicts()
    _screenings()
    _trial_links()
    _answers()
    _changes()
    _forbid_changing_answers()


def _verdicts() -> None:
    op.create_table(
        "verdicts",
        sa.Column("id", BIG_ID, autoincrement=True),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("pmid", sa.Text(), nullable=False),
        sa.Column("design", sa.Text(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column("rules_version", sa.Text(), nullable=False),
        sa.Column("is_match", sa.Boolean(), nullable=False),
        sa.Column("has_bearing", sa.Boolean(), nullable=False),
        sa.Column("is_current", sa.Boolean(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_verdicts"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_verdicts_bearing",
        "verdicts",
        ["topic"],
        sqlite_where=sa.text("is_current = 1 AND has_bearing = 1"),
        postgresql_where=sa.text("is_current AND has_bearing"),
    )
    op.create_index("ix_verdicts_pmid_topic", "verdicts", ["pmid", "topic"])
    op.create_index(
        "uq_verdicts_current",
        "verdicts",
        ["topic", "pmid"],
        unique=True,
        sqlite_where=sa.text("is_current = 1"),
        postgresql_where=sa.text("is_current"),
    )


def _screenings() -> None:
    op.create_table(
        "screenings",
        sa.Column("id", BIG_ID, autoincrement=True),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("pmid", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_current", sa.Boolean(), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True)),
        sa.Column("withdrawn_by", sa.Text(), nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_screenings"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_screenings_topic_pmid", "screenings", ["topic", "pmid"])
    op.create_index(
        "uq_screenings_current",
        "screenings",
        ["topic", "pmid"],
        unique=True,
        sqlite_where=sa.text("is_current = 1"),
        postgresql_where=sa.text("is_current"),
    )


def _trial_links() -> None:
    op.create_table(
        "trial_links",
        sa.Column("id", BIG_ID, autoincrement=True),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("pmid", sa.Text(), nullable=False),
        sa.Column("other_pmid", sa.Text(), nullable=False),
        sa.Column("joined", sa.Boolean(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("because", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_current", sa.Boolean(), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True)),
        sa.Column("withdrawn_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_trial_links"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "uq_trial_links_current",
        "trial_links",
        ["topic", "pmid", "other_pmid"],
        unique=True,
        sqlite_where=sa.text("is_current = 1"),
        postgresql_where=sa.text("is_current"),
    )


def _answers() -> None:
    op.create_table(
        "answers",
        sa.Column("id", BIG_ID, autoincrement=True),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("previous", sa.Text()),
        sa.Column("is_baseline", sa.Boolean(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("poll_id", BIG_ID),
        sa.Column("record", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["poll_id"], ["polls.id"], name="fk_answers_poll_id"),
        sa.PrimaryKeyConstraint("id", name="pk_answers"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_answers_topic_id", "answers", ["topic", "id"])


def _changes() -> None:
    op.create_table(
        "changes",
        sa.Column("id", BIG_ID, autoincrement=True),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("pmid", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("answer_id", BIG_ID),
        sa.Column("poll_id", BIG_ID),
        sa.Column("record", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["answer_id"], ["answers.id"], name="fk_changes_answer_id"),
        sa.ForeignKeyConstraint(["poll_id"], ["polls.id"], name="fk_changes_poll_id"),
        sa.PrimaryKeyConstraint("id", name="pk_changes"),
        sa.UniqueConstraint("key", name="uq_changes_key"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_changes_topic_at", "changes", ["topic", "at"])
    op.create_index("ix_changes_topic_pmid", "changes", ["topic", "pmid"])


def _forbid_changing_answers() -> None:
    """Triggers that keep `answers` append-only: no row is updated, replaced or deleted."""
    for statement in _POSTGRESQL if op.get_bind().dialect.name == "postgresql" else _SQLITE:
        op.execute(statement)


_SQLITE = (
    """
    CREATE TRIGGER answers_not_changed BEFORE UPDATE ON answers
    BEGIN SELECT RAISE(ABORT, 'answers are append-only'); END
    """,
    """
    CREATE TRIGGER answers_not_deleted BEFORE DELETE ON answers
    BEGIN SELECT RAISE(ABORT, 'answers are append-only'); END
    """,
    """
    CREATE TRIGGER answers_not_replaced BEFORE INSERT ON answers
    WHEN EXISTS (SELECT 1 FROM answers WHERE id = NEW.id)
    BEGIN SELECT RAISE(ABORT, 'answers are append-only'); END
    """,
)

_POSTGRESQL = (
    """
    CREATE FUNCTION answers_are_append_only() RETURNS trigger LANGUAGE plpgsql
    AS $$ BEGIN RAISE EXCEPTION 'answers are append-only'; END $$
    """,
    """
    CREATE TRIGGER answers_not_changed BEFORE UPDATE OR DELETE ON answers
    FOR EACH ROW EXECUTE FUNCTION answers_are_append_only()
    """,
    """
    CREATE TRIGGER answers_not_emptied BEFORE TRUNCATE ON answers
    FOR EACH STATEMENT EXECUTE FUNCTION answers_are_append_only()
    """,
)
