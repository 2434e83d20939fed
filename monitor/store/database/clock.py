"""Instants later than now: what a clock that jumped forward and back has left in the database counts as unknown.

Otherwise a due time 40 days ahead would silence a search for 40 days, and a lease as far ahead whatever it protects.
Only instants that decide when something is done are looked at; history keeps its dates, true or not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Column, ColumnElement, Table, and_, exists, or_, select, update

from monitor.model import Frequency
from monitor.model.instants import TOLERANCE
from monitor.store.database import leases
from monitor.store.database.engine import Tx
from monitor.store.schema.mail_tables import deliveries, digest_schedules, transactional_mails
from monitor.store.schema.tables import leases as tasks
from monitor.store.schema.tables import searches, seed_context, unread

#: The longest that each of these is rightly ahead: a named task's lease, a mail's next attempt, and
#: (a week) a seed's next refresh or an unread record's next try.
_DAY = timedelta(days=1)
_MAIL, _WEEK = 2 * _DAY, 7 * _DAY

#: A search is polled again after its interval, or up to a tenth later (see watch.schedule).
_LATEST_POLL = 1.1

#: The tasks that are done once a day, for which their lease stands.
_DAILY_TASKS = ("clean-up",)

_Rule = tuple[Table, ColumnElement[bool], Mapping[str, Any]]


def has_future(tx: Tx, now: datetime, issues: Mapping[tuple[str, Frequency], datetime]) -> bool:
    """Is any instant later than it can rightly be? `issues`: when each digest is due next, by topic and frequency."""
    return any(tx.scalar(select(exists().where(which))) for _, which, _ in _rules(tx, now, issues))


def forget_future(tx: Tx, now: datetime, issues: Mapping[tuple[str, Frequency], datetime]) -> int:
    """Replace such instants: what was due is due now, what was leased is free, what happened then is unknown.

    Returns how many rows were changed.
    """
    rules = list(_rules(tx, now, issues))
    return sum(tx.execute(update(table).where(which).values(**values)).rowcount for table, which, values in rules)


def _rules(tx: Tx, now: datetime, issues: Mapping[tuple[str, Frequency], datetime]) -> Iterator[_Rule]:
    """Which rows of which table have such an instant, and what takes its place."""
    yield from _of_searches(tx, now)
    yield from _of_digests(now, issues)
    for table in (deliveries, transactional_mails):
        yield from _of_mails(table, now)
    is_daily = tasks.c.name.in_(_DAILY_TASKS)
    yield tasks, and_(is_daily, _is_after(tasks.c.leased_until, now + _DAY)), leases.FREE
    yield tasks, and_(~is_daily, _is_after(tasks.c.leased_until, now + leases.LENGTH)), leases.FREE
    for table in (seed_context, unread):
        yield table, _is_after(table.c.due_at, now + _WEEK), {"due_at": now}


def _of_searches(tx: Tx, now: datetime) -> Iterator[_Rule]:
    intervals = tx.scalars(select(searches.c.every_s).where(_is_after(searches.c.due_at, now)).distinct()).all()
    for seconds in intervals:  # date arithmetic differs between databases
        is_late = _is_after(searches.c.due_at, now + _LATEST_POLL * timedelta(seconds=seconds))
        yield searches, and_(searches.c.every_s == seconds, is_late), {"due_at": now}
    for name in ("last_success_at", "last_full_check_at"):
        yield searches, _is_after(searches.c[name], now), {name: None}
    yield searches, _is_after(searches.c.first_failure_at, now), {"first_failure_at": now}
    yield searches, _is_after(searches.c.leased_until, now + leases.LENGTH), leases.FREE


def _of_digests(now: datetime, issues: Mapping[tuple[str, Frequency], datetime]) -> Iterator[_Rule]:
    table = digest_schedules
    for (topic, frequency), next_issue in issues.items():
        this = and_(table.c.topic == topic, table.c.frequency == frequency)
        yield table, and_(this, _is_after(table.c.due_at, next_issue)), {"due_at": next_issue}
    for name in ("last_composed_at", "last_sent_at"):
        yield table, _is_after(table.c[name], now), {name: None}
    yield table, _is_after(table.c.started_at, now), {"started_at": now}
    yield table, _is_after(table.c.leased_until, now + leases.LENGTH), leases.FREE


def _of_mails(table: Table, now: datetime) -> Iterator[_Rule]:
    """Of mails that are still to be sent. Requests for mails are also counted, and must not count for 40 days."""
    is_open = table.c.next_try_at.is_not(None)
    names = [name for name in ("added_at", "last_try_at") if name in table.c]
    is_of_then = or_(*(_is_after(table.c[name], now) for name in names))
    is_late = _is_after(table.c.next_try_at, now + _MAIL)
    yield table, and_(is_open, or_(is_of_then, is_late)), {**dict.fromkeys(names, now), "next_try_at": now}
    if table is transactional_mails:
        yield table, _is_after(table.c.added_at, now), {"added_at": now}


def _is_after(column: Column[Any], at: datetime) -> ColumnElement[bool]:
    return column > at + TOLERANCE
