"""The schema over time."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from monitor import store
from monitor.errors import SchemaError
from monitor.store import Database
from monitor.store.schema.tables import metadata
from tests.support.factories import NOW, topic

both = pytest.mark.parametrize("empty_database_url", ["sqlite", "postgresql"], indirect=True)


def test_the_steps_lead_to_the_tables_of_today(db: Database) -> None:
    """Nothing is in `tables` that no migration makes, and the other way round."""
    with db.read() as tx:
        context = MigrationContext.configure(tx, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_the_steps_make_every_index_and_condition_of_today(sqlite_db: Database, tmp_path: Path) -> None:
    """Alembic does not compare the conditions of partial indexes; the statements SQLite keeps do."""
    at_once = store.open(f"sqlite:///{tmp_path}/at-once.db")
    metadata.create_all(at_once.engine)
    assert _statements(sqlite_db) == _statements(at_once)
    at_once.close()


def test_an_index_with_a_condition_has_one_in_both_databases(db: Database) -> None:
    """The schema says it for SQLite alone, each migration for both."""
    wanted = {
        index.name
        for table in metadata.sorted_tables
        for index in table.indexes
        if index.dialect_options["sqlite"]["where"] is not None
    }
    kept = (
        "SELECT name, sql FROM sqlite_master WHERE type = 'index'"
        if db.is_sqlite
        else "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = current_schema()"
    )
    with db.read() as tx:
        made = {name for name, statement in tx.execute(sa.text(kept)) if " WHERE " in (statement or "")}
    assert wanted
    assert made == wanted


def _statements(db: Database) -> set[tuple[str, ...]]:
    """The words of every statement; the order of a table's constraints says nothing."""
    made = "SELECT sql FROM sqlite_master WHERE type IN ('table', 'index') AND tbl_name <> 'alembic_version'"
    with db.read() as tx:
        return {tuple(sorted(str(sql).replace(",", " ").split())) for sql in tx.scalars(sa.text(made))}


def test_a_migrated_database_is_accepted_and_upgrading_again_changes_nothing(db: Database) -> None:
    """An operator may run the upgrade at every start."""
    store.migrate.upgrade(db)
    store.migrate.check(db)
    assert store.migrate.current(db) == store.migrate.head()


@both
def test_an_empty_database_says_to_run_the_upgrade(empty_database_url: str) -> None:
    """The service never makes tables behind the operator's back."""
    db = store.open(empty_database_url)
    with pytest.raises(SchemaError, match=r"is empty\. Run: monitor db upgrade"):
        store.migrate.check(db)
    db.close()


@both
def test_two_services_that_start_together_upgrade_once(empty_database_url: str) -> None:
    """The second waits for the first and finds it done."""
    databases = [store.open(empty_database_url) for _ in range(2)]
    with ThreadPoolExecutor() as pool:
        list(pool.map(store.migrate.upgrade, databases))
    for db in databases:
        store.migrate.check(db)
        db.close()


@pytest.fixture
def next_version(tmp_path: Path) -> Path:
    """The migrations of a version to come, which keeps one more fact of each topic."""
    steps = tmp_path / "migrations"
    shutil.copytree(store.migrate.STEPS, steps, ignore=shutil.ignore_patterns("__pycache__"))
    (steps / "versions" / "v0002_next.py").write_text(
        "import sqlalchemy as sa\n"
        "from alembic import op\n"
        "revision, down_revision = '0002', '0001'\n"
        "def upgrade():\n"
        "    op.add_column('topics', sa.Column('note', sa.Text(), nullable=False, server_default='none yet'))\n"
    )
    return steps


def test_an_older_schema_says_to_back_up_and_upgrade(db: Database, next_version: Path) -> None:
    """What an operator reads after installing a new version."""
    with pytest.raises(SchemaError, match=r"has schema 0001.*Run: monitor db backup FILE, then: monitor db upgrade"):
        store.migrate.check(db, next_version)


def test_an_upgrade_keeps_what_is_in_the_database(db: Database, next_version: Path) -> None:
    """A new version is installed on years of polls."""
    with db.begin() as tx:
        store.searches.sync(tx, [topic()], NOW)
    store.migrate.upgrade(db, next_version)
    store.migrate.check(db, next_version)
    assert store.migrate.current(db) == store.migrate.head(next_version) == "0002"
    with db.read() as tx:
        assert tx.execute(sa.text("SELECT key, note FROM topics")).all() == [("ccsvi", "none yet")]
        assert [state.name for state in store.searches.due(tx, NOW)] == ["words"]


def test_a_newer_schema_is_refused_by_check_and_by_upgrade(db: Database) -> None:
    """What an operator reads after going back to an old version."""
    _pretend_schema(db, "9999")
    for refuse in (store.migrate.check, store.migrate.upgrade):
        with pytest.raises(SchemaError, match="has schema 9999, which this version of Monitor does not know"):
            refuse(db)


@both
def test_tables_of_another_program_are_left_alone(empty_database_url: str) -> None:
    """A wrong URL must not become a mixed database."""
    db = store.open(empty_database_url)
    with db.begin() as tx:
        tx.execute(sa.text("CREATE TABLE articles (headline TEXT)"))
    for refuse in (store.migrate.check, store.migrate.upgrade):
        with pytest.raises(SchemaError, match=r"tables that Monitor did not make \(articles\)"):
            refuse(db)
    db.close()


def _pretend_schema(db: Database, version: str) -> None:
    with db.begin() as tx:
        tx.execute(sa.text("UPDATE alembic_version SET version_num = :version"), {"version": version})
