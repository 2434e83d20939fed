"""What registries and copies of them do that nobody expects: each is told as what it is, or not at all."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from monitor.model import KnownTrial, RegistryStatus, SourceName
from monitor.store import Database
from monitor.watch.outside.registries import changes as registry_changes
from tests.support.answers import Answer, Asked
from tests.support.registry import as_json, entry, study
from tests.watch.outside.test_registries import DAY, TOPIC, Watched, watching

NUMBER = "NCT01089686"
OTHER = "NCT01089687"


def _says(watched: Watched, module: str, **values: Any) -> list[str]:
    """What is told when a module of the study has these values from now on."""
    part = watched.register.studies[NUMBER]["protocolSection"].setdefault(module, {})
    part.update(values)
    return [line.removeprefix(f"{NUMBER}: ") for line in watched.ask()]


def _planned(written: str) -> dict[str, str]:
    return {"date": written, "type": "ESTIMATED"}


# --- dates and numbers -------------------------------------------------------------------------------


@pytest.mark.parametrize(("before", "after"), [("2013", "2013-02"), ("2013-01", "2013-01-02"), ("2013-02-01", "2013")])
def test_a_month_that_becomes_a_day_of_it_has_not_moved(db: Database, before: str, after: str) -> None:
    """The register is only more, or less, precise than before."""
    with watching(db, study(primaryCompletionDateStruct=_planned(before))) as watched:
        assert _says(watched, "statusModule", primaryCompletionDateStruct=_planned(after)) == []


def test_a_number_of_participants_that_is_corrected_is_not_said_to_be_a_plan(db: Database) -> None:
    """Nor where the registry does not say which it is."""
    with watching(db, study()) as watched:
        reached = {"count": "20", "type": "ACTUAL"}
        assert _says(watched, "designModule", enrollmentInfo=reached) == ["It has 20 participants."]
        assert _says(watched, "designModule", enrollmentInfo={**reached, "count": 200}) == [
            "The registry now gives 200 as its number of participants; it gave 20."
        ]
        assert _says(watched, "designModule", enrollmentInfo={"count": 130}) == [
            "The registry now gives 130 as its number of participants; it gave 200."
        ]


def test_one_trial_registered_in_the_future_holds_back_itself_alone(db: Database) -> None:
    """What is told of the others goes on, and it is told when its day is right."""
    with watching(db, study()) as watched:
        watched.register.studies[OTHER] = study(OTHER, posted="2021-01-02")
        assert _says(watched, "statusModule", overallStatus="COMPLETED") == ["It is completed."]
        assert OTHER not in watched.statuses()
        watched.register.studies[OTHER] = study(OTHER, posted="2012-01-02")
        assert watched.ask() == [f"{OTHER}: Registered on 2 January 2012."]


def test_a_trial_that_was_registered_in_a_month_is_not_said_to_be_on_its_last_day(db: Database) -> None:
    """Nobody knows the day."""
    with watching(db, study()) as watched:
        watched.register.studies[OTHER] = study(OTHER, posted="2012-01")
        assert watched.ask() == [f"{OTHER}: Now listed by the registry."]


# --- reasons and states ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "said",
    [
        "Recruiting or enrolling participants has halted prematurely and will not resume.",
        "recruiting or enrolling participants has halted prematurely and will not resume",
        "N/A",
        " . ",
        "Not applicable.",
    ],
)
def test_words_that_give_no_reason_are_not_told_as_one(db: Database, said: str) -> None:
    """The register's definition of the status stands there, or nothing that means anything."""
    with watching(db, study()) as watched:
        assert _says(watched, "statusModule", overallStatus="TERMINATED", whyStopped=said) == [
            "It was terminated early; no reason is given."
        ]
        assert _says(watched, "statusModule", whyStopped="None") == []
        assert _says(watched, "statusModule", whyStopped="Slow accrual.") == ["The reason now given: “Slow accrual”."]


def test_a_withheld_study_is_not_said_to_lack_updates(db: Database) -> None:
    """Only the status that the register sets by itself after two years means that."""
    with watching(db, study()) as watched:
        assert _says(watched, "statusModule", overallStatus="WITHHELD") == [
            "Its status is unknown: the registry does not say how it stands."
        ]


