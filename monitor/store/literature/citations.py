"""Citations: which article cites which, who reported it and when first. A citation is never removed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import bindparam, func, select, update

from monitor.store.database import bulk
from monitor.store.database.engine import Tx
from monitor.store.database.prepared import Prepared
from monitor.store.schema.tables import articles, citations

_WHO_CITES = Prepared(select(citations.c.citing).where(citations.c.cited == bindparam("of_cited")))
_CLINICAL = Prepared(_WHO_CITES.statement.where(citations.c.is_clinical))
_SEEN = Prepared(
    select(citations)
    .where(citations.c.cited == bindparam("of_cited"))
    .order_by(citations.c.first_seen_at, citations.c.source)
)


def add(
    tx: Tx, cited: str, citing_pmids: Iterable[str], source: str, now: datetime, poll_id: int | None = None
) -> set[str]:
    """Store that `source` lists these PMIDs as citing `cited`; returns those that no source had listed before."""
    listed = set(citing_pmids)
    new = listed - set(_WHO_CITES.column(tx, of_cited=cited))
    edge = {"cited": cited, "source": source, "first_seen_at": now, "first_poll_id": poll_id, "is_clinical": False}
    rows = ({**edge, "citing": pmid} for pmid in sorted(listed))
    bulk.upsert(tx, citations, rows, keys=["cited", "citing", "source"])
    return new


def mark_clinical(tx: Tx, cited: str, citing_pmids: Iterable[str], source: str) -> None:
    """Store that `source` calls these of the articles that it lists as citing `cited` clinical ones; kept for good."""
    statement = update(citations).where(citations.c.cited == bindparam("of_cited"), citations.c.source == source)
    bulk.update_among(tx, statement.values(is_clinical=True), citations.c.citing, citing_pmids, of_cited=cited)


def clinical(tx: Tx, cited: str) -> set[str]:
    """The PMIDs of those that cite `cited` which any source calls clinical articles."""
    return set(_CLINICAL.column(tx, of_cited=cited))


def citing(tx: Tx, cited: str) -> dict[str, tuple[datetime, tuple[str, ...]]]:
    """The articles that cite `cited`: by PMID, when it was first seen and its sources, the earliest first."""
    seen: dict[str, tuple[datetime, tuple[str, ...]]] = {}
    for row in _SEEN.rows(tx, of_cited=cited):
        first_seen_at, sources = seen.get(row.citing, (row.first_seen_at, ()))
        seen[row.citing] = (first_seen_at, (*sources, row.source))
    return seen


def seen_by(tx: Tx, cited: str, citing_pmid: str) -> list[tuple[str, datetime]]:
    """Who lists `citing_pmid` as citing `cited`, and since when it was seen to, the first first."""
    rows = tx.execute(_SEEN.statement.where(citations.c.citing == citing_pmid), {"of_cited": cited})
    return [(row.source, row.first_seen_at) for row in rows]


def count_by_month(tx: Tx, cited: str) -> dict[str, dict[str, int]]:
    """Cited-by counts over time: {"2012-05": {source: n}}, months in order.

    A citation counts in the month in which the citing article was first public, or, while its record is not
    stored, in which the citation was first seen.
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
    """How many articles cite `cited` according to any source."""
    distinct = func.count(citations.c.citing.distinct())
    return tx.scalar(select(distinct).where(citations.c.cited == cited)) or 0
