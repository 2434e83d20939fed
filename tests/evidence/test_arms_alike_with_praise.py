"""Reports that praise a treatment whose result allows no such direction, each kind in several fields and wordings."""

from __future__ import annotations

import pytest

from monitor import evidence
from monitor.evidence.article import json_lines
from monitor.model import Design, Direction
from tests.support.trial_fields import FIELDS, direction_of, in_every_field

ALIKE_WITH_PRAISE = [
    "At twelve weeks 71% and 73% were free of {outcome}, without any statistically significant difference between "
    "the groups. {New} proved well tolerated and yielded encouraging results in those who had failed before.",
    "{outcome} resolved in 48 and 46 people (P = 0.71), with no statistically significant difference between the "
    "treatments. We find {new} a useful and convenient treatment.",
    "There were no differences between the groups in {outcome}, fatigue, side effects, mood, days off work or use of "
    "other remedies. Compliance was higher with {new} than with {old}. {New} is attractive because it is accepted.",
    "Neither scores nor rates differed between the arms (P = 0.44). People in both arms improved markedly. {New} is "
    "an effective and safe treatment of {outcome}.",
    "{New} gave 64% relief and {old} 66%, a difference that was not significant. Use of {new} saved money. {New} "
    "offers an effective way to treat {outcome} at low cost.",
    "No difference between the groups was found at any visit. Satisfaction was higher with {new} (P = 0.03). "
    "{New} compares favourably with {old}, is pleasant to use and has a favourable profile.",
]


@pytest.mark.parametrize("text", ALIKE_WITH_PRAISE)
def test_arms_that_are_alike_and_praise_for_one_of_them_are_no_benefit(text: str) -> None:
    """Well tolerated, cheaper, more willingly taken, or good where it was given again: not better than the other."""
    assert Direction.BENEFIT not in in_every_field(text)


ONE_ARM = [
    "{outcome} improved by 41% from the start and the gain was maintained to twelve months. Other complaints occurred "
    "in less than 5% of people. {New} shows a favourable profile of efficacy and safety in the long run.",
    "Relative to the start, scores fell by 38% (P<0.001) and fewer than 10 patients stopped. {New} remains effective "
    "for a year.",
    "The mean score fell from 6.1 to 2.9 (P<0.001) at six months and to 2.7 at twelve. More than half were satisfied. "
    "Long-term use of {new} is effective and well tolerated.",
    "Efficacy was sustained: 82% kept their response. Unwanted effects were mild. {New} gives lasting relief.",
    "An improvement was reported by 75% of those who completed the year, and {outcome} was absent in 51%. {New} "
    "reduces {outcome} over the long term.",
    "Values improved over time compared with the values at the start (P = 0.002). {New} was beneficial.",
]
FURTHER = (
    "{outcome} is common, and treatment is needed for long. People who had completed a twelve-week double-blind trial "
    "entered an open-label extension, in which all of them were given {new} every day for twelve months. Visits were "
    "held every eight weeks at 23 clinics, and every complaint was written down together with its severity. In all 318 "
    "people entered and 241 stayed to the end; the others moved away or had no further need. They were aged 19 to 81 "
    "years and 60% of them were women. The diary that had been used before was continued unchanged."
)


@pytest.mark.parametrize("text", ONE_ARM)
def test_an_extension_in_which_all_take_the_treatment_states_no_direction(text: str) -> None:
    """Change from the start tells nothing against a comparator."""
    title = "Long-term safety and efficacy of {new} in {outcome}"
    assert {direction_of(one.told(title), one.told(f"{FURTHER} {text}")) for one in FIELDS} == {None}


NOT_NULL = [
    "{outcome} was half as frequent with {new} (P<0.001), and bleeding did not differ between the groups. {New} can be "
    "considered the preferred treatment, as it abolishes the need for more.",
    "The dose that was needed did not differ between the groups. {New} potentiated the relief of {outcome}.",
    "{outcome} was higher in the group that used {old} (P = 0.005), with no differences in weight or pulse.",
    "There were no significant differences between males and females with either. Males preferred {new}.",
    "No difference was seen between men and women, and relief was twice as great with {new} as with {old} (P = 0.01).",
    "Pulse and pressure were not different between the groups. Relief lasted longer with {new}; its complications were "
    "rather common.",
]


@pytest.mark.parametrize("text", NOT_NULL)
def test_a_difference_that_is_named_beside_something_alike_is_no_lack_of_difference(text: str) -> None:
    """Other outcomes, or men and women, were alike; the arms were not."""
    assert Direction.NO_DIFFERENCE not in in_every_field(text)


