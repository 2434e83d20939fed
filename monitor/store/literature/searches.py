"""Searches: which are due, claims to poll them, how their polls went. Their PMIDs are in `store.matches`."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, Update, and_, bindparam, case, func, select, text, update

from monitor.model import Outcome, Poll, Search, SearchKind, SearchState, Topic
from monitor.store.database import bulk, leases
from monitor.store.database.engine import Tx
from monitor.store.database.prepared import Prepared
from monitor.store.literature import topics
from monitor.store.schema.tables import UNNOTICED, searches

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
    searches.c.doubt,
    searches.c.doubt_since,
    searches.c.polls_ended,
)

_THIS = and_(searches.c.topic == bindparam("of_topic"), searches.c.name == bindparam("of_name"))
_KEY = ("topic", "name")
_CONFIGURED = Prepared(
    select(*(searches.c[name] for name in (*_KEY, "kind", "query", "every_s", "is_active", "due_at")))
)
_STATE_OF = Prepared(select(*_STATE).where(_THIS))
_STATES = Prepared(
    select(*_STATE).where(searches.c.topic == bindparam("of_topic"), searches.c.is_active).order_by(searches.c.name)
)
_ALL_STATES = Prepared(select(*_STATE).where(searches.c.is_active).order_by(searches.c.topic, searches.c.name))
_UNNOTICED = Prepared(
    select(*_STATE).where(text(f"({UNNOTICED})"), searches.c.is_active).order_by(searches.c.topic, searches.c.name)
)
_NOTICED = Prepared(update(searches).where(_THIS).values(polls_noticed=bindparam("ended")))
_NOW = bindparam("now", type_=searches.c.due_at.type)
_IS_DUE = searches.c.due_at <= _NOW
_DUE = and_(searches.c.is_active, _IS_DUE, leases.is_free(searches, _NOW))
_ALL_DUE = Prepared(select(*_STATE).where(_DUE).order_by(searches.c.due_at))
_COUNT_DUE = Prepared(select(func.count()).select_from(searches).where(_DUE))
_CLAIM_EARLY = Prepared(leases.taking(searches, _THIS, searches.c.is_active))
_CLAIM_DUE = Prepared(_CLAIM_EARLY.statement.where(_IS_DUE))

_ANSWERED = Prepared(leases.finishing(searches, _THIS, polls_ended=searches.c.polls_ended + 1))
_DOUBTED = Prepared(
    _ANSWERED.statement.values(doubt_since=case((searches.c.doubt == "", _NOW), else_=searches.c.doubt_since))
)
_FAILED = Prepared(
    _ANSWERED.statement.values(
        failures_in_row=searches.c.failures_in_row + 1,
        first_failure_at=case((searches.c.failures_in_row == 0, _NOW), else_=searches.c.first_failure_at),
    )
)


# --- configuration -----------------------------------------------------------------------------


def sync(tx: Tx, configured: Iterable[Topic], now: datetime) -> list[tuple[str, str]]:
    """Update the rows to match the configuration; returns (topic, name) of the searches that it no longer names.

    A new search is due at once. A changed query (or seed, for searches by link) needs a new baseline
    and is due at once. A shorter interval brings the next poll forward. A search that is no longer
    configured becomes inactive and keeps its history. Reads every row in one statement and writes only those that
    differ, so that a start costs little however many searches there are.
    """
    configured = list(configured)
    topics.sync(tx, configured, now)
    stored = {(row.topic, row.name): row for row in _CONFIGURED.rows(tx)}
    wanted = {(search.topic, search.name): search for topic in configured for search in topic.searches}
    removed = [key for key, row in stored.items() if row.is_active and key not in wanted]
    for topic, name in removed:
        tx.execute(update(searches).where(_is(topic, name)).values(is_active=False))
    bulk.upsert(tx, searches, [_new(search, now) for key, search in wanted.items() if key not in stored], keys=_KEY)
    for key in wanted.keys() & stored.keys():
        if changed := _difference(stored[key], wanted[key], now):
            tx.execute(update(searches).where(_is(*key)).values(changed))
    return removed


def _is(topic: str, name: str) -> ColumnElement[bool]:
    return and_(searches.c.topic == topic, searches.c.name == name)


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
    """The new values of the columns in which `row` differs from `search`, and what follows from them."""
    new = _new(search, now)
    changed = {name: new[name] for name in ("kind", "query", "every_s", "is_active") if new[name] != getattr(row, name)}
    if "every_s" in changed:
        changed["due_at"] = min(row.due_at, now + search.every)
    if "is_active" in changed:
        changed["due_at"] = now
    if "query" in changed or "kind" in changed:  # a running poll used the old query: it loses its lease
        reset = {"has_baseline": False, "due_at": now, "last_full_check_at": None, **leases.FREE}
        changed |= reset | {"translation": "", "warnings_seen": (), "doubt": "", "doubt_since": None}
    return changed


def recorded(tx: Tx, topic: str) -> dict[Search, bool]:
    """Every search that the topic ever had, by name, and whether it is configured now."""
    rows = tx.execute(_CONFIGURED.statement.where(searches.c.topic == topic).order_by(searches.c.name))
    return {
        Search(row.topic, row.name, row.kind, timedelta(seconds=row.every_s), row.query): row.is_active for row in rows
    }


def make_due(tx: Tx, topic: str, kind: SearchKind, now: datetime) -> None:
    """Let the topic's searches of this kind be due at `now`, unless they are due before."""
    is_meant = and_(searches.c.topic == topic, searches.c.kind == kind, searches.c.is_active, searches.c.due_at > now)
    tx.execute(update(searches).where(is_meant).values(due_at=now))


