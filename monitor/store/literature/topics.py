"""Topics: the resolved PMID of the seed, the version of the question, and the lock that serializes transactions."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, select, update

from monitor.model import SearchKind, Topic
from monitor.store.database import bulk, leases
from monitor.store.database.engine import Tx
from monitor.store.database.prepared import Prepared
from monitor.store.schema.tables import searches, topics

_LOCK = (
    select(topics.c.key)
    .where(topics.c.key.in_(bindparam("keys", expanding=True)))
    .order_by(topics.c.key)  # one order for all, against deadlocks
    .with_for_update()
)
_SEEDS = Prepared(select(topics.c.key, topics.c.configured_seed, topics.c.seed_pmid))
_VERSIONS = Prepared(
    select(topics.c.judged_by, topics.c.configured_version).where(topics.c.key == bindparam("of_topic"))
)
_ALL_VERSIONS = Prepared(select(topics.c.key, topics.c.judged_by, topics.c.configured_version))
_TO_REASSESS = Prepared(
    select(topics.c.key).where(topics.c.judged_by != topics.c.configured_version).order_by(topics.c.key)
)
_JUDGED_BY = Prepared(select(topics.c.key, topics.c.judged_by))
_SEED = Prepared(select(topics.c.seed_pmid).where(topics.c.key == bindparam("of_topic")))


def lock(tx: Tx, *keys: str) -> None:
    """Lock these topics until the transaction ends; waits while another one has locked them.

    Call it once, first, in every transaction that stores verdicts and derives an answer from them: two polls that
    each see only their own articles would otherwise store an answer that neither supports. On
    SQLite writing transactions exclude each other anyway.
    """
    for chunk in bulk.chunked(sorted(keys)) if tx.dialect.name != "sqlite" else ():
        tx.execute(_LOCK, {"keys": chunk}).all()


def sync(tx: Tx, configured: Collection[Topic], now: datetime) -> None:
    """Insert or update the rows of these topics; a changed seed loses its PMID and is resolved again."""
    stored = {row.key: row for row in _SEEDS.rows(tx)}
    new = {topic.key: topic for topic in configured if topic.key not in stored}
    bulk.upsert(tx, topics, [_row(topic, now) for topic in new.values()], keys=["key"])
    for topic in configured:
        if topic.key in stored:
            _sync_seed(tx, stored[topic.key], topic, now)


def _row(topic: Topic, now: datetime) -> dict[str, Any]:
    pmid = topic.seed.pmid if topic.seed else ""
    resolved = {"seed_pmid": pmid, "seed_resolved_at": now if pmid else None}
    return {"key": topic.key, "configured_seed": _configured(topic), "added_at": now, **resolved}


def _configured(topic: Topic) -> str:
    """The seed as the configuration has it."""
    return f"{topic.seed.doi.lower()} {topic.seed.pmid}".strip() if topic.seed else ""


def _sync_seed(tx: Tx, stored: Row[*tuple[Any, ...]], topic: Topic, now: datetime) -> None:
    known = stored.seed_pmid
    if stored.configured_seed != _configured(topic):
        tx.execute(update(topics).where(topics.c.key == topic.key).values(configured_seed=_configured(topic)))
        _set_resolved(tx, topic.key, "", now)
        _reset_link_searches(tx, topic.key, now)
        known = ""
    if topic.seed and topic.seed.pmid not in ("", known):
        set_seed_pmid(tx, topic.key, topic.seed.pmid, now)


def resolved(tx: Tx, configured: Iterable[Topic]) -> set[str]:
    """The keys of those topics whose seed, as it is configured now, has a stored PMID."""
    seeds = {topic.key: _configured(topic) for topic in configured}
    return {row.key for row in _SEEDS.rows(tx) if row.seed_pmid and row.configured_seed == seeds.get(row.key)}


def seed_pmid(tx: Tx, topic: str) -> str:
    """The PMID of the topic's seed, "" while it is not resolved."""
    return _SEED.value(tx, of_topic=topic) or ""


def set_seed_pmid(tx: Tx, topic: str, pmid: str, now: datetime) -> None:
    """Store the resolved PMID of the seed; when it changed, the searches by link need a new baseline."""
    before = seed_pmid(tx, topic)
    bulk.upsert(tx, topics, [{"key": topic, "added_at": now}], keys=["key"])
    if before != pmid:
        _set_resolved(tx, topic, pmid, now)
    if before and before != pmid:
        _reset_link_searches(tx, topic, now)


def configure_versions(tx: Tx, wanted: Mapping[str, str]) -> None:
    """Set the configured version of question and rules by topic; a topic that is not in `wanted` keeps its own.

    When one has changed, all polls under way lose their lease: they would store verdicts by the old question, also on
    articles of other topics, which would remain.
    """
    for row in list(_ALL_VERSIONS.rows(tx)):
        version = wanted.get(row.key, row.configured_version)
        if row.judged_by and row.configured_version != version:
            tx.execute(update(searches).values(leases.FREE))
        if (row.configured_version, bool(row.judged_by)) != (version, True):
            values = {"configured_version": version, "judged_by": row.judged_by or version}
            tx.execute(update(topics).where(topics.c.key == row.key).values(values))


def keys(tx: Tx) -> list[str]:
    """The keys of all topics that are stored, also of those that the configuration no longer names, in order."""
    return list(tx.scalars(select(topics.c.key).order_by(topics.c.key)))


def to_reassess(tx: Tx) -> list[str]:
    """The keys of the topics of which some articles were judged by another question or other rules, in order."""
    return _TO_REASSESS.column(tx)


def versions(tx: Tx, topic: str) -> tuple[str, str]:
    """The version by which all articles of the topic were judged, and the configured one; "" for an unknown topic."""
    row = _VERSIONS.first(tx, of_topic=topic)
    return (row.judged_by, row.configured_version) if row else ("", "")


def judged_by(tx: Tx) -> dict[str, str]:
    """The version by which the articles of each topic were judged, by the topic's key."""
    return {row.key: row.judged_by for row in _JUDGED_BY.rows(tx)}


def set_judged_by(tx: Tx, topic: str, version: str) -> None:
    """Record that every article of the topic was judged by this version, which is then the configured one."""
    values = {"judged_by": version, "configured_version": version}
    tx.execute(update(topics).where(topics.c.key == topic).values(values))


def is_being_reassessed(tx: Tx, topic: str) -> bool:
    """Were some of the topic's articles judged by another question or other rules than the configured ones?"""
    judged_by, configured = versions(tx, topic)
    return judged_by != configured


def _set_resolved(tx: Tx, topic: str, pmid: str, now: datetime) -> None:
    tx.execute(update(topics).where(topics.c.key == topic).values(seed_pmid=pmid, seed_resolved_at=now))


def _reset_link_searches(tx: Tx, topic: str, now: datetime) -> None:
    by_link = searches.c.kind != SearchKind.QUERY
    reset = {"has_baseline": False, "due_at": now, "last_full_check_at": None, **leases.FREE}
    tx.execute(update(searches).where(searches.c.topic == topic, by_link).values(reset))
