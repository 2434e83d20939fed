"""For which topics a digest may have to be composed now: asked every minute, whatever the number of topics."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, bindparam, exists, func, select, union

from monitor.model import Frequency, SubscriptionState
from monitor.store.database.engine import Tx
from monitor.store.database.prepared import Prepared, one_of
from monitor.store.mailing.frequency_changes import URGENT
from monitor.store.schema.mail_tables import digest_changes, digest_schedules, subscriptions
from monitor.store.schema.tables import topics

_IS_AT_ONCE = digest_schedules.c.frequency == Frequency.AT_ONCE
_LAST = func.coalesce(digest_schedules.c.last_sent_at, digest_schedules.c.started_at)
_SILENT = Prepared(select(digest_schedules.c.topic).where(_IS_AT_ONCE, bindparam("until", type_=_LAST.type) >= _LAST))


def _due() -> Select[Any]:
    """Topics with a schedule that is due; "at once" always is."""
    others = [frequency for frequency in Frequency if frequency is not Frequency.AT_ONCE]
    return select(digest_schedules.c.topic).where(
        one_of(digest_schedules.c.frequency, others), digest_schedules.c.due_at <= bindparam("now")
    )


def _urgent() -> Select[Any]:
    """Topics with a change that is to be reported at once."""
    waiting = and_(
        digest_changes.c.topic == digest_schedules.c.topic,
        digest_changes.c.frequency == Frequency.AT_ONCE,
        one_of(digest_changes.c.kind, sorted(URGENT)),
        digest_changes.c.digested_at.is_(None),
    )
    return select(digest_schedules.c.topic).where(_IS_AT_ONCE, exists().where(waiting))


def _awaited() -> list[Select[Any]]:
    """Topics with subscribers to be welcomed, or whose change of frequency is pending."""
    active = select(subscriptions.c.topic).where(subscriptions.c.state == SubscriptionState.ACTIVE)
    return [
        active.where(subscriptions.c.welcomed_at.is_(None)),
        active.where(subscriptions.c.next_frequency.is_not(None)),
    ]


def _unscheduled(frequency: Frequency) -> Select[Any]:
    """Topics with subscribers of a frequency that has no schedule yet."""
    wanted = and_(
        subscriptions.c.topic == topics.c.key,
        subscriptions.c.state == SubscriptionState.ACTIVE,
        subscriptions.c.frequency == frequency,
    )
    begun = and_(digest_schedules.c.topic == topics.c.key, digest_schedules.c.frequency == frequency)
    return select(topics.c.key).where(~exists().where(begun), exists().where(wanted))


_ALL = Prepared(union(_due(), _urgent(), *_awaited(), *map(_unscheduled, Frequency)))


def may_be_due(tx: Tx, now: datetime) -> set[str]:
    """The topics for which something may have to be composed, but for "at once" digests that say that nothing is new.

    Costs one look into an index for each topic and frequency, however many changes, digests and subscribers there are.
    """
    return set(_ALL.column(tx, now=now))


def silent_since(tx: Tx, until: datetime) -> set[str]:
    """The topics whose last "at once" digest is no later than `until`, or, before the first, whose schedule is."""
    return set(_SILENT.column(tx, until=until))
