"""Key-value pairs, backup, and integrity checks."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
import sqlalchemy as sa

from monitor import store
from monitor.errors import StoreError
from monitor.store import Database
from monitor.store.schema import tables
from tests.support.databases import sqlite_file
from tests.support.factories import NOW, article


def test_a_value_is_stored_replaced_and_removed(db: Database) -> None:
    """One value a key."""
    with db.begin() as tx:
        assert store.meta.get(tx, "alerted", "never") == "never"
        store.meta.put(tx, "alerted", "once", NOW)
        store.meta.put(tx, "alerted", "twice", NOW)
        assert store.meta.get(tx, "alerted") == "twice"
        store.meta.remove(tx, "alerted")
        assert store.meta.get(tx, "alerted") == ""


def test_a_backup_is_one_whole_private_file_that_opens(sqlite_db: Database, tmp_path: Path) -> None:
    """Taken while somebody is writing: it holds what was committed."""
    with sqlite_db.begin() as tx:
        store.articles.save(tx, [article("1")], NOW)
    seen: list[tuple[int, int, str]] = []
    with sqlite_db.begin() as writing:
        store.articles.save(writing, [article("2")], NOW)
        store.maintenance.backup(sqlite_db, tmp_path / "copy.db", lambda *progress: seen.append(progress))
    assert seen[-1][0] == seen[-1][1] > 0
    assert {file.name for file in tmp_path.iterdir() if "copy" in file.name} == {"copy.db"}
    assert stat.S_IMODE((tmp_path / "copy.db").stat().st_mode) == 0o600
    copy = store.open(f"sqlite:///{tmp_path}/copy.db")
    store.migrate.check(copy)
    with copy.read() as tx:
        assert store.articles.which_known(tx, ["1", "2"]) == {"1"}
    copy.close()


def test_a_backup_overwrites_nothing(sqlite_db: Database, tmp_path: Path) -> None:
    """Yesterday's is kept."""
    (tmp_path / "copy.db").write_text("yesterday's")
    with pytest.raises(StoreError, match="exists and is not overwritten"):
        store.maintenance.backup(sqlite_db, tmp_path / "copy.db")
    assert (tmp_path / "copy.db").read_text() == "yesterday's"


def test_a_backup_that_cannot_be_written_says_why_and_leaves_nothing(sqlite_db: Database, tmp_path: Path) -> None:
    """The folder is not there."""
    with pytest.raises(StoreError, match="No such file or directory"):
        store.maintenance.backup(sqlite_db, tmp_path / "missing" / "copy.db")


def test_postgresql_is_backed_up_by_its_own_tool(postgresql_db: Database, tmp_path: Path) -> None:
    """The sentence can be pasted."""
    with pytest.raises(StoreError, match=r"run: pg_dump --format=custom --file=.*copy\.db postgresql"):
        store.maintenance.backup(postgresql_db, tmp_path / "copy.db")


def test_a_sound_database_has_no_problems(db: Database) -> None:
    """Every day but one."""
    assert store.maintenance.problems(db) == []


def test_a_reference_to_nothing_is_a_problem(sqlite_db: Database) -> None:
    """Somebody deleted rows by hand, with another program."""
    with sqlite_db.migrate() as tx:  # does not follow foreign keys, like the sqlite3 shell
        tx.execute(sa.insert(tables.revisions).values(pmid="1", seen_at=NOW, poll_id=404))
    assert store.maintenance.problems(sqlite_db) == ["revisions row 1 refers to a row of polls that does not exist"]


def test_damage_in_the_file_is_found(sqlite_db: Database) -> None:
    """A bad disk changed some bytes."""
    with sqlite_db.begin() as tx:
        store.articles.save(tx, (article(str(n), "x" * 500) for n in range(500)), NOW)
    sqlite_db.close()
    path = sqlite_file(sqlite_db)
    raw = bytearray(path.read_bytes())
    raw[len(raw) // 2 : len(raw) // 2 + 9_000] = b"\x55" * 9_000
    path.write_bytes(raw)
    assert "malformed" in " ".join(store.maintenance.problems(sqlite_db))


def test_an_index_that_was_never_finished_is_a_problem(postgresql_db: Database) -> None:
    """A concurrent build that failed leaves one behind."""
    with postgresql_db.begin() as tx:
        tx.execute(sa.text("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'ix_articles_doi'::regclass"))
    assert store.maintenance.problems(postgresql_db) == ["index ix_articles_doi is not valid: REINDEX it"]
