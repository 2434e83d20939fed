"""Which processes are alive on a PostgreSQL database: the leases of one that died end at once, not after half an hour.

A living process renews a row of `leases` that bears its name. Instants are those of the database, so that the clocks
of the machines need not agree. Ending a lease early does no harm to a process that only stalled: its token is compared
in whatever it stores (see `store.leases`).
"""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import DateTime, Table, func, literal, update
from sqlalchemy.types import Interval

from monitor.store.database import bulk
from monitor.store.database.engine import Tx
from monitor.store.database.leases import holder
from monitor.store.schema.mail_tables import deliveries, digest_schedules, transactional_mails
from monitor.store.schema.tables import leases, metadata, searches

_PREFIX = "process/"
_PRESENT = func.now(type_=DateTime(timezone=True))

#: The column of each table that holds the end of a lease.
_ENDS = {
    leases: leases.c.leased_until,
    searches: searches.c.leased_until,
    digest_schedules: digest_schedules.c.leased_until,
    deliveries: deliveries.c.next_try_at,
    transactional_mails: transactional_mails.c.next_try_at,
}


def stay_alive(tx: Tx, length: timedelta) -> None:
    """Say that this process is alive; without another word it counts as dead after `length`."""
    row = {"name": _PREFIX + holder(), "lease_token": holder(), "leased_until": _PRESENT + literal(length, Interval())}
    statement = bulk.insert(tx, leases).values(row)
    tx.execute(statement.on_conflict_do_update(index_elements=["name"], set_=row))


def leave(tx: Tx) -> None:
    """Say that this process has ended its work and holds no lease."""
    tx.execute(leases.delete().where(leases.c.name == _PREFIX + holder()))


def free_leases_of_dead(tx: Tx) -> int:
    """End every lease that a dead process held, so that others take up its work; returns how many there were."""
    is_dead = (leases.c.name.startswith(_PREFIX, autoescape=True), leases.c.leased_until < _PRESENT)
    dead = tx.scalars(leases.delete().where(*is_dead).returning(leases.c.lease_token)).all()
    return sum(_free(tx, table, token) for token in dead for table in _ENDS)


def free_own_leases(tx: Tx, table: str) -> int:
    """End the leases of this process in `table`, when no thread of it works there any more; returns how many."""
    return _free(tx, metadata.tables[table], holder())


def _free(tx: Tx, table: Table, process: str) -> int:
    end = _ENDS[table]
    held = (table.c.lease_token.startswith(f"{process}-", autoescape=True), end > _PRESENT)
    return tx.execute(update(table).where(*held).values({end: _PRESENT})).rowcount
