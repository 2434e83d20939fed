"""Deliveries: the outbox. One row for each digest and subscription, from waiting to what became of it.

`next_try_at` is the one thing that says who may take a row: it is when the next try is due, or when
the lease of who has it runs out, and empty when it is over.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, func, insert, null, or_, select, update

from monitor.model import Delivery, DeliveryState, SendOutcome, SendResult, SubscriptionState
from monitor.store.database import bulk, leases, meta
from monitor.store.database.engine import Tx
from monitor.store.schema.mail_tables import deliveries, digests, subscribers, subscriptions

#: Makes the Message-ID of a delivery from (digest id, subscription id); the same for every attempt.
MessageId = Callable[[int, int], str]

#: The columns a server's answer sets, with the names of their new values.
_OUTCOME: dict[str, Any] = {
    name: bindparam(f"to_{name}") for name in ("state", "next_try_at", "sent_at", "last_code", "last_answer")
} | {"uncertain": deliveries.c.uncertain + bindparam("doubt"), "lease_token": null()}

#: What is left of a server's answer; it is for a person to read.
MAX_REPLY_LENGTH = 500

#: The fact that sending is paused, and since when.
PAUSED = "deliveries paused"


# --- into the outbox -----------------------------------------------------------------------------


def enqueue(tx: Tx, digest_id: int, now: datetime, message_id: MessageId) -> int:
    """Put a delivery in the outbox for every active subscription of the digest's topic and frequency; how many."""
    digest = tx.execute(select(digests.c.topic, digests.c.frequency).where(digests.c.id == digest_id)).one()
    active = and_(
        subscriptions.c.topic == digest.topic,
        subscriptions.c.frequency == digest.frequency,
        subscriptions.c.state == SubscriptionState.ACTIVE,
    )
    return sum(_add(tx, digest_id, ids, now, message_id) for ids in _pages(tx, active))


def _pages(tx: Tx, condition: ColumnElement[bool]) -> Iterable[list[int]]:
    """The ids of subscriptions, a page at a time: memory stays the same for any number of them."""
    last = 0
    page = select(subscriptions.c.id).where(condition).order_by(subscriptions.c.id).limit(bulk.CHUNK)
    while ids := list(tx.scalars(page.where(subscriptions.c.id > last))):
        yield ids
        last = ids[-1]


def enqueue_for(tx: Tx, digest_id: int, wanted: Iterable[int], now: datetime, message_id: MessageId) -> int:
    """Put a delivery in the outbox for each of these subscriptions that has none of this digest yet; how many."""
    return sum(_add(tx, digest_id, chunk, now, message_id) for chunk in bulk.chunked(wanted))


def _add(tx: Tx, digest_id: int, subscription_ids: list[int], now: datetime, message_id: MessageId) -> int:
    ours = and_(deliveries.c.digest_id == digest_id, deliveries.c.subscription_id.in_(subscription_ids))
    there = set(tx.scalars(select(deliveries.c.subscription_id).where(ours)))
    waiting = {"digest_id": digest_id, "state": DeliveryState.WAITING, "next_try_at": now, "added_at": now}
    rows = [
        {**waiting, "subscription_id": number, "message_id": message_id(digest_id, number)}
        for number in subscription_ids
        if number not in there
    ]
    if rows:
        tx.execute(insert(deliveries), rows)
    return len(rows)


def postpone(tx: Tx, digest_id: int, until: Callable[[str], datetime], now: datetime) -> int:
    """Let each reader's copy of a digest wait until `until(their time zone)`; how many wait longer than `now`."""
    of_digest = and_(deliveries.c.digest_id == digest_id, deliveries.c.state == DeliveryState.WAITING)
    zones = select(subscriptions.c.timezone).join(deliveries).where(of_digest).distinct()
    postponed = 0
    for zone in tx.scalars(zones).all():
        if (at := until(zone)) > now:
            there = select(subscriptions.c.id).where(subscriptions.c.timezone == zone)
            waiting = update(deliveries).where(of_digest, deliveries.c.subscription_id.in_(there))
            postponed += tx.execute(waiting.values(next_try_at=at)).rowcount
    return postponed


