"""What a machine does to a database: the disk is full, the file is read-only, locked, damaged or gone, and so on.

Each time the operator reads what is wrong in words, never "a bug in Monitor", and nothing is lost.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import event

from monitor import config, store
from monitor.demo.mailbox import Mailbox
from monitor.errors import StoreError
from monitor.sandbox import Server
from monitor.service import connections, tick
from monitor.service.connections import Connections
from monitor.service.tick import Tick
from tests.support import returned_mails
from tests.support.installation import World, install
from tests.support.limits import limited

NOW = datetime(2016, 1, 1, 12, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
READERS = {"ann@example.org", "bob@example.org"}
EX_TEMPFAIL = 75


@pytest.fixture
def world(tmp_path: Path, sandbox: Server) -> Iterator[World]:
    """An installation on SQLite, with a key file of its own."""
    with Mailbox() as box, install(tmp_path, sandbox, box) as installed:
        yield replace(installed, environ={})


@pytest.fixture
def works(world: World) -> Iterator[Connections]:
    """What its service works with; a lock is waited for only a moment."""
    environ = {"MONITOR_DATABASE_URL": f"sqlite:///{database(world)}?timeout=0.2"}
    with connections.connected(config.load(world.config, environ), NOW) as opened:
        yield opened


def database(world: World) -> Path:
    """Its file."""
    return world.folder / "monitor.db"


def mailed(world: World) -> set[str]:
    """Who has got a digest."""
    return {reader for reader in READERS if world.mailbox.to(reader)}


def is_told_in_words(done: Tick, words: str) -> bool:
    """Did something fail, always for this reason and never by a bug?"""
    return bool(done.failures) and all(words in one.error and not one.is_bug for one in done.failures)


def test_a_full_disk_is_named_and_everything_is_done_once_there_is_room(world: World) -> None:
    """SQLite's log can grow no further in the middle of the first tick; then the limit is lifted."""
    world.run("db", "upgrade")
    done = limited(world, "tick", largest=100_000)
    assert done.returncode == 1
    assert "may be full" in done.stdout + done.stderr
    assert "bug" not in done.stdout + done.stderr
    assert mailed(world) == set()
    with closing(sqlite3.connect(database(world))) as db:
        db.execute("UPDATE searches SET leased_until = NULL, due_at = '2016-01-01'")
        db.commit()
    assert world.run("tick").returncode == 0
    assert mailed(world) == READERS


def test_a_full_database_stops_no_reading_and_loses_nothing(works: Connections, world: World) -> None:
    """SQLite may use no further page while articles come; then it may."""
    most = {"pages": "page_count"}

    def limit(connection: sqlite3.Connection, _entry: object) -> None:
        connection.execute(f"PRAGMA max_page_count = {most['pages']}").fetchone()

    with works.db.read() as tx:
        most["pages"] = str(tx.exec_driver_sql("PRAGMA page_count").scalar())
    event.listen(works.db.engine, "connect", limit)
    works.db.close()
    done = tick.run_due(works, NOW)
    assert is_told_in_words(done, "Make room")
    event.remove(works.db.engine, "connect", limit)
    works.db.close()
    tick.run_due(works, NOW + HOUR)
    assert mailed(world) == READERS


def test_a_returned_mail_on_a_full_disk_is_kept_by_the_mail_server(world: World) -> None:
    """Exit 75; the same mail is taken when there is room."""
    world.run("tick")
    report = returned_mails.postfix("gone@example.org", "<x@y>", "1@mx").decode()
    full = limited(world, "bounces", given=report, largest=1)
    assert (full.returncode, "try again later" in full.stderr) == (EX_TEMPFAIL, True)
    assert limited(world, "bounces", given=report).returncode == 0


def test_a_read_only_database_is_named(world: World) -> None:
    """A restored backup belongs to somebody else: the tick says what to do, and `status` still reads it."""
    world.run("tick")
    for path in (database(world), world.folder):
        path.chmod(path.stat().st_mode & 0o555)
    done = limited(world, "tick", obeys=True)
    world.folder.chmod(0o700)
    assert done.returncode == 1
    assert "read-only" in done.stderr or "cannot be opened" in done.stderr
    assert "bug" not in done.stderr


def test_a_locked_database_delays_every_unit_only_while_it_is_locked(works: Connections, world: World) -> None:
    """Somebody left a shell with an open transaction."""
    with closing(sqlite3.connect(database(world), isolation_level=None)) as shell:
        shell.execute("BEGIN IMMEDIATE")
        assert is_told_in_words(tick.run_due(works, NOW), "holds its lock")
        shell.execute("ROLLBACK")
    assert tick.run_due(works, NOW + HOUR).failures == ()
    assert mailed(world) == READERS


