"""Key-value pairs of the service: when the operator was last alerted, whether sending is paused."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import bindparam, delete, select

from monitor.store.database import bulk
from monitor.store.database.engine import Tx
from monitor.store.database.prepared import Prepared
from monitor.store.schema.service_tables import meta

_GET = Prepared(select(meta.c.value).where(meta.c.key == bindparam("of_key")))
_SEVERAL = Prepared(select(meta.c.key, meta.c.value))
_STARTING = Prepared(select(meta.c.key, meta.c.value).where(meta.c.key.like(bindparam("of_prefix"))))
_DELETE = Prepared(delete(meta).where(meta.c.key == bindparam("of_key")))
_DELETE_IF = Prepared(_DELETE.statement.where(meta.c.value == bindparam("of_value")))


def get(tx: Tx, key: str, default: str = "") -> str:
    """The value of `key`, or `default` when it has none."""
    value: str | None = _GET.value(tx, of_key=key)
    return default if value is None else value


def several(tx: Tx, keys: Iterable[str]) -> dict[str, str]:
    """The values of those of `keys` that have one."""
    return {row.key: row.value for row in bulk.select_among(tx, _SEVERAL, meta.c.key, keys)}


def starting_with(tx: Tx, prefix: str) -> dict[str, str]:
    """The values of all keys that begin with `prefix`, by key."""
    rows = _STARTING.rows(tx, of_prefix=f"{prefix}%")
    return {row.key: row.value for row in rows}


def put(tx: Tx, key: str, value: str, now: datetime) -> None:
    """Set `key` to `value`."""
    put_all(tx, {key: value}, now)


def put_all(tx: Tx, values: Mapping[str, str], now: datetime) -> None:
    """Set every key of `values`."""
    rows = ({"key": key, "value": value, "set_at": now} for key, value in values.items())
    bulk.upsert(tx, meta, rows, keys=["key"], replace=["value", "set_at"])


def remove(tx: Tx, key: str, value: str | None = None) -> None:
    """Remove `key`, if it exists; with a `value` only while it has that."""
    if value is None:
        _DELETE.run(tx, of_key=key)
    else:
        _DELETE_IF.run(tx, of_key=key, of_value=value)
