"""Unread articles: listed by a search, but their record could not be read; and when each is asked for again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict

from sqlalchemy import and_, bindparam, delete, select

from monitor.model import Unread
from monitor.store.database import bulk
from monitor.store.database.engine import Tx
from monitor.store.database.prepared import Prepared
from monitor.store.schema.tables import searches, unread

_OF_TOPIC = Prepared(select(unread).where(unread.c.topic == bindparam("of_topic")).order_by(unread.c.pmid))
_IS_WATCHED = and_(searches.c.topic == unread.c.topic, searches.c.name == unread.c.search, searches.c.is_active)
_WATCHED = Prepared(_OF_TOPIC.statement.join_from(unread, searches, _IS_WATCHED))
_TOPICS = Prepared(select(unread.c.topic).distinct())
_KEYS = ("topic", "pmid")
_REPLACED = tuple(column.name for column in unread.c if column.name not in _KEYS)


def of_topic(tx: Tx, topic: str) -> dict[str, Unread]:
    """Every unread article of a topic, by PMID."""
    return {row.pmid: Unread(**row._asdict()) for row in _OF_TOPIC.rows(tx, of_topic=topic)}


def watched(tx: Tx, topic: str) -> list[Unread]:
    """The unread articles of a topic's configured searches, by PMID: those that are asked for again."""
    return [Unread(**row._asdict()) for row in _WATCHED.rows(tx, of_topic=topic)]


def topics(tx: Tx) -> set[str]:
    """The topics that have unread articles."""
    return set(_TOPICS.column(tx))


def save(tx: Tx, articles: Iterable[Unread]) -> None:
    """Insert or replace unread articles."""
    bulk.upsert(tx, unread, map(asdict, articles), keys=_KEYS, replace=_REPLACED)


def remove(tx: Tx, topic: str, pmids: Iterable[str]) -> None:
    """Forget unread articles of a topic: they were read, or are no longer listed."""
    for chunk in bulk.chunked(pmids):
        tx.execute(delete(unread).where(unread.c.topic == topic, unread.c.pmid.in_(chunk)))