WORSE = [
    "{outcome} improved in both arms, and {new} was associated with an attenuation of the improvements (P = 0.01). "
    "While it changes care, {new} attenuated the benefits of rest.",
    "Overall health risks exceeded benefits of {new}. It should not be used to prevent {outcome}.",
    "Falls were less frequent and strokes more frequent with {new} (P = 0.01). Risks of {new} outweigh its benefits.",
    "{New} gave a smaller improvement of {outcome} than {old} (P = 0.02). {New} improves sleep to a lesser degree.",
    "Relief was reduced with {new} (P = 0.03). {New} attenuates recovery and should not be recommended for benefit.",
    "{New} was stopped early. The harms of {new} were greater than its benefits, and it should not be offered.",
]


@pytest.mark.parametrize("text", WORSE)
def test_a_gain_that_became_less_or_cost_too_much_is_no_benefit(text: str) -> None:
    """Good words stand in the sentence, and what it says of them is bad."""
    assert Direction.BENEFIT not in in_every_field(text)


NOT_ALLOCATED = [
    "In claims data of 4,210 people, use of {new} was associated with 30% less {outcome} than {old} (P<0.001).",
    "By propensity score matching, {new} reduced {outcome} compared with {old} (P<0.001).",
    "In this indirect comparison {new} improved {outcome} more than {old} (P = 0.01).",
    "In a case-control study of 900 people, {outcome} was less frequent after {new} than after {old} (P = 0.002).",
    "We performed a retrospective review of 640 charts. {New} reduced {outcome} compared with {old} (P = 0.01).",
    "This observational study found less {outcome} with {new} than with {old} (P<0.01).",
]


@pytest.mark.parametrize("text", NOT_ALLOCATED)
def test_treatment_that_was_chosen_and_not_allocated_states_no_direction(text: str) -> None:
    """What people chose themselves is compared, whatever the word "randomised" in the record stands for."""
    assert in_every_field(f"{text} {{New}} is effective, which a randomised trial should confirm.") == {None}


def test_nothing_that_is_tested_here_is_kept_silent_for_its_design() -> None:
    """The frames are read as randomised trials: the direction is refused, not the report."""
    one = FIELDS[0]
    text = {"pmid": "1", "title": "A randomised trial", "abstract": f"{one.before()} {one.told(ALIKE_WITH_PRAISE[0])}"}
    assert evidence.assess(json_lines.article_of(text), None).design is Design.RANDOMIZED


LITTLE_BENEFIT = [
    "{outcome} recurred in 21 and 23 people (P = 0.64). Fewer telephone calls were needed with {new} (P = 0.03). {New} "
    "provides little benefit over {old} for {outcome}.",
    "Scores fell by 4.1 with {new} and 3.8 with {old} (95% CI of the difference -0.9 to 1.5). Days off work were fewer "
    "with {new} (P = 0.04). {New} offers minimal advantage over {old}.",
    "At twelve weeks the groups had 30% and 33% of {outcome} (P = 0.55), while appetite was better with {new} (P = "
    "0.02). The gain in appetite aside, {new} had negligible effect on {outcome}.",
    "Rates were 5.5% and 4.9% (P = 0.33). Visits were significantly fewer with {new}. {New} has little or no impact on "
    "{outcome} compared with {old}, although visits were saved.",
]


@pytest.mark.parametrize("text", LITTLE_BENEFIT)
def test_little_benefit_is_no_benefit(text: str) -> None:
    """Nor is minimal advantage, or a negligible effect."""
    assert Direction.BENEFIT not in in_every_field(text)


@pytest.mark.parametrize(
    "title",
    [
        "{New} does not reduce {outcome}: a randomised trial",
        "No benefit of {new} over {old} in {outcome}",
        "{New} fails to relieve {outcome} more than {old}",
        "Lack of effect of {new} on {outcome} in a randomised comparison with {old}",
    ],
)
def test_a_title_that_denies_an_effect_outweighs_what_was_better_beside_it(title: str) -> None:
    """A laboratory value was lower; the title says what the authors make of it."""
    told = (
        "C-reactive protein was lower with {new} than with {old} (153 versus 241, P < 0.01), and leucocytes were "
        "fewer. The course of {outcome} was modest and equivalent in the two groups. {New} may be continued."
    )
    assert Direction.BENEFIT not in in_every_field(told, title)


def test_a_run_in_before_allocation_compares_no_arms() -> None:
    """Those who went on to allocation are not compared with an arm, but with those who did not."""
    told = (
        "After the run-in 91% had reached the target. Those who went on to be allocated had less {outcome} than those "
        "who were not allocated (P = 0.01), but days off work did not differ. Most reach the target with {new}."
    )
    title = "{New} for {outcome}: experience from the run-in phase of a randomised trial"
    assert in_every_field(told, title) == {None}
