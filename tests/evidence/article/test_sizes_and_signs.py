"""What single sentences say: how many were allocated, that more of something bad came about, what is compared."""

from __future__ import annotations

import pytest

from monitor.evidence.article.result.clauses import is_null
from monitor.evidence.article.result.signs import includes_no_effect, p_values, signs
from monitor.evidence.article.result.size.stated import sample_size
from monitor.evidence.article.result.spoken import Spoken


def test_more_people_in_a_run_in_phase_do_not_hide_how_many_were_randomised() -> None:
    """The arms of the same sentence add up to the number that it calls randomised."""
    abstract = "300 patients took it in the run-in phase, and 91 patients were randomised: 45 to stenting, 46 to sham."
    assert sample_size(abstract) == 91


def test_what_is_bad_and_became_worse_is_more_of_it() -> None:
    """Though "worse" is itself a word for less."""
    assert "bad_up" in signs("Mortality was worse with stenting.")


@pytest.mark.parametrize(
    "sentence",
    [
        "Rash occurred in less than 5% of patients.",
        "Fewer than 10 patients stopped.",
        "More than half were satisfied.",
        "Follow-up was longer than 12 months.",
        "Walking was better than at baseline.",
        "Sleep improved compared with the values before treatment.",
        "Scores fell relative to baseline.",
    ],
)
def test_a_share_or_the_start_is_no_comparator(sentence: str) -> None:
    """What only counts, or looks back, compares no arms."""
    assert signs(sentence).isdisjoint({"than", "against", "between"})


@pytest.mark.parametrize(
    "sentence",
    [
        "Sleep was better than with tea.",
        "Tea was superior to water.",
        "Tea was better than 50 mg of the drug.",
        "Sleep improved compared with water.",
        "Scores fell from baseline more than with water.",
    ],
)
def test_another_arm_is_a_comparator(sentence: str) -> None:
    """Whatever it is called."""
    assert not signs(sentence).isdisjoint({"than", "against"})


@pytest.mark.parametrize(
    "sentence",
    [
        "78% were cured, without any statistically significant difference between regimens.",
        "There was no indication that the lower dose was less effective.",
        "There is no major detriment to the lower dose.",
        "No differences were seen in pain, sleep, side effects, mood or days off work.",
    ],
)
def test_a_lack_of_difference_is_known_in_other_words(sentence: str) -> None:
    """Side effects in a list of outcomes make it no statement of safety alone."""
    assert is_null(Spoken(sentence, "result"))


def test_a_lack_of_difference_in_safety_alone_is_none_of_effect() -> None:
    """However many side effects are listed."""
    assert not is_null(Spoken("Adverse events, serious side effects and complications did not differ.", "result"))


@pytest.mark.parametrize(
    ("told", "values", "found"),
    [
        ("p = 0.04", [(0.04, False)], "p_low"),
        ("p < 0.05", [(0.05, False)], "p_low"),
        ("p = 0.05", [(0.05, False)], "p_low"),
        ("p > 0.05", [(0.05, True)], "p_high"),
        ("p ≥ 0.05", [(0.05, True)], "p_high"),
        ("p = 0.051", [(0.051, False)], "p_high"),
        ("p=.04", [(0.04, False)], "p_low"),
        ("p = 0·04", [(0.04, False)], "p_low"),
        ("p = 1.2", [], ""),
        ("p = 0.01 and p = 0.3", [(0.01, False), (0.3, False)], "p_high p_low"),
    ],
)
def test_a_probability_is_low_up_to_a_twentieth(told: str, values: list[tuple[float, bool]], found: str) -> None:
    """However it is written; above 1 there is none."""
    assert p_values(told) == values
    assert " ".join(sorted(signs(told) & {"p_low", "p_high"})) == found


@pytest.mark.parametrize(
    ("interval", "is_included"),
    [
        ("95% CI -0.1 to 0.4", True),
        ("95% CI −0.1 to 0.4", True),
        ("95% CI 0 to 0.4", True),
        ("95% CI -0.4 to 0", True),
        ("95% CI 0.1 to 0.4", False),
        ("odds ratio 0.9 (95% CI 0.8 to 1.2)", True),
        ("odds ratio 0.9 (95% CI 0.8 to 0.95)", False),
        ("hazard ratio 0·9 (95% CI 0·8–1·2)", True),
        ("odds ratio 0.9", False),
    ],
)
def test_an_interval_may_hold_no_effect(interval: str, *, is_included: bool) -> None:
    """Nothing of a difference, one of a ratio."""
    assert includes_no_effect(interval) is is_included


@pytest.mark.parametrize(
    ("told", "found"),
    [
        ("More pain", "up up_bad"),
        ("Less pain", "down down_bad"),
        ("Pain was worse", "bad_down bad_up down harm"),
        ("Sleep was better", "better_than good_up up"),
        ("Sleep was less", "down good_down"),
        ("Costs increased", "bad_up cost up"),
        ("More relief", "improve up up_good"),
        ("Pain", ""),
    ],
)
def test_more_and_less_of_what_is_good_or_bad_are_signs_of_their_own(told: str, found: str) -> None:
    """Whichever word comes first."""
    assert " ".join(sorted(signs(told))) == found
