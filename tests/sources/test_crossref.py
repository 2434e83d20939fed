"""Crossref's recorded works: which side of an update is the article, what is said twice, and what is no answer."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from monitor.errors import UpstreamError
from monitor.model import Nature, OutsideNotice, SourceName
from monitor.sources.crossref import Crossref
from monitor.sources.transport.web import WebService
from tests.support.answers import Answer, Asked, Route, Service, serving
from tests.support.ncbi_server import Time

LANCET, NOTICE = "10.1016/s0140-6736(20)31180-6", "10.1016/s0140-6736(20)31324-6"
WAKEFIELD = "10.1016/s0140-6736(97)11096-0"
PLOS, SELF = "10.1371/journal.pone.0064723", "10.29328/journal.jcmhs.1001023"
Works = dict[str, dict[str, object]]


@pytest.fixture
def works(shared_data: Path) -> Works:
    """Every recorded work, by DOI."""
    found: Works = {}
    for file in sorted((shared_data / "sources" / "crossref").glob("*.json")):
        answer = json.loads(file.read_text("utf-8"))
        work = answer.get("message", answer)
        if isinstance(work, dict) and "DOI" in work:
            found[work["DOI"].lower()] = work
    assert len(found) > 6
    return found


def listing(works: Works) -> Callable[[Asked], Answer]:
    """Answers a filter by DOIs as Crossref does."""

    def answer(asked: Asked) -> Answer:
        wanted = [one.removeprefix("doi:") for one in asked.params["filter"].split(",")]
        items = [works[doi] for doi in wanted if doi in works]
        return enveloped(items)

    return answer


def enveloped(items: list[dict[str, object]], total: int | None = None) -> Answer:
    """A list of works."""
    message = {"total-results": len(items) if total is None else total, "items": items}
    return Answer(json.dumps({"status": "ok", "message-type": "work-list", "message": message}).encode())


def crossref(there: Service) -> Crossref:
    """A client that never waits."""
    time = Time()
    settings = there.settings(SourceName.CROSSREF)
    return Crossref(WebService(settings, clock=time.clock, sleep=time.sleep), settings.contact)


def asked(works: Works, **dois: str) -> dict[str, list[OutsideNotice]]:
    """The notices about these articles."""
    with serving({"/works": listing(works)}) as there:
        return {pmid: list(ones) for pmid, ones in crossref(there).notices(dois, "").by_pmid.items()}


def of(notices: list[OutsideNotice], nature: Nature) -> list[OutsideNotice]:
    """Those of one nature."""
    return [one for one in notices if one.nature is nature]


def test_a_retracted_article_is_known_by_the_notices_about_it(works: Works) -> None:
    """Correction, then retraction, as Retraction Watch deposited them."""
    correction, retraction = asked(works, a=WAKEFIELD)["a"]
    assert (correction.nature, correction.on) == (Nature.CORRECTION, date(2004, 3, 6))
    assert (retraction.nature, retraction.on) == (Nature.RETRACTION, date(2010, 2, 6))
    assert retraction.doi == "10.1016/s0140-6736(10)60175-4"
    assert retraction.told_by == "Retraction Watch (Crossref)"


def test_a_link_that_was_deposited_backwards_is_no_retraction_of_the_notice(works: Works) -> None:
    """The record of the Lancet's notice says that it was retracted by the very study that it retracts."""
    found = asked(works, study=LANCET, notice=NOTICE)
    (retraction,) = of(found["study"], Nature.RETRACTION)
    assert (retraction.doi, retraction.on) == (NOTICE, date(2020, 6, 5))
    assert "notice" not in found


def test_another_notice_of_the_same_study_is_not_retracted_either(works: Works) -> None:
    """Its own record names no target: that of what is said to retract it does."""
    other = "10.1016/s0140-6736(20)31174-0"
    backwards = {"DOI": LANCET, "type": "retraction", "source": "publisher", "updated": {"date-parts": [[2020, 5, 22]]}}
    with_other: Works = {**works, other: {"DOI": other, "updated-by": [backwards]}}
    assert asked(with_other, letter=other) == {}
    honest: Works = {other: {"DOI": other, "updated-by": [{**backwards, "DOI": "10.1016/notice"}]}}
    assert [one.nature for one in asked(honest, letter=other)["letter"]] == [Nature.RETRACTION]


