"""What the answer says of trials, word for word: their number, their kind, their people, their direction."""

from __future__ import annotations

from datetime import date

import pytest

from monitor.evidence.question.in_words import wording
from monitor.model import Control, Design, Direction, Level, ReviewLine, Statement, Trial

HARD, GOOD, NULL = Direction.HARM, Direction.BENEFIT, Direction.NO_DIFFERENCE


def trial(
    said: Direction | None = NULL, control: Control = Control.SHAM, size: int | None = 19, **fields: object
) -> Trial:
    """A randomised trial whose authors said so."""
    statement = Statement(said, "Their words.", "abstract") if said else None
    known = {"level": Level.STATED, "name": "Siddiqui 2014", **fields}
    return Trial("NCT1", randomized=True, control=control, sample_size=size, statement=statement, **known)  # type: ignore[arg-type]  # fields by name


@pytest.mark.parametrize(
    ("control", "kind"),
    [
        (Control.SHAM, " sham-controlled"),
        (Control.PLACEBO, " placebo-controlled"),
        (Control.WAIT_LIST, " wait-list"),
        (Control.USUAL_CARE, " usual-care-controlled"),
        (Control.ACTIVE, " actively controlled"),
        (Control.HISTORICAL, " historically controlled"),
        (Control.NONE, ""),
        (Control.NOT_STATED, ""),
    ],
)
def test_the_kind_of_control_is_named_as_clinicians_do(control: Control, kind: str) -> None:
    """And left out where it is not known."""
    assert wording.randomized([trial(control=control)]) == f"One randomised{kind} trial (19 people) shows no benefit."


def test_trials_of_two_kinds_are_named_with_both() -> None:
    """Unless one of them does not say."""
    pair = [trial(), trial(control=Control.PLACEBO)]
    assert wording.kind(pair) == "sham-controlled or placebo-controlled"
    assert wording.kind([*pair, trial(control=Control.NOT_STATED)]) == ""


@pytest.mark.parametrize(
    ("said", "of_one", "of_two", "of_three"),
    [
        (NULL, "shows no benefit", "neither shows benefit", "none shows benefit"),
        (GOOD, "reports benefit", "both report benefit", "all report benefit"),
        (HARD, "reports harm", "both report harm", "all report harm"),
        (
            Direction.MIXED,
            "reports benefit on some outcomes and not on others",
            "both report benefit on some outcomes and not on others",
            "all report benefit on some outcomes and not on others",
        ),
    ],
)
def test_each_direction_has_its_words(said: Direction, of_one: str, of_two: str, of_three: str) -> None:
    """For one trial, for two that agree, and for more."""
    assert wording.randomized([trial(said)]).endswith(f"trial (19 people) {of_one}.")
    assert wording.randomized([trial(said)] * 2) == f"Two randomised sham-controlled trials (38 people): {of_two}."
    assert wording.randomized([trial(said)] * 3) == f"Three randomised sham-controlled trials (57 people): {of_three}."


def test_trials_that_disagree_are_counted_by_direction() -> None:
    """In the order in which the directions first appeared."""
    found = wording.randomized([trial(), trial(GOOD), trial(HARD), trial(), trial(None), trial(None)])
    told = [
        "two show no benefit",
        "one reports benefit",
        "one reports harm",
    ]
    silent = "two have reported (Siddiqui 2014, Siddiqui 2014), and the direction of their results is not certain"
    assert found.endswith(f" disagree: {', '.join(told)}; {silent}.")


@pytest.mark.parametrize(
    ("blinding", "word"),
    [("open-label", " open"), ("Unblinded", " open"), ("unmasked", " open"), ("non-blinded", " open"), ("", "")],
)
def test_further_trials_that_nobody_was_blinded_in_are_called_open(blinding: str, word: str) -> None:
    """Not those of the first kind, and not where one of them was blinded."""
    further = [trial(GOOD, Control.WAIT_LIST, blinding=blinding)]
    assert wording.randomized(further, is_first=False).startswith(f"One{word} randomised wait-list trial")
    assert wording.randomized(further).startswith("One randomised wait-list trial")
    blinded = [*further, trial(GOOD, Control.WAIT_LIST, blinding="double-blind")]
    assert wording.randomized(blinded, is_first=False).startswith("Two randomised")


