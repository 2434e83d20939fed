"""Records, summaries and posted ids."""

from __future__ import annotations

from typing import Any

import pytest

from monitor.sandbox import Server
from tests.support.sandbox_calls import call


def fetched(server: Server, **params: Any) -> list[str]:
    """The PMIDs of the records that EFetch gives, in its order."""
    found = call(server, "efetch", {"retmode": "xml", **params})
    return [
        record.findtext("MedlineCitation/PMID") or record.findtext("BookDocument/PMID") or "" for record in found.xml
    ]


def test_a_list_of_ids_gives_records_in_an_order_of_its_own(sandbox: Server) -> None:
    """Missing ids are dropped in silence, books come between articles, and the order asked for is not kept."""
    asked = ["101", "102", "999999", "103", "105", "109"]
    found = fetched(sandbox, id=",".join(asked))
    assert sorted(found) == ["101", "102", "103", "105", "109"]
    assert found != [pmid for pmid in asked if pmid != "999999"]
    assert fetched(sandbox, id=asked) == found


def test_the_document_is_compact_and_of_this_year(sandbox: Server) -> None:
    """The DOCTYPE names the virtual year's DTD; no line break stands between elements."""
    body = call(sandbox, "efetch", {"id": "101,102", "retmode": "xml"}).body.decode()
    assert "pubmed_160101.dtd" in body
    assert body.count("\n") == 3
    assert "<ArticleTitle>Opening veins in <i>multiple sclerosis</i>: a randomized trial</ArticleTitle>" in body


@pytest.mark.parametrize(
    ("params", "status", "message"),
    [
        ({"id": "00000000"}, 400, "ID list is empty! Possibly it has no correct IDs."),
        ({"id": "veins"}, 400, "ID list is empty! Possibly it has no correct IDs."),
        ({"id": ""}, 200, "Supplied id parameter is empty."),
        ({"WebEnv": "MCID_0", "query_key": "1"}, 400, "Unable to obtain query #1"),
    ],
)
def test_ids_that_are_none_are_refused(sandbox: Server, params: dict[str, str], status: int, message: str) -> None:
    """Each with the status NCBI gives it."""
    found = call(sandbox, "efetch", {"retmode": "xml", **params})
    assert (found.status, found.texts("ERROR")) == (status, [message])


def test_an_unknown_id_gives_an_empty_set(sandbox: Server) -> None:
    """Status 200 and no record."""
    assert fetched(sandbox, id="999999") == []


def test_records_come_from_history_in_pages(sandbox: Server) -> None:
    """query_key and WebEnv stand for ids; past the end it is out of range."""
    posted = call(sandbox, "epost", form={"id": "101,102,103"})
    kept = {"WebEnv": posted.texts("WebEnv")[0], "query_key": posted.texts("QueryKey")[0]}
    assert sorted(fetched(sandbox, **kept)) == ["101", "102", "103"]
    assert fetched(sandbox, **kept, retstart=2, retmax=5) == ["103"]
    beyond = call(sandbox, "efetch", {**kept, "retstart": 3})
    assert beyond.status == 400
    assert "OUT OF RANGE. Parameter retstart=3 + 1" in beyond.texts("ERROR")[0]
    sandbox.history.expire()
    assert call(sandbox, "efetch", kept).texts("ERROR") == ["Unable to obtain query #1"]


def test_the_other_formats(sandbox: Server) -> None:
    """uilist, MEDLINE and abstract as text; the undocumented "full" is empty unless XML is asked for."""
    text = {"id": "102", "retmode": "text"}
    assert call(sandbox, "efetch", {**text, "rettype": "uilist"}).body == b"102\n"
    assert b"TI  - Opening veins in multiple sclerosis" in call(sandbox, "efetch", {**text, "rettype": "medline"}).body
    assert b"PMID: 102" in call(sandbox, "efetch", {**text, "rettype": "abstract"}).body
    assert call(sandbox, "efetch", {**text, "rettype": "full"}).body == b""
    assert fetched(sandbox, id="102", rettype="full") == ["102"]


def test_posting_nothing_is_an_error(sandbox: Server) -> None:
    """Two ERROR elements beside each other when the ids are not numbers."""
    assert call(sandbox, "epost", {"id": ""}).texts("ERROR") == ["Empty ID list; Nothing to store"]
    assert len(call(sandbox, "epost", {"id": "veins"}).texts("ERROR")) == 2


def test_summaries_name_status_types_and_dates(sandbox: Server) -> None:
    """Both XML versions and JSON tell the same; an unknown id is an error beside the good ones."""
    old = call(sandbox, "esummary", {"id": "102,999"})
    assert "Opening veins in multiple sclerosis: a randomized trial" in old.texts("DocSum/Item")
    assert "PubMed - indexed for MEDLINE" in old.texts("DocSum/Item")
    assert old.texts("ERROR") == ["UID=999: cannot get document summary"]
    new = call(sandbox, "esummary", {"id": "102", "version": "2.0"})
    assert new.texts("DocumentSummarySet/DocumentSummary/PubTypeList/PubType")[1] == "Randomized Controlled Trial"
    found = call(sandbox, "esummary", {"id": "102,999", "retmode": "json"}).json["result"]
    assert (found["uids"], found["102"]["doi"]) == (["102", "999"], "10.5555/open.102")
    assert found["999"]["error"] == "cannot get document summary"