def test_one_notice_told_twice_is_one_with_both_dates(works: Works) -> None:
    """The publisher and Retraction Watch; the concern about one article has the same date twice."""
    (concern,) = asked(works, a=PLOS)["a"]
    assert concern.nature is Nature.CONCERN
    assert concern.dates == (("Retraction Watch", date(2021, 10, 28)), ("publisher", date(2021, 10, 28)))
    found = asked(works, a=LANCET)["a"]
    (correction,) = [one for one in of(found, Nature.CORRECTION) if one.doi.endswith("31249-6")]
    assert {who for who, _ in correction.dates} == {"Retraction Watch", "publisher"}


def test_the_later_date_is_shown_with_who_says_so(works: Works) -> None:
    """The publisher has the article's birthday, Retraction Watch the day of the notice."""
    said = [
        {"DOI": "10.1/n", "type": "retraction", "source": "publisher", "updated": {"date-parts": [[2020, 5, 22]]}},
        {
            "DOI": "10.1/n",
            "type": "retraction",
            "source": "retraction-watch",
            "updated": {"date-parts": [[2020, 6, 5]]},
        },
    ]
    (one,) = asked({"10.1/a": {"DOI": "10.1/A", "updated-by": said}}, a="10.1/A")["a"]
    assert (one.on, one.asserted_by) == (date(2020, 6, 5), "Retraction Watch")
    assert [on for _, on in one.dates] == [date(2020, 5, 22), date(2020, 6, 5)]


def test_a_work_can_update_itself_and_a_partial_retraction_is_a_correction(works: Works) -> None:
    """As PubMed has it too."""
    (one,) = asked(works, a=SELF)["a"]
    assert (one.nature, one.doi, one.on) == (Nature.CORRECTION, SELF, date(2022, 12, 1))


@pytest.mark.parametrize(
    ("update", "nature"),
    [
        ({"type": "expression-of-concern"}, Nature.CONCERN),
        ({"type": "Withdrawal"}, Nature.RETRACTION),
        ({"type": "removal", "updated": {"date-parts": [[2020]]}}, Nature.RETRACTION),
        ({"type": "corrigendum", "updated": {"date-parts": [[None]]}}, Nature.CORRECTION),
        ({"type": " Expression of Concern "}, Nature.CONCERN),
        ({"type": None, "label": "Retraction"}, Nature.RETRACTION),
        ({"type": "retraction", "updated": "2020-06-05"}, Nature.RETRACTION),
        ({"type": "retraction", "DOI": None}, Nature.RETRACTION),
        ({"type": "retraction", "source": None}, Nature.RETRACTION),
        ({"type": "new_version"}, None),
        ({"type": "addendum"}, None),
    ],
)
def test_each_type_in_either_spelling_with_any_date(update: dict[str, object], nature: Nature | None) -> None:
    """An addendum or a new version says nothing against the work."""
    works: Works = {"10.1/a": {"DOI": "10.1/a", "updated-by": [{"DOI": "10.1/n", "source": "publisher", **update}]}}
    assert [one.nature for one in asked(works, a="10.1/a").get("a", [])] == ([nature] if nature else [])


def test_many_articles_are_asked_in_batches_and_unknown_dois_are_told(works: Works) -> None:
    """A DOI of another agency is unknown to Crossref; an article without a DOI is not asked for."""
    dois = {str(number): f"10.5281/zenodo.{number}" for number in range(100)} | {"x": WAKEFIELD.upper(), "none": ""}
    with serving({"/works": listing(works)}) as there:
        found = crossref(there).notices(dois, "")
    assert (found.requests, list(found.by_pmid)) == (3, ["x"])
    assert found.remark == "100 of 101 DOIs are not Crossref's."
    assert all(one.params["mailto"] == "jane@example.org" for one in there.asked)


def test_a_doi_with_a_comma_is_asked_alone(works: Works) -> None:
    """In a filter it would end there."""
    doi = "10.1002/(sici)1097-4636(199823)43:4,338::aid-jbm16"
    work = {"DOI": doi, "updated-by": [{"DOI": "10.1/n", "type": "retraction", "source": "retraction-watch"}]}
    routes: dict[str, Route] = {f"/works/{doi}": Answer(json.dumps({"message": work}).encode())}
    with serving(routes) as there:
        assert list(crossref(there).notices({"a": doi, "b": "10.1/x,y"}, "").by_pmid) == ["a"]


