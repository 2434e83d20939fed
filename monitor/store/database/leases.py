"""Leases: one process at a time does a piece of work, and one that comes back too late saves nothing.

A lease ends by itself, so that the work of a process that died is done by another. A process that merely stalled (it
was stopped, the network was slow) does not know that its lease has run out. So every lease has a token that nobody
else's has (a "fencing token"), and saving the work compares it in the same transaction.

Two kinds of rows hold leases. A search, a digest schedule or a named piece of work (the table `leases`) is free when
`leased_until` is empty or past. A mail's `next_try_at` is both: when it may be sent, and the end of the lease of who
is sending it.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Table, or_, select, update

from monitor.errors import ConflictError
from monitor.store.database import bulk
from monitor.store.database.engine import Tx
from monitor.store.schema.tables import leases

#: Longer than any unit of work takes that goes well.
LENGTH = timedelta(minutes=30)

#: The columns of a row that nobody holds.
FREE: Mapping[str, None] = {"leased_until": None, "lease_token": None}


# --- a named piece of work, of which there is one in the whole service ---------------------------------


def take(tx: Tx, name: str, now: datetime, length: timedelta = LENGTH) -> str | None:
    """Take the work `name` until `now + length`; the token, or None while somebody else has it."""
    bulk.put_one(tx, leases, {"name": name}, keys=["name"])
    return take_row(tx, leases, leases.c.name == name, now, length)


def take_over(tx: Tx, name: str, now: datetime, length: timedelta = LENGTH) -> str:
    """Take the work `name` from whoever has it, as an operator asks for; the token."""
    token = _token()
    row = {"name": name, "leased_until": now + length, "lease_token": token}
    bulk.put(tx, leases, [row], keys=["name"], replace=["leased_until", "lease_token"])
    return token


def require(tx: Tx, name: str, token: str) -> None:
    """Raise ConflictError when another process took the work `name`; a lease that merely ran out is still ours."""
    if tx.scalar(select(leases.c.lease_token).where(leases.c.name == name)) != token:
        raise ConflictError(f"The work {name!r} is not done: another process took its place.")


def finish(tx: Tx, name: str, token: str) -> None:
    """Release the work `name`, in the transaction that saves it; raises ConflictError when another process took it."""
    finish_row(tx, leases, leases.c.name == name, token, f"The work {name!r}")


# --- one row ---------------------------------------------------------------------------------------------


def is_free(table: Table, now: datetime) -> ColumnElement[bool]:
    """The rows of `table` that nobody holds at `now`."""
    return or_(table.c.leased_until.is_(None), table.c.leased_until <= now)


def take_row(tx: Tx, table: Table, which: ColumnElement[bool], now: datetime, length: timedelta) -> str | None:
    """Take the row until `now + length`; the token, or None while somebody else has it. One statement, one winner."""
    token = _token()
    taken = update(table).where(which, is_free(table, now)).values(leased_until=now + length, lease_token=token)
    return token if tx.execute(taken).rowcount else None


def finish_row(tx: Tx, table: Table, which: ColumnElement[bool], token: str, what: str, **values: Any) -> None:
    """Release the row with new `values`. Raises ConflictError, which names `what`, when another process took it."""
    finished = update(table).where(which, table.c.lease_token == token).values(**values, **FREE)
    if tx.execute(finished).rowcount == 0:
        raise ConflictError(f"{what} is not saved: another process took its place.")


# --- many mails --------------------------------------------------------------------------------------------


def take_mails(tx: Tx, table: Table, ids: Collection[int], until: datetime, **values: Any) -> str:
    """Take the mails, which the caller found due and locked, for one more attempt until then; their token."""
    token = _token()
    taken = update(table).values(next_try_at=until, lease_token=token, attempts=table.c.attempts + 1, **values)
    bulk.update_among(tx, taken, table.c.id, ids)
    return token


def held_mails(tx: Tx, table: Table, tokens: Mapping[int, str]) -> set[int]:
    """Those of the mails (the token of each by its id) that are still held under it; locked until the commit."""
    statement = select(table.c.id, table.c.lease_token).with_for_update()
    rows: Iterable[Any] = bulk.select_among(tx, statement, table.c.id, tokens)
    return {row.id for row in rows if row.lease_token == tokens[row.id]}


def _token() -> str:
    return secrets.token_hex(8)
