"""Surroundings: what PubMed ties to each seed, when to ask again, and the titles its card names.

Nothing in here is a match or an article held: what a search finds later is fetched, judged and told as ever.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import or_, select

from monitor.model import ArticleSummary, SeedContext
from monitor.store.database import bulk
from monitor.store.database.engine import Tx
from monitor.store.schema import tables
from monitor.store.schema.tables import seed_context as seed_contexts
from monitor.store.schema.tables import topics

#: The work of asking about every seed, as `store.leases` names it.
WORK = "seed context"


def due(tx: Tx, keys: Iterable[str], now: datetime) -> list[str]:
    """The seeds of these topics, as far as their PMID is known, that were never asked about or are due; in order."""
    of_topic = select(topics.c.seed_pmid).outerjoin(seed_contexts, seed_contexts.c.seed == topics.c.seed_pmid)
    is_due = or_(seed_contexts.c.due_at.is_(None), seed_contexts.c.due_at <= now)
    found = bulk.select_among(tx, of_topic.where(topics.c.seed_pmid != "", is_due).distinct(), topics.c.key, keys)
    return sorted({row.seed_pmid for row in found}, key=int)


def of(tx: Tx, seed: str) -> SeedContext:
    """What PubMed has told of `seed` so far; nothing for one never asked about."""
    found: SeedContext | None = tx.scalar(select(seed_contexts.c.record).where(seed_contexts.c.seed == seed))
    return found or SeedContext(seed)


def failures_in_row(tx: Tx, seed: str) -> int:
    """How many looks at the seed_contexts of `seed` have failed since the last that did not."""
    return tx.scalar(select(seed_contexts.c.failures_in_row).where(seed_contexts.c.seed == seed)) or 0


def save(tx: Tx, known: SeedContext, due_at: datetime, *, failures: int = 0, error: str = "") -> None:
    """Keep what is known now, how the look went and when the next is due."""
    row = {"seed": known.seed, "due_at": due_at, "failures_in_row": failures, "last_error": error, "record": known}
    bulk.put(tx, seed_contexts, [row], keys=["seed"], replace=["due_at", "failures_in_row", "last_error", "record"])


def summarize(tx: Tx, told: Iterable[ArticleSummary], now: datetime) -> None:
    """Keep what is said of articles that are named and not held."""
    rows = ({"pmid": one.pmid, "seen_at": now, "record": one} for one in told)
    bulk.put(tx, tables.summaries, rows, keys=["pmid"], replace=["seen_at", "record"])


def summaries(tx: Tx, pmids: Iterable[str]) -> dict[str, ArticleSummary]:
    """What is said of `pmids`, as far as it was asked."""
    table = tables.summaries
    found = bulk.select_among(tx, select(table.c.pmid, table.c.record), table.c.pmid, pmids)
    return {row.pmid: row.record for row in found}