def test_a_field_that_cannot_be_selected_is_not_selected(works: Works) -> None:
    """Then whole works come."""

    def answer(asked: Asked) -> Answer:
        if "select" in asked.params:
            return Answer(b'{"status":"failed","message":[{"type":"select-not-available"}]}', 400)
        return listing(works)(asked)

    with serving({"/works": answer}) as there:
        assert crossref(there).notices({"a": WAKEFIELD}, "").requests == 2


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (enveloped([], total=3), "Crossref sent 0 of 3 works"),
        (Answer(b'{"status":"failed","message":[{"type":"validation-failure"}]}', 400), r"refused the request \(400\)"),
        (Answer(b"<html>too many</html>"), "no JSON"),
        (Answer(b"Resource not found.", 404), r"refused the request \(404\)"),
        (Answer(b'{"message": {"items": []}}'), r"missing required field `total-results` - at `\$.message`"),
        (enveloped([{"title": "no DOI"}]), r"missing required field `DOI` - at `\$.message.items\[0\]`"),
        (
            enveloped([{"DOI": WAKEFIELD, "updated-by": [{"DOI": "10.1/n"}]}]),
            "an update of no type: 10.1/n",
        ),
        (enveloped([{"DOI": WAKEFIELD, "updated-by": "yes"}]), r"got `str` - at `\$.message.items\[0\].updated-by`"),
    ],
)
def test_what_is_no_whole_answer_is_an_error_and_not_nothing(answer: Answer, told: str) -> None:
    """Else a retraction would be overlooked."""
    with serving({"/works": answer}) as there, pytest.raises(UpstreamError, match=told):
        crossref(there).notices({"a": WAKEFIELD}, "")


def test_the_recorded_errors_are_errors(shared_data: Path) -> None:
    """A rejected parameter, a page of text."""
    folder = shared_data / "sources" / "crossref"
    for file in folder.glob("error_*"):
        if ".meta." in file.name:
            continue
        status = int(file.name.split("_")[1])
        with serving({"/works": Answer(file.read_bytes(), status)}) as there, pytest.raises(UpstreamError):
            crossref(there).notices({"a": WAKEFIELD}, "")


def test_an_empty_list_is_nothing(shared_data: Path) -> None:
    """The recorded one."""
    empty = (shared_data / "sources" / "crossref" / "works_empty.json").read_bytes()
    with serving({"/works": Answer(empty)}) as there:
        assert crossref(there).notices({"a": WAKEFIELD}, "").by_pmid == {}


@pytest.mark.parametrize(
    ("parts", "on"),
    [
        ([2020, 6, 5], date(2020, 6, 5)), (["2020", "06", "05"], date(2020, 6, 5)), ([2020, 6], None), ([2020], None),
        ([2020, 6, None], None), ([None], None), ([2020, 13, 1], None), ([], None), (2020, None), (None, None),
    ],
)  # fmt: skip
def test_a_date_without_its_day_is_not_told_as_the_first(works: Works, parts: object, on: date | None) -> None:
    """Nor does it keep the retraction from being told."""
    update = {"DOI": "10.1/n", "type": "retraction", "source": "publisher", "updated": {"date-parts": [parts]}}
    (one,) = asked({"10.1/a": {"DOI": "10.1/A", "updated-by": [update]}}, a="10.1/a")["a"]
    assert (one.nature, one.on) == (Nature.RETRACTION, on)


def test_one_update_that_cannot_be_read_loses_no_other() -> None:
    """A retraction of another article must not wait for it; the operator is told."""
    update = {"DOI": "10.1/n", "type": "retraction", "source": "publisher"}
    broken = [{"DOI": "10.1/n"}, "10.1/n", {**update, "type": 5}]
    works: Works = {
        "10.1/a": {"DOI": "10.1/a", "updated-by": broken},
        "10.1/b": {"DOI": "10.1/b", "updated-by": [*broken, update]},
        "10.1/n": {"DOI": "10.1/n", "updated-by": broken},
    }
    with serving({"/works": listing(works)}) as there:
        found = crossref(there).notices({"1": "10.1/a", "2": "10.1/b"}, "")
    assert [one.nature for one in found.by_pmid["2"]] == [Nature.RETRACTION]
    assert "1" not in found.by_pmid
    assert found.remark.startswith("Updates that could not be read: 6, the first because Crossref ")
