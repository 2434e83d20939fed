"""The sandbox compared with recorded responses of NCBI."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree

import pytest
from lxml import etree

from monitor.sandbox import Corpus, Server
from monitor.sandbox.corpus.view import Library
from monitor.sandbox.query import parse
from monitor.sandbox.request import Request
from tests.support.sandbox import article
from tests.support.sandbox_calls import call


def recorded(shared_data: Path, folder: str, name: str) -> ElementTree.Element:
    """One recorded response, parsed."""
    return ElementTree.fromstring((shared_data / "eutils" / folder / name).read_bytes())  # noqa: S314  # our own file


def test_every_recorded_record_can_be_served(shared_data: Path) -> None:
    """All of them load, and come back from EFetch with the same words once everything is public."""
    files = [*(shared_data / "eutils" / "efetch").rglob("*"), *(shared_data / "eutils" / "recorded").rglob("efetch*")]
    sets = [data for data in map(_set, files) if data]
    corpus = Corpus.from_xml(*sets)
    assert len(corpus.records) > 2800
    assert len(corpus.unreadable) <= 20  # samples edited by hand: ids like "11119751-a", a shell without citation
    view = corpus.at(datetime(2100, 1, 1, tzinfo=UTC))
    assert set(view.states) == set(corpus.records)
    for pmid, state in view.states.items():
        before, after = corpus.records[pmid].element(), etree.fromstring(state.xml())
        assert _words(before) == _words(after), pmid


def test_reading_a_large_file_says_how_far_it_is(shared_data: Path) -> None:
    """Every hundred records, with how many there are; nothing of it is needed to read them."""
    data = gzip.decompress((shared_data / "eutils" / "bulk" / "pubmed20n0014.xml.gz").read_bytes())
    thousand = data[: data.index(b"</PubmedArticle>", 4_000_000)] + b"</PubmedArticle></PubmedArticleSet>"
    told: list[tuple[int, int, str]] = []
    corpus = Corpus.from_xml(thousand, progress=lambda *report: told.append(report))
    total = thousand.count(b"</PubmedArticle>")
    assert len(corpus.records) == total
    assert told == [(done, total, "records read") for done in range(100, total + 1, 100)]


def _set(path: Path) -> bytes | None:
    """A file's bytes when it is well-formed and holds articles."""
    if not path.is_file():
        return None
    data = path.read_bytes()
    data = gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data
    if b"<PubmedArticle" not in data:
        return None
    try:
        etree.fromstring(data, etree.XMLParser(huge_tree=True))
    except etree.XMLSyntaxError:
        return None
    return data


def _words(element: etree._Element) -> list[str]:
    tags = ("ArticleTitle", "AbstractText", "PublicationType", "DescriptorName", "LastName", "RefSource")
    return ["".join(found.itertext()) for found in element.iter(*tags)]


def test_an_author_search_is_translated_as_recorded(shared_data: Path) -> None:
    """A two-word author with initials keeps its form: "Altman R[author]" → Altman R[Author]."""
    real = recorded(shared_data, "recorded/sul-dlss+sul_pub", "esearch_028.body.xml").findtext("QueryTranslation") or ""
    corpus = Corpus.from_xml(_one(authors=(("Altman", "R"),)))
    library = Library(corpus, datetime(2019, 4, 5, tzinfo=UTC))
    asked = Request("esearch", (("term", "Altman R[author]"), ("datetype", "edat"), ("reldate", "90")))
    ours = library.search(asked).result.translation
    assert real == "Altman R[Author] AND 2019/01/05[EDAT] : 2019/04/05[EDAT]"
    assert ours == "altman r[Author] AND 2019/01/05:2019/04/05[Date - Entry]"


def test_a_mapped_heading_is_translated_as_recorded(shared_data: Path) -> None:
    """An unquoted heading of two words becomes heading OR its words OR the phrase."""
    real = recorded(shared_data, "recorded/shapiromatron+hawc", "esearch_006.body.xml")
    pairs = {e.findtext("From"): (e.findtext("To") or "").strip() for e in real.iterfind("TranslationSet/Translation")}
    library = Library(Corpus.from_xml(_one(mesh=("Ozone Depletion",))), datetime(2024, 1, 1, tzinfo=UTC))
    answer = library.search(Request("esearch", (("term", "ozone depletion"),))).result
    assert answer.translated == (("ozone depletion", pairs["ozone depletion"]),)


def test_years_and_journals_are_translated_as_recorded(shared_data: Path) -> None:
    """The whole translation of "science[journal] AND … AND 2008[pdat]" ends in the year's first and last day."""
    real = (
        recorded(shared_data, "recorded/shapiromatron+hawc", "esearch_033.body.xml").findtext("QueryTranslation") or ""
    )
    library = Library(Corpus.from_xml(_one()), datetime(2024, 1, 1, tzinfo=UTC))
    ours = library.search(Request("esearch", (("term", "2008[pdat]"),))).result.translation
    assert (real or "").endswith(f" AND {ours}")


@pytest.mark.parametrize("name", ["esearch_006", "esearch_011", "esearch_014", "esearch_033"])
def test_recorded_translations_can_be_read_back(shared_data: Path, name: str) -> None:
    """PubMed's own translations are queries, and the sandbox reads them without an unknown field."""
    real = recorded(shared_data, "recorded/shapiromatron+hawc", f"{name}.body.xml").findtext("QueryTranslation") or ""
    library = Library(Corpus.from_xml(_one()), datetime(2024, 1, 1, tzinfo=UTC))
    assert parse(real)
    assert library.search(Request("esearch", (("term", real),))).result.fields_not_found == ()


def test_a_page_has_the_elements_of_a_recorded_one(shared_data: Path, sandbox: Server) -> None:
    """The same elements in the same order as PubMed's response of 2025 with history."""
    real = recorded(shared_data, "recorded/biocommons+eutils", "esearch_007.body.xml")
    ours = call(sandbox, "esearch", {"term": "smith j[au]", "usehistory": "y"}).xml
    assert [child.tag for child in ours] == [child.tag for child in real]


def test_links_have_the_elements_of_recorded_ones(shared_data: Path, sandbox: Server) -> None:
    """DbFrom, IdList, LinkSetDb with DbTo, LinkName and Link/Id; the article itself comes first."""
    real = recorded(shared_data, "recorded/biocommons+eutils", "elink_003.body.xml")
    ours = call(sandbox, "elink", {"linkname": "pubmed_pubmed", "id": "102"}).xml
    for path in ("LinkSet", "LinkSet/LinkSetDb"):
        kinds = [list(dict.fromkeys(child.tag for child in found.find(path))) for found in (real, ours)]
        assert kinds[0] == kinds[1]
    assert ours.findtext(".//Link/Id") == ours.findtext(".//IdList/Id")


def _one(**parts: object) -> bytes:
    """A corpus of one invented record."""
    return f"<PubmedArticleSet>{article(1, 'Ozone depletion', (2008, 5, 5), **parts)}</PubmedArticleSet>".encode()
