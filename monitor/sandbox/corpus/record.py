"""One record as loaded: its XML, its dates, its links to notices and its references."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from lxml import etree

from monitor.sandbox.corpus import index_keys, tokens
from monitor.sandbox.corpus.index_keys import MONTHS, Facts

#: Line breaks that only indent; blanks around inline markup are text and are kept.
_INDENT = re.compile(rb">\s*\n\s*<(?!/?(?:i|b|su[bp]|u|mml:\w+)\b)")
_REF_DATE = re.compile(r"\b(1[89]\d\d|20\d\d)(?:\s+([A-Z][a-z]{2})(?:\s+(\d{1,2}))?)?")


@dataclass(frozen=True, slots=True)
class Link:
    """One CommentsCorrections link by position, and since when it is visible (None: always)."""

    position: int
    ref_type: str
    pmid: str
    ref_day: datetime | None


@dataclass(slots=True)
class Record:
    """One record as loaded: its XML (compressed), dates, links and references."""

    pmid: str
    packed: bytes
    created_at: datetime
    indexed_at: datetime | None
    revised_at: datetime | None
    links: tuple[Link, ...]
    cited_pmids: tuple[str, ...]
    cited_dois: tuple[str, ...]
    dois: tuple[str, ...]
    facts: Facts
    version: int = 1
    gone_at: datetime | None = None
    merged_into: str = ""
    later: list[tuple[datetime, bytes]] = field(default_factory=list)

    def element(self, packed: bytes | None = None) -> etree._Element:
        """The record's element without indentation, as EFetch has it; from `packed` for a later state."""
        xml = _INDENT.sub(b"><", zlib.decompress(packed or self.packed))
        return etree.fromstring(xml, etree.XMLParser(huge_tree=True))


def pack(xml: bytes) -> bytes:
    """Compressed, so that a daily update file of 230 MB takes some 40 MB."""
    return zlib.compress(xml, 1)


def read(element: etree._Element, raw: bytes) -> Record:
    """The Record of one element; `raw` is its XML. Raises ValueError without PMID or dates."""
    source = index_keys.citation(element)
    pmid = index_keys.pmid_of(element)
    if not pmid.isdigit():
        raise ValueError(f'"{pmid}" is not a PMID')
    stamps = index_keys.history(element)
    cited = _references(element)
    created = stamps.get("entrez") or stamps.get("pubmed") or _any_date(source)
    return Record(
        pmid=pmid,
        packed=pack(raw),
        created_at=created,
        indexed_at=_indexed_at(source, stamps, created),
        revised_at=index_keys.instant_of(source.find("DateRevised")),
        links=tuple(_links(source)),
        cited_pmids=tuple(cited.get("pubmed", ())),
        cited_dois=tuple([tokens.key(doi) for doi in cited.get("doi", ())]),
        dois=tuple(tokens.key(doi) for doi in _own_dois(element, source)),
        facts=index_keys.read(element, stamps),
        version=_version(source.find("PMID")),
    )


def _version(pmid: etree._Element | None) -> int:
    return int(pmid.get("Version") or 1) if pmid is not None else 1


def _any_date(source: etree._Element) -> datetime:
    """For records without History: the first date they do have; raises ValueError when there is none."""
    for path in ("DateCreated", "DateCompleted", "DateRevised", ".//PubDate", "ContributionDate"):
        moment = index_keys.instant_of(source.find(path))
        if moment:
            return moment
    raise ValueError(f"PMID {source.findtext('PMID')}: no date at all")


def _indexed_at(source: etree._Element, stamps: dict[str, datetime], created: datetime) -> datetime | None:
    """When indexing was done: the MeSH date where it differs from the Entry date, else DateCompleted."""
    completed = index_keys.instant_of(source.find("DateCompleted"))
    if completed is None and source.find("MeshHeadingList") is None:
        return None
    meshed = stamps.get("medline")
    moment = meshed if meshed and meshed != stamps.get("pubmed") else completed
    return moment if moment and moment > created else None


def _links(source: etree._Element) -> Iterator[Link]:
    for position, link in enumerate(source.iterfind("CommentsCorrectionsList/CommentsCorrections")):
        pmid = (link.findtext("PMID") or "").strip()
        yield Link(position, link.get("RefType", ""), pmid, ref_day(link.findtext("RefSource") or ""))


def ref_day(source: str) -> datetime | None:
    """The first date a RefSource names ("Neurology. 2014 Aug 19;83(8):773"); the 1st where no day is given."""
    found = _REF_DATE.search(source)
    if not found:
        return None
    year, month, day = found.groups()
    number = MONTHS.get((month or "jan").lower(), 1)
    try:
        return datetime(int(year), number, int(day or 1), tzinfo=UTC)
    except ValueError:
        return datetime(int(year), number, 1, tzinfo=UTC)


def _references(element: etree._Element) -> dict[str, list[str]]:
    """The ids of all references, by their type."""
    found: dict[str, list[str]] = {}
    for listed in element.iterfind("PubmedData/ReferenceList"):
        for one in listed.iter("ArticleId"):
            if text := (one.text or "").strip():
                found.setdefault(one.get("IdType", ""), []).append(text)
    return found


def _own_dois(element: etree._Element, source: etree._Element) -> list[str]:
    own = index_keys.texts_of(element, "PubmedData/ArticleIdList/ArticleId[@IdType='doi']")
    return own + index_keys.texts_of(source, ".//ELocationID[@EIdType='doi']")
