"""`monitor db` as an operator uses it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import sqlalchemy as sa

from monitor import store
from monitor.store.schema import tables
from tests.config import files
from tests.support import command
from tests.support.factories import NOW


class Run:
    """Runs the words of `monitor db` as a process of its own."""

    def __init__(self, config: Path) -> None:
        self.config = config
        self.folder = config.parent

    def __call__(self, *words: str) -> tuple[int, str]:
        """(exit code, everything printed)."""
        ended = command.run(["db", *words, "--config", str(self.config)])
        return ended.returncode, ended.stdout + ended.stderr


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """`monitor db …` with a configuration whose database is `monitor.db` in the test's own folder."""
    config = files.written(tmp_path, files.SMALL + f"database_url: sqlite:///{tmp_path}/monitor.db\n")
    return Run(config)


def test_the_upgrade_says_what_it_did_and_may_be_run_again(run: Run) -> None:
    """First on a fresh machine, then by habit."""
    head = store.migrate.head()
    assert run("upgrade") == (0, f"sqlite:///{run.folder}/monitor.db is now at schema {head}.\n")
    assert run("upgrade") == (0, f"sqlite:///{run.folder}/monitor.db already has schema {head}.\n")


def test_check_is_content_with_a_sound_database(run: Run) -> None:
    """In words and for scripts."""
    run("upgrade")
    code, said = run("check")
    assert (code, "is intact" in said) == (0, True)
    code, said = run("check", "--json")
    assert (code, json.loads(said)["problems"]) == (0, [])


def test_check_fails_on_a_database_without_tables_and_says_what_to_run(run: Run) -> None:
    """Before the first upgrade."""
    code, said = run("check")
    assert (code, "Run: monitor db upgrade" in said) == (1, True)


def test_check_names_what_is_broken(run: Run) -> None:
    """Rows deleted by hand."""
    run("upgrade")
    db = store.open(f"sqlite:///{run.folder}/monitor.db")
    with db.migrate() as tx:
        tx.execute(sa.insert(tables.revisions).values(pmid="1", seen_at=NOW, poll_id=404))
    db.close()
    code, said = run("check")
    assert (code, "refers to a row of polls that does not exist" in said) == (1, True)


def test_a_backup_opens_and_a_second_one_needs_another_name(run: Run) -> None:
    """Every night, with the date in its name."""
    run("upgrade")
    copy = run.folder / "copy.db"
    code, said = run("backup", str(copy))
    assert code == 0
    assert re.search(r"copy\.db written \([\d,]+ bytes\)\.", said)
    code, said = run("backup", str(copy))
    assert (code, "exists and is not overwritten" in said) == (1, True)
