"""Many rows at once, on both databases: questions about long lists, and inserts that meet rows already there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Row, Select, Table, Update
from sqlalchemy.dialects import postgresql, sqlite

from monitor.store.database.engine import Tx

T = TypeVar("T")

#: Values in one statement; SQLite takes 32,766 parameters, PostgreSQL 65,535.
CHUNK = 5_000

#: Rows fetched at a time by what streams.
STREAM = 500


def chunked(values: Iterable[T], size: int = CHUNK) -> Iterator[list[T]]:
    """`values` in lists of at most `size`; takes no more of them at a time."""
    rest = iter(values)
    while chunk := list(islice(rest, size)):
        yield chunk


def select_among(
    tx: Tx, statement: Select[Any], column: ColumnElement[Any], values: Iterable[Any]
) -> Iterator[Row[*tuple[Any, ...]]]:
    """The rows of `statement` whose `column` is one of `values`, however many those are."""
    for chunk in chunked(values):
        yield from tx.execute(statement.where(column.in_(chunk)))


def update_among(tx: Tx, statement: Update, column: ColumnElement[Any], values: Iterable[Any]) -> int:
    """Run `statement` on the rows whose `column` is one of `values`; how many rows that were."""
    return sum(tx.execute(statement.where(column.in_(chunk))).rowcount for chunk in chunked(values))


def insert(tx: Tx, table: Table) -> sqlite.Insert | postgresql.Insert:
    """The INSERT of this database's dialect, which knows ON CONFLICT."""
    return sqlite.insert(table) if tx.dialect.name == "sqlite" else postgresql.insert(table)


def put(
    tx: Tx, table: Table, rows: Iterable[Mapping[str, Any]], *, keys: Sequence[str], replace: Sequence[str] = ()
) -> None:
    """Insert `rows`; where one with the same `keys` is there, change its columns `replace` and no others."""
    statement = insert(tx, table)
    if replace:
        new = {name: statement.excluded[name] for name in replace}
        statement = statement.on_conflict_do_update(index_elements=keys, set_=new)
    else:
        statement = statement.on_conflict_do_nothing(index_elements=keys)
    for chunk in chunked(rows):
        tx.execute(statement, chunk)


def put_new(
    tx: Tx, table: Table, rows: Iterable[Mapping[str, Any]], *, keys: Sequence[str]
) -> list[Row[*tuple[Any, ...]]]:
    """Insert `rows` where none with the same `keys` is there; the id and `keys` of those inserted, in no order."""
    told = (table.c.id, *(table.c[name] for name in keys))
    statement = insert(tx, table).on_conflict_do_nothing(index_elements=keys).returning(*told)
    return [row for chunk in chunked(rows) for row in tx.execute(statement, chunk)]


def put_one(tx: Tx, table: Table, row: Mapping[str, Any], *, keys: Sequence[str]) -> bool:
    """Insert one row; False, and nothing happens, where one with the same `keys` is there."""
    statement = insert(tx, table).values(**row).on_conflict_do_nothing(index_elements=keys)
    return tx.execute(statement.returning(table.c[keys[0]])).first() is not None
