"""Whatever a service of the web does, its client gets a whole answer or an UpstreamError, and gets it in time."""

from __future__ import annotations

import gzip
import io
import logging
import time
from typing import Any

import pytest

from monitor.errors import UpstreamError
from monitor.model import SourceName
from monitor.sources.transport import web
from monitor.sources.transport.web import WebService
from tests.support.answers import Answer, Route, Service, serving
from tests.support.ncbi_server import Time

GOOD = Answer(b'{"n": 1}')


def service_at(there: Service, passing: Time, **changes: Any) -> WebService:
    """A client that never waits in real time."""
    settings = there.settings(SourceName.CROSSREF, **changes)
    return WebService(settings, clock=passing.clock, sleep=passing.sleep, jitter=lambda: 0.5)


@pytest.fixture
def passing() -> Time:
    """Time that passes when somebody sleeps."""
    return Time()


def test_the_answer_its_type_and_its_headers_come_back_and_we_say_who_we_are(passing: Time) -> None:
    """A path that is percent-encoded arrives as it was meant."""
    with serving({"/api/works/10.1/a b": Answer(b'{"ok": true}', headers={"X-Rate-Limit-Limit": "5"})}) as there:
        service = service_at(there, passing, location=f"{there.url}/api/")
        response = service.get("works/10.1%2Fa%20b", {"rows": 5, "mailto": "jane@example.org"}, {"authorization": "t"})
        assert (response.status, response.content_type) == (200, "application/json")
        assert response.headers["x-rate-limit-limit"] == "5"
        assert service.json("works/10.1%2Fa%20b") == {"ok": True}
    assert service.requests == 2
    assert there.asked[0].params == {"rows": "5", "mailto": "jane@example.org"}
    assert there.asked[0].headers["authorization"] == "t"
    assert there.asked[0].headers["user-agent"].startswith("Monitor/")
    assert "mailto:jane@example.org" in there.asked[0].headers["user-agent"]


@pytest.mark.parametrize(
    "first",
    [
        Answer(b"busy", 503),
        Answer(b"<html>", 502),
        Answer(b"slow down", 429, {"Retry-After": "3"}),
        Answer(b'{"n": 1}', cut=4),
        Answer(b"this is not gzip", headers={"Content-Encoding": "gzip"}),
    ],
    ids=["unavailable", "bad gateway", "asked too often", "cut", "broken gzip"],
)
def test_what_may_be_over_soon_is_tried_again(first: Answer, passing: Time) -> None:
    """After a second, or as long as the service asks for."""
    with serving({"/": [first, GOOD]}) as there:
        service = service_at(there, passing)
        assert service.json("") == {"n": 1}
    assert service.requests == 2
    assert sum(passing.slept) >= (3 if first.status == 429 else 1)


def test_a_service_that_stays_away_is_given_up_after_four_tries(passing: Time) -> None:
    """The text names the service, not the address or its query."""
    with serving({"/": Answer(b"", 500)}) as there, pytest.raises(UpstreamError) as raised:
        service_at(there, passing).get("works?api_key=geheim")
    assert str(raised.value) == "Crossref is not available (500)."
    assert raised.value.requests == 4


def test_nobody_there_is_told_without_the_address(passing: Time) -> None:
    """It may hold a key."""
    with serving({}) as there:
        pass
    with pytest.raises(UpstreamError, match=r"Crossref gave no whole answer: Connection refused") as raised:
        service_at(there, passing).get("works", {"api_key": "geheim"})
    assert "geheim" not in str(raised.value)


def test_who_asks_to_be_left_alone_for_hours_is_not_asked_again(passing: Time) -> None:
    """The unit of work goes on with what else is due."""
    with serving({"/": Answer(b"", 429, {"Retry-After": "10800"})}) as there, pytest.raises(UpstreamError) as raised:
        service_at(there, passing).get("works")
    assert str(raised.value) == "Crossref is asked too often; it asks to be left alone for 3 hours."
    assert (raised.value.wait, raised.value.requests, passing.slept) == (10_800, 1, [])


def test_a_wait_beyond_belief_is_a_day(passing: Time) -> None:
    """A number of 400 digits is infinite as a float."""
    with serving({"/": Answer(b"", 429, {"Retry-After": "9" * 400})}) as there, pytest.raises(UpstreamError) as raised:
        service_at(there, passing).get("works")
    assert raised.value.wait == 86_400


def test_no_is_an_answer_for_get_and_none_for_json(passing: Time) -> None:
    """A client may know what 404 means; one that only wants JSON need not."""
    with serving({}) as there:
        service = service_at(there, passing)
        assert service.get("works/10.1%2Fx").status == 404
        with pytest.raises(UpstreamError, match=r"Crossref refused the request \(404\)\."):
            service.json("works/10.1%2Fx")
    assert service.requests == 2


