"""A benefit is the intervention's only where the sentence calls the intervention better; the shipped topic."""

from __future__ import annotations

import pytest

from monitor import evidence
from monitor.model import Control, Direction
from tests.support.articles import article, shipped_topic

TITLE = "Venous angioplasty in multiple sclerosis: a randomised trial"


def stated(says: str, title: str = TITLE, arms: str = "venous angioplasty or to a sham procedure") -> Direction | None:
    """The direction of a trial whose abstract ends with `says`; None when nothing is stated or quoted."""
    text = f"In this trial 80 patients with multiple sclerosis were randomly assigned to {arms}. {says}"
    said = evidence.assess(article("1", title, text), shipped_topic()).statement
    return said.direction if said else None


@pytest.mark.parametrize(
    "says",
    [
        "Drug treatment reduced relapses significantly more than venous angioplasty.",
        "Compared with venous angioplasty, usual care significantly reduced relapses.",
        "Relapses were significantly fewer with sham than with angioplasty, and disability was lower than with venous "
        "angioplasty.",
        "Disability improved significantly more in the sham group than in the venous angioplasty group.",
        "Interferon was significantly more effective than venous angioplasty in reducing relapses.",
        "Placebo significantly reduced relapses.",
    ],
)
def test_what_the_other_arm_won_is_no_benefit_of_the_intervention(says: str) -> None:
    """The comparator is called better, in whatever order of words."""
    assert stated(says) in (None, Direction.NOT_STATED)


@pytest.mark.parametrize(
    "says",
    [
        "Venous angioplasty reduced relapses significantly more than the sham procedure.",
        "Compared with sham, venous angioplasty significantly reduced relapses.",
        "Relapses were significantly fewer after venous angioplasty than after sham.",
        "Relapses were significantly fewer in the treated group than in the sham group.",
        "Venous angioplasty significantly reduced relapses compared with sham, and sham reduced nothing.",
    ],
)
def test_what_the_intervention_won_is_its_benefit(says: str) -> None:
    """Also where the sentence names the group and not the treatment."""
    assert stated(says) is Direction.BENEFIT


def test_a_title_that_calls_another_treatment_superior_is_believed() -> None:
    """Whatever an unclear sentence of the abstract says."""
    title = "Usual care is superior to venous angioplasty in multiple sclerosis: a randomised trial"
    assert stated("Relapses were significantly reduced.", title) in (None, Direction.NOT_STATED)


@pytest.mark.parametrize(
    ("arms", "control"),
    [
        ("venous angioplasty or to no treatment", Control.NO_TREATMENT),
        ("venous angioplasty with continued drugs or to continued drugs alone", Control.USUAL_CARE),
        ("venous angioplasty added to physiotherapy or to medication alone", Control.USUAL_CARE),
        ("venous angioplasty or to natalizumab", Control.ACTIVE),
    ],
)
def test_an_add_on_is_compared_with_the_care_that_both_arms_have(arms: str, control: Control) -> None:
    """What both arms have is not what the treatment is measured against; nothing at all is no active drug."""
    text = f"In this trial 80 patients with multiple sclerosis were randomly assigned to {arms}."
    assert evidence.assess(article("1", TITLE, text), shipped_topic()).control is control


@pytest.mark.parametrize(
    ("title", "arms"),
    [
        (
            "Three techniques of venous angioplasty in multiple sclerosis",
            "one of three techniques of venous angioplasty",
        ),
        ("Two doses of venous angioplasty in multiple sclerosis", "a high or a low dose of venous angioplasty"),
        (TITLE, "two different devices for venous angioplasty"),
    ],
)
def test_a_comparison_of_forms_of_the_intervention_is_no_test_of_it(title: str, arms: str) -> None:
    """Doses, techniques and devices compared with each other leave nobody without the intervention."""
    text = f"In this trial 80 patients with multiple sclerosis were randomly assigned to {arms}."
    found = evidence.assess(article("1", title, text), shipped_topic()).relevance
    assert not found.is_match
    assert "Every group had venous angioplasty" in found.why_not


def test_two_doses_beside_a_sham_still_test_the_intervention() -> None:
    """One arm is without it."""
    text = (
        "In this trial 80 patients with multiple sclerosis were randomly assigned to two techniques of venous "
        "angioplasty or to a sham procedure."
    )
    assert evidence.assess(article("1", TITLE, text), shipped_topic()).relevance.is_match
