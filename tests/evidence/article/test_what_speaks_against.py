"""Kinds of reports whose direction, quotation or size was once read falsely, each in several wordings."""

from __future__ import annotations

import pytest

from monitor import evidence
from monitor.evidence.article import json_lines
from monitor.evidence.article.assess import reading_and_finding
from monitor.evidence.article.result.direction import direction
from monitor.evidence.article.result.doubts import NOTHING_BETTER, OTHER_EFFECT, OTHER_NULL, against
from monitor.evidence.article.result.plain import is_of_one_arm
from monitor.evidence.article.result.signs import signs
from monitor.evidence.article.result.size.stated import sample_size
from monitor.evidence.article.result.spoken import Spoken, spoken
from monitor.evidence.article.result.votes import Vote
from monitor.model import Design, Direction

AIM = "We compared zinc with copper in colds. Sixty adults were randomly assigned to zinc or copper."


def read(abstract: str, title: str = "Zinc in colds") -> list[Spoken]:
    """The sentences of a randomised trial of zinc with this abstract."""
    reading, _ = reading_and_finding(json_lines.article_of({"pmid": "1", "title": title, "abstract": abstract}))
    return spoken(reading)


def stated(told: str, sure_of: Direction, worth: float = 0.35) -> Direction | None:
    """The direction stated of this abstract where the model votes for one direction, and against the others."""
    said = read(f"{AIM} {told}")
    votes = {
        one: Vote(false=0.05, right=2 * (worth + 0.05)) if one is sure_of else Vote(false=0.6, right=0.2)
        for one in (Direction.BENEFIT, Direction.NO_DIFFERENCE, Direction.MIXED)
    }
    return direction(said, Design.RANDOMIZED, against(said), votes)


@pytest.mark.parametrize(
    "sentence",
    [
        "The rate in the NS group was 43%.",
        "We compared the HS and NS groups.",
        "Renal failure to dialysis took five years.",
        "Zinc slowed the course from heart failure to transplantation.",
    ],
)
def test_an_arm_called_ns_and_an_organ_that_fails_deny_nothing(sentence: str) -> None:
    """NS is normal saline as often as not significant."""
    assert "null" not in signs(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "There were no significant between-group differences.",
        "Zinc did not slow the decline.",
        "Zinc does not shorten colds.",
        "Zinc did not relieve cough.",
        "Zinc failed to prevent colds.",
        "The difference was NS.",
        "Cough was rarer with zinc (NS).",
    ],
)
def test_a_lack_of_difference_is_known_in_these_words(sentence: str) -> None:
    """A hyphen, other verbs, and the abbreviation where it stands for not significant."""
    assert "null" in signs(sentence)


@pytest.mark.parametrize(
    "told",
    [
        "Fever fell. In conclusion, the primary end point was not reached, but zinc was superior to copper in fever.",
        "The primary outcome, cough, did not differ (P = 0.4). Zinc reduced fever more than copper (P = 0.01).",
    ],
)
def test_a_named_primary_outcome_that_did_not_differ_decides(told: str) -> None:
    """Better in others is no headline; where several outcomes are primary, it is."""
    assert stated(told, Direction.MIXED) is Direction.NO_DIFFERENCE
    several = told.replace("the primary end point was", "one of two co-primary end points was").replace(
        "The primary outcome, cough,", "One of the two primary outcomes, cough,"
    )
    assert stated(several, Direction.MIXED) is Direction.MIXED


@pytest.mark.parametrize(
    "conclusion",
    [
        "Zinc halved colds; other outcomes did not change.",
        "Zinc decreases admissions. We can detect no difference in fever between zinc and copper.",
        "A course of zinc lengthened sleep, but mood was not affected.",
        "Zinc raised appetite, while weight did not differ.",
    ],
)
def test_an_effect_that_the_conclusion_names_is_not_passed_over(conclusion: str) -> None:
    """Whatever the outcome is called: the trial is not one that "shows no benefit"."""
    told = f"RESULTS: Colds were fewer (P = 0.01). Fever did not differ (P = 0.6). CONCLUSIONS: {conclusion}"
    assert OTHER_EFFECT in against(read(f"AIM: {AIM} {told}"))[Direction.NO_DIFFERENCE]
    assert stated(told, Direction.NO_DIFFERENCE, 0.3) is None


@pytest.mark.parametrize(
    "conclusion",
    [
        "Zinc did not reduce colds, and may increase falls.",
        "Zinc was no better than copper.",
        "Zinc did not prevent colds.",
    ],
)
def test_nothing_better_means_not_on_some_outcomes_either(conclusion: str) -> None:
    """A harm beside a lack of difference is no mixed result, nor are figures of both arms."""
    told = f"Colds lasted 5.1 days with zinc and 5.0 with copper. Falls were more frequent (P = 0.04). {conclusion}"
    assert NOTHING_BETTER in against(read(f"{AIM} {told}"))[Direction.MIXED]


