"""How many deliveries there are in each state, and who has which digest."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import and_, bindparam, exists, func, or_, select

from monitor.model import DeliveryState
from monitor.store.database import bulk
from monitor.store.database.engine import Tx
from monitor.store.schema.mail_tables import IS_CHANNEL, deliveries, digests, subscribers, subscriptions

_BY_STATE = select(deliveries.c.state, func.count()).group_by(deliveries.c.state)
_ON_ITS_WAY = select(deliveries.c.subscription_id, deliveries.c.message_id).where(
    deliveries.c.digest_id == bindparam("of_digest"),
    or_(deliveries.c.state.in_([DeliveryState.SENT, DeliveryState.SENDING]), deliveries.c.uncertain > 0),
)


def channel_counts(tx: Tx) -> dict[str, dict[DeliveryState, int]]:
    """The number of deliveries by state, of each channel that has any."""
    ids = select(subscriptions.c.id, subscribers.c.channel)
    ours = ids.where(IS_CHANNEL, subscribers.c.id == subscriptions.c.subscriber_id)
    names = {row.id: row.channel for row in tx.execute(ours)}
    states = select(deliveries.c.subscription_id, deliveries.c.state, func.count().label("number"))
    grouped = states.group_by(deliveries.c.subscription_id, deliveries.c.state)
    found: dict[str, dict[DeliveryState, int]] = {}
    for row in bulk.select_among(tx, grouped, deliveries.c.subscription_id, names):
        of_channel = found.setdefault(names[row.subscription_id], {})
        of_channel[row.state] = of_channel.get(row.state, 0) + row.number
    return found


def owner(tx: Tx, delivery_id: int) -> int | None:
    """The id of the subscription of a delivery, None when there is no such delivery."""
    return tx.scalar(select(deliveries.c.subscription_id).where(deliveries.c.id == delivery_id))


def sent_message_ids(tx: Tx, digest_id: int, subscription_ids: Iterable[int]) -> dict[int, str]:
    """The Message-ID of a digest by subscription, where it was sent, is being sent, or may have been (uncertain)."""
    found = bulk.select_among(tx, _ON_ITS_WAY, deliveries.c.subscription_id, subscription_ids, of_digest=digest_id)
    return {row.subscription_id: row.message_id for row in found}


def received_by_anyone(tx: Tx, digest_ids: Iterable[int]) -> set[int]:
    """Which of these digests the mail server has accepted for at least one subscriber."""
    is_sent = and_(deliveries.c.digest_id == digests.c.id, deliveries.c.state == DeliveryState.SENT)
    accepted = select(digests.c.id).where(exists().where(is_sent))
    return {row.id for row in bulk.select_among(tx, accepted, digests.c.id, digest_ids)}


def open_counts(tx: Tx) -> dict[DeliveryState, int]:
    """The number of deliveries that are still to be sent or being sent, by state, without states that have none."""
    is_open = deliveries.c.next_try_at.is_not(None)
    return {row[0]: row[1] for row in tx.execute(_BY_STATE.where(is_open))}


def counts(tx: Tx, digest_id: int | None = None) -> dict[DeliveryState, int]:
    """The number of deliveries (of one digest) by state, without states that have none."""
    rows = _BY_STATE
    if digest_id is not None:
        rows = rows.where(deliveries.c.digest_id == digest_id)
    return {row[0]: row[1] for row in tx.execute(rows)}
