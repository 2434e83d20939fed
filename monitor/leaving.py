"""The end of a subscription, whichever way it came: the one place where its reason is decided."""

from __future__ import annotations

from datetime import datetime

from monitor import store
from monitor.model import Consent, Subscription, SubscriptionState
from monitor.store import Tx


def end(tx: Tx, held: Subscription, why: str, now: datetime) -> bool:
    """Unsubscribe `held`, also a request that nobody confirmed; False when it had ended before.

    `why` becomes the reason, unless an operator suspended it: theirs stays, for only they may undo it.
    """
    reason = held.reason if held.reason.startswith(store.subscribers.BY_OPERATOR) else why
    return store.subscribers.set_state(tx, held.id, SubscriptionState.UNSUBSCRIBED, now, reason)


def withdraw(tx: Tx, held: Subscription, said: Consent) -> bool:
    """End a subscription because its owner said so, and keep that; False when it had ended before."""
    if not end(tx, held, said.form, said.at):
        return False
    store.consents.add(tx, said)
    return True
