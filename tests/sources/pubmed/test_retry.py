"""What can happen on the way to NCBI and back; no test waits."""

from __future__ import annotations

import gzip
import logging
import threading
import traceback

import pytest

from monitor.errors import QueryError, UpstreamError
from monitor.model import PubMedSettings
from monitor.sources.pubmed import Client, entrez
from monitor.sources.pubmed.rate_limit import MIN_INTERVAL, MIN_INTERVAL_WITH_KEY, Throttle
from tests.support.ncbi_server import ONE_HIT, SEARCH, Time, answering, client, http

GOOD = http(ONE_HIT)
KEY = "0123456789abcdef0123456789abcdef0123"


@pytest.mark.parametrize(
    "trouble",
    [
        b"",
        GOOD[:-40],
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n<eSearchResult>",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"not HTTP at all\r\n\r\n",
        http(ONE_HIT, Content_Length=str(len(ONE_HIT) + 50)),
        http(ONE_HIT, Content_Length=str(len(ONE_HIT) - 50)),
        http(ONE_HIT, Content_Encoding="gzip"),
        http(gzip.compress(ONE_HIT.encode(), mtime=0)[:-9], Content_Encoding="gzip"),
        http(""),
        http("<html><body>Sorry</body></html>"),
        http('<?xml version="1.0"?><!DOCTYPE eSearchResult>'),
        http('{"esearchresult":{"count":"1"}}'),
        http(ONE_HIT[:-30]),
        http(SEARCH.format("<ERROR>Search Backend failed: Database is not supported: pubmed</ERROR>")),
        http(SEARCH.format("<Count>2</Count><IdList><Id>7</Id></IdList>")),
        http(SEARCH.format("<Count>2</Count><IdList><Id>7</Id><Id>7</Id></IdList>")),
        http(SEARCH.format("<Count>1</Count><IdList/>")),
        http(SEARCH.format("<IdList><Id>7</Id></IdList>")),
        http(SEARCH.format("<Count>1</Count><IdList><Id>PMC7</Id></IdList>")),
        http("<eFetchResult><ERROR>Failed to connect to PubOne service</ERROR></eFetchResult>", 400),
        http("<html>bad gateway</html>", 502),
        http("<html>Server Error</html>", 500),
        http("<html>try later</html>", 503),
        http('{"error":"API rate limit exceeded","count":"4","limit":"3"}', 429),
        http("<eLinkResult/>"),
    ],
    ids=str,
)
def test_a_bad_answer_is_asked_again_and_the_good_one_believed(trouble: bytes) -> None:
    """No cut, broken or failing answer is taken for a result, and one of them does not fail the search."""
    with answering(trouble, GOOD) as server:
        found = client(server.url).search("veins")
    assert (found.pmids, found.requests) == (frozenset({"7"}), 2)


@pytest.mark.parametrize(
    "trouble", [b"", http(""), http("<html/>"), http("", 503), http("", 500), http("", 429)], ids=str
)
def test_what_never_gets_better_is_an_error_with_its_requests_counted(trouble: bytes) -> None:
    """Five tries with growing pauses, then a failure that a later poll may ask again."""
    time = Time()
    with answering(trouble) as server, pytest.raises(UpstreamError) as failure:
        client(server.url, time).search("veins")
    assert (failure.value.requests, failure.value.retryable, len(server.asked)) == (5, True, 5)
    assert not isinstance(failure.value, QueryError)
    assert sum(time.slept) == pytest.approx(1 + 2 + 4 + 8, abs=0.4 * 4)


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        ('{"error":"API key invalid","api-key":"' + KEY + '"}', 400, "API key"),
        (SEARCH.format("<ERROR>Empty term and query_key - nothing todo</ERROR>"), 200, "nothing todo"),
        (SEARCH.format("<ERROR>Invalid db name specified: fleegle</ERROR>"), 200, "fleegle"),
        ("<html>Request-URI Too Large</html>", 414, "414"),
        ("<html>Forbidden</html>", 403, "403"),
        ("<html>Moved</html>", 301, "301"),
    ],
)
def test_a_refusal_is_not_repeated(body: str, status: int, words: str) -> None:
    """Asking again would not help, so NCBI is asked once and the operator told why."""
    refusal = http(body, status, Location="http://127.0.0.1:1/")
    with answering(refusal) as server, pytest.raises(UpstreamError, match=words) as failure:
        client(server.url, api_key=KEY).search("veins")
    assert (len(server.asked), failure.value.retryable) == (1, False)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry_After": "17"}, 17.0),
        ({"Retry_After": "Mon, 23 Nov 2026 10:00:40 GMT", "Date": "Mon, 23 Nov 2026 10:00:00 GMT"}, 40.0),
        ({"Retry_After": "86400"}, 120.0),
        ({"Retry_After": "soon"}, 1.0),
        ({}, 1.0),
    ],
)
def test_retry_after_is_honoured_up_to_two_minutes(headers: dict[str, str], seconds: float) -> None:
    """As a number or as a date, and held for every thread that shares the pace."""
    time = Time()
    with answering(http("{}", 429, **headers), GOOD) as server:
        client(server.url, time).search("veins")
    assert max(time.slept) == pytest.approx(seconds, abs=0.01)


