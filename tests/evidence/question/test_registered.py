"""Registry entries in the answer: which are of the question, what is held of their results, what is said of them."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from monitor import evidence
from monitor.evidence.question.registered import is_of_question, merged
from monitor.model import (
    Answer,
    AnswerState,
    Article,
    Control,
    KnownTrial,
    Outside,
    Question,
    ReferenceKind,
    RegistryArm,
    RegistryDate,
    RegistryEntry,
    RegistryReference,
    RegistryStatus,
    SourceName,
    Terms,
    Topic,
)
from tests.support.articles import SILENT, TOPIC, article, judged, sham_trial
from tests.support.registry import entry
from tests.support.shared_data import shared_data

TODAY = date(2019, 1, 1)
TWENTY_FOUR = (
    "One registered trial ended more than 24 months ago, and we found no result of it: Venous Angioplasty for Multiple "
    "Sclerosis (NCT01089686, completed, primary completion 31 March 2012)."
)
HCQ = Question(
    "Does hydroxychloroquine help people with COVID-19?",
    "COVID-19",
    "hydroxychloroquine",
    Terms(("COVID-19", "SARS-CoV-2")),
    Terms(("hydroxychloroquine", "HCQ")),
)


def answer_with(
    *entries: RegistryEntry, found: tuple[Article, ...] = (), topic: Topic = TOPIC, today: date | None = TODAY
) -> Answer:
    """The answer that these registry entries and articles give."""
    outside = Outside(registry_entries=entries)
    return evidence.answer(topic, judged(*found, topic=topic), (), today, outside)


def _late(*entries: RegistryEntry, **more: Any) -> list[str]:
    """The lines that say that no result was found."""
    return [line for line in answer_with(*entries, **more).lines if "we found no result" in line]


# --- whether an entry is of the question -------------------------------------------------------------


def test_a_trial_of_the_question_is_recognised_by_condition_and_intervention() -> None:
    """The title need not name either."""
    assert is_of_question(entry(title="The Albany trial"), TOPIC.question)


@pytest.mark.parametrize(
    "lookalike",
    [
        entry(title="Stenting of the Jugular Vein", conditions=("Internal Jugular Vein Stenosis",)),
        entry(title="Central reading of images of CCSVI in multiple sclerosis", is_interventional=False),
        entry(title="Exercise in multiple sclerosis", interventions=("Exercise",), arms=(RegistryArm("Exercise"),)),
        entry(title="Venous angioplasty in Ménière disease", conditions=("Ménière disease", "Multiple Sclerosis")),
        entry(title="GC-MS of venous blood at angioplasty", conditions=("Stenosis",)),
    ],
    ids=["another disease", "no intervention", "another treatment", "what the question excludes", "an abbreviation"],
)
def test_what_only_looks_like_a_trial_of_the_question_is_none(lookalike: RegistryEntry) -> None:
    """As among articles."""
    assert not is_of_question(lookalike, TOPIC.question)


def test_a_trial_that_gives_it_to_every_arm_tests_something_else() -> None:
    """Azithromycin was tested in people who all had hydroxychloroquine."""
    azithromycin = entry(
        title="Azithromycin in COVID-19",
        conditions=("COVID-19",),
        interventions=("Hydroxychloroquine", "Azithromycin"),
        arms=(RegistryArm("Hydroxychloroquine and azithromycin"), RegistryArm("Hydroxychloroquine")),
    )
    assert not is_of_question(azithromycin, HCQ)
    against = replace(azithromycin, arms=(RegistryArm("HCQ and azithromycin"), RegistryArm("Usual care")))
    assert is_of_question(against, HCQ)
    placebo = replace(azithromycin, arms=(RegistryArm("HCQ"), RegistryArm("Placebo HCQ", is_control=True)))
    assert is_of_question(placebo, HCQ)


def test_a_study_of_one_group_is_no_controlled_trial() -> None:
    """It is in none of the answer's lists."""
    single = entry(is_randomized=False, arms=(RegistryArm("Venous angioplasty"),))
    assert answer_with(single).silent_trials == ()


def test_a_trial_in_two_registries_is_one() -> None:
    """RECOVERY has three numbers."""
    one = entry("NCT04381936", other_numbers=("2020-001113-21", "ISRCTN50189673"))
    other = entry("ISRCTN50189673", source=SourceName.ISRCTN, has_results=True)
    export = entry("2020-001113-21", source=SourceName.ICTRP)
    (found,) = merged([export, other, one])
    assert found.source is SourceName.CLINICAL_TRIALS
    assert found.numbers == ("NCT04381936", "2020-001113-21", "ISRCTN50189673")
    assert found.has_results


