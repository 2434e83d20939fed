"""Transactional mails (request to confirm, preferences link): their queue, and how many were requested."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, delete, exists, func, insert, not_, or_, select, update

from monitor.model import SendOutcome, SendResult, SubscriptionState, TransactionalKind, TransactionalMail
from monitor.store.database import bulk, leases
from monitor.store.database.engine import Tx
from monitor.store.database.prepared import Prepared
from monitor.store.mailing.deliveries import MAX_COPIES
from monitor.store.schema.mail_tables import (
    bounces,
    consents,
    deliveries,
    subscribers,
    subscriptions,
    transactional_mails,
)

#: Characters of a server's reply that are stored, for the operator to read.
MAX_REPLY_LENGTH = 500

_DUE = (
    select(transactional_mails, subscribers.c.address)
    .join(subscriptions, subscriptions.c.id == transactional_mails.c.subscription_id)
    .join(subscribers, subscribers.c.id == subscriptions.c.subscriber_id)
    .where(transactional_mails.c.next_try_at.is_not(None), transactional_mails.c.next_try_at <= bindparam("now"))
    .order_by(
        transactional_mails.c.uncertain,  # one that its sender dies of holds up no other
        transactional_mails.c.network_hash == "",  # visitors before imports: they are waiting
        transactional_mails.c.next_try_at,
        transactional_mails.c.id,
    )
    .limit(bindparam("n"))
    .with_for_update(of=transactional_mails, skip_locked=True)
)

_TAKE = leases.taking_mails(transactional_mails, attempts=transactional_mails.c.attempts + 1)
_HAS_BOUNCED = select(bounces.c.id).where(bounces.c.subscription_id == subscriptions.c.id).exists()
_ANY_DUE = Prepared(select(exists().where(transactional_mails.c.next_try_at <= bindparam("now"))))
_UNCONFIRMED = Prepared(
    select(subscriptions.c.id).where(
        or_(
            subscriptions.c.state == SubscriptionState.UNCONFIRMED,
            and_(subscriptions.c.state == SubscriptionState.UNSUBSCRIBED, _HAS_BOUNCED),
        ),
        subscriptions.c.state_since < bindparam("before"),
        subscriptions.c.confirmed_at.is_(None),
        subscriptions.c.withdrawn_at.is_(None),  # who withdrew stays known, so that no import brings them back
        not_(select(deliveries.c.id).where(deliveries.c.subscription_id == subscriptions.c.id).exists()),
    )
)

_IS_SENT_CONFIRMATION = and_(
    transactional_mails.c.kind == TransactionalKind.CONFIRM, transactional_mails.c.sent_at.is_not(None)
)
#: What is left of a request to confirm while it only counts: nothing but the hash of its address and its times.
_ONLY_COUNTED = {"subscription_id": None, "network_hash": "", "holder_hash": "", "last_reply": ""}
_IS_COUNTED = and_(_IS_SENT_CONFIRMATION, transactional_mails.c.added_at >= bindparam("counted_since"))
_IS_OVER = and_(transactional_mails.c.added_at < bindparam("before"), transactional_mails.c.next_try_at.is_(None))
_ONLY_COUNT = Prepared(update(transactional_mails).where(_IS_OVER, _IS_COUNTED).values(_ONLY_COUNTED))
_DELETE_OVER = Prepared(delete(transactional_mails).where(_IS_OVER, not_(_IS_COUNTED)))
_END_UNCONFIRMED = Prepared(
    update(subscriptions)
    .where(
        subscriptions.c.state == SubscriptionState.UNCONFIRMED,
        subscriptions.c.state_since < bindparam("before"),
    )
    .values(state=SubscriptionState.UNSUBSCRIBED, reason="asked anew, not confirmed")
)


def add(
    tx: Tx,
    kind: TransactionalKind,
    subscription_id: int | None,
    now: datetime,
    *,
    address_hash: str,
    network_hash: str,
    holder_hash: str = "",
) -> int:
    """Store a requested mail and return its id; with `subscription_id` None it is only counted, not sent."""
    row = {
        "kind": kind,
        "subscription_id": subscription_id,
        "address_hash": address_hash,
        "network_hash": network_hash,
        "holder_hash": holder_hash,
        "next_try_at": None if subscription_id is None else now,
        "added_at": now,
    }
    number: int = tx.execute(insert(transactional_mails).values(row).returning(transactional_mails.c.id)).scalar_one()
    return number


def add_all(tx: Tx, kind: TransactionalKind, wanted: Iterable[tuple[int, str]], now: datetime) -> None:
    """Queue mails that an operator requested, one for each (subscription id, address hash)."""
    for chunk in bulk.chunked(wanted):
        rows = [{"subscription_id": number, "address_hash": hashed} for number, hashed in chunk]
        tx.execute(
            insert(transactional_mails).values(
                kind=kind, network_hash="", holder_hash="", next_try_at=now, added_at=now
            ),
            rows,
        )


def count_requested(
    tx: Tx,
    since: datetime,
    *,
    address_hashes: Collection[str] | None = None,
    network_hash: str = "",
    holder_hash: str = "",
) -> int:
    """The number of mails requested after `since`: to one address, from one network or holder, or by all visitors.

    A mail that an operator requested has no network: it counts for its address only.
    """
    mails = transactional_mails.c
    conditions: list[ColumnElement[bool]] = [mails.added_at > since]
    if address_hashes is not None:
        conditions.append(mails.address_hash.in_(address_hashes))
    elif holder_hash:
        conditions.append(mails.holder_hash == holder_hash)
    else:
        conditions.append(mails.network_hash == network_hash if network_hash else mails.network_hash != "")
    return tx.scalar(select(func.count()).select_from(transactional_mails).where(and_(*conditions))) or 0


def confirmations(tx: Tx, since: datetime, address_hashes: Iterable[str]) -> dict[str, int]:
    """How many requests to confirm were mailed after `since`, or wait to be, by address hash; without those of none."""
    mails = transactional_mails.c
    counted = (
        select(mails.address_hash, func.count().label("number"))
        .where(mails.kind == TransactionalKind.CONFIRM, mails.added_at > since)
        .where(or_(mails.sent_at.is_not(None), mails.next_try_at.is_not(None)))
        .group_by(mails.address_hash)
    )
    return {row.address_hash: row.number for row in bulk.select_among(tx, counted, mails.address_hash, address_hashes)}


def claim(tx: Tx, now: datetime, limit: int, length: timedelta = leases.LENGTH) -> list[TransactionalMail]:
    """Lease up to `limit` due mails until `now + length`; no other process gets them in that time.

    One that was begun MAX_COPIES times without a known outcome is finished instead.
    """
    rows = tx.execute(_DUE, {"now": now, "n": limit}).all()
    repeated = [row.id for row in rows if row.uncertain >= MAX_COPIES]
    ended = update(transactional_mails).values(next_try_at=None, lease_token=None, last_reply="may have arrived")
    bulk.update_among(tx, ended, transactional_mails.c.id, repeated)
    wanted = [row for row in rows if row.id not in repeated]
    token = leases.take_mails(tx, _TAKE, transactional_mails.c.id, [row.id for row in wanted], now + length)
    return [
        TransactionalMail(
            row.id, row.kind, row.subscription_id, row.address, row.added_at, row.attempts + 1, token, row.uncertain
        )
        for row in wanted
    ]


def begin(tx: Tx, mail: TransactionalMail) -> bool:
    """Note that a claimed mail is about to be sent; False when another sender has taken over its lease.

    It counts as uncertain until its reply is recorded: a process that dies leaves it so.
    """
    begun = update(transactional_mails).where(_is_leased(mail)).values(uncertain=mail.uncertain + 1)
    return tx.execute(begun).rowcount == 1


def record(tx: Tx, mail: TransactionalMail, result: SendResult, next_try_at: datetime | None, now: datetime) -> bool:
    """Store the server's reply and the time of the next attempt, None for no more.

    Returns False and stores nothing when the mail was deleted or another sender has taken over its lease.
    """
    values: dict[str, Any] = {"next_try_at": next_try_at, "last_reply": result.text[:MAX_REPLY_LENGTH]}
    values["uncertain"] = mail.uncertain + int(result.outcome is SendOutcome.UNCERTAIN)
    if result.outcome is SendOutcome.SENT:
        values["sent_at"] = now
    recorded = update(transactional_mails).where(_is_leased(mail)).values(**values, lease_token=None)
    return tx.execute(recorded).rowcount == 1


def try_again(tx: Tx, ids: Iterable[int], next_try_at: datetime) -> dict[int, int]:
    """Let those of these mails that were given up wait until `next_try_at`; returns their subscriptions by id."""
    mails = transactional_mails.c
    given_up = select(mails.id, mails.subscription_id).where(
        mails.next_try_at.is_(None), mails.sent_at.is_(None), mails.subscription_id.is_not(None)
    )
    found = {row.id: row.subscription_id for row in bulk.select_among(tx, given_up, mails.id, ids)}
    bulk.update_among(tx, update(transactional_mails).values(next_try_at=next_try_at), mails.id, found)
    return found


def _is_leased(mail: TransactionalMail) -> ColumnElement[bool]:
    return and_(transactional_mails.c.id == mail.id, transactional_mails.c.lease_token == mail.lease_token)


def delete_before(tx: Tx, before: datetime, confirmations_before: datetime) -> int:
    """Delete the finished mails requested before `before`; returns how many.

    Of requests to confirm that were sent, the hash of the address and the times stay until `confirmations_before`.
    """
    limits = {"before": before, "counted_since": confirmations_before}
    _ONLY_COUNT.run(tx, **limits)
    return _DELETE_OVER.run(tx, **limits)


def delete_unconfirmed(tx: Tx, before: datetime) -> int:
    """Delete subscriptions requested before `before` and never confirmed, and subscribers who have no other.

    That includes requests that ended because their mail bounced or was marked as spam. A subscription that was ever
    active keeps its row, since deliveries refer to it, and so does one that was withdrawn, since no import may add it
    again. Returns the number of subscriptions.
    """
    ids = _UNCONFIRMED.column(tx, before=before)
    _delete_subscriptions(tx, ids)
    return len(ids)


def unsubscribe_unconfirmed(tx: Tx, before: datetime, now: datetime) -> int:
    """Unsubscribe those who had left, requested again before `before` and did not confirm; returns how many."""
    return _END_UNCONFIRMED.run(tx, before=before, state_since=now)


def _delete_subscriptions(tx: Tx, ids: Iterable[int]) -> None:
    for chunk in bulk.chunked(ids):
        owners = list(tx.scalars(select(subscriptions.c.subscriber_id).where(subscriptions.c.id.in_(chunk))))
        of_these = transactional_mails.c.subscription_id.in_(chunk)
        tx.execute(update(transactional_mails).where(of_these, _IS_SENT_CONFIRMATION).values(_ONLY_COUNTED))
        for table in (transactional_mails, consents, bounces):
            tx.execute(delete(table).where(table.c.subscription_id.in_(chunk)))
        tx.execute(delete(subscriptions).where(subscriptions.c.id.in_(chunk)))
        has_other = select(subscriptions.c.id).where(subscriptions.c.subscriber_id == subscribers.c.id).exists()
        tx.execute(delete(subscribers).where(subscribers.c.id.in_(owners), not_(has_other)))


def is_any_due(tx: Tx, now: datetime) -> bool:
    """Whether `claim` would take any; reads one row."""
    return bool(_ANY_DUE.value(tx, now=now))
