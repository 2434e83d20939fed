"""A dose, a combination, a baseline, an interim look, two trials alike: none is told as a result of the treatment."""

from __future__ import annotations

from datetime import date

import pytest

from monitor import evidence
from monitor.model import Answer
from tests.evidence.test_abbreviations import COUNTED, said
from tests.evidence.test_other_questions import topic
from tests.support.articles import article, judged

DROPS = topic("olive drops", "ear wax", ("saline",))
TITLE = "Olive drops for ear wax: a randomised trial"
PEOPLE = "Methods: 96 adults with ear wax were randomised to"


@pytest.mark.parametrize(
    "arms", ["5%, 2% or 1% olive drops", "olive drops 5% or 2% once daily", "5 mL or 10 mL olive drops"]
)
def test_doses_against_each_other_are_a_dose_comparison(arms: str) -> None:
    """Nobody went without."""
    told = f"{PEOPLE} {arms}. Conclusion: the lower dose was as effective."
    assert said(DROPS, TITLE, told).startswith("No trial that tests")


@pytest.mark.parametrize(
    "arms", ["5% olive drops or 0.9% saline", "5 mL olive drops or 5 mL water", "5%, 2% olive drops or tea"]
)
def test_a_dose_against_something_else_is_a_test(arms: str) -> None:
    """The other arm is told by a dose too."""
    assert said(DROPS, TITLE, f"{PEOPLE} {arms}. Results: wax did not differ.").startswith(COUNTED)


def test_a_benefit_of_a_combination_is_not_one_of_the_treatment_that_another_arm_had_alone() -> None:
    """It is quoted, with what it was combined with."""
    told = f"{PEOPLE} no drops, olive drops only, or olive drops plus syringing. Results: wax was gone in 50%, 52% and "
    told += "90% (p=0.01). Conclusion: Olive drops combined with syringing significantly improved hearing."
    assert "reports benefit" not in said(DROPS, TITLE, told)


@pytest.mark.parametrize(
    ("title", "told"),
    [
        ("Participants of the WAX study of olive drops in ear wax", "Results of the trial are awaited."),
        ("Baseline characteristics in a randomised trial of olive drops for ear wax", "Mean age was 60 years."),
    ],
)
def test_a_report_of_who_takes_part_is_no_result(title: str, told: str) -> None:
    """The trial has begun, and nothing is known of it."""
    start = "WAX is a randomised open-label trial of olive drops in ear wax. We describe 96 participants."
    assert not said(DROPS, title, f"{start} {told}").startswith(COUNTED)


@pytest.mark.parametrize(
    "counted",
    [
        "Of 240 patients screened, 96 with ear wax were randomised",
        "Of 240 adults assessed for eligibility, 96 with ear wax were randomised",
        "We screened 240 people; 96 with ear wax were randomised",
    ],
)
def test_people_who_were_screened_are_no_participants_without_the_condition(counted: str) -> None:
    """No line says that not all have it."""
    found = _answer(article("1", TITLE, f"Methods: {counted} to olive drops or saline. Results: wax did not differ."))
    assert not [line for line in found.lines if line.startswith("Not all participants")]


@pytest.mark.parametrize(
    ("told", "is_interim"),
    [
        ("An interim analysis of hearing showed no difference.", False),
        ("The interim analysis found no harm.", False),
        ("We report an interim analysis.", True),
        ("This interim report is of the first half.", True),
    ],
)
def test_a_final_report_that_mentions_an_interim_analysis_is_final(told: str, is_interim: bool) -> None:
    """It was made on the way, of something else."""
    text = f"{PEOPLE} olive drops or saline. Results: wax was gone in 90% and 50% (p=0.01). {told}"
    lines = _answer(article("1", TITLE, text)).lines
    assert any("from an interim report" in line for line in lines) is is_interim


def test_two_reports_that_may_be_two_trials_and_contradict_each_other_give_no_direction() -> None:
    """One group, as many people, another outcome: neither speaks for both."""
    one = f"{PEOPLE} olive drops or saline. Results: itching was less (p<0.001). "
    one += "Conclusion: Olive drops significantly reduced wax and itching compared with saline."
    two = f"{PEOPLE} olive drops or saline. Results: deafness was 3.1 and 3.2 (p=0.8). "
    two += "Conclusion: Olive drops did not reduce deafness compared with saline."
    found = _answer(
        article("1", "Olive drops for itching in ear wax: a randomised trial", one, authors=("Rossi A", "Bianchi L")),
        article("2", "Olive drops for deafness in ear wax: a randomised trial", two, authors=("Rossi A", "Bianchi L")),
    )
    assert found.sentence.startswith("One randomised")
    assert "benefit" not in found.sentence
    assert not [line for line in found.lines if "replaces what was reported earlier" in line]


def test_a_retracted_report_contradicts_its_republication_in_nothing() -> None:
    """The corrected one speaks for the trial."""
    one = f"{PEOPLE} olive drops or saline. Conclusion: Olive drops significantly reduced wax compared with saline."
    two = f"{PEOPLE} olive drops or saline. Results: wax did not differ between groups (p=0.4). "
    two += "Conclusion: Olive drops did not reduce wax compared with saline."
    types = ("Journal Article", "Retracted Publication")
    found = _answer(
        article("1", TITLE, one, types=types, authors=("Ono A",), day="2016-01-01"),
        article("2", TITLE, two, authors=("Ono A",), day="2017-01-01"),
    )
    assert found.sentence.endswith("(96 people) shows no benefit.")


def _answer(*held: object) -> Answer:
    return evidence.answer(DROPS, judged(*held, topic=DROPS), (), date(2024, 1, 1))  # type: ignore[arg-type]
