"""Opening a database and its transactions."""

from __future__ import annotations

import subprocess
import sys
from contextlib import closing
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
import sqlalchemy as sa

from monitor import store
from monitor.errors import ConfigError, StoreError
from monitor.store import Database, SharedRead, Tx
from monitor.store.schema import service_tables
from tests.support.factories import NOW, article

_DIES_HALF_WAY = """
import os, signal, sys
from datetime import UTC, datetime
from monitor import store
from monitor.model import Article
with store.open(sys.argv[1]).begin() as tx:
    store.articles.save(tx, [Article("1", 1, "Half written")], datetime.now(UTC))
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_reading_transaction_refuses_to_write(db: Database) -> None:
    """What only reads cannot write by mistake."""
    with pytest.raises((StoreError, sa.exc.DBAPIError)), db.read() as tx:
        tx.execute(sa.delete(service_tables.meta))


def test_a_reading_transaction_sees_one_state_throughout(db: Database) -> None:
    """A commit by somebody else between two questions does not show."""
    with db.read() as reader:
        assert store.articles.count(reader) == 0
        with db.begin() as writer:
            store.articles.save(writer, [article()], NOW)
        assert store.articles.count(reader) == 0
    with db.read() as reader:
        assert store.articles.count(reader) == 1


def test_one_question_of_several_that_fails_stops_no_other(db: Database) -> None:
    """Questions share one state of the database; the next after one that failed is asked in another transaction."""
    with closing(SharedRead(db)) as reading:
        assert reading.ask(store.articles.count) == 0
        with db.begin() as writer:
            store.articles.save(writer, [article()], NOW)
        assert reading.ask(store.articles.count) == 0
        with pytest.raises((StoreError, sa.exc.DBAPIError)):
            reading.ask(lambda tx: tx.execute(sa.text("SELECT nothing FROM nowhere")))
        assert reading.ask(store.articles.count) == 1
        with pytest.raises(KeyError):
            reading.ask(lambda tx: {}[store.articles.count(tx)])
        assert reading.ask(store.articles.count) == 1
    assert db.in_use == 0


def test_an_error_in_the_block_leaves_nothing(db: Database) -> None:
    """All or nothing."""
    with pytest.raises(sa.exc.IntegrityError), db.begin() as tx:
        _save_and_fail(tx)
    with db.read() as tx:
        assert store.articles.count(tx) == 0


def _save_and_fail(tx: Tx) -> None:
    store.articles.save(tx, [article("1")], NOW)
    store.articles.save(tx, [article("2")], NOW, poll_id=404)  # a poll that does not exist


def test_a_process_killed_half_way_leaves_nothing_and_blocks_nobody(db: Database) -> None:
    """The power goes between two statements of a transaction."""
    url = db.engine.url.render_as_string(hide_password=False)
    died = subprocess.run([sys.executable, "-c", _DIES_HALF_WAY, url], check=False, timeout=60)  # noqa: S603  our own text
    assert died.returncode < 0
    with db.begin() as tx:
        assert store.articles.count(tx) == 0
        store.articles.save(tx, [article()], NOW)


def test_an_instant_is_read_back_in_utc(db: Database) -> None:
    """Whatever zone it was written in."""
    in_tokyo = datetime(2026, 11, 23, 16, 0, tzinfo=timezone(timedelta(hours=9)))
    with db.begin() as tx:
        store.meta.put(tx, "key", "value", in_tokyo)
        kept = tx.scalar(sa.select(service_tables.meta.c.set_at))
    assert kept == NOW
    assert kept.utcoffset() == timedelta(0)


def test_an_instant_without_a_zone_is_refused(db: Database) -> None:
    """It does not name an instant."""
    with pytest.raises((ValueError, sa.exc.StatementError), match="time zone"), db.begin() as tx:
        store.meta.put(tx, "key", "value", datetime(2026, 11, 23))  # noqa: DTZ001  the mistake under test


@pytest.mark.parametrize("url", ["", "monitor.db", "mysql://root@localhost/x", "sqlite://", "sqlite:///:memory:"])
def test_a_url_that_is_no_database_of_ours_says_what_to_write(url: str) -> None:
    """The operator sees the two forms that work."""
    with pytest.raises(ConfigError, match=r"sqlite:///monitor\.db"):
        store.open(url)


@pytest.mark.parametrize(
    "url", ["sqlite:////nowhere/at/all/monitor.db", "postgresql://monitor:hunter2@127.0.0.1:1/monitor"]
)
def test_a_database_that_cannot_be_reached_is_named_without_its_password(url: str) -> None:
    """One sentence, no traceback, no secret."""
    with pytest.raises(StoreError, match="cannot be used") as refused, store.open(url).begin():
        pass
    assert "hunter2" not in str(refused.value)


def test_sqlite_is_opened_for_durability(tmp_path: Path) -> None:
    """A commit survives a power cut unless the caller says it need not."""
    modes = {}
    for durable in (True, False):
        with store.open(f"sqlite:///{tmp_path}/{durable}.db", durable=durable).read() as tx:
            modes[durable] = [tx.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("journal_mode", "synchronous")]
    assert modes == {True: ["wal", 2], False: ["wal", 0]}


def test_reads_and_writes_in_turn_compile_no_statement_of_sqlite_anew(tmp_path: Path) -> None:
    """A reader stays a reader: the PRAGMA that makes it a writer would discard its compiled statements."""
    pragmas: list[str] = []
    with closing(store.open(f"sqlite:///{tmp_path / 'turns.db'}")) as db:
        for _ in range(3):
            for transaction in (db.read(), db.begin()):
                with transaction as tx:
                    tx.connection.driver_connection.set_trace_callback(pragmas.append)
        assert not [said for said in pragmas if said.startswith("PRAGMA")]
        assert db.in_use == 0


@pytest.mark.parametrize("mode", [None, 0o644])
def test_only_its_owner_can_read_the_database_and_its_log(tmp_path: Path, mode: int | None) -> None:
    """They have people's addresses; also where an older version, or a copy, left them open to others."""
    file = tmp_path / "monitor.db"
    if mode:
        with closing(store.open(f"sqlite:///{file}")) as before:
            store.migrate.upgrade(before)
            for path in tmp_path.iterdir():
                path.chmod(mode)
    with closing(store.open(f"sqlite:///{file}")) as db:
        store.migrate.upgrade(db)
        modes = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()}
    assert modes == {"monitor.db": 0o600, "monitor.db-wal": 0o600, "monitor.db-shm": 0o600}
