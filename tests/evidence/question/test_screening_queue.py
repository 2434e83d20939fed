"""What awaits a person, sorted by how much hangs on it."""

from __future__ import annotations

from dataclasses import replace

from monitor import evidence
from monitor.model import Design, Judged, Level
from tests.support.articles import article, judged, sham_trial

STATED = sham_trial("1", 19)
PROTOCOL = article("2", "Venous angioplasty in multiple sclerosis: study protocol for a randomized trial")
REVIEW = article("3", "Venous angioplasty for multiple sclerosis: a systematic review", types=("Systematic Review",))
TYPED = article("4", "Venous angioplasty in multiple sclerosis", types=("Randomized Controlled Trial",))
ELSEWHERE = article("5", "Aspirin in gout: a randomized trial", "60 patients with gout were randomly assigned.")


def pmids(found: tuple[Judged, ...]) -> list[str]:
    """Of one pile."""
    return [one.article.pmid for one in found]


def test_each_report_is_in_the_one_pile_it_belongs_to() -> None:
    """A publication type without words of allocation is only possible; another question is in none."""
    piles = evidence.awaiting(judged(STATED, PROTOCOL, REVIEW, TYPED, ELSEWHERE))
    found = [pmids(p) for p in (piles.stated, piles.possible, piles.protocols, piles.reviews, piles.screened)]
    assert found == [["1"], ["4"], ["2"], ["3"], []]


def test_what_the_rules_cannot_name_awaits_a_person_too() -> None:
    """It may be a trial."""
    (one,) = judged(STATED)
    unclear = replace(one, verdict=replace(one.verdict, design=Design.UNCLEAR, level=Level.POSSIBLE, role=None))
    assert pmids(evidence.awaiting([unclear]).possible) == ["1"]


def test_what_a_person_judged_awaits_nobody() -> None:
    """Also where they say that it is not about the question."""
    (one,) = judged(STATED)
    off = replace(one.verdict, relevance=replace(one.verdict.relevance, is_match=False), by="A. Reader")
    piles = evidence.awaiting([replace(one, screening=off)])
    assert (pmids(piles.stated), pmids(piles.screened)) == ([], ["1"])


def test_the_newest_comes_first_and_the_undated_last() -> None:
    """Whatever their PMIDs."""
    old, new = sham_trial("9", 19, day="2014-01-01"), sham_trial("8", 115, day="2017-01-01")
    undated = replace(sham_trial("7", 50), created_at=None)
    assert pmids(evidence.awaiting(judged(old, undated, new)).stated) == ["8", "9", "7"]
