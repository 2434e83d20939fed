"""Articles: the latest state of PubMed's records, and every revision of a watched field."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, bindparam, func, insert, select

from monitor.model import Article, Revision
from monitor.store.database import bulk
from monitor.store.database.engine import Tx
from monitor.store.database.prepared import Prepared
from monitor.store.literature import matches
from monitor.store.schema import tables
from monitor.store.schema.tables import articles

_PMIDS, _RECORDS = Prepared(select(articles.c.pmid)), Prepared(select(articles.c.pmid, articles.c.record))
_DOIS = Prepared(select(articles.c.doi, articles.c.pmid).where(articles.c.doi != "").order_by(articles.c.pmid))
_COUNT_ON_RECORD = Prepared(
    select(func.count())
    .select_from(articles)
    .where(articles.c.pmid.in_(select(tables.matches.c.pmid).where(tables.matches.c.topic == bindparam("of_topic"))))
)
_REPLACED = ("title", "doi", "journal", "status", "first_public_on", "revised_on", "saved_at", "record")


def known(tx: Tx, pmids: Iterable[str]) -> dict[str, Article]:
    """The stored articles among `pmids`, by PMID."""
    return {row.pmid: row.record for row in bulk.select_among(tx, _RECORDS, articles.c.pmid, pmids)}


def which_known(tx: Tx, pmids: Iterable[str]) -> set[str]:
    """Those of `pmids` whose article is stored; cheaper than `known`."""
    return set(bulk.column_among(tx, _PMIDS, articles.c.pmid, pmids))


def save(tx: Tx, new_or_newer: Iterable[Article], now: datetime, poll_id: int | None = None) -> None:
    """Insert or update articles; `first_seen_at` and `first_poll_id` of an existing row do not change."""
    rows = (_row(article, now, poll_id) for article in new_or_newer)
    bulk.upsert(tx, articles, rows, keys=["pmid"], replace=_REPLACED)


def _row(article: Article, now: datetime, poll_id: int | None) -> dict[str, Any]:
    return {
        "pmid": article.pmid,
        "title": article.title,
        "doi": article.doi.lower(),
        "journal": article.journal,
        "status": article.status,
        "first_public_on": article.first_public_on,
        "revised_on": article.revised_on,
        "first_seen_at": now,
        "saved_at": now,
        "first_poll_id": poll_id,
        "record": article,
    }


def count(tx: Tx, topic: str | None = None) -> int:
    """The number of stored articles, or of those that the searches of `topic` currently match."""
    if topic is not None:
        return matches.count(tx, topic)
    return tx.scalar(select(func.count()).select_from(articles)) or 0


def count_on_record(tx: Tx, topic: str) -> int:
    """The number of `in_topic`: never less than what the topic's answer counts, whatever its searches match now."""
    return _COUNT_ON_RECORD.value(tx, of_topic=topic) or 0


def by_doi(tx: Tx, doi: str) -> Article | None:
    """The stored article with this DOI, compared without regard to case; None when there is none."""
    found = select(articles.c.record).where(articles.c.doi == doi.lower(), articles.c.doi != "")
    return tx.scalars(found.order_by(articles.c.pmid)).first()


def by_dois(tx: Tx, dois: Iterable[str]) -> dict[str, list[str]]:
    """The PMIDs of the stored articles with each of these DOIs (in lower case), by DOI, in order."""
    found: dict[str, list[str]] = {}
    for row in bulk.select_among(tx, _DOIS, articles.c.doi, dois):
        found.setdefault(row.doi, []).append(row.pmid)
    return found


def in_topic(tx: Tx, topic: str) -> Iterator[Article]:
    """Every stored article that a search of `topic` ever matched, by PMID; streamed."""
    statement = select(articles.c.record).where(_is_in_topic(topic)).order_by(articles.c.pmid)
    yield from tx.execute(statement.execution_options(yield_per=bulk.FETCH_SIZE)).scalars()


def dois_in_topic(tx: Tx, topic: str) -> dict[str, str]:
    """The DOI of each article of `in_topic`, in lower case, "" where it has none, by PMID."""
    rows = tx.execute(select(articles.c.pmid, articles.c.doi).where(_is_in_topic(topic)).order_by(articles.c.pmid))
    return {row.pmid: row.doi for row in rows}


def pmids_in_topic(tx: Tx, topic: str) -> list[str]:
    """The PMIDs of `in_topic`, in order."""
    return list(tx.scalars(_PMIDS.statement.where(_is_in_topic(topic)).order_by(articles.c.pmid)))


def titles(tx: Tx, topic: str) -> list[tuple[str, str, str]]:
    """PMID, title and DOI (in lower case) of each of `in_topic`; much cheaper than the records."""
    named = select(articles.c.pmid, articles.c.title, articles.c.doi).where(_is_in_topic(topic))
    return [(row.pmid, row.title, row.doi) for row in tx.execute(named.order_by(articles.c.pmid))]


def publication_dates(tx: Tx, topic: str) -> tuple[date | None, date | None]:
    """The earliest and the latest day on which an article of the topic was first public."""
    day = articles.c.first_public_on
    row = tx.execute(select(func.min(day), func.max(day)).where(_is_in_topic(topic))).one()
    return row[0], row[1]


def _is_in_topic(topic: str) -> ColumnElement[bool]:
    return articles.c.pmid.in_(select(tables.matches.c.pmid).where(tables.matches.c.topic == topic))


def first_seen_at(tx: Tx, pmids: Iterable[str]) -> dict[str, datetime]:
    """The instant at which each stored article among `pmids` was first seen."""
    found = bulk.select_among(tx, select(articles.c.pmid, articles.c.first_seen_at), articles.c.pmid, pmids)
    return {row.pmid: row.first_seen_at for row in found}


def add_revisions(tx: Tx, pmid: str, revised: Iterable[Revision], now: datetime, poll_id: int | None = None) -> None:
    """Store the changed fields of an article, each with its old and new value."""
    where = {"pmid": pmid, "seen_at": now, "poll_id": poll_id}
    if rows := [{**where, "field": one.field, "old": one.old, "new": one.new} for one in revised]:
        tx.execute(insert(tables.revisions), rows)


def revisions(tx: Tx, pmid: str) -> list[tuple[datetime, int | None, Revision]]:
    """Every revision of an article, oldest first: (seen at, id of the poll, revision)."""
    table = tables.revisions
    rows = tx.execute(select(table).where(table.c.pmid == pmid).order_by(table.c.id))
    return [(row.seen_at, row.poll_id, Revision(row.field, row.old, row.new)) for row in rows]
