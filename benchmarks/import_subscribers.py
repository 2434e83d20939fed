"""How long the import of a list takes, and how long a visitor who signs up meanwhile waits.

    python benchmarks/import_subscribers.py [--people 20000]

A SQLite file with durable commits. The list is imported, then imported again with nobody new in it, as
at each start with a subscribers file. Meanwhile a second thread signs up; its longest wait is what a
one-click unsubscribe would have waited. Aim: seconds for the first import, no wait for the second.
"""

from __future__ import annotations

import argparse
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from monitor import store
from monitor.model import Frequency, Subscription, SubscriptionState
from monitor.store import Database
from monitor.subscribers import admin, opt_in
from monitor.subscribers.address_hash import AddressKey
from monitor.subscribers.consent import Visit
from monitor.subscribers.opt_in import SubscriptionRequest

NOW = datetime(2026, 6, 1, tzinfo=UTC)
KEYS = ("a-key-of-at-least-32-characters-long-1",)


@contextmanager
def visitors(db: Database) -> Iterator[list[float]]:
    """Sign up in a second thread, each time from another network; yields the seconds that each took."""
    waits: list[float] = []
    is_over = threading.Event()

    def ask() -> None:
        while not is_over.wait(0.05):
            number = len(waits)
            visit = Visit("benchmark", ip=f"10.0.{number // 250}.{number % 250}")
            wish = SubscriptionRequest("ccsvi", Frequency.WEEKLY)
            began = time.perf_counter()
            opt_in.request(db, wish, AddressKey(f"visitor{number}@example.net", KEYS), visit, NOW)
            waits.append(time.perf_counter() - began)

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        yield waits
    finally:
        is_over.set()
        thread.join()


def main() -> None:
    """Import the list twice and print how long it took."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=20_000)
    number = parser.parse_args().people
    addresses = (f"person{n}@example{n % 500}.org" for n in range(number))
    people = [Subscription("ccsvi", one, Frequency.WEEKLY, SubscriptionState.ACTIVE) for one in addresses]
    with tempfile.TemporaryDirectory() as folder:
        db = store.open(f"sqlite:///{Path(folder) / 'monitor.db'}")
        store.migrate.upgrade(db)
        for what in ("added", "read again"):
            with visitors(db) as waits:
                time.sleep(0.3)
                began = time.perf_counter()
                done = admin.import_subscribers(db, people, KEYS, NOW, form="benchmark", consent="benchmark")
                took = time.perf_counter() - began
            print(f"{number:,} people {what}: {took:.2f} s, longest sign-up meanwhile {max(waits):.2f} s ({done})")
        db.close()


if __name__ == "__main__":
    main()
