"""Changing a subscription's frequency so that no change is missed or sent twice.

After a switch a subscriber has received the changes in the old frequency's digests and will receive those that the
new frequency's digests do not contain yet. Nothing is missed or repeated exactly when both frequencies have the same
undigested changes: after both were sent, or while nothing happens. Until then the old frequency stays in effect. So it
does until the schedule of the new one has begun, as that leaves out what was found before.
When one of the two is "at once", only the kinds that it reports are compared.
"""

from __future__ import annotations

from sqlalchemy import and_, bindparam, select, update

from monitor.model import ChangeKind, Frequency, SubscriptionState
from monitor.store.database.engine import Tx
from monitor.store.database.prepared import Prepared
from monitor.store.schema.mail_tables import digest_changes, digest_schedules, subscriptions

#: The kinds of change that digests of the frequency "at once" report.
URGENT = frozenset(
    {
        ChangeKind.ANSWER,
        ChangeKind.QUESTION_CHANGED,
        ChangeKind.RETRACTED,
        ChangeKind.REINSTATED,
        ChangeKind.CONCERN,
    }
)

_SWITCHING = and_(subscriptions.c.topic == bindparam("of_topic"), subscriptions.c.next_frequency.is_not(None))
_PENDING = Prepared(
    select(subscriptions.c.next_frequency)
    .where(_SWITCHING, subscriptions.c.state == SubscriptionState.ACTIVE)
    .distinct()
)
_PAIRS = Prepared(select(subscriptions.c.frequency, subscriptions.c.next_frequency).where(_SWITCHING).distinct())

_BEGUN = Prepared(select(digest_schedules.c.frequency).where(digest_schedules.c.topic == bindparam("of_topic")))


def switch(tx: Tx, subscription_id: int, frequency: Frequency) -> bool:
    """Request another frequency; True when it takes effect at once, False when it must wait (see above)."""
    this = subscriptions.c.id == subscription_id
    tx.execute(update(subscriptions).where(this).values(next_frequency=frequency))
    topic = tx.execute(select(subscriptions.c.topic).where(this)).scalar_one()
    apply(tx, topic)
    return tx.execute(select(subscriptions.c.frequency).where(this)).scalar_one() is frequency


def pending(tx: Tx, topic: str) -> set[Frequency]:
    """The frequencies that active subscriptions of the topic have requested and that are not in effect yet."""
    return set(_PENDING.column(tx, of_topic=topic))


def apply(tx: Tx, topic: str) -> int:
    """Apply the requested frequencies of a topic that can take effect now; returns the number of subscriptions."""
    return sum(_apply_one(tx, topic, old, new) for old, new in list(_PAIRS.rows(tx, of_topic=topic)))


def _apply_one(tx: Tx, topic: str, old: Frequency, new: Frequency) -> int:
    begun = set(_BEGUN.column(tx, of_topic=topic))
    if old in begun and new not in begun:
        return 0
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
