"""Which processes are alive on a PostgreSQL database: the leases of one that died end at once, not after half an hour.

A living process renews a row of `leases` that bears its name. Instants are those of the database, so that the clocks
of the machines need not agree. Ending a lease early does no harm to a process that only stalled: its token is compared
in whatever it stores (see `store.leases`).
"""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import DateTime, Table, func, literal, select, text, update
from sqlalchemy.types import Interval

from monitor.store.database import bulk
from monitor.store.database.drivers import process_name
from monitor.store.database.engine import Tx
from monitor.store.schema.mail_tables import deliveries, digest_schedules, transactional_mails
from monitor.store.schema.outside_tables import source_states
from monitor.store.schema.service_tables import leases
from monitor.store.schema.tables import metadata, searches

_PREFIX = "process/"
_PRESENT = func.now(type_=DateTime(timezone=True))

#: Whoever is alive must not wait for who is not.
_SHORT_WAIT = text("SET LOCAL lock_timeout = '5s'")

#: The connections of a process have its name: see `drivers.connection_name`.
_DISCONNECT = text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = :name")

#: The column of each table that holds the end of a lease.
_ENDS = {
    leases: leases.c.leased_until,
    searches: searches.c.leased_until,
    source_states: source_states.c.leased_until,
    digest_schedules: digest_schedules.c.leased_until,
    deliveries: deliveries.c.next_try_at,
    transactional_mails: transactional_mails.c.next_try_at,
}


def stay_alive(tx: Tx, length: timedelta) -> None:
    """Say that this process is alive; without another word it counts as dead after `length`."""
    name, end = process_name(), _PRESENT + literal(length, Interval())
    row = {"name": _PREFIX + name, "lease_token": name, "leased_until": end}
    statement = bulk.insert(tx, leases).values(row)
    tx.execute(statement.on_conflict_do_update(index_elements=["name"], set_=row))


def leave(tx: Tx) -> None:
    """Say that this process has ended its work and holds no lease."""
    tx.execute(leases.delete().where(leases.c.name == _PREFIX + process_name()))


def is_any_alive(tx: Tx) -> bool:
    """Does any process say that it is alive? On PostgreSQL only."""
    alive = select(leases.c.name).where(leases.c.name.startswith(_PREFIX, autoescape=True))
    return tx.execute(alive.where(leases.c.leased_until >= _PRESENT)).first() is not None


def free_leases_of_dead(tx: Tx) -> int:
    """End the connections and leases of dead processes, so that others take up their work; returns how many leases.

    One that only stalled may still have a transaction open, which locks rows. Raises StoreError when such a row stays
    locked nevertheless.
    """
    tx.execute(_SHORT_WAIT)
    is_dead = (leases.c.name.startswith(_PREFIX, autoescape=True), leases.c.leased_until < _PRESENT)
    dead = tx.scalars(leases.delete().where(*is_dead).returning(leases.c.lease_token)).all()
    for process in dead:
        tx.execute(_DISCONNECT, {"name": f"monitor {process}"})
    return sum(_free(tx, table, process) for process in dead for table in _ENDS)


def free_own_leases(tx: Tx, table: str) -> int:
    """End the leases of this process in `table`, when no thread of it works there any more; returns how many."""
    return _free(tx, metadata.tables[table], process_name())


def _free(tx: Tx, table: Table, process: str) -> int:
    end = _ENDS[table]
    held = (table.c.lease_token.startswith(f"{process}-", autoescape=True), end > _PRESENT)
    return tx.execute(update(table).where(*held).values({end: _PRESENT})).rowcount
