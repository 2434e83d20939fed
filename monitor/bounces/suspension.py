"""Suspension: three hard bounces suspend a subscription, one to a confirmation mail ends the sign-up."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from monitor import store
from monitor.mail.reply_meaning import enhanced_status, meaning
from monitor.model import (
    Bounce,
    BounceKind,
    Delivery,
    SendOutcome,
    SendResult,
    Stage,
    Subscription,
    SubscriptionState,
    TransactionalMail,
)
from monitor.store import Tx
from monitor.subscribers.unsubscribe import unsubscribe

#: Hard bounces since the subscription became active that suspend it: a single one may be a server's mistake.
HARD_BOUNCE_LIMIT = 3
#: How the reason of such a suspension, or of a request that ended, begins.
_LIMIT, _CAME_BACK = f"{HARD_BOUNCE_LIMIT} hard bounces", "the confirmation mail came back"

#: Replies to RCPT that RFC 5321 gives for mailboxes: stored even where their words blame something else.
_MAILBOX_CODES = (550, 551, 553)


def bounce_from_permanent_rejection(
    sent: Delivery | TransactionalMail, result: SendResult, at: datetime
) -> Bounce | None:
    """The bounce for a permanent rejection at RCPT in the SMTP session; None for any other result.

    HARD only when the server says that the mailbox does not exist or will not come back.
    """
    if result.outcome is not SendOutcome.FAILED or result.stage not in (None, Stage.RCPT):
        return None
    is_dead = meaning(result.text, code=result.code, stage=Stage.RCPT).is_dead_mailbox
    if not (is_dead or result.code in _MAILBOX_CODES):
        return None
    kind, status = BounceKind.HARD if is_dead else BounceKind.SOFT, enhanced_status(result.text)
    if isinstance(sent, TransactionalMail):
        return Bounce(sent.subscription_id, kind, at, f"transactional mail {sent.id}", None, status, result.text)
    return Bounce(sent.subscription_id, kind, at, _key(sent.id), sent.id, status, result.text)


def register_bounce(tx: Tx, bounce: Bounce, now: datetime) -> SubscriptionState | None:
    """Store a bounce and apply its consequence; returns the subscription's new state, None if it is unchanged.

    SUSPENDED: HARD_BOUNCE_LIMIT was reached. UNSUBSCRIBED: a confirmation mail bounced. A bounce with a known `key`
    is ignored. Raises KeyError when the subscription does not exist.
    """
    subscription = store.subscribers.get(tx, bounce.subscription_id)
    stored = bounce if subscription.address else replace(bounce, diagnostic="")  # it may name an erased address
    if not store.bounces.add(tx, stored) or bounce.kind is not BounceKind.HARD:
        return None
    detail = " ".join(part for part in (bounce.status, bounce.diagnostic) if part)
    if subscription.state is SubscriptionState.UNCONFIRMED and bounce.delivery_id is None:
        reason = f"{_CAME_BACK} on {bounce.received_at:%Y-%m-%d}: {detail}"
        return SubscriptionState.UNSUBSCRIBED if unsubscribe(tx, subscription, reason, now) else None
    if subscription.state is SubscriptionState.ACTIVE and _is_limit_reached(tx, subscription):
        reason = f"{_LIMIT}, the last on {bounce.received_at:%Y-%m-%d}: {detail}"
        store.subscribers.set_state(tx, subscription.id, SubscriptionState.SUSPENDED, now, reason)
        return SubscriptionState.SUSPENDED
    return None


def take_back(tx: Tx, numbers: Collection[int], now: datetime, next_try_at: datetime) -> None:
    """Undo that permanent rejections were final: the mail server said the same to everybody.

    `numbers` are ids of deliveries, or minus the ids of transactional mails. They are tried again at `next_try_at`,
    their bounces count no more, whom these suspended is active again, and a request that they ended waits again.
    """
    if not numbers:
        return
    deliveries, mails = [one for one in numbers if one > 0], [-one for one in numbers if one < 0]
    for number, subscription_id in store.deliveries.try_again(tx, deliveries, next_try_at).items():
        _undo(tx, _key(number), subscription_id, SubscriptionState.SUSPENDED, SubscriptionState.ACTIVE, now)
    for number, subscription_id in store.transactional.try_again(tx, mails, next_try_at).items():
        key = f"transactional mail {number}"
        _undo(tx, key, subscription_id, SubscriptionState.UNSUBSCRIBED, SubscriptionState.UNCONFIRMED, now)


def _undo(
    tx: Tx, key: str, subscription_id: int, ended: SubscriptionState, before: SubscriptionState, now: datetime
) -> None:
    """Remove a bounce that was none, and what it brought about: a state whose reason is ours."""
    if not store.bounces.remove(tx, key):
        return
    subscription = store.subscribers.get(tx, subscription_id)
    if subscription.state is ended and subscription.reason.startswith((_LIMIT, _CAME_BACK)):
        store.subscribers.set_state(tx, subscription_id, before, now)


def _key(delivery_id: int) -> str:
    return f"delivery {delivery_id}"


def _is_limit_reached(tx: Tx, subscription: Subscription) -> bool:
    since = store.subscribers.state_since(tx, subscription.id)
    return store.bounces.hard_since(tx, subscription.id, since) >= HARD_BOUNCE_LIMIT
