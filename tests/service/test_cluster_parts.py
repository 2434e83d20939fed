"""What several workers share in PostgreSQL: tables of the engine, turns at an upstream, leases of those who died."""

from __future__ import annotations

import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from procrastinate.schema import SchemaManager
from sqlalchemy import text

from monitor import config, store
from monitor.errors import ConfigError, SchemaError
from monitor.service.cluster import database, queues
from monitor.service.cluster.turns import RESERVE, SharedTurns
from monitor.service.guard import Unit
from monitor.service.running.scheduler import BEATS
from monitor.store import Database
from tests.support import settings as samples
from tests.support.command import run
from tests.support.mail_servers import Mailbox

NOW = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
MINIMAL = """\
contact_email: jane@example.org
postal_address: Example Street 1, Rome
smtp: {host: smtp.example.org}
shipped_topics: [hcq-treatment]
engine: procrastinate
"""
POSTGRESQL_URL = {"MONITOR_DATABASE_URL": "postgresql://monitor@nowhere.example/monitor"}


# --- configuration ---------------------------------------------------------------------------------


@pytest.fixture
def config_file(tmp_path: Path) -> Path:
    """A configuration with `engine: procrastinate`."""
    path = tmp_path / "monitor.yaml"
    path.write_text(MINIMAL, encoding="utf-8")
    return path


def test_it_is_refused_on_sqlite(config_file: Path) -> None:
    """With the line, and what to write."""
    with pytest.raises(ConfigError, match=r"line 5 .*engine: procrastinate needs PostgreSQL.*Write engine: built-in"):
        config.load(config_file, {})
    assert config.load(config_file, POSTGRESQL_URL).engine == "procrastinate"


