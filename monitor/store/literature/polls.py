"""Polls: every execution of a search, with what PRISMA-S requires to be reported about it."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

from sqlalchemy import bindparam, exists, func, insert, select

from monitor.model import Poll
from monitor.store.database.engine import Tx
from monitor.store.database.prepared import Prepared
from monitor.store.schema.tables import polls, searches

_OURS = select(polls).where(polls.c.topic == bindparam("of_topic"), polls.c.search == bindparam("of_search"))
_ALL = Prepared(_OURS.order_by(polls.c.finished_at, polls.c.id))
_SINCE = Prepared(_ALL.statement.where(polls.c.finished_at > bindparam("since")))
_LATEST = Prepared(_OURS.order_by(polls.c.finished_at.desc(), polls.c.id.desc()).limit(bindparam("n")))
_OF_TOPIC = select(polls).where(polls.c.topic == bindparam("of_topic")).order_by(polls.c.finished_at, polls.c.id)
_ITS_SEARCHES = select(searches.c.name).where(searches.c.topic == bindparam("of_topic"))  # for the index
_OF_TOPIC_SINCE = Prepared(_OF_TOPIC.where(polls.c.search.in_(_ITS_SEARCHES), polls.c.finished_at > bindparam("since")))
_earlier = polls.alias()
#: Of each search of a topic the last poll that had begun: by the end of it, for which there is an index.
_BEFORE = Prepared(
    _OF_TOPIC.where(
        polls.c.id.in_(
            select(
                select(_earlier.c.id)
                .where(
                    _earlier.c.topic == searches.c.topic,
                    _earlier.c.search == searches.c.name,
                    _earlier.c.started_at <= bindparam("at"),
                )
                .order_by(_earlier.c.finished_at.desc(), _earlier.c.id.desc())
                .limit(1)
                .correlate(searches)
                .scalar_subquery()
            ).where(searches.c.topic == bindparam("of_topic"))
        )
    )
)
_NEW = Prepared(insert(polls).returning(polls.c.id))

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
    [number] = _NEW.column(tx, **row)
    return int(number)


def has_any(tx: Tx) -> bool:
    """Was any search ever polled on this database?"""
    return bool(tx.scalar(select(exists().where(polls.c.id > 0))))


def since(tx: Tx, topic: str, search: str, at: datetime | None) -> list[Poll]:
    """The polls that finished after `at` (all of them when it is None), oldest first."""
    ours = {"of_topic": topic, "of_search": search}
    rows = _SINCE.rows(tx, **ours, since=at) if at else _ALL.rows(tx, **ours)
    return [Poll(**row._asdict()) for row in rows]


def of_topic_since(tx: Tx, topic: str, at: datetime) -> dict[str, list[Poll]]:
    """`since` for every search of a topic that had a poll since `at`, by the search's name."""
    found: dict[str, list[Poll]] = {}
    for row in _OF_TOPIC_SINCE.rows(tx, of_topic=topic, since=at):
        found.setdefault(row.search, []).append(Poll(**row._asdict()))
    return found


def last_before(tx: Tx, topic: str, at: datetime) -> dict[str, Poll]:
    """Of each search of a topic the last poll that had begun at `at`, that of this very instant included, by name."""
    return {row.search: Poll(**row._asdict()) for row in _BEFORE.rows(tx, of_topic=topic, at=at)}


def latest(tx: Tx, topic: str, search: str, n: int) -> list[Poll]:
    """The last `n` polls, newest first."""
    rows = _LATEST.rows(tx, of_topic=topic, of_search=search, n=n)
    return [Poll(**row._asdict()) for row in rows]
