"""Changing a subscription's frequency without losing a change or telling one twice.

A person who goes from one frequency to another has been told all that the old one's digests told, and
will be told all that the new one's have not. Both are the same exactly when the two frequencies have
the same changes waiting: after both were sent, or while nothing happens. Until then the old frequency goes on.
Where one of the two is "at once" only the kinds it is about are compared: it owes nobody the others.
"""

from __future__ import annotations

from sqlalchemy import and_, bindparam, select, update

from monitor.model import ChangeKind, Frequency, SubscriptionState
from monitor.store.database.engine import Tx
from monitor.store.schema.mail_tables import digest_changes, subscriptions

#: The kinds of change for which somebody wants a mail at once.
URGENT = frozenset({ChangeKind.ANSWER, ChangeKind.RETRACTED, ChangeKind.CONCERN})

_SWITCHING = and_(subscriptions.c.topic == bindparam("of_topic"), subscriptions.c.next_frequency.is_not(None))
_PENDING = (
    select(subscriptions.c.next_frequency)
    .where(_SWITCHING, subscriptions.c.state == SubscriptionState.ACTIVE)
    .distinct()
)
_PAIRS = select(subscriptions.c.frequency, subscriptions.c.next_frequency).where(_SWITCHING).distinct()


def switch(tx: Tx, subscription_id: int, frequency: Frequency) -> bool:
    """Ask for another frequency; True when it holds at once, else it will after the slower one's next digest."""
    this = subscriptions.c.id == subscription_id
    tx.execute(update(subscriptions).where(this).values(next_frequency=frequency))
    topic = tx.execute(select(subscriptions.c.topic).where(this)).scalar_one()
    apply(tx, topic)
    return tx.execute(select(subscriptions.c.frequency).where(this)).scalar_one() is frequency


def pending(tx: Tx, topic: str) -> set[Frequency]:
    """The frequencies that active subscriptions of the topic asked for and do not have yet."""
    return set(tx.scalars(_PENDING, {"of_topic": topic}))


def apply(tx: Tx, topic: str) -> int:
    """Make the switches of a topic that can be made now; how many subscriptions that were."""
    return sum(_apply_one(tx, topic, old, new) for old, new in tx.execute(_PAIRS, {"of_topic": topic}).all())


def _apply_one(tx: Tx, topic: str, old: Frequency, new: Frequency) -> int:
    kinds = URGENT if Frequency.AT_ONCE in (old, new) else frozenset(ChangeKind)
    if _undigested(tx, topic, old, kinds) != _undigested(tx, topic, new, kinds):
        return 0
    those = and_(_SWITCHING, subscriptions.c.frequency == old, subscriptions.c.next_frequency == new)
    switched = update(subscriptions).where(those).values(frequency=new, next_frequency=None)
    return tx.execute(switched, {"of_topic": topic}).rowcount


def _undigested(tx: Tx, topic: str, frequency: Frequency, kinds: frozenset[ChangeKind]) -> set[int]:
    of_frequency = and_(digest_changes.c.topic == topic, digest_changes.c.frequency == frequency)
    undigested = and_(of_frequency, digest_changes.c.digested_at.is_(None), digest_changes.c.kind.in_(kinds))
    return set(tx.scalars(select(digest_changes.c.change_id).where(undigested)))
