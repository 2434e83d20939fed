"""Conclusions that deny in other words, and comparisons of people whom nobody allocated: neither states a direction."""

from __future__ import annotations

import pytest

from monitor.model import Direction
from tests.support.trial_fields import in_every_field

NO_SUPPORT = [
    "Mood was better with {new} than with {old} (P = 0.03); {outcome} was seen in 31 and 30 people (P = 0.82). The "
    "results provide no support for the hypothesis that {new} acts on {outcome}. The better mood has other reasons.",
    "{New} lowered heart rate compared with {old} (P<0.001), but there was no difference between groups in {outcome} "
    "(P = 0.58). These data give no support to the use of {new} for reduction of {outcome}.",
]
RAISED_RISK = [
    "{New}, compared with {old}, increased the need for antibiotics (odds ratio 1.52, 95% CI 1.04 to 2.24, P = 0.03). "
    "{New}, rather than {old}, might increase the likelihood of some adverse outcomes.",
    "More of those given {new} said that they would take part again (P<0.001). {New} increased the risk of infections "
    "compared with {old} (P = 0.01). {New} increases the rate of complications and is liked.",
]
SAFE_ALIKE = [
    "It was found that {new} is effective against {outcome}. {New} had no effect on antibody levels. The side effects, "
    "which were distributed equally between {new} and {old}, were mild.",
    "The results showed that {new} was clearly more effective than {old}. Complications, which were similar in both "
    "groups, were few and did not last.",
]
ALIKE_BESIDE_NOTHING = [
    "A third group of 60 was an inactive control. {outcome} fell by 8.8 points with {new} and by 8.6 with {old} "
    "(p < 0.001 vs. inactive controls for both). {New} as well as {old} improved {outcome} to a similar extent.",
    "Sixty more people were left untreated. Scores improved by 12 points with {new}, by 11 with {old} and not at all "
    "in the untreated (P<0.001). Both {new} and {old} improved {outcome} similarly.",
]
OTHER_PEOPLE = [
    "Neither treatment significantly affected {outcome}. Compared with people without a history of it, those with "
    "such a history improved significantly (P = 0.01). Neither {new} nor {old} affects {outcome} adversely.",
    "The change with {new} was greater than that observed at 6 weeks (P = 0.025), but the score was not significantly "
    "different at 12 weeks (P = 0.23). These data show no further reduction after 6 weeks.",
]
NOT_ALLOCATED = [
    "Patterns of prescribing were recorded. Reductions of {outcome} were greater in those on {new} than in those on "
    "{old} (P<0.05). The data demonstrate a higher efficacy of {new} than of {old}.",
    "{New} was associated with less {outcome} than {old} (P<0.01). {New} is more effective than {old}. The limitations "
    "of this work include its retrospective nature.",
    "For comparison, age-matched donors were measured. {outcome} was less after {new} than in the donors (P = 0.003). "
    "{New} reduced {outcome}, which is a new effect.",
]


@pytest.mark.parametrize("text", NO_SUPPORT)
def test_no_support_for_an_effect_is_no_benefit(text: str) -> None:
    """Whatever else was better."""
    assert Direction.BENEFIT not in in_every_field(text)


@pytest.mark.parametrize("text", RAISED_RISK)
def test_a_raised_likelihood_of_harm_is_no_benefit(text: str) -> None:
    """Though "increase" is a good word of other outcomes."""
    assert Direction.BENEFIT not in in_every_field(text)


@pytest.mark.parametrize("text", SAFE_ALIKE)
def test_side_effects_that_were_alike_are_no_lack_of_an_effect(text: str) -> None:
    """Told in a clause of their own, after an effect that was found."""
    assert Direction.NO_DIFFERENCE not in in_every_field(text)


@pytest.mark.parametrize("text", ALIKE_BESIDE_NOTHING)
def test_two_treatments_that_helped_alike_are_no_lack_of_an_effect(text: str) -> None:
    """There was an arm without any treatment, which both beat."""
    assert Direction.NO_DIFFERENCE not in in_every_field(text)


@pytest.mark.parametrize("text", OTHER_PEOPLE)
def test_a_better_result_in_other_people_or_at_another_time_is_none_between_arms(text: str) -> None:
    """With a lack of difference beside it, it is not "benefit on some outcomes"."""
    assert Direction.MIXED not in in_every_field(text)


@pytest.mark.parametrize("text", NOT_ALLOCATED)
def test_people_who_were_not_allocated_show_no_benefit(text: str) -> None:
    """What was prescribed, looked up afterwards, or measured in donors."""
    assert Direction.BENEFIT not in in_every_field(text)
