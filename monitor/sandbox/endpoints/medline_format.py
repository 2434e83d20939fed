"""The plain-text formats of EFetch, with the fields that a reference manager or a quick glance needs."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import wrap

from lxml import etree

from monitor.sandbox.corpus import index_keys
from monitor.sandbox.corpus.lifecycle import State

_JOURNAL = "Article/Journal/"


def nbib(state: State) -> str:
    """The record in MEDLINE format (tag, dash, value; long values indented)."""
    element = etree.fromstring(state.xml())
    lines = [""]
    for tag, value in _fields(element):
        lines += wrap(f"{tag:<4}- {value}", 86, subsequent_indent=" " * 6) or [f"{tag:<4}-"]
    return "\n".join(lines) + "\n"


def _fields(element: etree._Element) -> Iterator[tuple[str, str]]:
    source = index_keys.citation(element)
    yield "PMID", index_keys.pmid_of(element)
    for tag, path in (
        ("TI", ".//ArticleTitle"),
        ("AB", ".//Abstract/AbstractText"),
        ("LA", ".//Language"),
        ("PT", ".//PublicationType"),
        ("TA", "MedlineJournalInfo/MedlineTA"),
        ("JT", _JOURNAL + "Title"),
        ("MH", "MeshHeadingList/MeshHeading/DescriptorName"),
    ):
        for text in index_keys.texts_of(source, path):
            yield tag, text
    for author in source.iterfind(".//AuthorList/Author"):
        if author.findtext("LastName"):
            yield "FAU", f"{author.findtext('LastName')}, {author.findtext('ForeName') or ''}"
            yield "AU", f"{author.findtext('LastName')} {author.findtext('Initials') or ''}"
        elif author.findtext("CollectiveName"):
            yield "CN", author.findtext("CollectiveName") or ""
    yield "DP", published(source)
    for found in element.iterfind("PubmedData/ArticleIdList/ArticleId"):
        if found.get("IdType") in ("doi", "pii"):
            yield "AID", f"{found.text} [{found.get('IdType')}]"


def published(source: etree._Element) -> str:
    """The print date in words ("2012 Jun 5", or the MedlineDate as it is)."""
    day = source.find(".//JournalIssue/PubDate")
    if day is None:
        day = source.find(".//PubDate")
    return "" if day is None else " ".join(part.text or "" for part in day)


def abstract(state: State) -> str:
    """The record as a short text: source, title, authors, abstract, PMID."""
    element = etree.fromstring(state.xml())
    values: dict[str, list[str]] = {}
    for tag, value in _fields(element):
        values.setdefault(tag, []).append(value)
    journal = (values.get("TA") or values.get("JT") or [""])[0]
    parts = [
        f"{journal}. {values['DP'][0]}.",
        " ".join(values.get("TI", [])),
        ", ".join(values.get("AU", []) + values.get("CN", [])),
        " ".join(values.get("AB", [])),
        f"PMID: {values['PMID'][0]}",
    ]
    return "\n\n".join(part for part in parts if part) + "\n\n"
