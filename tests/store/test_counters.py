"""What happened how often is counted by whoever did it, and read by whoever is asked."""

from __future__ import annotations

from monitor import store
from monitor.store import Database
from tests.support.factories import at_the_same_time


def test_counts_of_several_processes_add_up(db: Database) -> None:
    """At the same time, in whatever order each names them."""
    orders = ({("a", "x"): 1, ("b", "x"): 2}, {("b", "x"): 2, ("a", "x"): 1})

    def count(tx: store.Tx) -> None:
        for order in orders:
            store.counters.add(tx, "replies", order)

    at_the_same_time(db, count)
    at_the_same_time(db, count)
    with db.read() as tx:
        found = store.counters.read(tx, "replies")
        assert store.counters.read(tx, "other") == {}
    assert found["b", "x"] == 2 * found["a", "x"] >= 8


def test_what_did_not_happen_makes_no_row(db: Database) -> None:
    """Nor does counting nothing."""
    with db.begin() as tx:
        store.counters.add(tx, "replies", {("a",): 0})
        store.counters.add(tx, "replies", {})
        assert store.counters.read(tx, "replies") == {}