@pytest.mark.parametrize("body", [b"<html>busy</html>", b"", b"{", b"[" * 100_000, b"\xff\xfe{}"])
def test_what_is_no_json_is_an_upstream_error(body: bytes, passing: Time) -> None:
    """Whatever the content type says."""
    with serving({"/": Answer(body)}) as there, pytest.raises(UpstreamError, match="that is no JSON"):
        service_at(there, passing).json("works")


@pytest.mark.parametrize("prompt", [0, 300], ids=["head", "body"])
def test_an_answer_in_drips_ends_at_the_deadline(prompt: int) -> None:
    """Each byte comes within the read timeout, and the whole would take minutes."""
    with serving({"/": Answer(b" " * 1000, drip=0.05, prompt=prompt)}) as there:
        service = WebService(there.settings(SourceName.CROSSREF), patience=0.6)
        began = time.monotonic()
        with pytest.raises(UpstreamError, match="it took too long"):
            service.get("works")
        assert time.monotonic() - began < 3


def test_a_small_answer_that_stands_for_a_large_one_is_refused(passing: Time) -> None:
    """33 kB of gzip for 33 MB: it is not read to its end, nor asked for again."""
    bomb = gzip.compress(b" " * (web.MAX_BYTES + 1))
    with serving({"/": Answer(bomb, headers={"Content-Encoding": "gzip"})}) as there:
        service = service_at(there, passing)
        with pytest.raises(UpstreamError, match="more than 33,554,432 bytes when decompressed"):
            service.get("works")
    assert service.requests == 1


def test_compressed_answers_are_read(passing: Time) -> None:
    """As most services send them."""
    with serving({"/": Answer(gzip.compress(b'{"n": 2}'), headers={"Content-Encoding": "gzip"})}) as there:
        assert service_at(there, passing).json("works") == {"n": 2}


def test_a_number_that_has_moved_is_followed_and_a_circle_is_not(passing: Time) -> None:
    """ClinicalTrials.gov answers 301 for the former number of a study."""
    routes: dict[str, Route] = {
        "/studies/NCT00000001": Answer(b"", 301, {"Location": "/studies/NCT00000002"}),
        "/studies/NCT00000002": GOOD,
        "/circle": Answer(b"", 302, {"Location": "/circle"}),
    }
    with serving(routes) as there:
        service = service_at(there, passing)
        assert service.json("studies/NCT00000001") == {"n": 1}
        with pytest.raises(UpstreamError, match="from one address to the next without end"):
            service.get("circle")


@pytest.mark.parametrize(
    "leads_to",
    ["ftp://x/y", "http://[::1", "//\x00", "", "http://127.0.0.1:1/x", "javascript:alert(1)", "http://" + "a" * 70_000],
)
def test_wherever_it_leads_it_ends_in_words(leads_to: str, passing: Time) -> None:
    """A redirect that is no address is no bug of ours."""
    with (
        serving({"/": Answer(b"", 302, {"Location": leads_to})}) as there,
        pytest.raises(UpstreamError, match="Crossref"),
    ):
        service_at(there, passing).get("works")


def test_a_host_without_a_name_is_told(passing: Time) -> None:
    """As an operator may write it."""
    with serving({}) as there, pytest.raises(UpstreamError, match="Crossref has an address that cannot be used"):
        service_at(there, passing, location="http://xn--a.b/").get("works")


def test_a_list_is_downloaded_whole_or_not_at_all(passing: Time) -> None:
    """A second try begins anew; the query of its address is kept."""
    rows = b"a,b\n" * 1000
    file = io.BytesIO()
    with serving({"/list": [Answer(rows, cut=100), Answer(rows)], "/": Answer(b"", 404)}) as there:
        service_at(there, passing, location=f"{there.url}/list?jane@example.org").download(file)
        assert file.getvalue() == rows
        with pytest.raises(UpstreamError, match="more than 10 bytes"):
            service_at(there, passing, location=f"{there.url}/list").download(file, most=10)
        with pytest.raises(UpstreamError, match=r"refused the request \(404\)"):
            service_at(there, passing).download(file, "other")
    assert "jane@example.org" in there.asked[0].params


def test_requests_keep_their_distance(passing: Time) -> None:
    """At two requests a second they are half a second apart."""
    with serving({"/": GOOD}) as there:
        service = service_at(there, passing, rate=2.0)
        for _ in range(3):
            service.get("works")
    assert passing.slept == [0.5, 0.5]


def test_a_key_is_in_no_line_of_the_log(passing: Time, caplog: pytest.LogCaptureFixture) -> None:
    """Not even of the libraries', at the lowest level."""
    caplog.set_level(logging.DEBUG)
    with serving({"/": GOOD}) as there:
        service_at(there, passing).get("works", {"api_key": "geheim"}, {"authorization": "token-geheim"})
    assert "geheim" not in caplog.text
