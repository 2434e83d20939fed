"""The reader of results on the labelled abstracts beside the checkout: what it states is true.

The rules were written and the shipped model was trained with these rows in sight: a guard against falling back,
no measurement. `evaluation/results/evaluate.py` measures.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from monitor import evidence
from monitor.commands.assess import line
from monitor.evidence.article import json_lines
from tests.support.shared_data import shared_data


@pytest.fixture(scope="module")
def read() -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Each row's labels and the `result` that `monitor assess` prints for it."""
    folder = shared_data("results")
    texts = (folder / "abstracts.jsonl").read_text(encoding="utf-8").splitlines()
    labels = {
        row["id"]: row for row in map(json.loads, (folder / "dev.jsonl").read_text(encoding="utf-8").splitlines())
    }
    verdicts = (evidence.assess(json_lines.article_of(json.loads(text)), None) for text in texts)
    return [(labels[verdict.pmid], line(verdict, None)["result"]) for verdict in verdicts]  # type: ignore[misc]  # an object of the line


def test_stated_directions_are_true(read: list[tuple[dict[str, Any], dict[str, Any]]]) -> None:
    """At most 3 of 100 that are stated are false, and at least a third of the rows is stated."""
    stated = [(labels, said["direction"]) for labels, said in read if said["direction"]]
    assert len(stated) >= len(read) / 3
    assert sum(direction in labels["false"] for labels, direction in stated) <= 0.03 * len(stated)


def test_stated_sizes_are_right(read: list[tuple[dict[str, Any], dict[str, Any]]]) -> None:
    """At most 3 of 100 that are stated are wrong, and at least half of the rows is stated."""
    stated = [(labels, said["size"]) for labels, said in read if said["size"] is not None]
    assert len(stated) >= len(read) / 2
    assert sum(size not in labels["n_ok"] for labels, size in stated) <= 0.03 * len(stated)
