"""The direction of a summary of a few sentences, by its words alone."""

from __future__ import annotations

import pytest

from monitor.evidence.article.result.plain import is_short, plain_direction
from monitor.evidence.article.result.spoken import Spoken
from monitor.model import Direction

TITLE = Spoken("Zinc in colds", "title")
ALIKE = Spoken("Cough did not differ between zinc and copper.", "conclusion")


def stated(told: str, part: str = "conclusion") -> Direction | None:
    """What is stated where each of these sentences stands in this part."""
    return plain_direction([TITLE, *(Spoken(f"{one.rstrip('.')}.", part) for one in told.split(". "))])


@pytest.mark.parametrize(
    ("told", "found"),
    [
        ("Zinc improved cough (P = 0.01).", Direction.BENEFIT),
        ("Cough did not differ between zinc and copper.", Direction.NO_DIFFERENCE),
        ("Zinc improved cough compared with copper, but sleep did not differ.", Direction.MIXED),
        ("Zinc improved the primary outcome compared with copper, but sleep did not differ.", Direction.MIXED),
        ("Mortality was higher with zinc than with copper.", Direction.HARM),
        ("Zinc improved cough compared with copper. Mortality was higher with zinc.", Direction.HARM),
        ("Adverse events did not differ. Cough did not differ.", Direction.NO_DIFFERENCE),
    ],
)
def test_what_every_sentence_says_is_stated(told: str, found: Direction) -> None:
    """In results as in the conclusion."""
    assert stated(told) is found
    assert stated(told, "result") is found
    assert stated(told, "other") is None


@pytest.mark.parametrize(
    "told",
    [
        "Zinc improved cough compared with copper. Sleep did not differ.",
        "Zinc may improve cough compared with copper.",
        "In a subgroup zinc improved cough compared with copper.",
        "Zinc should improve cough compared with copper.",
        "Zinc was not inferior to copper.",
        "Zinc improved cough compared with copper (P = 0.4).",
        "Zinc improved cough compared with copper (95% CI -0.2 to 0.3).",
        "Zinc improved adherence compared with copper.",
        "Cough fell by 2 points with zinc and by 1 point with copper.",
        "Zinc hardly improved cough.",
        "Usual drops were superior to zinc.",
        "Cough did not differ, and sleep was better with zinc than with placebo.",
        "Cough did not differ. Sleep was better with zinc than with placebo.",
        "No difference was found between the two doses.",
        "Adverse events did not differ.",
        "Nobody had a relapse.",
        "Plasma levels did not differ.",
        "Zinc did not improve the primary outcome, but improved sleep compared with copper.",
        "Zinc tended to improve cough compared with copper.",
        "Both groups improved.",
        "Pain relief was lower with zinc than with copper.",
        "Cough was counted.",
    ],
)
def test_what_is_not_certain_or_not_of_the_comparison_is_not_stated(told: str) -> None:
    """A hint, a part, a process, each arm by itself, another's success, two sentences that differ."""
    assert stated(told) is None


def test_one_dose_of_several_that_did_not_differ_makes_no_mixed_conclusion() -> None:
    """As a result among others it is one."""
    told = "Zinc 10 mg improved cough compared with placebo, but zinc 5 mg did not differ from placebo."
    assert stated(told) is None
    assert stated(told, "result") is Direction.MIXED


@pytest.mark.parametrize(
    ("beside", "part", "is_stated"),
    [
        ("Zinc in colds", "title", True),
        ("A safety study of zinc", "title", False),
        ("Pharmacokinetics of zinc", "title", False),
        ("The primary outcome was cough.", "other", True),
        ("The primary outcome was adverse events.", "other", False),
        ("Sleep was better with zinc than with placebo.", "other", False),
    ],
)
def test_a_lack_of_difference_in_safety_or_beside_something_better_is_none_of_the_treatment(
    beside: str, part: str, *, is_stated: bool
) -> None:
    """Whatever part of the record says so."""
    said = [Spoken(beside, part), ALIKE] if part == "title" else [TITLE, Spoken(beside, part), ALIKE]
    assert (plain_direction(said) is Direction.NO_DIFFERENCE) is is_stated


def test_an_abstract_of_a_hundred_words_is_not_short() -> None:
    """One of ninety-nine is."""
    assert is_short("word " * 99)
    assert not is_short("word " * 100)