# --- results that come and go ------------------------------------------------------------------------


def test_results_that_were_posted_and_are_taken_down_are_told_as_both(db: Database) -> None:
    """Without a date too; what is said is what the registry shows."""
    with watching(db, study()) as watched:
        watched.register.studies[NUMBER]["hasResults"] = True
        assert watched.ask() == [f"{NUMBER}: Results are posted in the registry."]
        watched.register.studies[NUMBER]["hasResults"] = False
        assert watched.ask() == [f"{NUMBER}: The registry no longer shows results of it."]
        assert watched.ask() == []


def test_results_that_were_sent_and_are_taken_back_are_told_as_both(db: Database) -> None:
    """Until they are public they can be; when they become public, only that is told."""
    with watching(db, study()) as watched:
        one = watched.register.studies[NUMBER]
        events: Any = {"type": "RELEASE", "date": "2012-01-01"}
        one["annotationSection"] = {"annotationModule": {"unpostedAnnotation": {"unpostedEvents": events}}}
        sent = f"{NUMBER}: Results were sent to the registry on 1 January 2012 and are not public yet."
        assert watched.ask() == [sent]
        part = one["annotationSection"]["annotationModule"]["unpostedAnnotation"]
        part["unpostedEvents"] = [events, {"type": "UNRELEASE", "date": "2012-01-03"}]
        assert watched.ask() == [f"{NUMBER}: The registry no longer says that results were sent to it."]
        part["unpostedEvents"] = events
        assert watched.ask() == [sent]
        one["hasResults"] = True
        assert watched.ask() == [f"{NUMBER}: Results are posted in the registry."]


def test_an_older_article_named_as_a_result_is_not_told_where_the_start_is_missing_too(db: Database) -> None:
    """The day of registration takes its place."""
    paper = {"pmid": "16888888", "type": "RESULT", "citation": "Doe J. On veins. Lancet. 2005 Aug;1(2):3."}
    with watching(db, study()) as watched:
        assert _says(watched, "referencesModule", references=paper) == []


# --- numbers -----------------------------------------------------------------------------------------


def test_a_study_that_extends_another_is_another_study(db: Database) -> None:
    """It has the number of the first among its secondary ones: neither is the other under a new number."""
    with watching(db, study()) as watched:
        extension, unrelated = study(OTHER, posted="2012-01-02"), study("NCT01089688", posted="2012-01-02")
        for one in (extension, unrelated):
            one["protocolSection"]["identificationModule"]["secondaryIdInfos"] = {"id": f" {NUMBER.lower()} "}
        unrelated["protocolSection"]["identificationModule"]["briefTitle"] = "A diary after venous angioplasty"
        unrelated["protocolSection"]["conditionsModule"] = {"conditions": ["Diabetes"]}
        watched.register.studies |= {OTHER: extension, "NCT01089688": unrelated}
        assert watched.ask() == [f"{OTHER}: Registered on 2 January 2012."]
        assert set(watched.statuses()) == {NUMBER, OTHER}


def test_a_trial_asked_for_by_an_earlier_number_and_found_by_words_is_one(db: Database) -> None:
    """Its history has each change once."""
    topic = replace(TOPIC, known_trials=(KnownTrial("NCT00000009"),))
    with watching(db, study(), topic=topic) as watched:
        watched.register.moved["NCT00000009"] = NUMBER
        watched.ask()
        assert _says(watched, "statusModule", overallStatus="COMPLETED") == ["It is completed."]
        assert list(watched.statuses()) == [NUMBER]


def test_a_trial_that_leaves_the_list_is_followed_by_its_number(db: Database) -> None:
    """The register's words for it changed; that it stopped is told all the same."""
    with watching(db, study(), study(OTHER)) as watched:
        whole = watched.routes["/studies"]

        def without(asked: Asked) -> Answer:
            if "filter.ids" in asked.params:
                return whole(asked)
            return as_json({"studies": [watched.register.studies[OTHER]], "totalCount": 1})

        watched.routes["/studies"] = without
        assert _says(watched, "statusModule", overallStatus="TERMINATED", whyStopped="Harm.") == [
            "It was terminated early. The reason given: “Harm”."
        ]
        assert watched.statuses()[NUMBER] is RegistryStatus.TERMINATED


