"""What makes two reports without a common number one trial: authors in common, and one thing more."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from monitor.evidence.question.likeness import likeness, trial_names, words_of_the_field
from monitor.model import Control, Design, Judged, Level, Verdict
from tests.support.articles import article

BOTH = "shared authors Bianchi A, Rossi A"
OTHER = "Copper in winter"
SAME_TITLE = "nearly the same title"
PEOPLE = "60 people in both"
VERSION = "a report of another stage or language"


def report(pmid: str = "1", title: str = "Zinc for colds", text: str = "", **fields: Any) -> Judged:
    """The final report of a randomised trial by two authors; the fields are those of the article or of its verdict."""
    of_article = {"day": "2014-01-01", "authors": ("Rossi", "Bianchi")}
    for name in ("day", "authors", "languages", "keywords"):
        if name in fields:
            of_article[name] = fields.pop(name)
    verdict = Verdict(pmid, "t", fields.pop("design", Design.RANDOMIZED), Level.STATED, "1", **fields)
    return Judged(article(pmid, title, text, **of_article), verdict)  # type: ignore[arg-type]  # fields by name


def tie(one: Judged, two: Judged, *common: str) -> tuple[str, bool] | None:
    """Why they are one trial and whether that is sure, whichever is looked at first."""
    found, other_way = likeness(one, two, frozenset(common)), likeness(two, one, frozenset(common))
    assert found == other_way
    return (found.why, found.is_sure) if found else None


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({}, f"{BOTH} and {SAME_TITLE}"),
        ({"authors": ("Verdi",)}, ""),
        ({"authors": ()}, ""),
        ({"authors": ("Rossi", "Verdi")}, f"shared author Rossi A and {SAME_TITLE}"),
        ({"day": "2024-12-31"}, f"{BOTH} and {SAME_TITLE}"),
        ({"day": "2025-01-01"}, ""),
        ({"title": OTHER}, ""),
        ({"title": "Zinc for winter colds"}, ""),
        ({"title": "Zinc for colds: the results of a randomised trial"}, f"{BOTH} and {SAME_TITLE}"),
    ],
)
def test_authors_in_common_and_nearly_the_same_title(fields: dict[str, Any], why: str) -> None:
    """Within ten years; neither is enough alone, and words that stand in every title tell nothing."""
    assert tie(report(), report("2", **fields)) == ((why, True) if why else None)


def test_three_authors_are_named_of_many() -> None:
    """In the order of the alphabet."""
    names = ("Neri", "Verdi", "Bianchi", "Rossi")
    assert tie(report(authors=names), report("2", authors=names)) == (
        f"shared authors Bianchi A, Neri A, Rossi A and {SAME_TITLE}", True,
    )  # fmt: skip


def test_the_proper_name_of_a_trial_in_both_titles() -> None:
    """Unless it is a word of the field, or one that the article is indexed under."""
    first, later = report("1", "The PREMiSe trial of zinc"), report("2", "Later colds in PREMiSe")
    assert tie(first, later) == (f"{BOTH} and the name premise", True)
    assert tie(first, report("2", "Later colds in premise")) is None
    assert tie(first, later, "premise") is None
    assert tie(replace(first, article=replace(first.article, keywords=("PREMISE",))), later) is None


def test_two_trials_of_one_programme_are_two() -> None:
    """HTN-2 and HTN-3; the programme's name alone, or the same number, are one."""
    two = report("1", "SYMPLICITY HTN-2: zinc for colds")
    assert tie(two, report("2", "SYMPLICITY HTN-3: zinc for colds")) is None
    assert tie(two, report("2", "SYMPLICITY HTN-2 after years")) == (f"{BOTH} and the name htn-2", True)
    assert tie(two, report("2", "SYMPLICITY after years")) == (f"{BOTH} and the name symplicity", True)


@pytest.mark.parametrize(
    ("fields", "found"),
    [
        ({"title": OTHER, "sample_size": 60}, (f"{BOTH} and {PEOPLE}", False)),
        ({"title": OTHER, "sample_size": 61}, None),
        ({"title": OTHER}, None),
        ({"title": OTHER, "sample_size": 60, "day": "2019-12-31"}, (f"{BOTH} and {PEOPLE}", False)),
        ({"title": OTHER, "sample_size": 60, "day": "2020-01-01"}, None),
        ({"title": OTHER, "sample_size": 60, "stage": "interim"}, (f"{BOTH} and {PEOPLE}", True)),
        (
            {"title": OTHER, "sample_size": 60, "design": Design.SECONDARY_ANALYSIS},
            (f"{BOTH} and {PEOPLE}", True),
        ),
        ({"sample_size": 61}, (f"{BOTH} and {SAME_TITLE}", False)),
        ({"sample_size": 61, "stage": "interim"}, (f"{BOTH} and {SAME_TITLE}", True)),
        ({}, (f"{BOTH} and {SAME_TITLE}", True)),
    ],
)
def test_the_same_number_of_people_within_five_years(fields: dict[str, Any], found: tuple[str, bool] | None) -> None:
    """Two final reports with it may still be two trials, and so may two of one title with other numbers."""
    assert tie(report(sample_size=60), report("2", **fields)) == found


