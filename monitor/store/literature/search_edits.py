"""What configurations did to each search: when, who, under which version of Monitor; never updated."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, func, insert, select

from monitor.model import Search, SearchEdit, SearchEditKind, SearchKind, Topic
from monitor.store.database.engine import Tx
from monitor.store.schema.service_tables import search_edits

_LAST = select(search_edits).where(
    search_edits.c.id.in_(select(func.max(search_edits.c.id)).group_by(search_edits.c.topic, search_edits.c.search))
)
_OF_TOPIC = select(search_edits).where(search_edits.c.topic == bindparam("of_topic")).order_by(search_edits.c.id)


def record(tx: Tx, configured: Iterable[Topic], now: datetime, by: str, version: str) -> None:
    """Store how the searches of these topics, which are the whole configuration, differ from when it was last used."""
    last = {(row.topic, row.search): row for row in tx.execute(_LAST)}
    wanted = {(search.topic, search.name): (search, topic) for topic in configured for search in topic.searches}
    edits = [
        *_of_configured(wanted.values(), last),
        *_of_removed(row for key, row in last.items() if key not in wanted),
    ]
    if edits:
        tx.execute(insert(search_edits), [{**edit, "at": now, "by": by, "version": version} for edit in edits])


def _of_configured(
    wanted: Iterable[tuple[Search, Topic]], last: dict[tuple[str, str], Row[Any]]
) -> Iterator[dict[str, object]]:
    for search, topic in wanted:
        before = last.get((search.topic, search.name))
        strategy = strategy_of(search, topic)
        if before is None:
            what = SearchEditKind.ADDED
        elif before.what is SearchEditKind.REMOVED:
            what = SearchEditKind.RESTORED
        elif (before.kind, before.strategy) != (search.kind, strategy):
            what = SearchEditKind.CHANGED
        else:
            continue
        place = {"topic": search.topic, "search": search.name}
        yield {**place, "what": what, "kind": search.kind, "strategy": strategy}


def _of_removed(rows: Iterable[Row[Any]]) -> Iterator[dict[str, object]]:
    for row in rows:
        if row.what is not SearchEditKind.REMOVED:
            place = {"topic": row.topic, "search": row.search}
            yield {**place, "what": SearchEditKind.REMOVED, "kind": row.kind, "strategy": row.strategy}


def strategy_of(search: Search, topic: Topic) -> str:
    """What a search asks for: its query, or the links of the topic's seed."""
    seed = (topic.seed.doi or f"PMID {topic.seed.pmid}") if topic.seed else "the seed"
    if search.kind is SearchKind.CITING:
        return f"articles that cite {seed}"
    if search.kind is SearchKind.SIMILAR:
        return f"articles that PubMed computes to be similar to {seed}"
    return search.query


def of_topic(tx: Tx, topic: str) -> list[SearchEdit]:
    """Everything that was done to the searches of a topic, oldest first."""
    rows = (dict(row._mapping) for row in tx.execute(_OF_TOPIC, {"of_topic": topic}))
    return [SearchEdit(**{name: value for name, value in row.items() if name != "id"}) for row in rows]
