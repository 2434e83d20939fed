"""Statements on many rows, for SQLite and PostgreSQL: IN with long lists, and inserts that handle conflicts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache, lru_cache
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec
from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Dialect,
    Row,
    Select,
    Table,
    Text,
    TypeDecorator,
    Update,
    any_,
    bindparam,
    func,
    select,
)
from sqlalchemy.dialects import sqlite

from monitor.store.database.engine import Tx
from monitor.store.database.prepared import Prepared

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql

T = TypeVar("T")

#: Most values in one statement. SQLite allows 32,766 parameters (SQLITE_MAX_VARIABLE_NUMBER), PostgreSQL 65,535.
CHUNK = 5_000

#: Rows fetched at a time by functions that stream their result.
FETCH_SIZE = 500


def chunked(values: Iterable[T], size: int = CHUNK) -> Iterator[list[T]]:
    """`values` in lists of at most `size`; consumes no more of them ahead of time."""
    rest = iter(values)
    while chunk := list(islice(rest, size)):
        yield chunk


def select_among(
    tx: Tx,
    statement: Select[Any] | Prepared[Select[Any]],
    column: ColumnElement[Any],
    values: Iterable[Any],
    **parameters: Any,
) -> Iterator[Any]:
    """The rows of `statement` whose `column` is IN `values`, of any number; queried in chunks."""
    for chunk in chunked(values):
        if isinstance(statement, Prepared):
            yield from _prepared_among(statement, column, tx.dialect.name).rows(tx, **parameters, among=chunk)
            continue
        yield from tx.execute(_among(statement, column, tx.dialect.name), {**parameters, "among": chunk})


def column_among(
    tx: Tx, statement: Prepared[Select[Any]], column: ColumnElement[Any], values: Iterable[Any], **parameters: Any
) -> list[Any]:
    """The first value of each row that `select_among` would give; faster where there are many."""
    among = _prepared_among(statement, column, tx.dialect.name)
    return [value for chunk in chunked(values) for value in among.column(tx, **parameters, among=chunk)]


def update_among(
    tx: Tx, statement: Update | Prepared[Update], column: ColumnElement[Any], values: Iterable[Any], **parameters: Any
) -> int:
    """Run `statement` on the rows whose `column` is IN `values`; returns the number of rows."""
    if isinstance(statement, Prepared):
        return sum(
            _prepared_among(statement, column, tx.dialect.name).run(tx, **parameters, among=chunk)
            for chunk in chunked(values)
        )
    return sum(
        tx.execute(_among(statement, column, tx.dialect.name), {**parameters, "among": chunk}).rowcount
        for chunk in chunked(values)
    )


@cache  # building a statement takes several times as long as executing it
def _prepared_among(statement: Prepared[Any], column: ColumnElement[Any], dialect: str) -> Prepared[Any]:
    return Prepared(_among(statement.statement, column, dialect))


def _among(statement: Any, column: ColumnElement[Any], dialect: str) -> Any:
    """The statement with one parameter, whatever the number of values: the database has to read it only once."""
    if dialect == "sqlite":
        listed = func.json_each(bindparam("among", type_=_JsonList())).table_valued("value")
        return statement.where(column.in_(select(listed.c.value)))
    return statement.where(column == any_(bindparam("among", type_=ARRAY(column.type))))


class _JsonList(TypeDecorator[Any]):
    """Texts or numbers as a list in JSON, for SQLite to read them from."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str:  # noqa: ARG002  SQLAlchemy's signature
        """To JSON text."""
        return msgspec.json.encode(value).decode()


def insert(tx: Tx, table: Table) -> sqlite.Insert | postgresql.Insert:
    """An INSERT of this database's dialect, which supports ON CONFLICT."""
    return insert_of(tx.dialect.name, table)


def insert_of(dialect: str, table: Table) -> sqlite.Insert | postgresql.Insert:
    """As `insert`, for the dialect of this name ("sqlite" or "postgresql")."""
    if dialect == "sqlite":
        return sqlite.insert(table)
    from sqlalchemy.dialects import postgresql  # imported here: 2 MB that SQLite does not need

    return postgresql.insert(table)


def upsert(
    tx: Tx, table: Table, rows: Iterable[Mapping[str, Any]], *, keys: Sequence[str], replace: Sequence[str] = ()
) -> None:
    """Insert `rows`; where a row with the same `keys` exists, update only its columns `replace`."""
    for chunk in chunked(rows):
        _upsert(tx.dialect.name, table, tuple(keys), tuple(replace)).run_all(tx, chunk)


@lru_cache
def _upsert(
    dialect: str, table: Table, keys: tuple[str, ...], replace: tuple[str, ...]
) -> Prepared[sqlite.Insert | postgresql.Insert]:
    statement = insert_of(dialect, table)
    if not replace:
        return Prepared(statement.on_conflict_do_nothing(index_elements=keys))
    new = {name: statement.excluded[name] for name in replace}
    return Prepared(statement.on_conflict_do_update(index_elements=keys, set_=new))


def insert_new(
    tx: Tx, table: Table, rows: Iterable[Mapping[str, Any]], *, keys: Sequence[str]
) -> list[Row[*tuple[Any, ...]]]:
    """Insert `rows`, skipping those whose `keys` exist; returns id and `keys` of the inserted ones, in no order."""
    returned = (table.c.id, *(table.c[name] for name in keys))
    statement = insert(tx, table).on_conflict_do_nothing(index_elements=keys).returning(*returned)
    return [row for chunk in chunked(rows) for row in tx.execute(statement, chunk)]


def insert_one(tx: Tx, table: Table, row: Mapping[str, Any], *, keys: Sequence[str]) -> bool:
    """Insert one row; returns False and changes nothing when a row with the same `keys` exists."""
    return _insert_one(tx.dialect.name, table, tuple(keys)).first(tx, **row) is not None


@lru_cache
def _insert_one(dialect: str, table: Table, keys: tuple[str, ...]) -> Prepared[Any]:
    statement = insert_of(dialect, table).on_conflict_do_nothing(index_elements=keys)
    return Prepared(statement.returning(table.c[keys[0]]))