# --- beside articles and the operator ----------------------------------------------------------------


def test_a_registered_trial_is_listed_and_changes_nothing_that_readers_must_be_told() -> None:
    """The state is that of an operator's known trial; the fingerprint stays."""
    bare, found = answer_with(), answer_with(entry())
    assert found.fingerprint == bare.fingerprint
    assert found.state is AnswerState.REGISTERED
    (trial,) = found.silent_trials
    assert (trial.key, trial.status, trial.control) == ("NCT01089686", "completed", Control.SHAM)
    assert trial.registry == "completed (ClinicalTrials.gov)"
    assert found.lines[0] == "One registered trial has no result in PubMed: NCT01089686 (completed)."


def test_a_trial_that_was_registered_later_is_not_there_yet() -> None:
    """The picture of an earlier day."""
    assert answer_with(entry(), today=date(2010, 3, 16)).silent_trials == ()


def test_a_report_that_names_the_number_is_of_the_registered_trial() -> None:
    """Also under the number of another registry, or an earlier one; the trial shows the registry's status."""
    report = sham_trial("1", 19, numbers=("ISRCTN50189673",))
    found = answer_with(entry(other_numbers=("ISRCTN50189673",)), found=(report,))
    assert found.silent_trials == ()
    assert found.trials[0].registry == "completed (ClinicalTrials.gov)"
    assert not any("ended more than" in line for line in found.lines)


def test_only_a_main_result_of_the_question_takes_a_number_from_the_silent_trials() -> None:
    """Not a trial of something else, nor a review that names it."""
    text = "We randomly assigned 60 adults with colds to zinc or placebo."
    other = article("7", "Zinc for colds: a randomised trial", text, numbers=("NCT01089686",))
    title = "Venous angioplasty in multiple sclerosis: a systematic review"
    review = article("8", title, "We included two randomised trials.", numbers=("NCT01089686",))
    assert [one.key for one in answer_with(entry(), found=(other, review)).silent_trials] == ["NCT01089686"]
    assert answer_with(entry(), found=(sham_trial("1", 19, numbers=("NCT01089686", "NCT2")),)).silent_trials == ()


def test_a_report_that_the_registry_derived_is_of_the_registered_trial() -> None:
    """Its record in PubMed does not name the number in a place that was read."""
    linked = entry(references=(RegistryReference("1", ReferenceKind.DERIVED, 2014),))
    assert answer_with(linked, found=(sham_trial("1", 19),)).silent_trials == ()


def test_the_registrys_status_outranks_the_operators_and_says_so() -> None:
    """The operator's name and note stay; a trial that no registry shows keeps the operator's status."""
    known = replace(SILENT, note="No money left.")
    topic = replace(TOPIC, known_trials=(known, KnownTrial("ACTRN12612000302853", "Australia", "unknown")))
    found = answer_with(entry(status=RegistryStatus.COMPLETED), topic=topic)
    trials = {trial.key: trial for trial in found.silent_trials}
    assert (trials["NCT01089686"].name, trials["NCT01089686"].note) == ("Albany", "No money left.")
    assert trials["NCT01089686"].registry == "completed (ClinicalTrials.gov)"
    assert trials["ACTRN12612000302853"].registry == "unknown (noted by the operator)"


def test_results_in_a_registry_are_reported_there_and_not_counted() -> None:
    """The headline does not say that none has reported, and claims nothing of them."""
    found = answer_with(entry(has_results=True))
    assert found.state is AnswerState.REGISTERED
    assert found.fingerprint == answer_with().fingerprint
    assert found.sentence == (
        "Trials of venous angioplasty in multiple sclerosis are registered; "
        "the results of one trial are reported in its registry."
    )
    assert found.lines[1:] == (
        "Results of one trial are reported in its registry; we found no article with them: "
        "Venous Angioplasty for Multiple Sclerosis (NCT01089686, ClinicalTrials.gov).",
    )


def test_an_article_that_the_registry_links_and_that_is_not_held_is_named() -> None:
    """Its PMID stands in a line, and neither headline nor list says that there is no result."""
    found = answer_with(entry(references=(RegistryReference("99", ReferenceKind.DERIVED, 2015),)))
    assert found.sentence == (
        "Trials of venous angioplasty in multiple sclerosis are registered; "
        "the registry of one trial links an article that is not among those found."
    )
    assert found.lines == (
        "The registry of one trial links articles that are not among those found: "
        "Venous Angioplasty for Multiple Sclerosis (NCT01089686: PMID 99).",
    )


