"""Tables of searches, polls and articles."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def create() -> None:
    _meta()
    _leases()
    _turns()
    _counters()
    _topics()
    _polls()
    _searches()
    _search_edits()
    _matches()
    _unread()
    _articles()
    _revisions()
    _citations()
    _citing_works()
    _seed_context()
    _summaries()


def _meta() -> None:
    op.create_table(
        "meta",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_meta"),
    )


def _leases() -> None:
    op.create_table(
        "leases",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True)),
        sa.Column("lease_token", sa.Text()),
        sa.PrimaryKeyConstraint("name", name="pk_leases"),
    )


def _turns() -> None:
    op.create_table(
        "turns",
        sa.Column("upstream", sa.Text(), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("upstream", name="pk_turns"),
    )


def _counters() -> None:
    op.create_table(
        "counters",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("labels", sa.Text(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", "labels", name="pk_counters"),
        sqlite_with_rowid=False,
    )


def _topics() -> None:
    op.create_table(
        "topics",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("configured_seed", sa.Text(), nullable=False),
        sa.Column("seed_pmid", sa.Text(), nullable=False),
        sa.Column("seed_resolved_at", sa.DateTime(timezone=True)),
        sa.Column("judged_by", sa.Text(), nullable=False),
        sa.Column("configured_version", sa.Text(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_topics"),
    )
    is_differing = sa.text("judged_by <> configured_version")
    op.create_index(
        "ix_topics_to_reassess", "topics", ["key"], sqlite_where=is_differing, postgresql_where=is_differing
    )


def _polls() -> None:
    op.create_table(
        "polls",
        sa.Column("id", BIG_ID, autoincrement=True),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("search", sa.Text(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("is_baseline", sa.Boolean(), nullable=False),
        sa.Column("query_sent", sa.Text(), nullable=False),
        sa.Column("translation", sa.Text(), nullable=False),
        sa.Column("count", sa.Integer()),
        sa.Column("new", sa.Integer(), nullable=False),
        sa.Column("revised", sa.Integer(), nullable=False),
        sa.Column("gone", sa.Integer(), nullable=False),
        sa.Column("requests", sa.Integer(), nullable=False),
        sa.Column("warnings", sa.Text(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("unread", sa.Integer(), nullable=False),
        sa.Column("doubt", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_polls"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_polls_topic_search_finished_at", "polls", ["topic", "search", "finished_at"])


def _searches() -> None:
    op.create_table(
        "searches",
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("every_s", sa.Integer(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True)),
        sa.Column("lease_token", sa.Text()),
        sa.Column("translation", sa.Text(), nullable=False),
        sa.Column("last_success_at", sa.DateTime(timezone=True)),
        sa.Column("last_full_check_at", sa.DateTime(timezone=True)),
        sa.Column("failures_in_row", sa.Integer(), nullable=False),
        sa.Column("first_failure_at", sa.DateTime(timezone=True)),
        sa.Column("last_error", sa.Text(), nullable=False),
        sa.Column("has_baseline", sa.Boolean(), nullable=False),
        sa.Column("warnings_seen", sa.Text(), nullable=False),
        sa.Column("doubt", sa.Text(), nullable=False),
        sa.Column("doubt_since", sa.DateTime(timezone=True)),
        sa.Column("polls_ended", sa.Integer(), nullable=False),
        sa.Column("polls_noticed", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("topic", "name", name="pk_searches"),
    )
    op.create_index(
        "ix_searches_due",
        "searches",
        ["due_at"],
        sqlite_where=sa.text("is_active = 1"),
        postgresql_where=sa.text("is_active"),
    )
    is_unnoticed = sa.text("polls_ended <> polls_noticed OR failures_in_row > 0")
    op.create_index(
        "ix_searches_unnoticed",
        "searches",
        ["topic", "name"],
        sqlite_where=is_unnoticed,
        postgresql_where=is_unnoticed,
    )


def _search_edits() -> None:
    op.create_table(
        "search_edits",
        sa.Column("id", BIG_ID, autoincrement=True),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("search", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("strategy", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_search_edits"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_search_edits_topic_search_id", "search_edits", ["topic", "search", "id"])


def _matches() -> None:
    op.create_table(
        "matches",
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("search", sa.Text(), nullable=False),
        sa.Column("pmid", sa.Text(), nullable=False),
        sa.Column("first_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("first_poll_id", BIG_ID),
        sa.Column("missing_since", sa.DateTime(timezone=True)),
        sa.Column("gone_at", sa.DateTime(timezone=True)),
        sa.ForeignKeyConstraint(["first_poll_id"], ["polls.id"], name="fk_matches_first_poll_id"),
        sa.PrimaryKeyConstraint("topic", "search", "pmid", name="pk_matches"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_matches_pmid_topic", "matches", ["pmid", "topic"])
    op.create_index(
        "ix_matches_suspected",
        "matches",
        ["topic", "search"],
        sqlite_where=sa.text("missing_since IS NOT NULL AND gone_at IS NULL"),
        postgresql_where=sa.text("missing_since IS NOT NULL AND gone_at IS NULL"),
    )


def _unread() -> None:
    op.create_table(
        "unread",
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("pmid", sa.Text(), nullable=False),
        sa.Column("search", sa.Text(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("is_held", sa.Boolean(), nullable=False),
        sa.Column("is_news", sa.Boolean(), nullable=False),
        sa.Column("missing_since", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("topic", "pmid", name="pk_unread"),
        sqlite_with_rowid=False,
    )


def _articles() -> None:
    op.create_table(
        "articles",
        sa.Column("pmid", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("doi", sa.Text(), nullable=False),
        sa.Column("journal", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("first_public_on", sa.Date()),
        sa.Column("revised_on", sa.Date()),
        sa.Column("first_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("first_poll_id", BIG_ID),
        sa.Column("record", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["first_poll_id"], ["polls.id"], name="fk_articles_first_poll_id"),
        sa.PrimaryKeyConstraint("pmid", name="pk_articles"),
    )
    op.create_index(
        "ix_articles_doi", "articles", ["doi"], sqlite_where=sa.text("doi <> ''"), postgresql_where=sa.text("doi <> ''")
    )


def _revisions() -> None:
    op.create_table(
        "revisions",
        sa.Column("id", BIG_ID, autoincrement=True),
        sa.Column("pmid", sa.Text(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("old", sa.Text(), nullable=False),
        sa.Column("new", sa.Text(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("poll_id", BIG_ID),
        sa.ForeignKeyConstraint(["poll_id"], ["polls.id"], name="fk_revisions_poll_id"),
        sa.PrimaryKeyConstraint("id", name="pk_revisions"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_revisions_pmid", "revisions", ["pmid"])


def _citations() -> None:
    op.create_table(
        "citations",
        sa.Column("cited", sa.Text(), nullable=False),
        sa.Column("citing", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("first_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("first_poll_id", BIG_ID),
        sa.Column("is_clinical", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["first_poll_id"], ["polls.id"], name="fk_citations_first_poll_id"),
        sa.PrimaryKeyConstraint("cited", "citing", "source", name="pk_citations"),
        sqlite_with_rowid=False,
    )


def _citing_works() -> None:
    op.create_table(
        "citing_works",
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("cited", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("pmid", sa.Text(), nullable=False),
        sa.Column("is_news", sa.Boolean(), nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("topic", "cited", "key", name="pk_citing_works"),
        sqlite_with_rowid=False,
    )


def _seed_context() -> None:
    op.create_table(
        "seed_context",
        sa.Column("seed", sa.Text(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("failures_in_row", sa.Integer(), nullable=False),
        sa.Column("last_error", sa.Text(), nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("seed", name="pk_seed_context"),
    )


def _summaries() -> None:
    op.create_table(
        "summaries",
        sa.Column("pmid", sa.Text(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("pmid", name="pk_summaries"),
    )
