"""Works that citation indexes beside PubMed list as citing a topic's seed: for each topic, in PubMed or not."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import bindparam, select

from monitor.model import ListedWork
from monitor.store.database import bulk
from monitor.store.database.engine import Tx
from monitor.store.database.prepared import Prepared
from monitor.store.schema.tables import citing_works

_OF_SEED = citing_works.c.topic == bindparam("of_topic"), citing_works.c.cited == bindparam("of_cited")
_RECORDS = Prepared(select(citing_works.c.record).where(*_OF_SEED).order_by(citing_works.c.key))
_IN_PUBMED = Prepared(select(citing_works.c.pmid, citing_works.c.is_news).where(*_OF_SEED, citing_works.c.pmid != ""))


def of(tx: Tx, topic: str, cited: str) -> list[ListedWork]:
    """Every work listed as citing the seed with the PMID `cited`, by key."""
    return _RECORDS.column(tx, of_topic=topic, of_cited=cited)


def outside(tx: Tx, topic: str, cited: str) -> list[ListedWork]:
    """Those of them that PubMed does not have."""
    return [one for one in of(tx, topic, cited) if not one.work.pmid]


def in_pubmed(tx: Tx, topic: str, cited: str) -> dict[str, bool]:
    """The PMIDs of those that PubMed has; of each, whether readers are to be told of it."""
    found: dict[str, bool] = {}
    for pmid, is_news in _IN_PUBMED.rows(tx, of_topic=topic, of_cited=cited):
        found[pmid] = is_news or found.get(pmid, False)
    return found


def told(tx: Tx, topic: str, cited: str) -> list[ListedWork]:
    """Those of which readers were told while PubMed did not have them."""
    return [one for one in of(tx, topic, cited) if one.told_at]


def save(tx: Tx, topic: str, cited: str, works: Iterable[ListedWork]) -> None:
    """Store these works, new or changed."""
    rows = (
        {
            "topic": topic,
            "cited": cited,
            "key": one.key,
            "pmid": one.work.pmid,
            "is_news": one.is_news,
            "record": one,
        }
        for one in works
    )
    keys = ["topic", "cited", "key"]
    bulk.upsert(tx, citing_works, rows, keys=keys, replace=["pmid", "is_news", "record"])