def test_people_are_added_up_as_far_as_they_are_known() -> None:
    """ "At least" where a trial does not say; nothing where none does; thousands are readable."""
    assert wording.people([trial(size=1200), trial(size=34)]) == "1,234 people"
    assert wording.people([trial(size=19), trial(size=None)]) == "at least 19 people"
    assert wording.people([trial(size=None)]) == ""


WORDS = ("No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten", "Eleven", "Twelve", "13")


def test_a_count_is_a_word_up_to_twelve() -> None:
    """Capital only where it begins a sentence."""
    assert tuple(map(wording.number, range(14))) == WORDS
    assert [wording.number(count, starts=False) for count in (0, 12, 13)] == ["no", "twelve", "13"]


def test_comparisons_without_randomisation_say_what_is_missing() -> None:
    """Alone, and beside randomised trials."""
    one, two = [trial()], [trial(), trial()]
    assert wording.comparisons(one) == (
        "One controlled comparison (19 people), not shown to be randomised, exists; no randomised trial has reported."
    )
    assert wording.comparisons(two).startswith(
        "Two controlled comparisons (38 people), not shown to be randomised, exist; no "
    )
    assert wording.not_counted(two) == (
        "Two further comparisons were controlled but not randomised (38 people); they are listed and not counted."
    )


def test_plans_are_told_as_plans() -> None:
    """One protocol, or several."""
    assert wording.protocol([trial()]) == (
        "The protocol of a randomised sham-controlled trial is published; no result yet."
    )
    assert wording.protocol([trial(), trial()]) == (
        "Protocols of two randomised sham-controlled trials are published; no result yet."
    )
    unknown = trial(control=Control.NOT_STATED)
    for plans, said in (
        ([unknown], "The protocol of a randomised trial is published"),
        ([unknown, unknown], "Protocols of two randomised trials are published"),
    ):
        assert wording.protocol(plans) == f"{said}; no result yet."
        assert wording.protocol(plans, is_silent=False) == f"{said}."


@pytest.mark.parametrize(
    ("included", "day", "said"),
    [
        (0, date(2012, 1, 1), "A systematic review (2012) found no eligible randomised trial."),
        (1, date(2012, 1, 1), "A systematic review (2012) includes one randomised trial."),
        (14, None, "A systematic review includes 14 randomised trials."),
    ],
)
def test_a_review_is_told_by_what_it_included(included: int, day: date | None, said: str) -> None:
    """With its year where it is known."""
    assert wording.review(ReviewLine("5", "", day, Design.SYSTEMATIC_REVIEW, included)) == said


def test_silent_trials_are_named_with_the_registrys_word() -> None:
    """One or several."""
    one, two = Trial("NCT1", "", status="terminated"), Trial("NCT2", "", status="completed")
    assert wording.silent([one]) == "One registered trial has no result in PubMed: NCT1 (terminated)."
    assert wording.silent([one, two]) == (
        "Two registered trials have no result in PubMed: NCT1 (terminated), NCT2 (completed)."
    )


def test_each_notice_on_a_trial_is_a_sentence() -> None:
    """With its name and its number."""
    flags = ("retracted", "expression of concern", "corrected")
    assert wording.flagged(trial(flags=flags)) == [
        "Siddiqui 2014 (NCT1) is retracted and no longer counts.",
        "An expression of concern has been published about Siddiqui 2014 (NCT1).",
        "Siddiqui 2014 (NCT1) has been corrected by an erratum.",
    ]


def test_whose_word_it_is_says_everybody_who_read() -> None:
    """By name, in alphabetical order, each once."""
    read = [trial(appraised_by="B. Reader"), trial(appraised_by="A. Reader"), trial(appraised_by="B. Reader"), trial()]
    assert wording.appraisal(read) == (
        "Three of four trials appraised by a person (A. Reader, B. Reader); the others as stated by the authors."
    )
    assert wording.appraisal([trial()]) == "Stated by the authors, not yet appraised by a person."
