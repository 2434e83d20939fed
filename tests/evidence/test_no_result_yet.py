"""A trial has reported when what it found is told: not while it runs, how it went, or who would take part."""

from __future__ import annotations

from datetime import date

import pytest

from monitor import evidence
from tests.evidence.test_other_questions import topic
from tests.support.articles import article, judged

ZINC = topic("zinc lozenges", "common cold", ("placebo",))
RUNNING = "Trials of zinc lozenges in common cold are planned; none has reported a result."
KNOWN = "certain yet; one trial is known by its secondary reports alone."


def said(title: str, abstract: str) -> str:
    """The headline while one article is held."""
    return evidence.answer(ZINC, judged(article("1", title, abstract), topic=ZINC), (), date(2024, 1, 1)).sentence


@pytest.mark.parametrize(
    ("title", "abstract"),
    [
        (
            "Zinc lozenges for the common cold: where we stand",
            "So far 80 of 200 people with a common cold have been randomised to zinc lozenges or placebo. "
            "There is no result yet.",
        ),
        (
            "The COLDZ randomised trial of zinc lozenges in the common cold",
            "People with a common cold were randomised to zinc lozenges or placebo. Enrolment continues until May.",
        ),
        (
            "Zinc lozenges for the common cold: halfway through a randomised trial",
            "One hundred people with a common cold were randomised to zinc lozenges or placebo. No results are known.",
        ),
    ],
)
def test_a_trial_that_runs_is_planned_and_has_not_reported(title: str, abstract: str) -> None:
    """Some people are randomised, and nothing is known."""
    assert said(title, abstract).startswith(RUNNING)


@pytest.mark.parametrize(
    "title",
    [
        "Barriers to recruitment in a randomised trial of zinc lozenges for the common cold",
        "Lessons from a terminated randomised trial of zinc lozenges in the common cold",
        "Conduct of a randomised trial of zinc lozenges in the common cold during a lockdown",
        "Why we stopped a randomised trial of zinc lozenges in the common cold",
        "Characteristics of people with a common cold in a randomised trial of zinc lozenges",
        "Difficulties in running a randomised trial of zinc lozenges for the common cold",
    ],
)
def test_a_paper_on_how_a_trial_went_has_no_result(title: str) -> None:
    """It tells that there was one."""
    told = "Twelve people with a common cold were randomised to zinc lozenges or placebo, of 300 planned."
    assert said(title, told).endswith(KNOWN)


@pytest.mark.parametrize(
    ("title", "abstract"),
    [
        (
            "Would people with a common cold join a trial of zinc lozenges?",
            "Of 90 people with a common cold 60 would take part in a randomised trial of zinc lozenges.",
        ),
        (
            "Zinc lozenges and the common cold: an online survey",
            "We asked 300 people with a common cold about participating in a randomised placebo-controlled trial.",
        ),
        (
            "Willingness to join a randomised trial of zinc lozenges in the common cold",
            "A questionnaire was sent to 90 people with a common cold.",
        ),
    ],
)
def test_people_who_were_asked_whether_they_would_take_part_took_part_in_nothing(title: str, abstract: str) -> None:
    """There is no trial yet."""
    assert "trial" not in said(title, abstract).removeprefix("No trial that tests")


def test_a_result_beside_such_words_is_a_result() -> None:
    """Follow-up continues after a result; tissue is retracted, not an article."""
    told = (
        "We randomised 80 people with a common cold to zinc lozenges or placebo. Colds were shorter with zinc lozenges "
    )
    told += "than with placebo (p=0.01). Follow-up continues."
    assert said("Zinc lozenges in the common cold: a randomised trial", told).startswith("One randomised")
    assert said("Retraction of the eardrum and zinc lozenges in the common cold", told).startswith("One randomised")
