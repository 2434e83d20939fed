"""A database is copied into another of either kind, whatever happens meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert

from monitor import store
from monitor.errors import SchemaError, StoreError
from monitor.model import DeliveryState, Frequency, Subscription, SubscriptionState
from monitor.store import Database
from monitor.store.schema.tables import matches, polls
from tests.support.contents import contents
from tests.support.crashing import Crash
from tests.support.databases import url_of
from tests.support.factories import DAY, NOW, poll, topic
from tests.support.history import History, Person

READERS = {"ann@reader.example": Frequency.DAILY, "bob@reader.example": Frequency.WEEKLY}


@pytest.fixture
def other(db: Database, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """An empty database of the other kind: made ready on PostgreSQL, a file that does not exist on SQLite."""
    if db.is_sqlite:
        yield request.getfixturevalue("postgresql_db")
        return
    target = store.open(f"sqlite:///{tmp_path}/copy.db", durable=False)
    yield target
    target.close()


def _live(world: History, days: int) -> None:
    """An article a day; a retraction now and then."""
    for _ in range(days):
        pmid = str(1_000 + len(world.published))
        world.published[pmid] = world.now
        world.list(pmid)
        world.tick(DAY)


def _readers(world: History) -> None:
    with world.db.begin() as tx:
        for address, frequency in READERS.items():
            number = store.subscribers.add(
                tx, Subscription("ccsvi", address, frequency, SubscriptionState.ACTIVE), world.now
            )
            world.people[address] = Person(address, frequency, SubscriptionState.ACTIVE, number, period=1)
    world.tick(timedelta(hours=1))


def test_the_month_goes_on_with_the_copy_and_nobody_is_told_anything_twice(
    db: Database, other: Database, tmp_path: Path
) -> None:
    """Copied while a mail waits for its next try and a weekly digest gathers its news; and once more after a week."""
    world = History(db, Crash(db))
    _readers(world)
    _live(world, 12)
    world.post.deferring = 1
    _live(world, 1)
    before = contents(db)
    with db.read() as tx:
        assert store.delivery_counts.counts(tx)[DeliveryState.DEFERRED] == 1
    totals = store.copy.copy_database(db, other, world.now)
    assert contents(db) == contents(other) == before
    assert {one.table: one.rows for one in totals} == {name: len(rows) for name, rows in before.items()}
    mails = len(world.post.taken)
    world.move(other)
    _live(world, 8)
    third = store.open(f"sqlite:///{tmp_path}/third.db", durable=False)
    store.copy.copy_database(other, third, world.now)
    world.move(third)
    _live(world, 10)
    world.heal()
    assert world.untold() == []  # that none is told twice, each tick has seen
    assert len(world.post.taken) > mails + 18
    assert contents(db) == before
    third.close()


def test_numbers_go_on_behind_the_last_even_when_its_row_is_gone(db: Database, other: Database) -> None:
    """A number that was in the link of a mail is never given to another."""
    with db.begin() as tx:
        for _ in range(3):
            last = store.polls.add(tx, poll())
        tx.execute(polls.delete().where(polls.c.id == last))
    store.copy.copy_database(db, other, NOW)
    with other.begin() as tx:
        assert store.polls.add(tx, poll()) == last + 1


def test_a_database_with_rows_of_its_own_is_not_touched(db: Database, other: Database) -> None:
    """The URL of last year's database."""
    store.migrate.prepare_for_copy(other)
    with other.begin() as tx:
        store.meta.put(tx, "sending", "paused", NOW)
    before = contents(other)
    with pytest.raises(StoreError, match=r"is not empty: it has rows in meta\. Name an empty one"):
        store.copy.copy_database(db, other, NOW)
    assert contents(other) == before
    store.migrate.check(other)


def test_nobody_writes_to_the_source_meanwhile_but_everybody_reads(db: Database, other: Database) -> None:
    """A service that is started too early waits, and stores nothing."""
    _fill(db)
    short = "timeout=0.2" if db.is_sqlite else "options=-c%20lock_timeout%3D200ms"
    writer = store.open(f"{url_of(db)}{'&' if '?' in url_of(db) else '?'}{short}")
    refused: list[str] = []

    def progress(done: int, _total: int, _what: str) -> None:
        if not refused:
            with writer.read() as tx:
                assert store.meta.get(tx, "sending") == ""
            with pytest.raises(StoreError) as raised, writer.begin() as tx:
                store.meta.put(tx, "sending", "paused", NOW)
            refused.append(str(raised.value))

    store.copy.copy_database(db, other, NOW, progress)
    writer.close()
    assert "lock" in refused[0]


class Interrupted(Exception):
    """Something ends the copy."""


def test_an_interrupted_copy_is_used_by_nothing_and_goes_on_where_it_was(db: Database, other: Database) -> None:
    """The rows that were copied are not copied again."""
    _fill(db)
    seen: list[int] = []

    def until_half(done: int, total: int, _what: str) -> None:
        if done > total / 2:
            raise Interrupted

    with pytest.raises(Interrupted):
        store.copy.copy_database(db, other, NOW, until_half)
    with pytest.raises(
        SchemaError, match=r"is an unfinished copy\. To finish it, run the same `monitor db copy` again"
    ):
        store.migrate.check(other)
    store.copy.copy_database(db, other, NOW + DAY, lambda done, _total, _what: seen.append(done))
    assert seen[0] > 1_000
    assert contents(db) == contents(other)
    store.migrate.check(other)


def test_a_copy_of_what_was_used_since_is_begun_anew(db: Database, other: Database) -> None:
    """Otherwise it would be half of yesterday and half of today."""
    _fill(db)

    def at_once(*_: object) -> None:
        raise Interrupted

    with pytest.raises(Interrupted):
        store.copy.copy_database(db, other, NOW, at_once)
    with db.begin() as tx:
        store.polls.add(tx, poll())
    with pytest.raises(
        StoreError, match=r"begun on 2026-11-23 at 07:00 UTC; the source was used since then\. Empty it"
    ):
        store.copy.copy_database(db, other, NOW)


def test_a_row_that_differs_is_found_and_the_copy_stays_marked(db: Database, other: Database) -> None:
    """Whoever changed it: another program, a failing disk."""
    _fill(db)

    def meddle(done: int, total: int, what: str) -> None:
        if what.startswith("rows copied") and done == total:
            with other.begin() as tx:
                tx.execute(matches.update().where(matches.c.pmid == "7").values(missing_since=NOW))

    with pytest.raises(StoreError, match=r"differs from its source in matches \(1,200 rows, 1,200 in the copy\)"):
        store.copy.copy_database(db, other, NOW, meddle)
    with pytest.raises(SchemaError, match="unfinished copy"):
        store.migrate.check(other)


def _fill(db: Database) -> None:
    """A topic with 1,200 matches."""
    with db.begin() as tx:
        store.searches.sync(tx, [topic()], NOW)
        row = {"topic": "ccsvi", "search": "words", "first_seen_at": NOW}
        tx.execute(insert(matches), [{**row, "pmid": str(number)} for number in range(1_200)])
