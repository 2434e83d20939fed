"""ClinicalTrials.gov: every recorded answer is read, and what is not a whole answer is none."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from monitor.errors import UpstreamError
from monitor.model import RegistryAnswer, RegistryEntry, RegistryQuestion, RegistryStatus, SourceName
from monitor.sources.registries.clinicaltrials import ClinicalTrials
from monitor.sources.registries.study import read_study
from monitor.sources.transport.web import WebService
from tests.support.answers import Answer, Asked, Service, serving
from tests.support.registry import Register, as_json, as_text, study
from tests.support.shared_data import shared_data

TODAY = date(2026, 3, 26)
MS = RegistryQuestion(("multiple sclerosis", "MS"), ("venous angioplasty", "stent*"))


@contextmanager
def asking(routes: Any) -> Iterator[tuple[ClinicalTrials, Service]]:
    """The client, with a server that answers it."""
    with serving(routes) as service:
        web = WebService(service.settings(SourceName.CLINICAL_TRIALS), sleep=lambda _: None)
        yield ClinicalTrials(web), service
        web.close()


def _ask(routes: Any, watermark: str = "", asked: RegistryQuestion = MS) -> RegistryAnswer:
    with asking(routes) as (registry, _):
        return registry.entries(asked, watermark, TODAY)


def _recorded(name: str) -> RegistryEntry:
    return read_study((shared_data("sources/ctgov") / name).read_bytes())


# --- recorded answers --------------------------------------------------------------------------------


def _records() -> list[Path]:
    folder = Path(__file__).resolve().parents[3].parent / "shared" / "data" / "sources" / "ctgov"
    return [path for path in sorted(folder.glob("study_*.json")) if path.stem != "study_unposted_annotation"]


@pytest.mark.parametrize("path", _records(), ids=lambda path: path.stem)
def test_every_recorded_study_is_read(path: Path) -> None:
    """With its number, its title and the day it became public; no contact person is."""
    entry = read_study(path.read_bytes())
    assert entry.number.startswith("NCT")
    assert entry.title
    assert entry.registered_on


def test_a_withdrawn_trial_says_why_and_has_nobody_in_it() -> None:
    """Although it has an actual date of completion."""
    entry = _recorded("study_withdrawn_whystopped.json")
    assert entry.status is RegistryStatus.WITHDRAWN
    assert entry.why_stopped
    assert entry.enrolment == 0


def test_a_terminated_trial_need_not_say_why() -> None:
    """The reason is optional."""
    entry = _recorded("study_terminated_without_reason.json")
    assert (entry.status, entry.why_stopped) == (RegistryStatus.TERMINATED, "")


def test_numbers_of_other_registries_are_found_whatever_type_they_are_filed_under() -> None:
    """And grants and protocol numbers are none."""
    assert _recorded("study_results_delayed_certificate.json").other_numbers == ("2015-001894-41",)
    assert _recorded("study_secondary_ids_without_type.json").other_numbers == ()
    filed: Any = study()
    filed["protocolSection"]["identificationModule"]["secondaryIdInfos"] = [
        {"id": "ISRCTN50189673", "type": "OTHER", "domain": "ISRCTN"},
        {"id": "ACTRN12612000302853"},
    ]
    assert read_study(json.dumps(filed).encode()).other_numbers == ("ISRCTN50189673", "ACTRN12612000302853")


def test_results_that_were_sent_and_are_in_review_are_known() -> None:
    """They are returned with questions (RESET) and stay sent; UNRELEASE takes them back."""
    excerpt = json.loads((shared_data("sources/ctgov") / "study_unposted_annotation.json").read_text())
    excerpt["protocolSection"]["statusModule"] = {"overallStatus": "COMPLETED"}
    assert read_study(json.dumps(excerpt).encode()).results_submitted_on == date(2022, 12, 23)
    events = excerpt["annotationSection"]["annotationModule"]["unpostedAnnotation"]["unpostedEvents"]
    events.append({"type": "UNRELEASE", "date": "2023-11-01"})
    assert read_study(json.dumps(excerpt).encode()).results_submitted_on is None


def test_a_month_means_its_last_day() -> None:
    """A trial is not called overdue before its month has ended."""
    completion = _recorded("study_results_delayed_certificate.json").primary_completion
    assert completion is not None
    assert (completion.written, completion.last_day) == ("2018-05", date(2018, 5, 31))


def test_the_retired_api_is_refused() -> None:
    """`FullStudiesResponse` is no list of studies."""
    legacy = Answer((shared_data("sources/ctgov") / "legacy_fullstudiesresponse.json").read_bytes())
    with pytest.raises(UpstreamError, match="another shape"):
        _ask({**Register().routes(), "/studies": legacy})


def test_nothing_found_is_an_answer() -> None:
    """The one shape that means nothing."""
    empty = Answer((shared_data("sources/ctgov") / "search_empty.json").read_bytes())
    version = Answer((shared_data("sources/ctgov") / "version.json").read_bytes())
    answer = _ask({"/studies": empty, "/version": version})
    assert answer.entries == ()
    assert answer.is_full
    assert answer.watermark.startswith("2026-03-25T09:00:05")


def test_the_recorded_pages_of_a_search_are_read_to_their_end() -> None:
    """Their total is told on the first page alone."""
    folder = shared_data("eutils/ctgov/genomoncology+biomcp")
    first = json.loads((folder / "testdata__sources__ctgov__search_phelan_limit5_20260811.json").read_text())
    second = json.loads((folder / "testdata__sources__ctgov__search_phelan_next_20260811.json").read_text())
    first["totalCount"] = 10
    del second["nextPageToken"]  # recorded in the middle of 21
    answer = _ask({**Register().routes(), "/studies": [as_json(first), as_json(second)]})
    assert len(answer.entries) == 10


# --- what is asked -----------------------------------------------------------------------------------


def test_words_are_asked_as_condition_and_intervention_and_pages_until_the_last() -> None:
    """PubMed's truncation is left out, phrases are quoted, contact persons are not even asked for."""
    register = Register(*(study(f"NCT0000000{n}") for n in range(1, 6)), page=2)
    with asking(register.routes()) as (registry, service):
        answer = registry.entries(MS, "", TODAY)
    assert len(answer.entries) == 5
    assert answer.requests == 4
    first = service.asked[1].params
    assert first["query.cond"] == '"multiple sclerosis" OR MS'
    assert first["query.intr"] == '"venous angioplasty" OR stent'
    assert "Contact" not in first["fields"]
    assert "filter.advanced" not in first