# --- polling -------------------------------------------------------------------------------------


def due(tx: Tx, now: datetime) -> list[SearchState]:
    """The searches that are due and not leased, the longest overdue first."""
    return [SearchState(**row._asdict()) for row in _ALL_DUE.rows(tx, now=now)]


def count_due(tx: Tx, now: datetime) -> int:
    """How many searches are due and not leased."""
    return _COUNT_DUE.value(tx, now=now) or 0


def all_fail(tx: Tx) -> bool:
    """Did the last poll of every configured search fail? False when none is configured."""
    works = tx.execute(select(searches.c.failures_in_row == 0).where(searches.c.is_active).distinct()).scalars()
    return set(works) == {False}


def claim(
    tx: Tx, topic: str, name: str, now: datetime, length: timedelta = leases.LENGTH, *, early: bool = False
) -> str | None:
    """Lease the search for polling until `now + length`; returns the token, None when it is not due or leased.

    With `early` it need not be due: an operator asked for a poll now.
    """
    claim = _CLAIM_EARLY if early else _CLAIM_DUE
    return leases.take_row(tx, claim, now, length, of_topic=topic, of_name=name)


def finish(
    tx: Tx, poll: Poll, token: str, due_at: datetime, now: datetime, *, last_full_check_at: datetime | None = None
) -> None:
    """Release the lease, store the outcome of the poll, and set when the next one is due.

    An INCOMPLETE poll counts as a success, since what it returned is valid; one whose answer is doubted counts as
    neither success nor failure. `last_full_check_at` is passed when every stored record of the search was fetched
    again. Raises ConflictError, which rolls back the caller's transaction, when the lease was lost: it expired and
    another poll took over, or the query changed.
    """
    finished, outcome = _failed(poll, now) if poll.outcome is Outcome.FAILED else _answered(poll)
    if last_full_check_at:
        outcome["last_full_check_at"] = last_full_check_at
    what = f"The poll of {poll.topic}/{poll.search}"
    leases.finish_row(tx, finished, token, what, of_topic=poll.topic, of_name=poll.search, due_at=due_at, **outcome)


def _answered(poll: Poll) -> tuple[Prepared[Update], dict[str, Any]]:
    works = {"failures_in_row": 0, "first_failure_at": None, "last_error": poll.error, "doubt": poll.doubt}
    if poll.doubt:
        return _DOUBTED, works | {"now": poll.started_at}
    return _ANSWERED, works | {
        "doubt_since": None,
        "last_success_at": poll.started_at,
        "has_baseline": True,
        "translation": poll.translation,
        "warnings_seen": poll.warnings,
    }


def _failed(poll: Poll, now: datetime) -> tuple[Prepared[Update], dict[str, Any]]:
    return _FAILED, {"last_error": poll.error, "now": now}


def state(tx: Tx, topic: str, name: str) -> SearchState:
    """The state of one search; raises KeyError when it was never configured."""
    row = _STATE_OF.first(tx, of_topic=topic, of_name=name)
    if row is None:
        raise KeyError(f"{topic}/{name}")
    return SearchState(**row._asdict())


def states(tx: Tx, topic: str) -> list[SearchState]:
    """The states of a topic's configured searches, by name."""
    rows = _STATES.rows(tx, of_topic=topic)
    return [SearchState(**row._asdict()) for row in rows]


def all_states(tx: Tx) -> dict[str, list[SearchState]]:
    """The states of all configured searches by topic, each topic's by name."""
    found: dict[str, list[SearchState]] = {}
    for row in _ALL_STATES.rows(tx):
        found.setdefault(row.topic, []).append(SearchState(**row._asdict()))
    return found


# --- what the operator is told -------------------------------------------------------------------


def unnoticed(tx: Tx) -> list[SearchState]:
    """The searches of which a poll has ended since `mark_noticed`, and those that fail, by topic and name."""
    return [SearchState(**row._asdict()) for row in _UNNOTICED.rows(tx)]


def mark_noticed(tx: Tx, looked_at: Iterable[SearchState]) -> None:
    """Record that the operator was told what there is to tell of these states; a poll that ended since is not noticed.

    Those that fail stay among the unnoticed: what is told of them depends on the time.
    """
    rows = [{"of_topic": one.topic, "of_name": one.name, "ended": one.polls_ended} for one in looked_at]
    _NOTICED.run_all(tx, rows)
