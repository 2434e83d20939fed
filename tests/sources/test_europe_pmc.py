"""Europe PMC's answers, recorded ones first: pages, the one shape of nothing, and errors that come with status 200."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from msgspec import Struct

from monitor.errors import UpstreamError
from monitor.model import CitingWork, Seed, SourceName
from monitor.sources.europe_pmc import EuropePmc
from monitor.sources.shapes import plain
from tests.sources.recorded import made, recorded, service, value
from tests.support.answers import Answer, Asked, Route, Service

FOLDER = "sources/europepmc"
OTHERS = "eutils/europepmc/JonasHeinickeBio+pyEuropePMC/tests__fixtures__search"
SEED = Seed(pmid="9338777")
NOTHING = Answer()


class _Record(Struct, rename="camel"):
    id: str
    source: str
    title: str = ""
    pmid: str | None = None
    doi: str | None = None
    pub_type: str | None = None
    is_open_access: str = ""


@contextmanager
def europe_pmc(search: Route = NOTHING, citations: Route = NOTHING) -> Iterator[tuple[Service, EuropePmc]]:
    """The service with these answers, and its client."""
    routes = {"/search": search, "/MED": citations}
    with service(SourceName.EUROPE_PMC, routes) as (there, web):
        yield there, EuropePmc(web, "jane@example.org")


def _whole(*names: str) -> list[Answer]:
    """Recorded pages as those of a search with as many hits as they have records; the last has no cursor."""
    pages = [value(name) for name in names]
    total = sum(len(page["resultList"]["result"]) for page in pages)
    for page in pages:
        page["hitCount"] = total
    pages[-1].pop("nextCursorMark", None)
    return [made(page) for page in pages]


@pytest.mark.parametrize(
    "name",
    [
        *(f"{OTHERS}_cancer{kind}.json" for kind in ("", "_core", "_idlist", "_page2", "_sorted_cited")),
        f"{OTHERS}_post_cancer.json",
        *(f"{FOLDER}/{name}.json" for name in ("core_comment_correction", "preprints_lite", "preprint_withdrawn_core")),
    ],
)
def test_every_recorded_list_is_read_record_by_record(name: str) -> None:
    """Lite, core and lists of identifiers; records of PubMed, PMC and preprints."""
    rows = value(name)["resultList"]["result"]
    with europe_pmc(search=_whole(name)) as (_, client):
        found = client.search("cancer", _Record)
    assert [(one.source, one.id) for one in found.records] == [(row["source"], row["id"]) for row in rows]
    assert [one.doi for one in found.records] == [row.get("doi") for row in rows]
    assert (found.count, found.remark) == (len(rows), "")


@pytest.mark.parametrize("pmid", ["20516115", "22663011"])
def test_a_record_is_found_by_its_pmid(pmid: str) -> None:
    """A search by identifier, recorded as it was sent."""
    name = f"eutils/europepmc/genomoncology+biomcp/testdata__sources__europepmc__search_pmid_{pmid}.json"
    with europe_pmc(search=recorded(name)) as (there, client):
        (one,) = client.search(f"EXT_ID:{pmid} AND SRC:MED", _Record, detail="lite").records
    assert (one.pmid, there.asked[0].params["resultType"]) == (pmid, "lite")
    assert there.asked[0].params["email"] == "jane@example.org"


def test_pages_are_read_until_no_further_cursor_comes() -> None:
    """The cursor of a page is sent for the next one, raw; the echo of the first is encoded and no cursor."""
    names = [f"{FOLDER}/search_page1_of_many.json", f"{FOLDER}/search_page2_of_many.json"]
    with europe_pmc(search=_whole(*names)) as (there, client):
        found = client.search("cancer", _Record)
    assert len(found.records) == 12
    assert [asked.params["cursorMark"] for asked in there.asked] == ["*", value(names[0])["nextCursorMark"]]


def test_the_same_cursor_again_is_the_end_and_a_page_without_records_too() -> None:
    """A client that asked on would do so for ever."""
    page = value(f"{FOLDER}/search_page1_of_many.json")
    rows = page["resultList"]["result"]
    page["hitCount"] = len(rows)
    last = {**page, "resultList": {"result": []}, "nextCursorMark": "another"}
    same = [made(page), made({**last, "nextCursorMark": page["nextCursorMark"]})]
    for pages in (same, [made(page), made(last)]):
        with europe_pmc(search=pages) as (there, client):
            assert len(client.search("cancer", _Record).records) == len(rows)
        assert len(there.asked) == 2


def test_nothing_is_the_number_nought_with_an_empty_list_and_our_question() -> None:
    """Any other answer without records is no answer."""
    empty = value(f"{FOLDER}/search_empty.json")
    words = empty["request"]["queryString"]
    with europe_pmc(search=recorded(f"{FOLDER}/search_empty.json")) as (_, client):
        assert client.search(words, _Record).records == ()
        with pytest.raises(UpstreamError, match="another question"):
            client.search("multiple sclerosis", _Record)
    for field in ("request", "resultList", "hitCount"):
        less = {name: each for name, each in empty.items() if name != field}
        with europe_pmc(search=made(less)) as (_, client), pytest.raises(UpstreamError):
            client.search(words, _Record)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (recorded, "Invalid search query"),
        (f"{FOLDER}/error_200_version_only.json", "without a count"),
        (Answer(b"<html>Service unavailable</html>"), "no JSON"),
        (Answer(b"[]"), "form that Monitor does not know"),
        (Answer(b'{"hitCount": 1, "resultList": {"result": "x"}, "request": {}}'), "resultList.result"),
        (Answer(b"Not found", 404), "404"),
    ],
    ids=["errMsg", "version only", "page", "list", "retyped", "404"],
)
def test_an_error_is_none_that_could_be_taken_for_nothing(answer: object, words: str) -> None:
    """Neither in a search nor in a list of those that cite."""
    if answer is recorded:
        answer = f"{FOLDER}/error_200_errmsg.json"
    route = answer if isinstance(answer, Answer) else recorded(str(answer))
    with europe_pmc(search=route, citations=route) as (_, client):
        with pytest.raises(UpstreamError, match=words):
            client.search("cancer", _Record)
        if words != "resultList.result":
            with pytest.raises(UpstreamError, match=words):
                client.citing(SEED)


def test_a_list_shorter_than_its_count_is_not_complete_and_one_missing_record_is_remarked() -> None:
    """Of the 170 that Europe PMC counted it once gave 168; half a page is another matter."""
    page = value(f"{FOLDER}/search_page1_of_many.json")
    page.pop("nextCursorMark")
    with (
        europe_pmc(search=made({**page, "hitCount": 12})) as (_, client),
        pytest.raises(UpstreamError, match="lists 6"),
    ):
        client.search("cancer", _Record)
    with europe_pmc(search=made({**page, "hitCount": 7})) as (_, client):
        assert client.search("cancer", _Record).remark == "Europe PMC counts 7 and lists 6"


def test_one_record_of_another_shape_is_told_and_does_not_lose_the_others() -> None:
    """A field missing in one of them."""
    page = value(f"{FOLDER}/search_page1_of_many.json")
    rows = page["resultList"]["result"]
    rows[1] = {name: each for name, each in rows[1].items() if name != "title"} | {"doi": 5}
    page |= {"hitCount": len(rows), "nextCursorMark": ""}
    with europe_pmc(search=made(page)) as (_, client):
        found = client.search("cancer", _Record)
    assert len(found.records) == len(rows) - 1
    assert found.remark.startswith("records that could not be read: 1, the first because Europe PMC answered")


def _citations(*rows: dict[str, object], total: int | None = None, pmid: str = SEED.pmid) -> dict[str, object]:
    body = {"version": "6.9", "hitCount": len(rows) if total is None else total, "request": {"id": pmid}}
    return body | ({"citationList": {"citation": list(rows)}} if rows else {})


def test_those_that_cite_are_read_with_their_pmid_and_year() -> None:
    """A row has no DOI and no date."""
    rows = value(f"{FOLDER}/citations_page1.json")["citationList"]["citation"]
    with europe_pmc(citations=made(_citations(*rows))) as (there, client):
        found = client.citing(SEED)
    assert [(one.key, one.pmid, one.year) for one in found.works] == [
        ("MED:37605152", "37605152", 2023), ("MED:36883860", "36883860", 2023), ("MED:36790562", "36790562", 2023),
    ]  # fmt: skip
    assert (found.count, found.is_known, found.requests) == (3, True, 1)
    assert there.asked[0].path == "/MED/9338777/citations"


def test_the_recorded_first_page_of_many_alone_is_not_complete() -> None:
    """241 are counted, three come, and then the same three again."""
    first = recorded(f"{FOLDER}/citations_page1.json")
    with europe_pmc(citations=first) as (_, client), pytest.raises(UpstreamError, match="counts 241 and lists 3"):
        client.citing(SEED)


def test_those_that_cite_come_page_by_page() -> None:
    """A page beyond the first thousand."""

    def page(asked: Asked) -> Answer:
        at = (int(asked.params["page"]) - 1) * 1000
        rows = [{"id": str(n), "source": "MED", "pubYear": 2020} for n in range(at, min(at + 1000, 2001))]
        return made(_citations(*rows, total=2001))

    with europe_pmc(citations=page) as (there, client):
        assert len(client.citing(SEED).works) == 2001
    assert [asked.params["page"] for asked in there.asked] == ["1", "2", "3"]


def test_an_article_that_nobody_cites_is_told_from_one_that_is_not_known() -> None:
    """Both have an empty list; only a search for the article itself tells."""
    empty = recorded(f"{FOLDER}/citations_empty.json")
    words = {"queryString": "EXT_ID:0 AND SRC:MED"}
    for rows, is_known in (([], False), ([{"id": "0", "source": "MED"}], True)):
        body = {"hitCount": len(rows), "request": words, "resultList": {"result": rows}}
        with europe_pmc(citations=empty, search=made(body)) as (_, client):
            found = client.citing(Seed(pmid="0"))
        assert (found.works, found.count, found.is_known) == ((), 0, is_known)


def test_an_identifier_that_has_become_a_list_is_told_and_is_no_bug() -> None:
    """Of the only record of a page."""
    answer, told = made(_citations({"id": ["1"], "source": "MED"})), r"`int \| str`, got `array` - at `\$\.id`"
    with europe_pmc(citations=answer) as (_, client), pytest.raises(UpstreamError, match=told):
        client.citing(SEED)


def test_an_answer_about_another_article_is_refused() -> None:
    """A cache gave what somebody else had asked for."""
    with europe_pmc(citations=made(_citations(pmid="1"))) as (_, client), pytest.raises(UpstreamError, match="another"):
        client.citing(SEED)


def test_works_outside_pubmed_get_their_doi_by_their_record() -> None:
    """A preprint and a thesis; the thesis has none."""
    works = (CitingWork("PPR:PPR1", title="A", kind="preprint"), CitingWork("ETH:uk.1", title="B"))
    rows = [{"id": "PPR1", "source": "PPR", "doi": "10.1101/X"}, {"id": "uk.1", "source": "ETH"}]
    words = {"queryString": '(EXT_ID:"PPR1" AND SRC:PPR) OR (EXT_ID:"uk.1" AND SRC:ETH)'}
    answer = made({"hitCount": 2, "request": words, "resultList": {"result": rows}})
    with europe_pmc(search=answer) as (there, client):
        assert [one.dois for one in client.complete(works)] == [("10.1101/x",), ()]
    assert there.asked[0].params["query"] == words["queryString"]


def test_a_title_is_plain_text() -> None:
    """Europe PMC leaves markup in it."""
    assert plain("Lynch <i>MSH2</i> &amp; <sup>99m</sup>Tc: p < 0.05") == "Lynch MSH2 & 99mTc: p < 0.05"


@pytest.mark.parametrize("year", ["", "in press", None, "2020", 2020])
def test_a_list_of_one_may_be_the_element_and_numbers_be_texts(year: object) -> None:
    """As converters from XML write them; an odd year loses the year alone."""
    row = {"id": 7, "source": "MED", "title": "T", "pubYear": year}
    body = {"hitCount": "1", "request": {"id": int(SEED.pmid)}, "citationList": {"citation": row}}
    with europe_pmc(citations=made(body)) as (_, client):
        (one,) = client.citing(SEED).works
    assert (one.key, one.pmid, one.year) == ("MED:7", "7", 2020 if str(year) == "2020" else None)


def test_an_uncited_article_is_known_by_a_search_that_gives_the_record_itself() -> None:
    """A list of one as the element, and an empty list as null."""
    empty = {"hitCount": 0, "request": {"id": SEED.pmid}, "citationList": None}
    known = {"hitCount": "1", "request": {}, "resultList": {"result": {"id": SEED.pmid, "source": "MED"}}}
    with europe_pmc(citations=made(empty), search=made(known)) as (_, client):
        found = client.citing(SEED)
    assert (found.works, found.is_known) == ((), True)


def test_an_error_that_repeats_the_request_does_not_tell_who_asked() -> None:
    """The text goes into logs and mails."""
    answer = made({"errCode": 404, "errMsg": "No such page: /search?query=x&email=jane@example.org&page=1"})
    with europe_pmc(search=answer) as (_, client), pytest.raises(UpstreamError, match="No such page") as raised:
        client.search("cancer", _Record)
    assert "jane" not in str(raised.value)
