"""Before every mail: is it still wanted, at this very moment?"""

from __future__ import annotations

import pytest

from monitor import store
from monitor.errors import StoreError
from monitor.model import SubscriptionState
from monitor.store import Database, SendGate
from tests.support.factories import HOUR, NOW, outbox


def test_an_unsubscription_is_seen_as_soon_as_it_is_committed(db: Database) -> None:
    """While the gate is open, another connection commits."""
    with db.begin() as tx:
        outbox(tx, "leaves@example.org", "stays@example.org")
        one, other = sorted(found.id for found in store.deliveries.claim(tx, NOW, 9, HOUR))
        (leaving,) = store.subscribers.find(tx, "leaves@example.org")
    with SendGate(db) as gate:
        assert gate.is_wanted(one)
        assert gate.is_wanted(other)
        with db.begin() as tx:
            store.subscribers.set_state(tx, leaving.id, SubscriptionState.UNSUBSCRIBED, NOW, "as they wish")
            assert gate.is_wanted(one), "not committed yet"
        assert not gate.is_wanted(one)
        assert gate.is_wanted(other)
        assert not gate.is_wanted(999)


def test_a_delivery_is_noted_as_begun_before_it_is_sent(db: Database) -> None:
    """At once, for every other process to see; not by a sender whose lease another has taken."""
    with db.begin() as tx:
        outbox(tx)
        (claimed,) = store.deliveries.claim(tx, NOW, 9, HOUR)
    with SendGate(db) as gate:
        assert gate.begin(claimed.id, claimed.lease_token)
        assert not gate.begin(claimed.id, "another")
    with db.begin() as tx:
        (again,) = store.deliveries.claim(tx, NOW + HOUR, 9, HOUR)
    assert (again.attempts, again.uncertain) == (2, 1)


def test_a_pause_is_seen_as_soon_as_it_is_committed(db: Database) -> None:
    """And its end."""
    with SendGate(db) as gate:
        assert not gate.is_paused()
        with db.begin() as tx:
            store.deliveries.pause(tx, NOW)
            assert not gate.is_paused(), "not committed yet"
        assert gate.is_paused()
        with db.begin() as tx:
            store.deliveries.resume(tx)
        assert not gate.is_paused()


def test_a_database_that_cannot_be_queried_raises_a_store_error(sqlite_db: Database) -> None:
    """No delivery is taken for unwanted because of it."""
    with SendGate(sqlite_db) as gate:
        with sqlite_db.migrate() as tx:
            tx.exec_driver_sql("ALTER TABLE deliveries RENAME TO away")
        with pytest.raises(StoreError, match="cannot be used"):
            gate.is_wanted(1)


@pytest.mark.parametrize("url", ["postgresql://monitor@127.0.0.1:1/monitor", "sqlite:////nowhere/at/all/monitor.db"])
def test_a_database_that_has_gone_meanwhile_is_named(url: str) -> None:
    """It answered when the deliveries were claimed; now it does not. That is no bug of Monitor."""
    with pytest.raises(StoreError, match="cannot be used"):
        store.SendGate(store.open(url))
