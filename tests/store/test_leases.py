"""Leases: one process at a time does a piece of work, and one that lost its lease saves nothing."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from monitor import store
from monitor.errors import ConflictError
from monitor.model import SendOutcome, SendResult, TransactionalKind
from monitor.store import Database, Tx
from tests.support.factories import HOUR, MINUTE, NOW, at_the_same_time, subscription

SENT = SendResult(SendOutcome.SENT, 250, "2.0.0 queued")


def test_a_task_is_leased_by_one_process_until_the_lease_expires(db: Database) -> None:
    """Real connections, at the same time."""
    won = at_the_same_time(db, lambda tx: store.leases.take(tx, "alerts", NOW, HOUR))
    assert sorted(map(bool, won)) == [False] * 5 + [True]
    with db.begin() as tx:
        assert not store.leases.take(tx, "alerts", NOW + HOUR - MINUTE, HOUR)
        assert store.leases.take(tx, "alerts", NOW + HOUR, HOUR)


def test_a_finished_task_may_be_leased_again_at_once(db: Database) -> None:
    """By any process, under another token."""
    with db.begin() as tx:
        first = store.leases.take(tx, "alerts", NOW, HOUR)
        assert first
        store.leases.finish(tx, "alerts", first)
        second = store.leases.take(tx, "alerts", NOW, HOUR)
        assert second
        assert second != first
        assert store.leases.take(tx, "clean-up", NOW, HOUR), "another work, another lease"


@pytest.mark.parametrize("is_finished", [True, False], ids=["finished", "still running"])
def test_a_process_that_lost_its_lease_saves_nothing(db: Database, is_finished: bool) -> None:
    """Whether the newer one has finished or is at it."""
    with db.begin() as tx:
        slow = store.leases.take(tx, "alerts", NOW, HOUR)
        newer = store.leases.take(tx, "alerts", NOW + HOUR, HOUR)
        assert slow
        assert newer
        if is_finished:
            store.leases.finish(tx, "alerts", newer)
    for save in (store.leases.require, store.leases.finish):
        with pytest.raises(ConflictError, match="'alerts'"), db.begin() as tx:
            _save_late(tx, save, slow)
    with db.begin() as tx:
        assert store.meta.get(tx, "alerted") == ""
        assert bool(store.leases.take(tx, "alerts", NOW + HOUR, HOUR)) is is_finished


def _save_late(tx: Tx, save: Callable[[Tx, str, str], None], token: str) -> None:
    store.meta.put(tx, "alerted", "late", NOW)
    save(tx, "alerts", token)


def test_an_expired_lease_that_nobody_took_is_still_valid(db: Database) -> None:
    """The work need not be thrown away."""
    with db.begin() as tx:
        slow = store.leases.take(tx, "alerts", NOW, HOUR)
        assert slow
        store.leases.require(tx, "alerts", slow)
        store.leases.finish(tx, "alerts", slow)


def test_an_operator_may_take_over_a_leased_task(db: Database) -> None:
    """`monitor bounces` waits for no lease."""
    with db.begin() as tx:
        other = store.leases.take(tx, "returned mail", NOW, HOUR)
        assert other
        ours = store.leases.take_over(tx, "returned mail", NOW, HOUR)
        assert store.leases.take(tx, "returned mail", NOW, HOUR) is None
        with pytest.raises(ConflictError):
            store.leases.require(tx, "returned mail", other)
        store.leases.finish(tx, "returned mail", ours)


@pytest.mark.parametrize("is_finished", [True, False], ids=["sent", "still sending"])
def test_a_transactional_mail_sent_too_late_is_not_recorded_over_the_newer_attempt(
    db: Database, is_finished: bool
) -> None:
    """The mail server was slow; another process sent it meanwhile."""
    with db.begin() as tx:
        number = store.subscribers.add(tx, subscription(), NOW)
        store.transactional.add(tx, TransactionalKind.LINK, number, NOW, address_hash="a", network_hash="n")
        (slow,) = store.transactional.claim(tx, NOW, 9, HOUR)
        (newer,) = store.transactional.claim(tx, NOW + HOUR, 9, HOUR)
        if is_finished:
            assert store.transactional.record(tx, newer, SENT, None, NOW + HOUR)
        deferred = SendResult(SendOutcome.DEFERRED, 451, "4.7.1 later")
        assert not store.transactional.record(tx, slow, deferred, NOW + HOUR, NOW + HOUR)
        assert store.transactional.claim(tx, NOW + HOUR, 9, HOUR) == []
        assert store.transactional.record(tx, newer, SENT, None, NOW + HOUR) is not is_finished
