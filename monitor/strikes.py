"""Three hard bounces and a subscription is suspended: the one place where lost mail has consequences."""

from __future__ import annotations

from datetime import datetime

from monitor import returned, store
from monitor.model import Bounce, BounceKind, Delivery, SendOutcome, SendResult, SubscriptionState
from monitor.store import Tx

#: So many hard bounces since the subscription became active. One alone may be a server's bad day.
STRIKES = 3

#: RFC 5321's refusals of a mailbox. Others blame us, the message or the server, and no reader must pay for those.
_ABOUT_THE_MAILBOX = (550, 551, 553)


def refused(delivery: Delivery, result: SendResult, at: datetime) -> Bounce | None:
    """A refusal for good in the SMTP conversation is a bounce that came at once; None for any other answer."""
    if result.outcome is not SendOutcome.FAILED or result.code not in _ABOUT_THE_MAILBOX:
        return None
    status = returned.status_in(result.text)
    kind = returned.kind_of(status or "5")
    key = f"delivery {delivery.id}"
    return Bounce(delivery.subscription_id, kind, at, key, delivery.id, status, result.text)


def strike(tx: Tx, bounce: Bounce, now: datetime) -> bool:
    """Keep a bounce; True when it was one too many and the subscription is now suspended, with the reason."""
    if not store.bounces.add(tx, bounce) or bounce.kind is not BounceKind.HARD:
        return False
    held = store.subscribers.get(tx, bounce.subscription_id)
    since = store.subscribers.state_since(tx, held.id)
    if held.state is not SubscriptionState.ACTIVE or store.bounces.hard_since(tx, held.id, since) < STRIKES:
        return False
    last = " ".join(part for part in (bounce.status, bounce.diagnostic) if part)
    reason = f"{STRIKES} hard bounces, the last on {bounce.received_at:%Y-%m-%d}: {last}"
    return store.subscribers.set_state(tx, held.id, SubscriptionState.SUSPENDED, now, reason)
