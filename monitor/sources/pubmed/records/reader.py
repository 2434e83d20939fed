"""PubMed XML -> Articles: one record at a time, one bad record never costs another. No network, no DTD, no entities."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html.entities import html5
from pathlib import Path

from lxml import etree

from monitor.errors import RecordError
from monitor.model import Article
from monitor.sources.pubmed.records import article, books, files
from monitor.sources.pubmed.records.text import plain

#: Elements that are one record each. MedlineCitation alone is the form of older exports.
RECORDS = ("PubmedArticle", "PubmedBookArticle", "MedlineCitation")

_RECORD = rb"PubmedArticle|PubmedBookArticle|MedlineCitation"
#: One record in bytes that are not well-formed as a whole; a record without its end stops where the next one starts.
_PIECE = re.compile(rb"<(%s)[\s/>].*?(?:</\1\s*>|(?=<\1[\s/>])|\Z)" % _RECORD, re.DOTALL)
_PMID = re.compile(rb"<PMID[^>]*>\s*(\d+)")
#: Before the root: (1) declaration, comments and instructions, then a DOCTYPE up to (2) its end or its "[".
_DOCTYPE = re.compile(
    rb"((?:\xef\xbb\xbf)?\s*+(?:(?><\?.*?\?>|<!--.*?-->)\s*+)*+)<!DOCTYPE\s[^\[>]*+([\[>])", re.DOTALL
)
_NAMED = re.compile(rb"&(?!(?:amp|lt|gt|quot|apos);)([A-Za-z][A-Za-z0-9]*;)")
_LOOSE = re.compile(r"&(?!(?:amp|lt|gt|quot|apos|#\d+|#x[0-9a-fA-F]+);)")
_CHARACTER = re.compile(r"&#(?:x([0-9a-fA-F]+)|(\d+));")
_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Deletion:
    """A record that PubMed withdrew (DeleteCitation)."""

    pmid: str


@dataclass(frozen=True, slots=True)
class Read:
    """What one document held. `is_whole` is False when it was cut or not well-formed: more may have been in it."""

    articles: tuple[Article, ...] = ()
    unreadable: tuple[RecordError, ...] = ()
    deleted: tuple[str, ...] = ()
    is_whole: bool = True


#: What a stream of records yields.
Item = Article | RecordError | Deletion


def read(xml: bytes) -> Read:
    """All records of a document.

    Raises RecordError when it is not PubMed XML at all: not XML and without any record in it, or
    with a root element that is none of PubMed's sets.
    """
    try:
        root = parse(xml)
    except RecordError:
        saved = [*salvage(xml)]
        if not saved:
            raise
        return _sorted(saved, is_whole=False)
    return of_root(root)


def of_root(root: etree._Element) -> Read:
    """All records of a parsed document; raises RecordError when it holds none and its root is none of PubMed's sets."""
    items = [*items_of(root)]
    if not items and not str(root.tag).endswith("Set"):
        raise RecordError(f"This is not PubMed XML: its root element is <{root.tag}>.")
    return _sorted(items, is_whole=True)


def read_file(path: Path) -> Iterator[Item]:
    """The records of a file of any size, plain or gzip, one after another; a bad record comes as its RecordError.

    Raises RecordError when the file is not PubMed XML, or, after the records before the damage,
    when it ends in the middle; OSError when it cannot be opened.
    """
    for block in files.blocks(path):
        try:
            yield from items_of(parse(block))
        except RecordError:
            saved = [*salvage(block)]
            if not saved:
                raise
            yield from saved


def _sorted(items: Sequence[Item], *, is_whole: bool) -> Read:
    return Read(
        articles=tuple([item for item in items if isinstance(item, Article)]),
        unreadable=tuple([item for item in items if isinstance(item, RecordError)]),
        deleted=tuple([item.pmid for item in items if isinstance(item, Deletion)]),
        is_whole=is_whole,
    )


def parse(xml: bytes) -> etree._Element:
    """The root element of well-formed XML; raises RecordError with the parser's words otherwise.

    The DOCTYPE is taken away unread, and one that declares something itself is refused: PubMed never
    does, and entities can be bombs. Entities of HTML ("&nbsp;"), which some old exports hold, are
    read as what they mean.
    """
    doctype = _DOCTYPE.match(xml)
    if xml[:2] in (b"\xff\xfe", b"\xfe\xff") or (doctype and doctype[2] == b"["):
        raise RecordError("The XML is UTF-16 or declares entities, which PubMed never does; it was not read.")
    if doctype:
        xml = doctype[1] + xml[doctype.end() :]
    try:
        return _parsed(xml)
    except RecordError:
        spelled_out = _NAMED.sub(_spelled_out, xml)
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


def items_of(root: etree._Element) -> Iterator[Item]:
    """The records below (or at) `root` in document order, a bad one as its RecordError."""
    for element in root.iter(*RECORDS, "DeleteCitation"):
        if element.tag == "DeleteCitation":
            yield from [Deletion(plain(pmid)) for pmid in element.iterfind("PMID")]
        elif (
            element.tag != "MedlineCitation" or (parent := element.getparent()) is None or parent.tag != "PubmedArticle"
        ):
            yield item_of(element)


def item_of(record: etree._Element) -> Article | RecordError:
    """The Article of one record element, or why it could not be read."""
    try:
        return books.of(record) if record.tag == "PubmedBookArticle" else article.of(record)
    except RecordError as error:
        return error


def salvage(xml: bytes) -> Iterator[Article | RecordError]:
    """Record by record out of bytes that are not well-formed as a whole.

    What makes a record unreadable without costing a word (characters XML forbids, HTML entities,
    bytes that are not UTF-8) is mended; anything else is told as a RecordError with its PMID.
    """
    for piece in _PIECE.finditer(xml):
        try:
            yield item_of(parse(_mended(piece[0])))
        except RecordError as error:
            pmid = _PMID.search(piece[0])
            yield RecordError(str(error), pmid=pmid[1].decode() if pmid else "")


def _mended(piece: bytes) -> bytes:
    """The piece as clean UTF-8: undecodable bytes become U+FFFD, forbidden characters go, loose & are escaped."""
    text = piece.decode("utf-8", errors="replace")
    text = _CHARACTER.sub(_legal_reference, _ILLEGAL.sub("", text))
    return _LOOSE.sub("&amp;", text).encode()


def _spelled_out(match: re.Match[bytes]) -> bytes:
    """An entity of HTML as its characters, an unknown one as the text it is: without a DTD XML knows neither."""
    characters = html5.get(match[1].decode())
    if characters is None:
        return b"&amp;" + match[1]
    return b"".join(b"&#%d;" % ord(character) for character in characters)


def _legal_reference(match: re.Match[str]) -> str:
    digits, base = (match[1], 16) if match[1] else (match[2], 10)
    code = int(digits, base) if len(digits) < 8 else 0
    return match[0] if code < 0x110000 and not _ILLEGAL.match(chr(code)) else ""
