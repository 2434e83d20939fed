"""Before every mail: is it still wanted, at this very moment?"""

from __future__ import annotations

import pytest

from monitor import store
from monitor.errors import StoreError
from monitor.model import SubscriptionState
from monitor.store import Database, SendGate
from tests.support.factories import HOUR, NOW, outbox


def test_a_person_who_leaves_is_seen_to_at_the_next_look(db: Database) -> None:
    """While the watch is held, another connection commits."""
    with db.begin() as tx:
        outbox(tx, "leaves@example.org", "stays@example.org")
        one, other = sorted(found.id for found in store.deliveries.claim(tx, NOW, 9, HOUR))
        (leaving,) = store.subscribers.find(tx, "leaves@example.org")
    with SendGate(db) as watch:
        assert watch.is_wanted(one)
        assert watch.is_wanted(other)
        with db.begin() as tx:
            store.subscribers.set_state(tx, leaving.id, SubscriptionState.UNSUBSCRIBED, NOW, "as they wish")
            assert watch.is_wanted(one), "not committed yet"
        assert not watch.is_wanted(one)
        assert watch.is_wanted(other)
        assert not watch.is_wanted(999)


def test_a_pause_is_seen_as_soon_as_it_is_committed(db: Database) -> None:
    """And its end."""
    with SendGate(db) as watch:
        assert not watch.is_paused()
        with db.begin() as tx:
            store.deliveries.pause(tx, NOW)
            assert not watch.is_paused(), "not committed yet"
        assert watch.is_paused()
        with db.begin() as tx:
            store.deliveries.resume(tx)
        assert not watch.is_paused()


def test_a_database_that_cannot_be_asked_is_said_plainly(sqlite_db: Database) -> None:
    """No delivery is taken for unwanted because of it."""
    with SendGate(sqlite_db) as watch:
        with sqlite_db.migrate() as tx:
            tx.exec_driver_sql("ALTER TABLE deliveries RENAME TO away")
        with pytest.raises(StoreError, match="cannot be used"):
            watch.is_wanted(1)
