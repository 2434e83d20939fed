"""Every fault, injected."""

from __future__ import annotations

import gzip
import time
from datetime import UTC, datetime
from http.client import HTTPException, IncompleteRead
from xml.etree import ElementTree

import pytest

from monitor.sandbox import Fault, Server
from monitor.sandbox.rate_limit import RateLimit
from tests.support.sandbox_calls import call

VEINS = {"term": "veins", "retmax": "100"}


@pytest.mark.parametrize(
    ("fault", "status", "words"),
    [
        (Fault.RATE_LIMIT, 429, b"API rate limit exceeded"),
        (Fault.BAD_KEY, 400, b"API key invalid"),
        (Fault.SERVER_ERROR, 500, b"WWW Error 500 Diagnostic"),
        (Fault.BAD_GATEWAY, 502, b"Bad Gateway"),
        (Fault.UNAVAILABLE, 503, b"Service Unavailable"),
        (Fault.PROXY_ERROR, 400, b"proxy_stream()"),
        (Fault.BAD_IDS, 400, b"Possibly it has no correct IDs."),
        (Fault.OUT_OF_RANGE, 400, b"OUT OF RANGE"),
        (Fault.RATE_CONTROL, 200, b"/lbsm/eutils_lb"),
        (Fault.NO_ROUTE, 200, b"Unable to route request!"),
        (Fault.SEARCH_BACKEND, 200, b"<ERROR>Search Backend failed"),
        (Fault.VIEWER, 200, b"External viewer error"),
        (Fault.LINK_SERVER, 200, b"#exLinkSrv2"),
        (Fault.BACKEND_EXCEPTION, 200, b"NCBI C++ Exception"),
        (Fault.HISTORY_LOST, 200, b"Unable to obtain query #1"),
        (Fault.EMPTY_IDS, 200, b"Supplied id parameter is empty."),
        (Fault.DOCSUM_COMMENT, 200, b'status="OK"><!--'),
        (Fault.MAINTENANCE, 200, b"down_bethesda"),
        (Fault.JSON_INSTEAD, 200, b'{"header"'),
        (Fault.PROLOG_ONLY, 200, b"<!DOCTYPE eSearchResult"),
        (Fault.EMPTY, 200, b""),
    ],
)
def test_a_failure_is_answered_as_ncbi_answers_it(sandbox: Server, fault: Fault, status: int, words: bytes) -> None:
    """Status and body; the next call is good again; the log names the fault."""
    sandbox.faults.add(fault, calls=1)
    bad = call(sandbox, "esearch", VEINS)
    assert bad.status == status
    assert words in bad.body
    assert b"<Count>" not in bad.body
    assert call(sandbox, "esearch", VEINS).texts("Count") == ["5"]
    assert [logged.fault for logged in sandbox.requests] == [fault.name, ""]


@pytest.mark.parametrize("fault", [Fault.SEARCH_BACKEND, Fault.LINK_SERVER])
def test_failures_come_as_json_too(sandbox: Server, fault: Fault) -> None:
    """With the upper-case ERROR key."""
    sandbox.faults.add(fault)
    assert b'"ERROR"' in call(sandbox, "esearch", {**VEINS, "retmode": "json"}).body


def test_an_answer_can_be_cut_or_garbled_and_still_say_200(sandbox: Server) -> None:
    """Only parsing the whole body shows it."""
    for fault in (Fault.TRUNCATED, Fault.CORRUPTED):
        sandbox.faults.add(fault, calls=1)
        bad = call(sandbox, "esearch", VEINS)
        assert bad.status == 200
        with pytest.raises(ElementTree.ParseError):
            _ = bad.xml
        sandbox.faults.clear()


@pytest.mark.parametrize("mode", ["xml", "json"])
def test_ids_and_count_can_disagree(sandbox: Server, mode: str) -> None:
    """Ids twice, a Count that is too high, a Count that grows from page to page."""
    params = {**VEINS, "retmode": mode}

    def ids_and_count() -> tuple[int, int]:
        found = call(sandbox, "esearch", params)
        if mode == "xml":
            return len(found.texts("IdList/Id")), int(found.texts("Count")[0])
        return len(found.json["esearchresult"]["idlist"]), int(found.json["esearchresult"]["count"])

    sandbox.faults.add(Fault.DUPLICATE_IDS, calls=1)
    assert ids_and_count() == (10, 5)
    sandbox.faults.clear()
    sandbox.faults.add(Fault.COUNT_TOO_HIGH, calls=1)
    assert ids_and_count() == (5, 6)
    sandbox.faults.clear()
    sandbox.faults.add(Fault.COUNT_DRIFTS)
    assert [ids_and_count(), ids_and_count()] == [(5, 6), (5, 7)]


