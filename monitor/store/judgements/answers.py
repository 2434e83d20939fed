"""Answers: the append-only history of each topic's answer. A trigger rejects UPDATE and DELETE."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, bindparam, func, insert, select

from monitor.model import AnswerRecord
from monitor.store.database.engine import Tx
from monitor.store.database.prepared import Prepared
from monitor.store.schema.tables import answers

_HISTORY = Prepared(select(answers).where(answers.c.topic == bindparam("of_topic")).order_by(answers.c.id))
_CURRENT = Prepared(_HISTORY.statement.order_by(None).order_by(answers.c.id.desc()).limit(1))
_ALL_CURRENT = Prepared(
    select(answers).where(answers.c.id.in_(select(func.max(answers.c.id)).group_by(answers.c.topic)))
)


def add(tx: Tx, record: AnswerRecord) -> int:
    """Append an answer; returns its id. `record.id` is ignored."""
    row = {
        "topic": record.answer.topic,
        "at": record.at,
        "state": record.answer.state,
        "previous": record.previous,
        "is_baseline": record.is_baseline,
        "fingerprint": record.answer.fingerprint,
        "poll_id": record.poll_id,
        "record": record.answer,
    }
    number: int = tx.execute(insert(answers).values(row).returning(answers.c.id)).scalar_one()
    return number


def current(tx: Tx, topic: str) -> AnswerRecord | None:
    """The current answer, None before the first."""
    row = _CURRENT.first(tx, of_topic=topic)
    return _record(row) if row else None


def all_current(tx: Tx) -> dict[str, AnswerRecord]:
    """The current answer of every topic that has one."""
    return {row.topic: _record(row) for row in _ALL_CURRENT.rows(tx)}


def history(tx: Tx, topic: str) -> list[AnswerRecord]:
    """Every answer a topic has had, oldest first."""
    rows = _HISTORY.rows(tx, of_topic=topic)
    return [_record(row) for row in rows]


def by_id(tx: Tx, answer_id: int) -> AnswerRecord:
    """One answer; raises KeyError when there is none of this id."""
    row = tx.execute(select(answers).where(answers.c.id == answer_id)).one_or_none()
    if row is None:
        raise KeyError(answer_id)
    return _record(row)


def _record(row: Row[*tuple[Any, ...]]) -> AnswerRecord:
    return AnswerRecord(
        answer=row.record,
        at=row.at,
        id=row.id,
        poll_id=row.poll_id,
        previous=row.previous,
        is_baseline=row.is_baseline,
    )
