"""Changes: everything reportable, stored once each, and which of them no digest has contained yet."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Row, Select, and_, bindparam, exists, insert, select

from monitor.model import Change, ChangeKind, Frequency
from monitor.store.database import bulk
from monitor.store.database.engine import Tx
from monitor.store.database.prepared import Prepared, one_of
from monitor.store.literature import reversals
from monitor.store.schema.mail_tables import digest_changes
from monitor.store.schema.tables import changes

_WAITING = and_(
    digest_changes.c.digested_at.is_(None),
    digest_changes.c.topic == bindparam("of_topic"),
    digest_changes.c.frequency == bindparam("of_frequency"),
)
_UNDIGESTED = (
    select(changes)
    .join(digest_changes, digest_changes.c.change_id == changes.c.id)
    .where(_WAITING)
    .order_by(changes.c.id)
)


def add(tx: Tx, found: Iterable[Change]) -> list[Change]:
    """Store changes; returns those that were not stored before, with their ids.

    An article is new, or starts to cite the seed, once per topic, whichever search finds it; each stored answer
    is one change; any other change is unique by topic, kind, article, poll and notice. What a change undoes before a
    digest told it is told in none, nor is the change itself (`store.reversals`).
    """
    by_key = {_key(change): change for change in found}
    statement = bulk.insert(tx, changes).on_conflict_do_nothing(index_elements=["key"])
    added: list[Change] = []
    for chunk in bulk.chunked(by_key.items()):
        rows = [_row(key, change) for key, change in chunk]
        ids = tx.execute(statement.returning(changes.c.id, changes.c.key), rows)
        added += [replace(by_key[key], id=number) for number, key in ids]
    added.sort(key=lambda change: change.id)
    _add_undigested(tx, added)
    reversals.settle(tx, added)
    return added


def _key(change: Change) -> str:
    if change.kind is ChangeKind.ANSWER:
        what: tuple[object, ...] = (change.answer_id,)
    elif change.kind in (ChangeKind.NEW, ChangeKind.CITING):
        what = (change.pmid,)
    elif change.item:
        what = (change.item.key, change.at.isoformat())
    else:
        notice = (change.notice.ref_type, change.notice.pmid, change.notice.citation) if change.notice else ()
        what = (change.pmid, change.poll_id or change.at.isoformat(), *notice)
    return "|".join(str(part) for part in (change.topic, change.kind, *what))


def _row(key: str, change: Change) -> dict[str, Any]:
    return {
        "topic": change.topic,
        "kind": change.kind,
        "at": change.at,
        "pmid": change.pmid,
        "key": key,
        "answer_id": change.answer_id,
        "poll_id": change.poll_id,
        "record": change,
    }


def _add_undigested(tx: Tx, added: Iterable[Change]) -> None:
    """A row for every frequency, even one without subscribers: it may start while this transaction is open."""
    rows = (
        {"change_id": change.id, "frequency": frequency, "topic": change.topic, "kind": change.kind}
        for change in added
        for frequency in Frequency
    )
    for chunk in bulk.chunked(rows):
        tx.execute(insert(digest_changes), chunk)


def undigested(tx: Tx, topic: str, frequency: Frequency, kinds: Collection[ChangeKind] | None = None) -> list[Change]:
    """The changes of a topic (of these kinds) that no digest of this frequency contains yet, oldest first."""
    waiting = _undigested(frozenset(ChangeKind if kinds is None else kinds))
    return [_change(row) for row in waiting.rows(tx, of_topic=topic, of_frequency=frequency)]


def has_undigested(tx: Tx, topic: str, frequency: Frequency, kinds: Collection[ChangeKind] | None = None) -> bool:
    """Whether `undigested` would return any; reads one row."""
    is_any = _has_undigested(frozenset(ChangeKind if kinds is None else kinds))
    return bool(is_any.value(tx, of_topic=topic, of_frequency=frequency))


@cache  # the kinds asked for are few and fixed
def _undigested(kinds: frozenset[ChangeKind]) -> Prepared[Select[Any]]:
    return Prepared(_UNDIGESTED.where(one_of(digest_changes.c.kind, sorted(kinds))))


@cache
def _has_undigested(kinds: frozenset[ChangeKind]) -> Prepared[Select[Any]]:
    return Prepared(select(exists().where(_WAITING, one_of(digest_changes.c.kind, sorted(kinds)))))


def for_article(tx: Tx, topic: str, pmid: str) -> list[Change]:
    """Every change about one article, oldest first."""
    return _changes(tx, select(changes).where(changes.c.topic == topic, changes.c.pmid == pmid).order_by(changes.c.id))


def about_items(tx: Tx, topic: str, keys: Collection[str]) -> list[Change]:
    """Every change about one of these items that PubMed does not hold, oldest first."""
    kinds = (ChangeKind.REGISTRY, ChangeKind.PREPRINT, ChangeKind.CITING_OUTSIDE)
    statement = select(changes).where(changes.c.topic == topic, changes.c.kind.in_(kinds)).order_by(changes.c.id)
    return [change for change in _changes(tx, statement) if change.item and change.item.key in keys]


def recent(tx: Tx, topic: str, n: int, kinds: Collection[ChangeKind] | None = None) -> list[Change]:
    """The last `n` changes of a topic (of these kinds), newest first."""
    statement = select(changes).where(changes.c.topic == topic)
    if kinds is not None:
        statement = statement.where(changes.c.kind.in_(kinds))
    return _changes(tx, statement.order_by(changes.c.at.desc(), changes.c.id.desc()).limit(n))


def since(tx: Tx, topic: str, at: datetime) -> list[Change]:
    """The changes of a topic after `at`, oldest first."""
    return _changes(
        tx, select(changes).where(changes.c.topic == topic, changes.c.at > at).order_by(changes.c.at, changes.c.id)
    )


def _changes(tx: Tx, statement: Select[Any]) -> list[Change]:
    return [_change(row) for row in tx.execute(statement)]


def _change(row: Row[Any]) -> Change:
    change: Change = row.record
    return replace(change, id=row.id)
