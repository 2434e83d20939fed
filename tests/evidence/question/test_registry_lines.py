"""The lines about what registries know of results, word for word, for one trial and for two."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from monitor.evidence.question.overdue import after, lines, next_day, overdue
from monitor.evidence.question.registered import Registered, merged, silent_trials, why_not_of_question
from monitor.language.speech import speaking
from monitor.language.stored import answer_text
from monitor.model import (
    KnownTrial,
    RegistryArm,
    RegistryDate,
    RegistryEntry,
    RegistryStatus,
    SourceName,
    Terms,
    Trial,
)
from tests.support import pseudo_language
from tests.support.articles import TOPIC
from tests.support.registry import entry

ALBANY = entry(acronym="Albany")
BUFFALO = replace(ALBANY, number="NCT02", acronym="Buffalo")
PLANNED = RegistryDate("2012-03", is_actual=False)
ENDED = "completed, primary completion 31 March 2012"
TO_END = "active, planned primary completion 31 March 2012"


def told(*entries: RegistryEntry, on: date | None = date(2019, 1, 1), **held: Any) -> list[str]:
    """The lines on this day."""
    return lines([Registered(one, **held) for one in entries], on)


def both(**fields: Any) -> tuple[RegistryEntry, RegistryEntry]:
    """Two trials with these fields."""
    return replace(ALBANY, **fields), replace(BUFFALO, **fields)


def test_results_in_a_registry_are_told_by_its_name() -> None:
    """Of trials of which no article is held; also where nobody knows the day."""
    one, two = both(has_results=True)
    assert (
        told(one)
        == told(one, on=None)
        == [
            "Results of one trial are reported in its registry; we found no article with them: "
            f"{one.name} (NCT01089686, ClinicalTrials.gov)."
        ]
    )
    assert told(one, two) == [
        "Results of two trials are reported in their registries; we found no articles with them: "
        f"{one.name} (NCT01089686, ClinicalTrials.gov); {two.name} (NCT02, ClinicalTrials.gov)."
    ]
    assert told(one, pmids=("5",)) == []


def test_articles_that_a_registry_links_are_named_where_none_is_held() -> None:
    """Each trial with its own."""
    assert told(ALBANY, linked=("5", "6")) == [
        "The registry of one trial links articles that are not among those found: "
        f"{ALBANY.name} (NCT01089686: PMID 5, PMID 6)."
    ]
    assert told(ALBANY, BUFFALO, linked=("5",)) == [
        "The registries of two trials link articles that are not among those found: "
        f"{ALBANY.name} (NCT01089686: PMID 5); {BUFFALO.name} (NCT02: PMID 5)."
    ]
    assert told(ALBANY, linked=("5",), pmids=("6",)) == []


@pytest.mark.parametrize(("on", "months"), [(date(2019, 1, 1), 24), (date(2014, 3, 31), 12)])
def test_trials_that_ended_without_a_result_are_counted_and_named(on: date, months: int) -> None:
    """Whether they ended or were to end; nothing where nobody knows the day."""
    found = f"more than {months} months ago, and we found no result of"
    assert told(ALBANY, on=on) == [f"One registered trial ended {found} it: {ALBANY.name} (NCT01089686, {ENDED})."]
    assert told(ALBANY, BUFFALO, on=on) == [
        f"Two registered trials ended {found} them: {ALBANY.name} (NCT01089686, {ENDED}); "
        f"{BUFFALO.name} (NCT02, {ENDED})."
    ]
    assert told(ALBANY, on=None) == []
    ended_as_planned = replace(ALBANY, primary_completion=PLANNED)
    assert told(ended_as_planned, on=on) == [
        f"One registered trial ended {found} it: {ALBANY.name} (NCT01089686, completed, planned primary completion "
        "31 March 2012)."
    ]


def test_trials_that_were_to_end_long_ago_are_said_to_have_been_to() -> None:
    """Alone, or beside one that ended."""
    waiting = replace(ALBANY, status=RegistryStatus.ACTIVE, primary_completion=PLANNED)
    found = "more than 24 months ago, and we found no result of"
    assert told(waiting) == [
        f"One registered trial was to end {found} it: {ALBANY.name} (NCT01089686, {waiting.status}, planned primary "
        "completion 31 March 2012)."
    ]
    (line,) = told(waiting, BUFFALO)
    assert line.startswith(f"Two registered trials ended or were to end {found} them: {ALBANY.name} (NCT01089686, ")
    assert told(waiting, on=date(2014, 3, 31)) == []


def test_one_whose_status_is_unknown_says_since_when() -> None:
    """Instead of a status."""
    lost = replace(ALBANY, status=RegistryStatus.UNKNOWN, updated_on=date(2013, 1, 6))
    (line,) = told(lost)
    assert line.endswith(
        f"{ALBANY.name} (NCT01089686, primary completion 31 March 2012, not updated since 6 January 2013)."
    )


def test_results_on_their_way_are_not_missing() -> None:
    """Sent to the registry, or delayed by a certificate for three years after the end."""
    sent = replace(ALBANY, results_submitted_on=date(2013, 1, 6))
    assert told(sent) == [
        f"Results of {ALBANY.name} (NCT01089686) were sent to its registry on 6 January 2013 and are not public yet."
    ]
    delayed = replace(ALBANY, delay_certified_on=date(2013, 1, 6))
    assert told(delayed, on=date(2015, 3, 31)) == [
        f"A certificate of 6 January 2013 lets the results of {ALBANY.name} (NCT01089686) come later; "
        "we found none yet."
    ]
    (late,) = told(delayed, on=date(2015, 4, 1))
    assert "more than 24 months ago" in late
    assert told(replace(sent, has_results=True)) != told(sent)
    assert [told(one, pmids=("5",)) for one in (sent, delayed)] == [[], []]


@pytest.mark.parametrize(
    ("on", "months", "following"),
    [
        (date(2013, 3, 31), 0, date(2013, 4, 1)),
        (date(2013, 4, 1), 12, date(2014, 4, 1)),
        (date(2014, 3, 31), 12, date(2014, 4, 1)),
        (date(2014, 4, 1), 24, date(2015, 4, 1)),
        (date(2015, 4, 1), 24, None),
    ],
)
def test_a_result_is_overdue_from_the_day_after(on: date, months: int, following: date | None) -> None:
    """And the next day on which that changes is known; of a certificate, too."""
    assert (overdue(Registered(ALBANY), on), next_day(Registered(ALBANY), on)) == (months, following)


def test_a_month_later_is_the_same_day_or_the_last() -> None:
    """Across years."""
    assert after(date(2012, 3, 31), 12) == date(2013, 3, 31)
    assert after(date(2012, 2, 29), 12) == date(2013, 2, 28)
    assert after(date(2012, 12, 31), 2) == date(2013, 2, 28)
    assert after(date(2012, 1, 15), 11) == date(2012, 12, 15)


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({}, ""),
        ({"is_interventional": None}, ""),
        ({"is_interventional": False}, "The registry does not call it interventional."),
        (
            {"title": "Veins", "conditions": ("Stenosis",)},
            "Neither its title nor its conditions name the population.",
        ),
        ({"title": "Veins", "acronym": "Multiple sclerosis", "conditions": ("Stenosis",)}, ""),
        (
            {"title": "Veins in multiple sclerosis", "interventions": ("Rest",), "arms": ()},
            "Neither its title nor what it gives names the intervention.",
        ),
        ({"title": "Veins in multiple sclerosis", "interventions": ("Rest",)}, ""),
        (
            {"arms": (RegistryArm("Venous angioplasty"), RegistryArm("Venous angioplasty and rest"))},
            "Each of its arms has the intervention, so that something else is tested.",
        ),
        ({"arms": (RegistryArm("Venous angioplasty"),)}, ""),
    ],
)
def test_an_entry_that_is_not_of_the_question_says_why(fields: dict[str, Any], why: str) -> None:
    """To the operator."""
    assert why_not_of_question(replace(ALBANY, **fields), TOPIC.question) == why


def test_a_title_with_excluded_words_counts_where_it_names_the_question_whole() -> None:
    """Both people and treatment."""
    asked = replace(TOPIC.question, exclude=Terms(("stroke",)))
    named = replace(ALBANY, title="Venous angioplasty in multiple sclerosis and stroke")
    assert why_not_of_question(named, asked) == ""
    partly = replace(ALBANY, title="Venous angioplasty and stroke")
    assert why_not_of_question(partly, asked) == "Its title names what the question excludes."


def test_one_trial_in_several_registries_is_spoken_for_by_the_first() -> None:
    """With all numbers, papers and results; one under an earlier number is not the first."""
    here = replace(ALBANY, other_numbers=("ISRCTN1",))
    there = replace(ALBANY, number="ISRCTN1", source=SourceName.ISRCTN, has_results=True, title="There")
    export = replace(ALBANY, number="EU1", source=SourceName.ICTRP, other_numbers=("ISRCTN1",))
    (one,) = merged([export, there, here])
    assert (one.source, one.number, sorted(one.other_numbers)) == (
        SourceName.CLINICAL_TRIALS, "NCT01089686", ["EU1", "ISRCTN1"],
    )  # fmt: skip
    assert one.has_results
    earlier = replace(ALBANY, number="NCT00000001")
    renumbered = replace(ALBANY, other_numbers=("NCT00000001",))
    assert merged([earlier, renumbered])[0].number == "NCT01089686"
    assert [one.number for one in merged([ALBANY, BUFFALO])] == ["NCT01089686", "NCT02"]


def test_a_silent_trial_is_told_as_the_registry_has_it_and_the_operator_calls_it() -> None:
    """The number reached, never a plan; nobody of one that was withdrawn."""
    known = KnownTrial("NCT01089686", "Albany Vascular", "terminated", date(2010, 3, 17))
    operators = Trial(known.number, known.name, status=known.status, note="stopped", first_public_on=date(2010, 1, 1))
    actual = replace(ALBANY, enrolment=30, is_enrolment_actual=True, registered_on=None)
    (one,) = silent_trials([Registered(actual)], [operators], ())
    assert (one.key, one.name, one.status, one.note) == ("NCT01089686", "Albany Vascular", "completed", "stopped")
    assert (one.sample_size, one.first_public_on) == (30, date(2010, 1, 1))
    assert one.registry == "completed (ClinicalTrials.gov)"
    (planned,) = silent_trials([Registered(replace(ALBANY, is_enrolment_actual=False))], [], ())
    assert (planned.sample_size, planned.note, planned.name) == (None, "", ALBANY.name)
    (gone,) = silent_trials([Registered(replace(actual, status=RegistryStatus.WITHDRAWN))], [], ())
    assert gone.sample_size == 0
    assert silent_trials([Registered(ALBANY, ("5",))], [], ()) == ()
    assert silent_trials([Registered(ALBANY)], [], ("NCT01089686",)) == ()
    assert silent_trials([Registered(BUFFALO)], [operators], ())[0] == operators


def test_every_line_can_be_said_in_another_language_down_to_its_parts() -> None:
    """Nothing but names, numbers and days stays as it is."""
    one, two = both(has_results=True)
    waiting = replace(ALBANY, status=RegistryStatus.ACTIVE, primary_completion=PLANNED)
    lost = replace(BUFFALO, status=RegistryStatus.UNKNOWN, updated_on=date(2013, 1, 6))
    sent = replace(ALBANY, results_submitted_on=date(2013, 1, 6))
    delayed = replace(ALBANY, delay_certified_on=date(2013, 1, 6))
    said = [
        *told(one, two),
        *told(ALBANY, BUFFALO, linked=("5", "6")),
        *told(ALBANY, lost),
        *told(waiting, lost),
        *told(sent),
        *told(delayed, on=date(2015, 3, 31)),
    ]
    data = "Albany Buffalo NCT01089686 NCT02 ClinicalTrials.gov PMID 31 March 2012 6 January 2013"
    for line in said:
        with speaking(pseudo_language.catalogue()):
            translated = answer_text(line)
        assert translated != line
        left = " ".join(pseudo_language.left_out(translated))
        assert [word for word in re.findall(r"[A-Za-z][\w.]*", left) if word not in data] == []
