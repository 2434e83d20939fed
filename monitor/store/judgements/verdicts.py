"""Verdicts: the rules' classification of each article for each topic, current and past."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, func, insert, select, update

from monitor.model import Design, Judged, Verdict
from monitor.store.database import bulk
from monitor.store.database.engine import Tx
from monitor.store.database.prepared import Prepared
from monitor.store.judgements import screenings
from monitor.store.literature import articles
from monitor.store.outside import notices
from monitor.store.schema.tables import verdicts

#: Designs that affect the answer or its wording although the article is not a trial of the topic's question.
BEARING = frozenset(
    {
        Design.SYSTEMATIC_REVIEW,
        Design.META_ANALYSIS_TREATMENT,
        Design.META_ANALYSIS_ASSOCIATION,
        Design.GUIDELINE,
        Design.PROTOCOL,
        Design.ERRATUM,
        Design.RETRACTION_NOTICE,
        Design.CONCERN_NOTICE,
    }
)


def _currently(*columns: ColumnElement[Any]) -> Select[*tuple[Any, ...]]:
    return select(*columns).where(verdicts.c.topic == bindparam("of_topic"), verdicts.c.is_current)


_RECORDS = Prepared(_currently(verdicts.c.pmid, verdicts.c.record))
_ALL = _currently(verdicts.c.record).order_by(verdicts.c.pmid).execution_options(yield_per=bulk.FETCH_SIZE)
_BEARING = Prepared(_currently(verdicts.c.pmid).where(verdicts.c.has_bearing))
_RETIRE = Prepared(
    update(verdicts).where(verdicts.c.topic == bindparam("of_topic"), verdicts.c.is_current).values(is_current=False)
)
_RETIRED = select(verdicts.c.pmid).where(verdicts.c.topic == bindparam("of_topic")).except_(_currently(verdicts.c.pmid))
_VERSIONS = Prepared(_currently(func.min(verdicts.c.rules_version), func.max(verdicts.c.rules_version)))


def save(tx: Tx, judged_now: Iterable[Verdict], now: datetime) -> int:
    """Store verdicts; the newest of each article and topic is current, earlier ones remain as history.

    A verdict equal to the current one is not stored again. Returns the number stored.
    """
    stored = 0
    for chunk in bulk.chunked(judged_now, bulk.CHUNK // 4):
        by_topic: dict[str, dict[str, Verdict]] = {}
        for verdict in chunk:
            by_topic.setdefault(verdict.topic, {})[verdict.pmid] = verdict
        rows = [_row(verdict, now) for topic, newest in by_topic.items() for verdict in _outdating(tx, topic, newest)]
        if rows:
            tx.execute(insert(verdicts), rows)
        stored += len(rows)
    return stored


def _outdating(tx: Tx, topic: str, newest: Mapping[str, Verdict]) -> list[Verdict]:
    """Those that differ from the current ones, which are no longer current then.

    A topic at a time: for pairs of topic and PMID SQLite reads the verdicts of all topics.
    """
    before = current(tx, topic, newest)
    found = [verdict for pmid, verdict in newest.items() if before.get(pmid) != verdict]
    retire(tx, topic, [verdict.pmid for verdict in found])
    return found


def retire(tx: Tx, topic: str, pmids: Iterable[str]) -> None:
    """The articles no longer have a current verdict, until one is saved again: they are held under another PMID."""
    bulk.update_among(tx, _RETIRE, verdicts.c.pmid, pmids, of_topic=topic)


def retired(tx: Tx, topic: str) -> set[str]:
    """The articles that are held under another PMID: whoever judges a whole topic leaves them out."""
    return set(tx.scalars(_RETIRED, {"of_topic": topic}))


def _row(verdict: Verdict, now: datetime) -> dict[str, Any]:
    return {
        "topic": verdict.topic,
        "pmid": verdict.pmid,
        "design": verdict.design,
        "level": verdict.level,
        "score": verdict.score,
        "rules_version": verdict.rules_version,
        "is_match": verdict.relevance.is_match,
        "has_bearing": verdict.relevance.is_match or verdict.design in BEARING,
        "is_current": True,
        "made_at": now,
        "record": verdict,
    }


def current(tx: Tx, topic: str, pmids: Iterable[str]) -> dict[str, Verdict]:
    """The rules' current verdict on each of `pmids` that has one."""
    rows = bulk.select_among(tx, _RECORDS, verdicts.c.pmid, pmids, of_topic=topic)
    return {row.pmid: row.record for row in rows}


def all_current(tx: Tx, topic: str) -> Iterator[Verdict]:
    """The rules' current verdict on every article of the topic, by PMID; streamed."""
    yield from tx.execute(_ALL, {"of_topic": topic}).scalars()


def judged(tx: Tx, topic: str) -> list[Judged]:
    """The articles from which the answer is derived, by PMID, with verdict and screening.

    They are those whose verdict matches the question or whose design is in `BEARING`, and those that a
    person screened or linked to another; each as PubMed has it, with the notices that other sources have of it.
    """
    screened = screenings.current(tx, topic)
    bearing = set(_BEARING.column(tx, of_topic=topic))
    pmids = (
        bearing
        | set(screened)
        | {pmid for link in screenings.links(tx, topic) for pmid in (link.pmid, link.other_pmid)}
    )
    by_rules = current(tx, topic, pmids)
    known = notices.overlaid(tx, topic, articles.known(tx, by_rules))
    return [Judged(known[pmid], by_rules[pmid], screened.get(pmid)) for pmid in sorted(by_rules)]


def history(tx: Tx, topic: str, pmid: str) -> list[tuple[datetime, Verdict]]:
    """Every verdict of the rules on one article, oldest first: (made at, verdict)."""
    of_one = and_(verdicts.c.topic == topic, verdicts.c.pmid == pmid)
    rows = tx.execute(select(verdicts.c.made_at, verdicts.c.record).where(of_one).order_by(verdicts.c.id))
    return [(row.made_at, row.record) for row in rows]


def rules_version(tx: Tx, topic: str) -> str:
    """The rules version of the current verdicts: "" when there are none, "1 and 2" when they differ."""
    [(lowest, highest)] = _VERSIONS.rows(tx, of_topic=topic)
    if lowest is None:
        return ""
    return str(lowest) if lowest == highest else f"{lowest} and {highest}"
