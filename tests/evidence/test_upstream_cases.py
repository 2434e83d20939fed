"""Faults that other projects had, as far as they concern the answer: each file gives the right one."""

from __future__ import annotations

import json

import pytest

from monitor import evidence
from monitor.model import Answer, Judged
from monitor.sources.pubmed.records import reader
from tests.support.articles import shipped_topic
from tests.support.shared_data import shared_data

FILES = [
    "title-withdrawn.xml",
    "title-retracted-indexed.xml",
    "title-withdrawn-review.xml",
    "title-withdrawal-is-the-subject.xml",
    "notice-retraction-at-end.xml",
    "notice-corrigendum-after-dash.xml",
    "notice-correction-of.xml",
    "notice-correction-is-the-subject.xml",
    "types-without-ids.xml",
    "placeholder-nct.xml",
    "one-trial-old-umin.xml",
    "partial-retraction-old-export.xml",
    "swat-letters.xml",
    "preprint-updateof-doi.xml",
    "extension-open-label.xml",
]
#: What the headline says of each file that counts a trial.
HEADLINES = {
    "title-withdrawal-is-the-subject.xml": "One randomised sham-controlled trial (64 people) shows no benefit.",
    "notice-correction-is-the-subject.xml": "One randomised sham-controlled trial (64 people) shows no benefit.",
    "placeholder-nct.xml": "One randomised sham-controlled trial (64 people) shows no benefit. "
    "One randomised wait-list trial (30 people) reports benefit.",
    "one-trial-old-umin.xml": "One randomised sham-controlled trial (64 people) shows no benefit.",
    "partial-retraction-old-export.xml": "One randomised sham-controlled trial (64 people) shows no benefit.",
}


def answer_to(name: str) -> Answer:
    """The answer that the records of one file give."""
    articles = reader.read(shared_data(f"cases/upstream/{name}").read_bytes()).articles
    topic = shipped_topic()
    return evidence.answer(topic, [Judged(one, evidence.assess(one, topic)) for one in articles])


def test_every_case_about_the_answer_is_tried() -> None:
    """A case that is added beside the checkout must be added here."""
    cases = json.loads((shared_data("cases/upstream") / "cases.json").read_text(encoding="utf-8"))
    assert sorted(c["file"] for c in cases if c["call"].startswith("evidence.answer")) == sorted(FILES)


@pytest.mark.parametrize("name", FILES)
def test_state_and_counts_are_right(name: str) -> None:
    """State, trials counted, reviews."""
    cases = json.loads((shared_data("cases/upstream") / "cases.json").read_text(encoding="utf-8"))
    found = answer_to(name)
    counted = sum(trial.status == "reported" for trial in found.trials)
    said = f"{found.state}; {counted} trial(s) counted; {len(found.reviews)} review(s)"
    assert said == next(case["right"] for case in cases if case["file"] == name)


@pytest.mark.parametrize("name", list(HEADLINES))
def test_the_headline_says_number_control_people_and_direction(name: str) -> None:
    """As the records state them, and no more."""
    assert answer_to(name).sentence == HEADLINES[name]
