"""Everything stored about one person: export (GDPR article 15) and erasure (GDPR article 17)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import Column, delete, select, update

from monitor.model import DeliveryState, SubscriptionState
from monitor.model.values.email_address import key
from monitor.store.database import bulk
from monitor.store.database.engine import Tx
from monitor.store.people import suppressions
from monitor.store.schema.mail_tables import (
    bounces,
    consents,
    deliveries,
    digests,
    subscribers,
    subscriptions,
    transactional_mails,
)


def export(tx: Tx, address: str) -> dict[str, list[dict[str, Any]]]:
    """Every row about the person with this address, by table; every list is empty when there is no such person."""
    ids = _subscription_ids(tx, address)
    sent = (
        select(deliveries, digests.c.topic, digests.c.subject)
        .join(digests, digests.c.id == deliveries.c.digest_id)
        .order_by(deliveries.c.id)
    )
    return {
        "subscribers": _plain(tx.execute(select(subscribers).where(subscribers.c.address_key == key(address)))),
        "subscriptions": _plain(bulk.select_among(tx, select(subscriptions), subscriptions.c.id, ids)),
        "consents": _plain(bulk.select_among(tx, select(consents), consents.c.subscription_id, ids)),
        "deliveries": _plain(bulk.select_among(tx, sent, deliveries.c.subscription_id, ids)),
        "bounces": _plain(bulk.select_among(tx, select(bounces), bounces.c.subscription_id, ids)),
        "transactional_mails": _plain(
            bulk.select_among(tx, select(transactional_mails), transactional_mails.c.subscription_id, ids)
        ),
    }


def erase(tx: Tx, address: str, address_hash: str, now: datetime, mailbox_hashes: Collection[str] = ()) -> bool:
    """Erase everything that identifies the person, leaving only `address_hash` on the suppression list.

    `mailbox_hashes` are the hashes by which mails to the address are counted; those counts are deleted even when
    nobody subscribed with it. The deliveries remain as numbered rows without address, server replies, consent or
    preferences, which identify nobody. Returns False when there is no such person.
    """
    nobodys = transactional_mails.c.subscription_id.is_(
        None
    )  # a limit's hash may be another's too, whose letter must go out
    tx.execute(delete(transactional_mails).where(transactional_mails.c.address_hash.in_(mailbox_hashes), nobodys))
    ids = _subscription_ids(tx, address)
    person = subscribers.c.address_key == key(address)
    erased = {"address": "", "address_key": None, "erased_at": now}
    if tx.execute(update(subscribers).where(person).values(erased)).rowcount == 0:
        return False
    _blank_subscriptions(tx, ids, now)
    _cancel_and_blank_deliveries(tx, ids)
    suppressions.add(tx, address_hash, suppressions.ERASED, now)
    return True


def _blank_subscriptions(tx: Tx, ids: list[int], now: datetime) -> None:
    plain = {"timezone": "", "language": "", "attachments": (), "next_frequency": None, "reason": "erased"}
    ended = {"state": SubscriptionState.UNSUBSCRIBED, "state_since": now}
    bulk.update_among(tx, update(subscriptions).values(plain | ended), subscriptions.c.id, ids)
    for table in (consents, bounces, transactional_mails):
        for chunk in bulk.chunked(ids):
            tx.execute(delete(table).where(table.c.subscription_id.in_(chunk)))


def _cancel_and_blank_deliveries(tx: Tx, ids: list[int]) -> None:
    of_person = deliveries.c.subscription_id
    bulk.update_among(tx, update(deliveries).values(last_reply=""), of_person, ids)
    waiting = update(deliveries).where(deliveries.c.next_try_at.is_not(None))
    bulk.update_among(tx, waiting.values(state=DeliveryState.CANCELLED, next_try_at=None), of_person, ids)


def _subscription_ids(tx: Tx, address: str) -> list[int]:
    owner: Column[Any] = subscriptions.c.subscriber_id
    person = select(subscribers.c.id).where(subscribers.c.address_key == key(address))
    return list(tx.scalars(select(subscriptions.c.id).where(owner.in_(person))))


def _plain(rows: Any) -> list[dict[str, Any]]:
    return [dict(row._mapping) for row in rows]
