"""`monitor db copy` as an operator uses it: killed, run again, and told what to do next."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from signal import SIGKILL
from subprocess import CompletedProcess

import pytest
from sqlalchemy import func, insert, select

from monitor import store
from monitor.commands._shared import now
from monitor.service.running import heartbeat
from monitor.store import Database
from monitor.store.schema.tables import matches
from tests.config import files
from tests.support import command
from tests.support.command import Command
from tests.support.contents import contents
from tests.support.databases import sqlite_file, url_of
from tests.support.factories import NOW, topic
from tests.support.installation import eventually

ROWS = 40_000


@dataclass(frozen=True)
class Installation:
    """A configuration with its database, for `monitor` as a process of its own."""

    config: Path
    environ: Mapping[str, str]

    def start(self, *words: str) -> Command:
        """`monitor WORDS`, running."""
        return Command([*words, "-c", str(self.config)], self.environ)

    def run(self, *words: str) -> CompletedProcess[str]:
        """`monitor WORDS` to its end."""
        return command.run([*words, "-c", str(self.config)], self.environ)


def _installed(folder: Path, db: Database, key: str = "k" * 32) -> Installation:
    secrets = {"MONITOR_DATABASE_URL": url_of(db), **({"MONITOR_SECRET_KEY": key} if key else {})}
    return Installation(files.written(folder, files.SMALL), {**os.environ, **secrets})


@pytest.fixture
def source(db: Database) -> Database:
    """A database with many rows."""
    with db.begin() as tx:
        store.searches.sync(tx, [topic()], NOW)
        row = {"topic": "ccsvi", "search": "words", "first_seen_at": NOW}
        tx.execute(insert(matches), [{**row, "pmid": f"{number:08}"} for number in range(ROWS)])
    return db


@pytest.fixture
def target(db: Database, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """Where to: the other kind."""
    if db.is_sqlite:
        yield request.getfixturevalue("postgresql_db")
        return
    copied = store.open(f"sqlite:///{tmp_path}/copy.db", durable=False)
    yield copied
    copied.close()


def test_a_copy_that_is_killed_is_refused_by_every_command_and_finished_by_the_next(
    source: Database, target: Database, tmp_path: Path
) -> None:
    """SIGKILL in the middle of the rows; then the service is started on what there is."""
    here, there = _installed(tmp_path, source), _installed(tmp_path, target)
    process = here.start("db", "copy", url_of(target))
    eventually(lambda: _copied(target) > 0)
    process.kill()
    process.communicate(timeout=30)
    assert process.returncode == -SIGKILL
    assert 0 < _copied(target) < ROWS
    for word in ("status", "tick", "run"):
        ended = there.run(word)
        assert (ended.returncode, "is an unfinished copy" in ended.stderr) == (1, True), ended.stderr
    ended = here.run("db", "copy", url_of(target))
    assert (ended.returncode, "every table compared" in ended.stdout) == (0, True), ended.stderr
    assert "Keep MONITOR_SECRET_KEY as it is" in ended.stdout
    assert contents(source) == contents(target)
    assert there.run("db", "check").returncode == 0


def _copied(target: Database) -> int:
    """How many matches have arrived."""
    if target.is_sqlite and not sqlite_file(target).exists():
        return 0
    if not store.migrate.current(target):
        return 0
    with target.read() as tx:
        return tx.scalar(select(func.count()).select_from(matches)) or 0


def test_a_service_that_runs_is_stopped_first(sqlite_db: Database, tmp_path: Path) -> None:
    """Its last sign of life is fresh; nothing is copied, and the sentence says what to do."""
    heartbeat.beat(sqlite_db, now())
    ended = _installed(tmp_path, sqlite_db).run("db", "copy", f"sqlite:///{tmp_path}/copy.db")
    assert (ended.returncode, ended.stdout) == (1, "")
    assert "Stop `monitor run` and every `monitor worker`, and run this again" in ended.stderr
    assert not (tmp_path / "copy.db").exists()


def test_a_worker_on_another_machine_is_stopped_first(postgresql_db: Database, tmp_path: Path) -> None:
    """It says in the database that it is alive."""
    with postgresql_db.begin() as tx:
        store.processes.stay_alive(tx, timedelta(minutes=1))
    ended = _installed(tmp_path, postgresql_db).run("db", "copy", f"sqlite:///{tmp_path}/copy.db")
    assert (ended.returncode, "A service works on" in ended.stderr) == (1, True)


def test_the_key_beside_the_file_is_named_with_what_to_do_with_it(
    sqlite_db: Database, postgresql_db: Database, tmp_path: Path
) -> None:
    """It is in no database, and without it no link in an old mail works."""
    here = _installed(tmp_path, sqlite_db, key="")
    key = sqlite_file(sqlite_db).with_suffix(".key")
    to_server = here.run("db", "copy", url_of(postgresql_db))
    assert f"Set MONITOR_SECRET_KEY_FILE={key}" in to_server.stdout
    to_file = here.run("db", "copy", f"sqlite:///{tmp_path}/copy.db")
    assert f"Copy the key {key} beside the new file" in to_file.stdout
    assert "Start no service on the old database any more" in to_file.stdout


def test_a_copy_onto_itself_or_to_no_database_is_refused(sqlite_db: Database, tmp_path: Path) -> None:
    """A URL mistyped."""
    here = _installed(tmp_path, sqlite_db)
    with sqlite_db.begin() as tx:
        store.meta.put(tx, "sending", "paused", NOW)
    itself = here.run("db", "copy", url_of(sqlite_db))
    assert (itself.returncode, "is not empty" in itself.stderr) == (1, True), itself.stderr
    nothing = here.run("db", "copy", "mysql://localhost/monitor")
    assert (nothing.returncode, 'Write "sqlite:///monitor.db"' in nothing.stderr) == (2, True)
    nowhere = here.run("db", "copy", "sqlite:////nowhere/at/all/copy.db")
    assert (nowhere.returncode, "cannot be opened" in nowhere.stderr) == (1, True), nowhere.stderr


def test_a_file_named_without_its_folder_is_the_one_in_this_folder(sqlite_db: Database, tmp_path: Path) -> None:
    """What is told to be configured leads there from wherever the configuration is."""
    here = _installed(tmp_path, sqlite_db)
    name = f"copy-{os.getpid()}.db"
    try:
        told = here.run("db", "copy", f"sqlite:///{name}").stdout
        assert f"to sqlite:///{Path.cwd() / name}" in told
        assert Path(name).exists()
    finally:
        for left in Path.cwd().glob(f"{name}*"):
            left.unlink()
