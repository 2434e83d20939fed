"""What a subscriber may look at and change with a link from a mail; who holds the link was checked by who read it."""

from __future__ import annotations

from datetime import datetime

from monitor import store
from monitor.model import ConsentEvent, Frequency, Subscription, SubscriptionState
from monitor.store import Database
from monitor.subscribers import consent
from monitor.subscribers.consent import Visit
from monitor.subscribers.opt_in import SubscriptionRequest


def get(db: Database, subscription_id: int) -> Subscription | None:
    """The subscription a link names, None when it was deleted or erased. Changes nothing."""
    with db.read() as tx:
        return store.subscribers.get_known(tx, subscription_id)


def change(db: Database, subscription_id: int, requested: SubscriptionRequest, visit: Visit, now: datetime) -> bool:
    """Keep new preferences (topic and address stay); False when the subscription is not active.

    Another frequency holds at once, or is pending until nothing is missed and nothing told twice by it.
    """
    with db.begin() as tx:
        subscription = store.subscribers.get_known(tx, subscription_id)
        if subscription is None or subscription.state is not SubscriptionState.ACTIVE:
            return False
        store.subscribers.set_preferences(
            tx,
            subscription.id,
            timezone=requested.timezone,
            language=requested.language,
            attachments=requested.attachments,
        )
        consent.record(tx, subscription.id, ConsentEvent.CHANGED, visit, now)
        store.frequency_changes.switch(tx, subscription.id, requested.frequency)
    return True


def switches_after(db: Database, subscription: Subscription) -> datetime | None:
    """When the digest is due after which a pending frequency usually holds: the slower one's, once that has begun."""
    slower = max(subscription.frequency, subscription.wanted, key=list(Frequency).index)
    with db.read() as tx:
        plans = [
            store.digests.schedule(tx, subscription.topic, frequency) for frequency in (slower, subscription.frequency)
        ]
    return next((plan.due_at for plan in plans if plan), None)
