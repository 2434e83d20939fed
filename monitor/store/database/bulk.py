"""Many rows at once, on both databases: questions about long lists, and inserts that meet rows already there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Row, Select, Table, Update, bindparam
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
    tx: Tx, statement: Select[Any], column: ColumnElement[Any], values: Iterable[Any], **parameters: Any
) -> Iterator[Row[*tuple[Any, ...]]]:
    """The rows of `statement` whose `column` is one of `values`, however many those are."""
    for chunk in chunked(values):
        yield from tx.execute(_among(statement, column), {**parameters, "among": chunk})


def update_among(
    tx: Tx, statement: Update, column: ColumnElement[Any], values: Iterable[Any], **parameters: Any
) -> int:
    """Run `statement` on the rows whose `column` is one of `values`; how many rows that were."""
    return sum(
        tx.execute(_among(statement, column), {**parameters, "among": chunk}).rowcount for chunk in chunked(values)
    )


@lru_cache  # building a statement costs several times what running it does
def _among(statement: Any, column: ColumnElement[Any]) -> Any:
    return statement.where(column.in_(bindparam("among", expanding=True)))


def insert(tx: Tx, table: Table) -> sqlite.Insert | postgresql.Insert:
    """The INSERT of this database's dialect, which knows ON CONFLICT."""
    return insert_of(tx.dialect.name, table)


def insert_of(dialect: str, table: Table) -> sqlite.Insert | postgresql.Insert:
    """The same by the dialect's name."""
    return sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)


def put(
    tx: Tx, table: Table, rows: Iterable[Mapping[str, Any]], *, keys: Sequence[str], replace: Sequence[str] = ()
) -> None:
    """Insert `rows`; where one with the same `keys` is there, change its columns `replace` and no others."""
    for chunk in chunked(rows):
        tx.execute(_upsert(tx.dialect.name, table, tuple(keys), tuple(replace)), chunk)


@lru_cache
def _upsert(
    dialect: str, table: Table, keys: tuple[str, ...], replace: tuple[str, ...]
) -> sqlite.Insert | postgresql.Insert:
    statement = insert_of(dialect, table)
    if not replace:
        return statement.on_conflict_do_nothing(index_elements=keys)
    new = {name: statement.excluded[name] for name in replace}
    return statement.on_conflict_do_update(index_elements=keys, set_=new)


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
