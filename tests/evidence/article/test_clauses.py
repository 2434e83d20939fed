"""What one sentence says of a result, clause by clause: better, alike, significant, and what of."""

from __future__ import annotations

import pytest

from monitor.evidence.article.result import clauses
from monitor.evidence.article.result.plain import is_no_benefit, is_own_change
from monitor.evidence.article.result.spoken import Spoken

QUESTIONS = (
    clauses.is_null,
    clauses.is_null_effect,
    clauses.is_null_primary,
    clauses.is_good,
    clauses.is_better,
    clauses.tells_apart,
    clauses.is_better_in_effect,
    clauses.is_significant,
)


@pytest.mark.parametrize(
    ("sentence", "holds"),
    [
        ("Zinc was better than copper.", "is_good is_better tells_apart is_better_in_effect"),
        ("Zinc was no better than copper.", "is_null is_null_effect"),
        ("Zinc improved cough compared with copper.", "is_good is_better tells_apart is_better_in_effect"),
        ("Zinc improved cough (P = 0.01).", "is_good is_better is_significant"),
        ("Zinc improved cough (P = 0.4).", "is_good"),
        ("Zinc improved cough from baseline (P = 0.01).", "is_good is_significant"),
        (
            "Zinc improved cough from baseline more than copper did.",
            "is_good is_better tells_apart is_better_in_effect",
        ),
        ("Both groups improved (P = 0.01).", "is_good is_significant"),
        (
            "Both groups improved, more so with zinc than with copper.",
            "is_good is_better tells_apart is_better_in_effect",
        ),
        ("Zinc reduced costs compared with copper.", "is_good tells_apart is_better_in_effect"),
        ("Zinc improved cough, while fever did not differ.", "is_null is_null_effect is_good"),
        (
            "Cough was less frequent with zinc than with copper, but the difference was not significant.",
            "is_null is_null_effect",
        ),
        ("Cough was higher with zinc than with copper.", "tells_apart"),
        ("Cough was higher.", ""),
        ("Baseline cough was higher with zinc than with copper.", ""),
        ("Cough tended to be lower with zinc than with copper.", "is_good is_better is_better_in_effect"),
        ("Adverse events were fewer with zinc than with copper.", "is_good is_better tells_apart"),
        ("Zinc was not inferior to copper.", "tells_apart"),
        ("Cough was significantly different (P = 0.01).", "is_significant"),
        ("Fever differed significantly.", "is_significant"),
        ("There was no significant difference.", "is_null is_null_effect"),
        ("There was no association between zinc and cough.", "is_null"),
        ("The primary outcome did not differ; fever improved.", "is_null is_null_effect is_null_primary is_good"),
        ("The primary outcome, cough, was similar (P = 0.5).", "is_null is_null_effect is_null_primary"),
        ("The primary outcome, cough, was seen in 12% and 14% (P = 0.5).", "is_null_primary"),
        ("The primary outcome was better with zinc (P = 0.01).", "is_good is_better is_significant"),
        ("The primary outcome was better with zinc (P = 0.01), cough was not (P = 0.4).", "is_good is_significant"),
        (
            "The primary outcome did not differ, and adverse events were fewer.",
            "is_null is_null_effect is_null_primary is_good",
        ),
        ("Adverse events did not differ.", ""),
        ("Cough, sleep and adverse events did not differ.", ""),
        ("Cough, sleep, mood and adverse events did not differ.", "is_null is_null_effect"),
        ("Baseline characteristics did not differ.", ""),
        ("Zinc was effective.", "is_good"),
        ("Mood was lower with zinc than with copper (P = 0.01).", "tells_apart is_significant"),
        ("Effectiveness (primary outcome) was alike, and cough did not differ.", "is_null is_null_effect"),
    ],
)
def test_what_a_sentence_says_of_a_result(sentence: str, holds: str) -> None:
    """By the names of what holds of it; a long sentence has no more to say than its clauses."""
    said = Spoken(sentence, "result")
    answers = {asked.__name__: asked(said) for asked in QUESTIONS}
    assert answers == {name: name in holds.split() for name in answers}


@pytest.mark.parametrize(
    ("sentence", "is_own"),
    [
        ("Cough fell by 2 points with zinc and by 1 point with copper.", True),
        ("Cough fell by 2 points with zinc (P = 0.01) and by 1 point with copper (P = 0.02).", True),
        ("Cough fell by 2 points with zinc and by 1 point with copper (P = 0.01).", False),
        ("Cough fell by 2 points with zinc and by 1 point with copper, and sleep did not differ (P = 0.4).", False),
    ],
)
def test_each_arm_has_its_own_change_unless_one_probability_compares_them(sentence: str, *, is_own: bool) -> None:
    """Two probabilities are one for each arm."""
    said = Spoken(sentence, "conclusion")
    assert (is_own_change(said), is_no_benefit(said)) == (is_own, is_own)


def test_one_primary_outcome_of_two_that_did_not_differ_is_enough() -> None:
    """Also where the other was better; a probability against a comparator that is high denies that it was."""
    two = (
        "The primary outcome did not differ (P = 0.4), and the second primary outcome was better with zinc (P = 0.01)."
    )
    assert clauses.is_null_primary(Spoken(two, "result"))
    assert not clauses.is_better(Spoken("Zinc improved cough compared with copper (P = 0.4).", "result"))


def test_a_sentence_is_told_apart_into_clauses_unless_it_takes_back_what_it_says() -> None:
    """Each in lower case, with signs of its own."""
    first, second = clauses.clauses(Spoken("Zinc improved cough, while Fever did not differ.", "result"))
    assert ("improve" in first.signs, "null" in first.signs) == (True, False)
    assert ("improve" in second.signs, "null" in second.signs) == (False, True)
    assert second.low == second.low.lower()
    (whole,) = clauses.clauses(Spoken("Zinc improved cough, but not significantly so.", "result"))
    assert "null" in whole.signs
