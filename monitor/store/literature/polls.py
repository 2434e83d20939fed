"""Polls: every execution of a search, with what a searcher must be able to report of it."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

from sqlalchemy import ColumnElement, and_, insert, select, true

from monitor.model import Poll
from monitor.store.database.engine import Tx
from monitor.store.schema.tables import polls


def add(tx: Tx, poll: Poll) -> int:
    """Keep a poll; its id."""
    row = asdict(poll)
    del row["id"]
    number: int = tx.execute(insert(polls).values(row).returning(polls.c.id)).scalar_one()
    return number


def since(tx: Tx, topic: str, search: str, at: datetime | None) -> list[Poll]:
    """The polls that finished after `at` (all of them when it is None), oldest first."""
    later = polls.c.finished_at > at if at else true()
    rows = tx.execute(select(polls).where(_of(topic, search), later).order_by(polls.c.finished_at, polls.c.id))
    return [Poll(**row._mapping) for row in rows]


def latest(tx: Tx, topic: str, search: str, n: int) -> list[Poll]:
    """The last `n` polls, newest first."""
    newest = select(polls).where(_of(topic, search)).order_by(polls.c.finished_at.desc(), polls.c.id.desc())
    return [Poll(**row._mapping) for row in tx.execute(newest.limit(n))]


def _of(topic: str, search: str) -> ColumnElement[bool]:
    return and_(polls.c.topic == topic, polls.c.search == search)