def test_a_damaged_page_is_noticed_within_a_day_and_stops_nothing_else(works: Connections, world: World) -> None:
    """The disk returned garbage for a page of the articles: alert, `status`, exit 1; the next day it is mended."""
    tick.run_due(works, NOW - 2 * DAY)
    works.db.close()
    whole = database(world).read_bytes()
    spoil(database(world), "citations")
    done = tick.run_due(works, NOW)
    assert [alert.headline for alert in done.alerts if "damaged" in alert.headline] == ["the database is damaged"]
    assert not any(failure.is_bug for failure in done.failures)
    assert "damaged" in world.mailbox.to("jane@example.org")[-1].message.get_content()
    shown = world.run("status")
    assert (shown.returncode, "The database is damaged" in shown.stdout) == (1, True)
    assert json.loads(world.run("status", "--json").stdout)["damage"]
    works.db.close()
    database(world).write_bytes(whole)
    tick.run_due(works, NOW + DAY)
    assert "damaged" not in world.run("status").stdout


def spoil(file: Path, table: str) -> None:
    """Overwrite the root page of a table."""
    with closing(sqlite3.connect(file)) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (page,) = db.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (table,)).fetchone()
        (size,) = db.execute("PRAGMA page_size").fetchone()
    with file.open("r+b") as opened:
        opened.seek((page - 1) * size)
        opened.write(b"\xa5" * size)


def test_a_database_copied_without_its_log_is_an_older_but_whole_one(works: Connections, world: World) -> None:
    """Somebody copied monitor.db alone while Monitor ran: what the log held is asked for again."""
    tick.run_due(works, NOW)
    with works.db.begin() as tx:
        store.meta.put(tx, "only in the log", "yes", NOW)
    copy = world.folder / "copy.db"
    shutil.copyfile(database(world), copy)
    settings = config.load(world.config, {"MONITOR_DATABASE_URL": f"sqlite:///{copy}"})
    with connections.connected(settings, NOW) as older:
        assert store.maintenance.problems(older.db) == []
        assert tick.run_due(older, NOW + DAY).failures == ()
        with older.db.read() as tx:
            assert store.meta.get(tx, "only in the log") == ""
            assert store.articles.count(tx, "veins") > 0


@pytest.mark.parametrize("words", [("tick",), ("status",), ("run",), ("db", "upgrade")])
def test_an_emptied_file_is_refused_where_its_key_says_that_there_was_a_database(
    world: World, words: tuple[str, ...]
) -> None:
    """A full disk or a broken copy left 0 bytes: a new database would have forgotten every reader."""
    (world.folder / "monitor.key").write_text("k" * 64)
    database(world).touch()
    done = world.run(*words)
    assert done.returncode == 1
    assert "Restore the last backup" in done.stderr
    assert database(world).stat().st_size == 0


def test_an_empty_file_without_a_key_is_a_new_database(world: World) -> None:
    """Made by `mktemp`, or by a container's mount."""
    database(world).touch()
    assert world.run("tick").returncode == 0


@pytest.mark.parametrize("descriptors", [11, 12])
def test_too_few_descriptors_are_named_and_lose_nothing(world: World, descriptors: int) -> None:
    """The limit of the process is reached by connections; with more, the same tick goes well."""
    world.run("db", "upgrade")
    done = limited(world, "tick", descriptors=descriptors)
    assert done.returncode == 1
    assert "(bug " not in done.stdout + done.stderr
    with closing(sqlite3.connect(database(world))) as db:
        db.execute("UPDATE searches SET leased_until = NULL, due_at = '2016-01-01'")
        db.execute("UPDATE deliveries SET next_try_at = '2016-01-01' WHERE next_try_at IS NOT NULL")
        db.execute("DELETE FROM meta WHERE key = 'delivery/server'")
        db.commit()
    world.run("tick")
    assert mailed(world) == READERS


def test_the_advice_of_a_store_error_names_no_secret(tmp_path: Path) -> None:
    """Nor the values of a statement, which may be addresses."""
    with (
        closing(store.open(f"sqlite:///{tmp_path}/x.db?timeout=0.1")) as db,
        pytest.raises(StoreError) as refused,
        db.begin() as tx,
    ):
        tx.exec_driver_sql("INSERT INTO nowhere VALUES (?)", ("jane@example.org",))
    assert "jane" not in str(refused.value)
