"""Topics: the seed as PubMed knows it, and the lock that lets one transaction at a time decide for a topic."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import bindparam, select, update

from monitor.model import SearchKind, Topic
from monitor.store.database import bulk, leases
from monitor.store.database.engine import Tx
from monitor.store.schema.tables import searches, topics

_LOCK = (
    select(topics.c.key)
    .where(topics.c.key.in_(bindparam("keys", expanding=True)))
    .order_by(topics.c.key)  # so that no two wait in a ring
    .with_for_update()
)
_CONFIGURED = select(topics.c.configured_seed).where(topics.c.key == bindparam("of_topic"))
_SEED = select(topics.c.seed_pmid).where(topics.c.key == bindparam("of_topic"))


def lock(tx: Tx, *keys: str) -> None:
    """Let no other transaction past this line for these topics until this one ends.

    Call it first, once, wherever articles are judged and an answer is derived from them: two polls that
    each see only their own articles would otherwise store an answer that neither set supports. On
    SQLite a writing transaction is alone anyway.
    """
    tx.execute(_LOCK, {"keys": keys}).all()


def sync(tx: Tx, topic: Topic, now: datetime) -> None:
    """A row for `topic`; a seed configured differently is forgotten, so that it is resolved anew."""
    seed = topic.seed
    configured = f"{seed.doi.lower()} {seed.pmid}".strip() if seed else ""
    known = tx.scalar(_CONFIGURED, {"of_topic": topic.key})
    if known is None:
        bulk.put(tx, topics, [{"key": topic.key, "configured_seed": configured, "added_at": now}], keys=["key"])
    elif known != configured:
        tx.execute(update(topics).where(topics.c.key == topic.key).values(configured_seed=configured))
        _resolved(tx, topic.key, "", now)
        _begin_link_searches_anew(tx, topic.key, now)
    if seed and seed.pmid:
        set_seed_pmid(tx, topic.key, seed.pmid, now)


def seed_pmid(tx: Tx, topic: str) -> str:
    """The PMID of the topic's seed, "" while it is not resolved."""
    return tx.scalar(_SEED, {"of_topic": topic}) or ""


def set_seed_pmid(tx: Tx, topic: str, pmid: str, now: datetime) -> None:
    """Keep the resolved PMID of the seed; another one than before makes a new baseline of the searches by link."""
    before = seed_pmid(tx, topic)
    bulk.put(tx, topics, [{"key": topic, "added_at": now}], keys=["key"])
    if before != pmid:
        _resolved(tx, topic, pmid, now)
    if before and before != pmid:
        _begin_link_searches_anew(tx, topic, now)


def _resolved(tx: Tx, topic: str, pmid: str, now: datetime) -> None:
    tx.execute(update(topics).where(topics.c.key == topic).values(seed_pmid=pmid, seed_resolved_at=now))


def _begin_link_searches_anew(tx: Tx, topic: str, now: datetime) -> None:
    by_link = searches.c.kind != SearchKind.QUERY
    anew = {"has_baseline": False, "due_at": now, "last_full_check_at": None, **leases.FREE}
    tx.execute(update(searches).where(searches.c.topic == topic, by_link).values(anew))
