"""Instants later than now: what a clock that jumped forward and back has left in the database counts as unknown.

Otherwise a due time 40 days ahead would stop a search for 40 days, and a lease equally far ahead would block the work
that it protects. Only instants that decide when something is done are corrected; history keeps its dates as recorded.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Select,
    Table,
    and_,
    bindparam,
    exists,
    func,
    or_,
    select,
    union_all,
    update,
)

from monitor.model import Frequency
from monitor.model.values.instants import TOLERANCE
from monitor.store.database import leases
from monitor.store.database.engine import Tx
from monitor.store.database.prepared import Prepared, one_of
from monitor.store.schema.mail_tables import deliveries, digest_schedules, transactional_mails
from monitor.store.schema.outside_tables import source_states
from monitor.store.schema.service_tables import leases as tasks
from monitor.store.schema.tables import searches, seed_context, unread

#: How far ahead of now each of these may legitimately be: a named task's lease, a mail's next attempt, and
#: (a week) a seed's next refresh or an unread record's next try.
_DAY = timedelta(days=1)
_MAIL, _WEEK = 2 * _DAY, 7 * _DAY

#: A search is polled again after its interval, or up to a tenth later (see watch.schedule).
_LATEST_POLL = 1.1

#: The tasks that are done once a day; their lease lasts until the next time.
_DAILY_TASKS = ("clean-up",)

_Rule = tuple[Table, ColumnElement[bool], Mapping[str, Any]]
_Instant = datetime | BindParameter[datetime]
_Issues = Mapping[tuple[str, Frequency], datetime]


@dataclass(frozen=True, slots=True)
class _Latest:
    """The latest legitimate value of an instant, by how far it may be ahead of now."""

    now: _Instant
    lease: _Instant
    day: _Instant
    mail: _Instant
    week: _Instant


def _latest(now: datetime) -> _Latest:
    at = now + TOLERANCE
    return _Latest(at, at + leases.LENGTH, at + _DAY, at + _MAIL, at + _WEEK)


def has_future(tx: Tx, now: datetime, issues: _Issues) -> bool:
    """Is any instant later than it may legitimately be? `issues`: when each digest is due, by topic and frequency."""
    latest = _latest(now)
    if _is_any().value(tx, **asdict(latest)):
        return True
    if any(due_at > _latest_poll(now, seconds) for seconds, due_at in _LAST_POLLS.rows(tx, now=latest.now)):
        return True
    planned = list(_PLANNED.rows(tx, now=latest.now))
    return any(due_at > issues.get((topic, frequency), due_at) + TOLERANCE for topic, frequency, due_at in planned)


def forget_future(tx: Tx, now: datetime, issues: _Issues) -> int:
    """Replace such instants: what was due is due now, what was leased is free, what happened then is unknown.

    Returns how many rows were changed.
    """
    latest = _latest(now)
    polled = [(table, tx.scalars(select(table.c.every_s).distinct()).all()) for table in _POLLED]
    rules = [*_of_polls(now, polled), *_of_issues(issues), *_rules(latest, now)]
    return sum(tx.execute(update(table).where(which).values(**values)).rowcount for table, which, values in rules)


@lru_cache
def _is_any() -> Prepared[Select[bool]]:
    """One statement, built once: it is asked at each tick. Its parameters are the fields of a _Latest."""
    parameters = {name.name: bindparam(name.name, type_=searches.c.due_at.type) for name in fields(_Latest)}
    rules = _rules(_Latest(**parameters), parameters["now"])
    return Prepared(select(or_(*(exists().where(which) for _, which, _ in rules))))


#: What is asked again and again, each row at an interval of its own.
_POLLED = (searches, source_states)

#: Of each interval the one that is due last, and the digests that are due later than now.
_LAST_POLLS = Prepared(
    union_all(
        *(
            select(table.c.every_s, func.max(table.c.due_at, type_=table.c.due_at.type))
            .where(table.c.due_at > bindparam("now"))
            .group_by(table.c.every_s)
            for table in _POLLED
        )
    )
)
_PLANNED = Prepared(
    select(digest_schedules.c.topic, digest_schedules.c.frequency, digest_schedules.c.due_at).where(
        digest_schedules.c.due_at > bindparam("now")
    )
)


def _latest_poll(now: datetime, every_s: int) -> datetime:
    return now + _LATEST_POLL * timedelta(seconds=every_s) + TOLERANCE


def _of_polls(now: datetime, polled: Iterable[tuple[Table, Iterable[int]]]) -> Iterator[_Rule]:
    """One rule for each interval: date arithmetic differs between databases."""
    for table, intervals in polled:
        for seconds in intervals:
            is_late = table.c.due_at > _latest_poll(now, seconds)
            yield table, and_(table.c.every_s == seconds, is_late), {"due_at": now}


def _of_issues(issues: _Issues) -> Iterator[_Rule]:
    table = digest_schedules
    for (topic, frequency), next_issue in issues.items():
        this = and_(table.c.topic == topic, table.c.frequency == frequency)
        yield table, and_(this, table.c.due_at > next_issue + TOLERANCE), {"due_at": next_issue}


def _rules(latest: _Latest, now: _Instant) -> Iterator[_Rule]:
    """Which rows of which table have such an instant, and what takes its place; the same for every configuration."""
    yield from _of_searches(latest, now)
    yield from _of_digests(latest, now)
    for table in (deliveries, transactional_mails):
        yield from _of_mails(table, latest, now)
    is_daily = one_of(tasks.c.name, _DAILY_TASKS)
    yield tasks, and_(is_daily, tasks.c.leased_until > latest.day), leases.FREE
    yield tasks, and_(~is_daily, tasks.c.leased_until > latest.lease), leases.FREE
    for table in (seed_context, unread):
        yield table, table.c.due_at > latest.week, {"due_at": now}


def _of_searches(latest: _Latest, now: _Instant) -> Iterator[_Rule]:
    yield source_states, source_states.c.outage_until > latest.now, {"outage_from": None, "outage_until": None}
    yield source_states, source_states.c.doubt_since > latest.now, {"doubt_since": now}
    yield searches, searches.c.last_full_check_at > latest.now, {"last_full_check_at": None}
    for table in _POLLED:
        yield table, table.c.last_success_at > latest.now, {"last_success_at": None}
        yield table, table.c.first_failure_at > latest.now, {"first_failure_at": now}
        yield table, table.c.leased_until > latest.lease, leases.FREE


def _of_digests(latest: _Latest, now: _Instant) -> Iterator[_Rule]:
    table = digest_schedules
    for name in ("last_composed_at", "last_sent_at"):
        yield table, table.c[name] > latest.now, {name: None}
    yield table, table.c.started_at > latest.now, {"started_at": now}
    yield table, table.c.leased_until > latest.lease, leases.FREE


def _of_mails(table: Table, latest: _Latest, now: _Instant) -> Iterator[_Rule]:
    """Of mails that are still to be sent. Requests for mails are also counted, and must not count for 40 days."""
    is_open = table.c.next_try_at.is_not(None)
    names = [name for name in ("added_at", "last_try_at") if name in table.c]
    is_of_then = or_(*(table.c[name] > latest.now for name in names))
    is_late = table.c.next_try_at > latest.mail
    yield table, and_(is_open, or_(is_of_then, is_late)), {**dict.fromkeys(names, now), "next_try_at": now}
    if table is transactional_mails:
        yield table, table.c.added_at > latest.now, {"added_at": now}
