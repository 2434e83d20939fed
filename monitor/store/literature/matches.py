"""Matches: the PMIDs that a search lists, since when, and those that it no longer lists."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import and_, bindparam, func, select, update

from monitor.store.database import bulk
from monitor.store.database.engine import Tx
from monitor.store.database.prepared import Prepared
from monitor.store.schema.tables import matches

_OF_SEARCH = and_(matches.c.topic == bindparam("of_topic"), matches.c.search == bindparam("of_search"))
_IS_CURRENT = matches.c.gone_at.is_(None)
_CURRENT = Prepared(select(matches.c.pmid).where(_OF_SEARCH, _IS_CURRENT))
_SUSPECTED = Prepared(_CURRENT.statement.where(matches.c.missing_since.is_not(None)))
_MISSING = Prepared(update(matches).where(_OF_SEARCH).values(missing_since=bindparam("now")))
_BACK = Prepared(update(matches).where(_OF_SEARCH).values(missing_since=None, gone_at=None))
_GONE = Prepared(update(matches).where(_OF_SEARCH).values(gone_at=bindparam("now")))
_OF_TOPIC = and_(matches.c.topic == bindparam("of_topic"), _IS_CURRENT)
_SEARCHES = Prepared(select(matches.c.pmid, matches.c.search).where(_OF_TOPIC).order_by(matches.c.search))
_TOPICS = Prepared(select(matches.c.topic, matches.c.pmid).where(_IS_CURRENT).distinct())
_IN_TOPIC = Prepared(select(matches.c.pmid).where(_OF_TOPIC).distinct())
_BY_ANY = Prepared(select(matches.c.pmid).where(_IS_CURRENT).distinct())
_ONCE = Prepared(
    select(matches.c.pmid).where(matches.c.topic == bindparam("of_topic"), matches.c.gone_at.is_not(None)).distinct()
)
_EVER = matches.c.topic == bindparam("of_topic")
_COUNT_EVER = select(func.count(matches.c.pmid.distinct())).where(_EVER)
_COUNTS_EVER = select(matches.c.search, func.count().label("number")).where(_EVER).group_by(matches.c.search)
_COUNTS = (
    select(matches.c.topic, func.count(matches.c.pmid.distinct()).label("number"))
    .where(_IS_CURRENT)
    .group_by(matches.c.topic)
)
_COUNT = Prepared(select(func.count(matches.c.pmid.distinct())).where(_OF_TOPIC))
_COUNT_BY_SEARCH = Prepared(
    select(matches.c.search, func.count().label("number")).where(_OF_TOPIC).group_by(matches.c.search)
)


def current(tx: Tx, topic: str, search: str) -> set[str]:
    """The PMIDs that the search currently matches: listed once and not recorded as gone."""
    return set(_CURRENT.column(tx, of_topic=topic, of_search=search))


def suspected_missing(tx: Tx, topic: str, search: str) -> set[str]:
    """Those of `current` that the last poll did not list; if the next poll misses them too, they are gone."""
    return set(_SUSPECTED.column(tx, of_topic=topic, of_search=search))


def record(
    tx: Tx,
    topic: str,
    search: str,
    poll_id: int | None,
    now: datetime,
    *,
    new: Iterable[str] = (),
    missing: Iterable[str] = (),
    back: Iterable[str] = (),
    gone: Iterable[str] = (),
) -> None:
    """Store the result of a poll: PMIDs `new`, `missing` for the first time, `back` after being missing, and `gone`.

    A PMID that was gone and is listed again keeps its `first_seen_at`.
    """
    where = {"topic": topic, "search": search, "first_seen_at": now, "first_poll_id": poll_id}
    clear = {"missing_since": None, "gone_at": None}
    rows = ({**where, **clear, "pmid": pmid} for pmid in new)
    bulk.upsert(tx, matches, rows, keys=["topic", "search", "pmid"], replace=["missing_since", "gone_at"])
    of_search = {"of_topic": topic, "of_search": search}
    bulk.update_among(tx, _MISSING, matches.c.pmid, missing, **of_search, now=now)
    bulk.update_among(tx, _BACK, matches.c.pmid, back, **of_search)
    bulk.update_among(tx, _GONE, matches.c.pmid, gone, **of_search, now=now)


def searches_of(tx: Tx, topic: str, pmids: Iterable[str]) -> Mapping[str, tuple[str, ...]]:
    """The names of the topic's searches that currently match each of `pmids`, by PMID, in order."""
    found: dict[str, tuple[str, ...]] = {}
    for pmid, search in bulk.select_among(tx, _SEARCHES, matches.c.pmid, pmids, of_topic=topic):
        found[pmid] = (*found.get(pmid, ()), search)
    return found


def topics_matching(tx: Tx, pmids: Iterable[str]) -> dict[str, set[str]]:
    """Which topics currently match which of `pmids`: PMIDs by topic."""
    found: dict[str, set[str]] = {}
    for topic, pmid in bulk.select_among(tx, _TOPICS, matches.c.pmid, pmids):
        found.setdefault(topic, set()).add(pmid)
    return found


def matched_in(tx: Tx, topic: str, pmids: Iterable[str]) -> set[str]:
    """Those of `pmids` that a search of the topic currently matches."""
    return set(bulk.column_among(tx, _IN_TOPIC, matches.c.pmid, pmids, of_topic=topic))


def matched_by_any(tx: Tx, pmids: Iterable[str]) -> set[str]:
    """Those of `pmids` that a search of any topic currently matches."""
    return set(bulk.column_among(tx, _BY_ANY, matches.c.pmid, pmids))


def once_matched(tx: Tx, topic: str, pmids: Iterable[str]) -> set[str]:
    """Those of `pmids` that a search of the topic matched at some time and no longer does."""
    return set(bulk.column_among(tx, _ONCE, matches.c.pmid, pmids, of_topic=topic))


def count(tx: Tx, topic: str) -> int:
    """How many articles the searches of a topic currently match, each counted once."""
    return _COUNT.value(tx, of_topic=topic) or 0


def count_by_search(tx: Tx, topic: str) -> dict[str, int]:
    """How many articles each search of a topic currently matches, without those that match none."""
    return {row.search: row.number for row in _COUNT_BY_SEARCH.rows(tx, of_topic=topic)}


def count_ever(tx: Tx, topic: str) -> int:
    """How many articles the searches of a topic have ever matched, each counted once."""
    return tx.scalar(_COUNT_EVER, {"of_topic": topic}) or 0


def counts_ever(tx: Tx, topic: str) -> dict[str, int]:
    """How many articles each search of a topic has ever matched, by its name, in order."""
    rows = tx.execute(_COUNTS_EVER, {"of_topic": topic})
    return dict(sorted((row.search, row.number) for row in rows))


def counts(tx: Tx) -> dict[str, int]:
    """`count` of every topic whose searches match anything."""
    return {row.topic: row.number for row in tx.execute(_COUNTS)}
