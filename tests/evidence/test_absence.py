""" "No trial exists" is said only when no article held could contradict it; else what is held is said."""

from __future__ import annotations

from datetime import date

import pytest

from monitor import evidence
from tests.evidence.test_other_questions import topic
from tests.support.articles import article, judged

STOCKINGS = topic("compression stockings", "venous ulcers", ("bandages",))
TAPE = topic("kinesio taping", "shoulder impingement", ("sham taping",))
VAPING = topic("e-cigarettes", "smokers", ("nicotine patches",))
FEEDING = topic("early feeding", "colorectal cancer surgery")

MAY_BE = "one report that may be a trial awaits a person."
TELLS = "an article found speaks of a randomised trial that is not among those found."
NOTHING = "No treatment study of"
UNTESTED = "No trial that tests"


def said(asked: object, title: str, abstract: str, *types: str) -> str:
    """The headline while one article is held."""
    held = article("1", title, abstract, types=types or ("Journal Article",))
    return evidence.answer(asked, judged(held, topic=asked), (), date(2024, 1, 1)).sentence  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("title", "abstract", "kind"),
    [
        (
            "Stockings for venous ulcers: what now?",
            "In their randomised trial in 154 people {} healed ulcers.",
            "Letter",
        ),
        ("{} for venous ulcers", "Nine placebo-controlled trials of {} were reviewed. Most found a gain.", "Review"),
        (
            "{} in venous ulcers: recommendation",
            "We recommend them on the basis of two randomised trials.",
            "Guideline",
        ),
        ("{} beat bandages in venous ulcers, study finds", "The trial randomised 300 people.", "News"),
        (
            "Time to leave {} in venous ulcers?",
            "The FOOT trial randomised 457 patients to {} or bandages.",
            "Editorial",
        ),
        ("{} in a man with venous ulcers", "An ulcer closed. An RCT found {} better than bandages.", "Case Reports"),
        ("Correction: {} in venous ulcers: a randomised controlled trial", "Table 2 was wrong.", "Published Erratum"),
        ("{} no better than bandages in venous ulcers in a randomised trial", "It closes a debate.", "Comment"),
        ("{} for venous ulcers", "The update brings the number of included studies to 48.", "Systematic Review"),
        ("{} and venous ulcers", "A small randomised trial favoured {}, but larger ones are needed.", "Comment"),
    ],
)
def test_an_article_that_speaks_of_a_trial_forbids_to_say_that_there_is_none(
    title: str, abstract: str, kind: str
) -> None:
    """Letters, reviews, guidelines, news, corrections, case reports: somewhere a trial exists."""
    name = "compression stockings"
    assert said(STOCKINGS, title.format(name.capitalize()), abstract.format(name), kind).endswith(
        f"certain yet; {TELLS}"
    )


@pytest.mark.parametrize(
    ("title", "abstract", "kind"),
    [
        (
            "Compression stockings in venous ulcers",
            "A randomised trial is under way. Until then we advise them.",
            "Letter",
        ),
        ("Compression stockings in venous ulcers", "They have not been tested in a randomised trial.", "Editorial"),
        ("Compression stockings in venous ulcers", "No randomised trial has been done. One should be.", "Editorial"),
        (
            "Compression stockings in venous ulcers",
            "We call for randomised trials of compression stockings.",
            "Comment",
        ),
        ("Compression stockings in venous ulcers", "We recommend a randomised trial of the stockings.", "Editorial"),
        (
            "Compression stockings for venous ulcers",
            "Selection criteria: randomised trials of compression stockings. No trials met the criteria.",
            "Systematic Review",
        ),
        (
            "Bandages in venous ulcers",
            "A randomised trial of honey healed ulcers. Compression stockings itch.",
            "Letter",
        ),
    ],
)
def test_a_call_for_a_trial_or_a_trial_of_something_else_contradicts_nothing(
    title: str, abstract: str, kind: str
) -> None:
    """Wished for, running, not found, or of another treatment."""
    assert TELLS not in said(STOCKINGS, title, abstract, kind)