def test_the_deadline_ends_an_exchange_before_its_tries() -> None:
    """A Retry-After of two minutes, three times, is longer than one exchange may take."""
    time = Time()
    with answering(http("", 429, Retry_After="120")) as server, pytest.raises(UpstreamError):
        client(server.url, time).search("veins")
    assert len(server.asked) == 3


def test_every_request_names_tool_email_and_key() -> None:
    """NCBI asks for them on each call."""
    with answering(GOOD) as server:
        client(server.url, api_key=KEY).search("veins")
    assert "tool=monitor" in server.asked[0]
    assert "email=watch%40example.org" in server.asked[0]
    assert f"api_key={KEY}" in server.asked[0]
    assert "retmax=9999" in server.asked[0]


def test_a_long_query_goes_by_post() -> None:
    """A GET of several thousand characters is refused (414)."""
    with answering(GOOD) as server:
        client(server.url).search(" OR ".join(f"word{n}" for n in range(400)))
    line, _, body = server.asked[0].partition("\r\n")
    assert line.startswith("POST /entrez/eutils/esearch.fcgi HTTP")
    assert "word399" in body


@pytest.mark.parametrize("trouble", [b"", http(f'{{"api-key":"{KEY}"}}', 429), http(f'{{"key":"{KEY}"}}')], ids=str)
def test_the_key_is_in_no_error_log_or_repr(trouble: bytes, caplog: pytest.LogCaptureFixture) -> None:
    """Errors reach logs, the database and mails; the key reaches none of them."""
    caplog.set_level(logging.DEBUG)
    with answering(trouble) as server:
        asking = client(server.url, api_key=KEY)
        with pytest.raises(UpstreamError) as failure:
            asking.search("veins")
    told = "".join(traceback.format_exception(failure.value)) + repr(failure.value) + caplog.text + repr(vars(asking))
    assert KEY not in told


def test_an_address_that_nobody_listens_at_is_an_upstream_error() -> None:
    """Refused connections and unknown schemes are told in words."""
    for url in ("http://127.0.0.1:1/", "ftp://127.0.0.1/"):
        with pytest.raises(UpstreamError, match="no whole answer"):
            client(url).search("veins")


@pytest.mark.parametrize(("key", "gap"), [("", MIN_INTERVAL), (KEY, MIN_INTERVAL_WITH_KEY)])
def test_all_threads_share_one_pace(key: str, gap: float) -> None:
    """Twelve threads and two clients ask no quicker than one: 3 a second, 10 with a key."""
    sent: list[float] = []
    throttle = Throttle(gap, lambda: 50.0)

    def ask() -> None:
        throttle.wait(lambda seconds: sent.append(seconds))

    threads = [threading.Thread(target=ask) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(sent) == pytest.approx([gap * n for n in range(1, 12)])
    assert 1 / gap < (10 if key else 3)


def test_two_clients_with_one_key_wait_for_each_other() -> None:
    """The limit is NCBI's per key, not ours per object."""
    time = Time()
    with answering(GOOD) as server:
        client(server.url, time, api_key=KEY).search("veins")
        client(server.url, time, api_key=KEY).search("veins")
    assert time.slept == [pytest.approx(MIN_INTERVAL_WITH_KEY)]


def test_threads_never_mix_their_requests() -> None:
    """Bio.Entrez keeps globals; sixteen threads with other identities each get their own request."""
    wrong: list[str] = []

    def build(number: int) -> None:
        settings = PubMedSettings(f"a{number}@example.org", base_url=f"http://host{number}/")
        for _ in range(50):
            url = entrez.build(settings, "esearch", term=f"word{number}").full_url
            if f"//host{number}/" not in url or f"a{number}%40" not in url or f"word{number}&" not in url:
                wrong.append(url)

    threads = [threading.Thread(target=build, args=(n,)) for n in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_bio_entrez_is_left_as_it_was() -> None:
    """Another user of Bio.Entrez in the process keeps its settings."""
    from Bio import Entrez

    before = (Entrez.urlopen, Entrez.max_tries, Entrez.email, Entrez.api_key, Entrez.tool)
    entrez.build(PubMedSettings("a@example.org", api_key=KEY), "efetch", id=["1"])
    assert (Entrez.urlopen, Entrez.max_tries, Entrez.email, Entrez.api_key, Entrez.tool) == before


def test_a_client_is_made_without_asking_anything() -> None:
    """Settings alone are enough; the official address is the default."""
    assert isinstance(Client(PubMedSettings("a@example.org")), Client)
    assert entrez.build(PubMedSettings("a@example.org"), "esearch", term="x").full_url.startswith(entrez.OFFICIAL)