@pytest.mark.parametrize(
    "told",
    [
        "In the zinc group cough fell from 14.2 to 10.9 (p = 0.01). In the copper group it fell to 12 (p = 0.1). "
        "Zinc significantly improved cough.",
        "Both groups showed significant improvements (p < 0.01). The effect was larger in the zinc group. "
        "Zinc is an effective means to improve cough.",
        "Death was more common with zinc (P = 0.02). Zinc led to a worse outcome and more pneumonia than copper.",
        "Zinc shortened the time to relapse compared with copper (P = 0.01).",
        "Pain was lower with usual drops (P = 0.004). Usual drops were superior to zinc.",
    ],
)
def test_none_of_these_is_a_benefit(told: str) -> None:
    """Each arm by itself, both arms, a worse outcome, something good lost, and the comparator's success."""
    assert stated(told, Direction.BENEFIT, 0.3) is None


def test_a_comparison_of_the_changes_is_no_arm_by_itself() -> None:
    """ "From 6 to 4" in one arm alone; against the other it is a result."""
    one = Spoken("In the zinc group pain fell from 6.1 to 4.2 (P = 0.01).", "result")
    both = Spoken("In the zinc group pain fell from 6 to 4, compared with 6 to 5 in controls (P = 0.01).", "result")
    assert is_of_one_arm(one)
    assert not is_of_one_arm(both)


def test_a_lack_of_benefit_of_higher_doses_is_none_of_the_treatment() -> None:
    """All arms had it."""
    told = "The level was reached by 55%, 81% and 92%. No advantage of higher doses was found."
    assert OTHER_NULL in against(read(f"{AIM} {told}"))[Direction.NO_DIFFERENCE]


def test_a_harm_that_is_the_primary_outcome_is_what_the_trial_is_about() -> None:
    """Infections as what zinc was to prevent, and infections as a side effect."""
    told = "The primary outcome was pneumonia within a year. Zinc did not reduce pneumonia or infections."
    assert OTHER_NULL not in against(read(f"{AIM} {told}"))[Direction.NO_DIFFERENCE]


def sentence_of(told: str) -> str:
    """What is quoted of a trial with this abstract."""
    row = {"pmid": "1", "title": "Zinc or copper for colds: a randomised trial", "abstract": f"{AIM} {told}"}
    said = evidence.assess(json_lines.article_of(row), None).statement
    return said.sentence if said else ""


@pytest.mark.parametrize(
    ("told", "quoted"),
    [
        (
            "RESULTS: Colds were shorter with zinc than in the copper group (P = 0.2). CONCLUSIONS: Further research "
            "is needed to assess the effects of zinc.",
            "Colds were shorter with zinc",
        ),
        (
            "RESULTS: Cough fell in both groups (p<0.001), with no significant difference between groups (p=0.54). "
            "CONCLUSIONS: Zinc effectively relieves cough and can be recommended.",
            "no significant difference between groups",
        ),
        (
            "RESULTS: The zinc group improved from baseline (p = 0.01) while the change in the copper group was not "
            "significant (p = 0.08). CONCLUSIONS: Zinc improved cough.",
            "improved from baseline",
        ),
        (
            "RESULTS: Cough was seen in 12% and 11%. CONCLUSIONS: Zinc does not prevent cough. More trials are needed.",
            "does not prevent",
        ),
        (
            "CONCLUSIONS: Among adults with colds, those who took zinc were more likely to be well than the others.",
            "more likely",
        ),
    ],
)
def test_the_result_is_quoted_rather_than_a_wish_or_praise(told: str, quoted: str) -> None:
    """A call for research tells nothing, and praise without the result that it leaves out misleads."""
    assert quoted in sentence_of(told)


@pytest.mark.parametrize(
    "last",
    [
        "Sneezing, a secondary outcome, was less frequent with zinc.",
        "Fewer colds were seen in the subgroup of smokers.",
    ],
)
def test_an_effect_in_a_part_or_a_secondary_outcome_is_not_what_authors_conclude(last: str) -> None:
    """The last sentence of an abstract without sections, though nothing else follows."""
    assert sentence_of(f"Cough did not differ. {last}") == ""


@pytest.mark.parametrize(
    ("abstract", "size"),
    [
        ("We analysed 87 children with zinc and 86 with placebo.", None),
        ("300 women were to be randomised to zinc or copper; the trial was stopped early.", None),
        ("A definitive trial with 300 participants is warranted.", None),
        ("In a subgroup of 71 women, colds were shorter.", None),
        ("188 people were randomised, 94 to each group.", 188),
        ("150 adults were randomised to zinc or copper, 75 in each arm.", 150),
        ("270 adults were randomised to yoga, stretching or a book, 90 in each.", 270),
        ("188 people were randomised, 90 to each group.", None),
    ],
)
def test_planned_numbers_and_single_arms_are_no_size_and_even_arms_are(abstract: str, size: int | None) -> None:
    """As many in each arm as make up the whole; neither one of two arms, nor a part, nor a plan."""
    assert sample_size(abstract) == size
