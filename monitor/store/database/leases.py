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
from typing import Any

from sqlalchemy import ColumnElement, Table, or_, select, update

from monitor.errors import ConflictError
from monitor.store.database import bulk
from monitor.store.database.engine import Tx, process_name
from monitor.store.schema.tables import leases

#: Longer than any unit of work takes when nothing goes wrong.
LENGTH = timedelta(minutes=30)

#: The values of a row that is not leased.
FREE: Mapping[str, None] = {"leased_until": None, "lease_token": None}


# --- named tasks, of which the service has one each ----------------------------------------------------


def take(tx: Tx, name: str, now: datetime, length: timedelta = LENGTH) -> str | None:
    """Lease the task `name` until `now + length`; returns the token, None while another process holds the lease."""
    bulk.insert_one(tx, leases, {"name": name}, keys=["name"])
    return take_row(tx, leases, leases.c.name == name, now, length)


def take_over(tx: Tx, name: str, now: datetime, length: timedelta = LENGTH) -> str:
    """Lease the task `name` at an operator's request, even while another process holds it; returns the token."""
    token = _token()
    row = {"name": name, "leased_until": now + length, "lease_token": token}
    bulk.upsert(tx, leases, [row], keys=["name"], replace=["leased_until", "lease_token"])
    return token


def require(tx: Tx, name: str, token: str) -> None:
    """Raise ConflictError when another process leased the task `name`; an expired lease that nobody took is valid."""
    if tx.scalar(select(leases.c.lease_token).where(leases.c.name == name)) != token:
        raise ConflictError(f"The task {name!r} was stopped: another process has taken it over.")


def finish(tx: Tx, name: str, token: str) -> None:
    """Release the task `name` in the transaction that saves it; raises ConflictError when another process leased it."""
    finish_row(tx, leases, leases.c.name == name, token, f"The task {name!r}")


def extend(tx: Tx, name: str, token: str, until: datetime) -> None:
    """Lease the task `name` on until `until`: it is not due before. Raises ConflictError as `finish` does."""
    require(tx, name, token)
    tx.execute(update(leases).where(leases.c.name == name).values(leased_until=until))


# --- rows with leases --------------------------------------------------------------------------------------


def is_free(table: Table, now: datetime) -> ColumnElement[bool]:
    """The condition that a row of `table` is not leased at `now`."""
    return or_(table.c.leased_until.is_(None), table.c.leased_until <= now)


def take_row(tx: Tx, table: Table, which: ColumnElement[bool], now: datetime, length: timedelta) -> str | None:
    """Lease the row until `now + length` in one atomic statement; returns the token, None while it is leased."""
    token = _token()
    taken = update(table).where(which, is_free(table, now)).values(leased_until=now + length, lease_token=token)
    return token if tx.execute(taken).rowcount else None


def finish_row(tx: Tx, table: Table, which: ColumnElement[bool], token: str, what: str, **values: Any) -> None:
    """Release the row and set `values`. Raises ConflictError, naming `what`, when another process leased the row."""
    finished = update(table).where(which, table.c.lease_token == token).values(**values, **FREE)
    if tx.execute(finished).rowcount == 0:
        raise ConflictError(f"{what} is not saved: another process has taken it over.")


# --- mails -------------------------------------------------------------------------------------------------


def take_mails(tx: Tx, table: Table, ids: Collection[int], until: datetime, **values: Any) -> str:
    """Lease mails, which the caller selected FOR UPDATE, until `until`, and set `values`; returns their token."""
    token = _token()
    taken = update(table).values(next_try_at=until, lease_token=token, **values)
    bulk.update_among(tx, taken, table.c.id, ids)
    return token


def still_leased_mails(tx: Tx, table: Table, tokens: Mapping[int, str]) -> set[int]:
    """Which mails are still leased under their token (`tokens`: token by mail id); locks them until the commit."""
    statement = select(table.c.id, table.c.lease_token).with_for_update()
    rows: Iterable[Any] = bulk.select_among(tx, statement, table.c.id, tokens)
    return {row.id for row in rows if row.lease_token == tokens[row.id]}


def _token() -> str:
    return f"{process_name()}-{secrets.token_hex(8)}"
