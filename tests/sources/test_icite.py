"""NIH iCite's answers: three shapes, null lists, and articles that it does not know."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from monitor.errors import UpstreamError
from monitor.model import CitedBy, Seed, SourceName
from monitor.sources.icite import ICite
from tests.sources.recorded import made, recorded, service, value
from tests.support.answers import Answer, Route, Service

FOLDER = "sources/icite"


@contextmanager
def icite(answer: Route) -> Iterator[tuple[Service, ICite]]:
    """The service with this answer, and its client."""
    with service(SourceName.ICITE, {"/pubs": answer}) as (there, web):
        yield there, ICite(web)


def _ask(answer: Route, pmid: str) -> CitedBy:
    with icite(answer) as (_, client):
        return client.citing(Seed(pmid=pmid))


def test_those_that_cite_come_with_their_year_and_with_who_is_clinical() -> None:
    """The shape of 2025: years for some, three clinical articles."""
    with icite(recorded(f"{FOLDER}/pubs_single_2025.json")) as (there, client):
        found = client.citing(Seed(pmid="32162448"))
    assert (found.count, len(found.works), found.remark) == (17, 17, "")
    assert {one.pmid for one in found.works if one.is_clinical} == {"32997821", "38615661", "35166373"}
    assert {one.pmid: one.year for one in found.works if one.year} == {
        "32997821": 2020, "35874585": 2022, "40535648": 2025,
    }  # fmt: skip
    assert there.asked[0].params == {"pmids": "32162448"}


def test_the_same_by_the_names_of_another_year() -> None:
    """With legacy=false the fields are called otherwise."""
    row = value(f"{FOLDER}/pubs_single_2025.json")["data"][0]
    row["citedByPmids"], row["citingClinicalPmids"] = row.pop("cited_by"), row.pop("cited_by_clin")
    found = _ask(made({"data": [row]}), "32162448")
    assert (len(found.works), sum(one.is_clinical for one in found.works)) == (17, 3)


def test_fewer_listed_than_counted_is_remarked_and_a_clinical_one_that_only_the_short_list_has_counts() -> None:
    """Counted 17; two lists of two and three, one article in both."""
    found = _ask(recorded(f"{FOLDER}/pubs_partly_found.json"), "32162448")
    assert {one.pmid for one in found.works} == {"32997821", "35874585", "38615661", "35166373"}
    assert found.remark == "NIH iCite counts 17 and lists 4"


@pytest.mark.parametrize(
    ("name", "pmid"), [("pubs_none_found", "99999999"), ("pubs_partly_found", "99999999"), ("pubs_fl_selected", "1")]
)
def test_an_article_that_is_not_in_the_answer_is_not_known(name: str, pmid: str) -> None:
    """That is not the same as cited by nobody."""
    found = _ask(recorded(f"{FOLDER}/{name}.json"), pmid)
    assert (found.works, found.is_known) == ((), False)


def test_a_new_article_is_known_and_cited_by_nobody() -> None:
    """The clinical list is null then, not empty."""
    found = _ask(recorded(f"{FOLDER}/pubs_no_citers_yet.json"), "41000001")
    assert (found.works, found.count, found.is_known) == ((), 0, True)


@pytest.mark.parametrize("pmid", ["23456789", "27599104"])
def test_a_count_without_its_list_is_no_answer(pmid: str) -> None:
    """Recorded in 2024, the long lists emptied: the clinical ones remain, and that fewer are listed is remarked."""
    found = _ask(recorded(f"{FOLDER}/pubs_two_pmids_legacy.json"), pmid)
    assert [one.is_clinical for one in found.works] == [True, True]
    assert found.remark.endswith("and lists 2")
    row = {"pmid": 1, "citation_count": 46, "cited_by": [], "cited_by_clin": None}
    with pytest.raises(UpstreamError, match="counts 46 articles that cite PMID 1 and lists none"):
        _ask(made({"data": [row]}), "1")


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (recorded, "without the list"),
        (made({"meta": {}}), "required field `data`"),
        (made({"data": [{"pmid": 22882545, "citation_count": 3, "cited_by": 3}]}), "cited_by"),
        (made({"error": "bad"}, 400), "400"),
        (Answer(b"<html>down</html>"), "no JSON"),
    ],
    ids=["selected fields", "no data", "number for a list", "400", "page"],
)
def test_an_answer_of_another_shape_is_told(answer: object, words: str) -> None:
    """Never taken for nothing."""
    route = answer if isinstance(answer, Answer) else recorded(f"{FOLDER}/pubs_fl_selected.json")
    with pytest.raises(UpstreamError, match=words):
        _ask(route, "22882545")


def test_each_question_counts_its_own_requests_and_nothing_is_looked_up_further() -> None:
    """A PMID of nought, or one that is no number, is none."""
    row = {"pmid": 1, "cited_by": [2, "0", "x"], "cited_by_clin": None}
    with icite(made({"data": [row]})) as (_, client):
        assert [client.citing(Seed(pmid="1")).requests for _ in range(2)] == [1, 1]
        works = client.citing(Seed(pmid="1")).works
        assert [one.pmid for one in works] == ["2"]
        assert client.complete(works) == works


@pytest.mark.parametrize(
    "lists",
    [
        {"cited_by": "2 3 4", "cited_by_clin": "3"},
        {"cited_by": "2,3,4", "cited_by_clin": ["3"]},
        {"cited_by": [2.0, "3", "0004", 0, None, "x", "9" * 5000], "cited_by_clin": [3.0]},
        {"cited_by": None, "citedByPmids": [2, 3, 4], "citingClinicalPmids": [3]},
        {"cited_by": [2, 4], "citedByPmidsByYear": [{"4": None}, {"2": "2020"}], "cited_by_clin": [3]},
        {"cited_by": [2, 3, 4], "citedByPmidsByYear": {"2": 2020}, "cited_by_clin": [3]},
    ],
)
@pytest.mark.parametrize("pmid", [7, "7", 7.0, "0007"])
def test_pmids_are_the_same_however_they_are_written(lists: dict[str, object], pmid: object) -> None:
    """Numbers, texts, floats of a spreadsheet, a text of many as in its CSV, and the names of two years mixed."""
    for data in ([{"pmid": pmid, "citation_count": 3, **lists}], {"pmid": pmid, "citation_count": "3", **lists}):
        found = _ask(made({"data": data}), "7")
        assert {one.pmid for one in found.works} == {"2", "3", "4"}
        assert [one.pmid for one in found.works if one.is_clinical] == ["3"]
        assert (found.count, found.is_known, found.remark) == (3, True, "")
