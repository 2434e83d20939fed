"""Matches: which PMIDs a search matches, since when, and which it no longer does."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, select, update

from monitor.store.database import bulk
from monitor.store.database.engine import Tx
from monitor.store.schema.tables import matches


def held(tx: Tx, topic: str, search: str) -> set[str]:
    """The PMIDs the search matches, as far as we know: found, and not believed gone."""
    return set(tx.scalars(select(matches.c.pmid).where(_of(topic, search), matches.c.gone_at.is_(None))))


def suspected(tx: Tx, topic: str, search: str) -> set[str]:
    """Those of `held` that the last poll did not list; missing once more, they are gone."""
    missing = and_(matches.c.missing_since.is_not(None), matches.c.gone_at.is_(None))
    return set(tx.scalars(select(matches.c.pmid).where(_of(topic, search), missing)))


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
    ours = update(matches).where(_of(topic, search))
    bulk.update_among(tx, ours.values(missing_since=now), matches.c.pmid, missing)
    bulk.update_among(tx, ours.values(clear), matches.c.pmid, back)
    bulk.update_among(tx, ours.values(gone_at=now), matches.c.pmid, gone)


def searches_of(tx: Tx, topic: str, pmids: Iterable[str]) -> Mapping[str, tuple[str, ...]]:
    """Which searches of the topic match each of `pmids` now, by name."""
    statement = select(matches.c.pmid, matches.c.search).where(matches.c.topic == topic, matches.c.gone_at.is_(None))
    found: dict[str, tuple[str, ...]] = {}
    for pmid, search in bulk.select_among(tx, statement.order_by(matches.c.search), matches.c.pmid, pmids):
        found[pmid] = (*found.get(pmid, ()), search)
    return found


def holders(tx: Tx, pmids: Iterable[str]) -> dict[str, set[str]]:
    """Which topics match which of `pmids` now: topic to PMIDs."""
    statement = select(matches.c.topic, matches.c.pmid).where(matches.c.gone_at.is_(None)).distinct()
    found: dict[str, set[str]] = {}
    for topic, pmid in bulk.select_among(tx, statement, matches.c.pmid, pmids):
        found.setdefault(topic, set()).add(pmid)
    return found


def count(tx: Tx, topic: str) -> int:
    """How many articles the searches of a topic match now, each counted once."""
    current = and_(matches.c.topic == topic, matches.c.gone_at.is_(None))
    return tx.scalar(select(func.count(matches.c.pmid.distinct())).where(current)) or 0


def _of(topic: str, search: str) -> ColumnElement[bool]:
    return and_(matches.c.topic == topic, matches.c.search == search)
