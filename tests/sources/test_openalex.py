"""OpenAlex' answers: works looked up by PMID and DOI, pages by cursor, and its errors."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from monitor.errors import UpstreamError
from monitor.model import Seed, SourceName
from monitor.sources.openalex import OpenAlex
from tests.sources.recorded import made, recorded, service, value
from tests.support.answers import Answer, Route, Service

FOLDER = "sources/openalex"
SAMPLE = "eutils/openalex/jonatasgrosman+findpapers/tests__data__openalex__sample_response.json.gz"
SEED = Seed(pmid="29456894", doi="10.7717/peerj.4375")


def unknown() -> Answer:
    """An unknown work: a page in HTML, recorded."""
    return Answer(recorded(f"{FOLDER}/error_404.html").body, 404, {"Content-Type": "text/html"})


@contextmanager
def openalex(listed: Route, **works: Route) -> Iterator[tuple[Service, OpenAlex]]:
    """The service with a list of those that cite and answers by identifier, "pmid" and "doi"; and its client."""
    known = {"pmid": recorded(f"{FOLDER}/work_single.json"), "doi": unknown()} | works
    routes = {"/works": listed, "/works/pmid:": known["pmid"], "/works/doi:": known["doi"]}
    with service(SourceName.OPENALEX, routes) as (there, web):
        yield there, OpenAlex(web, "a key")


def test_the_seed_is_looked_up_and_a_real_page_of_works_is_read() -> None:
    """Fifty works as recorded, here as the whole list; each with what it has of DOI, PMID, year and kind."""
    page = value(SAMPLE)
    page["meta"] |= {"count": len(page["results"]), "next_cursor": None}
    with openalex(made(page)) as (there, client):
        found = client.citing(SEED)
    assert len(found.works) == len(page["results"]) == found.count
    for one, row in zip(found.works, page["results"], strict=True):
        assert one.key == row["id"].rpartition("/")[2]
        assert one.dois == ((row["doi"].removeprefix("https://doi.org/").lower(),) if row["doi"] else ())
        assert one.pmid == row["ids"].get("pmid", "").rpartition("/")[2]
        assert (one.year, one.kind) == (row["publication_year"], row["type"])
    assert [asked.path for asked in there.asked] == [
        "/works/pmid:29456894", "/works/doi:10.7717/peerj.4375", "/works",
    ]  # fmt: skip
    assert there.asked[2].params["filter"] == "cites:W2741809807"
    assert {asked.params["api_key"] for asked in there.asked} == {"a key"}


def test_two_works_of_one_article_are_asked_for_together() -> None:
    """One with the PMID, one with the DOI only."""
    other = made({"id": "https://openalex.org/W7"})
    with openalex(recorded(f"{FOLDER}/list_empty.json"), doi=other) as (there, client):
        found = client.citing(SEED)
    assert there.asked[2].params["filter"] == "cites:W2741809807|W7"
    assert (found.works, found.count, found.is_known) == ((), 0, True)


def test_an_article_that_it_does_not_know_is_not_uncited() -> None:
    """A filter on a wrong identifier would say nought as well."""
    with openalex(recorded(f"{FOLDER}/list_empty.json"), pmid=unknown()) as (there, client):
        found = client.citing(SEED)
    assert (found.works, found.is_known, len(there.asked)) == ((), False, 2)


def test_pages_are_read_until_no_cursor_comes() -> None:
    """The first two pages have one work each."""
    page = value(f"{FOLDER}/list_cites_last_page.json")
    (row,) = page["results"]
    first = {"meta": {"count": 2, "next_cursor": "abc"}, "results": [{**row, "id": "https://openalex.org/W1"}]}
    pages = {"*": made(first), "abc": recorded(f"{FOLDER}/list_cites_last_page.json")}
    with openalex(lambda asked: pages[asked.params["cursor"]]) as (there, client):
        found = client.citing(SEED)
    assert [one.key for one in found.works] == ["W1", "W2755950973"]
    assert [asked.params["cursor"] for asked in there.asked[2:]] == ["*", "abc"]


def test_a_short_page_ends_the_list_and_is_compared_with_the_count() -> None:
    """One of two: remarked. One of forty: not complete."""
    with openalex(recorded(f"{FOLDER}/list_cites_last_page.json")) as (_, client):
        found = client.citing(SEED)
    assert (len(found.works), found.remark) == (1, "OpenAlex counts 2 and lists 1")
    page = value(f"{FOLDER}/list_cites_last_page.json")
    page["meta"]["count"] = 40
    with openalex(made(page)) as (_, client), pytest.raises(UpstreamError, match="counts 40 and lists 1"):
        client.citing(SEED)


@pytest.mark.parametrize(
    ("name", "status", "words"),
    [
        ("error_400_paging_wall.json", 400, "Maximum results size"),
        ("error_400_unknown_filter.json", 400, "not a valid field"),
        ("error_400_unknown_filter.json", 403, "not a valid field"),
        ("error_401_invalid_key.json", 401, "MONITOR_OPENALEX_API_KEY"),
        ("error_404.html", 404, "no JSON"),
        ("work_select_oa-in-openalex1.json", 200, "required field `meta`"),
    ],
)
def test_an_error_says_what_openalex_says_and_never_the_key(name: str, status: int, words: str) -> None:
    """In the list of those that cite."""
    answer = recorded(f"{FOLDER}/{name}", status)
    with openalex(answer) as (_, client), pytest.raises(UpstreamError, match=words) as raised:
        client.citing(SEED)
    assert "a key" not in str(raised.value)


def test_a_budget_used_up_is_not_waited_for() -> None:
    """The answer asks for fifteen hours; the short kind, for a second, is tried again."""
    long = Answer(recorded(f"{FOLDER}/error_429_budget.json").body, 429, {"Retry-After": "54000"})
    with openalex(long) as (there, client), pytest.raises(UpstreamError, match="15 hours"):
        client.citing(SEED)
    assert len(there.asked) == 3
    short = Answer(recorded(f"{FOLDER}/error_429_per_second.json").body, 429, {"Retry-After": "1"})
    answers = iter([short, recorded(f"{FOLDER}/list_empty.json")])
    with openalex(lambda _: next(answers)) as (there, client):
        assert client.citing(SEED).is_known
    assert len(there.asked) == 4


@pytest.mark.parametrize("name", ["work_select_not-oa-in-openalex.json", "work_select_oa-in-openalex1.json"])
def test_a_work_without_its_identifier_is_of_no_use(name: str) -> None:
    """Selected fields only."""
    answer = recorded(f"{FOLDER}/{name}")
    with openalex(Answer(), pmid=answer) as (_, client), pytest.raises(UpstreamError, match="required field `id`"):
        client.citing(SEED)


def test_nothing_further_is_looked_up() -> None:
    """The list has all that OpenAlex knows."""
    with openalex(recorded(f"{FOLDER}/list_cites_last_page.json")) as (there, client):
        works = client.citing(SEED).works
        assert client.complete(works) == works
    assert len(there.asked) == 3


@pytest.mark.parametrize(
    "pmid", [12, "12", "https://pubmed.ncbi.nlm.nih.gov/12/", "https://pubmed.ncbi.nlm.nih.gov/12"]
)
def test_identifiers_are_addresses_with_or_without_an_end_or_bare(pmid: object) -> None:
    """Of the seed and of a work; an odd year loses the year alone, and a title is plain text."""
    row = {
        "id": "https://openalex.org/W1/", "ids": {"pmid": pmid}, "publication_year": "n.d.",
        "title": "Stents for <i>MS</i> &amp; CCSVI",
    }  # fmt: skip
    with openalex(made({"meta": {"count": "1"}, "results": [row]}), pmid=made({"id": "https://openalex.org/w5/"})) as (
        there,
        client,
    ):
        (one,) = client.citing(SEED).works
    assert (one.key, one.pmid, one.year, one.title) == ("W1", "12", None, "Stents for MS & CCSVI")
    assert there.asked[2].params["filter"] == "cites:W5"


def test_a_work_without_identifiers_elsewhere_is_listed_by_its_own() -> None:
    """No `ids`, and a PMID that is no number."""
    rows = [{"id": "W1", "ids": None}, {"id": "W2", "ids": {"pmid": "\u00b2"}}]
    with openalex(made({"meta": {"count": 2}, "results": rows})) as (_, client):
        assert [(one.key, one.pmid) for one in client.citing(SEED).works] == [("W1", ""), ("W2", "")]


def test_an_error_that_repeats_the_request_does_not_tell_its_key() -> None:
    """The text goes into logs and mails."""
    told = "Bad filter in https://api.openalex.org/works?filter=x&api_key=a+key&page=1 and api_key%3Da%20key"
    answer = made({"error": "Invalid", "message": told}, 400)
    with openalex(answer) as (_, client), pytest.raises(UpstreamError, match="Bad filter") as raised:
        client.citing(SEED)
    assert str(raised.value).count("api_key=…") == 2
    assert "a+key" not in str(raised.value)
    assert "a%20key" not in str(raised.value)
