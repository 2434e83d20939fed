"""What a subscriber may see and change with a link from a mail. The caller has verified the link."""

from __future__ import annotations

from datetime import datetime

from monitor import store
from monitor.model import ConsentEvent, Frequency, Subscription, SubscriptionState
from monitor.store import Database
from monitor.subscribers import consent
from monitor.subscribers.consent import Visit
from monitor.subscribers.opt_in import SubscriptionRequest


def get(db: Database, subscription_id: int) -> Subscription | None:
    """The subscription with this id, None when it was deleted or its subscriber erased."""
    with db.read() as tx:
        return store.subscribers.get_known(tx, subscription_id)


def of_link(db: Database, subscription_id: int, made_at: datetime) -> Subscription | None:
    """As `get` for a personal link made at that instant; None also when its owner has ended such links since."""
    with db.read() as tx:
        ended_at = store.subscribers.links_ended_at(tx, subscription_id)
        is_ended = ended_at is not None and made_at <= ended_at
        return None if is_ended else store.subscribers.get_known(tx, subscription_id)


def end_links(db: Database, address: str, now: datetime) -> bool:
    """End all personal links of a person: to confirm and to preferences. False when there is no such person.

    Links to unsubscribe go on working.
    """
    with db.begin() as tx:
        return store.subscribers.end_links(tx, address, now)


def change(db: Database, subscription_id: int, requested: SubscriptionRequest, visit: Visit, now: datetime) -> bool:
    """Store new preferences (its topic is ignored); False when the subscription is not active.

    A new frequency takes effect at once, or is pending until no change is missed or sent twice by it.
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
    """When the digest after which a pending frequency usually takes effect is due; None before any schedule started.

    It is the next digest of the slower of the two frequencies, or of the current one if that has no schedule yet.
    """
    slower = max(subscription.frequency, subscription.wanted, key=list(Frequency).index)
    with db.read() as tx:
        schedules = [
            store.digests.schedule(tx, subscription.topic, frequency) for frequency in (slower, subscription.frequency)
        ]
    return next((found.due_at for found in schedules if found), None)
