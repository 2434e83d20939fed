"""Counters that only grow: how often something happened, in whichever process. Read by the metrics."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from sqlalchemy import bindparam, select

from monitor.store.database import bulk
from monitor.store.database.engine import Tx
from monitor.store.database.prepared import Prepared
from monitor.store.schema.service_tables import counters

#: How often each thing happened, by the values of the counter's labels.
Counts = Mapping[tuple[str, ...], int]

_OF_NAME = select(counters.c.labels, counters.c.value).where(counters.c.name == bindparam("of_name"))


def add(tx: Tx, name: str, counts: Counts) -> None:
    """Add to the counter `name`. The rows stay locked until the transaction ends: add last, in a short one."""
    rows = [{"name": name, "labels": labels, "value": number} for labels, number in sorted(counts.items()) if number]
    if rows:  # sorted, so that two transactions never wait for each other's rows
        _add(tx.dialect.name).run_all(tx, rows)


@lru_cache
def _add(dialect: str) -> Prepared[Any]:
    new = bulk.insert_of(dialect, counters)
    total = {"value": counters.c.value + new.excluded.value}
    return Prepared(new.on_conflict_do_update(index_elements=["name", "labels"], set_=total))


def read(tx: Tx, name: str) -> dict[tuple[str, ...], int]:
    """The counter `name` by its labels, without those that are still 0."""
    return {tuple(row.labels): row.value for row in tx.execute(_OF_NAME, {"of_name": name})}