@pytest.mark.parametrize(
    ("asked", "title", "abstract"),
    [
        (
            TAPE,
            "Kinesio taping and shoulder impingement",
            "The taped group of 30 patients with shoulder impingement had less pain than the control group (p=0.02).",
        ),
        (
            TAPE,
            "Kinesio taping compared with sham taping: muscle activity",
            "We randomised 40 volunteers to kinesio taping or sham taping. Ten of them had shoulder impingement.",
        ),
        (
            FEEDING,
            "Early feeding after resection of colorectal cancer: a randomised trial",
            "Patients for surgery of a colorectal cancer (n=90) were randomised to early feeding or fasting.",
        ),
        (
            VAPING,
            "E-cigarettes for quitting: a randomised trial",
            "We randomised 300 pregnant women who smoke to e-cigarettes or patches. Quit rates did not differ.",
        ),
    ],
)
def test_a_report_that_may_be_a_trial_of_the_question_forbids_to_say_that_there_is_none(
    asked: object, title: str, abstract: str
) -> None:
    """It compares and does not say how people were allocated, or it says in other words who they were."""
    assert said(asked, title, abstract).endswith(f"certain yet; {MAY_BE}")


@pytest.mark.parametrize(
    ("title", "abstract", "says"),
    [
        ("Kinesio taping for ankle sprains: a randomised trial", "We randomised 60 patients with sprains.", NOTHING),
        (
            "Kinesio taping for ankle sprains: a randomised trial",
            "Kinesio taping is popular in shoulder impingement. We randomised 60 people to taping or rest.",
            NOTHING,
        ),
        (
            "Kinesio taping for ankle sprains: a randomised trial",
            "We randomised 60 people with sprains to taping or rest. Shoulder impingement excluded a person.",
            NOTHING,
        ),
        ("Kinesio taping in shoulder impingement", "Pain fell from 6 to 3 in eleven patients given taping.", UNTESTED),
    ],
)
def test_a_trial_in_other_people_and_a_report_without_a_comparison_contradict_nothing(
    title: str, abstract: str, says: str
) -> None:
    """Background and people left out are not whom a trial is about."""
    assert said(TAPE, title, abstract).startswith(says)


def test_an_indexer_who_saw_a_clinical_trial_may_be_right() -> None:
    """The title alone says nothing."""
    title = "Kinesio taping in shoulder impingement"
    assert said(TAPE, title, "", "Journal Article", "Clinical Trial").endswith(f"certain yet; {MAY_BE}")
    assert said(TAPE, title, "").startswith(UNTESTED)


def test_an_extension_is_of_a_trial_that_is_known_and_not_planned() -> None:
    """Its people completed the trial."""
    sentence = said(
        STOCKINGS,
        "Open-label extension of compression stockings in venous ulcers",
        "90 people who completed the randomised controlled HEAL trial rolled over to open-label stockings.",
    )
    assert sentence.endswith("certain yet; one trial is known by its secondary reports alone.")


def test_beside_a_comparison_no_missing_randomised_trial_is_claimed_either() -> None:
    """A letter speaks of one."""
    compared = article(
        "1",
        "Kinesio taping in shoulder impingement: a controlled trial",
        "Sixty patients with shoulder impingement were alternately allocated to kinesio taping or rest.",
    )
    told = article(
        "2",
        "Kinesio taping",
        "A randomised trial of kinesio taping in shoulder impingement found no gain.",
        types=("Letter",),
    )
    found = evidence.answer(TAPE, judged(compared, told, topic=TAPE), (), date(2024, 1, 1))
    assert found.sentence == f"One controlled comparison (60 people), not shown to be randomised, exists; {TELLS}"


def test_what_may_be_a_trial_waits_in_the_pile_for_a_person() -> None:
    """Else nobody could settle it."""
    held = article(
        "1",
        "Early feeding after resection of colorectal cancer: a randomised trial",
        "Patients for surgery of a colorectal cancer (n=90) were randomised to early feeding or fasting.",
    )
    assert [one.article.pmid for one in evidence.awaiting(judged(held, topic=FEEDING)).possible] == ["1"]
