"""Changing a subscription's rhythm without losing a change or telling one twice.

A person who goes from one rhythm to another has been told all that the old one's digests told, and
will be told all that the new one's have not. Both are the same exactly when the two rhythms have
the same changes waiting: after both were sent, or while nothing happens. Until then the old rhythm goes on.
Where one of the two is "at once" only the kinds it is about are compared: it owes nobody the others.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, select, update

from monitor.model import ChangeKind, Rhythm, SubscriptionState
from monitor.store.database.engine import Tx
from monitor.store.schema.mail_tables import digest_changes, subscriptions

#: The kinds of change for which somebody wants a mail at once.
URGENT = frozenset({ChangeKind.ANSWER, ChangeKind.RETRACTED, ChangeKind.CONCERN})


def switch(tx: Tx, subscription_id: int, rhythm: Rhythm) -> bool:
    """Ask for another rhythm; True when it holds at once, else it will after the slower one's next digest."""
    ours = subscriptions.c.id == subscription_id
    tx.execute(update(subscriptions).where(ours).values(next_rhythm=rhythm))
    topic = tx.execute(select(subscriptions.c.topic).where(ours)).scalar_one()
    apply(tx, topic)
    return tx.execute(select(subscriptions.c.rhythm).where(ours)).scalar_one() is rhythm


def pending(tx: Tx, topic: str) -> set[Rhythm]:
    """The rhythms that active subscriptions of the topic asked for and do not have yet."""
    active = and_(subscriptions.c.topic == topic, subscriptions.c.state == SubscriptionState.ACTIVE)
    asked = select(subscriptions.c.next_rhythm).where(active, subscriptions.c.next_rhythm.is_not(None))
    return set(tx.scalars(asked.distinct()))


def apply(tx: Tx, topic: str) -> int:
    """Make the switches of a topic that can be made now; how many subscriptions that were."""
    wanted = and_(subscriptions.c.topic == topic, subscriptions.c.next_rhythm.is_not(None))
    pairs = select(subscriptions.c.rhythm, subscriptions.c.next_rhythm).where(wanted).distinct()
    return sum(_apply_one(tx, wanted, topic, old, new) for old, new in tx.execute(pairs).all())


def _apply_one(tx: Tx, wanted: ColumnElement[bool], topic: str, old: Rhythm, new: Rhythm) -> int:
    kinds = URGENT if Rhythm.AT_ONCE in (old, new) else frozenset(ChangeKind)
    if _waiting(tx, topic, old, kinds) != _waiting(tx, topic, new, kinds):
        return 0
    those = and_(wanted, subscriptions.c.rhythm == old, subscriptions.c.next_rhythm == new)
    return tx.execute(update(subscriptions).where(those).values(rhythm=new, next_rhythm=None)).rowcount


def _waiting(tx: Tx, topic: str, rhythm: Rhythm, kinds: frozenset[ChangeKind]) -> set[int]:
    of_rhythm = and_(digest_changes.c.topic == topic, digest_changes.c.rhythm == rhythm)
    untold = and_(of_rhythm, digest_changes.c.told_at.is_(None), digest_changes.c.kind.in_(kinds))
    return set(tx.scalars(select(digest_changes.c.change_id).where(untold)))
