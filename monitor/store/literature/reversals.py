"""Changes that undo each other: no digest tells of what was undone before it was told.

Each frequency is settled by itself: a subscriber "at once" may have been told what the weekly digest has not told yet.
A change that is not to be told is marked as digested without a digest, as are those older than a schedule.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, select, update

from monitor.model import Change, ChangeKind, Frequency
from monitor.store.database import bulk
from monitor.store.database.engine import Tx
from monitor.store.database.prepared import Prepared
from monitor.store.schema.mail_tables import digest_changes
from monitor.store.schema.tables import answers, changes

_Row = Row[*tuple[Any, ...]]

_IS_OUT = frozenset({ChangeKind.GONE, ChangeKind.MERGED})
_IS_IN = frozenset({ChangeKind.REAPPEARED, ChangeKind.UNREAD})
_OPPOSITES = {
    **dict.fromkeys(_IS_OUT, _IS_IN),
    **dict.fromkeys(_IS_IN, _IS_OUT),
    ChangeKind.RETRACTED: frozenset({ChangeKind.REINSTATED}),
    ChangeKind.REINSTATED: frozenset({ChangeKind.RETRACTED}),
}
#: They only make sense to who was told what they take back.
_TAKES_BACK = frozenset({ChangeKind.REAPPEARED, ChangeKind.REINSTATED})

_TOLD = select(
    digest_changes.c.change_id,
    digest_changes.c.frequency,
    digest_changes.c.kind,
    digest_changes.c.digested_at,
    digest_changes.c.digest_id,
).join_from(changes, digest_changes, digest_changes.c.change_id == changes.c.id)
_ABOUT = _TOLD.where(
    changes.c.topic == bindparam("of_topic"),
    changes.c.pmid == bindparam("of_pmid"),
    changes.c.kind.in_(bindparam("kinds", expanding=True)),
).order_by(changes.c.id)
_WAITING_ANSWERS = Prepared(
    select(digest_changes.c.change_id, digest_changes.c.frequency, changes.c.answer_id)
    .join_from(changes, digest_changes, digest_changes.c.change_id == changes.c.id)
    .where(digest_changes.c.topic == bindparam("of_topic"), digest_changes.c.kind == ChangeKind.ANSWER)
    .where(digest_changes.c.digested_at.is_(None))
    .order_by(changes.c.id)
)
_BEFORE = Prepared(
    select(answers.c.fingerprint)
    .where(answers.c.topic == bindparam("of_topic"), answers.c.id < bindparam("answer_id"))
    .order_by(answers.c.id.desc())
    .limit(1)
)
_OF_KIND = Prepared(
    select(changes.c.id).where(changes.c.topic == bindparam("of_topic"), changes.c.kind == bindparam("of_kind"))
)
_DROP = Prepared(
    update(digest_changes)
    .where(digest_changes.c.frequency == bindparam("in_frequency"), digest_changes.c.digested_at.is_(None))
    .values(digested_at=bindparam("at"))
)


def settle(tx: Tx, added: Iterable[Change]) -> None:
    """Of changes just stored and of those that they undo, drop what no digest shall tell."""
    for change in added:
        if change.kind in _OPPOSITES:
            for frequency, rows in _by_frequency(tx, change).items():
                earlier = [row for row in rows if row.change_id != change.id]
                _drop(tx, frequency, _undone(change, earlier), change.at)


def settle_answers(tx: Tx, topic: str, fingerprint: str, now: datetime) -> None:
    """Drop the changes of the answer that wait, where the answer is again what it was before the first of them."""
    waiting: dict[Frequency, list[_Row]] = defaultdict(list)
    for row in _WAITING_ANSWERS.rows(tx, of_topic=topic):
        waiting[row.frequency].append(row)
    for frequency, rows in waiting.items():
        if _BEFORE.value(tx, of_topic=topic, answer_id=rows[0].answer_id) == fingerprint:
            _drop(tx, frequency, [row.change_id for row in rows], now)


def withdraw(tx: Tx, topic: str, kind: ChangeKind, pmids: Iterable[str], now: datetime) -> None:
    """Drop the changes of one kind about articles that wait: what they say no longer holds."""
    found = bulk.select_among(tx, _OF_KIND, changes.c.pmid, pmids, of_topic=topic, of_kind=kind)
    ids = [row.id for row in found]
    for frequency in Frequency if ids else ():
        _drop(tx, frequency, ids, now)


def _by_frequency(tx: Tx, change: Change) -> dict[Frequency, list[_Row]]:
    """Every change about the article that concerns the same fact, oldest first, by frequency."""
    kinds = _OPPOSITES[change.kind] | _OPPOSITES[next(iter(_OPPOSITES[change.kind]))]
    found: dict[Frequency, list[_Row]] = defaultdict(list)
    for row in tx.execute(_ABOUT, {"of_topic": change.topic, "of_pmid": change.pmid, "kinds": list(kinds)}):
        found[row.frequency].append(row)
    return found


def _undone(change: Change, earlier: Sequence[_Row]) -> Iterator[int]:
    """The ids of the changes that one frequency does not tell, of `change` and of the `earlier` ones."""
    opposite = _OPPOSITES[change.kind]
    waiting = [row for row in earlier if row.digested_at is None]
    if waiting and waiting[-1].kind in opposite:
        yield from (waiting[-1].change_id, change.id)
    elif waiting and change.kind is ChangeKind.MERGED:  # says more than "gone"
        yield waiting[-1].change_id
    elif (
        change.kind in _TAKES_BACK
        and any(row.kind in opposite for row in earlier)
        and not any(row.digest_id for row in earlier)
    ):
        yield change.id


def _drop(tx: Tx, frequency: Frequency, change_ids: Iterable[int], at: datetime) -> None:
    bulk.update_among(tx, _DROP, digest_changes.c.change_id, change_ids, in_frequency=frequency, at=at)