@pytest.mark.parametrize(
    ("one", "two", "is_one"),
    [
        (Control.ACTIVE, Control.SHAM, False),
        (Control.PLACEBO, Control.SHAM, True),
        (Control.NOT_STATED, Control.SHAM, True),
        (Control.SHAM, Control.SHAM, True),
    ],
)
def test_two_final_reports_with_other_controls_are_two_trials(one: Control, two: Control, *, is_one: bool) -> None:
    """Sham and placebo may be one in two words; an interim report with another control is of another trial too."""
    assert (tie(report(control=one), report("2", control=two)) is not None) is is_one
    interim = report("2", OTHER, control=two, stage="interim")
    assert (tie(report(control=one), interim) is not None) is is_one


@pytest.mark.parametrize(
    ("title", "text", "is_one"),
    [
        ("Zinc for colds", "This is a second trial of zinc.", False),
        ("Zinc for colds: a companion randomised study", "", False),
        ("Zinc for colds", "A second look at zinc.", True),
    ],
)
def test_a_report_that_calls_itself_another_trial_is_one(title: str, text: str, *, is_one: bool) -> None:
    """In its title or its abstract."""
    assert (tie(report(), report("2", title, text)) is not None) is is_one


def test_titles_that_differ_in_one_word_each_are_of_two_trials() -> None:
    """Unless the word is an outcome that one of them tells of: one trial in two papers."""
    children = report("1", "Zinc for colds at day care in children", "Fever was lower with zinc.")
    adults = report("2", "Zinc for colds at day care in adults", "Fever was lower with zinc.")
    assert tie(children, adults) is None
    people = {"sample_size": 60}
    fever = report("1", "Zinc for colds at day care: fever", "Fever was lower with zinc.", **people)
    sleep = report("2", "Zinc for colds at day care: sleep", "Sleep improved with zinc.", **people)
    assert tie(fever, sleep) == (f"{BOTH} and {PEOPLE}", False)
    shorter, longer = (
        report(str(n), title, **people) for n, title in ((1, "Zinc, colds"), (2, "Zinc, colds, sun, sea, ice"))
    )
    assert tie(shorter, longer) == (f"{BOTH} and {PEOPLE}", False)
    alone = replace(sleep, article=replace(sleep.article, authors=sleep.article.authors[:1]))
    assert tie(fever, alone) is None
    assigned = report("2", "Zinc for colds at day care: sleep", "Sleep was randomly assigned, and improved.", **people)
    unmoved = report("1", "Zinc for colds at day care: fever", "Fever was seen.", **people)
    assert tie(unmoved, assigned) is None


@pytest.mark.parametrize("stage", ["interim", "preprint", "abstract", "thesis", "follow-up", "secondary", "pilot", ""])
def test_a_provisional_report_by_the_same_authors_may_be_of_the_trial(stage: str) -> None:
    """Under any title; a pilot is a trial of its own."""
    is_version = stage not in ("pilot", "")
    other = report("2", OTHER, stage=stage)
    assert tie(report(), other) == ((f"{BOTH} and {VERSION}", False) if is_version else None)
    assert tie(report(), replace(other, verdict=replace(other.verdict, design=Design.COHORT))) is None


def test_half_of_the_authors_and_two_at_least_make_another_version() -> None:
    """Of the shorter list."""
    four = report(authors=("Neri", "Rossi", "Verdi", "Blu"))
    assert tie(four, report("2", OTHER, stage="thesis", authors=("Neri",))) is None
    assert tie(four, report("2", OTHER, stage="thesis", authors=("Neri", "Rossi", "X", "Y"))) is not None
    assert tie(four, report("2", OTHER, stage="thesis", authors=("Neri", "X", "Y", "Z"))) is None
    five = report(authors=("Neri", "Rossi", "A", "B", "C"))
    assert tie(five, report("2", OTHER, stage="thesis", authors=("Neri", "Rossi", "X", "Y", "Z"))) is None


def test_a_report_in_another_language_may_be_of_the_trial() -> None:
    """Where both languages are known and differ."""
    english = report(languages=("eng",))
    assert tie(english, report("2", OTHER, languages=("ita",))) == (f"{BOTH} and {VERSION}", False)
    assert tie(english, report("2", OTHER, languages=("eng", "ita"))) is None
    assert tie(report(), report("2", OTHER, languages=("ita",))) is None


def test_a_follow_up_of_a_named_study_is_of_it_whoever_wrote_it() -> None:
    """By its title; two follow-ups tell nothing of each other, nor does one tell of itself."""
    later = report("2", "Four-year follow-up of the PACT study", authors=("Verdi",))
    assert tie(report("1", "The PACT trial of zinc"), later) == ("a follow-up of the PACT study by its title", False)
    assert tie(report("1", "The FACT trial of zinc"), later) is None
    assert tie(report("3", "Five-year follow-up of the PACT study", authors=("Neri",)), later) is None


def test_what_can_be_the_name_of_a_trial() -> None:
    """Capitals inside or throughout, of four letters at least; or capitalised words before "study" and the like."""
    title = "Brave Dreams Study of CoSMo and DASH and the ABC in Italy"
    assert trial_names(article("1", title)) == {"brave dreams", "cosmo", "dash"}
    assert trial_names(article("1", title, substances=("Dash",))) == {"brave dreams", "cosmo"}


def test_what_authors_with_nobody_in_common_both_name_is_a_word_of_the_field() -> None:
    """Nothing is known of an article without authors."""
    titles = (("CCSVI", "A"), ("CCSVI", "B"), ("DASHX", "A"), ("DASHX", "AB"), ("EMPTY1", ""), ("EMPTY1", "C"))
    found = [article(str(n), f"Of {name}", authors=tuple(who)) for n, (name, who) in enumerate(titles)]
    assert words_of_the_field(found) == {"ccsvi"}
