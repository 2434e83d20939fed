"""Ending a subscription: by a link, by mail, or by an operator."""

from __future__ import annotations

from datetime import datetime

from monitor import store
from monitor.model import Consent, ConsentEvent, Subscription, SubscriptionState
from monitor.store import Database, Tx
from monitor.subscribers.consent import Visit, consent_of


def unsubscribe(tx: Tx, subscription: Subscription, why: str, now: datetime) -> bool:
    """End a subscription, confirmed or not; False when it had ended before.

    `why` becomes the reason, unless an operator suspended it: that reason stays, since only an operator may resume it.
    """
    reason = subscription.reason if subscription.reason.startswith(store.subscribers.BY_OPERATOR) else why
    return store.subscribers.set_state(tx, subscription.id, SubscriptionState.UNSUBSCRIBED, now, reason)


def withdraw_consent(tx: Tx, subscription: Subscription, withdrawal: Consent) -> bool:
    """End a subscription at its owner's request and record the withdrawal; False when it had ended before.

    The withdrawal outlives later requests that nobody confirms.
    """
    store.subscribers.record_withdrawal(tx, [subscription.id], withdrawal.at)
    if not unsubscribe(tx, subscription, withdrawal.form, withdrawal.at):
        return False
    store.consents.add(tx, withdrawal)
    return True


def unsubscribe_by_link(
    db: Database, subscription_id: int, visit: Visit, now: datetime, *, everything: bool = False
) -> int:
    """End a subscription, or with `everything` all of the same person; returns how many confirmed ones ended.

    Once this has returned, no further digest is sent for them, not even one that was already claimed for sending.
    """
    with db.begin() as tx:
        subscription = store.subscribers.get_known(tx, subscription_id)
        if subscription is None:
            return 0
        ending = store.subscribers.find(tx, subscription.address) if everything else [subscription]
        return sum(_withdraw(tx, one, visit, now) for one in ending)


def _withdraw(tx: Tx, subscription: Subscription, visit: Visit, now: datetime) -> bool:
    """An unconfirmed request ends as well, so that its link cannot be used later, but is not counted."""
    was_counted = subscription.state is not SubscriptionState.UNCONFIRMED
    return (
        withdraw_consent(tx, subscription, consent_of(subscription.id, ConsentEvent.WITHDRAWN, visit, now))
        and was_counted
    )