def test_an_entry_under_an_earlier_number_is_the_same_trial() -> None:
    """The present number speaks."""
    (found,) = merged([entry("NCT00000001"), entry("NCT00000002", other_numbers=("NCT00000001",))])
    assert found.numbers == ("NCT00000002", "NCT00000001")


# --- what is overdue: FACTS section 9 ----------------------------------------------------------------


def test_no_result_is_said_from_the_day_after_12_and_24_months() -> None:
    """With name, number and date; a month means its last day."""
    assert _late(entry(), today=date(2013, 3, 31)) == []
    (year,) = _late(entry(), today=date(2013, 4, 1))
    assert year.startswith("One registered trial ended more than 12 months ago, and we found no result of it: ")
    assert _late(entry(), today=date(2014, 3, 31)) == [year]
    assert _late(entry(), today=date(2014, 4, 1)) == [TWENTY_FOUR]


def test_a_trial_whose_planned_end_has_passed_is_not_said_to_have_ended() -> None:
    """The registry says that it is active, or nothing; beside one that ended the line is of both."""
    going = entry("NCT01201707", status=RegistryStatus.ACTIVE, primary_completion=RegistryDate("2012-03", False))
    (one,) = _late(going, today=date(2014, 4, 1))
    assert one.startswith("One registered trial was to end more than 24 months ago, and we found no result of it: ")
    assert "active, planned primary completion 31 March 2012" in one
    (both,) = _late(going, entry(), today=date(2014, 4, 1))
    assert both.startswith("Two registered trials ended or were to end more than 24 months ago, and we found no result")


@pytest.mark.parametrize(
    "fields",
    [
        {"status": RegistryStatus.WITHDRAWN},
        {"status": RegistryStatus.RECRUITING},
        {"status": RegistryStatus.SUSPENDED},
        {"primary_completion": None},
        {"has_results": True},
        {"results_submitted_on": date(2013, 2, 1)},
        {"references": (RegistryReference("99", ReferenceKind.DERIVED, 2015),)},
        {"references": (RegistryReference("99", ReferenceKind.RESULT, 2015),)},
    ],
    ids=[
        "withdrawn",
        "recruiting",
        "suspended",
        "no date",
        "results posted",
        "results sent",
        "an article that names it",
        "an article that its people name",
    ],
)
def test_no_result_is_not_said_of(fields: dict[str, Any]) -> None:
    """Status before dates; what is linked, posted or on its way is not missing."""
    assert _late(entry(**fields)) == []


def test_an_investigators_result_that_is_older_than_the_trial_is_none() -> None:
    """Nor is a background, nor a protocol that the registry derived and that is held."""
    protocol = article(
        "7",
        "Venous angioplasty in multiple sclerosis: study protocol for a randomised controlled trial",
        "We will randomise 60 patients with multiple sclerosis to venous angioplasty or sham.",
    )
    references = (
        RegistryReference("98", ReferenceKind.RESULT, 2008),
        RegistryReference("99", ReferenceKind.BACKGROUND, 2009),
        RegistryReference("7", ReferenceKind.DERIVED, 2012),
    )
    assert _late(entry(references=references), found=(protocol,)) == [TWENTY_FOUR]


def test_a_planned_end_counts_when_the_status_says_it_came_or_long_after() -> None:
    """An active trial may be late; after 24 months it must have ended."""
    planned = entry(status=RegistryStatus.ACTIVE, primary_completion=RegistryDate("2012-03", is_actual=False))
    assert _late(planned, today=date(2014, 3, 1)) == []
    (line,) = _late(planned, today=date(2014, 4, 1))
    assert "(NCT01089686, active, planned primary completion 31 March 2012)" in line
    completed = replace(planned, status=RegistryStatus.COMPLETED)
    assert len(_late(completed, today=date(2013, 4, 1))) == 1


def test_a_trial_of_unknown_status_is_said_not_to_be_updated_since() -> None:
    """The registry calls it unknown; nobody may have stopped anything."""
    (line,) = _late(entry(status=RegistryStatus.UNKNOWN, updated_on=date(2012, 1, 9)))
    assert "(NCT01089686, primary completion 31 March 2012, not updated since 9 January 2012)" in line


def test_a_certificate_of_delay_holds_for_two_years_more() -> None:
    """And is said to be that."""
    delayed = entry(delay_certified_on=date(2013, 3, 1))
    assert answer_with(delayed, today=date(2015, 3, 31)).lines[1:] == (
        "A certificate of 1 March 2013 lets the results of Venous Angioplasty for Multiple Sclerosis (NCT01089686) "
        "come later; we found none yet.",
    )
    assert len(_late(delayed, today=date(2015, 4, 1))) == 1


