"""Each thing that a registry changes has its sentence, whatever the trial, and what is no news has none."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from monitor.model import ReferenceKind, RegistryDate, RegistryEntry, RegistryReference, SourceName
from monitor.model import RegistryStatus as S
from monitor.watch.outside.registries.changes import changed, registered
from tests.support.registry import entry

ELSEWHERE = SourceName.ISRCTN
PLANNED = entry(status=S.NOT_YET_RECRUITING, enrolment=20)


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({}, ("Registered on 17 March 2010.", "It is to have 600 participants.")),
        ({"enrolment": 1}, ("Registered on 17 March 2010.", "It is to have 1 participant.")),
        ({"is_enrolment_actual": True}, ("Registered on 17 March 2010.",)),
        ({"registered_on": None, "enrolment": None}, ("Now listed by the registry.",)),
        (
            {"primary_completion": RegistryDate("2009-12")},
            ("Registered on 17 March 2010.", "It was registered after it had ended."),
        ),
        (
            {"primary_completion": RegistryDate("2010-03-17")},
            ("Registered on 17 March 2010.", "It is to have 600 participants."),
        ),
        (
            {"enrolment": None, "has_results": True},
            ("Registered on 17 March 2010.", "Results are posted in the registry."),
        ),
        (
            {"enrolment": None, "status": S.WITHDRAWN},
            ("Registered on 17 March 2010.", "It was withdrawn before anyone took part; no reason is given."),
        ),
    ],
)
def test_a_trial_that_is_new_is_told_with_what_is_known_of_it(fields: dict[str, Any], told: tuple[str, ...]) -> None:
    """Since when, how many are to take part, whether it is over already."""
    assert registered(entry(**fields)).sentences == told


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (S.NOT_YET_RECRUITING, S.RECRUITING, "It started recruiting."),
        (S.TERMINATED, S.RECRUITING, "It is recruiting again."),
        (S.NOT_RECRUITING, S.RECRUITING, "It is recruiting now."),
        (S.RECRUITING, S.NOT_YET_RECRUITING, "It is not recruiting yet."),
        (S.RECRUITING, S.ACTIVE, "It stopped recruiting; those who take part are still followed."),
        (S.RECRUITING, S.NOT_RECRUITING, "It is no longer recruiting."),
        (S.SUSPENDED, S.NOT_RECRUITING, "It is not recruiting."),
        (S.RECRUITING, S.COMPLETED, "It is completed."),
        (S.RECRUITING, S.UNKNOWN, "Its status is unknown: the registry does not say how it stands."),
    ],
)
def test_a_status_is_told_as_what_it_means_for_who_would_take_part(before: S, after: S, told: str) -> None:
    """Where it comes from matters: again is not now, and now is no start."""
    assert changed(entry(status=before), entry(status=after)).sentences == (told,)


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (S.SUSPENDED, "It was suspended"),
        (S.TERMINATED, "It was terminated early"),
        (S.WITHDRAWN, "It was withdrawn before anyone took part"),
    ],
)
def test_a_trial_that_stopped_is_told_with_the_reason_where_one_is_given(status: S, said: str) -> None:
    """A registry that gives programs no reasons may have one on its page; a formula is none."""
    running = entry(status=S.RECRUITING)

    def told(**fields: Any) -> tuple[str, ...]:
        return changed(running, replace(running, status=status, **fields)).sentences

    assert told(why_stopped=" No money. ") == (f"{said}. The reason given: “No money”.",)
    assert told() == (f"{said}; no reason is given.",)
    assert told(source=ELSEWHERE) == (f"{said}; its page in the registry may say why.",)
    for formula in ("N/A", "Not applicable.", "none", "Study halted prematurely and will not resume"):
        assert told(why_stopped=formula) == (f"{said}; no reason is given.",)


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("2012-03", "2013-03", ("from 31 March 2012 to 31 March 2013, 12 months later.",)),
        ("2012-03-15", "2012-04-14", ("from 15 March 2012 to 14 April 2012, 1 month later.",)),
        ("2013-03", "2012-03", ("from 31 March 2013 to 31 March 2012, 12 months earlier.",)),
        ("2012-04-14", "2012-03-15", ("from 14 April 2012 to 15 March 2012, 1 month earlier.",)),
        ("2012-03-15", "2012-04-12", ("from 15 March 2012 to 12 April 2012, 1 month later.",)),
        ("2012-03-15", "2012-04-11", ()),
        ("2012-03", "2012-03-01", ()),
    ],
)
def test_an_end_is_told_when_it_moves_by_four_weeks(before: str, after: str, told: tuple[str, ...]) -> None:
    """Either way; a month that becomes a day of it has not moved."""
    was, is_ = (entry(primary_completion=RegistryDate(written)) for written in (before, after))
    assert changed(was, is_).sentences == tuple(f"Its primary completion moved {one}" for one in told)
    assert changed(was, replace(is_, status=S.WITHDRAWN)).sentences == (
        "It was withdrawn before anyone took part; no reason is given.",
    )


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ((2000, False), (20, False), "Its planned number of participants was cut from 2,000 to 20."),
        ((20, False), (2000, False), "Its planned number of participants was raised from 20 to 2,000."),
        ((20, False), (18, True), "It has 18 participants; 20 were planned."),
        ((None, None), (1800, True), "It has 1,800 participants."),
        ((None, None), (1, True), "It has 1 participant."),
        ((18, True), (19, True), "The registry now gives 19 as its number of participants; it gave 18."),
        ((18, None), (19, None), "The registry now gives 19 as its number of participants; it gave 18."),
        ((18, False), (18, False), ""),
        ((None, None), (20, False), ""),
        ((20, False), (None, None), ""),
    ],
)
def test_how_many_take_part_is_told_by_what_the_number_is(
    before: tuple[int | None, bool | None], after: tuple[int | None, bool | None], told: str
) -> None:
    """A plan, a count, a correction of a count; and nothing of a trial that was withdrawn."""
    was, is_ = (entry(enrolment=number, is_enrolment_actual=is_actual) for number, is_actual in (before, after))
    assert changed(was, is_).sentences == ((told,) if told else ())
    assert len(changed(was, replace(is_, status=S.WITHDRAWN)).sentences) == 1


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ({}, {"has_results": True}, "Results are posted in the registry."),
        (
            {},
            {"has_results": True, "results_posted_on": date(2012, 1, 6)},
            "Results were posted in the registry on 6 January 2012.",
        ),
        ({"has_results": True}, {}, "The registry no longer shows results of it."),
        (
            {},
            {"results_submitted_on": date(2012, 1, 6)},
            "Results were sent to the registry on 6 January 2012 and are not public yet.",
        ),
        ({"results_submitted_on": date(2012, 1, 6)}, {}, "The registry no longer says that results were sent to it."),
        (
            {"results_submitted_on": date(2012, 1, 6)},
            {"has_results": True},
            "Results are posted in the registry.",
        ),
        (
            {},
            {"delay_certified_on": date(2012, 1, 6)},
            "A certificate of 6 January 2012 lets its results come later.",
        ),
    ],
)
def test_what_becomes_of_results_is_told(before: dict[str, Any], after: dict[str, Any], told: str) -> None:
    """Sent, delayed, posted, taken back."""
    assert changed(entry(**before), entry(**after)).sentences == (told,)


@pytest.mark.parametrize(
    ("kind", "year", "is_told"),
    [
        (ReferenceKind.DERIVED, None, True),
        (ReferenceKind.DERIVED, 2009, True),
        (ReferenceKind.RESULT, 2011, True),
        (ReferenceKind.RESULT, 2010, False),
        (ReferenceKind.RESULT, None, False),
        (ReferenceKind.BACKGROUND, 2011, False),
    ],
)
def test_an_article_that_the_registry_lists_is_told_where_it_can_be_the_result(
    kind: ReferenceKind, year: int | None, is_told: bool
) -> None:
    """It names the number, or the investigator names it and it is younger than the trial; once listed it is no news."""
    listed = entry(references=(RegistryReference("5", kind, year),))
    for now in (listed, replace(listed, start=None)):
        news = changed(replace(now, references=()), now)
        assert (news.sentences, news.pmids) == (
            (("The registry links an article to it: PMID 5.",), ("5",)) if is_told else ((), ())
        )
    assert changed(listed, listed).pmids == ()
    undated = replace(listed, start=None, registered_on=None)
    assert bool(changed(replace(undated, references=()), undated).pmids) is (
        is_told or (kind is ReferenceKind.RESULT and year is not None)
    )


def test_another_number_and_another_reason_are_told() -> None:
    """The number it had is named; a reason that only loses its full stop is the same."""
    assert changed(entry("NCT00000001"), entry("NCT00000002")).sentences == (
        "Its number is now NCT00000002; it was NCT00000001.",
    )
    stopped = entry(status=S.TERMINATED, why_stopped="No money")
    assert changed(stopped, replace(stopped, why_stopped="Nobody came")).sentences == (
        "The reason now given: “Nobody came”.",
    )
    for same in ("No money.", "", "n/a"):
        assert changed(stopped, replace(stopped, why_stopped=same)).sentences == ()


def test_a_status_that_is_unknown_says_since_when_nobody_updated_it() -> None:
    """Where the registry says when it was updated."""
    silent = entry(status=S.UNKNOWN, updated_on=date(2012, 1, 6))
    told = changed(entry(status=S.RECRUITING), silent).sentences
    assert told == ("Its status is unknown: it was not updated since 6 January 2012.",)


def outcome(entry: RegistryEntry, *said: str) -> RegistryEntry:
    """The entry with these primary outcomes."""
    return replace(entry, primary_outcomes=said)


def test_an_outcome_that_is_changed_before_the_trial_starts_is_a_plan() -> None:
    """Also one that is written for the first time."""
    assert changed(outcome(PLANNED, "Walking"), outcome(PLANNED, "Fatigue")).sentences == ()
    running = entry(status=S.RECRUITING)
    assert changed(running, outcome(running, "Walking")).sentences == ()
    assert changed(outcome(running, "Walking"), outcome(running, "Fatigue")).sentences == (
        "Its primary outcome was changed after it had started.",
    )
