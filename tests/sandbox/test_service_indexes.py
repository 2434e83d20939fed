"""The stand-ins of citation indexes, preprints and notices: the paging of each, and things on their days."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import httpx
import pytest

from monitor.sandbox import Server
from tests.support.service_facts import NOON, SEED_W, get


def test_europe_pmc_echoes_the_cursor_encoded_and_repeats_it_at_the_end(stand_ins: Server) -> None:
    """Compared raw with raw, the cursor of the empty last page equals the one sent."""
    first = get(stand_ins, "europe_pmc", "/search", query="SRC:MED", pageSize=1).json()
    second = get(
        stand_ins, "europe_pmc", "/search", query="SRC:MED", pageSize=1, cursorMark=first["nextCursorMark"]
    ).json()
    last = get(
        stand_ins, "europe_pmc", "/search", query="SRC:MED", pageSize=1, cursorMark=second["nextCursorMark"]
    ).json()
    assert [len(page["resultList"]["result"]) for page in (first, second, last)] == [1, 1, 0]
    assert first["request"]["cursorMark"] == "%2A"
    assert unquote(last["request"]["cursorMark"]) == last["nextCursorMark"] == second["nextCursorMark"]


def test_a_preprint_is_found_linked_and_withdrawn_on_its_days(stand_ins: Server) -> None:
    """Searched by words and day; linked with its article since Europe PMC knows; withdrawn by a new version."""
    query = '(TITLE:angioplast* OR ABSTRACT:"no such") AND SRC:PPR AND FIRST_PDATE:[2014-01-01 TO 2014-12-31]'

    def found() -> list[dict[str, Any]]:
        answer = get(stand_ins, "preprints", "/search", query=query, resultType="core").json()
        return list(answer["resultList"]["result"])

    stand_ins.at = datetime(2014, 1, 1, tzinfo=UTC)
    assert found() == []
    stand_ins.at = datetime(2014, 9, 1, tzinfo=UTC)
    assert [(p["versionNumber"], "commentCorrectionList" in p) for p in found()] == [(1, False)]
    stand_ins.at = NOON
    (now,) = found()
    assert now["commentCorrectionList"]["commentCorrection"][0]["id"] == "24975855"
    assert (now["title"][:9], now["pubTypeList"]["pubType"]) == ("WITHDRAWN", ["preprint-withdrawal"])


def test_europe_pmc_rejects_a_parameter_without_saying_so(stand_ins: Server) -> None:
    """200 with nothing but the version for an unknown order, 200 with a message for an unreadable query."""
    assert get(stand_ins, "europe_pmc", "/search", query="x", sort="DATE").json() == {"version": "6.9"}
    assert "errMsg" in get(stand_ins, "europe_pmc", "/search", query="(x").json()


def test_icite_knows_clinical_citers_later_and_unknown_articles_never(stand_ins: Server) -> None:
    """`cited_by_clin` is null until then; an unknown PMID is missing from the answer."""
    stand_ins.at = datetime(2014, 9, 1, tzinfo=UTC)
    rows = get(stand_ins, "icite", "/pubs", pmids="22402947,1").json()["data"]
    assert [(row["pmid"], row["cited_by"], row["cited_by_clin"]) for row in rows] == [(22402947, [24975855], None)]
    stand_ins.at = NOON
    chosen = get(stand_ins, "icite", "/pubs", pmids="22402947", fl="pmid,cited_by_clin").json()["data"]
    assert chosen == [{"pmid": 22402947, "cited_by_clin": [24975855]}]


def test_openalex_pages_with_a_key_only_and_ends_after_a_short_page(stand_ins: Server) -> None:
    """A work is one request without a key; an unknown one is an HTML page."""
    path, params = "/works", {"filter": f"cites:{SEED_W}", "per_page": "1", "cursor": "*"}
    assert httpx.get(stand_ins.base_of("openalex") + path, params=params).status_code == 401
    first = httpx.get(stand_ins.base_of("openalex") + path, params={**params, "api_key": "k"}).json()
    params["cursor"] = first["meta"]["next_cursor"]
    second = httpx.get(stand_ins.base_of("openalex") + path, params={**params, "per_page": "2", "api_key": "k"}).json()
    assert (first["meta"]["count"], len(second["results"]), second["meta"]["next_cursor"]) == (2, 1, None)
    assert "html" in get(stand_ins, "openalex", "/works/doi:10.1/none").headers["content-type"]


def test_crossref_gives_the_same_cursor_with_every_page(stand_ins: Server) -> None:
    """The next page comes all the same; a cursor it does not know is 404 and no end."""
    pages, cursor = [], "*"
    for _ in range(3):
        message = get(stand_ins, "crossref", "/works", filter="doi:10.1/a,doi:10.1/seed", rows=1, cursor=cursor).json()[
            "message"
        ]
        pages.append(([item["DOI"] for item in message["items"]], message["next-cursor"]))
        cursor = message["next-cursor"]
    assert [dois for dois, _ in pages] == [["10.1/a"], ["10.1/seed"], []]
    assert len({cursor for _, cursor in pages}) == 1
    lost = get(stand_ins, "crossref", "/works", cursor="thing")
    assert (lost.status_code, lost.json()["message"][0]["type"]) == (404, "cursor-invalid")


def test_crossref_has_the_links_of_a_retraction_also_backwards(stand_ins: Server) -> None:
    """updated-by on the article, update-to on the notice, and where deposited backwards update-to on the article."""
    article = get(stand_ins, "crossref", "/works/" + quote("10.1/A", safe="")).json()["message"]
    notices = get(stand_ins, "crossref", "/works", filter="updates:10.1/a,update-type:retraction").json()["message"][
        "items"
    ]
    assert [(entry["source"], entry["record-id"]) for entry in article["updated-by"]] == [("retraction-watch", "23529")]
    assert [entry["DOI"] for entry in article["update-to"]] == ["10.1/n"]
    assert article["relation"]["has-preprint"][0] == {"id-type": "doi", "id": "10.1101/x", "asserted-by": "object"}
    assert [notice["DOI"] for notice in notices] == ["10.1/n"]
    stand_ins.at = datetime(2020, 6, 4, tzinfo=UTC)
    assert "updated-by" not in get(stand_ins, "crossref", "/works/10.1/a").json()["message"]


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("/works/10.1/none", 404, "Resource not found."),
        ("/works?select=DOI,updated", 400, "select-not-available"),
        ("/works?filter=strange:1", 400, "filter-not-available"),
    ],
)
def test_crossref_fails_as_recorded(path: str, status: int, words: str, stand_ins: Server) -> None:
    """Plain text for an unknown work, a list of messages for a wrong parameter."""
    answer = httpx.get(stand_ins.base_of("crossref") + path)
    assert (answer.status_code, words in answer.text) == (status, True)


def test_the_list_of_retraction_watch_has_its_columns(stand_ins: Server, shared_data: Path) -> None:
    """The same header as the real one, its empty last column included."""
    recorded = (shared_data / "sources" / "crossref" / "retraction_watch_real_rows.csv").read_text("utf-8")
    lines = get(stand_ins, "retraction_watch").text.splitlines()
    assert lines[0] == recorded.splitlines()[0]
    assert lines[1].startswith("23529,")
    stand_ins.at = datetime(2020, 6, 7, tzinfo=UTC)
    assert len(get(stand_ins, "retraction_watch").text.splitlines()) == 1
