"""A service that changes the shape of its answers is told by the field that changed, and never crashes its reader."""

from __future__ import annotations

import pytest

from monitor.errors import UpstreamError
from monitor.model import SourceName
from monitor.sources.json_fields import Json

STUDY = {"id": {"nctId": "NCT1"}, "phases": ["PHASE2"], "hasResults": False, "count": "12", "n": 3, "none": None}


@pytest.fixture
def study() -> Json:
    """The second of two studies; the first is empty."""
    answer = Json.of(SourceName.CLINICAL_TRIALS, {"studies": [{}, STUDY], "lone": {"id": 7}})
    return answer.items("studies")[1]


def test_what_is_there_is_read(study: Json) -> None:
    """With the type that is asked for."""
    assert study.text("id.nctId") == "NCT1"
    assert [one.text() for one in study.maybe_items("phases")] == ["PHASE2"]
    assert study.flag("hasResults") is False
    assert (study.number("count"), study.number("n")) == (12, 3)
    assert study.at("id").text("nctId") == "NCT1"


def test_what_may_be_missing_is_absent(study: Json) -> None:
    """Missing, null, or below what is missing."""
    assert study.maybe_text("id.alias") == study.maybe_text("none") == study.maybe_text("status.why") == ""
    assert study.maybe_number("enrolled") is study.maybe_flag("none") is study.maybe("x.y.z") is None
    assert (study.maybe_items("arms"), study.maybe_items("arms.names")) == ([], [])


@pytest.mark.parametrize(
    ("read", "told"),
    [
        (lambda s: s.text("id.other"), "studies[1].id.other: a text was expected"),
        (lambda s: s.text("id"), "studies[1].id: a text was expected"),
        (lambda s: s.maybe_text("n"), "studies[1].n: a text was expected"),
        (lambda s: s.number("id.nctId"), "studies[1].id.nctId: a whole number was expected"),
        (lambda s: s.number("hasResults"), "studies[1].hasResults: a whole number was expected"),
        (lambda s: s.items("n"), "studies[1].n: a list was expected"),
        (lambda s: s.flag("n"), "studies[1].n: true or false was expected"),
        (lambda s: s.maybe_text("phases.first"), "studies[1].phases: an object was expected"),
        (lambda s: s.at("nowhere"), "studies[1].nowhere: something was expected"),
    ],
)
def test_another_shape_is_told_with_its_place(study: Json, read: object, told: str) -> None:
    """With its index in the list and what was expected there."""
    with pytest.raises(UpstreamError) as raised:
        read(study)  # type: ignore[operator]
    assert str(raised.value) == f"ClinicalTrials.gov: {told}."


def test_an_object_in_place_of_a_list_is_its_only_element() -> None:
    """Converters from XML write it so."""
    answer = Json.of(SourceName.EUROPE_PMC, {"comment": {"id": 7}})
    assert [one.number("id") for one in answer.items("comment")] == [7]


def test_a_whole_answer_of_another_kind_is_told() -> None:
    """A list where an object was expected."""
    with pytest.raises(UpstreamError, match="Crossref: the answer: an object was expected"):
        Json.of(SourceName.CROSSREF, []).text("message")
