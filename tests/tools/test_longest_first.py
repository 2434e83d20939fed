"""The tests in the order in which the workers of a run begin them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests.support.longest_first import in_parts, seconds_by_file

TABLE = """
| seconds | file | test |
|---:|---|---|
| 70.0 | `tests/demo/test_replay.py` | `test_the_answer` |
| 62.0 | `tests/service/test_year.py` | `test_a_year[postgresql]` |
| 26.0 | `tests/service/test_year.py` | `test_a_year[sqlite]` |
| 20.0 | `tests/watch/test_unread.py` | `test_it` |
"""


@dataclass(frozen=True)
class Named:
    """What of a test decides its place."""

    nodeid: str


def test_slow_files_are_dealt_out_and_every_test_stays() -> None:
    """Two workers: the year alone, the replay and the unread at the beginning of the other's half."""
    names = ["a.py::1", "a.py::2", "tests/demo/test_replay.py::1", "b.py::1", "tests/service/test_year.py::1"]
    items: list[Any] = [Named(name) for name in [*names, "tests/watch/test_unread.py::1", "c.py::1", "c.py::2"]]
    ordered = [item.nodeid for item in in_parts(items, seconds_by_file(TABLE), workers=2)]
    assert ordered[0] == "tests/service/test_year.py::1"
    assert ordered[4:6] == ["tests/demo/test_replay.py::1", "tests/watch/test_unread.py::1"]
    assert sorted(ordered) == sorted(item.nodeid for item in items)


def test_more_slow_tests_than_one_part_holds_lose_none() -> None:
    """A run of a few files only."""
    items: list[Any] = [Named(f"tests/service/test_year.py::{number}") for number in range(5)]
    assert in_parts(items, seconds_by_file(TABLE), workers=3) == items