def test_results_that_were_sent_are_said_to_be_sent() -> None:
    """Not yet public."""
    line = answer_with(entry(results_submitted_on=date(2013, 2, 1))).lines[-1]
    assert line == (
        "Results of Venous Angioplasty for Multiple Sclerosis (NCT01089686) were sent to its registry on "
        "1 February 2013 and are not public yet."
    )


# --- the two topics that ship ------------------------------------------------------------------------


def _ccsvi() -> list[dict[str, Any]]:
    view = json.loads((shared_data("topics/ccsvi") / "registry_view.json").read_text())
    rows: list[dict[str, Any]] = view["registry_view"]
    return rows


_ENDED = {"NCT01089686": "2012-03", "NCT01201707": "2013-09", "NCT01450072": "2012-09", "NCT01371760": "2017-03"}
_LOOKALIKES = {
    "NCT03373292": {"title": "Venous stenting", "conditions": ("Internal jugular vein stenosis",)},
    "NCT02308579": {"title": "Central reading of images, CCSVI in multiple sclerosis", "is_interventional": False},
}


def _entry_of(row: dict[str, Any]) -> RegistryEntry:
    number = row["registry_id"]
    status = str(row.get("state", "unknown")).split()[0].lower()
    is_export = number.startswith("ACTRN")
    fields: dict[str, Any] = {
        "title": f"{row['name']}: venous angioplasty in multiple sclerosis",
        "source": SourceName.ICTRP if is_export else SourceName.CLINICAL_TRIALS,
        "status": RegistryStatus(status),
        "primary_completion": RegistryDate(_ENDED[number], is_actual=True) if number in _ENDED else None,
        "enrolment": row.get("n_actual"),
    }
    if status == "withdrawn":
        fields["primary_completion"] = RegistryDate("2012-11", is_actual=True)
    return entry(number, **{**fields, **_LOOKALIKES.get(number, {})})


def test_ccsvi_through_the_registries_eyes() -> None:
    """Seven registered controlled trials: three with a result paper, two terminated, one withdrawn, one unreported."""
    rows = _ccsvi()
    reports = [
        sham_trial(row["result_paper"], 40, day="2018-01-01", numbers=(row["registry_id"],))
        for row in rows
        if row.get("result_paper")
    ]
    found = answer_with(*map(_entry_of, rows), found=tuple(reports))
    silent = {trial.key: trial.status for trial in found.silent_trials}
    assert silent == {
        "NCT01089686": "terminated",
        "NCT01201707": "terminated",
        "NCT01555684": "withdrawn",
        "ACTRN12612000302853": "unknown",
    }
    assert len(silent) + len(found.trials) == 7
    assert all(trial.registry.startswith("completed") for trial in found.trials)
    (late,) = [line for line in found.lines if "we found no result" in line]
    assert late.startswith("Two registered trials ended more than 24 months ago")
    assert "NCT01089686" in late
    assert "NCT01201707" in late
    withdrawn = next(trial for trial in found.silent_trials if trial.key == "NCT01555684")
    assert withdrawn.sample_size == 0


def test_the_registries_of_hydroxychloroquine_know_every_number_of_its_trials() -> None:
    """RECOVERY under three numbers is one trial, and none of those published is without a result."""
    trials = json.loads((shared_data("topics/hydroxychloroquine-covid19") / "trials.json").read_text())
    topic = replace(TOPIC, question=HCQ)
    entries, reports = [], []
    for number, trial in enumerate(trials["controlled_trials"], 1):
        numbers = [one.removeprefix("EUCTR") for one in trial["registry_ids"]]
        if not numbers:
            continue
        entries.append(
            entry(
                numbers[0],
                title="Hydroxychloroquine in COVID-19",
                conditions=("COVID-19",),
                interventions=("Hydroxychloroquine",),
                arms=(RegistryArm("Hydroxychloroquine"), RegistryArm("Usual care", is_control=True)),
                other_numbers=tuple(numbers[1:]),
                registered_on=date(2020, 3, 1),
                primary_completion=RegistryDate("2020-06", is_actual=True),
                references=(RegistryReference(str(number), ReferenceKind.DERIVED, 2020),),
            )
        )
        text = "100 patients with COVID-19 were randomly assigned to hydroxychloroquine or usual care. No difference."
        reports.append(article(str(number), f"Hydroxychloroquine in COVID-19: a randomized trial {number}", text))
    found = answer_with(*entries, found=tuple(reports), topic=topic, today=date(2023, 1, 1))
    assert not any("we found no result" in line for line in found.lines)
    assert found.silent_trials == ()
