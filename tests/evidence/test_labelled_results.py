"""The reader of results on the labelled abstracts beside the checkout: what it states is true.

The rules were written and the shipped model was trained with these rows in sight: a guard against falling back,
no measurement. `evaluation/results/evaluate.py` measures.
"""

from __future__ import annotations

import json
import os
import zlib
from pathlib import Path
from typing import Any

import pytest

from monitor import evidence
from monitor.commands.assess import line
from monitor.evidence.article import json_lines
from monitor.model import Verdict
from tests.support.shared_data import shared_data

#: What is told of each row, tab-separated; the words that it quotes by their CRC-32.
TOLD = Path(__file__).parents[2] / "evaluation" / "results" / "told.tsv"


@pytest.fixture(scope="module")
def verdicts() -> list[Verdict]:
    """The verdict on each row."""
    texts = (shared_data("results") / "abstracts.jsonl").read_text(encoding="utf-8").splitlines()
    return [evidence.assess(json_lines.article_of(json.loads(text)), None) for text in texts]


@pytest.fixture(scope="module")
def read(verdicts: list[Verdict]) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Each row's labels and the `result` that `monitor assess` prints for it."""
    rows = (shared_data("results") / "dev.jsonl").read_text(encoding="utf-8").splitlines()
    labels = {row["id"]: row for row in map(json.loads, rows)}
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


def told(one: Verdict) -> str:
    """A line of TOLD."""
    said, basis = one.statement, sorted((basis.rule, basis.words) for basis in one.basis)
    facts = (one.pmid, one.design, one.level, one.role, one.control, one.blinding, one.sample_size, one.stage)
    words = (said.sentence if said else "", one.primary, *(words for _, words in basis))
    rules = " ".join(dict.fromkeys(rule for rule, _ in basis))
    crc = f"{zlib.crc32('|'.join(words).encode()):08x}"
    return "\t".join(str(fact or "") for fact in (*facts, said.direction if said else "", rules, crc))


def test_whoever_changes_a_rule_sees_what_it_changes_of_real_reports(verdicts: list[Verdict]) -> None:
    """All that is told of these rows is in a list: `MONITOR_TEST_WRITE=1` writes it anew, and the diff shows it."""
    lines = [told(one) for one in verdicts]
    if "MONITOR_TEST_WRITE" in os.environ:
        TOLD.write_text("\n".join([*lines, ""]), encoding="utf-8")
    known = TOLD.read_text(encoding="utf-8").splitlines()
    assert [now for before, now in zip(known, lines, strict=True) if before != now] == []
