"""What a subscriber may look at and change with a link from a mail; who holds the link was checked by who read it."""

from __future__ import annotations

from datetime import datetime

from monitor import store
from monitor.model import ConsentEvent, Frequency, Subscription, SubscriptionState
from monitor.store import Database
from monitor.subscribers import consent
from monitor.subscribers.consent import Visit
from monitor.subscribers.opt_in import Wish


def get(db: Database, subscription_id: int) -> Subscription | None:
    """The subscription a link names, None when it was deleted or erased. Changes nothing."""
    with db.read() as tx:
        return store.subscribers.get_known(tx, subscription_id)


def change(db: Database, subscription_id: int, wish: Wish, visit: Visit, now: datetime) -> bool:
    """Keep new preferences (topic and address stay); False when the subscription is not active.

    Another frequency holds at once, or is pending until nothing is missed and nothing told twice by it.
    """
    with db.begin() as tx:
        held = store.subscribers.get_known(tx, subscription_id)
        if held is None or held.state is not SubscriptionState.ACTIVE:
            return False
        store.subscribers.set_preferences(
            tx, held.id, timezone=wish.timezone, language=wish.language, attachments=wish.attachments
        )
        consent.record(tx, held.id, ConsentEvent.CHANGED, visit, now)
        store.frequency_changes.switch(tx, held.id, wish.frequency)
    return True


def switches_after(db: Database, held: Subscription) -> datetime | None:
    """When the digest is due after which a pending frequency usually holds: the slower one's, once that has begun."""
    slower = max(held.frequency, held.wanted, key=list(Frequency).index)
    with db.read() as tx:
        plans = [store.digests.schedule(tx, held.topic, frequency) for frequency in (slower, held.frequency)]
    return next((plan.due_at for plan in plans if plan), None)
