"""Statements that are run at every tick or poll: compiled once, then sent past SQLAlchemy.

SQLAlchemy looks a statement up in its cache, collects parameters and builds a result anew at each run, which takes
several times as long as SQLite takes to answer. The statement is still written in its language, and its types convert
parameters and values.
"""

from __future__ import annotations

import sqlite3
from collections import namedtuple
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, cast

from sqlalchemy import ColumnElement, CompoundSelect, Delete, Dialect, Insert, Select, Update, or_
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.schema import ScalarElementColumnDefault
from sqlalchemy.types import TypeEngine

from monitor.store.database.driver_errors import as_sqlalchemy_error
from monitor.store.database.engine import Tx

_AnyStatement = Select[Any] | CompoundSelect[Any] | Insert | Update | Delete
_Statement = TypeVar("_Statement", bound=_AnyStatement)
_Convert = Callable[[Any], Any]


class Prepared(Generic[_Statement]):
    """One statement. Its parameters, and those that set a column, are given by name.

    `statement` is the one it was made of, for others that are built on it.
    """

    def __init__(self, statement: _Statement) -> None:
        self.statement = statement
        self._compiled: dict[tuple[str, ...], _Compiled] = {}

    def rows(self, tx: Tx, **parameters: Any) -> Iterator[Any]:
        """The rows as named tuples, read from the database while they are taken."""
        compiled = self._of(tx, parameters)
        try:
            yield from map(compiled.row, compiled.send(tx, parameters))
        except sqlite3.Error as error:
            raise as_sqlalchemy_error(compiled.text, error) from error

    def first(self, tx: Tx, **parameters: Any) -> Any | None:
        """The first row, None when there is none."""
        rows = [*self.rows(tx, **parameters)]
        return rows[0] if rows else None

    def column(self, tx: Tx, **parameters: Any) -> list[Any]:
        """The first value of each row; for many rows several times as fast as `rows`."""
        compiled = self._of(tx, parameters)
        try:
            values = [row[0] for row in compiled.send(tx, parameters)]
        except sqlite3.Error as error:
            raise as_sqlalchemy_error(compiled.text, error) from error
        return [*map(compiled.value, values)] if compiled.value else values

    def value(self, tx: Tx, **parameters: Any) -> Any | None:
        """The first value of the first row, None when there is none."""
        found = self.column(tx, **parameters)
        return found[0] if found else None

    def run(self, tx: Tx, **parameters: Any) -> int:
        """Run a statement that writes; returns the number of rows that it concerned."""
        compiled = self._of(tx, parameters)
        try:
            number: int = compiled.send(tx, parameters).rowcount
        except sqlite3.Error as error:
            raise as_sqlalchemy_error(compiled.text, error) from error
        return number

    def run_all(self, tx: Tx, rows: Sequence[Mapping[str, Any]]) -> None:
        """Run a statement that writes for each of these; all have the same names."""
        if rows:
            compiled = self._of(tx, rows[0])
            try:
                compiled.send_all(tx, rows)
            except sqlite3.Error as error:
                raise as_sqlalchemy_error(compiled.text, error) from error

    def _of(self, tx: Tx, parameters: Mapping[str, Any]) -> _Compiled:
        key = (tx.dialect.name, *parameters)
        if key not in self._compiled:
            self._compiled[key] = _compile(self.statement, tx.dialect, list(parameters))
        return self._compiled[key]


