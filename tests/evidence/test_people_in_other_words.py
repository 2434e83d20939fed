"""Whom a trial is about, where it does not name them as the question does: spelled otherwise, healthy yet, or dogs."""

from __future__ import annotations

from datetime import date

import pytest

from monitor import evidence
from tests.evidence.test_other_questions import topic
from tests.support.articles import article, judged

MASSAGE = topic("infant massage", "preterm birth weight")
BALM = topic("lip balm", "cold sores")
PADS = topic("gel pads", "pressure ulcers")
NOTHING = "No treatment study of"


def said(asked: object, title: str, abstract: str) -> str:
    """The headline while one article is held."""
    held = judged(article("1", title, abstract), topic=asked)  # type: ignore[arg-type]
    return evidence.answer(asked, held, (), date(2024, 1, 1)).sentence  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("people", "written"),
    [
        ("preterm birth", "pre-term births"),
        ("low birth weight", "low birthweight"),
        ("post-thrombotic syndrome", "postthrombotic syndrome"),
        ("wound infections", "a wound-infection"),
        ("Crohn's disease", "Crohn’s disease"),
        ("brain tumor", "brain tumours"),
        ("ear & nose disease", "ear and nose disease"),
    ],
)
def test_a_trial_in_people_who_are_spelled_otherwise_counts(people: str, written: str) -> None:
    """A hyphen, a joined word, a plural, an apostrophe, the other side of the ocean."""
    asked = topic("lip balm", people)
    sentence = said(
        asked, "Lip balm: a randomised trial", f"Sixty patients with {written} had lip balm or none at random."
    )
    assert not sentence.startswith(NOTHING)
    sentence = said(asked, "A randomised trial", f"We randomised 60 patients with {written} to lip balm or no balm.")
    assert sentence.startswith("One randomised trial (60 people)")


def test_people_who_were_randomised_need_no_other_word_for_them() -> None:
    """ "886 smokers underwent randomization"."""
    asked = topic("hypnosis", "smokers")
    told = "A total of 612 smokers underwent randomization to hypnosis or advice."
    assert said(asked, "A randomised trial of hypnosis", told).startswith("One randomised")


@pytest.mark.parametrize(
    ("title", "abstract"),
    [
        (
            "Gel pads for nursing home residents: a randomised trial",
            "We randomised 300 residents to gel pads or foam. Gel pads did not reduce pressure ulcers.",
        ),
        (
            "Gel pads for prevention of skin damage: a randomised trial",
            "We randomised 300 residents to gel pads or foam. The incidence of pressure ulcers was 4% and 9%.",
        ),
        (
            "Preventing harm on the operating table: randomised trial of gel pads",
            "We randomised 300 people to gel pads or foam. Pressure ulcers occurred in 12 and 27.",
        ),
    ],
)
def test_a_condition_that_is_to_be_prevented_is_of_the_question_though_nobody_has_it(title: str, abstract: str) -> None:
    """It is the outcome: people are at risk of it."""
    assert said(PADS, title, abstract).startswith("One randomised")


def test_a_condition_that_is_only_an_unwanted_effect_is_not_the_people() -> None:
    """A sore beside the trial."""
    sentence = said(
        BALM,
        "Lip balm after dental surgery: a randomised trial",
        "We randomised 60 adults to lip balm or none. Comfort did not differ. One person had to leave.",
    )
    assert sentence.startswith(NOTHING)


ANIMALS = [
    ("Fish oil for itchy dogs: a randomised trial", "Forty client-owned dogs with dermatitis were randomised to {}."),
    ("Fish oil in canine dermatitis", "Dogs with canine dermatitis (n=40) were randomly assigned to {}."),
]


@pytest.mark.parametrize(("title", "abstract"), ANIMALS)
def test_a_question_about_animals_counts_trials_in_animals_and_calls_them_no_people(title: str, abstract: str) -> None:
    """Its own words say dogs."""
    asked = topic("fish oil", "dermatitis in dogs", ("placebo",))
    words = asked.question.population.words
    assert words == ("dermatitis in dogs",)
    told = abstract.format("fish oil or placebo") + " The dermatitis in dogs was milder."
    sentence = said(asked, title, told)
    assert sentence.startswith("One randomised placebo-controlled trial")
    assert "people" not in sentence


@pytest.mark.parametrize(("title", "abstract"), ANIMALS)
@pytest.mark.parametrize("people", ["dermatitis", "dog bites", "cat allergy"])
def test_a_question_about_people_counts_none_of_them(title: str, abstract: str, people: str) -> None:
    """Not where an animal only bit them."""
    asked = topic("fish oil", people, ("placebo",))
    assert said(asked, title, abstract.format("fish oil or placebo")).startswith(NOTHING)


def test_other_animals_and_people_are_not_the_animals_asked_about() -> None:
    """Cats for a question about dogs."""
    asked = topic("fish oil", "canine dermatitis", ("placebo",))
    for whom in ("cats", "children"):
        told = f"Forty {whom} with dermatitis were randomised to fish oil or placebo."
        assert said(asked, f"Fish oil in {whom} with dermatitis: a randomised trial", told).startswith(NOTHING)
