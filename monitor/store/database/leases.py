"""Leases: one process at a time does a piece of work, and a process that lost its lease cannot save its result.

A lease expires, so that another process takes over the work of one that crashed. A process that merely stalled (it
was suspended, the network was slow) does not know that its lease has expired. So every lease has a unique fencing
token, which is compared in the transaction that saves the work.

Leases are columns of the row that they protect. A search, a digest schedule or a named task (the table `leases`) is
free when `leased_until` is NULL or past. Of a mail, `next_try_at` is both the time of the next attempt and, while it
is being sent, the end of the sender's lease.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import BindParameter, Column, ColumnElement, Select, Table, Update, bindparam, or_, select, update

from monitor.errors import ConflictError
from monitor.store.database import bulk
from monitor.store.database.drivers import process_name
from monitor.store.database.engine import Tx
from monitor.store.database.prepared import Prepared
from monitor.store.schema.service_tables import leases

#: Longer than any unit of work takes when nothing goes wrong.
LENGTH = timedelta(minutes=30)

#: The values of a row that is not leased.
FREE: Mapping[str, None] = {"leased_until": None, "lease_token": None}


# --- named tasks, of which the service has one each ----------------------------------------------------


def take(tx: Tx, name: str, now: datetime, length: timedelta = LENGTH) -> str | None:
    """Lease the task `name` until `now + length`; returns the token, None while another process holds the lease."""
    token = _token()
    row = {"name": name, "leased_until": now + length, "lease_token": token}
    return token if _take(tx.dialect.name).first(tx, **row, now=now) else None


@lru_cache
def _take(dialect: str) -> Prepared[Any]:
    """One statement: a new row is leased, one that exists only if it is free."""
    new = bulk.insert_of(dialect, leases)
    values = {name: new.excluded[name] for name in ("leased_until", "lease_token")}
    taken = new.on_conflict_do_update(index_elements=["name"], set_=values, where=is_free(leases, bindparam("now")))
    return Prepared(taken.returning(leases.c.name))


def take_over(tx: Tx, name: str, now: datetime, length: timedelta = LENGTH) -> str:
    """Lease the task `name` at an operator's request, even while another process holds it; returns the token."""
    token = _token()
    row = {"name": name, "leased_until": now + length, "lease_token": token}
    bulk.upsert(tx, leases, [row], keys=["name"], replace=["leased_until", "lease_token"])
    return token


def require(tx: Tx, name: str, token: str) -> None:
    """Raise ConflictError when another process leased the task `name`; an expired lease that nobody took is valid."""
    if _HOLDER.value(tx, of_name=name) != token:
        raise _taken_over(name)


def _taken_over(name: str) -> ConflictError:
    return ConflictError(f"The task {name!r} was stopped: another process has taken it over.")


def finish(tx: Tx, name: str, token: str) -> None:
    """Release the task `name` in the transaction that saves it; raises ConflictError when another process leased it."""
    finish_row(tx, _FINISH, token, f"The task {name!r}", of_name=name)


def extend(tx: Tx, name: str, token: str, until: datetime) -> None:
    """Lease the task `name` on until `until`: it is not due before. Raises ConflictError as `finish` does."""
    if _EXTEND.run(tx, of_name=name, token=token, leased_until=until) == 0:
        raise _taken_over(name)


# --- rows with leases --------------------------------------------------------------------------------------


def is_free(table: Table, now: datetime | BindParameter[datetime]) -> ColumnElement[bool]:
    """The condition that a row of `table` is not leased at `now`."""
    return or_(table.c.leased_until.is_(None), table.c.leased_until <= now)


def taking(table: Table, *which: ColumnElement[bool]) -> Update:
    """The statement of `take_row` for the row that `which` finds by its parameters, which may name `now` too."""
    return update(table).where(*which, is_free(table, bindparam("now")))


def take_row(tx: Tx, taking: Prepared[Update], now: datetime, length: timedelta, **parameters: Any) -> str | None:
    """Lease the row until `now + length` in one atomic statement; returns the token, None while it is leased."""
    token = _token()
    values = {"leased_until": now + length, "lease_token": token}
    return token if taking.run(tx, **parameters, **values, now=now) else None


def finishing(table: Table, *which: ColumnElement[bool], **values: Any) -> Update:
    """The statement of `finish_row` for the row that `which` finds by its parameters; it sets `values`, too."""
    return update(table).where(*which, table.c.lease_token == bindparam("token")).values(**values, **FREE)


def finish_row(tx: Tx, finishing: Prepared[Update], token: str, what: str, **parameters: Any) -> None:
    """Release the row; parameters with the name of a column set it.

    Raises ConflictError, naming `what`, when another process leased the row.
    """
    if finishing.run(tx, **parameters, token=token) == 0:
        raise ConflictError(f"{what} is not saved: another process has taken it over.")


# --- mails -------------------------------------------------------------------------------------------------


def taking_mails(table: Table, **values: Any) -> Prepared[Update]:
    """The statement of `take_mails`, which sets `values`, too."""
    return Prepared(update(table).values(**values))


def take_mails(
    tx: Tx, taking: Prepared[Update], id_column: Column[Any], ids: Collection[int], until: datetime, **values: Any
) -> str:
    """Lease mails, which the caller selected FOR UPDATE, until `until`, and set `values`; returns their token."""
    token = _token()
    bulk.update_among(tx, taking, id_column, ids, next_try_at=until, lease_token=token, **values)
    return token


def still_leased_mails(tx: Tx, table: Table, tokens: Mapping[int, str]) -> set[int]:
    """Which mails are still leased under their token (`tokens`: token by mail id); locks them until the commit."""
    rows: Iterable[Any] = bulk.select_among(tx, _tokens(table), table.c.id, tokens)
    return {row.id for row in rows if row.lease_token == tokens[row.id]}


@lru_cache
def _tokens(table: Table) -> Prepared[Select[Any]]:
    return Prepared(select(table.c.id, table.c.lease_token).with_for_update())


def _token() -> str:
    return f"{process_name()}-{secrets.token_hex(8)}"


_THIS = leases.c.name == bindparam("of_name")
_HOLDER = Prepared(select(leases.c.lease_token).where(_THIS))
_FINISH = Prepared(finishing(leases, _THIS))
_EXTEND = Prepared(update(leases).where(_THIS, leases.c.lease_token == bindparam("token")))
