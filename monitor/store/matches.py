"""Matches: which PMIDs a search matches, since when, and which it no longer does."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, select, update

from monitor.store import bulk
from monitor.store.engine import Tx
from monitor.store.tables import matches


def held(tx: Tx, topic: str, search: str) -> set[str]:
    """The PMIDs the search matches, as far as we know: found, and not believed gone."""
    return set(tx.scalars(select(matches.c.pmid).where(_of(topic, search), matches.c.gone_at.is_(None))))


def suspected(tx: Tx, topic: str, search: str) -> set[str]:
    """Those of `held` that the last poll did not list; missing once more, they are gone."""
    missing = and_(matches.c.missing_since.is_not(None), matches.c.gone_at.is_(None))
    return set(tx.scalars(select(matches.c.pmid).where(_of(topic, search), missing)))


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
