"""Suppressions: addresses that must not be written to again, known only by a keyed hash.

Who makes the hash holds the key; after the key was changed an address has one hash for each key
that still counts, so every question takes several.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

from sqlalchemy import delete, exists, select

from monitor.store.database import bulk
from monitor.store.database.engine import Tx
from monitor.store.schema.mail_tables import suppressions

#: Why an address is suppressed. One that was erased may come back by its owner's own hand, a complainer may not.
ERASED, COMPLAINED = "erased", "complained"


def add(tx: Tx, address_hash: str, reason: str, now: datetime) -> None:
    """Suppress an address; the first reason stays, but for a complaint, which outweighs any other."""
    row = {"hash": address_hash, "reason": reason, "added_at": now}
    bulk.upsert(tx, suppressions, [row], keys=["hash"], replace=["reason"] if reason == COMPLAINED else [])


def has_any(tx: Tx, hashes: Collection[str]) -> bool:
    """Whether an address with one of these hashes is suppressed."""
    return bool(tx.scalar(select(exists().where(suppressions.c.hash.in_(hashes)))))


def among(tx: Tx, hashes: Iterable[str], *, reason: str = "") -> set[str]:
    """Which of very many hashes are those of suppressed addresses, for whatever reason or for this one."""
    listed = select(suppressions.c.hash)
    listed = listed.where(suppressions.c.reason == reason) if reason else listed
    return {row.hash for row in bulk.select_among(tx, listed, suppressions.c.hash, hashes)}


def reasons(tx: Tx, hashes: Collection[str]) -> set[str]:
    """Why an address with one of these hashes is suppressed; empty when it is not."""
    return set(tx.scalars(select(suppressions.c.reason).where(suppressions.c.hash.in_(hashes))))


def lift(tx: Tx, hashes: Collection[str]) -> bool:
    """Let the address be written to again (its owner confirmed anew); False when it was not suppressed."""
    return tx.execute(delete(suppressions).where(suppressions.c.hash.in_(hashes))).rowcount > 0
