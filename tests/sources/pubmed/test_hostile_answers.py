"""An answer that nobody expected is read into a value or refused with an UpstreamError; no other exception leaves."""

from __future__ import annotations

import email
import re
from contextlib import suppress
from email.message import Message

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.errors import RecordError, UpstreamError
from monitor.sources.pubmed import responses
from monitor.sources.pubmed.http import Response
from monitor.sources.pubmed.records import reader
from monitor.sources.transport.bodies import retry_after
from tests.support.ncbi_server import GOOD_LINKS, ONE_HIT, SEARCH, Time, answering, client, http
from tests.support.sandbox import CORPUS_XML

DIGITS = "9" * 5000


@pytest.mark.parametrize(
    "inside",
    [
        f"<Count>{DIGITS}</Count><IdList/>",
        "<Count>²</Count><IdList/>",
        "<Count>-1</Count><IdList/>",
        f"<Count>1</Count><IdList><Id>{DIGITS}</Id></IdList>",
        "<Count>1</Count><IdList><Id>0</Id></IdList>",
        "<Count>1</Count><IdList><Id>PMC7</Id></IdList>",
        "<Count>1</Count><IdList><Id>٣</Id></IdList>",
    ],
)
def test_a_search_whose_numbers_are_none_is_refused(inside: str) -> None:
    """A Count of 5,000 digits, digits of other scripts, ids that are no PMIDs."""
    with answering(http(SEARCH.format(inside))) as server, pytest.raises(UpstreamError):
        client(server.url).search("veins")


@pytest.mark.parametrize("target", ["PMC2", DIGITS, "0", "-3", "", "²", "2.0"])
def test_a_link_to_what_is_no_pmid_spoils_the_links_of_one_article_only(target: str) -> None:
    """One request asks for all seeds; the others' links are believed."""
    with answering(http(GOOD_LINKS.format(target))) as server:
        found = client(server.url).citing(["1", "2"])
    assert found.in_order == {"2": ("3",)}
    assert list(found.refused) == ["1"]
    assert "no PMID" in found.refused["1"]


def test_what_is_similar_to_a_seed_is_refused_as_a_whole() -> None:
    """It is asked for once a week and can wait."""
    links = GOOD_LINKS.replace("citedin", "").replace("pubmed_pubmed_", "pubmed_pubmed")
    with answering(http(links.format("PMC2"))) as server, pytest.raises(UpstreamError, match="PMC2"):
        client(server.url).similar(["1", "2"])


@pytest.mark.parametrize(
    "headers",
    [
        {"Retry_After": DIGITS},
        {"Retry_After": "Fri, 31 Dec 9999 23:59:59 -2359", "Date": "Mon, 23 Nov 2026 10:00:00 GMT"},
        {"Retry_After": "Mon, 23 Nov 2026 10:00:00 +99999999999999", "Date": "Mon, 23 Nov 2026 10:00:00 GMT"},
        {"Retry_After": "Mon, 23 Nov 99999999999 10:00:00 GMT", "Date": "Mon, 23 Nov 2026 10:00:00 GMT"},
    ],
)
def test_a_retry_after_beyond_the_calendar_is_an_ordinary_wait(headers: dict[str, str]) -> None:
    """Two minutes at most, and then it is asked again."""
    time = Time()
    with answering(http("{}", 429, **headers), http(ONE_HIT)) as server:
        assert client(server.url, time).search("veins").pmids == {"7"}
    assert max(time.slept) <= 120.0


def test_a_content_length_of_5000_digits_is_no_length() -> None:
    """The answer is read to its end."""
    answer = re.sub(rb"Content-Length: \d+", b"Content-Length: " + DIGITS.encode(), http(ONE_HIT))
    with answering(answer) as server:
        assert client(server.url).search("veins").pmids == {"7"}


@given(value=st.text(max_size=60) | st.from_regex(r"[A-Z][a-z]{2}, \d+ [A-Z][a-z]{2} \d+ \d+:\d+:\d+ [+-]\d+"))
def test_no_header_of_a_server_is_a_bug(value: str) -> None:
    """Whatever stands in it."""
    headers = Message()
    headers["Retry-After"] = value.replace("\r", " ").replace("\n", " ")
    headers["Date"] = "Mon, 23 Nov 2026 10:00:00 GMT"
    wait = retry_after(email.message_from_string(headers.as_string()) if value.isascii() else headers)
    assert wait is None or wait >= 0


_NAMES = st.sampled_from(
    ["Count", "Id", "IdList", "LinkSet", "LinkSetDb", "LinkName", "Link", "QueryTranslation", "ERROR", "ErrorList"]
)
_TREES = st.recursive(
    st.text("0123456789²PMC ", max_size=12),
    lambda inside: st.lists(st.tuples(_NAMES, inside), max_size=4).map(
        lambda parts: "".join(f"<{name}>{text}</{name}>" for name, text in parts)
    ),
    max_leaves=12,
)


@given(root=st.sampled_from(["eSearchResult", "eLinkResult", "PubmedArticleSet", "html"]), inside=_TREES)
def test_no_tree_of_elements_is_a_bug(root: str, inside: str) -> None:
    """It is a value, or an UpstreamError."""
    response = Response(200, f"<{root}>{inside}</{root}>".encode())
    for read in (
        responses.read_search,
        responses.read_records,
        responses.read_salvageable,
        lambda answer: responses.read_links(answer, ("1",), "pubmed_pubmed_citedin"),
    ):
        with suppress(UpstreamError):
            read(response)


_NASTY = (DIGITS.encode(), b"99999999999999999999", b"-1", b"0", "²".encode(), b"", b"1e999", "٣".encode(), b"&#0;")
_TEXTS = re.compile(rb'>([^<>]*[^<>\s][^<>]*)<|="([^"]*)"')


@pytest.mark.parametrize("nasty", _NASTY)
def test_a_record_with_nonsense_anywhere_spoils_no_other(nasty: bytes) -> None:
    """A third of the texts and attributes of nine records in turn: it is read without it, or refused by itself."""
    places = [*_TEXTS.finditer(CORPUS_XML)]
    for place in places[_NASTY.index(nasty) % 3 :: 3]:
        start, end = place.span(1) if place[1] is not None else place.span(2)
        with suppress(RecordError):
            found = reader.read(CORPUS_XML[:start] + nasty + CORPUS_XML[end:])
            assert len(found.articles) >= 8
