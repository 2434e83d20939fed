"""docs/evidence.md says what the code says."""

from __future__ import annotations

from pathlib import Path

from monitor.evidence.question.in_words import sentence_table

PAGE = Path(__file__).parents[2] / "docs" / "evidence.md"


def test_the_page_has_every_pattern_of_the_headline() -> None:
    """`python evaluation/evidence/measure.py --write docs/evidence.md` writes it."""
    assert sentence_table.table() in PAGE.read_text(encoding="utf-8")


def test_no_two_cases_are_told_in_the_same_words() -> None:
    """But the kinds of control that a headline does not name."""
    said = [sentence for _, sentence in sentence_table.patterns()]
    repeated = {sentence for sentence in said if said.count(sentence) > 1}
    assert repeated <= {
        "One randomised trial (40 people) shows no benefit.",
        "One randomised sham-controlled trial (40 people) shows no benefit.",
    }
