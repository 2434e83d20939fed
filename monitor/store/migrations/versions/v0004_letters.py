"""Letters: the mails that pages ask for, and how often they were asked for."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "transactional_mails",
        sa.Column("id", BIG_ID, autoincrement=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subscription_id", BIG_ID),
        sa.Column("address_hash", sa.Text(), nullable=False),
        sa.Column("network_hash", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True)),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True)),
        sa.Column("last_answer", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_transactional_mails"),
        sa.ForeignKeyConstraint(
            ["subscription_id"], ["subscriptions.id"], name="fk_transactional_mails_subscription_id"
        ),
        sqlite_autoincrement=True,
    )
    _indexes()


def _indexes() -> None:
    op.create_index("ix_transactional_mails_added_at", "transactional_mails", ["added_at"])
    op.create_index("ix_transactional_mails_address_hash_added_at", "transactional_mails", ["address_hash", "added_at"])
    op.create_index("ix_transactional_mails_network_hash_added_at", "transactional_mails", ["network_hash", "added_at"])
    op.create_index("ix_transactional_mails_subscription_id", "transactional_mails", ["subscription_id"])
    op.create_index(
        "ix_transactional_mails_open",
        "transactional_mails",
        ["next_try_at"],
        sqlite_where=sa.text("next_try_at IS NOT NULL"),
        postgresql_where=sa.text("next_try_at IS NOT NULL"),
    )
