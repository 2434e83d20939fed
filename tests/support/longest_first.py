"""The files with the slowest tests are begun first: no worker is still at one of them when the others are done.

Each worker is given one part of all tests, in order, and takes from the others when it has none left. So the slow
files, which the table in CONTRIBUTING.md names, are dealt out to the beginnings of these parts.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from pathlib import Path

import pytest

_TABLE = Path(__file__).parents[2] / "CONTRIBUTING.md"
_ROW = re.compile(r"^\| ([\d.]+) \| `(tests/[^`]+)` \|", re.MULTILINE)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Put the tests in another order, the same in each worker."""
    if workers := getattr(config, "workerinput", {}).get("workercount", 0):
        items[:] = in_parts(items, seconds_by_file(_TABLE.read_text("utf-8")), workers)


def seconds_by_file(document: str) -> dict[str, float]:
    """How long the slowest tests of a file take together, the longest first."""
    seconds = Counter[str]()
    for number, file in _ROW.findall(document):
        seconds[file] += float(number)
    return dict(seconds.most_common())


def in_parts(items: list[pytest.Item], seconds: dict[str, float], workers: int) -> list[pytest.Item]:
    """The items in as many parts as there are workers, each beginning with its share of the slow files."""
    by_file = defaultdict[str, list[pytest.Item]](list)
    for item in items:
        by_file[item.nodeid.partition("::")[0]].append(item)
    starts: list[list[pytest.Item]] = [[] for _ in range(workers)]
    load = [0.0] * workers
    for file, long in seconds.items():
        least = load.index(min(load))
        starts[least] += by_file.pop(file, [])
        load[least] += long
    others = [item for of_file in by_file.values() for item in of_file]
    ordered: list[pytest.Item] = []
    for number, start in enumerate(starts):
        size = (len(items) - len(ordered)) // (workers - number)
        more = max(0, size - len(start))
        ordered += start + others[:more]
        del others[:more]
    return ordered + others
