"""Matches: which PMIDs a search matches, since when, and which it no longer does."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import and_, bindparam, func, select, update

from monitor.store.database import bulk
from monitor.store.database.engine import Tx
from monitor.store.schema.tables import matches

_OURS = and_(matches.c.topic == bindparam("of_topic"), matches.c.search == bindparam("of_search"))
_IS_HELD = matches.c.gone_at.is_(None)
_HELD = select(matches.c.pmid).where(_OURS, _IS_HELD)
_SUSPECTED = _HELD.where(matches.c.missing_since.is_not(None))
_MISSING = update(matches).where(_OURS).values(missing_since=bindparam("now"))
_BACK = update(matches).where(_OURS).values(missing_since=None, gone_at=None)
_GONE = update(matches).where(_OURS).values(gone_at=bindparam("now"))
_OF_TOPIC = and_(matches.c.topic == bindparam("of_topic"), _IS_HELD)
_SEARCHES = select(matches.c.pmid, matches.c.search).where(_OF_TOPIC).order_by(matches.c.search)
_HOLDERS = select(matches.c.topic, matches.c.pmid).where(_IS_HELD).distinct()
_COUNT = select(func.count(matches.c.pmid.distinct())).where(_OF_TOPIC)


def held(tx: Tx, topic: str, search: str) -> set[str]:
    """The PMIDs the search matches, as far as we know: found, and not believed gone."""
    return set(tx.scalars(_HELD, {"of_topic": topic, "of_search": search}))


def suspected(tx: Tx, topic: str, search: str) -> set[str]:
    """Those of `held` that the last poll did not list; missing once more, they are gone."""
    return set(tx.scalars(_SUSPECTED, {"of_topic": topic, "of_search": search}))


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
    """Keep what a poll found: `new` matches, `missing` for the first time, `back` again, believed `gone`.

    A PMID that was gone and is matched anew keeps when it was first seen.
    """
    where = {"topic": topic, "search": search, "first_seen_at": now, "first_poll_id": poll_id}
    clear = {"missing_since": None, "gone_at": None}
    rows = ({**where, **clear, "pmid": pmid} for pmid in new)
    bulk.put(tx, matches, rows, keys=["topic", "search", "pmid"], replace=["missing_since", "gone_at"])
    ours = {"of_topic": topic, "of_search": search}
    bulk.update_among(tx, _MISSING, matches.c.pmid, missing, **ours, now=now)
    bulk.update_among(tx, _BACK, matches.c.pmid, back, **ours)
    bulk.update_among(tx, _GONE, matches.c.pmid, gone, **ours, now=now)


def searches_of(tx: Tx, topic: str, pmids: Iterable[str]) -> Mapping[str, tuple[str, ...]]:
    """Which searches of the topic match each of `pmids` now, by name."""
    found: dict[str, tuple[str, ...]] = {}
    for pmid, search in bulk.select_among(tx, _SEARCHES, matches.c.pmid, pmids, of_topic=topic):
        found[pmid] = (*found.get(pmid, ()), search)
    return found


def holders(tx: Tx, pmids: Iterable[str]) -> dict[str, set[str]]:
    """Which topics match which of `pmids` now: topic to PMIDs."""
    found: dict[str, set[str]] = {}
    for topic, pmid in bulk.select_among(tx, _HOLDERS, matches.c.pmid, pmids):
        found.setdefault(topic, set()).add(pmid)
    return found


def count(tx: Tx, topic: str) -> int:
    """How many articles the searches of a topic match now, each counted once."""
    return tx.scalar(_COUNT, {"of_topic": topic}) or 0
