"""Preprints: what is held of each for a topic, and every state in which it was seen."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, bindparam, select

from monitor.model import HeldPreprint, Preprint
from monitor.store.database import bulk
from monitor.store.database.engine import Tx
from monitor.store.database.prepared import Prepared
from monitor.store.schema.preprint_tables import preprint_states, preprints

_OF_TOPIC = Prepared(select(preprints).where(preprints.c.topic == bindparam("of_topic")).order_by(preprints.c.id))
_TRIALS = Prepared(_OF_TOPIC.statement.where(preprints.c.is_trial))
_WITHOUT_ARTICLE = Prepared(_OF_TOPIC.statement.where(preprints.c.article_pmid == ""))
_JUDGED_OTHERWISE = Prepared(
    _OF_TOPIC.statement.where(preprints.c.judged_by != bindparam("version")).limit(bindparam("most"))
)
_JUDGED = ("is_trial", "judged_by", "verdict")
_REPLACED = (*_JUDGED, "pmid", "article_pmid", "told_at", "asked_at", "record")


def of_topic(tx: Tx, topic: str) -> list[HeldPreprint]:
    """Every preprint held for `topic`, by id."""
    return _held(tx, _OF_TOPIC, topic)


def trials(tx: Tx, topic: str) -> list[HeldPreprint]:
    """Those that the rules judge to be randomised trials of the question."""
    return _held(tx, _TRIALS, topic)


def without_article(tx: Tx, topic: str) -> list[HeldPreprint]:
    """Those of which no article of PubMed is known."""
    return _held(tx, _WITHOUT_ARTICLE, topic)


def of_articles(tx: Tx, topic: str, pmids: Iterable[str]) -> dict[str, HeldPreprint]:
    """The preprint of each of `pmids` that is known to be the article of one, or its own record in PubMed."""
    pmids = set(pmids) - {""}
    by_record, by_article = (
        {
            getattr(row, column.name): _one(row)
            for row in bulk.select_among(tx, _OF_TOPIC, column, pmids, of_topic=topic)
        }
        for column in (preprints.c.pmid, preprints.c.article_pmid)
    )
    return by_record | by_article


def save(tx: Tx, topic: str, changed: Iterable[HeldPreprint]) -> None:
    """Insert or update what is held of these; `seen_at` of an existing one does not change."""
    bulk.upsert(tx, preprints, (_row(topic, one) for one in changed), keys=["topic", "id"], replace=_REPLACED)


def add_states(tx: Tx, topic: str, seen: Iterable[Preprint], now: datetime) -> None:
    """Keep the states in which these were seen now."""
    rows = ({"topic": topic, "id": one.id, "seen_at": now, "record": one} for one in seen)
    bulk.upsert(tx, preprint_states, rows, keys=["topic", "id", "seen_at"], replace=["record"])


def rejudge(tx: Tx, topic: str, judged: Iterable[HeldPreprint]) -> None:
    """Store the verdicts of these."""
    bulk.upsert(tx, preprints, (_row(topic, one) for one in judged), keys=["topic", "id"], replace=_JUDGED)


def states(tx: Tx, topic: str, number: str) -> list[tuple[datetime, Preprint]]:
    """Every state in which one preprint was seen, oldest first, with when."""
    of_one = preprint_states.c.topic == topic, preprint_states.c.id == number
    states = select(preprint_states.c.seen_at, preprint_states.c.record).where(*of_one)
    return [(row.seen_at, row.record) for row in tx.execute(states.order_by(preprint_states.c.seen_at))]


def judged_otherwise(tx: Tx, topic: str, version: str, most: int) -> list[HeldPreprint]:
    """At most so many that were judged by another version of question and rules."""
    return _held(tx, _JUDGED_OTHERWISE, topic, version=version, most=most)


def _held(tx: Tx, statement: Prepared[Select[Any]], topic: str, **parameters: Any) -> list[HeldPreprint]:
    return [_one(row) for row in statement.rows(tx, of_topic=topic, **parameters)]


def _one(row: Row[Any]) -> HeldPreprint:
    return HeldPreprint(row.record, row.verdict, row.judged_by, row.seen_at, row.told_at, row.asked_at)


def _row(topic: str, held: HeldPreprint) -> dict[str, Any]:
    article = held.preprint.article
    return {
        "topic": topic,
        "id": held.preprint.id,
        "pmid": held.preprint.pmid,
        "article_pmid": article.pmid if article else "",
        "is_trial": held.is_trial,
        "judged_by": held.judged_by,
        "seen_at": held.seen_at,
        "told_at": held.told_at,
        "asked_at": held.asked_at,
        "record": held.preprint,
        "verdict": held.verdict,
    }
