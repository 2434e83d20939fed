"""Tables of subscribers, digests and mail."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def create() -> None:
    _subscribers()
    _subscriptions()
    _consents()
    _suppressions()
    _digest_schedules()
    _digests()
    _digest_changes()
    _deliveries()
    _bounces()
    _transactional_mails()


def _subscribers() -> None:
    op.create_table(
        "subscribers",
        sa.Column("id", BIG_ID, autoincrement=True),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("address_key", sa.Text()),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("erased_at", sa.DateTime(timezone=True)),
        sa.Column("links_ended_at", sa.DateTime(timezone=True)),
        sa.Column("channel", sa.Text(), nullable=False, server_default=""),
        sa.PrimaryKeyConstraint("id", name="pk_subscribers"),
        sa.UniqueConstraint("address_key", name="uq_subscribers_address_key"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_subscribers_channels",
        "subscribers",
        ["channel"],
        sqlite_where=sa.text("channel <> ''"),
        postgresql_where=sa.text("channel <> ''"),
    )


def _subscriptions() -> None:
    op.create_table(
        "subscriptions",
        sa.Column("id", BIG_ID, autoincrement=True),
        sa.Column("subscriber_id", BIG_ID, nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("frequency", sa.Text(), nullable=False),
        sa.Column("next_frequency", sa.Text()),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("state_since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("timezone", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("attachments", sa.Text(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True)),
        sa.Column("welcomed_at", sa.DateTime(timezone=True)),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True)),
        sa.ForeignKeyConstraint(["subscriber_id"], ["subscribers.id"], name="fk_subscriptions_subscriber_id"),
        sa.PrimaryKeyConstraint("id", name="pk_subscriptions"),
        sa.UniqueConstraint("subscriber_id", "topic", name="uq_subscriptions_subscriber_id_topic"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_subscriptions_switching",
        "subscriptions",
        ["topic"],
        sqlite_where=sa.text("next_frequency IS NOT NULL"),
        postgresql_where=sa.text("next_frequency IS NOT NULL"),
    )
    op.create_index("ix_subscriptions_topic_state_frequency_id", "subscriptions", ["topic", "state", "frequency", "id"])
    op.create_index(
        "ix_subscriptions_unwelcomed",
        "subscriptions",
        ["topic", "state", "id"],
        sqlite_where=sa.text("welcomed_at IS NULL"),
        postgresql_where=sa.text("welcomed_at IS NULL"),
    )


def _consents() -> None:
    op.create_table(
        "consents",
        sa.Column("id", BIG_ID, autoincrement=True),
        sa.Column("subscription_id", BIG_ID, nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("text_version", sa.Text(), nullable=False),
        sa.Column("ip", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["subscription_id"], ["subscriptions.id"], name="fk_consents_subscription_id"),
        sa.PrimaryKeyConstraint("id", name="pk_consents"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_consents_subscription_id", "consents", ["subscription_id"])


def _suppressions() -> None:
    op.create_table(
        "suppressions",
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("hash", name="pk_suppressions"),
    )


def _digest_schedules() -> None:
    op.create_table(
        "digest_schedules",
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("frequency", sa.Text(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True)),
        sa.Column("lease_token", sa.Text()),
        sa.Column("last_composed_at", sa.DateTime(timezone=True)),
        sa.Column("last_sent_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("topic", "frequency", name="pk_digest_schedules"),
    )
    op.create_index("ix_digest_schedules_frequency_due_at", "digest_schedules", ["frequency", "due_at"])


def _digests() -> None:
    op.create_table(
        "digests",
        sa.Column("id", BIG_ID, autoincrement=True),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("frequency", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True)),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("composed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer_changed", sa.Boolean(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("html", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_digests"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_digests_topic_id", "digests", ["topic", "id"])


def _digest_changes() -> None:
    op.create_table(
        "digest_changes",
        sa.Column("change_id", BIG_ID, nullable=False),
        sa.Column("frequency", sa.Text(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("digested_at", sa.DateTime(timezone=True)),
        sa.Column("digest_id", BIG_ID),
        sa.ForeignKeyConstraint(["change_id"], ["changes.id"], name="fk_digest_changes_change_id"),
        sa.ForeignKeyConstraint(["digest_id"], ["digests.id"], name="fk_digest_changes_digest_id"),
        sa.PrimaryKeyConstraint("change_id", "frequency", name="pk_digest_changes"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_digest_changes_digest_id", "digest_changes", ["digest_id"])
    op.create_index(
        "ix_digest_changes_waiting",
        "digest_changes",
        ["topic", "frequency", "kind"],
        sqlite_where=sa.text("digested_at IS NULL"),
        postgresql_where=sa.text("digested_at IS NULL"),
    )


def _deliveries() -> None:
    op.create_table(
        "deliveries",
        sa.Column("id", BIG_ID, autoincrement=True),
        sa.Column("digest_id", BIG_ID, nullable=False),
        sa.Column("subscription_id", BIG_ID, nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("uncertain", sa.Integer(), nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True)),
        sa.Column("lease_token", sa.Text()),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_try_at", sa.DateTime(timezone=True)),
        sa.Column("sent_at", sa.DateTime(timezone=True)),
        sa.Column("last_code", sa.Integer(), nullable=False),
        sa.Column("last_reply", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["digest_id"], ["digests.id"], name="fk_deliveries_digest_id"),
        sa.ForeignKeyConstraint(["subscription_id"], ["subscriptions.id"], name="fk_deliveries_subscription_id"),
        sa.PrimaryKeyConstraint("id", name="pk_deliveries"),
        sa.UniqueConstraint("digest_id", "subscription_id", name="uq_deliveries_digest_id_subscription_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_deliveries_message_id", "deliveries", ["message_id"])
    op.create_index(
        "ix_deliveries_open",
        "deliveries",
        ["attempts", "next_try_at", "id"],
        sqlite_where=sa.text("next_try_at IS NOT NULL"),
        postgresql_where=sa.text("next_try_at IS NOT NULL"),
    )
    op.create_index("ix_deliveries_subscription_id", "deliveries", ["subscription_id"])


def _bounces() -> None:
    op.create_table(
        "bounces",
        sa.Column("id", BIG_ID, autoincrement=True),
        sa.Column("subscription_id", BIG_ID, nullable=False),
        sa.Column("delivery_id", BIG_ID),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("diagnostic", sa.Text(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["delivery_id"], ["deliveries.id"], name="fk_bounces_delivery_id"),
        sa.ForeignKeyConstraint(["subscription_id"], ["subscriptions.id"], name="fk_bounces_subscription_id"),
        sa.PrimaryKeyConstraint("id", name="pk_bounces"),
        sa.UniqueConstraint("key", name="uq_bounces_key"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_bounces_subscription_id_received_at", "bounces", ["subscription_id", "received_at"])


def _transactional_mails() -> None:
    op.create_table(
        "transactional_mails",
        sa.Column("id", BIG_ID, autoincrement=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subscription_id", BIG_ID),
        sa.Column("address_hash", sa.Text(), nullable=False),
        sa.Column("network_hash", sa.Text(), nullable=False),
        sa.Column("holder_hash", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("uncertain", sa.Integer(), nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True)),
        sa.Column("lease_token", sa.Text()),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True)),
        sa.Column("last_reply", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_transactional_mails"),
        sa.ForeignKeyConstraint(
            ["subscription_id"], ["subscriptions.id"], name="fk_transactional_mails_subscription_id"
        ),
        sqlite_autoincrement=True,
    )
    _indexes_of_transactional_mails()


def _indexes_of_transactional_mails() -> None:
    op.create_index("ix_transactional_mails_added_at", "transactional_mails", ["added_at"])
    op.create_index("ix_transactional_mails_address_hash_added_at", "transactional_mails", ["address_hash", "added_at"])
    op.create_index("ix_transactional_mails_network_hash_added_at", "transactional_mails", ["network_hash", "added_at"])
    op.create_index("ix_transactional_mails_holder_hash_added_at", "transactional_mails", ["holder_hash", "added_at"])
    op.create_index("ix_transactional_mails_subscription_id", "transactional_mails", ["subscription_id"])
    op.create_index(
        "ix_transactional_mails_open",
        "transactional_mails",
        ["next_try_at"],
        sqlite_where=sa.text("next_try_at IS NOT NULL"),
        postgresql_where=sa.text("next_try_at IS NOT NULL"),
    )