def test_it_is_refused_without_the_extra(config_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With what to install."""
    monkeypatch.setitem(sys.modules, "procrastinate", None)
    with pytest.raises(ConfigError, match=r"procrastinate is not installed. Run: pip install 'monitor\[cluster\]'"):
        config.load(config_file, POSTGRESQL_URL)


def test_a_worker_needs_the_engine_and_queues_that_exist(config_file: Path) -> None:
    """Both are usage errors, each with what to write."""
    unknown = run(["worker", "-c", str(config_file), "--queues", "poll,post"], POSTGRESQL_URL)
    config_file.write_text(MINIMAL.replace("engine: procrastinate\n", ""), encoding="utf-8")
    built_in = run(["worker", "-c", str(config_file)], {})
    assert (unknown.returncode, built_in.returncode) == (2, 2)
    assert "The queues are poll, deliver, returned, sources." in unknown.stderr
    assert "engine: procrastinate" in built_in.stderr


def test_every_unit_of_the_service_is_in_one_queue() -> None:
    """But the heartbeat, which is every worker's own."""
    listed = [unit for units in queues.QUEUES.values() for unit in units]
    assert sorted(listed) == sorted(set(BEATS) - {Unit.HEARTBEAT})


# --- the tables of the engine ------------------------------------------------------------------------


def tables(db: Database) -> list[tuple[str, ...]]:
    """Columns, functions, triggers and indexes of the engine, as PostgreSQL knows them."""
    questions = (
        "SELECT table_name, column_name, data_type, coalesce(column_default, '') FROM information_schema.columns "
        "WHERE table_name LIKE 'procrastinate%'",
        "SELECT 'function', proname, pg_get_functiondef(oid), '' FROM pg_proc WHERE proname LIKE 'procrastinate%'",
        "SELECT 'trigger', tgname, pg_get_triggerdef(oid), '' FROM pg_trigger WHERE tgname LIKE 'procrastinate%'",
        "SELECT 'index', indexname, indexdef, '' FROM pg_indexes WHERE tablename LIKE 'procrastinate%'",
    )
    with db.read() as tx:
        return sorted(tuple(row) for question in questions for row in tx.execute(text(question)))


def changes() -> list[Path]:
    """The changes to the schema that procrastinate ships, oldest first."""
    return sorted(Path(SchemaManager.get_migrations_path()).glob("*.sql"))


@pytest.mark.parametrize("had", [1, -1])
@pytest.mark.parametrize("empty_database_url", ["postgresql"], indirect=True)
def test_older_tables_are_brought_up_to_date(postgresql_db: Database, empty_database_url: str, had: int) -> None:
    """A database made by an older procrastinate has in the end all that a new one has."""
    for change in changes()[:had]:
        with store.migrate.locked(postgresql_db) as tx:
            store.migrate.run_script(tx, change.read_text("utf-8"))
            store.meta.put(tx, "procrastinate/schema", change.name, NOW)
    with pytest.raises(SchemaError, match=r"tables of an older procrastinate.*Run: monitor db upgrade"):
        database.check(postgresql_db)
    database.upgrade(postgresql_db)
    database.check(postgresql_db)
    new = store.open(empty_database_url)
    store.migrate.upgrade(new)
    database.upgrade(new)
    missing = set(tables(new)) - set(tables(postgresql_db))
    new.close()
    assert missing == set()
    assert database.queues(postgresql_db) == []


def test_they_are_made_once_and_missed_when_they_are_not_there(postgresql_db: Database) -> None:
    """`monitor db upgrade` may be run again."""
    with pytest.raises(SchemaError, match=r"no tables of procrastinate.*Run: monitor db upgrade"):
        database.check(postgresql_db)
    database.upgrade(postgresql_db)
    made = tables(postgresql_db)
    database.upgrade(postgresql_db)
    database.check(postgresql_db)
    assert made
    assert tables(postgresql_db) == made


def test_tables_of_a_newer_one_or_of_others_are_refused(postgresql_db: Database) -> None:
    """Nothing is changed in them."""
    with store.migrate.locked(postgresql_db) as tx:
        store.migrate.run_script(tx, SchemaManager.get_schema())
    with pytest.raises(SchemaError, match="that Monitor did not make"):
        database.upgrade(postgresql_db)
    with postgresql_db.begin() as tx:
        store.meta.put(tx, "procrastinate/schema", "99.00.00_01_from_the_future.sql", NOW)
    for ask in (database.upgrade, database.check):
        with pytest.raises(SchemaError, match="newer procrastinate"):
            ask(postgresql_db)


# --- turns ---------------------------------------------------------------------------------------


def begins(db: Database, upstream: str = "NCBI", gap: float = 0.5) -> float:
    """When the turn that is taken now begins, in seconds from now."""
    with db.begin() as tx:
        return store.turns.take(tx, upstream, timedelta(seconds=gap))


def test_each_turn_begins_one_interval_after_the_last(postgresql_db: Database) -> None:
    """Of one upstream; another has turns of its own."""
    found = [begins(postgresql_db) for _ in range(4)]
    assert found == pytest.approx([0, 0.5, 1, 1.5], abs=0.3)
    assert found == sorted(found)
    assert begins(postgresql_db, "another") == 0


def test_no_two_callers_get_the_same_turn(postgresql_db: Database) -> None:
    """However many ask at once: the fortieth turn is 39 intervals after the first."""
    found: list[float] = []

    def ask() -> None:
        for _ in range(10):
            began = time.monotonic()
            found.append(began + begins(postgresql_db, gap=10))

    with postgresql_db.begin() as tx:
        store.turns.take(tx, "NCBI", timedelta())
    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    gaps = [later - sooner for sooner, later in zip(sorted(found), sorted(found)[1:], strict=False)]
    assert len(found) == 40
    assert min(gaps) > 9


def test_a_refusal_holds_everybody_back(postgresql_db: Database) -> None:
    """For as long as NCBI asked for; and a shorter wait does not shorten it."""
    with postgresql_db.begin() as tx:
        store.turns.hold(tx, "NCBI", timedelta(seconds=60))
        store.turns.hold(tx, "NCBI", timedelta(seconds=1))
    assert 59 < begins(postgresql_db) <= 60


def test_a_clock_that_was_set_back_stops_nobody(postgresql_db: Database) -> None:
    """The database's clock was a day ahead when the last turn was taken."""
    begins(postgresql_db)
    with postgresql_db.begin() as tx:
        tx.execute(text("UPDATE turns SET next_at = now() + interval '1 day'"))
    assert [begins(postgresql_db), begins(postgresql_db)] == pytest.approx([0, 0.5], abs=0.3)


def test_who_comes_too_late_to_a_turn_takes_another(postgresql_db: Database) -> None:
    """A process that was not woken in time would meet the next one at NCBI's door."""
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        time.sleep(0.2 if len(slept) == 1 else seconds)

    turns = SharedTurns(postgresql_db, "NCBI", 0.1)
    turns.wait(sleep)
    assert len(slept) == 2
    assert slept[1] <= 0.1 * RESERVE


# --- leases of the dead --------------------------------------------------------------------------------


def test_the_leases_of_a_dead_process_end_and_those_of_the_living_stay(postgresql_db: Database) -> None:
    """Its search is polled at once by another; what it stores afterwards is refused."""
    samples.watched(postgresql_db)
    later = NOW + timedelta(days=2)
    with postgresql_db.begin() as tx:
        tokens = {name: store.searches.claim(tx, "ccsvi", name, later, early=True) for name in _searches(tx)}
        dead, living = tokens
        tx.execute(
            text("UPDATE searches SET lease_token = 'dead-' || lease_token, leased_until = now() + interval '1 hour' "
                 "WHERE name = :name"), {"name": dead},
        )  # fmt: skip
        tx.execute(text("INSERT INTO leases VALUES ('process/dead', now() - interval '1 second', 'dead')"))
        store.processes.stay_alive(tx, timedelta(seconds=30))
        freed = store.processes.free_leases_of_dead(tx)
        again = store.processes.free_leases_of_dead(tx)
        leased = {row.name for row in tx.execute(text("SELECT name FROM searches WHERE leased_until > now()"))}
    assert (freed, again) == (1, 0)
    assert dead not in leased
    with postgresql_db.begin() as tx:
        store.processes.leave(tx)
        assert tx.execute(text("SELECT * FROM leases WHERE name LIKE 'process/%'")).all() == []
    assert living


def test_the_open_transaction_of_a_stalled_process_locks_nobody_out(postgresql_db: Database) -> None:
    """It was suspended between two statements: its connection is ended, and its transaction with it."""
    samples.watched(postgresql_db)
    url = postgresql_db.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(url, application_name="monitor stalled") as stalled:
        stalled.execute("UPDATE searches SET lease_token = 'stalled-1', leased_until = now() + interval '1 hour'")
        stalled.execute("INSERT INTO leases VALUES ('process/stalled', now() - interval '1 second', 'stalled')")
        stalled.commit()
        stalled.execute("UPDATE searches SET lease_token = lease_token")
        with postgresql_db.begin() as tx:
            assert store.processes.free_leases_of_dead(tx) > 1
        with pytest.raises(psycopg.OperationalError):
            stalled.execute("SELECT 1")


def _searches(tx: store.Tx) -> list[str]:
    return [state.name for state in store.searches.states(tx, "ccsvi")][:2]


def test_a_process_frees_what_it_could_not_give_back(postgresql_db: Database) -> None:
    """Deliveries that it had claimed when its database went away."""
    samples.watched(postgresql_db)
    samples.subscribe(postgresql_db, "ann@example.org")
    samples.news_of_three(postgresql_db)
    settings = samples.settings(Mailbox().settings())
    from monitor.digests.compose import compose_due

    compose_due(settings, postgresql_db, NOW)
    present = datetime.now(UTC)
    with postgresql_db.begin() as tx:
        claimed = store.deliveries.claim(tx, present, 10)
        before = store.deliveries.is_any_due(tx, present)
        freed = store.processes.free_own_leases(tx, "deliveries")
    with postgresql_db.read() as tx:
        after = queues.is_delivery_due(tx, settings, datetime.now(UTC))
    assert (len(claimed), before, freed, after) == (1, False, 1, True)


def test_paused_sending_puts_no_job_into_the_queue(postgresql_db: Database) -> None:
    """Else every job would put another one behind it, for ever."""
    settings = samples.settings(Mailbox().settings())
    with postgresql_db.begin() as tx:
        store.deliveries.pause(tx, NOW)
        assert not queues.is_delivery_due(tx, settings, NOW)
        assert not queues.is_search_due(tx, settings, NOW)
