"""Opening a database and its transactions."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from monitor.errors import StoreError
from monitor.store import Database, tables


def test_a_reading_transaction_refuses_to_write(db: Database) -> None:
    """What only reads cannot write by mistake."""
    with pytest.raises((StoreError, sa.exc.DBAPIError)), db.read() as tx:
        tx.execute(sa.delete(tables.meta))