def test_records_and_links_can_go_missing(sandbox: Server) -> None:
    """Every second record; the whole LinkSetDb."""
    sandbox.faults.add(Fault.RECORDS_MISSING)
    assert len(call(sandbox, "efetch", {"id": "101,102,103,104", "retmode": "xml"}).xml) == 2
    sandbox.faults.clear()
    sandbox.faults.add(Fault.NO_LINKS)
    citing = {"linkname": "pubmed_pubmed_citedin", "id": "101"}
    assert call(sandbox, "elink", citing).texts(".//Link/Id") == []
    assert "linksetdbs" not in call(sandbox, "elink", {**citing, "retmode": "json"}).json["linksets"][0]


def test_a_call_can_hang(sandbox: Server) -> None:
    """Before the headers, or in the middle of the body; clearing the faults releases the response."""
    for fault in (Fault.HANG, Fault.HANG_IN_BODY):
        sandbox.faults.add(fault, calls=1)
        with pytest.raises(TimeoutError):
            call(sandbox, "esearch", VEINS, timeout=0.3)
        sandbox.faults.clear()
        assert call(sandbox, "esearch", VEINS).status == 200


def test_a_connection_can_break(sandbox: Server) -> None:
    """Reset at once, cut after n bytes, shorter than its Content-Length."""
    sandbox.faults.add(Fault.RESET, calls=1)
    with pytest.raises(ConnectionError):
        call(sandbox, "esearch", VEINS)
    sandbox.faults.add(Fault.CUT, calls=1, at_byte=100)
    with pytest.raises(IncompleteRead) as cut:
        call(sandbox, "esearch", VEINS)
    assert len(cut.value.partial) == 100
    sandbox.faults.add(Fault.WRONG_LENGTH, calls=1)
    with pytest.raises(IncompleteRead) as short:
        call(sandbox, "esearch", VEINS)
    assert short.value.partial.endswith(b"</eSearchResult>\n")


def test_an_answer_can_drip(sandbox: Server) -> None:
    """It comes whole, but slowly."""
    sandbox.faults.add(Fault.DRIP, calls=1, seconds=0.5)
    started = time.monotonic()
    assert call(sandbox, "esearch", VEINS).texts("Count") == ["5"]
    assert time.monotonic() - started > 0.4


def test_gzip_can_be_a_lie(sandbox: Server) -> None:
    """The header says gzip, the body is not."""
    sandbox.faults.add(Fault.BAD_GZIP)
    bad = call(sandbox, "esearch", VEINS, headers={"Accept-Encoding": "gzip"})
    with pytest.raises(gzip.BadGzipFile):
        gzip.decompress(bad.body)


def test_an_outage_lasts_for_days_of_virtual_time(sandbox: Server) -> None:
    """Down from one instant to another, whatever the real clock says."""
    sandbox.faults.outage(datetime(2013, 1, 1, tzinfo=UTC), datetime(2013, 1, 8, tzinfo=UTC))
    statuses = {}
    for number in (31, 1, 7, 8):
        sandbox.at = datetime(2012, 12, 31, tzinfo=UTC) if number == 31 else datetime(2013, 1, number, tzinfo=UTC)
        statuses[number] = call(sandbox, "esearch", VEINS).status
    assert statuses == {31: 200, 1: 503, 7: 503, 8: 200}


def test_a_fault_can_be_for_one_endpoint_and_some_calls(sandbox: Server) -> None:
    """Calls of other endpoints neither fail nor are counted."""
    sandbox.faults.add(Fault.BAD_GATEWAY, endpoint="efetch", calls=range(2, 4))
    assert call(sandbox, "esearch", VEINS).status == 200
    assert [call(sandbox, "efetch", {"id": "101"}).status for _ in range(4)] == [200, 502, 502, 200]


