"""LinkOut as recorded, and what a provider may register that must not become a link."""

from __future__ import annotations

from pathlib import Path
from xml.sax.saxutils import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.errors import UpstreamError
from monitor.model import Access, FullText
from monitor.sources.pubmed import linkout
from monitor.sources.pubmed.http import Response
from tests.support.ncbi_server import Time, answering, client, http

BRAIN = "https://academic.oup.com/brain/article-lookup/doi/10.1093/brain/123.1.171"


def recorded(shared_data: Path, name: str) -> Response:
    """An answer as NCBI gave it."""
    return Response(200, (shared_data / "eutils" / "elink" / name).read_bytes())


def offer(url: str, provider: str = "A Publisher", category: str = "Full Text Sources", attribute: str = "") -> str:
    """One ObjUrl."""
    said = f"<Attribute>{attribute}</Attribute>" if attribute else ""
    return (
        f"<ObjUrl><Url>{escape(url)}</Url><Category>{category}</Category>{said}"
        f"<Provider><Name>{escape(provider)}</Name><NameAbbr>x</NameAbbr><Id>1</Id></Provider></ObjUrl>"
    )


def told(*inside: str) -> Response:
    """An answer about the articles 1, 2, … with this in their IdUrlSets."""
    sets = "".join(f"<IdUrlSet><Id>{n}</Id>{one}</IdUrlSet>" for n, one in enumerate(inside, 1))
    body = f"<eLinkResult><LinkSet><DbFrom>pubmed</DbFrom><IdUrlList>{sets}</IdUrlList></LinkSet></eLinkResult>"
    return Response(200, body.encode())


def only(inside: str) -> tuple[FullText, ...]:
    """The full texts of one article."""
    return linkout.full_texts(told(inside), ("1",))["1"]


def test_a_recorded_publisher_is_read(shared_data: Path) -> None:
    """Name, address and that it costs something."""
    response = recorded(shared_data, "biopython+biopython/Tests__Entrez__elink5.xml")
    expected = FullText("Silverchair Information Systems", BRAIN, Access.PAID)
    assert linkout.full_texts(response, ("10611131",)) == {"10611131": (expected,)}


def test_recorded_providers_of_something_else_are_left_out(shared_data: Path) -> None:
    """MedlinePlus explains an operation; the article cannot be read there."""
    response = recorded(shared_data, "biopython+biopython/Tests__Entrez__elink6.xml")
    assert linkout.full_texts(response, ("12085856", "12085853")) == {"12085856": (), "12085853": ()}


@pytest.mark.parametrize("name", ["elink_llinks.xml", "elink_llinks_corr.xml"])
def test_recorded_sets_come_merged_or_one_by_one(name: str, shared_data: Path) -> None:
    """Each article has its answer either way, one of them "No links"."""
    response = recorded(shared_data, f"bioperl+Bio-EUtilities/t__data__eutils__{name}")
    asked = ("730439", "68536103", "1621261", "20807972")
    assert linkout.full_texts(response, asked) == dict.fromkeys(asked, ())


def test_an_article_without_an_answer_makes_the_whole_unbelievable() -> None:
    """Nowhere to be read is an answer; nothing at all is none."""
    assert linkout.full_texts(told("<Info>No links</Info>"), ("1",)) == {"1": ()}
    for response in (told("<Info>No links</Info>"), told("<Info>No links</Info>", "")):
        with pytest.raises(UpstreamError, match="2"):
            linkout.full_texts(response, ("1", "2"))


def test_free_is_told_from_paid_and_from_unsaid() -> None:
    """In the order PubMed gives, each once."""
    free, paid, unsaid = (f"https://{name}.example.org/1" for name in ("free", "paid", "unsaid"))
    inside = offer(free, attribute="free resource") + offer(paid, attribute="subscription/membership/fee required")
    found = only(inside + offer(unsaid, attribute="full-text online") + offer(unsaid, attribute="author manuscript"))
    assert [(one.url, one.access) for one in found] == [
        (free, Access.FREE),
        (paid, Access.PAID),
        (unsaid, Access.NOT_STATED),
    ]


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "data:text/html,<script>alert(1)</script>",
        "//elsewhere.example.org/1",
        "/corehtml/query/1",
        "ftp://files.example.org/1",
        "https://pubmed.ncbi.nlm.nih.gov@elsewhere.example.org/",
        "https://example.org/a b",
        "https://example.org\\@elsewhere.example.org/",
        "https://127.0.0.1/admin",
        "http://localhost/",
        "http://[::1]/",
        "https://[broken/",
        "https://example.org:port/",
        "https://exa\u202emple.org/",
        "https:///nowhere",
        "https://example.org/" + "a" * 1_000,
        "",
    ],
)
def test_what_is_no_address_on_the_web_never_becomes_a_link(url: str) -> None:
    """The link beside it stays."""
    good = "http://publisher.example.org/article?id=1&full=yes"
    assert [one.url for one in only(offer(url) + offer(good))] == [good]


@given(st.text(max_size=80))
def test_any_text_is_either_a_web_address_or_no_link(text: str) -> None:
    """And what passes has nothing that could end a quoted attribute unescaped or a line of a log."""
    for url in (text, f"https://{text}", f"https://example.org/{text}"):
        if linkout.is_web_address(url):
            assert url.startswith(("http://", "https://")) or url.lower().startswith(("http://", "https://"))
            assert url.isprintable()
            assert " " not in url


def test_names_and_numbers_are_bounded() -> None:
    """A provider may call itself what it likes, and come as often as it likes."""
    many = "".join(offer(f"https://example.org/{n}", "Press " * 100) for n in range(99))
    found = only(many)
    assert len(found) == linkout.MAX_PROVIDERS
    assert {len(one.provider) for one in found} == {linkout.MAX_NAME_LENGTH}


def test_a_failure_that_came_as_an_answer_is_asked_again() -> None:
    """ELink's backends fail with status 200 (a recorded body)."""
    failed = "<eLinkResult><LinkSet><ERROR>Couldn't resolve #exLinkSrv2, the address table is empty.</ERROR></LinkSet>"
    time = Time()
    with answering(http(f"{failed}</eLinkResult>"), http(told("<Info>No links</Info>").body)) as script:
        linked = client(script.url, time).full_texts(["1"])
    assert (linked.links, linked.requests, len(script.asked)) == ({"1": ()}, 2, 2)
    assert "cmd=llinks" in script.asked[0]
