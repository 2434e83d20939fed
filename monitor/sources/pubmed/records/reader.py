"""PubMed XML → Articles; an unreadable record does not affect the others. No network, DTDs or entities."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from html.entities import html5
from pathlib import Path
from typing import cast

from lxml import etree

from monitor.errors import RecordError
from monitor.model import Article
from monitor.sources.pubmed.records import article, books, files
from monitor.sources.pubmed.records.recent import Recent
from monitor.sources.pubmed.records.text import plain_text

#: Elements that are one record each; a bare MedlineCitation in older exports.
RECORDS = ("PubmedArticle", "PubmedBookArticle", "MedlineCitation")

_RECORD = rb"PubmedArticle|PubmedBookArticle|MedlineCitation"
#: A record in XML that is not well-formed; one without its end tag ends where the next record starts.
_RECORD_BYTES = re.compile(rb"<(%s)[\s/>].*?(?:</\1\s*>|(?=<\1[\s/>])|\Z)" % _RECORD, re.DOTALL)
_PMID = re.compile(rb"<PMID[^>]*>\s*(\d+)")
#: Before the root: (1) declaration, comments and instructions, then a DOCTYPE up to (2) its end or its "[".
_DOCTYPE = re.compile(
    rb"((?:\xef\xbb\xbf)?\s*+(?:(?><\?.*?\?>|<!--.*?-->)\s*+)*+)<!DOCTYPE\s[^\[>]*+([\[>])", re.DOTALL
)
_HTML_ENTITY = re.compile(rb"&(?!(?:amp|lt|gt|quot|apos);)([A-Za-z][A-Za-z0-9]*;)")
_BARE_AMPERSAND = re.compile(r"&(?!(?:amp|lt|gt|quot|apos|#\d+|#x[0-9a-fA-F]+);)")
_CHARACTER = re.compile(r"&#(?:x([0-9a-fA-F]+)|(\d+));")
_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Deletion:
    """A record that PubMed deleted (DeleteCitation)."""

    pmid: str


@dataclass(frozen=True, slots=True)
class ReadResult:
    """The content of one document. `is_whole` is False if it was not well-formed, so that records may be missing."""

    articles: tuple[Article, ...] = ()
    unreadable: tuple[RecordError, ...] = ()
    deleted: tuple[str, ...] = ()
    is_whole: bool = True


#: One item of a stream of records.
Item = Article | RecordError | Deletion

#: Reads one record element; raises RecordError.
_Read = Callable[[etree._Element], Article]

_RECENT = Recent()


def read(xml: bytes) -> ReadResult:
    """All records of a document.

    Raises RecordError when it is not PubMed XML: not well-formed and without any record, or with another root
    element than PubMed's sets.
    """
    try:
        root = parse(xml)
    except RecordError:
        saved = [item for _, item in _salvaged(xml)]
        if not saved:
            raise
        return _result(saved, is_whole=False)
    return of_root(root)


def of_root(root: etree._Element) -> ReadResult:
    """All records of a parsed document; raises RecordError when it has none and its root is not a set of PubMed's."""
    return _result([item for _, item in _records(root, _RECENT.of)], is_whole=True)


def _records(root: etree._Element, read: _Read = article.of) -> list[tuple[int, Item]]:
    """The records with their lines; raises RecordError when there are none and the root is not a set of PubMed's."""
    found = [*_items(root, read)]
    if not found and not str(root.tag).lower().endswith("set"):
        raise RecordError(f"This is not PubMed XML: its root element is <{root.tag}>.")
    return found


def read_file(path: Path) -> Iterator[Item]:
    """The records of a file of any size, also gzipped, in order; an unreadable one is yielded as its RecordError.

    Raises as `numbered`.
    """
    return (item for _, item in numbered(path))


def numbered(path: Path) -> Iterator[tuple[int, Item]]:
    """As `read_file`, each record with the number of the line on which it starts.

    Raises OSError when the file cannot be opened; RecordError when it is not PubMed XML or, after yielding the
    records before the damage, when it is truncated.
    """
    for start, block in files.blocks(path):
        try:
            found = _records(parse(block))
        except RecordError:
            found = [*_salvaged(block)]
            if not found:
                raise
        yield from ((start + line - 1, item) for line, item in found)


