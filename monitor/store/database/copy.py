"""A whole database copied into another, of either kind: every row in batches, compared at the end, resumable.

The target carries a mark from before the first row until the comparison has ended, and no command works on a database
that carries it (`store.migrate`). Each batch is one transaction with the key of its last row, so that a copy that was
killed goes on behind it. Nothing can be written to the source meanwhile, and nothing is written to it here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from hashlib import blake2b
from typing import Any

import msgspec
from sqlalchemy import Column, MetaData, Row, Table, Text, func, insert, select, text, tuple_

from monitor.errors import StoreError
from monitor.ports import Progress, silent
from monitor.store.database import meta, migrate
from monitor.store.database.engine import Database, Tx
from monitor.store.schema import mail_tables, outside_tables, preprint_tables, service_tables, tables
from monitor.store.schema.columns import CleanText, EnumText, Json

#: Rows read, written and committed at a time.
BATCH = 500

#: Each of these modules adds its tables to the one schema.
_METADATA = {module.metadata for module in (tables, mail_tables, outside_tables, preprint_tables, service_tables)}

#: All tables, each behind those to which it refers.
_TABLES: Sequence[Table] = [table for one in _METADATA for table in one.sorted_tables]
_SUM_MODULO = 1 << 128


@dataclass(frozen=True, slots=True)
class TableCopy:
    """One table: how many rows both databases have, and the checksum of their contents, in hexadecimal."""

    table: str
    rows: int
    checksum: str


@dataclass(frozen=True, slots=True)
class _Mark:
    """What the target says of its unfinished copy: of what, since when, and up to which row (`after` in `table`)."""

    source: str
    source_state: str
    begun_at: datetime
    table: str = ""
    after: tuple[Any, ...] | None = None


def copy_database(source: Database, target: Database, now: datetime, progress: Progress = silent) -> list[TableCopy]:
    """Copy everything in `source` into the empty database `target`, or go on with a copy of it that was interrupted.

    `progress` is told of rows, first those copied and then those compared. Raises SchemaError when one of them has
    another schema, and StoreError when `target` has data of its own, when the source was used since an interrupted
    copy was begun, and when rows differ in the end; `target` stays marked as unfinished then.
    """
    migrate.check(source)
    migrate.prepare_for_copy(target)
    begun = _unfinished(target)
    with _held(source) as held:
        mark = _begin(held, source, target, begun, now)
        counts = _counts(held)
        _copy_tables(held, target, mark, sum(counts.values()), progress)
        totals = _compared(held, target, counts, progress)
        _finish(held, target)
    return totals


@contextmanager
def _held(source: Database) -> Iterator[Tx]:
    """A transaction on the source that reads, while nobody can write: other processes wait, and then fail safely."""
    with source.begin() as tx:  # BEGIN IMMEDIATE on SQLite: the one lock that writers need
        if not source.is_sqlite:
            names = ", ".join(f'"{table.name}"' for table in _TABLES)
            tx.execute(text(f"LOCK TABLE {names} IN SHARE MODE"))
        yield tx


def _unfinished(target: Database) -> _Mark | None:
    """Where an earlier copy into the target was interrupted; None when it is empty. Raises StoreError otherwise."""
    with target.read() as tx:
        if found := meta.get(tx, migrate.UNFINISHED_COPY):
            return msgspec.json.decode(found, type=_Mark)
        if filled := [table.name for table in _TABLES if tx.execute(select(table).limit(1)).first()]:
            raise StoreError(
                f"The database {target.url_safe} is not empty: it has rows in {', '.join(filled)}. Name an empty one; "
                "a copy never replaces or adds to what is there."
            )
    return None


def _begin(held: Tx, source: Database, target: Database, begun: _Mark | None, now: datetime) -> _Mark:
    """Mark the target, or go on from the mark of a copy that was `begun`."""
    state = _state_of(held)
    if begun:
        return _resumed(begun, source, target, state)
    mark = _Mark(source.url_safe, state, now)
    with target.begin() as tx:
        _put(tx, mark)
    return mark


def _resumed(mark: _Mark, source: Database, target: Database, state: str) -> _Mark:
    again = "Empty it (delete the file, or drop and create the database), and run this again."
    begun = (
        f"{target.url_safe} holds an unfinished copy of {mark.source}, begun on {mark.begun_at:%Y-%m-%d at %H:%M} UTC"
    )
    if mark.source != source.url_safe:
        raise StoreError(f"{begun}, not of {source.url_safe}. {again}")
    if mark.source_state != state:
        raise StoreError(f"{begun}; the source was used since then. {again}")
    return mark


def _state_of(held: Tx) -> str:
    """A short text that changes when the source is used: its numbers of rows, last ids, and last setting."""
    parts: list[object] = [held.scalar(select(func.max(service_tables.meta.c.set_at)))]
    for table in _TABLES:
        parts += held.execute(select(func.count(), *(func.max(column) for column in _serial(table)))).one()
    return blake2b(repr(parts).encode(), digest_size=16).hexdigest()


def _remaining(mark: _Mark) -> Sequence[Table]:
    """The tables that are not copied yet, the one in which the copy was interrupted first."""
    names = [table.name for table in _TABLES]
    return _TABLES[names.index(mark.table) :] if mark.table else _TABLES


def _counts(tx: Tx) -> dict[str, int]:
    return {table.name: tx.scalar(select(func.count()).select_from(table)) or 0 for table in _TABLES}


def _copy_tables(held: Tx, target: Database, mark: _Mark, total: int, progress: Progress) -> None:
    with target.read() as tx:
        done = sum(_counts(tx).values()) - 1  # of an earlier run; the mark is a row too
    for table in _remaining(mark):
        after = mark.after if mark.table == table.name else None
        for copied in _copy_table(held, target, table, replace(mark, table=str(table.name), after=after)):
            done += copied
            progress(done, total, f"rows copied ({table.name})")


def _copy_table(held: Tx, target: Database, table: Table, mark: _Mark) -> Iterator[int]:
    """Copy the rows of one table behind the mark; yields how many, batch by batch."""
    raw = _raw(table)
    for rows in _pages(held, raw, mark.after):
        mark = replace(mark, after=tuple(rows[-1]._mapping[column.name] for column in raw.primary_key))
        with target.begin() as tx:
            tx.execute(insert(raw), [dict(row._mapping) for row in rows])
            _put(tx, mark)
        yield len(rows)


def _put(tx: Tx, mark: _Mark) -> None:
    meta.put(tx, migrate.UNFINISHED_COPY, msgspec.json.encode(mark).decode(), mark.begun_at)


def _pages(tx: Tx, raw: Table, after: tuple[Any, ...] | None = None) -> Iterator[Sequence[Row[Any]]]:
    """All rows behind the key `after`, ordered by the primary key, at most BATCH at a time; without the mark."""
    key = list(raw.primary_key)
    statement = select(raw).order_by(*key).limit(BATCH)
    if raw.name == "meta":
        statement = statement.where(raw.c.key != migrate.UNFINISHED_COPY)
    while rows := tx.execute(statement.where(tuple_(*key) > after) if after else statement).all():
        yield rows
        after = tuple(rows[-1]._mapping[column.name] for column in key)


@lru_cache
def _raw(table: Table) -> Table:
    """`table` with values as they are stored: JSON and enumerations stay text, which nothing reads and rewrites."""
    columns = (Column(column.name, _raw_type(column), primary_key=column.primary_key) for column in table.columns)
    return Table(table.name, MetaData(), *columns)


def _raw_type(column: Column[Any]) -> Any:
    return Text() if isinstance(column.type, CleanText | EnumText | Json) else column.type


def _serial(table: Table) -> list[Column[Any]]:
    """The numbered primary key of a table, if it has one."""
    return [column for column in table.primary_key if column.name == "id"]


def _compared(held: Tx, target: Database, counts: Mapping[str, int], progress: Progress) -> list[TableCopy]:
    """Both databases read again, and what they hold; raises StoreError when a table differs."""
    totals, differing, done = [], [], 0
    with target.read() as copied:
        for table in _TABLES:
            one, other = _checked(held, table), _checked(copied, table)
            totals.append(one)
            done += counts[table.name]
            if counts[table.name]:
                progress(done, sum(counts.values()), f"rows compared ({table.name})")
            if one != other:
                differing.append(f"{table.name} ({one.rows:,} rows, {other.rows:,} in the copy)")
    if differing:
        raise StoreError(
            f"The copy differs from its source in {', '.join(differing)}, and must not be used. Empty "
            f"{target.url_safe} (delete the file, or drop and create the database), and run this again."
        )
    return totals


def _checked(tx: Tx, table: Table) -> TableCopy:
    """The rows of a table and the sum of their hashes, which does not depend on their order: collations differ."""
    rows, total = 0, 0
    for page in _pages(tx, _raw(table)):
        rows += len(page)
        for row in page:
            total += int.from_bytes(blake2b(repr(tuple(row)).encode(), digest_size=16).digest(), "big")
    return TableCopy(table.name, rows, f"{total % _SUM_MODULO:032x}")


def _finish(held: Tx, target: Database) -> None:
    """Let new rows be numbered on behind the last that the source ever had, and take the mark away."""
    last = {table.name: _last_number(held, table.name) for table in _TABLES if _serial(table)}
    with target.begin() as tx:
        for table, number in last.items():
            if number:
                _set_last_number(tx, table, number)
        meta.remove(tx, migrate.UNFINISHED_COPY)


def _last_number(tx: Tx, table: str) -> int:
    """The last number given in a table, also to a row that was deleted since; 0 for none."""
    if tx.dialect.name == "sqlite":
        found = tx.scalar(text("SELECT seq FROM sqlite_sequence WHERE name = :table"), {"table": table})
    else:
        last = "SELECT pg_sequence_last_value(pg_get_serial_sequence(:table, 'id')::regclass)"
        found = tx.scalar(text(last), {"table": table})
    return int(found or 0)


def _set_last_number(tx: Tx, table: str, number: int) -> None:
    values = {"table": table, "number": number}
    if tx.dialect.name != "sqlite":
        tx.execute(text("SELECT setval(pg_get_serial_sequence(:table, 'id'), :number)"), values)
        return
    tx.execute(text("DELETE FROM sqlite_sequence WHERE name = :table"), values)
    tx.execute(text("INSERT INTO sqlite_sequence (name, seq) VALUES (:table, :number)"), values)
