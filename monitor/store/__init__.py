"""The database: `store.open(url)`, transactions, and SQL by noun (`store.articles.known(tx, pmids)`)."""

from __future__ import annotations

from monitor.store import migrate
from monitor.store.engine import Database, Tx
from monitor.store.engine import open_database as open

__all__ = ["Database", "Tx", "migrate", "open"]
