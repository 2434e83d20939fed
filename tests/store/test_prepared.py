"""Statements that are sent past SQLAlchemy convert, refuse and fail as those sent by it."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import bindparam, select, update

from monitor import store
from monitor.errors import StoreError
from monitor.store import Database, Tx
from monitor.store.database.prepared import Prepared, one_of
from monitor.store.schema.service_tables import meta
from tests.support.factories import DAY, NOW

_SET_AT = Prepared(select(meta.c.key, meta.c.set_at).where(meta.c.key == bindparam("of_key")))
_LATER = Prepared(update(meta).where(meta.c.key == bindparam("of_key")))


def test_values_are_converted_on_their_way_there_and_back(db: Database) -> None:
    """Text is cleaned, and an instant comes back as one."""
    with db.begin() as tx:
        store.meta.put(tx, "a\x00b", "c", NOW)
        assert _SET_AT.first(tx, of_key="a\x00b") == ("a\ufffdb", NOW)
        assert _LATER.run(tx, of_key="a\x00b", set_at=NOW + DAY) == 1
        assert [row.set_at for row in _SET_AT.rows(tx, of_key="a\x00b")] == [NOW + DAY]


def test_each_set_of_columns_that_is_written_is_a_statement_of_its_own(db: Database) -> None:
    """What was compiled for one column says nothing of another."""
    with db.begin() as tx:
        store.meta.put(tx, "a", "b", NOW)
        _LATER.run(tx, of_key="a", value="c")
        _LATER.run(tx, of_key="a", set_at=NOW + DAY)
        assert store.meta.get(tx, "a") == "c"
        assert _SET_AT.column(tx, of_key="a") == ["a"]


def test_what_is_not_there_is_none(db: Database) -> None:
    """Neither a row nor a value."""
    with db.read() as tx:
        assert _SET_AT.first(tx, of_key="a") is None
        assert _SET_AT.value(tx, of_key="a") is None


def test_a_parameter_that_is_forgotten_is_no_null(db: Database) -> None:
    """It would find nothing, and nobody would notice."""
    with db.read() as tx, pytest.raises(KeyError, match="of_key"):
        _SET_AT.first(tx)


def test_a_list_of_any_length_is_refused_and_a_fixed_one_is_not(db: Database) -> None:
    """The text of a statement with a list depends on its length."""
    with db.begin() as tx:
        store.meta.put(tx, "b", "", NOW)
        with pytest.raises(TypeError, match="one_of"):
            Prepared(select(meta.c.key).where(meta.c.key.in_(["a", "b"]))).column(tx)
        assert Prepared(select(meta.c.key).where(one_of(meta.c.key, ["a", "b"]))).column(tx) == ["b"]


def test_a_database_of_something_else_is_told_as_one(tmp_path: Path) -> None:
    """The driver's error becomes one of SQLAlchemy, and that a sentence for the operator."""
    with sqlite3.connect(tmp_path / "monitor.db") as raw:
        raw.execute("CREATE TABLE meta (key TEXT)")  # no column "value": not a database of ours
    raw.close()
    foreign = store.open(f"sqlite:///{tmp_path / 'monitor.db'}")
    with pytest.raises(StoreError, match="no such column"), foreign.read() as tx:
        store.meta.get(tx, "a")
    foreign.close()


def test_a_full_disk_is_told_as_one(sqlite_db: Database) -> None:
    """What the driver says of a statement that writes is not lost either."""
    with sqlite_db.begin() as tx:
        store.meta.put(tx, "a", "", NOW)
    with pytest.raises(StoreError, match="full"), sqlite_db.begin() as tx:
        _fill(tx)


def _fill(tx: Tx) -> None:
    pages = tx.exec_driver_sql("PRAGMA page_count").scalar_one()
    tx.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
    _LATER.run(tx, of_key="a", value="x" * 1_000_000)
