"""Searches: what is due, who may poll it, how it has been going. The PMIDs it matches are in `store.matches`."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, bindparam, case, false, or_, select, true, update

from monitor.model import Outcome, Poll, Search, SearchState, Topic
from monitor.store.database import leases
from monitor.store.database.engine import Tx
from monitor.store.literature import topics
from monitor.store.schema.tables import searches

_STATE = (
    searches.c.topic,
    searches.c.name,
    searches.c.due_at,
    searches.c.query,
    searches.c.translation,
    searches.c.last_success_at,
    searches.c.last_full_check_at,
    searches.c.failures_in_row,
    searches.c.first_failure_at,
    searches.c.last_error,
    searches.c.has_baseline,
    searches.c.warnings_seen,
)

_THIS = and_(searches.c.topic == bindparam("of_topic"), searches.c.name == bindparam("of_name"))
_ROW = select(searches).where(_THIS)
_STATE_OF = select(*_STATE).where(_THIS)
_STATES = (
    select(*_STATE).where(searches.c.topic == bindparam("of_topic"), searches.c.is_active).order_by(searches.c.name)
)


# --- what is configured ------------------------------------------------------------------------


def sync(tx: Tx, configured: Iterable[Topic], now: datetime) -> None:
    """Bring the rows in line with the configuration.

    A new search is due at once; a changed query (or seed, for searches by link) is a new baseline
    and due at once; a shorter interval brings the next poll forward; a search that is no longer
    configured is kept, inactive.
    """
    wanted = list(configured)
    tx.execute(update(searches).where(searches.c.is_active, ~_is_one_of(wanted)).values(is_active=False))
    for topic in wanted:
        topics.sync(tx, topic, now)
        for search in topic.searches:
            _sync_one(tx, search, now)


def _is_one_of(configured: Iterable[Topic]) -> ColumnElement[bool]:
    ours = [_is(search.topic, search.name) for topic in configured for search in topic.searches]
    return or_(false(), *ours)


def _is(topic: str, name: str) -> ColumnElement[bool]:
    return and_(searches.c.topic == topic, searches.c.name == name)


def _sync_one(tx: Tx, search: Search, now: datetime) -> None:
    row = tx.execute(_ROW, {"of_topic": search.topic, "of_name": search.name}).one_or_none()
    if row is None:
        tx.execute(searches.insert().values(_new(search, now)))
    elif changed := _difference(row, search, now):
        tx.execute(update(searches).where(_is(search.topic, search.name)).values(changed))


def _new(search: Search, now: datetime) -> dict[str, Any]:
    return {
        "topic": search.topic,
        "name": search.name,
        "kind": search.kind,
        "query": search.query,
        "every_s": int(search.every.total_seconds()),
        "is_active": True,
        "due_at": now,
        "warnings_seen": (),
    }


def _difference(row: Row[Any], search: Search, now: datetime) -> dict[str, Any]:
    """What must change in `row` so that it says what `search` says."""
    new = _new(search, now)
    changed = {name: new[name] for name in ("kind", "query", "every_s", "is_active") if new[name] != row._mapping[name]}
    if "every_s" in changed:
        changed["due_at"] = min(row.due_at, now + search.every)
    if "is_active" in changed:
        changed["due_at"] = now
    if "query" in changed or "kind" in changed:  # a poll still under way asked something else: it loses its lease
        anew = {"has_baseline": False, "due_at": now, "last_full_check_at": None, **leases.FREE}
        changed |= anew | {"translation": "", "warnings_seen": ()}
    return changed


# --- when it is polled, and by whom --------------------------------------------------------------


def due(tx: Tx, now: datetime) -> list[SearchState]:
    """The searches that are due and not being polled, longest due first."""
    is_due = and_(searches.c.is_active, searches.c.due_at <= now, leases.is_free(searches, now))
    rows = tx.execute(select(*_STATE).where(is_due).order_by(searches.c.due_at))
    return [SearchState(**row._mapping) for row in rows]


def claim(
    tx: Tx, topic: str, name: str, now: datetime, length: timedelta = leases.LENGTH, *, early: bool = False
) -> str | None:
    """Take the search for polling until `now + length`; the token, or None when it is not due or somebody else has it.

    `early` takes it even before it is due, for an operator who asks for a poll now.
    """
    is_due = true() if early else searches.c.due_at <= now
    return leases.take_row(tx, searches, and_(_is(topic, name), searches.c.is_active, is_due), now, length)


def finish(
    tx: Tx, poll: Poll, token: str, due_at: datetime, now: datetime, *, last_full_check_at: datetime | None = None
) -> None:
    """Release the claim, keep how the poll went, and say when the next is due.

    An INCOMPLETE poll is a success: what it brought is believed. `last_full_check_at` says
    that every held record was looked at again. Raises ConflictError when the
    claim is no longer held, because its lease ran out and another poll took over or because
    the query was changed meanwhile; the caller's transaction then rolls back.
    """
    went = _failed(poll, now) if poll.outcome is Outcome.FAILED else _succeeded(poll)
    if last_full_check_at:
        went["last_full_check_at"] = last_full_check_at
    what = f"The poll of {poll.topic}/{poll.search}"
    leases.finish_row(tx, searches, _is(poll.topic, poll.search), token, what, **went, due_at=due_at)


def _succeeded(poll: Poll) -> dict[str, Any]:
    return {
        "last_success_at": poll.started_at,
        "failures_in_row": 0,
        "first_failure_at": None,
        "last_error": poll.error,
        "has_baseline": True,
        "translation": poll.translation,
        "warnings_seen": poll.warnings,
    }


def _failed(poll: Poll, now: datetime) -> dict[str, Any]:
    return {
        "failures_in_row": searches.c.failures_in_row + 1,
        "first_failure_at": case((searches.c.failures_in_row == 0, now), else_=searches.c.first_failure_at),
        "last_error": poll.error,
    }


def state(tx: Tx, topic: str, name: str) -> SearchState:
    """How one search stands; raises KeyError when it was never configured."""
    row = tx.execute(_STATE_OF, {"of_topic": topic, "of_name": name}).one_or_none()
    if row is None:
        raise KeyError(f"{topic}/{name}")
    return SearchState(**row._mapping)


def states(tx: Tx, topic: str) -> list[SearchState]:
    """How the configured searches of a topic stand, by name."""
    rows = tx.execute(_STATES, {"of_topic": topic})
    return [SearchState(**row._mapping) for row in rows]
