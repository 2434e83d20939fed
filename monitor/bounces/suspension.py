"""Three hard bounces and a subscription is suspended, one and a request is over: what follows from lost mail."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from monitor import store
from monitor.mail import dsn
from monitor.model import (
    Bounce,
    BounceKind,
    Delivery,
    SendOutcome,
    SendResult,
    Subscription,
    SubscriptionState,
    TransactionalMail,
)
from monitor.store import Tx
from monitor.subscribers.unsubscribe import unsubscribe

#: So many hard bounces since the subscription became active. One alone may be a server's bad day.
HARD_BOUNCE_LIMIT = 3

#: RFC 5321's refusals of a mailbox. Others blame us, the message or the server, and no reader must pay for those.
_ABOUT_THE_MAILBOX = (550, 551, 553)


def bounce_from_permanent_rejection(
    sent: Delivery | TransactionalMail, result: SendResult, at: datetime
) -> Bounce | None:
    """A refusal for good in the SMTP conversation is a bounce that came at once; None for any other answer."""
    if result.outcome is not SendOutcome.FAILED or result.code not in _ABOUT_THE_MAILBOX:
        return None
    status = dsn.status_in(result.text)
    kind = dsn.kind_of(status or "5")
    if isinstance(sent, TransactionalMail):
        return Bounce(sent.subscription_id, kind, at, f"transactional mail {sent.id}", None, status, result.text)
    return Bounce(sent.subscription_id, kind, at, f"delivery {sent.id}", sent.id, status, result.text)


def register_bounce(tx: Tx, bounce: Bounce, now: datetime) -> SubscriptionState | None:
    """Keep a bounce; the state it moved the subscription to, with the reason, or None when nothing followed.

    SUSPENDED: it was one too many. UNSUBSCRIBED: nobody is there to confirm the request that a mail was about.
    """
    held = store.subscribers.get(tx, bounce.subscription_id)
    kept = bounce if held.address else replace(bounce, diagnostic="")  # of who was erased nothing is kept again
    if not store.bounces.add(tx, kept) or bounce.kind is not BounceKind.HARD:
        return None
    told = " ".join(part for part in (bounce.status, bounce.diagnostic) if part)
    if held.state is SubscriptionState.UNCONFIRMED and bounce.delivery_id is None:
        why = f"the confirmation mail came back on {bounce.received_at:%Y-%m-%d}: {told}"
        return SubscriptionState.UNSUBSCRIBED if unsubscribe(tx, held, why, now) else None
    if held.state is SubscriptionState.ACTIVE and _is_limit_reached(tx, held):
        why = f"{HARD_BOUNCE_LIMIT} hard bounces, the last on {bounce.received_at:%Y-%m-%d}: {told}"
        store.subscribers.set_state(tx, held.id, SubscriptionState.SUSPENDED, now, why)
        return SubscriptionState.SUSPENDED
    return None


def _is_limit_reached(tx: Tx, held: Subscription) -> bool:
    since = store.subscribers.state_since(tx, held.id)
    return store.bounces.hard_since(tx, held.id, since) >= HARD_BOUNCE_LIMIT
