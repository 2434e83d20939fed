"""The running site, empty or with a topic of some years."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from monitor.store import Database
from tests.web.house import House, furnish, open_house


@pytest.fixture
def house(sqlite_db: Database, tmp_path: Path) -> Iterator[House]:
    """The site on SQLite, before its first poll."""
    with open_house(sqlite_db, tmp_path) as opened:
        yield opened


@pytest.fixture
def furnished(house: House) -> House:
    """The site with articles, answers, changes and a digest."""
    furnish(house.db)
    return house
