"""Consents: the append-only record of what a person was shown and agreed to."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import func, insert, select

from monitor.model import Consent, ConsentEvent
from monitor.model.values.email_address import key
from monitor.store.database import bulk
from monitor.store.database.engine import Tx
from monitor.store.schema.mail_tables import consents, subscribers, subscriptions

_COLUMNS = [column for column in consents.c if column.name != "id"]


def add(tx: Tx, consent: Consent) -> None:
    """Append one entry to the record."""
    add_all(tx, [consent])


def add_all(tx: Tx, entries: Iterable[Consent]) -> None:
    """Append entries to the record."""
    for chunk in bulk.chunked({column.name: getattr(entry, column.name) for column in _COLUMNS} for entry in entries):
        tx.execute(insert(consents), chunk)


def of(tx: Tx, subscription_ids: Iterable[int]) -> list[Consent]:
    """The record of these subscriptions, oldest entry first for each."""
    entries = select(*_COLUMNS).order_by(consents.c.id)
    return [
        Consent(**row._mapping) for row in bulk.select_among(tx, entries, consents.c.subscription_id, subscription_ids)
    ]


def last_act_at(tx: Tx, address: str) -> datetime | None:
    """When the person with this address last confirmed or changed a subscription; None for never."""
    own = (
        select(func.max(consents.c.at))
        .join(subscriptions, subscriptions.c.id == consents.c.subscription_id)
        .join(subscribers, subscribers.c.id == subscriptions.c.subscriber_id)
        .where(subscribers.c.address_key == key(address))
        .where(consents.c.event.in_((ConsentEvent.CONFIRMED, ConsentEvent.CHANGED)))
    )
    at: datetime | None = tx.scalar(own)
    return at
