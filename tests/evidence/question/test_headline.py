"""The sentence at the top: it counts what is certain, quotes the rest, and turns no silence into a statement."""

from __future__ import annotations

import pytest

from monitor import evidence
from monitor.evidence.question.in_words.wording import quotations
from monitor.model import Answer, AnswerState, Article
from tests.support.articles import TOPIC, judged, sham_trial

UNSURE = "Venous angioplasty may improve walking."


def answer_to(*found: Article) -> Answer:
    """The answer that these articles give."""
    return evidence.answer(TOPIC, judged(*found))


def test_one_trial_whose_direction_is_not_certain_is_quoted() -> None:
    """Number, control and people are certain; the direction is the authors' to say."""
    found = answer_to(sham_trial("1", 40, says=UNSURE))
    assert found.state is AnswerState.SHAM_CONTROLLED
    assert found.sentence == (
        "One randomised sham-controlled trial (40 people) has reported. "
        "Its authors conclude: “Venous angioplasty may improve walking”."
    )
    assert not any("conclude" in line for line in found.lines)  # once is enough


def test_one_trial_that_concludes_nothing_is_not_quoted() -> None:
    """Silence stays silence."""
    found = answer_to(sham_trial("1", 40, says="Follow-up was six months."))
    assert "conclude" not in found.sentence
    assert "has reported, and the direction of its result is not certain" in found.sentence


def test_of_several_trials_the_certain_are_counted_and_the_rest_is_named() -> None:
    """Two agree, one is open: neither agreement nor disagreement is claimed of all three."""
    found = answer_to(
        sham_trial("1", 19),
        sham_trial("2", 115, authors=("Zamboni",)),
        sham_trial("3", 40, says=UNSURE, authors=("Doe",)),
    )
    assert found.state is AnswerState.SEVERAL_UNCERTAIN
    assert found.sentence == (
        "Three randomised sham-controlled trials (174 people): two show no benefit; one has reported. "
        "Its authors conclude: “Venous angioplasty may improve walking”."
    )
    assert "The authors of Doe 2014 conclude: “Venous angioplasty may improve walking”." in found.lines


def test_two_trials_without_a_certain_direction_neither_agree_nor_disagree() -> None:
    """Two silences are no agreement."""
    found = answer_to(
        sham_trial("1", 20, says=UNSURE, authors=("Roe",)),
        sham_trial("2", 40, says="Walking tended to improve.", authors=("Doe",)),
    )
    assert found.state is AnswerState.SEVERAL_UNCERTAIN
    assert found.sentence == (
        "Two randomised sham-controlled trials (60 people) have reported (Roe 2014, Doe 2014), "
        "and the direction of their results is not certain."
    )
    assert quotations(found.trials) == [line for line in found.lines if line.startswith("The authors of")]
    assert len(quotations(found.trials)) == 2


def test_two_certain_trials_that_differ_disagree_whatever_a_third_leaves_open() -> None:
    """The third is named and has no say."""
    found = answer_to(
        sham_trial("1", 19),
        sham_trial("2", 40, says="Angioplasty significantly improved walking speed."),
        sham_trial("3", 20, says=UNSURE),
    )
    assert found.state is AnswerState.SEVERAL_DISAGREE
    assert "disagree: one shows no benefit, one reports benefit; one has reported." in found.sentence


@pytest.mark.parametrize("says", [UNSURE, "Follow-up was six months.", "Angioplasty showed no benefit over sham."])
def test_state_sentence_and_lines_say_the_same_of_one_trial(says: str) -> None:
    """A direction in the sentence stands in the trial; without one there the trial has none."""
    found = answer_to(sham_trial("1", 19, says=says))
    has_direction = "shows no benefit" in found.sentence
    assert has_direction == bool(found.trials[0].statement and found.trials[0].statement.direction == "no difference")


def test_another_conclusion_of_an_open_trial_is_news() -> None:
    """The headline quotes it, so readers must be told when it changes."""
    before = answer_to(sham_trial("1", 19, says=UNSURE))
    after = answer_to(sham_trial("1", 19, says="Venous angioplasty might reduce fatigue."))
    assert before.fingerprint != after.fingerprint
