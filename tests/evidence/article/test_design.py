"""What a methodologist would call a record: plans, further looks, experiments, and trials that others ran."""

from __future__ import annotations

import pytest

from monitor import evidence
from monitor.model import Design, Level
from tests.support.articles import article

COLDS = "Zinc lozenges and colds in adults"


def design(title: str, text: str) -> Design:
    """What the rules call a fresh record with these words."""
    return evidence.assess(article("1", title, text), None).design


@pytest.mark.parametrize(
    "text",
    [
        "Adults will be stratified by age and randomized to zinc or placebo.",
        "We will perform a randomized trial of zinc.",
        "In this randomised trial the primary outcome is days with a cold. Recruitment started in May.",
        "This randomised trial compares zinc with placebo. Findings will be disseminated in journals.",
        "The trial is expected to be completed in 2027. Adults are randomly assigned to zinc or placebo.",
    ],
)
def test_a_plan_is_a_protocol_in_whatever_tense(text: str) -> None:
    """Future, present or past: what has no result yet and tells what it is going to find."""
    assert design(COLDS, text) is Design.PROTOCOL


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("A network for reading scans", "We propose a network. It will be useful in industrial settings."),
        ("Growing cells from mice", "This protocol presents steps for growing cells."),
        ("What is wrong with clinical trial design", "Many trials are too small."),
    ],
)
def test_steps_in_a_laboratory_and_proposed_methods_are_no_protocol_of_a_trial(title: str, text: str) -> None:
    """The same words stand in papers on methods."""
    assert design(title, text) is not Design.PROTOCOL


@pytest.mark.parametrize(
    ("title", "text"),
    [
        (COLDS, "This is a post-hoc analysis reporting data from a larger randomized controlled trial of zinc."),
        (COLDS, "In a secondary analysis of patients from five randomized trials of zinc, age made no difference."),
        (COLDS, "Using participant-level data from 900 adults in the ZINC (Zinc In Colds) trial, we fitted models."),
        (COLDS, "Data were pooled from ten double-blind, randomized studies. Adults had fewer colds."),
        (COLDS, "Interaction terms of pre-randomization copper and the assigned zinc were fitted. Adults took part."),
        ("Immune signatures and outcomes from a randomised trial of zinc", "Samples of 60 adults were examined."),
        ("Effect of zinc on colds varies with age", "Adults were randomized to zinc or placebo."),
    ],
)
def test_a_further_look_at_a_trial_is_named_as_one(title: str, text: str) -> None:
    """Also where "larger trial" and "randomised trials" would be a wish or a mention in other sentences."""
    assert design(title, text) is Design.SECONDARY_ANALYSIS


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("Predictors of atrial fibrillation after surgery", "Adults with atrial fibrillation were followed."),
        ("Prognostic markers of endometrial cancer", "Records of women in an industrial town were read."),
        ("Predictors of colds in adults", "Zinc should be tested in clinical trials."),
    ],
)
def test_predictors_without_a_trial_are_no_further_look_at_one(title: str, text: str) -> None:
    """ "Atrial" and "industrial" name no trial, and a wish for one is not one."""
    assert design(title, text) is not Design.SECONDARY_ANALYSIS


def test_two_trials_in_one_report_are_its_own() -> None:
    """A plural that the authors conducted is a statement, not a mention of others."""
    text = "Two randomized, placebo-controlled, crossover trials in healthy adults were conducted. {}"
    told = text.format("Adults were randomly assigned to zinc or placebo. Colds were shorter with zinc.")
    verdict = evidence.assess(article("1", COLDS, told), None)
    assert verdict.design is Design.RANDOMIZED
    assert "random.two_trials" in {reason.rule for reason in verdict.basis}


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("Charts of adults on zinc compared with a randomized trial", "Adults in a register took zinc."),
        ("Zinc for colds: a feasibility study for a randomised trial", "Twelve adults took zinc."),
        ("Zinc for colds: emulating a target randomized trial", "Adults in a register took zinc."),
    ],
)
def test_a_trial_that_a_record_is_set_against_is_not_its_own(title: str, text: str) -> None:
    """What was compared with, prepared or emulated was run by others, or by nobody yet."""
    assert design(title, text) is not Design.RANDOMIZED


def test_half_random_is_not_random() -> None:
    """A semi-randomised comparison is controlled, whatever verb its sentences use."""
    text = (
        "This semi-randomized controlled trial gave zinc to one school. Children there were randomized to zinc or milk."
    )
    assert design(COLDS, text) is not Design.RANDOMIZED


def test_an_experiment_in_a_laboratory_is_kept_as_possible() -> None:
    """Randomised people without a treatment are no trial; with a placebo they are."""
    shown = "Adults were randomly assigned to read one of two vignettes."
    verdict = evidence.assess(article("1", "How adults judge colds", shown), None)
    assert (verdict.design, verdict.level) == (Design.UNCLEAR, Level.POSSIBLE)
    assert verdict.basis[-1].rule == "kind.laboratory"
    treated = "Adults were randomly assigned to zinc or placebo. Reaction times were shorter with zinc than placebo."
    assert design("Zinc and reaction times: a randomized study", treated) is Design.RANDOMIZED


@pytest.mark.parametrize(
    "title",
    ["Dietary fish and fatty acids in women: a randomized trial", "In vitro and clinical effects: a randomized trial"],
)
def test_food_and_a_laboratory_beside_people_make_no_animal_study(title: str) -> None:
    """Fish on a plate, and test tubes beside a trial."""
    text = "Sixty women were randomly assigned to two meals. Fatty acids rose in the women who ate both."
    assert design(title, text) is Design.RANDOMIZED
