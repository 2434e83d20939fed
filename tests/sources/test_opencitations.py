"""OpenCitations' answers: several identifiers in one text, dates of three lengths, and three meanings of nothing."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from monitor.errors import UpstreamError
from monitor.model import CitingWork, Seed, SourceName
from monitor.sources.opencitations import OpenCitations
from tests.sources.recorded import made, recorded, service, value
from tests.support.answers import Answer, Route, Service

FOLDER = "sources/opencitations"
SEED = Seed(pmid="5", doi="10.1108/jd-12-2013-0166")


@contextmanager
def opencitations(index: Route, meta: Route | None = None) -> Iterator[tuple[Service, OpenCitations]]:
    """The service with these answers of its Index and of Meta, and its client."""
    routes = {"/index/v2/citations": index, "/meta/v1/metadata": meta or made([])}
    with service(SourceName.OPENCITATIONS, routes) as (there, web):
        yield there, OpenCitations(web, "a token")


def test_each_citing_work_has_its_identifiers_and_its_year() -> None:
    """The answer in the documentation; only one of three has a PMID."""
    with opencitations(recorded(f"{FOLDER}/index_v2_citations.json")) as (there, client):
        found = client.citing(SEED)
    assert [(one.key, one.pmid, one.dois, one.year) for one in found.works] == [
        ("br/06101801781", "33817056", ("10.7717/peerj-cs.421",), 2021),
        ("br/06102227626", "", ("10.3233/ds-190019",), 2019),
        ("br/06102227629", "", ("10.3233/ds-190016",), 2019),
    ]
    assert (found.count, found.is_known, found.requests) == (3, True, 1)
    assert there.asked[0].path == "/index/v2/citations/doi:10.1108/jd-12-2013-0166"
    assert there.asked[0].headers["authorization"] == "a token"


def test_one_citation_by_its_number_has_the_same_shape() -> None:
    """A list of one."""
    with opencitations(recorded(f"{FOLDER}/index_v2_citation_oci.json")) as (_, client):
        assert [one.pmid for one in client.citing(SEED).works] == ["33817056"]


def test_what_an_article_cites_is_not_taken_for_what_cites_it() -> None:
    """An answer in which our article is not the cited one is refused."""
    answer = recorded(f"{FOLDER}/index_v2_references.json")
    with opencitations(answer) as (_, client), pytest.raises(UpstreamError, match="another article"):
        client.citing(SEED)


def test_a_work_may_have_two_dois() -> None:
    """An article and its preprint, in one text."""
    row = value(f"{FOLDER}/index_v2_references.json")[0]
    row["citing"], row["cited"] = row["cited"], "omid:br/1 pmid:5"
    with opencitations(made([row])) as (_, client):
        (one,) = client.citing(SEED).works
    assert (one.pmid, one.dois) == ("33816816", ("10.7717/peerj-cs.163", "10.7287/peerj.preprints.26727v1"))


def test_rows_of_the_dump_with_part_of_a_date_and_no_doi_are_read() -> None:
    """ "2018", "2018-04" and a time span of 124 years."""
    rows = list(csv.DictReader(io.StringIO(recorded(f"{FOLDER}/dump_citations_partial_dates.csv").body.decode())))
    with opencitations(made(rows)) as (_, client):
        works = client.citing(SEED).works
    assert {one.key for one in works} == {row["citing"].removeprefix("omid:") for row in rows}
    assert {one.year for one in works} == {2018}


def test_nothing_has_three_meanings_and_meta_tells_them_apart() -> None:
    """By DOI, then by PMID; then Meta is asked whether it knows either."""
    entry = value(f"{FOLDER}/meta_v1_metadata.json")
    for meta, is_known in ((made([]), False), (made(entry), True)):
        with opencitations(recorded(f"{FOLDER}/index_v2_empty.json"), meta) as (there, client):
            found = client.citing(SEED)
        assert (found.works, found.is_known) == ((), is_known)
        assert [asked.path for asked in there.asked] == [
            "/index/v2/citations/doi:10.1108/jd-12-2013-0166",
            "/index/v2/citations/pmid:5",
            "/meta/v1/metadata/doi:10.1108/jd-12-2013-0166__pmid:5",
        ]


def test_meta_gives_titles_and_names_ten_at_a_time() -> None:
    """It fails at more than fourteen; identifiers of people are left out."""
    entry = value(f"{FOLDER}/meta_v1_metadata.json")[0] | {"author": "Doe, Jane [orcid:0000 omid:ra/1]; Roe, R."}
    works = [CitingWork("br/0612058700"), *(CitingWork(f"br/{number}") for number in range(10))]
    with opencitations(made([]), made([entry])) as (there, client):
        first, second, *_ = client.complete(works)
    assert (first.title, first.authors, first.year, first.kind) == (
        "Adaptive Environmental Management", "Doe, Jane; Roe, R.", 2009, "book",
    )  # fmt: skip
    assert first.dois == ("10.1007/978-1-4020-9632-7",)
    assert second == works[1]
    assert [asked.path.count("omid:") for asked in there.asked] == [10, 1]


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (recorded, "not available"),
        (f"{FOLDER}/index_v2_citation_count.json", "citing"),
        (made({"error": "x"}), "form that Monitor does not know"),
        (made([{"citing": "omid:br/1"}]), "cited"),
        (Answer(b"<html>Moved</html>"), "no JSON"),
    ],
    ids=["500", "a count", "an object", "a field missing", "page"],
)
def test_an_answer_of_another_shape_is_told(answer: object, words: str) -> None:
    """Never taken for nothing."""
    if answer is recorded:
        answer = recorded(f"{FOLDER}/error_500_ramose.txt", 500)
    route = answer if isinstance(answer, Answer) else recorded(str(answer))
    with opencitations(route) as (_, client), pytest.raises(UpstreamError, match=words):
        client.citing(SEED)


def test_one_row_of_another_shape_does_not_lose_the_others() -> None:
    """It is remarked."""
    rows = value(f"{FOLDER}/index_v2_citations.json")
    del rows[1]["citing"]
    with opencitations(made(rows)) as (_, client):
        found = client.citing(SEED)
    assert (len(found.works), found.remark) == (2, "1 citations could not be read")


def test_a_work_without_a_number_of_opencitations_goes_by_its_doi_and_meta_may_know_little() -> None:
    """No title, no authors, no year, no type."""
    with opencitations(made([{"citing": "doi:10.1/A", "cited": "pmid:5"}])) as (_, client):
        assert client.citing(SEED).works == (CitingWork("10.1/a", dois=("10.1/a",)),)
    with opencitations(made([]), made([{"id": "omid:br/1"}])) as (_, client):
        assert client.complete([CitingWork("br/1")]) == (CitingWork("br/1"),)


@pytest.mark.parametrize(
    "written",
    [
        "pmid:0012 doi:10.1/A omid:br/1",
        "PMID:12 DOI:10.1/A OMID:br/1",
        "omid:br/1 doi:10.1%2FA pmid:x pmid:\u00b2 pmid:12 openalex:W1",
        "doi:https://doi.org/10.1/a omid:br/1 doi:none pmid:12",
    ],
)
def test_identifiers_are_read_in_any_order_and_spelling(written: str) -> None:
    """Upper case, percent-encoded, as an address; one that is malformed counts as absent."""
    with opencitations(made([{"citing": written, "cited": "pmid:5", "creation": 2020}])) as (_, client):
        (one,) = client.citing(SEED).works
    assert (one.key, one.pmid, one.dois, one.year) == ("br/1", "12", ("10.1/a",), 2020)


def test_a_number_too_long_for_a_pmid_is_none() -> None:
    """Nor is nought; the work goes by its DOI."""
    rows = [{"citing": f"doi:10.1/{pmid[:3]} pmid:{pmid}", "cited": "pmid:5"} for pmid in ("0000", "1" * 5000)]
    with opencitations(made(rows)) as (_, client):
        assert [one.pmid for one in client.citing(SEED).works] == ["", ""]


def test_two_rows_about_one_work_lose_nothing() -> None:
    """The second one knows less."""
    rows = [{"citing": "omid:br/1 doi:10.1/a pmid:7", "cited": "pmid:5"}, {"citing": "omid:br/1", "cited": "pmid:5"}]
    with opencitations(made(rows)) as (_, client):
        assert client.citing(SEED).works == (CitingWork("br/1", "7", ("10.1/a",)),)


def test_a_title_is_plain_text() -> None:
    """Publishers deposit markup, and markup as entities."""
    with opencitations(made([]), made([{"id": "omid:br/1", "title": "&lt;i&gt;In vivo&lt;/i&gt; <b>veins</b>"}])) as (
        _,
        client,
    ):
        assert client.complete([CitingWork("br/1")])[0].title == "In vivo veins"
