"""Small facts the service keeps, each under a key: when the operator was last alerted, whether sending is paused."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import bindparam, delete, select

from monitor.store.database import bulk
from monitor.store.database.engine import Tx
from monitor.store.schema.tables import meta

_VALUE = select(meta.c.value).where(meta.c.key == bindparam("of_key"))
_FORGOTTEN = delete(meta).where(meta.c.key == bindparam("of_key"))


def get(tx: Tx, key: str, default: str = "") -> str:
    """The value under `key`."""
    value: str | None = tx.scalar(_VALUE, {"of_key": key})
    return default if value is None else value


def put(tx: Tx, key: str, value: str, now: datetime) -> None:
    """Keep `value` under `key`, in place of what was there."""
    row = {"key": key, "value": value, "set_at": now}
    bulk.put(tx, meta, [row], keys=["key"], replace=["value", "set_at"])


def forget(tx: Tx, key: str) -> None:
    """Forget the value under `key`, if there is one."""
    tx.execute(_FORGOTTEN, {"of_key": key})