# --- copies of the register --------------------------------------------------------------------------


def test_a_copy_with_nulls_and_other_types_is_read_as_the_register_itself(db: Database) -> None:
    """Keys that are normally absent are null, numbers are texts, a list of one is its element."""
    with watching(db, study()) as watched:
        one = watched.register.studies[NUMBER]
        one["hasResults"] = "false"
        one["annotationSection"] = None
        one["protocolSection"]["outcomesModule"] = None
        one["protocolSection"]["referencesModule"] = {"references": [None, {"pmid": 24975855, "type": "DERIVED"}]}
        one["protocolSection"]["designModule"]["enrollmentInfo"] = {"count": "20", "type": "ACTUAL"}
        one["protocolSection"]["identificationModule"]["orgStudyIdInfo"] = {"id": 101}
        assert _says(watched, "statusModule", overallStatus="COMPLETED", whyStopped=None, startDateStruct=None) == [
            "It is completed. It has 20 participants. The registry links an article to it: PMID 24975855."
        ]


def test_a_last_page_whose_token_is_null_is_the_last_one(db: Database) -> None:
    """And its count may be a text, its list of one that one."""
    with watching(db, study()) as watched:
        one = watched.register.studies[NUMBER]
        body = {"studies": one, "totalCount": "1", "nextPageToken": None}
        watched.routes["/studies"] = lambda _: as_json(body)
        assert _says(watched, "statusModule", overallStatus="COMPLETED") == ["It is completed."]


def test_a_registry_without_reasons_is_not_said_to_give_none() -> None:
    """ISRCTN sends no reason to programs; its page may have one."""
    before = entry("ISRCTN50189673", source=SourceName.ISRCTN, status=RegistryStatus.RECRUITING)
    told = registry_changes.changed(before, replace(before, status=RegistryStatus.TERMINATED))
    assert told.sentences == ("It was terminated early; its page in the registry may say why.",)


def test_markup_in_a_title_or_a_reason_is_not_shown(db: Database) -> None:
    """People paste it into the forms; "<18 years" is none."""
    with watching(db, study()) as watched:
        one = watched.register.studies[NUMBER]["protocolSection"]["identificationModule"]
        one["briefTitle"] = " Venous <i>Angioplasty</i> for MS &amp; <18 years\n"
        assert _says(watched, "statusModule", overallStatus="TERMINATED", whyStopped="Harm<br/>in <b>two</b>.") == [
            "It was terminated early. The reason given: “Harm in two”."
        ]
        item = watched.changes()[-1].item
        assert item
        assert item.title == "Venous Angioplasty for MS & <18 years"


def test_a_planned_end_that_passed_two_years_ago_is_told_as_planned(db: Database) -> None:
    """Nobody has said that the trial ended."""
    planned = _planned("2011-12")
    with watching(db, study(status="UNKNOWN", primaryCompletionDateStruct=planned)) as watched:
        assert watched.ask(days=366) == []
        assert watched.ask(days=366) == [
            f"{NUMBER}: We found no result more than 24 months after its planned primary completion of "
            "31 December 2011."
        ]


def test_a_list_that_is_empty_because_all_trials_are_followed_by_number_is_believed(db: Database) -> None:
    """The operator lists a trial of other words; the words of the question find nothing."""
    topic = replace(TOPIC, known_trials=(KnownTrial(NUMBER),))
    with watching(db, study(), topic=topic) as watched:
        whole, empty = watched.routes["/studies"], as_json({"studies": [], "totalCount": 0})
        watched.routes["/studies"] = lambda asked: whole(asked) if "filter.ids" in asked.params else empty
        watched.now += 8 * DAY
        assert _says(watched, "statusModule", overallStatus="COMPLETED") == ["It is completed."]
        assert watched.doubt() == ""
