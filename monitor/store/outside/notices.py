"""Retractions and other notices that sources other than PubMed have of a topic's articles.

They stand beside PubMed's record and never in it: what is compared with PubMed's next record is `store.articles`. None
is removed when its source no longer has it: a retraction is taken back by a reinstatement.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import bindparam, select

from monitor.model import Article, OutsideNotice
from monitor.model.outside import notice as outside_notice
from monitor.store.database import bulk
from monitor.store.database.engine import Tx
from monitor.store.database.prepared import Prepared
from monitor.store.schema.outside_tables import notices

_OF_TOPIC = Prepared(
    select(notices.c.pmid, notices.c.record)
    .where(notices.c.topic == bindparam("of_topic"))
    .order_by(notices.c.pmid, notices.c.source, notices.c.key)
)
_KEYS = ("topic", "pmid", "source", "key")

Notices = Mapping[str, Sequence[OutsideNotice]]


def save(tx: Tx, topic: str, found: Notices, now: datetime) -> None:
    """Store what a source has about articles, by PMID; what changed of a notice replaces what was stored of it."""
    rows = [
        {
            "topic": topic,
            "pmid": pmid,
            "source": one.source,
            "key": one.key,
            "nature": one.nature,
            "on": one.on,
            "first_seen_at": now,
            "record": one,
        }
        for pmid, ones in found.items()
        for one in ones
    ]
    bulk.upsert(tx, notices, rows, keys=_KEYS, replace=["nature", "on", "record"])


def of_topic(tx: Tx, topic: str) -> dict[str, list[OutsideNotice]]:
    """The notices about each article of a topic that any source has one about, by PMID."""
    found: dict[str, list[OutsideNotice]] = {}
    for row in _OF_TOPIC.rows(tx, of_topic=topic):
        found.setdefault(row.pmid, []).append(row.record)
    return found


def of(tx: Tx, topic: str, pmids: Iterable[str]) -> dict[str, list[OutsideNotice]]:
    """As `of_topic`, of these articles."""
    found: dict[str, list[OutsideNotice]] = {}
    for row in bulk.select_among(tx, _OF_TOPIC, notices.c.pmid, pmids, of_topic=topic):
        found.setdefault(row.pmid, []).append(row.record)
    return found


def first_seen(tx: Tx, topic: str, pmid: str) -> list[tuple[datetime, OutsideNotice]]:
    """The notices about one article, each with when it was first seen, the first first."""
    of_one = select(notices).where(notices.c.topic == topic, notices.c.pmid == pmid)
    rows = tx.execute(of_one.order_by(notices.c.first_seen_at, notices.c.source, notices.c.key))
    return [(row.first_seen_at, row.record) for row in rows]


def overlaid(tx: Tx, topic: str, articles: Mapping[str, Article]) -> dict[str, Article]:
    """The articles, by PMID, each with the notices that stand and that PubMed's record does not have."""
    held = of(tx, topic, articles)
    return {pmid: with_notices(article, held.get(pmid, ())) for pmid, article in articles.items()}


def with_notices(article: Article, held: Iterable[OutsideNotice]) -> Article:
    """The article as it stands with the notices that sources other than PubMed have of it."""
    added = tuple(one.as_notice() for one in outside_notice.standing(held))
    return replace(article, notices=(*article.notices, *added)) if added else article
