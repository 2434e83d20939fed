"""One record of Europe PMC (result type core) as a Preprint. Pure. What a record lacks is unknown, not an error."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from html import unescape

from msgspec import Struct

from monitor.language.messages import message
from monitor.model import AbstractSection, Author, Preprint, PreprintVersion, PublishedAs
from monitor.model.values.clean_text import one_line
from monitor.model.values.doi import normal_doi
from monitor.model.values.pmid import normal_pmid
from monitor.sources.pubmed.records import registries
from monitor.sources.shapes import several

#: Types of a version that is withdrawn, or taken off the server (Europe PMC's reference of its web services).
_WITHDRAWAL = frozenset({"preprint-withdrawal", "preprint-removal"})
_GONE = r"(?:withdrawn|retracted|removed)\b"
_IT = r"(?:preprint|manuscript|article|paper|version|submission)\b"
#: … set off from what follows: "WITHDRAWN: …", not "Withdrawn patients …".
_SET_OFF = r"['\"”’]?\s*(?:[:.\])–—-]+\s*|$)"
_TITLE_SAYS_SO = re.compile(
    rf"^\W*(?:{_GONE}(?: {_IT}| by (?:the )?authors?\b)?|withdrawal(?: (?:notice|statement))?|(?:temporary )?removal)"
    rf"{_SET_OFF}|\s*\[{_GONE}\]\W*$",
    re.IGNORECASE,
)
#: In capitals nothing need set it off, but a title that is in capitals throughout.
_TITLE_SHOUTS = re.compile(
    r"^(?:WITHDRAWN|RETRACTED)\s+(?=[A-Z]?[a-z]|[A-Z] [a-z])|[\s–—-]+\(?(?:WITHDRAWN|RETRACTED)\)?$"
)
#: How the text that replaces an abstract begins; servers and authors say it in a few ways.
_ABSTRACT_SAYS_SO = re.compile(
    rf"^\W*(?:abstract\W+)?(?:(?:[\w'’]+ ){{0,2}}?(?:statement|note|notice)\W+)?(?:{_GONE}{_SET_OFF}"
    rf"|{_IT} {_GONE} (?:by|at|due|because)\b"
    rf"|(?:(?:the full text|version \d+) of )?(?:this|the|our) (?:[\w-]+ ){{0,2}}?{_IT} (?:has|have|was|is)(?: been)?"
    rf" (?:\w+ )?{_GONE}"
    rf"|this (?:study|work) (?:has been|was|is) {_GONE} (?:by|at the request of) (?:the |its )?authors?\b"
    rf"|(?:we|(?:all|the) (?:[\w-]+ )?authors?|bioRxiv|medRxiv|arXiv|SSRN|Research Square|Preprints\.org)"
    rf" (?:(?:have|has) (?:\w+ )?{_GONE}|withdrew) (?:this|their|our|the) (?:{_IT}|study\b(?! \w+ (?:in|from)\b))"
    rf"|the authors? of this {_IT} (?:have|has) (?:\w+ )?{_GONE} (?:it|this)\b"
    rf"|the authors? requests? (?:the )?(?:withdrawal|removal) of (?:this|their) {_IT})",
    re.IGNORECASE,
)
_LABEL_SAYS_SO = re.compile(r"(?:WITHDRAWAL|WITHDRAWN|RETRACTION|REMOVAL)(?: (?:NOTICE|STATEMENT))?")
_HEADING = re.compile(r"<h\d[^>]*>(.*?)</h\d>", re.I | re.S)
#: Tags inside a word ("CO<sub>2</sub>"), and those that separate words.
_INLINE = re.compile(r"</?(?:i|b|u|em|strong|sub|sup|sc|bold|italic)\b[^<>]*>", re.I)
_TAG = re.compile(r"</?[a-zA-Z][^<>]*>")
_C = "outside"
_BY_EUROPE_PMC = message(_C, "Europe PMC links the preprint to it")
_BY_LIKENESS = message(_C, "Europe PMC links the preprint to it, by title and first author")


class _Types(Struct, rename="camel", frozen=True):
    pub_type: list[str] | str | None = None


class _Version(Struct, rename="camel", frozen=True):
    id: str = ""
    first_publish_date: str | None = None
    version_number: int | None = None
    pub_type_list: _Types = _Types()


class _Versions(Struct, frozen=True):
    version: list[_Version] | _Version | None = None


class _Author(Struct, rename="camel", frozen=True):
    full_name: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    initials: str | None = None
    collective_name: str | None = None


class _Authors(Struct, frozen=True):
    author: list[_Author] | _Author | None = None


class _Link(Struct, frozen=True):
    type: str | None = None
    source: str | None = None
    id: str | int | None = None
    reference: str | None = None
    note: str | None = None


class _Links(Struct, rename="camel", frozen=True):
    comment_correction: list[_Link] | _Link | None = None


class _Book(Struct, frozen=True):
    publisher: str | None = None


class PreprintRecord(Struct, rename="camel", frozen=True):
    """The fields that are needed of a record. A list of one element may come as the
    element, and what is not known as null."""

    id: str
    title: str
    source: str | None = None
    doi: str | None = None
    pmid: str | int | None = None
    author_string: str | None = None
    author_list: _Authors = _Authors()
    abstract_text: str | None = None
    publisher: str | None = None
    book_or_report_details: _Book = _Book()
    first_publication_date: str | None = None
    version_number: int | None = None
    pub_type: str | None = None
    pub_type_list: _Types = _Types()
    version_list: _Versions = _Versions()
    comment_correction_list: _Links = _Links()


def preprint(record: PreprintRecord) -> Preprint:
    """The preprint in a record of a search."""
    title, abstract = plain(record.title), tuple(sections(record.abstract_text or ""))
    text = " ".join(section.text for section in abstract)
    versions = tuple(sorted(_versions(record), key=lambda one: (one.number, one.posted_on or date.max)))
    newest = versions[-1]
    is_typed = not _WITHDRAWAL.isdisjoint(newest.types)
    unmarked = _TITLE_SHOUTS.sub("", _TITLE_SAYS_SO.sub("", title))
    notice = text if _is_withdrawal(abstract, text) else title if unmarked != title else ""
    return Preprint(
        id=versions[0].id,
        title=unmarked or title,
        doi=normal_doi(record.doi or ""),
        authors=tuple(_authors(record)),
        server=plain(record.book_or_report_details.publisher or record.publisher),
        posted_on=min((one.posted_on for one in versions if one.posted_on), default=None),
        abstract=abstract,
        registrations=(*registries.in_text(title, "title"), *registries.in_text(text, "abstract")),
        version=record.version_number or 0,
        versions=versions,
        is_withdrawn=bool(notice) or is_typed,
        withdrawn_on=newest.posted_on if is_typed and len(versions) > 1 else None,
        notice=notice,
        pmid=normal_pmid(record.pmid),
        article=_article(record),
    )


def _is_withdrawal(abstract: tuple[AbstractSection, ...], text: str) -> bool:
    is_labelled = bool(abstract) and bool(_LABEL_SAYS_SO.fullmatch(abstract[0].label))
    return is_labelled or bool(_ABSTRACT_SAYS_SO.match(text))


def plain(text: str | None) -> str:
    """`text` without the tags and entities that publishers send."""
    return one_line(unescape(_TAG.sub(" ", _INLINE.sub("", text or ""))))


def sections(abstract: str) -> Iterator[AbstractSection]:
    """The parts of an abstract by its headings ("<h4>Methods</h4>…"), as plain text."""
    parts = _HEADING.split(abstract)
    for label, text in zip(["", *parts[1::2]], parts[::2], strict=True):
        if words := plain(text):
            yield AbstractSection(words, label=plain(label).rstrip(":").upper())


def _versions(record: PreprintRecord) -> Iterator[PreprintVersion]:
    """Every version that the record names, itself among them."""
    day, types = _day(record.first_publication_date), _types(record.pub_type_list, *(record.pub_type or "").split(";"))
    own = PreprintVersion(record.id, record.version_number or 0, day, types)
    listed = [
        PreprintVersion(one.id, one.version_number or 0, _day(one.first_publish_date), _types(one.pub_type_list))
        for one in several(record.version_list.version)
        if one.id
    ]
    yield from (one for one in listed if one.id != own.id)
    same = next((one for one in listed if one.id == own.id), own)
    types = tuple(dict.fromkeys(own.types + same.types))
    yield PreprintVersion(own.id, own.number or same.number, own.posted_on or same.posted_on, types)


def _types(listed: _Types, *others: str) -> tuple[str, ...]:
    return tuple(one.strip().lower() for one in (*several(listed.pub_type), *others) if one.strip())


def _authors(record: PreprintRecord) -> Iterator[Author]:
    listed = several(record.author_list.author)
    for one in listed:
        if one.last_name or one.collective_name:
            yield Author(
                plain(one.last_name), plain(one.first_name), one.initials or "", "", plain(one.collective_name)
            )
        elif one.full_name:
            yield _author(plain(one.full_name))
    if not listed:
        yield from (_author(name) for name in plain(record.author_string).rstrip(".").split(", ") if name)


def _author(written: str) -> Author:
    """An author as lists write one, "Prol-Castelo G"; a name without initials is a group's."""
    last, _, initials = written.rpartition(" ")
    return Author(last, initials=initials) if last and initials.isupper() else Author(collective=written)


def _article(record: PreprintRecord) -> PublishedAs | None:
    """The article that Europe PMC names, in PubMed or in PMC alone; the last one, where it names several."""
    found = None
    for link in several(record.comment_correction_list.comment_correction):
        if (link.type or "").casefold() == "preprint of" and link.source != "PPR":
            number, named = str(link.id or ""), plain(link.reference)
            pmid = normal_pmid(number) if link.source == "MED" else ""
            is_guess = "author match" in (link.note or "")
            why = _BY_LIKENESS() if is_guess else _BY_EUROPE_PMC()
            citation = named or ("" if pmid else number)
            found = PublishedAs(pmid, citation=citation, why=why, is_guess=is_guess) if number or named else found
    return found


def _day(text: str | None) -> date | None:
    """A day as exact as is needed; None for one that is less exact, or none."""
    try:
        return date.fromisoformat((text or "")[:10])
    except ValueError:
        return None