# --- out of the outbox ---------------------------------------------------------------------------


def claim(tx: Tx, now: datetime, limit: int, length: timedelta = leases.LENGTH) -> list[Delivery]:
    """Take up to `limit` deliveries that are due, until `now + length`; nobody else gets them meanwhile.

    A delivery whose subscription is no longer active is cancelled instead. One whose sender never
    came back (a crash between the server's yes and our note of it) is taken again with the same
    Message-ID, and counted as uncertain: twice rather than never. Nothing is taken while paused.
    """
    if paused_at(tx) is not None:
        return []
    rows = tx.execute(_DUE, {"now": now, "n": limit}).all()
    wanted = [row for row in rows if row.subscription_state is SubscriptionState.ACTIVE]
    _cancel(tx, (row.id for row in rows if row.subscription_state is not SubscriptionState.ACTIVE))
    token = _take(tx, [row.id for row in wanted], now, now + length)
    return [
        Delivery(
            row.id,
            row.digest_id,
            row.subscription_id,
            row.address,
            row.message_id,
            DeliveryState.SENDING,
            row.attempts + 1,
            now + length,
            None,
            row.last_answer,
            row.uncertain + int(row.state is DeliveryState.SENDING),
            row.attachments,
            row.language,
            row.timezone,
            lease_token=token,
        )
        for row in wanted
    ]


#: Due deliveries, locked where the database has row locks; those locked by another are passed over.
_DUE = (
    select(
        deliveries.c.id,
        deliveries.c.digest_id,
        deliveries.c.subscription_id,
        deliveries.c.message_id,
        deliveries.c.state,
        deliveries.c.attempts,
        deliveries.c.uncertain,
        deliveries.c.last_answer,
        subscribers.c.address,
        subscriptions.c.attachments,
        subscriptions.c.language,
        subscriptions.c.timezone,
        subscriptions.c.state.label("subscription_state"),
    )
    .join(subscriptions, subscriptions.c.id == deliveries.c.subscription_id)
    .join(subscribers, subscribers.c.id == subscriptions.c.subscriber_id)
    .where(deliveries.c.next_try_at.is_not(None), deliveries.c.next_try_at <= bindparam("now"))
    .order_by(deliveries.c.next_try_at, deliveries.c.id)
    .limit(bindparam("n"))
    .with_for_update(of=deliveries, skip_locked=True)
)


def _take(tx: Tx, ids: list[int], now: datetime, until: datetime) -> str:
    never_came_back = deliveries.c.state == DeliveryState.SENDING
    doubtful = update(deliveries).where(never_came_back).values(uncertain=deliveries.c.uncertain + 1)
    bulk.update_among(tx, doubtful, deliveries.c.id, ids)
    return leases.take_mails(tx, deliveries, ids, until, state=DeliveryState.SENDING, last_try_at=now)


def record(tx: Tx, replies: Iterable[tuple[Delivery, SendResult, datetime | None]], now: datetime) -> set[int]:
    """Keep what the server said: (claimed delivery, its reply, when to try again or None when it is over).

    A sender that comes back late, after another one took over, changes nothing: its reply counts only when it is a
    yes and no other yes is kept, for then the reader has the mail and needs no other copy. The ids whose reply counted.
    """
    told = list(replies)
    ours = _still_leased(tx, (delivery for delivery, _, _ in told))
    counted = [reply for reply in told if reply[0].id in ours or reply[1].outcome is SendOutcome.SENT]
    rows = [_outcome(delivery.id, result, next_try_at, now) for delivery, result, next_try_at in counted]
    if rows:
        not_yet_sent = and_(deliveries.c.id == bindparam("which"), deliveries.c.state != DeliveryState.SENT)
        tx.execute(update(deliveries).where(not_yet_sent).values(_OUTCOME), rows)
    return {delivery.id for delivery, _, _ in counted}


def _still_leased(tx: Tx, claimed: Iterable[Delivery]) -> set[int]:
    """Those of the deliveries that nobody else took over since they were claimed."""
    return leases.still_leased_mails(tx, deliveries, {one.id: one.lease_token for one in claimed})


