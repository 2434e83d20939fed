"""ISRCTN: recorded trials are read, a status is derived from what the registry shows."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest
from lxml import etree

from monitor.errors import UpstreamError
from monitor.model import (
    ReferenceKind,
    RegistryAnswer,
    RegistryEntry,
    RegistryQuestion,
    RegistryReference,
    RegistryStatus,
    SourceName,
)
from monitor.sources.registries.isrctn import Isrctn
from monitor.sources.transport.web import WebService
from tests.support.answers import Answer, Asked, serving
from tests.support.shared_data import shared_data

NAMESPACE = "http://www.67bricks.com/isrctn"
ASKED = RegistryQuestion(("preterm infants",), ("milk",))
TODAY = date(2026, 3, 26)


def _recorded(name: str) -> dict[str, Any]:
    """A recorded trial; the converter turned its XML into JSON."""
    record: dict[str, Any] = json.loads((shared_data("sources/registries") / f"isrctn_{name}.json").read_text())
    return record


def _trial(record: Mapping[str, Any], **attributes: str) -> etree._Element:
    """The XML that a recorded trial was."""
    node = etree.Element(f"{{{NAMESPACE}}}trial", attributes)
    _fill(node, record)
    return node


def _fill(node: etree._Element, value: object) -> None:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            for one in inner if isinstance(inner, list) else [inner]:
                _fill(etree.SubElement(node, f"{{{NAMESPACE}}}{name}"), one)
    else:
        node.text = str(value)


def _list(*trials: etree._Element, total: int | None = None) -> Answer:
    root = etree.Element(f"{{{NAMESPACE}}}allTrials", totalCount=str(len(trials) if total is None else total))
    for trial in trials:
        etree.SubElement(root, f"{{{NAMESPACE}}}fullTrial").append(trial)
    return Answer(etree.tostring(root), headers={"Content-Type": "application/xml"})


def _ask(routes: Any, asked: RegistryQuestion = ASKED, today: date = TODAY) -> RegistryAnswer:
    with serving(routes) as service:
        web = WebService(service.settings(SourceName.ISRCTN), sleep=lambda _: None)
        return Isrctn(web).entries(asked, "", today)


def _one(name: str, today: date = TODAY, **participants: str) -> RegistryEntry:
    record = _recorded(name)
    record["participants"].update(participants)
    trial = _trial(record, version="8", lastUpdated="2021-08-23T10:00:00.000Z")
    (entry,) = _ask({"/query": _list(trial)}, today=today).entries
    return entry


def test_a_recorded_trial_with_results_is_read() -> None:
    """Its papers are lines of text with a link to PubMed, its other number is that of ClinicalTrials.gov."""
    entry = _one("results_published")
    assert (entry.number, entry.acronym) == ("ISRCTN76463425", "SIFT")
    assert entry.other_numbers == ("NCT01727609",)
    assert entry.is_randomized
    assert (entry.enrolment, entry.is_enrolment_actual) == (2804, True)
    assert entry.references == (
        RegistryReference("31597020", ReferenceKind.RESULT, 2019),
        RegistryReference("32342857", ReferenceKind.RESULT, 2020),
        RegistryReference("34419121", ReferenceKind.RESULT, 2021),
        RegistryReference("28129748", ReferenceKind.BACKGROUND, 2017),
    )
    assert (entry.updated_on, entry.version) == (date(2021, 8, 23), "8")


def test_nil_known_is_no_number() -> None:
    """It stands in the place of one."""
    assert _one("ongoing_no_results").other_numbers == ()


def test_an_old_record_that_is_almost_empty_is_read() -> None:
    """With what there is."""
    entry = _one("old_sparse")
    assert entry.status is RegistryStatus.COMPLETED
    assert entry.enrolment == 238
    assert not entry.has_results


@pytest.mark.parametrize(
    ("today", "status"),
    [
        (date(2013, 5, 31), RegistryStatus.NOT_YET_RECRUITING),
        (date(2013, 6, 1), RegistryStatus.RECRUITING),
        (date(2015, 6, 1), RegistryStatus.ACTIVE),
        (date(2018, 5, 11), RegistryStatus.COMPLETED),
    ],
)
def test_the_status_follows_from_the_dates(today: date, status: RegistryStatus) -> None:
    """The registry has no field for it."""
    assert _one("results_published", today).status is status


@pytest.mark.parametrize(
    ("said", "status"),
    [("Suspended", RegistryStatus.SUSPENDED), ("Stopped", RegistryStatus.TERMINATED)],
)
def test_an_override_is_stronger_than_the_dates(said: str, status: RegistryStatus) -> None:
    """A trial that was stopped is not completed."""
    assert _one("results_published", recruitmentStatusOverride=said).status is status


def test_a_trial_that_was_stopped_as_a_whole_is_not_completed() -> None:
    """Its recruitment had ended as planned; the override of the whole trial says so."""
    record = _recorded("results_published")
    record["trialDesign"]["overallStatusOverride"] = "Stopped"
    (entry,) = _ask({"/query": _list(_trial(record))}).entries
    assert entry.status is RegistryStatus.TERMINATED


@pytest.mark.parametrize(
    ("said", "is_randomized"),
    [
        ("Multicentre non randomised study", False),
        ("Non-randomized comparison", False),
        ("Single-centre randomised controlled trial", True),
        ("Multicentre study", None),
    ],
)
def test_a_design_says_whether_it_is_randomised_or_not_at_all(said: str, is_randomized: bool | None) -> None:
    """However it is spelled."""
    record = _recorded("results_published")
    record["trialDesign"] |= {"studyDesign": said, "secondaryStudyDesign": ""}
    (entry,) = _ask({"/query": _list(_trial(record))}).entries
    assert entry.is_randomized is is_randomized


def test_an_isrctn_among_its_secondary_numbers_is_of_another_trial() -> None:
    """A follow-up names the first; lower case, blanks and words for nothing stand there too."""
    record = _recorded("results_published")
    record["externalRefs"] |= {
        "clinicalTrialsGovNumber": " nct01817751 ",
        "secondaryNumbers": {"secondaryNumber": ["ISRCTN20343063", "Nil known", "", "N/A"]},
    }
    (entry,) = _ask({"/query": _list(_trial(record))}).entries
    assert entry.other_numbers == ("NCT01817751",)


def test_a_trial_without_a_number_is_left_out_and_told() -> None:
    """The others are read; where none has one, the shape is another."""
    without = _recorded("old_sparse") | {"isrctn": ""}
    answer = _ask({"/query": _list(_trial(_recorded("results_published")), _trial(without))})
    assert [entry.number for entry in answer.entries] == ["ISRCTN76463425"]
    assert answer.unreadable == (("", "ISRCTN: a trial has no number."),)
    with pytest.raises(UpstreamError, match="a trial has no number"):
        _ask({"/query": _list(_trial(without))})


def test_every_page_is_read_and_the_total_is_checked() -> None:
    """Fewer than the registry counts is no answer."""
    first, second = _trial(_recorded("results_published")), _trial(_recorded("old_sparse"))

    def page(asked: Asked) -> Answer:
        return _list(first if asked.params["offset"] == "0" else second, total=2)

    assert len(_ask({"/query": page}).entries) == 2
    with pytest.raises(UpstreamError, match="counted 3 trials and sent 1"):
        _ask({"/query": _list(_trial(_recorded("old_sparse")), total=3)})


def test_nothing_found_is_an_answer() -> None:
    """A total of 0."""
    answer = _ask({"/query": _list()})
    assert (answer.entries, answer.is_full) == ((), True)


def test_a_trial_is_asked_for_by_its_number() -> None:
    """One that does not exist is said to be missing; other registries' numbers are not asked for."""
    root = etree.Element(f"{{{NAMESPACE}}}fullTrial")
    root.append(_trial(_recorded("old_sparse")))
    found = Answer(etree.tostring(root), headers={"Content-Type": "application/xml"})
    asked = RegistryQuestion(numbers=("ISRCTN20343063", "ISRCTN00000000", "NCT01089686"))
    answer = _ask({"/trial/ISRCTN20343063": found}, asked)
    assert [entry.number for entry in answer.entries] == ["ISRCTN20343063"]
    assert answer.by_number == {"ISRCTN20343063"}
    assert answer.missing == ("ISRCTN00000000",)


@pytest.mark.parametrize(
    "answer",
    [
        Answer(b"<html><body>Sorry</body></html>"),
        Answer(b"<allTrials/>"),
        Answer(f'<allTrials xmlns="{NAMESPACE}"/>'.encode()),
        Answer(b"", 503),
        Answer(b"bad", 400),
        _list(total=1),
    ],
    ids=["a web page", "another namespace", "no total", "down", "refused", "promised and not sent"],
)
def test_what_is_no_answer_is_a_failure_and_never_an_empty_list(answer: Answer) -> None:
    """Whatever the status says."""
    with pytest.raises(UpstreamError, match="ISRCTN"):
        _ask({"/query": answer})
