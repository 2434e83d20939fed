"""Seed context: what PubMed links to each seed, when to refresh it, and the summaries shown on its card.

Nothing here is a match or a stored article: what a search finds later is fetched, classified and reported as usual.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import bindparam, or_, select

from monitor.model import ArticleSummary, SeedContext
from monitor.store.database import bulk
from monitor.store.database.engine import Tx
from monitor.store.database.prepared import Prepared
from monitor.store.schema import tables
from monitor.store.schema.tables import seed_context as seed_contexts
from monitor.store.schema.tables import topics

#: The name in `store.leases` of the task that refreshes the context of every seed.
WORK = "seed context"

_IS_DUE = or_(seed_contexts.c.due_at.is_(None), seed_contexts.c.due_at <= bindparam("now"))
_DUE = Prepared(
    select(topics.c.seed_pmid)
    .outerjoin(seed_contexts, seed_contexts.c.seed == topics.c.seed_pmid)
    .where(topics.c.seed_pmid != "", _IS_DUE)
    .distinct()
)
_SUMMARIES = Prepared(select(tables.summaries.c.pmid, tables.summaries.c.record))


def due(tx: Tx, keys: Iterable[str], now: datetime) -> list[str]:
    """The seeds (PMIDs, in order) of these topics that are due or have no context yet; without unresolved ones."""
    found = bulk.select_among(tx, _DUE, topics.c.key, keys, now=now)
    return sorted({row.seed_pmid for row in found}, key=int)


def of(tx: Tx, seed: str) -> SeedContext:
    """The stored context of `seed`, empty when there is none yet."""
    found: SeedContext | None = tx.scalar(select(seed_contexts.c.record).where(seed_contexts.c.seed == seed))
    return found or SeedContext(seed)


def failures_in_row(tx: Tx, seed: str) -> int:
    """How many refreshes of the context of `seed` have failed since the last success."""
    return tx.scalar(select(seed_contexts.c.failures_in_row).where(seed_contexts.c.seed == seed)) or 0


def save(tx: Tx, known: SeedContext, due_at: datetime, *, failures: int = 0, error: str = "") -> None:
    """Store the context, the outcome of the refresh and when the next is due."""
    row = {"seed": known.seed, "due_at": due_at, "failures_in_row": failures, "last_error": error, "record": known}
    bulk.upsert(tx, seed_contexts, [row], keys=["seed"], replace=["due_at", "failures_in_row", "last_error", "record"])


def summarize(tx: Tx, fetched: Iterable[ArticleSummary], now: datetime) -> None:
    """Store summaries of articles that are shown but not stored."""
    rows = ({"pmid": one.pmid, "seen_at": now, "record": one} for one in fetched)
    bulk.upsert(tx, tables.summaries, rows, keys=["pmid"], replace=["seen_at", "record"])


def summaries(tx: Tx, pmids: Iterable[str]) -> dict[str, ArticleSummary]:
    """The stored summaries of `pmids`, by PMID."""
    found = bulk.select_among(tx, _SUMMARIES, tables.summaries.c.pmid, pmids)
    return {row.pmid: row.record for row in found}
