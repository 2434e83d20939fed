"""Deliveries: the outbox. One row for each digest and subscription, with its state and the server's last reply.

`next_try_at` alone decides when a delivery may be claimed: it is the time of the next attempt, or the end of the lease
of the process that is sending it, or NULL when it is finished. `delivery_counts` says how many there are, and whose.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, bindparam, exists, insert, null, select, update

from monitor.model import Delivery, DeliveryState, SendOutcome, SendResult, SubscriptionState
from monitor.store.database import bulk, leases, meta
from monitor.store.database.engine import Tx
from monitor.store.database.prepared import Prepared
from monitor.store.schema.mail_tables import IS_CHANNEL, deliveries, digests, subscribers, subscriptions

#: Makes the Message-ID of a delivery from (digest id, subscription id); the same for every attempt.
MessageId = Callable[[int, int], str]

#: The columns that a server's reply sets.
_OUTCOME: dict[str, Any] = {
    **{name: bindparam(f"to_{name}") for name in ("state", "next_try_at", "sent_at", "last_code", "last_reply")},
    "uncertain": bindparam("to_uncertain"),
    "attempts": deliveries.c.attempts - bindparam("uncounted"),
    "lease_token": null(),
}

#: After this many attempts that may have arrived a delivery is not repeated, whatever ended them.
MAX_COPIES = 3

#: Characters of a server's reply that are stored, for the operator to read.
MAX_REPLY_LENGTH = 500

#: The key in `store.meta` whose value is the instant at which sending was paused.
PAUSED = "deliveries paused"


_OF_DIGEST = deliveries.c.digest_id == bindparam("of_digest")
_THERE = Prepared(select(deliveries.c.subscription_id).where(_OF_DIGEST))
_NEW = Prepared(insert(deliveries))
#: A page of the active subscriptions to a digest.
_ACTIVE = Prepared(
    select(subscriptions.c.id)
    .join(digests, and_(digests.c.topic == subscriptions.c.topic, digests.c.frequency == subscriptions.c.frequency))
    .where(digests.c.id == bindparam("of_digest"), subscriptions.c.state == SubscriptionState.ACTIVE)
    .where(subscriptions.c.id > bindparam("after"))
    .order_by(subscriptions.c.id)
    .limit(bulk.CHUNK)
)
_WAITING = and_(_OF_DIGEST, deliveries.c.state == DeliveryState.WAITING)
_ZONES = Prepared(select(subscriptions.c.timezone).join(deliveries).where(_WAITING).distinct())
_IN_ZONE = select(subscriptions.c.id).where(subscriptions.c.timezone == bindparam("in_zone"))
_POSTPONE = Prepared(update(deliveries).where(_WAITING, deliveries.c.subscription_id.in_(_IN_ZONE)))
_IS_DUE = deliveries.c.next_try_at <= bindparam("now")
_OF_SUBSCRIBER = and_(
    subscriptions.c.id == deliveries.c.subscription_id, subscribers.c.id == subscriptions.c.subscriber_id
)
_ANY_DUE = Prepared(select(exists().where(_IS_DUE, _OF_SUBSCRIBER, subscribers.c.channel == "")))
_DUE_CHANNELS = Prepared(select(subscribers.c.channel).where(_IS_DUE, _OF_SUBSCRIBER, IS_CHANNEL).distinct())
_ANY_INTERRUPTED = Prepared(select(exists().where(deliveries.c.state == DeliveryState.SENDING, _IS_DUE)))
_RECORD = Prepared(
    update(deliveries)
    .where(deliveries.c.id == bindparam("which"), deliveries.c.state != DeliveryState.SENT)
    .values(_OUTCOME)
)
_TAKE = leases.taking_mails(deliveries, state=DeliveryState.SENDING)
_FREED = Prepared(update(deliveries).values(state=bindparam("to"), next_try_at=bindparam("until"), lease_token=None))

# --- into the outbox -----------------------------------------------------------------------------


def enqueue(tx: Tx, digest_id: int, now: datetime, message_id: MessageId) -> int:
    """Put a delivery in the outbox for every active subscription of its topic and frequency; returns how many."""
    return sum(_add(tx, digest_id, ids, now, message_id) for ids in _pages(tx, digest_id))


def _pages(tx: Tx, digest_id: int) -> Iterable[list[int]]:
    """The ids of the subscriptions to a digest, in pages, so that memory use does not depend on their number."""
    last = 0
    while ids := _ACTIVE.column(tx, of_digest=digest_id, after=last):
        yield ids
        if len(ids) < bulk.CHUNK:
            return
        last = ids[-1]


def enqueue_for(tx: Tx, digest_id: int, wanted: Iterable[int], now: datetime, message_id: MessageId) -> int:
    """Put a delivery in the outbox for each of these subscriptions that has none of this digest; returns how many."""
    return sum(_add(tx, digest_id, chunk, now, message_id) for chunk in bulk.chunked(wanted))


def _add(tx: Tx, digest_id: int, subscription_ids: list[int], now: datetime, message_id: MessageId) -> int:
    found = bulk.select_among(tx, _THERE, deliveries.c.subscription_id, subscription_ids, of_digest=digest_id)
    there = {row.subscription_id for row in found}
    waiting = {"digest_id": digest_id, "state": DeliveryState.WAITING, "next_try_at": now, "added_at": now}
    rows = [
        {**waiting, "subscription_id": number, "message_id": message_id(digest_id, number)}
        for number in subscription_ids
        if number not in there
    ]
    _NEW.run_all(tx, rows)
    return len(rows)


def postpone(tx: Tx, digest_id: int, until: Callable[[str], datetime], now: datetime) -> int:
    """Postpone each waiting delivery of a digest to `until(the subscriber's time zone)`; returns how many wait."""
    postponed = 0
    for zone in _ZONES.column(tx, of_digest=digest_id):
        if (at := until(zone)) > now:
            waiting = {"of_digest": digest_id, "in_zone": zone, "next_try_at": at}
            postponed += _POSTPONE.run(tx, **waiting)
    return postponed


# --- out of the outbox ---------------------------------------------------------------------------


def claim(tx: Tx, now: datetime, limit: int, length: timedelta = leases.LENGTH, *, channel: str = "") -> list[Delivery]:
    """Lease up to `limit` due deliveries until `now + length`; no other process gets them in that time.

    They are mails, or those of one `channel`.

    Those least often tried come first, so that a sender that keeps dying gets through the list. A delivery whose
    subscription is no longer active is cancelled instead, and one that was begun MAX_COPIES times without a known
    outcome is finished as UNCERTAIN. Nothing is claimed while sending is paused.
    """
    if paused_at(tx) is not None:
        return []
    rows = list(_DUE.rows(tx, now=now, n=limit, of_channel=channel))
    ended = {row.id for row in rows if row.subscription_state is not SubscriptionState.ACTIVE}
    repeated = {row.id for row in rows if row.uncertain >= MAX_COPIES} - ended
    _finish(tx, ended, DeliveryState.CANCELLED)
    _finish(tx, repeated, DeliveryState.UNCERTAIN)
    wanted = [row for row in rows if row.id not in ended | repeated]
    ids = [row.id for row in wanted]
    token = leases.take_mails(tx, _TAKE, deliveries.c.id, ids, now + length, last_try_at=now)
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
            row.last_reply,
            row.uncertain,
            row.attachments,
            row.language,
            row.timezone,
            lease_token=token,
        )
        for row in wanted
    ]


#: Due deliveries, locked where the database has row locks, skipping those that another transaction has locked.
_DUE = Prepared(
    select(
        deliveries.c.id,
        deliveries.c.digest_id,
        deliveries.c.subscription_id,
        deliveries.c.message_id,
        deliveries.c.attempts,
        deliveries.c.uncertain,
        deliveries.c.last_reply,
        subscribers.c.address,
        subscriptions.c.attachments,
        subscriptions.c.language,
        subscriptions.c.timezone,
        subscriptions.c.state.label("subscription_state"),
    )
    .join(subscriptions, subscriptions.c.id == deliveries.c.subscription_id)
    .join(subscribers, subscribers.c.id == subscriptions.c.subscriber_id)
    .where(deliveries.c.next_try_at.is_not(None), deliveries.c.next_try_at <= bindparam("now"))
    .where(subscribers.c.channel == bindparam("of_channel"))
    .order_by(deliveries.c.attempts, deliveries.c.next_try_at, deliveries.c.id)
    .limit(bindparam("n"))
    .with_for_update(of=deliveries, skip_locked=True)
)


def is_any_due(tx: Tx, now: datetime) -> bool:
    """May any mail be claimed?"""
    return bool(_ANY_DUE.value(tx, now=now))


def due_channels(tx: Tx, now: datetime) -> list[str]:
    """The names of the channels for which a delivery may be claimed, also of those no longer configured."""
    return sorted(_DUE_CHANNELS.column(tx, now=now))


def is_any_interrupted(tx: Tx, now: datetime) -> bool:
    """Did a sender die over deliveries whose lease has run out since?"""
    return bool(_ANY_INTERRUPTED.value(tx, now=now))


def record(tx: Tx, replies: Iterable[tuple[Delivery, SendResult, datetime | None]], now: datetime) -> set[int]:
    """Store the server's replies: (claimed delivery, reply, time of the next attempt or None for no more).

    A reply that arrives after another sender took over the lease is ignored, unless it is a success and none is stored
    yet: then the subscriber has the mail and must not get it again. Returns the ids whose reply was not ignored.
    """
    replies = list(replies)
    ours = _still_leased(tx, (delivery for delivery, _, _ in replies))
    counted = [reply for reply in replies if reply[0].id in ours or reply[1].outcome is SendOutcome.SENT]
    rows = [
        _outcome(delivery, result, next_try_at, now, is_ours=delivery.id in ours)
        for delivery, result, next_try_at in counted
    ]
    _RECORD.run_all(tx, rows)
    return {delivery.id for delivery, _, _ in counted}


def _still_leased(tx: Tx, claimed: Iterable[Delivery]) -> set[int]:
    """The ids of the claimed deliveries whose lease no other process has taken since."""
    return leases.still_leased_mails(tx, deliveries, {one.id: one.lease_token for one in claimed})


def _outcome(
    delivery: Delivery, result: SendResult, next_try_at: datetime | None, now: datetime, *, is_ours: bool
) -> dict[str, Any]:
    """The parameters of _OUTCOME. A reply that came after another sender had begun leaves one copy in doubt."""
    is_sent = result.outcome is SendOutcome.SENT
    state = DeliveryState(result.outcome.value) if result.is_attempt else DeliveryState.WAITING
    return {
        "which": delivery.id,
        "to_state": state,
        "to_next_try_at": None if is_sent or result.outcome is SendOutcome.FAILED else next_try_at,
        "to_sent_at": now if is_sent else None,
        "to_last_code": result.code,
        "to_last_reply": result.text[:MAX_REPLY_LENGTH],
        "to_uncertain": delivery.uncertain + int(result.outcome is SendOutcome.UNCERTAIN or not is_ours),
        "uncounted": int(not result.is_attempt),
    }


def release(tx: Tx, untried: Iterable[Delivery], until: datetime) -> None:
    """Release claimed deliveries that were not begun: they wait until `until`.

    Those whose lease another sender has taken are left alone.
    """
    bulk.update_among(tx, _FREED, deliveries.c.id, _still_leased(tx, untried), to=DeliveryState.WAITING, until=until)


def try_again(tx: Tx, ids: Iterable[int], next_try_at: datetime) -> dict[int, int]:
    """Let those of these deliveries that failed wait until `next_try_at`; returns their subscriptions by id."""
    failed = select(deliveries.c.id, deliveries.c.subscription_id).where(deliveries.c.state == DeliveryState.FAILED)
    found = {row.id: row.subscription_id for row in bulk.select_among(tx, failed, deliveries.c.id, ids)}
    waiting = update(deliveries).values(state=DeliveryState.DEFERRED, next_try_at=next_try_at)
    bulk.update_among(tx, waiting, deliveries.c.id, found)
    return found


# --- cancelling, pausing -----------------------------------------------------------------


def cancel_digest(tx: Tx, digest_id: int) -> int:
    """Cancel the unfinished deliveries of a digest that are not being sent; returns how many."""
    waiting = and_(deliveries.c.digest_id == digest_id, deliveries.c.state != DeliveryState.SENDING)
    ids = tx.scalars(select(deliveries.c.id).where(waiting, deliveries.c.next_try_at.is_not(None)))
    return _finish(tx, ids.all(), DeliveryState.CANCELLED)


def cancel(tx: Tx, unwanted: Iterable[Delivery]) -> int:
    """Cancel claimed deliveries that are no longer wanted (see `store.SendGate`) if still leased; returns how many."""
    return _finish(tx, _still_leased(tx, unwanted), DeliveryState.CANCELLED)


def _finish(tx: Tx, ids: Iterable[int], state: DeliveryState) -> int:
    return bulk.update_among(tx, _FREED, deliveries.c.id, ids, to=state, until=None)


def pause(tx: Tx, now: datetime) -> None:
    """Stop sending until `resume`; due deliveries wait."""
    meta.put(tx, PAUSED, now.isoformat(), now)


def resume(tx: Tx) -> None:
    """Continue sending after `pause`."""
    meta.remove(tx, PAUSED)


def paused_at(tx: Tx) -> datetime | None:
    """The instant at which sending was paused, None when it is not."""
    at = meta.get(tx, PAUSED)
    return datetime.fromisoformat(at) if at else None
