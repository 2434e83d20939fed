"""Does a record test the question's treatment in its people? With the words that say so, or why not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from monitor import evidence
from monitor.evidence.article.bearing.relevance import matcher
from monitor.model import AbstractSection, Article, MeshHeading, Relevance, Terms
from tests.support.articles import TOPIC, article

BOTH = "Patients with multiple sclerosis underwent venous angioplasty."


def bearing(title: str, text: str = "", **fields: object) -> Relevance:
    """How a record bears on the question."""
    return evidence.assess(article("1", title, text, **fields), TOPIC).relevance


def reasons(found: Relevance) -> list[tuple[str, str, str]]:
    """Rule, field and words of each reason."""
    return [(one.rule, one.field, one.words) for one in found.basis]


def test_a_title_that_names_both_is_enough() -> None:
    """In the words of the title."""
    found = bearing("Venous angioplasty in multiple sclerosis")
    assert (found.is_match, found.intervention, found.population, found.why_not) == (True, True, True, "")
    assert reasons(found) == [
        ("question.intervention", "title", "Venous angioplasty"),
        ("question.population", "title", "multiple sclerosis"),
    ]


def test_a_sentence_that_says_what_was_done_to_whom_is_enough() -> None:
    """Quoted as the reason; not where it only tells what others found, hoped or left out."""
    found = bearing("A study", f"Nothing is known. {BOTH} All was well.")
    assert reasons(found) == [("question.intervention", "abstract", BOTH), ("question.population", "abstract", BOTH)]
    for unlike in (
        "Previously, patients with multiple sclerosis underwent venous angioplasty.",
        f"Unlike here: {BOTH}",
    ):
        assert not bearing("A study", f"Nothing is known. {unlike} All was well.").is_match


def test_the_background_tells_of_others() -> None:
    """Under its heading, or as the first of several sentences without a word of own work."""
    opening = "Venous angioplasty has effects of many kinds in multiple sclerosis."
    assert not bearing("A study", f"{opening} It was seen. All was well.").intervention
    assert bearing("A study", f"Nothing is known. {opening} All was well.").intervention
    assert bearing("A study", f"{opening} All was well.").intervention
    assert bearing("A study", f"We ask: {opening.lower()} It was seen. All was well.").intervention
    parts = (AbstractSection("It was seen.", label="METHODS"), AbstractSection(f"We saw. {opening}", label="CONTEXT"))
    assert not evidence.assess(replace(article("1", "A study"), abstract=parts), TOPIC).relevance.intervention
    assert evidence.assess(replace(article("1", "A study"), abstract=parts[::-1]), TOPIC).relevance.population is False
    told = (parts[0], AbstractSection(parts[1].text, label="RESULTS"))
    assert evidence.assess(replace(article("1", "A study"), abstract=told), TOPIC).relevance.is_match


@pytest.mark.parametrize(
    ("title", "text", "why"),
    [
        (
            "Walking in multiple sclerosis",
            "Nothing.",
            "The record does not name venous angioplasty; it is not what the study tested.",
        ),
        (
            "Stents in gout",
            "Nothing.",
            "The record does not name multiple sclerosis; it is not whom the study is about.",
        ),
        (
            "Walking in multiple sclerosis",
            "Venous angioplasty is known.",
            "The record only mentions “Venous angioplasty”; it is not what the study tested.",
        ),
        (
            "A study",
            "Nothing.",
            "The record does not name venous angioplasty; it is not what the study tested, "
            "and does not name multiple sclerosis; it is not whom the study is about.",
        ),
        (
            "Venous angioplasty of mice with multiple sclerosis: a mouse study",
            "",
            "The study is of animals or in vitro.",
        ),
    ],
)
def test_what_bears_on_another_question_says_why(title: str, text: str, why: str) -> None:
    """A sentence for a person to check."""
    found = bearing(title, text)
    assert (found.is_match, found.why_not) == (False, why)


NO_TREATMENT = "The record does not name venous angioplasty; it is not what the study tested"
MENTIONED = "The record only mentions “Venous angioplasty”; it is not what the study tested"
MS_MENTIONED = "only mentions “multiple sclerosis”; it is not whom the study is about."
NO_MS = "does not name multiple sclerosis; it is not whom the study is about."
A_TRIAL = "Patients with multiple sclerosis were randomly assigned to "


@pytest.mark.parametrize(
    ("title", "text", "why"),
    [
        ("Sleep in multiple sclerosis", "We followed people with multiple sclerosis.", f"{NO_TREATMENT}."),
        (
            "Veins in multiple sclerosis",
            "We followed people with multiple sclerosis. Venous angioplasty has been proposed.",
            f"{MENTIONED}.",
        ),
        (
            "Venous angioplasty for stroke",
            "We treated people with stroke by venous angioplasty.",
            f"The record {NO_MS}",
        ),
        (
            "Venous angioplasty for stroke",
            "We treated people with stroke by venous angioplasty. Others have multiple sclerosis.",
            f"The record {MS_MENTIONED}",
        ),
        ("A cohort of walking", "We followed people.", f"{NO_TREATMENT}, and {NO_MS}"),
        ("A cohort of walking", "We followed people. Venous angioplasty is discussed.", f"{MENTIONED}, and {NO_MS}"),
        (
            "A cohort of walking",
            "We followed people. Some had multiple sclerosis.",
            f"{NO_TREATMENT}, and {MS_MENTIONED}",
        ),
        (
            "A cohort of walking",
            "We followed people. Venous angioplasty is discussed. Some had multiple sclerosis.",
            f"{MENTIONED}, and {MS_MENTIONED}",
        ),
        ("Balloons in cats", "Venous angioplasty was used in ten cats.", "The study is of animals or in vitro."),
        (
            "Venous angioplasty in multiple sclerosis: a randomized trial",
            f"{A_TRIAL}low pressure venous angioplasty or high pressure venous angioplasty.",
            "Venous angioplasty is not what differs between the groups.",
        ),
        (
            "Training for venous angioplasty in multiple sclerosis: a randomized trial",
            "Surgeons were randomly assigned to training in venous angioplasty or none.",
            "It is not certain that a group was allocated to the intervention itself.",
        ),
    ],
)
def test_a_reader_learns_why_a_record_is_not_of_the_question(title: str, text: str, why: str) -> None:
    """What it lacks, what it only mentions, what it tests instead."""
    found = bearing(title, text)
    assert (found.is_match, found.why_not) == (False, why)


def test_what_the_question_excludes_is_no_match_unless_the_title_names_both() -> None:
    """The excluded word is among the reasons."""
    found = bearing("Venous angioplasty in Ménière disease", "Patients with multiple sclerosis were studied.")
    assert (found.is_match, found.intervention, found.population) == (False, True, True)
    assert found.why_not == "It is about “Ménière”, which this question excludes."
    assert reasons(found)[-1] == ("question.words", "title", "Ménière")
    assert bearing("Venous angioplasty in multiple sclerosis and Ménière disease").is_match
    assert not bearing("Venous angioplasty and sleep", f"{BOTH} Ménière disease is another matter.").is_match


def test_two_forms_of_the_treatment_against_each_other_test_neither() -> None:
    """Unless the sentence names another comparator; the same word twice or three forms are no pair of arms."""
    title = "Venous angioplasty in multiple sclerosis"
    pair = bearing(title, "Half had venous angioplasty versus stenting.")
    assert pair.why_not == (
        "Both groups had the intervention (“venous angioplasty” and “stenting”), so it is not tested against a control."
    )
    assert not pair.is_match
    for other in (
        "Half had venous angioplasty versus stenting or sham.",
        "Half had venous angioplasty versus venous angioplasty.",
        "Half had venous angioplasty versus stenting and venoplasty.",
        "Half had venous angioplasty and then stenting.",
    ):
        assert bearing(title, other).is_match, other
    later = "Half had venous angioplasty versus venous angioplasty. Half had venous angioplasty versus stenting."
    assert not bearing(title, later).is_match


def test_headings_of_an_indexer_tell_the_people_and_the_treatment() -> None:
    """Where the words do not."""

    def with_mesh(one: Article, *names: str) -> Relevance:
        headed = replace(one, mesh=tuple(MeshHeading("", name) for name in ("Humans", *names)))
        return evidence.assess(headed, topic).relevance

    terms = replace(TOPIC.question.intervention, mesh=("Angioplasty",))
    topic = replace(TOPIC, question=replace(TOPIC.question, intervention=terms))
    silent = article("1", "A study", "Nothing is known.")
    assert reasons(with_mesh(silent, "Angioplasty", "Multiple Sclerosis")) == [
        ("question.intervention", "MeSH", "Angioplasty"),
        ("question.population", "MeSH", "Multiple Sclerosis"),
    ]
    assert not with_mesh(silent, "Multiple Sclerosis").is_match


@pytest.mark.parametrize(
    ("word", "text", "is_found"),
    [
        ("vein*", "veins", True),
        ("vein", "veins", False),
        ("vein", "a vein.", True),
        ("vein", "bovein", False),
        ("wait list", "wait-list", True),
        ("wait list", "wait  list", True),
        ("wait list", "waitlist", True),
        ("low birth weight", "low birthweight", True),
        ("postpartum haemorrhage", "post-partum hemorrhage", True),
        ("hypoxic-ischaemic encephalopathy", "hypoxic ischemic encephalopathy", True),
        ("cin", "cin2+", True),
        ("vitamin d", "vitamind", False),
        ("angio*plasty", "angioplasty", True),
        ("angio*plasty", "angio-plasty", False),
        (" VEIN ", "vein", True),
        ("c++", "c++ x", True),
    ],
)
def test_a_word_of_the_question_matches_as_a_searcher_expects(word: str, text: str, is_found: bool) -> None:
    """A star truncates, words may be joined or hyphenated, a grade may follow letters, and the longest word wins."""
    pattern = matcher(Terms((word, "")))
    assert pattern
    assert bool(pattern.search(text)) is is_found
    assert matcher(Terms(("", " "))) is None
    longest = matcher(Terms(("vein", "vein wall")))
    assert longest
    assert longest.findall("vein wall") == ["vein wall"]
