"""How each source besides PubMed stands with each topic: when it is due, claims to ask it, what became of asking."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, and_, bindparam, case, func, select, text, update

from monitor.model import SourceName, SourceState
from monitor.store.database import bulk, leases
from monitor.store.database.engine import Tx
from monitor.store.database.prepared import Prepared
from monitor.store.schema.outside_tables import TROUBLED, source_states

_STATE = tuple(source_states.c[name] for name in SourceState.__dataclass_fields__)
_KEY = ("source", "topic")
_THIS = and_(source_states.c.source == bindparam("of_source"), source_states.c.topic == bindparam("of_topic"))
_ORDERED = Prepared(
    select(*_STATE).where(source_states.c.is_active).order_by(source_states.c.topic, source_states.c.source)
)
_NOW = bindparam("now", type_=source_states.c.due_at.type)
_IS_DUE = and_(source_states.c.due_at <= _NOW, leases.is_free(source_states, _NOW))
_ALL, _ONE = Prepared(select(source_states)), Prepared(select(*_STATE).where(_THIS))
_OF_TOPIC = Prepared(_ORDERED.statement.where(source_states.c.topic == bindparam("of_topic")))
_TROUBLED = Prepared(_ORDERED.statement.where(text(f"({TROUBLED})")))
_DUE = Prepared(
    select(*_STATE).where(source_states.c.is_active, _IS_DUE).order_by(source_states.c.due_at, source_states.c.topic)
)
_CLAIM = Prepared(leases.taking(source_states, _THIS, source_states.c.is_active))
_CLAIM_DUE = Prepared(_CLAIM.statement.where(source_states.c.due_at <= _NOW))
_FINISH = Prepared(leases.finishing(source_states, _THIS))
_FAIL = Prepared(
    _FINISH.statement.values(
        failures_in_row=source_states.c.failures_in_row + 1,
        first_failure_at=case((source_states.c.failures_in_row == 0, _NOW), else_=source_states.c.first_failure_at),
    )
)
#: What is not true any more once a source is asked for something else.
_RESET: dict[str, Any] = {"has_baseline": False, "watermark": "", "doubt": "", "doubt_since": None, **leases.FREE}


@dataclass(frozen=True, slots=True)
class SourcePlan:
    """A source that a topic is to ask, how often, and `asked`: what of the topic decides about its answer."""

    source: SourceName
    topic: str
    every: timedelta
    asked: str = ""


def sync(tx: Tx, plans: Iterable[SourcePlan], now: datetime) -> None:
    """Update the rows to match the configuration.

    A new one is due at once, and so is one whose `asked` has changed, which needs a new baseline. A shorter interval
    brings it forward. One that is no longer configured becomes inactive and keeps what it has.
    """
    wanted = {(plan.source, plan.topic): plan for plan in plans}
    stored = {(row.source, row.topic): row for row in _ALL.rows(tx)}
    new = [_new(plan, now) for key, plan in wanted.items() if key not in stored]
    bulk.upsert(tx, source_states, new, keys=_KEY)
    for key, row in stored.items():
        if changed := _difference(row, wanted.get(key), now):
            tx.execute(update(source_states).where(_THIS).values(changed), {"of_source": key[0], "of_topic": key[1]})


def _new(plan: SourcePlan, now: datetime) -> dict[str, Any]:
    every = int(plan.every.total_seconds())
    row = {"source": plan.source, "topic": plan.topic, "asked": plan.asked, "every_s": every}
    return row | {"is_active": True, "due_at": now}


def _difference(row: Row[Any], plan: SourcePlan | None, now: datetime) -> dict[str, Any]:
    """The new values of the columns in which `row` differs from its plan, and what follows from them."""
    if plan is None:
        return {"is_active": False} if row.is_active else {}
    new = _new(plan, now)
    changed = {name: new[name] for name in ("asked", "every_s", "is_active") if new[name] != getattr(row, name)}
    if "every_s" in changed:
        changed["due_at"] = min(row.due_at, now + plan.every)
    if "is_active" in changed or "asked" in changed:
        changed["due_at"] = now
    return changed | _RESET if "asked" in changed else changed


def due(tx: Tx, sources: Collection[SourceName], now: datetime) -> list[SourceState]:
    """Those of `sources` that a topic is due to ask and nobody is asking, the longest overdue first."""
    return [state for row in _DUE.rows(tx, now=now) if (state := _state(row)).source in sources]


def claim(
    tx: Tx, source: SourceName, topic: str, now: datetime, length: timedelta = leases.LENGTH, *, early: bool = False
) -> str | None:
    """Lease the right to ask `source` for `topic`; returns the token, None when it is not due or leased.

    With `early` it need not be due.
    """
    claim = _CLAIM if early else _CLAIM_DUE
    return leases.take_row(tx, claim, now, length, of_source=source, of_topic=topic)


def finish(
    tx: Tx,
    state: SourceState,
    token: str,
    due_at: datetime,
    now: datetime,
    *,
    watermark: str = "",
    doubt: str = "",
    remark: str = "",
    requests: int = 0,
) -> None:
    """Release the lease after an answer: a baseline from now on, unless it is doubted.

    A doubted answer counts as neither success nor failure, and moves no watermark. `state` is that of the claim. Raises
    ConflictError, which rolls back the caller's transaction, when the lease was lost.
    """
    values: dict[str, Any] = {"failures_in_row": 0, "first_failure_at": None, "last_error": "", "doubt": doubt}
    values["requests"] = requests
    if not doubt:
        values |= {"doubt_since": None, "last_success_at": now, "has_baseline": True}
        values |= {"watermark": watermark, "remark": remark}
        if state.unusable_since:
            values |= {"outage_from": state.unusable_since, "outage_until": now}
    if doubt:
        values["doubt_since"] = state.unusable_since or now
    _finish(tx, state, token, due_at, _FINISH, values)


def fail(
    tx: Tx, state: SourceState, token: str, due_at: datetime, now: datetime, error: str, requests: int = 0
) -> None:
    """Release the lease after a failure: what is known stays. Raises ConflictError when the lease was lost."""
    _finish(tx, state, token, due_at, _FAIL, {"last_error": error, "requests": requests}, now=now)


def _finish(
    tx: Tx, state: SourceState, token: str, due_at: datetime, statement: Any, values: dict[str, Any], **more: Any
) -> None:
    what = f"What {state.source.label} answered for {state.topic}"
    of = {"of_source": state.source, "of_topic": state.topic, "due_at": due_at}
    leases.finish_row(tx, statement, token, what, **of, **values, **more)


def state(tx: Tx, source: SourceName, topic: str) -> SourceState:
    """How one source stands with one topic; raises KeyError when it was never configured."""
    row = _ONE.first(tx, of_source=source, of_topic=topic)
    if row is None:
        raise KeyError(f"{source}/{topic}")
    return _state(row)


def states(tx: Tx, topic: str) -> list[SourceState]:
    """How the sources that are on stand with a topic, by their names."""
    return [_state(row) for row in _OF_TOPIC.rows(tx, of_topic=topic)]


def ever(tx: Tx, topic: str) -> list[tuple[SourcePlan, bool, SourceState]]:
    """Every source that a topic asks or once asked, by name: its plan as stored, whether it is on, how it stands."""
    rows = tx.execute(select(source_states).where(source_states.c.topic == topic).order_by(source_states.c.source))
    return [
        (
            SourcePlan(row.source, topic, timedelta(seconds=row.every_s), row.asked),
            row.is_active,
            SourceState(**{column.name: row._mapping[column.name] for column in _STATE}),
        )
        for row in rows
    ]


def all_states(tx: Tx) -> list[SourceState]:
    """How every source that is on stands with every topic, by topic and name."""
    return [_state(row) for row in _ORDERED.rows(tx)]


def troubled(tx: Tx) -> list[SourceState]:
    """Those that fail, and those whose last answer is doubted, by topic and name."""
    return [_state(row) for row in _TROUBLED.rows(tx)]


def count_due(tx: Tx, now: datetime) -> int:
    """How many are due and asked by nobody."""
    is_due = select(func.count()).select_from(source_states).where(source_states.c.is_active, _IS_DUE)
    return tx.scalar(is_due, {"now": now}) or 0


def _state(row: Row[Any]) -> SourceState:
    return SourceState(**row._asdict())
