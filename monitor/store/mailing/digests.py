"""Digests: their schedules, their content as sent, and the changes that each of them contains."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, bindparam, insert, select, update

from monitor.errors import ConflictError
from monitor.model import ArchivedDigest, Digest, DigestSchedule, Frequency, Rendered
from monitor.store.database import bulk, leases
from monitor.store.database.engine import Tx
from monitor.store.database.prepared import Prepared
from monitor.store.mailing import frequency_changes
from monitor.store.schema.mail_tables import digest_changes, digest_schedules, digests

_SCHEDULE = [column for column in digest_schedules.c if column.name not in leases.FREE]
_ARCHIVED = (
    digests.c.id,
    digests.c.topic,
    digests.c.kind,
    digests.c.frequency,
    digests.c.since,
    digests.c.until,
    digests.c.subject,
    digests.c.answer_changed,
)

_OF_FREQUENCY = and_(
    digest_schedules.c.topic == bindparam("of_topic"), digest_schedules.c.frequency == bindparam("of_frequency")
)
_OF_TOPIC = Prepared(select(*_SCHEDULE).where(digest_schedules.c.topic == bindparam("of_topic")))
_BY_FREQUENCY = Prepared(select(*_SCHEDULE).where(_OF_FREQUENCY))
_DUE = digest_schedules.c.due_at <= bindparam("now")
_DUE_TOPICS = Prepared(
    select(digest_schedules.c.topic).where(
        _DUE, digest_schedules.c.frequency != Frequency.AT_ONCE, leases.is_free(digest_schedules, bindparam("now"))
    )
)
_CLAIM = Prepared(leases.taking(digest_schedules, _OF_FREQUENCY, _DUE))
_FINISH = Prepared(leases.finishing(digest_schedules, _OF_FREQUENCY))
_ARCHIVE = Prepared(
    select(*_ARCHIVED)
    .where(digests.c.topic == bindparam("of_topic"))
    .order_by(digests.c.id.desc())
    .limit(bindparam("n"))
)
_NEW = Prepared(insert(digests).returning(digests.c.id))
_DIGESTED = Prepared(
    update(digest_changes)
    .where(digest_changes.c.frequency == bindparam("of_frequency"), digest_changes.c.digested_at.is_(None))
    .values(digested_at=bindparam("now"), digest_id=bindparam("in_digest"))
)
_DIGESTED_IN = Prepared(
    select(digest_changes.c.frequency, digest_changes.c.digest_id).where(
        digest_changes.c.change_id == bindparam("of_change"), digest_changes.c.digest_id.is_not(None)
    )
)
_BY_ID = Prepared(select(digests).where(digests.c.id == bindparam("of_id")))


# --- schedules ---------------------------------------------------------------------------------


def schedule(tx: Tx, topic: str, frequency: Frequency) -> DigestSchedule | None:
    """The schedule of this topic's digests of this frequency, None before its first subscriber."""
    row = _BY_FREQUENCY.first(tx, of_topic=topic, of_frequency=frequency)
    return DigestSchedule(**row._asdict()) if row else None


def schedules(tx: Tx, topic: str) -> dict[Frequency, DigestSchedule]:
    """`schedule` of every frequency that has one."""
    return {row.frequency: DigestSchedule(**row._asdict()) for row in _OF_TOPIC.rows(tx, of_topic=topic)}


def start_schedule(tx: Tx, topic: str, frequency: Frequency, due_at: datetime, now: datetime) -> None:
    """Start the schedule of a frequency; earlier changes are never digested in it. Idempotent.

    Pending changes of subscriptions to this frequency are then applied where possible.
    """
    row = {"topic": topic, "frequency": frequency, "started_at": now, "due_at": due_at}
    if bulk.insert_one(tx, digest_schedules, row, keys=["topic", "frequency"]):
        of_frequency = and_(digest_changes.c.topic == topic, digest_changes.c.frequency == frequency)
        before = update(digest_changes).where(of_frequency, digest_changes.c.digested_at.is_(None))
        tx.execute(before.values(digested_at=now))
        frequency_changes.apply(tx, topic)


