"""No recorded record is lost. Field by field: `tests/guarantees/test_whole_files.py`."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

from monitor.errors import RecordError
from monitor.model import Article
from monitor.sources.pubmed.records import reader

#: Files of the fixtures that hold something no reader could take for a record; how many of their pieces that is.
UNREADABLE = {
    "jcore-xml-reader__src__test__resources__medlineXML__11119751-a.xml": 1,  # PMIDs made up with a letter
    "jcore-xml-reader__src__test__resources__medlineXML__11119751-b.xml": 1,
    "jcore-xml-reader__src__test__resources__medlineXML__11119751-c.xml": 1,
    "jcore-xml-reader__src__test__resources__medlineXML__11119751-d.xml": 1,
    "jcore-xml-reader__src__test__resources__medlineXML__11119751-e.xml": 1,
    "jablib__src__test__resources__org__jabref__logic__importer__fileformat__MedlineImporterTestMalformedEntry.xml": 1,
    "src__test__resources__org__jabref__logic__importer__fileformat__MedlineImporterTestMalformedEntry.xml": 1,
    "jablib__src__test__resources__org__jabref__logic__importer__fileformat__MedlineImporterTestMinimalEntry.xml": 1,
    "src__test__resources__org__jabref__logic__importer__fileformat__MedlineImporterTestMinimalEntry.xml": 1,
    "src__test__resources__net__sf__jabref__importer__fileformat__MedlineImporterTest.xml": 1,  # a tag never closed
    "pubmed.xml": 12,  # no MedlineCitation, no PMID
}

_ARTICLE = re.compile(rb"<(?:PubmedArticle|PubmedBookArticle)[\s>]")
_BARE = re.compile(rb"<MedlineCitation[\s>]")


def _bytes(path: Path) -> bytes:
    raw = path.read_bytes()
    return gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw


def test_no_recorded_fixture_is_lost(shared_data: Path) -> None:
    """4,000 records of fifty projects: as many articles as a search of the bytes counts, none lost unexplained."""
    told: dict[str, int] = {}
    articles = 0
    for folder in ("efetch", "recorded"):
        for path in sorted(p for p in (shared_data / "eutils" / folder).rglob("*") if p.is_file()):
            raw = _bytes(path)
            pieces = len(_ARTICLE.findall(raw)) or len(_BARE.findall(raw))
            if not pieces:
                continue
            items = [*reader.read_file(path)]
            errors = sum(1 for item in items if isinstance(item, RecordError))
            found = sum(1 for item in items if isinstance(item, Article))
            assert found + errors == pieces, path
            articles += found
            if errors:
                told[path.name] = errors
    assert told == UNREADABLE
    assert articles == 4_091
