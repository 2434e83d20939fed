"""Documents and files that are cut, broken, foreign or hostile."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from monitor.errors import RecordError
from monitor.model import Article
from monitor.sources.pubmed.records import reader
from tests.support.record_xml import document, record

#: Forty records of 60 kB, so that the blocks of a file end inside records.
LARGE = [record(n, article=f"<ArticleTitle>{'long ' * 12_000}</ArticleTitle>") for n in range(1, 41)]


def pmids(items: object) -> list[str]:
    """PMIDs of articles and errors, errors with a minus."""
    assert isinstance(items, list)
    return [item.pmid if isinstance(item, Article) else f"-{item.pmid}" for item in items]


def test_a_record_with_a_flipped_byte_costs_only_itself() -> None:
    """One attribute quote is wrong: the other records are read, the broken one is named."""
    broken = record(2).replace('Version="1"', 'Version4"1"')
    read = reader.read(document(record(1), broken, record(3)))
    assert [a.pmid for a in read.articles] == ["1", "3"]
    assert [e.pmid for e in read.unreadable] == ["2"]
    assert not read.is_whole


def test_a_document_cut_in_the_middle_says_so() -> None:
    """What was whole before the cut is read, and `is_whole` warns that more was to come."""
    whole = document(record(1), record(2))
    read = reader.read(whole[: whole.rfind(b"</Article>")])
    assert ([a.pmid for a in read.articles], [e.pmid for e in read.unreadable]) == (["1"], ["2"])
    assert not read.is_whole


@pytest.mark.parametrize(
    ("bad", "title"),
    [
        (b"A\x0b title", "A title"),
        (b"A&#0; title&#x1F;", "A title"),
        (b"A \xff title", "A \ufffd title"),
        (b"A & title", "A & title"),
        (b"A&nbsp;title &beta;&unknown;", "A title β&unknown;"),
    ],
)
def test_characters_that_xml_forbids_are_mended(bad: bytes, title: str) -> None:
    """No word of the record is lost for one bad character."""
    read = reader.read(document(record(1)).replace(b"A title.", bad))
    assert [a.title for a in read.articles] == [title]


@pytest.mark.parametrize(
    "foreign",
    [b"", b"no xml", b'{"error":"x"}', b"<html><body>Sorry</body></html>", b"<!DOCTYPE html><html>", b"\x1f\x8b"],
)
def test_what_is_not_pubmed_xml_is_refused(foreign: bytes, tmp_path: Path) -> None:
    """An error page is never an empty set of records."""
    with pytest.raises(RecordError):
        reader.read(foreign)
    path = tmp_path / "file.xml"
    path.write_bytes(foreign)
    with pytest.raises(RecordError):
        [*reader.read_file(path)]


def test_an_empty_set_is_an_answer() -> None:
    """PubMed answers with it when it knows none of the ids."""
    assert reader.read(document()) == reader.ReadResult()


def test_entities_are_never_expanded_and_nothing_is_loaded(tmp_path: Path) -> None:
    """A bomb is refused; a DTD beside the file is not opened."""
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><PubmedArticleSet>&b;</PubmedArticleSet>'
    with pytest.raises(RecordError, match="entities"):
        reader.read(bomb)
    dtd = tmp_path / "trap.dtd"
    dtd.write_text("this is no DTD: whoever opens it stumbles")
    trap = f'<!DOCTYPE PubmedArticleSet SYSTEM "{dtd.as_uri()}"><PubmedArticleSet>{record(1)}</PubmedArticleSet>'
    assert [a.pmid for a in reader.read(trap.encode()).articles] == ["1"]


@pytest.mark.parametrize("suffix", [".xml", ".xml.gz"])
def test_a_file_larger_than_a_block_is_streamed(suffix: str, tmp_path: Path) -> None:
    """Records across block borders come once each, in order, with what was deleted at the end."""
    raw = document(*LARGE, "<DeleteCitation><PMID>99</PMID></DeleteCitation>")
    path = tmp_path / f"file{suffix}"
    path.write_bytes(gzip.compress(raw) if suffix.endswith("gz") else raw)
    assert [item.pmid for item in reader.read_file(path)] == [*map(str, range(1, 41)), "99"]


def test_articles_and_books_in_one_large_file_come_in_order(tmp_path: Path) -> None:
    """A block ends behind the last whole record, of whichever kind it is."""
    book = "<PubmedBookArticle><BookDocument><PMID>{}</PMID></BookDocument></PubmedBookArticle>"
    path = tmp_path / "file.xml"
    path.write_bytes(document(*[one + book.format(n) for n, one in enumerate(LARGE, 1001)]))
    expected = [pmid for n in range(1, 41) for pmid in (str(n), str(1000 + n))]
    assert pmids([*reader.read_file(path)]) == expected


@pytest.mark.parametrize("damage", ["cut xml", "cut gzip"])
def test_a_file_that_ends_early_is_read_up_to_there_and_then_told(damage: str, tmp_path: Path) -> None:
    """Nobody takes half a file for the whole."""
    raw = document(*LARGE)
    path = tmp_path / "file"
    path.write_bytes(raw[:-400] if damage == "cut xml" else gzip.compress(raw)[:-200])
    seen: list[object] = []
    with pytest.raises(RecordError, match=r"file: the file (ends|is damaged)"):
        seen.extend(reader.read_file(path))
    assert len(seen) >= (39 if damage == "cut xml" else 17)


def test_other_encodings_and_bare_citations_are_read(tmp_path: Path) -> None:
    """Old exports are Latin-1, or sets of MedlineCitation."""
    latin = '<?xml version="1.0" encoding="iso-8859-1"?><PubmedArticleSet>' + record(1).replace("A title", "Ä title")
    path = tmp_path / "latin.xml"
    path.write_bytes((latin + "</PubmedArticleSet>").encode("latin-1"))
    (article,) = reader.read_file(path)
    assert isinstance(article, Article)
    assert article.title == "Ä title."
    bare = "<MedlineCitationSet>" + "".join(f"<MedlineCitation><PMID>{n}</PMID></MedlineCitation>" for n in (1, 2))
    path.write_bytes((bare + "</MedlineCitationSet>").encode())
    assert pmids([*reader.read_file(path)]) == ["1", "2"]