def _outcome(number: int, result: SendResult, next_try_at: datetime | None, now: datetime) -> dict[str, Any]:
    is_sent = result.outcome is SendOutcome.SENT
    return {
        "which": number,
        "to_state": DeliveryState(result.outcome.value),
        "to_next_try_at": None if is_sent or result.outcome is SendOutcome.FAILED else next_try_at,
        "to_sent_at": now if is_sent else None,
        "to_last_code": result.code,
        "to_last_answer": result.text[:MAX_REPLY_LENGTH],
        "doubt": int(result.outcome is SendOutcome.UNCERTAIN),
    }


def release(tx: Tx, untried: Iterable[Delivery], until: datetime) -> None:
    """Return claimed deliveries that were not tried: they wait until then, and no try is counted.

    Those that another sender took over meanwhile stay with it.
    """
    values = {"state": DeliveryState.WAITING, "next_try_at": until, "attempts": deliveries.c.attempts - 1}
    waiting = update(deliveries).values(**values, lease_token=None)
    bulk.update_among(tx, waiting, deliveries.c.id, _still_leased(tx, untried))


# --- the operator's hand ---------------------------------------------------------------------------


def cancel_digest(tx: Tx, digest_id: int) -> int:
    """Cancel what is not yet sent of a digest; how many deliveries that were."""
    waiting = and_(deliveries.c.digest_id == digest_id, deliveries.c.state != DeliveryState.SENDING)
    ids = tx.scalars(select(deliveries.c.id).where(waiting, deliveries.c.next_try_at.is_not(None)))
    return _cancel(tx, ids.all())


def cancel(tx: Tx, unwanted: Iterable[Delivery]) -> int:
    """Cancel claimed deliveries that are no longer wanted (see `store.SendGate`) and still ours; how many that were."""
    return _cancel(tx, _still_leased(tx, unwanted))


def _cancel(tx: Tx, ids: Iterable[int]) -> int:
    cancelled = update(deliveries).values(state=DeliveryState.CANCELLED, next_try_at=None, lease_token=None)
    return bulk.update_among(tx, cancelled, deliveries.c.id, ids)


def pause(tx: Tx, now: datetime) -> None:
    """Send nothing more until `resume`; what is due waits."""
    meta.put(tx, PAUSED, now.isoformat(), now)


def resume(tx: Tx) -> None:
    """Send again."""
    meta.remove(tx, PAUSED)


def paused_at(tx: Tx) -> datetime | None:
    """Since when nothing is sent, None when it is."""
    at = meta.get(tx, PAUSED)
    return datetime.fromisoformat(at) if at else None


def owner(tx: Tx, delivery_id: int) -> int | None:
    """The subscription a delivery is for, None when there is no such delivery."""
    return tx.scalar(select(deliveries.c.subscription_id).where(deliveries.c.id == delivery_id))


def sent_message_ids(tx: Tx, digest_id: int, subscription_ids: Iterable[int]) -> dict[int, str]:
    """The Message-ID under which each of these subscriptions has a digest: it was sent, may have been, or is going."""
    on_its_way = deliveries.c.state.in_([DeliveryState.SENT, DeliveryState.SENDING])
    there = and_(deliveries.c.digest_id == digest_id, or_(on_its_way, deliveries.c.uncertain > 0))
    rows = select(deliveries.c.subscription_id, deliveries.c.message_id).where(there)
    found = bulk.select_among(tx, rows, deliveries.c.subscription_id, subscription_ids)
    return {row.subscription_id: row.message_id for row in found}


def counts(tx: Tx, digest_id: int | None = None) -> dict[DeliveryState, int]:
    """How many deliveries (of one digest) are in each state that any is in."""
    rows = select(deliveries.c.state, func.count()).group_by(deliveries.c.state)
    if digest_id is not None:
        rows = rows.where(deliveries.c.digest_id == digest_id)
    return {row[0]: row[1] for row in tx.execute(rows)}