def test_the_operators_own_expression_takes_the_place_of_the_words() -> None:
    """It is asked as it is."""
    with asking(Register().routes()) as (registry, service):
        registry.entries(RegistryQuestion(("MS",), ("stent",), query="CCSVI"), "", TODAY)
    assert service.asked[1].params["query.term"] == "CCSVI"
    assert "query.cond" not in service.asked[1].params


def test_one_request_is_the_whole_poll_while_the_data_are_the_same() -> None:
    """The register says of when its data are."""
    register = Register(study())
    with asking(register.routes()) as (registry, service):
        first = registry.entries(MS, "", TODAY)
        again = registry.entries(MS, first.watermark, TODAY)
    assert (again.entries, again.requests, again.watermark) == ((), 1, first.watermark)
    assert [one.path for one in service.asked] == ["/version", "/studies", "/version"]


def test_new_data_are_asked_for_updates_with_three_days_before_and_once_a_week_for_everything() -> None:
    """A study may leave the list without an update."""
    register = Register(study())
    with asking(register.routes()) as (registry, service):
        mark = registry.entries(MS, "", TODAY).watermark
        register.stamp = "2026-03-26T09:00:05"
        daily = registry.entries(MS, mark, TODAY)
        register.stamp = "2026-04-01T09:00:05"
        weekly = registry.entries(MS, daily.watermark, TODAY)
    asked = [one.params.get("filter.advanced") for one in service.asked if one.path == "/studies"]
    assert asked == [None, "AREA[LastUpdatePostDate]RANGE[2026-03-22, MAX]", None]
    assert (daily.is_full, weekly.is_full) == (False, True)


def test_trials_are_asked_for_by_number_too_and_an_earlier_number_leads_to_the_present_one() -> None:
    """The alias is redirected, and both numbers are told; a number that does not exist is said."""
    register = Register(study("NCT00000002"))
    register.moved = {"NCT00000001": "NCT00000002"}
    numbers = RegistryQuestion(numbers=("NCT00000001", "NCT00000009", "ACTRN12612000302853"))
    answer = _ask(register.routes(), asked=numbers)
    assert [entry.numbers for entry in answer.entries] == [("NCT00000002", "NCT00000001")]
    assert answer.by_number == {"NCT00000002"}
    assert answer.missing == ("NCT00000009",)


