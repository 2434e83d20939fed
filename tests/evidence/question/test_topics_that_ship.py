"""The answers to the topics that ship follow the true histories of their questions, on literatures as facts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from evaluation.topics.evaluate import TIMELINES, differences, untrue_changes
from evaluation.topics.replay import Stand, history
from monitor import config
from monitor.demo import corpus

LITERATURES = sorted({timeline["literature"] for timeline in TIMELINES.values()})


@pytest.fixture(scope="module", params=TIMELINES)
def lived(request: pytest.FixtureRequest) -> tuple[dict[str, Any], list[Stand]]:
    """The true history of one topic, and every answer that its literature gave."""
    timeline = TIMELINES[request.param]
    return timeline, list(history(config.shipped_topics()[request.param], timeline["literature"]))


def test_on_each_true_day_the_answer_says_what_was_true(lived: tuple[dict[str, Any], list[Stand]]) -> None:
    """State, trials by control and direction, and their sizes."""
    timeline, stands = lived
    assert {true["day"]: found for true in timeline["answers"] if (found := differences(true, stands))} == {}


def test_what_a_naive_reader_would_announce_changes_no_count(lived: tuple[dict[str, Any], list[Stand]]) -> None:
    """Protocols, editorials, single arms, follow-ups, retracted registries, other diseases, preprints."""
    timeline, stands = lived
    assert untrue_changes(timeline, stands) == []


def test_a_topic_that_ships_has_a_true_history() -> None:
    """None ships without one to hold it to."""
    assert set(config.shipped_topics()) == set(TIMELINES)


@pytest.mark.parametrize("literature", LITERATURES)
def test_every_fact_that_was_gathered_is_in_the_literature(literature: str, shared_data: Path) -> None:
    """Titles, identifiers, registry numbers, and whether a report is on the topic."""
    lines = (shared_data / "topics" / literature / "articles.jsonl").read_text("utf-8").splitlines()
    held = {entry.id: entry for entry in corpus.entries(literature)}
    facts = [json.loads(line) for line in lines]
    assert {fact["id"] for fact in facts} == set(held)
    for fact in facts:
        entry = held[fact["id"]]
        assert entry.doi == (fact["doi"] or "")
        assert entry.registry_ids == tuple(fact["registry_ids"])
        assert entry.design == fact["design"]
        assert entry.pmid == fact["pmid"] or not (fact["pmid"] or entry.pmid_is_known)
        if not fact["title"].startswith("["):
            assert entry.title.rstrip(".?") in fact["title"]
