"""Suspension: three hard bounces suspend a subscription, one to a confirmation mail ends the sign-up."""

from __future__ import annotations

from collections.abc import Iterable
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
#: How the reason of such a suspension begins.
_LIMIT = f"{HARD_BOUNCE_LIMIT} hard bounces"

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
        reason = f"the confirmation mail came back on {bounce.received_at:%Y-%m-%d}: {detail}"
        return SubscriptionState.UNSUBSCRIBED if unsubscribe(tx, subscription, reason, now) else None
    if subscription.state is SubscriptionState.ACTIVE and _is_limit_reached(tx, subscription):
        reason = f"{_LIMIT}, the last on {bounce.received_at:%Y-%m-%d}: {detail}"
        store.subscribers.set_state(tx, subscription.id, SubscriptionState.SUSPENDED, now, reason)
        return SubscriptionState.SUSPENDED
    return None


def take_back(tx: Tx, delivery_ids: Iterable[int], now: datetime, next_try_at: datetime) -> None:
    """Undo that permanent rejections of these deliveries were final: the mail server said the same to everybody.

    They are tried again at `next_try_at`, their bounces count no more, and whom these suspended is active again.
    """
    failed = store.deliveries.try_again(tx, delivery_ids, next_try_at)
    for delivery_id, subscription_id in failed.items():
        is_removed = store.bounces.remove(tx, _key(delivery_id))
        subscription = store.subscribers.get(tx, subscription_id)
        if is_removed and subscription.state is SubscriptionState.SUSPENDED and subscription.reason.startswith(_LIMIT):
            store.subscribers.set_state(tx, subscription_id, SubscriptionState.ACTIVE, now)


def _key(delivery_id: int) -> str:
    return f"delivery {delivery_id}"


def _is_limit_reached(tx: Tx, subscription: Subscription) -> bool:
    since = store.subscribers.state_since(tx, subscription.id)
    return store.bounces.hard_since(tx, subscription.id, since) >= HARD_BOUNCE_LIMIT
