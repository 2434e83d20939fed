"""Polls: every execution of a search, with what PRISMA-S requires to be reported about it."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

from sqlalchemy import bindparam, exists, func, insert, select

from monitor.model import Poll
from monitor.store.database.engine import Tx
from monitor.store.schema.tables import polls

_OURS = select(polls).where(polls.c.topic == bindparam("of_topic"), polls.c.search == bindparam("of_search"))
_ALL = _OURS.order_by(polls.c.finished_at, polls.c.id)
_SINCE = _ALL.where(polls.c.finished_at > bindparam("since"))
_LATEST = _OURS.order_by(polls.c.finished_at.desc(), polls.c.id.desc()).limit(bindparam("n"))
_BEFORE = (
    _OURS.where(polls.c.started_at <= bindparam("at")).order_by(polls.c.started_at.desc(), polls.c.id.desc()).limit(1)
)
_NEW = insert(polls).returning(polls.c.id)

#: The PostgreSQL advisory lock of `lock`; the number is arbitrary but must never change.
_LOCK = select(func.pg_advisory_xact_lock(0x706F6C6C))  # "poll"


def lock(tx: Tx) -> None:
    """Store the results of one poll at a time, until the transaction ends; waits while another one is stored.

    An article may match several topics: which ones must not change between reading it and storing the new state.
    On SQLite writing transactions exclude each other anyway.
    """
    if tx.dialect.name != "sqlite":
        tx.execute(_LOCK)


def add(tx: Tx, poll: Poll) -> int:
    """Store a poll; returns its id. `poll.id` is ignored."""
    row = asdict(poll)
    del row["id"]
    number: int = tx.execute(_NEW, row).scalar_one()
    return number


def has_any(tx: Tx) -> bool:
    """Was any search ever polled on this database?"""
    return bool(tx.scalar(select(exists().where(polls.c.id > 0))))


def since(tx: Tx, topic: str, search: str, at: datetime | None) -> list[Poll]:
    """The polls that finished after `at` (all of them when it is None), oldest first."""
    ours = {"of_topic": topic, "of_search": search}
    rows = tx.execute(_SINCE, {**ours, "since": at}) if at else tx.execute(_ALL, ours)
    return [Poll(**row._mapping) for row in rows]


def last_before(tx: Tx, topic: str, search: str, at: datetime) -> Poll | None:
    """The last poll that had begun at `at`, that of this very instant included; None when there was none yet."""
    row = tx.execute(_BEFORE, {"of_topic": topic, "of_search": search, "at": at}).one_or_none()
    return Poll(**row._mapping) if row else None


def latest(tx: Tx, topic: str, search: str, n: int) -> list[Poll]:
    """The last `n` polls, newest first."""
    rows = tx.execute(_LATEST, {"of_topic": topic, "of_search": search, "n": n})
    return [Poll(**row._mapping) for row in rows]
