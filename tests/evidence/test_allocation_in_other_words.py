"""Chance, turns and choice have many names: how people were allocated decides what the headline calls a study."""

from __future__ import annotations

from datetime import date

import pytest

from monitor import evidence
from tests.evidence.test_other_questions import topic
from tests.support.articles import article, judged

PATCH = topic("capsaicin patch", "shingles pain", ("placebo patch",))


def said(abstract: str, title: str = "Capsaicin patch for shingles pain") -> str:
    """The headline while one article is held."""
    return evidence.answer(PATCH, judged(article("1", title, abstract), topic=PATCH), (), date(2024, 1, 1)).sentence


@pytest.mark.parametrize(
    "allocated",
    [
        "Sixty patients with shingles pain were divided into a capsaicin patch and a placebo patch group by lot.",
        "Sixty patients with shingles pain drew sealed envelopes for a capsaicin patch or a placebo patch.",
        "Sixty people with shingles pain were allocated with opaque sealed envelopes to a capsaicin patch or placebo.",
        "A coin was tossed to allocate 60 patients with shingles pain to a capsaicin patch or placebo.",
        "Sixty patients with shingles pain were assigned by throwing dice to a capsaicin patch or placebo.",
        "Sixty patients with shingles pain were assigned by lottery to a capsaicin patch or placebo.",
        "Minimisation was not used. By drawing lots 60 patients with shingles pain had a capsaicin patch or placebo.",
        "Sixty patients with shingles pain were assigned through minimization to a capsaicin patch or placebo.",
        "Sixty cases of shingles pain were split into a capsaicin patch and a placebo group by a random number table.",
        "In a Zelen design 60 patients with shingles pain were offered a capsaicin patch or placebo.",
        "Sixty patients with shingles pain were randomised before consent to the offer of a capsaicin patch.",
        "Randomised N-of-1 trials of a capsaicin patch and placebo in 12 patients with shingles pain are reported.",
        "Names drawn from a hat decided which 60 patients with shingles pain had a capsaicin patch or placebo.",
        "Sixty patients with shingles pain were allocated by an urn design to a capsaicin patch or placebo.",
        "Sixty people with shingles pain had a capsaicin patch and placebo in a random sequence in a crossover study.",
        "In N-of-1 periods 12 patients with shingles pain had a capsaicin patch and placebo in random order.",
    ],
)
def test_chance_by_another_name_is_randomisation(allocated: str) -> None:
    """A coin, lots, envelopes, dice, minimisation, Zelen's design, periods of one person."""
    assert said(f"{allocated} Pain was no better.").startswith("One randomised")


@pytest.mark.parametrize(
    ("allocated", "title"),
    [
        ("Patients with shingles pain were assigned in turn to a capsaicin patch or placebo.", ""),
        ("Every second patient with shingles pain had a capsaicin patch; the other people had placebo.", ""),
        ("Patients with shingles pain were allocated in rotation to a capsaicin patch or placebo.", ""),
        ("Patients with shingles pain attending on even days had a capsaicin patch, the others placebo.", ""),
        ("Patients with shingles pain received a capsaicin patch and placebo in a counterbalanced order.", ""),
        (
            "Forty people chose the patch and were compared with forty who did not.",
            ": a non-randomised controlled trial",
        ),
        ("Four wards treated with the patch one after the other; patients were asked.", ": a stepped-wedge study"),
    ],
)
def test_turns_and_choice_are_a_controlled_comparison(allocated: str, title: str) -> None:
    """Predictable or chosen, so not by chance; and no absence either."""
    sentence = said(f"{allocated} Pain was no better.", f"Capsaicin patch for shingles pain{title}")
    assert sentence.startswith("One controlled comparison")


@pytest.mark.parametrize(
    "told",
    [
        "Patients with shingles pain were interviewed by randomly assigned interviewers about capsaicin patches.",
        "A lottery paid for the survey of 600 patients with shingles pain who used a capsaicin patch.",
        "We minimised bias in records of 600 patients with shingles pain treated with a capsaicin patch.",
        "Coins were given to 60 patients with shingles pain who used a capsaicin patch.",
    ],
)
def test_chance_that_allocates_no_treatment_makes_no_trial(told: str) -> None:
    """Interviewers, prizes, coins."""
    assert said(f"{told} Pain was mild.").startswith(("No trial that tests", "No treatment study"))