# --- faults ------------------------------------------------------------------------------------------


def test_a_page_that_promises_more_than_comes_is_no_answer() -> None:
    """Nothing of it is used, and it is asked again later."""
    with pytest.raises(UpstreamError, match="counted 2 studies and sent 1"):
        _ask({**Register().routes(), "/studies": as_json({"totalCount": 2, "studies": [study()]})})


def test_pages_that_repeat_a_study_in_the_place_of_another_are_no_answer() -> None:
    """Three are counted, one comes twice; where nothing is missing, what comes twice is one."""
    first, second = study("NCT00000001"), study("NCT00000002")
    pages: Any = [
        as_json({"studies": [first, second], "totalCount": 3, "nextPageToken": "a"}),
        as_json({"studies": [second], "nextPageToken": ""}),
    ]
    with pytest.raises(UpstreamError, match="counted 3 studies and sent 2"):
        _ask({**Register().routes(), "/studies": pages})
    pages[0] = as_json({"studies": [first, second], "totalCount": 2, "nextPageToken": "a"})
    answer = _ask({**Register().routes(), "/studies": pages})
    assert [entry.number for entry in answer.entries] == ["NCT00000001", "NCT00000002"]


def test_a_token_that_is_refused_because_the_data_changed_starts_the_list_again() -> None:
    """From its first page."""
    register, refused = Register(study("NCT00000001"), study("NCT00000002"), page=1), [True]

    def page(asked: Asked) -> Answer:
        if "pageToken" in asked.params and refused:
            refused.clear()
            return as_text("Invalid value in parameter `pageToken`", 400)
        answer: Answer = register.routes()["/studies"](asked)
        return answer

    assert len(_ask({**register.routes(), "/studies": page}).entries) == 2


def test_one_study_of_another_shape_is_left_out_and_told_and_everything_is_asked_again() -> None:
    """The field is named; the next data bring a full list."""
    broken: Any = study("NCT00000002")
    del broken["protocolSection"]["statusModule"]["overallStatus"]
    register = Register(study("NCT00000001"), broken)
    with asking(register.routes()) as (registry, service):
        answer = registry.entries(MS, "", TODAY)
        register.stamp = "2026-03-26T09:00:05"
        registry.entries(MS, answer.watermark, TODAY)
    assert [entry.number for entry in answer.entries] == ["NCT00000001"]
    ((number, why),) = answer.unreadable
    assert number == "NCT00000002"
    assert "overallStatus" in why
    assert "filter.advanced" not in service.asked[-1].params


def test_a_shape_that_changed_in_every_study_is_a_failure() -> None:
    """Not an empty list."""
    broken: Any = study()
    del broken["protocolSection"]["statusModule"]
    with pytest.raises(UpstreamError, match="statusModule"):
        _ask(Register(broken).routes())


def test_a_status_that_is_not_known_is_not_taken_for_another() -> None:
    """It is told."""
    with pytest.raises(UpstreamError, match="PAUSED"):
        _ask(Register(study(status="PAUSED")).routes())


@pytest.mark.parametrize(
    "answer",
    [
        as_text("Unknown parameter", 400),
        Answer(b"<html>busy</html>", 200, {"Content-Type": "text/html"}),
        Answer(b"", 503),
        Answer(b"", 429, {"Retry-After": "86400"}),
        as_json({"studies": []}),
        Answer(b'{"studies": [', 200),
    ],
    ids=["refused", "a web page", "down", "asked too often", "no total", "cut"],
)
def test_what_is_no_answer_is_a_failure_and_never_an_empty_list(answer: Answer) -> None:
    """Whatever the status says."""
    with pytest.raises(UpstreamError, match=r"ClinicalTrials\.gov"):
        _ask({**Register().routes(), "/studies": answer})


def test_a_version_that_is_no_time_is_a_failure() -> None:
    """What was seen up to when could not be known."""
    with pytest.raises(UpstreamError, match="dataTimestamp"):
        _ask({**Register().routes(), "/version": as_json({"dataTimestamp": "soon"})})