def _result(items: Sequence[Item], *, is_whole: bool) -> ReadResult:
    return ReadResult(
        articles=tuple([item for item in items if isinstance(item, Article)]),
        unreadable=tuple([item for item in items if isinstance(item, RecordError)]),
        deleted=tuple([item.pmid for item in items if isinstance(item, Deletion)]),
        is_whole=is_whole,
    )


def parse(xml: bytes) -> etree._Element:
    """The root element of well-formed XML; raises RecordError with the parser's message otherwise.

    The DOCTYPE is removed unread. One with an internal subset is refused: PubMed never has one, and entity
    declarations can expand without bound. HTML entities ("&nbsp;"), which some old exports contain, are resolved.
    """
    doctype = _DOCTYPE.match(xml)
    if xml[:2] in (b"\xff\xfe", b"\xfe\xff") or (doctype and doctype[2] == b"["):
        raise RecordError("The XML is UTF-16 or declares entities, which PubMed never does; it was not read.")
    if doctype:
        xml = doctype[1] + b"\n" * doctype[0].count(b"\n", len(doctype[1])) + xml[doctype.end() :]  # lines stay
    try:
        return _parsed(xml)
    except RecordError:
        spelled_out = _HTML_ENTITY.sub(_as_characters, xml)
        if spelled_out == xml:
            raise
        return _parsed(spelled_out)


def _parsed(xml: bytes) -> etree._Element:
    parser = etree.XMLParser(
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=True,
        remove_pis=True,
        remove_comments=True,
    )
    try:
        return etree.fromstring(xml, parser)
    except (etree.XMLSyntaxError, ValueError, LookupError) as error:
        raise RecordError(f"This is not well-formed XML: {error}.") from error


def _items(root: etree._Element, read: _Read) -> Iterator[tuple[int, Item]]:
    """The records below (or at) `root` in document order with their lines, an unreadable one as its RecordError."""
    for element in root.iter(*RECORDS, "DeleteCitation"):
        if element.tag == "DeleteCitation":
            yield from [(_line(pmid), Deletion(plain_text(pmid))) for pmid in element.iterfind("PMID")]
        elif (
            element.tag != "MedlineCitation" or (parent := element.getparent()) is None or parent.tag != "PubmedArticle"
        ):
            yield _line(element), _item(element, read)


def _line(element: etree._Element) -> int:
    return cast("int | None", element.sourceline) or 1  # lxml-stubs know no type for it


def _item(record: etree._Element, read: _Read = article.of) -> Article | RecordError:
    """The Article of one record element, or why it could not be read."""
    try:
        return books.of(record) if record.tag == "PubmedBookArticle" else read(record)
    except RecordError as error:
        return error


def _salvaged(xml: bytes) -> Iterator[tuple[int, Item]]:
    """The records of XML that is not well-formed as a whole, with their lines.

    What can be repaired without losing text (characters that XML forbids, HTML entities, bytes that are
    not UTF-8) is repaired; any other record is yielded as a RecordError with its PMID.
    """
    line, counted = 1, 0
    for piece in _RECORD_BYTES.finditer(xml):
        line, counted = line + xml.count(b"\n", counted, piece.start()), piece.start()
        try:
            yield line, _item(parse(_repaired(piece[0])))
        except RecordError as error:
            pmid = _PMID.search(piece[0])
            yield line, RecordError(str(error), pmid=pmid[1].decode() if pmid else "")


def _repaired(piece: bytes) -> bytes:
    """The record as clean UTF-8: undecodable bytes become U+FFFD, forbidden characters are removed, bare & escaped."""
    text = piece.decode("utf-8", errors="replace")
    text = _CHARACTER.sub(_legal_reference, _ILLEGAL.sub("", text))
    return _BARE_AMPERSAND.sub("&amp;", text).encode()


def _as_characters(match: re.Match[bytes]) -> bytes:
    """An HTML entity as character references, an unknown one as text: XML without a DTD knows neither."""
    characters = html5.get(match[1].decode())
    if characters is None:
        return b"&amp;" + match[1]
    return b"".join(b"&#%d;" % ord(character) for character in characters)


def _legal_reference(match: re.Match[str]) -> str:
    digits, base = (match[1], 16) if match[1] else (match[2], 10)
    code = int(digits, base) if len(digits) < 8 else 0
    return match[0] if code < 0x110000 and not _ILLEGAL.match(chr(code)) else ""