def due_topics(tx: Tx, now: datetime) -> list[str]:
    """The topic of each digest that is due and not leased; of those at once, which are always due, none."""
    return _DUE_TOPICS.column(tx, now=now)


def claim_due(tx: Tx, topic: str, frequency: Frequency, now: datetime, length: timedelta = leases.LENGTH) -> str | None:
    """Lease the composing of this digest until `now + length`; returns the token, None when it is not due or leased."""
    return leases.take_row(tx, _CLAIM, now, length, of_topic=topic, of_frequency=frequency)


def finish_schedule(
    tx: Tx, topic: str, frequency: Frequency, token: str, due_at: datetime, composed_at: datetime, *, sent: bool
) -> None:
    """Release the lease and set when the next digest is due; `sent`: a digest was put in the outbox.

    Pending changes of frequency are applied where possible. Raises ConflictError, which rolls back the
    caller's transaction, when the lease was lost: another process composes this digest.
    """
    values: dict[str, Any] = {"due_at": due_at, "last_composed_at": composed_at}
    if sent:
        values["last_sent_at"] = composed_at
    what = f"The {frequency} digest of {topic}"
    leases.finish_row(tx, _FINISH, token, what, of_topic=topic, of_frequency=frequency, **values)
    frequency_changes.apply(tx, topic)


def last_sent_at(tx: Tx, topic: str, frequency: Frequency) -> datetime | None:
    """When the last digest of this frequency was put in the outbox, None before the first."""
    found = schedule(tx, topic, frequency)
    return found.last_sent_at if found else None


# --- content -------------------------------------------------------------------------------------


def add(tx: Tx, digest: Digest, rendered: Rendered, now: datetime) -> int:
    """Store a digest as composed and as rendered, and mark its changes as digested; returns its id.

    Raises ConflictError when another digest of this frequency already contains one of the changes.
    """
    row = {
        "topic": digest.topic,
        "kind": digest.kind,
        "frequency": digest.frequency,
        "since": digest.since,
        "until": digest.until,
        "composed_at": now,
        "answer_changed": digest.answer_changed,
        "subject": rendered.subject,
        "text": rendered.text,
        "html": rendered.html,
        "language": rendered.language,
        "record": digest,
    }
    [number] = _NEW.column(tx, **row)
    _mark_digested(tx, digest.frequency, set(digest.change_ids), number, now)
    return int(number)


def _mark_digested(tx: Tx, frequency: Frequency, change_ids: set[int], digest_id: int, now: datetime) -> None:
    values = {"of_frequency": frequency, "now": now, "in_digest": digest_id}
    if bulk.update_among(tx, _DIGESTED, digest_changes.c.change_id, change_ids, **values) != len(change_ids):
        raise ConflictError(
            f"The {frequency} digest is not saved: another digest already contains some of its changes."
        )


def get(tx: Tx, digest_id: int) -> tuple[Digest, Rendered]:
    """A digest as composed and as rendered; raises KeyError when there is none of this id."""
    row = _BY_ID.first(tx, of_id=digest_id)
    if row is None:
        raise KeyError(digest_id)
    return replace(row.record, id=row.id), Rendered(row.subject, row.text, row.html, row.language)


def archive(tx: Tx, topic: str, n: int, kinds: Iterable[str] | None = None) -> list[ArchivedDigest]:
    """The last `n` digests of a topic (of these kinds), newest first, without their content."""
    if kinds is None:
        rows: Iterable[Any] = _ARCHIVE.rows(tx, of_topic=topic, n=n)
    else:
        rows = tx.execute(_ARCHIVE.statement.where(digests.c.kind.in_(list(kinds))), {"of_topic": topic, "n": n})
    return [ArchivedDigest(**row._asdict()) for row in rows]


def numbers(tx: Tx, topic: str) -> list[int]:
    """The ids of all digests of a topic, oldest first."""
    return list(tx.scalars(select(digests.c.id).where(digests.c.topic == topic).order_by(digests.c.id)))


def digested_in(tx: Tx, change_id: int) -> dict[Frequency, int]:
    """The digests that contain a change: digest id by frequency, without frequencies that have none (yet)."""
    return {row.frequency: row.digest_id for row in _DIGESTED_IN.rows(tx, of_change=change_id)}
