"""A term that an abstract writes out once and abbreviates from then on is the same term."""

from __future__ import annotations

from datetime import date

import pytest

from monitor import evidence
from monitor.model import Topic
from tests.evidence.test_other_questions import topic
from tests.support.articles import article, judged

PELVIC = topic("pelvic floor training", "urinary incontinence", ("usual care",))
SLEEP = topic("mandibular advancement", "obstructive sleep apnoea")
KNOWN_BY_LETTERS = topic("ECT", "depression")
COUNTED = "One randomised"
UNTESTED = ("No trial that tests", "No treatment study")


def said(asked: Topic, title: str, abstract: str) -> str:
    """The headline while one article is held."""
    return evidence.answer(asked, judged(article("1", title, abstract), topic=asked), (), date(2024, 1, 1)).sentence


@pytest.mark.parametrize(
    ("title", "defined", "short"),
    [
        ("PFT in women", "Pelvic floor training (PFT) is common.", "PFT"),
        ("A trial in women", "Little is known of pelvic floor training (PFT).", "PFT"),
        ("A trial in women", "Supervised pelvic floor training (SPFT) is common.", "SPFT"),
        ("A trial in women", "PFT (pelvic floor training) is common.", "PFT"),
        ("A trial in women", "Pelvic floor training [PFT] is common.", "PFT"),
        ("A trial in women", "Objective: to test high-dose pelvic floor training (HD-PFT).", "HD-PFT"),
        ("A trial in women", "Pelvic floor training (PFTr) is common.", "PFTr"),
    ],
)
def test_an_intervention_that_is_abbreviated_after_its_first_mention_is_found(
    title: str, defined: str, short: str
) -> None:
    """In the title, the arms and the conclusion stand the letters alone."""
    told = (
        f"Background: {defined} Methods: 90 women with urinary incontinence were randomised to {short} or usual care."
    )
    end = f"Results: leaks were 2 and 4 (p=0.01). Conclusion: {short} significantly reduced leaks."
    assert said(PELVIC, title, f"{told} {end}").startswith(f"{COUNTED} usual-care-controlled trial (90 people)")


def test_a_population_that_is_abbreviated_after_its_first_mention_is_found() -> None:
    """ "… (OSA) is common. 80 adults with OSA"."""
    told = "Background: Obstructive sleep apnoea (OSA) is common. Methods: 80 adults with OSA were randomised to "
    told += "mandibular advancement or no treatment. Results: arousals were fewer (p=0.01)."
    assert said(SLEEP, "Mandibular advancement: a randomised trial", told).startswith(COUNTED)


def test_a_question_that_knows_the_letters_alone_learns_the_words_from_the_record() -> None:
    """The abstract uses the letters once."""
    told = "Background: Electroconvulsive therapy is old. Electro-convulsive therapy (ECT) may help. "
    told += "Methods: 80 adults with depression were randomised to electroconvulsive therapy or sham."
    assert said(KNOWN_BY_LETTERS, "Electroconvulsive therapy in depression: a randomised trial", told).startswith(
        COUNTED
    )


@pytest.mark.parametrize(
    ("defined", "short"),
    [
        ("Sham pelvic floor training (SPFT) is possible.", "SPFT"),
        ("Barriers to pelvic floor training (BPFT) are known.", "BPFT"),
        ("Pelvic floor training (see PEDro) is common.", "PEDro"),
        ("Pelvic floor training (NICE) is common.", "NICE"),
        ("Vaginal pelvic floor training (VAG) is common.", "VAG"),
    ],
)
def test_letters_that_stand_for_something_else_are_not_the_intervention(defined: str, short: str) -> None:
    """Its sham, what is about it, another word."""
    told = f"Background: {defined} Methods: 90 women with urinary incontinence were randomised to {short} or tea."
    assert said(PELVIC, f"{short} in women: a randomised trial", f"{told} Leaks did not differ.").startswith(UNTESTED)
