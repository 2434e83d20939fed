"""Bounces: notifications of failed delivery (RFC 3464), received after a server had accepted the message."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import delete, exists, func, select

from monitor.model import Bounce, BounceKind
from monitor.store.database import bulk
from monitor.store.database.engine import Tx
from monitor.store.schema.mail_tables import bounces, deliveries

_COLUMNS = [column for column in bounces.c if column.name != "id"]


def add(tx: Tx, bounce: Bounce) -> bool:
    """Store a bounce; False when its `key` is stored already (the same notification read twice)."""
    return bulk.insert_one(tx, bounces, asdict(bounce), keys=["key"])


def remove(tx: Tx, key: str) -> bool:
    """Remove the bounce with this key, which was none; False when there is none."""
    return bool(tx.execute(delete(bounces).where(bounces.c.key == key)).rowcount)


def is_recorded(tx: Tx, key: str) -> bool:
    """Whether the bounce with this key is stored."""
    return bool(tx.scalar(select(exists().where(bounces.c.key == key))))


def hard_since(tx: Tx, subscription_id: int, at: datetime | None = None) -> int:
    """The number of hard bounces of a subscription (after `at`)."""
    hard = select(func.count()).where(bounces.c.subscription_id == subscription_id, bounces.c.kind == BounceKind.HARD)
    if at is not None:
        hard = hard.where(bounces.c.received_at > at)
    return tx.scalar(hard) or 0


def is_of_before(tx: Tx, delivery_id: int, at: datetime) -> bool:
    """Whether this delivery was put in the outbox before `at`."""
    return bool(tx.scalar(select(exists().where(deliveries.c.id == delivery_id, deliveries.c.added_at < at))))


def of(tx: Tx, subscription_ids: Iterable[int]) -> list[Bounce]:
    """The bounces of these subscriptions, oldest first for each."""
    notices = select(*_COLUMNS).order_by(bounces.c.received_at, bounces.c.id)
    return [
        Bounce(**row._mapping) for row in bulk.select_among(tx, notices, bounces.c.subscription_id, subscription_ids)
    ]


def delivery_of(tx: Tx, message_id: str) -> tuple[int, int] | None:
    """The (delivery id, subscription id) of the delivery with this Message-ID, None when there is none."""
    ours = select(deliveries.c.id, deliveries.c.subscription_id).where(deliveries.c.message_id == message_id)
    row = tx.execute(ours).first()
    return (row.id, row.subscription_id) if row else None
