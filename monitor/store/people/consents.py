"""Consents: the append-only record of what a person was shown and agreed to."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import insert, select

from monitor.model import Consent
from monitor.store.database import bulk
from monitor.store.database.engine import Tx
from monitor.store.schema.mail_tables import consents

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
