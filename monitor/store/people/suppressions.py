"""The suppression list: addresses that must not be mailed again, stored only as keyed hashes.

The caller computes the hashes. After a key rotation an address has one hash for each valid key, so every
function that looks up an address takes several.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

from sqlalchemy import delete, exists, select, update

from monitor.store.database import bulk
from monitor.store.database.engine import Tx
from monitor.store.schema.mail_tables import suppressions

#: Why an address is suppressed. The owner of an erased address may subscribe again.
#: One whose owner declined is barred with every "+tag": nothing is mailed to it, whoever requests it.
ERASED, DECLINED = "erased", "asked never to be mailed again"


def add(tx: Tx, address_hash: str, reason: str, now: datetime) -> None:
    """Suppress an address. An existing entry keeps its reason, except that DECLINED replaces any other."""
    row = {"hash": address_hash, "reason": reason, "added_at": now}
    bulk.upsert(tx, suppressions, [row], keys=["hash"], replace=["reason"] if reason == DECLINED else [])


def has_any(tx: Tx, hashes: Collection[str]) -> bool:
    """Whether an address with one of these hashes is suppressed."""
    return bool(tx.scalar(select(exists().where(suppressions.c.hash.in_(hashes)))))


def among(tx: Tx, hashes: Iterable[str], *, reason: str = "") -> set[str]:
    """Those of `hashes` that are suppressed, for any reason or only for `reason`."""
    listed = select(suppressions.c.hash)
    listed = listed.where(suppressions.c.reason == reason) if reason else listed
    return {row.hash for row in bulk.select_among(tx, listed, suppressions.c.hash, hashes)}


def reasons(tx: Tx, hashes: Collection[str]) -> set[str]:
    """Why an address with one of these hashes is suppressed; empty when it is not."""
    return set(tx.scalars(select(suppressions.c.reason).where(suppressions.c.hash.in_(hashes))))


def lift(tx: Tx, hashes: Collection[str]) -> bool:
    """Remove an address whose owner has confirmed again from the list; False when it was not on it."""
    return tx.execute(delete(suppressions).where(suppressions.c.hash.in_(hashes))).rowcount > 0


def unbar(tx: Tx, hashes: Collection[str]) -> bool:
    """Let the owner of a barred address subscribe again; False when it was not barred. It stays closed to imports."""
    barred = update(suppressions).where(suppressions.c.hash.in_(hashes), suppressions.c.reason == DECLINED)
    return tx.execute(barred.values(reason=ERASED)).rowcount > 0
