"""Registry entries of each topic, by registry and number, with their history of revisions. Nothing is ever removed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import and_, bindparam, insert, select, update

from monitor.model import RegistryEntry, Revision, SourceName
from monitor.store.database import bulk
from monitor.store.database.engine import Tx
from monitor.store.database.prepared import Prepared
from monitor.store.schema.outside_tables import registry_entries, registry_revisions

_KEYS = ("topic", "source", "number")
_OF_TOPIC = select(registry_entries).where(registry_entries.c.topic == bindparam("of_topic"))
_ORDERED = Prepared(_OF_TOPIC.order_by(registry_entries.c.source, registry_entries.c.number))
_CHECK_DUE = registry_entries.c.check_at <= bindparam("until", type_=registry_entries.c.check_at.type)
_TOPICS_DUE = Prepared(select(registry_entries.c.topic).where(_CHECK_DUE).distinct().order_by(registry_entries.c.topic))
_TOLD = Prepared(
    select(registry_entries.c.source, registry_entries.c.number, registry_entries.c.overdue_told)
    .where(registry_entries.c.topic == bindparam("of_topic"), _CHECK_DUE)
    .order_by(registry_entries.c.source, registry_entries.c.number)
)
_ONE = and_(*(registry_entries.c[name] == bindparam(f"of_{name}") for name in _KEYS))


def of_topic(tx: Tx, topic: str) -> tuple[RegistryEntry, ...]:
    """Every entry held of a topic, by registry and number."""
    return tuple(row.record for row in _ORDERED.rows(tx, of_topic=topic))


def first_seen(tx: Tx, topic: str) -> dict[tuple[SourceName, str], datetime]:
    """When each entry of a topic was first seen, by registry and number."""
    columns = (registry_entries.c.source, registry_entries.c.number, registry_entries.c.first_seen_at)
    rows = tx.execute(select(*columns).where(registry_entries.c.topic == topic))
    return {(row.source, row.number): row.first_seen_at for row in rows}


def save(tx: Tx, topic: str, entries: Iterable[RegistryEntry], now: datetime) -> None:
    """Store new entries and new states of those held; each is due for `to_check`."""
    rows = (
        {
            "topic": topic,
            "source": entry.source,
            "number": entry.number,
            "first_seen_at": now,
            "seen_at": now,
            "check_at": now,
            "record": entry,
        }
        for entry in entries
    )
    bulk.upsert(tx, registry_entries, rows, keys=_KEYS, replace=("seen_at", "check_at", "record"))


def add_revisions(tx: Tx, topic: str, entry: RegistryEntry, revisions: Sequence[Revision], now: datetime) -> None:
    """Keep both values of each field that changed."""
    rows = [
        {
            "topic": topic,
            "source": entry.source,
            "number": entry.number,
            "seen_at": now,
            "field": revision.field,
            "old": revision.old,
            "new": revision.new,
        }
        for revision in revisions
    ]
    if rows:
        tx.execute(insert(registry_revisions), rows)


def revisions(tx: Tx, topic: str, source: SourceName, number: str) -> list[tuple[datetime, Revision]]:
    """How an entry came to be as it is, oldest first."""
    of_entry = [registry_revisions.c[name] == value for name, value in zip(_KEYS, (topic, source, number), strict=True)]
    found = tx.execute(select(registry_revisions).where(*of_entry).order_by(registry_revisions.c.id))
    return [(row.seen_at, Revision(row.field, row.old, row.new)) for row in found]


def topics_to_check(tx: Tx, now: datetime) -> list[str]:
    """The topics with an entry whose result may be overdue by now, or whose state is new."""
    return _TOPICS_DUE.column(tx, until=now)


def to_check(tx: Tx, topic: str, now: datetime) -> dict[tuple[SourceName, str], int | None]:
    """The entries of a topic to check, by registry and number: the months without a result that were told.

    None for one that was never checked.
    """
    found = _TOLD.rows(tx, of_topic=topic, until=now)
    return {(row.source, row.number): row.overdue_told for row in found}


def checked(
    tx: Tx, topic: str, source: SourceName, number: str, *, overdue_told: int, check_at: datetime | None
) -> None:
    """Record what was told of an entry without a result, and when to check it again; None for not before it changes."""
    of_entry = {"of_topic": topic, "of_source": source, "of_number": number}
    values = {"overdue_told": overdue_told, "check_at": check_at}
    tx.execute(update(registry_entries).where(_ONE).values(values), of_entry)
