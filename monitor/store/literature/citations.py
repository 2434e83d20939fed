"""Citations: who cites whom, which sources saw it, and when first. An edge once seen is never removed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import bindparam, func, select

from monitor.store.database import bulk
from monitor.store.database.engine import Tx
from monitor.store.schema.tables import articles, citations

_WHO_CITES = select(citations.c.citing).where(citations.c.cited == bindparam("of_cited"))
_SEEN = (
    select(citations)
    .where(citations.c.cited == bindparam("of_cited"))
    .order_by(citations.c.first_seen_at, citations.c.source)
)


def add(
    tx: Tx, cited: str, citing_pmids: Iterable[str], source: str, now: datetime, poll_id: int | None = None
) -> set[str]:
    """Keep that `source` says these PMIDs cite `cited`; those that no source had said before."""
    said = set(citing_pmids)
    fresh = said - set(tx.scalars(_WHO_CITES, {"of_cited": cited}))
    edge = {"cited": cited, "source": source, "first_seen_at": now, "first_poll_id": poll_id}
    rows = ({**edge, "citing": pmid} for pmid in sorted(said))
    bulk.put(tx, citations, rows, keys=["cited", "citing", "source"])
    return fresh


def citing(tx: Tx, cited: str) -> dict[str, tuple[datetime, tuple[str, ...]]]:
    """Who cites `cited`: for each PMID when it was first seen and which sources saw it, the first one first."""
    seen: dict[str, tuple[datetime, tuple[str, ...]]] = {}
    for row in tx.execute(_SEEN, {"of_cited": cited}):
        first_seen_at, sources = seen.get(row.citing, (row.first_seen_at, ()))
        seen[row.citing] = (first_seen_at, (*sources, row.source))
    return seen


def count_by_month(tx: Tx, cited: str) -> dict[str, dict[str, int]]:
    """Cited-by counts over time: {"2012-05": {source: n}}, months in order.

    A citation counts in the month its citing article was first public, or was first seen here
    while we hold no record of it.
    """
    public_on = select(articles.c.pmid, articles.c.first_public_on).subquery()
    rows = (
        select(citations.c.source, citations.c.first_seen_at, public_on.c.first_public_on)
        .outerjoin(public_on, public_on.c.pmid == citations.c.citing)
        .where(citations.c.cited == cited)
    )
    counts: Counter[tuple[str, str]] = Counter()
    for source, first_seen_at, day in tx.execute(rows):
        counts[f"{day or first_seen_at:%Y-%m}", source] += 1
    by_month: dict[str, dict[str, int]] = {}
    for (month, source), n in sorted(counts.items()):
        by_month.setdefault(month, {})[source] = n
    return by_month


def count(tx: Tx, cited: str) -> int:
    """How many articles cite `cited`, whichever source says so."""
    distinct = func.count(citations.c.citing.distinct())
    return tx.scalar(select(distinct).where(citations.c.cited == cited)) or 0