@dataclass(frozen=True, slots=True)
class _Compiled:
    """A statement in the words of one dialect. `names` are its parameters, in order where the dialect counts them.

    `row` converts a row as the driver has it, `value` its first value where that needs it.
    """

    text: str
    names: Sequence[str]
    constants: Mapping[str, Any]
    to_driver: Sequence[tuple[str, _Convert]]
    row: _Convert
    value: _Convert | None
    is_counted: bool

    def send(self, tx: Tx, parameters: Mapping[str, Any]) -> Any:
        """Send the statement; returns the driver's cursor, or SQLAlchemy's where it sends it.

        It does for PostgreSQL, where it takes care of the connection, and where somebody listens to its statements.
        """
        values = self._values(parameters)
        if not self.is_counted or tx.dispatch.before_cursor_execute:
            return tx.exec_driver_sql(self.text, values)
        return cast("sqlite3.Connection", tx.connection.driver_connection).execute(self.text, values)

    def send_all(self, tx: Tx, rows: Sequence[Mapping[str, Any]]) -> None:
        """Send the statement for each of `rows`."""
        values = [self._values(row) for row in rows]
        if not self.is_counted or tx.dispatch.before_cursor_execute:
            tx.exec_driver_sql(self.text, values)
        else:
            cast("sqlite3.Connection", tx.connection.driver_connection).executemany(self.text, values)

    def _values(self, parameters: Mapping[str, Any]) -> Any:
        values = {**self.constants, **parameters}
        for name, convert in self.to_driver:
            values[name] = convert(values[name])
        if self.is_counted:
            return tuple([values[name] for name in self.names])
        return {name: values[name] for name in self.names}


def _compile(statement: _AnyStatement, dialect: Dialect, names: list[str]) -> _Compiled:
    if isinstance(statement, Insert) and not statement.exported_columns:
        statement = statement.inline()  # nobody asks for the new id
    compiled = statement.compile(dialect=dialect, column_keys=names if isinstance(statement, Insert | Update) else None)
    assert isinstance(compiled, SQLCompiler)  # noqa: S101  for mypy: so every statement that is not DDL is compiled
    order, converted = compiled.positiontup, _from_driver(statement, dialect)
    if any(one.expanding for one in compiled.binds.values()):
        raise TypeError("a list of values has no fixed text: use `one_of`, or `bulk.select_among`")
    named = {name: parameter for parameter, name in compiled.bind_names.items()}
    to_driver = [(name, convert) for name, one in named.items() if (convert := _to_driver(one.type, dialect))]
    return _Compiled(
        str(compiled),
        order if order is not None else list(named),
        {name: value for name, value in compiled.params.items() if not named[name].required} | _defaults(compiled),
        to_driver,
        _row(statement, converted),
        next((convert for number, convert in converted if number == 0), None),
        order is not None,
    )


def _defaults(compiled: SQLCompiler) -> dict[str, Any]:
    """The values of columns that are not given; those that a function makes must be given."""
    defaults = {column.key: column.default for column in compiled.insert_prefetch}
    return {name: one.arg for name, one in defaults.items() if isinstance(one, ScalarElementColumnDefault)}


def one_of(column: ColumnElement[Any], values: Iterable[Any]) -> ColumnElement[bool]:
    """`column` IN these few values, which never change, for a Prepared statement."""
    return or_(*(column == value for value in values))


def _to_driver(kind: TypeEngine[Any], dialect: Dialect) -> _Convert | None:
    return kind.dialect_impl(dialect).bind_processor(dialect)


def _from_driver(statement: _AnyStatement, dialect: Dialect) -> list[tuple[int, _Convert]]:
    """The numbers of the columns whose values are not as the driver has them, and what converts them."""
    kinds = (column.type.dialect_impl(dialect) for column in statement.exported_columns)
    found = enumerate(kind.result_processor(dialect, None) for kind in kinds)
    return [(number, convert) for number, convert in found if convert]


def _row(statement: _AnyStatement, converted: Sequence[tuple[int, _Convert]]) -> _Convert:
    """Makes a named tuple of a row as the driver has it."""
    columns = statement.exported_columns
    kind = namedtuple("Row", [column.key for column in columns], rename=True)  # type: ignore[misc]  # of names known only here

    def make(raw: Sequence[Any]) -> Any:
        values = list(raw)
        for number, convert in converted:
            values[number] = convert(values[number])
        return kind._make(values)

    return make if converted else kind._make