def test_a_caller_that_is_too_quick_gets_429(sandbox: Server) -> None:
    """Three a second without a key, ten with one; the headers and the JSON are NCBI's."""
    sandbox.rate_limit.limit = 3
    statuses = [call(sandbox, "esearch", VEINS).status for _ in range(4)]
    assert statuses == [200, 200, 200, 429]
    with_key = call(sandbox, "esearch", {**VEINS, "api_key": "another"})
    assert (with_key.headers["X-RateLimit-Limit"], with_key.headers["X-RateLimit-Remaining"]) == ("10", "9")
    refused = call(sandbox, "efetch", {"id": "101"})
    assert refused.json == {"error": "API rate limit exceeded", "api-key": "127.0.0.1", "count": "4", "limit": "3"}
    assert refused.headers["X-RateLimit-Limit"] == "3"
    assert [call(sandbox, "esearch", {**VEINS, "api_key": "k"}).status for _ in range(11)] == [200] * 10 + [429]


def test_the_rate_limit_forgets_after_a_second() -> None:
    """A sliding second, by the clock it is given."""
    clock = iter([0.0, 0.1, 0.2, 0.3, 1.05])
    limit = RateLimit(lambda: next(clock))
    limit.limit = 3
    assert [limit.take("me", has_key=False)[0] for _ in range(5)] == [1, 2, 3, 4, 3]


def test_what_is_no_endpoint_is_not_found(sandbox: Server) -> None:
    """404, and the server keeps running."""
    assert call(sandbox, "espell", VEINS).status == 404
    assert call(sandbox, "esearch", VEINS).status == 200


def test_the_log_keeps_every_call(sandbox: Server) -> None:
    """What was asked, when in virtual time, and what came of it."""
    call(sandbox, "esearch", {"term": "veins", "tool": "x", "email": "a@b.example"})
    logged = sandbox.requests[0]
    assert (logged.request.endpoint, logged.request.get("email"), logged.status) == ("esearch", "a@b.example", 200)
    assert logged.request.at == sandbox.at


def test_a_server_that_was_left_answers_no_more(sandbox: Server) -> None:
    """Leaving the context frees the port."""
    with Server(sandbox.corpus, sandbox.at) as other:
        port = other.port
    assert port
    assert other.port == 0
    with pytest.raises((ConnectionError, HTTPException)):
        call(other, "esearch", VEINS)


def test_certain_records_are_left_out_or_malformed(sandbox: Server) -> None:
    """The others of the answer are as ever."""
    asked = {"id": "101,102,103", "retmode": "xml"}
    sandbox.faults.add(Fault.RECORDS_LEFT_OUT, endpoint="efetch", calls=1, pmids=["102"])
    assert sorted(call(sandbox, "efetch", asked).texts("*/MedlineCitation/PMID")) == ["101", "103"]
    sandbox.faults.clear()
    sandbox.faults.add(Fault.RECORDS_MALFORMED, endpoint="efetch", pmids=["102"])
    spoilt = call(sandbox, "efetch", asked).body
    assert (spoilt.count(b"</ArticleTitle>"), spoilt.count(b"</ArticleTitle")) == (2, 3)


def test_a_search_may_lack_what_it_should_list_without_an_error(sandbox: Server) -> None:
    """As an index that is being rebuilt answers."""
    good = call(sandbox, "esearch", VEINS).texts("IdList/Id")
    sandbox.faults.add(Fault.IDS_LEFT_OUT, endpoint="esearch", pmids=good[:2])
    found = call(sandbox, "esearch", VEINS)
    assert (found.texts("Count"), found.texts("IdList/Id")) == ([str(len(good) - 2)], good[2:])


def test_a_term_that_is_dropped_brings_strangers_and_a_warning(sandbox: Server) -> None:
    """As PubMed answers an unchanged query whose term it does not find any more."""
    good = call(sandbox, "esearch", VEINS).texts("IdList/Id")
    sandbox.faults.add(Fault.TERM_DROPPED, endpoint="esearch", pmids=["901", "902"])
    found = call(sandbox, "esearch", VEINS)
    assert (found.texts("Count"), found.texts("IdList/Id")) == ([str(len(good) + 2)], [*good, "901", "902"])
    assert found.texts("ErrorList/PhraseNotFound")
