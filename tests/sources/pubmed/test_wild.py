"""Hypothesis: whatever the bytes, nothing but the errors that are promised; whatever the markup, no lost word."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.errors import RecordError, UpstreamError
from monitor.sources.pubmed import responses
from monitor.sources.pubmed.http import Response
from monitor.sources.pubmed.records import reader
from monitor.sources.pubmed.records.registries import in_text
from monitor.sources.pubmed.records.text import normalize_space, text_and_html
from tests.support.record_xml import document, element, record
from tests.support.sandbox import CORPUS_XML

SAMPLE = document(record(1), record(2, article="<ArticleTitle>x<sup>2</sup></ArticleTitle>")) + CORPUS_XML[:0]


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """Real-looking records with some spans removed, doubled, swapped or overwritten."""
    raw = bytearray(draw(st.sampled_from([SAMPLE, CORPUS_XML])))
    for _ in range(draw(st.integers(1, 6))):
        start = draw(st.integers(0, len(raw)))
        end = min(len(raw), start + draw(st.integers(0, 300)))
        what = draw(st.sampled_from(["cut", "double", "noise", "end"]))
        if what == "cut":
            del raw[start:end]
        elif what == "double":
            raw[start:start] = raw[start:end]
        elif what == "noise":
            raw[start:end] = draw(st.binary(max_size=20))
        else:
            del raw[start:]
    return bytes(raw)


@settings(max_examples=300, deadline=None)
@given(mutated())
def test_broken_xml_raises_nothing_but_record_errors(xml: bytes) -> None:
    """Records that are read have a PMID; everything else is told."""
    try:
        read = reader.read(xml)
    except RecordError:
        return
    assert all(article.pmid.isdigit() for article in read.articles)
    for article in read.articles:
        assert "\x00" not in article.title
        _ = article.first_public_on, str(article.print_date), article.is_retracted


@settings(max_examples=200, deadline=None)
@given(st.one_of(mutated(), st.binary(max_size=300)), st.sampled_from([200, 400, 404, 429, 500, 502, 503]))
def test_broken_answers_raise_nothing_but_upstream_errors(body: bytes, status: int) -> None:
    """No answer of a server ends in a traceback, and none is taken for zero hits."""
    response = Response(status, body)
    for read in (
        responses.read_search,
        lambda a: responses.read_links(a, ("1",), "x"),
        responses.read_records,
        responses.read_salvageable,
    ):
        try:
            result = read(response)
        except UpstreamError:
            continue
        except RecordError:
            raise AssertionError("an answer of PubMed raised RecordError") from None
        assert result is not None


WORDS = st.text(st.characters(exclude_categories=["Cs", "Cc", "Cf", "Cn"]), max_size=12)
TAGS = st.sampled_from(["i", "b", "sub", "sup", "u", "p", "span", "sec", "x-y"])
MIXED = st.recursive(WORDS, lambda inner: st.tuples(TAGS, st.lists(st.one_of(WORDS, inner), max_size=4)), max_leaves=12)


def written(node: str | tuple[str, list[object]]) -> str:
    """The XML of a MIXED value."""
    if isinstance(node, str):
        return node.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    tag, children = node
    return f"<{tag}>{''.join(written(child) for child in children)}</{tag}>"  # type: ignore[arg-type] # recursive type


def words_of(node: str | tuple[str, list[object]]) -> str:
    """Its text alone."""
    return node if isinstance(node, str) else "".join(words_of(child) for child in node[1])  # type: ignore[arg-type]


@settings(max_examples=300, deadline=None)
@given(st.lists(MIXED, max_size=5))
def test_mixed_content_never_loses_text(nodes: list[str | tuple[str, list[object]]]) -> None:
    """Every character but white space is in the plain text, in order, and no tag but five is in the HTML."""
    text, html = text_and_html(element(f"<t>{''.join(map(written, nodes))}</t>"))
    everything = "".join(map(words_of, nodes))
    assert "".join(text.split()) == "".join(normalize_space(everything).split())
    bare = html
    for tag in ("i", "b", "sub", "sup", "u"):
        bare = bare.replace(f"<{tag}>", "").replace(f"</{tag}>", "")
    assert "<" not in bare
    assert ">" not in bare


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=200))
def test_any_text_can_be_searched_for_registry_numbers(text: str) -> None:
    """Surrogates, bidi marks or half numbers do no harm."""
    assert all(found.number.isascii() for found in in_text(text, "abstract"))
