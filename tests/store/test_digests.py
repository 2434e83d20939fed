"""When digests are due, and what each was."""

from __future__ import annotations

from dataclasses import replace

import pytest

from monitor import store
from monitor.errors import ConflictError
from monitor.model import DigestItem, Frequency
from monitor.store import Database, Tx
from tests.support.factories import (
    DAY,
    LEASE,
    MINUTE,
    NOW,
    RENDERED,
    article,
    at_the_same_time,
    change,
    digest,
    verdict,
)

WEEKLY = Frequency.WEEKLY


def _start(tx: Tx) -> None:
    store.digests.start_schedule(tx, "ccsvi", WEEKLY, NOW + DAY, NOW)


def test_a_schedule_starts_once_and_earlier_changes_are_not_digested(db: Database) -> None:
    """The first weekly subscriber does not get last year."""
    with db.begin() as tx:
        store.changes.add(tx, [change("1")])
        assert store.digests.schedule(tx, "ccsvi", WEEKLY) is None
        _start(tx)
        (news,) = store.changes.add(tx, [change("2")])
        store.digests.start_schedule(tx, "ccsvi", WEEKLY, NOW + 9 * DAY, NOW + 2 * DAY)
        begun = store.digests.schedule(tx, "ccsvi", WEEKLY)
        assert begun is not None
        assert (begun.started_at, begun.due_at) == (NOW, NOW + DAY)
        assert store.changes.undigested(tx, "ccsvi", WEEKLY) == [news]


def test_of_many_composers_exactly_one_gets_the_digest_that_is_due(db: Database) -> None:
    """Real connections, at the same time; none before it is due."""
    with db.begin() as tx:
        _start(tx)
        assert store.digests.claim_due(tx, "ccsvi", WEEKLY, NOW, LEASE) is None
    won = at_the_same_time(db, lambda tx: store.digests.claim_due(tx, "ccsvi", WEEKLY, NOW + DAY, LEASE))
    assert sorted(map(bool, won)) == [False] * 5 + [True]


def test_a_crashed_composer_is_replaced_and_one_that_lost_its_lease_saves_nothing(db: Database) -> None:
    """The lease ran out, another took over, and finished."""
    with db.begin() as tx:
        _start(tx)
        slow = store.digests.claim_due(tx, "ccsvi", WEEKLY, NOW + DAY, LEASE)
        assert slow
        assert not store.digests.claim_due(tx, "ccsvi", WEEKLY, NOW + DAY + LEASE - MINUTE, LEASE)
        newer = store.digests.claim_due(tx, "ccsvi", WEEKLY, NOW + DAY + LEASE, LEASE)
        assert newer
        with pytest.raises(ConflictError, match="not saved"):
            store.digests.finish_schedule(tx, "ccsvi", WEEKLY, slow, NOW + 8 * DAY, NOW + DAY, sent=True)
        store.digests.finish_schedule(tx, "ccsvi", WEEKLY, newer, NOW + 8 * DAY, NOW + DAY, sent=True)
        assert store.digests.last_sent_at(tx, "ccsvi", WEEKLY) == NOW + DAY
    with pytest.raises(ConflictError), db.begin() as tx:
        _finish_late(tx, slow)
    with db.read() as tx:
        assert store.digests.archive(tx, "ccsvi", 9) == []


def _finish_late(tx: Tx, token: str) -> None:
    store.digests.add(tx, digest(), RENDERED, NOW)
    store.digests.finish_schedule(tx, "ccsvi", WEEKLY, token, NOW + 8 * DAY, NOW + DAY, sent=True)


def test_composing_without_sending_does_not_count_as_sent(db: Database) -> None:
    """So that "nothing new" comes when it has been quiet for long enough."""
    with db.begin() as tx:
        _start(tx)
        token = store.digests.claim_due(tx, "ccsvi", WEEKLY, NOW + DAY, LEASE)
        assert token
        store.digests.finish_schedule(tx, "ccsvi", WEEKLY, token, NOW + 8 * DAY, NOW + DAY, sent=False)
        after = store.digests.schedule(tx, "ccsvi", WEEKLY)
        assert after is not None
        assert (after.due_at, after.last_composed_at, after.last_sent_at) == (NOW + 8 * DAY, NOW + DAY, None)


def test_a_digest_is_stored_as_composed_and_as_sent(db: Database) -> None:
    """With every article and verdict in it, for years."""
    with db.begin() as tx:
        added = store.changes.add(tx, [change()])
        item = DigestItem("new", article(), tuple(added), verdict())
        whole = replace(digest(added), items=(item,), left_out=(("new", 3),))
        number = store.digests.add(tx, whole, RENDERED, NOW)
        assert store.digests.get(tx, number) == (replace(whole, id=number), RENDERED)
        (line,) = store.digests.archive(tx, "ccsvi", 9)
        assert (line.id, line.subject, line.until) == (number, RENDERED.subject, NOW)
        assert store.digests.archive(tx, "ccsvi", 9, ["welcome"]) == []
        with pytest.raises(KeyError):
            store.digests.get(tx, number + 1)
