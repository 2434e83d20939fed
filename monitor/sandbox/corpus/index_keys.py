"""What a state of a record is found by: words, exact keys and dates, read from its XML element."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain
from sys import intern

from lxml import etree

from monitor.sandbox.corpus import tokens

#: MedlineCitation/@Status → the subset ([sb]) that PubMed lists the record in.
STATUS_SUBSETS = {
    "MEDLINE": "medline",
    "OLDMEDLINE": "oldmedline",
    "Publisher": "publisher",
    "In-Process": "inprocess",
    "In-Data-Review": "inprocess",
    "PubMed-not-MEDLINE": "pubmednotmedline",
}

MONTHS = {
    name: n
    for n, name in enumerate(["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"], 1)
}


#: Text fields that are made of key fields and other texts.
_OF_KEYS = {"mw": ("mh", "pt", "nm", "si"), "rest": ("fau", "au", "cn", "ta", "aid", "uid")}
_OF_TEXTS = {"rest": "ad"}


@dataclass(frozen=True, slots=True)
class Facts:
    """The searchable side of a record's state.

    `texts` and `keys` are the texts of each field as they are written: what they are found by is made when a field is
    first searched, since of a large corpus most never are. `dates` maps a date field to days as yyyymmdd numbers
    (several where a record has a print and an electronic date).
    """

    pmid: int
    texts: dict[str, tuple[str, ...]]
    keys: dict[str, tuple[str, ...]]
    dates: dict[str, tuple[int, ...]]

    def line(self, field: str) -> str:
        """The words of a text field as one line (see `tokens.line`)."""
        words = [key for part in _OF_KEYS.get(field, ()) for key in self.exact(part)]
        return tokens.line(" ; ".join([*words, *self.texts.get(_OF_TEXTS.get(field, field), ())]))

    def exact(self, field: str) -> tuple[str, ...]:
        """The exact values of a key field, each once."""
        return tuple(dict.fromkeys([tokens.key(text) for text in self.keys.get(field, ())]))


def is_book(element: etree._Element) -> bool:
    """True for a PubmedBookArticle."""
    return element.tag == "PubmedBookArticle"


def citation(element: etree._Element) -> etree._Element:
    """The MedlineCitation of an article, the BookDocument of a book."""
    found = element.find("BookDocument" if is_book(element) else "MedlineCitation")
    if found is None:
        raise ValueError(f"{element.tag} without {'BookDocument' if is_book(element) else 'MedlineCitation'}")
    return found


def pmid_of(element: etree._Element) -> str:
    """The record's own PMID."""
    return (citation(element).findtext("PMID") or "").strip()


def text_of(element: etree._Element | None) -> str:
    """All text inside `element`, without markup."""
    if element is None:
        return ""
    if not len(element):
        return element.text or ""
    return etree.tostring(element, method="text", encoding="unicode", with_tail=False)


def texts_of(element: etree._Element, path: str) -> list[str]:
    """The text of every element at `path`, without markup, empty ones left out."""
    return _texts_in(element.iterfind(path))


def _texts_in(elements: Iterable[etree._Element]) -> list[str]:
    return [text for one in elements if (text := (text_of(one) if len(one) else one.text or "").strip())]


def day_number(element: etree._Element | None) -> int | None:
    """A Year/Month/Day element as yyyymmdd; month and day default to 1, months may be names."""
    if element is None:
        return None
    parts = {part.tag: part.text or "" for part in element}.get
    year = (parts("Year") or parts("MedlineDate", "")[:4]).strip()
    if not year.isdigit():
        return None
    month = (parts("Month") or "1").strip().lower()
    number = int(month) if month.isdigit() else MONTHS.get(month[:3], 1)
    day = (parts("Day") or "1").strip()
    return int(year) * 10000 + number * 100 + (int(day) if day.isdigit() else 1)


def history(element: etree._Element) -> dict[str, datetime]:
    """PubMedPubDate instants by PubStatus; NCBI gives no time zone, they are taken as UTC."""
    found: dict[str, datetime] = {}
    for stamp in element.iterfind(f"{_data(element)}/History/PubMedPubDate"):
        day = day_number(stamp)
        if day is not None:
            parts = {part.tag: part.text for part in stamp}.get
            hour, minute = int(parts("Hour") or 0), int(parts("Minute") or 0)
            found[stamp.get("PubStatus", "")] = _instant(day, hour, minute)
    return found


def _data(element: etree._Element) -> str:
    return "PubmedBookData" if is_book(element) else "PubmedData"


def _instant(day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(day // 10000, day // 100 % 100, day % 100, hour, minute, tzinfo=UTC)


def instant_of(element: etree._Element | None) -> datetime | None:
    """Midnight UTC of a Year/Month/Day element."""
    day = day_number(element)
    return None if day is None else _instant(day)


def number_of(moment: datetime) -> int:
    """The UTC day of `moment` as yyyymmdd."""
    return moment.year * 10000 + moment.month * 100 + moment.day


#: The elements that are looked for anywhere in a record.
_WANTED = (
    "ArticleTitle", "BookTitle", "VernacularTitle", "AbstractText", "Keyword", "Affiliation", "Author", "MeshHeading",
    "PublicationType", "Language", "Journal", "MedlinePgn", "NameOfSubstance", "SupplMeshName", "RegistryNumber",
    "DataBank", "ELocationID", "PubDate", "ArticleDate",
)  # fmt: skip


class _Parts(dict[str, list[etree._Element]]):
    """The wanted elements below `source` by tag, in order: one walk, which costs a tenth of a search for each."""

    def __init__(self, source: etree._Element) -> None:
        super().__init__()
        for element in source.iter(*_WANTED):
            self.setdefault(element.tag, []).append(element)

    def of(self, tag: str) -> list[etree._Element]:
        """Every element `tag`."""
        return self.get(tag, [])

    def below(self, parent: str, tag: str) -> list[etree._Element]:
        """Every element `tag` whose parent is a `parent`."""
        return [one for one in self.of(tag) if (above := one.getparent()) is not None and above.tag == parent]

    def texts(self, *tags: str) -> list[str]:
        """The texts of every element of these tags, without empty ones."""
        return [text for tag in tags for text in _texts_in(self.of(tag))]


def read(element: etree._Element, stamps: dict[str, datetime] | None = None) -> Facts:
    """The Facts of one PubmedArticle or PubmedBookArticle element; `stamps` is its `history`, if that was read."""
    source = citation(element)
    parts = _Parts(source)
    texts = _texts(parts)
    keys = {field: tuple(map(intern, found)) for field, found in _keys(element, source, parts) if found}
    if tokens.has_words(texts["ab"]):
        keys["sb"] += ("hasabstract",)
    dates = _dates(history(element) if stamps is None else stamps, parts)
    return Facts(int(pmid_of(element)), {field: tuple(found) for field, found in texts.items() if found}, keys, dates)


def _texts(parts: _Parts) -> dict[str, list[str]]:
    abstract = [*parts.below("Abstract", "AbstractText"), *parts.below("OtherAbstract", "AbstractText")]
    return {
        "ti": parts.texts("ArticleTitle", "BookTitle"),
        "tt": parts.texts("VernacularTitle"),
        "ab": _texts_in(abstract),
        "ot": parts.texts("Keyword"),
        "ad": parts.texts("Affiliation"),
    }


def _keys(element: etree._Element, source: etree._Element, parts: _Parts) -> Iterable[tuple[str, list[str]]]:
    for field, values in chain(_authors(parts), _mesh(parts), _journal(source, parts), _plain(parts)):
        yield field, [value for value in values if value]
    yield "uid", [pmid_of(element)]
    yield "aid", _article_ids(element, source, parts)
    yield "sb", _subsets(element, source)


def _authors(parts: _Parts) -> Iterable[tuple[str, list[str]]]:
    listed = parts.below("AuthorList", "Author")
    names = [{part.tag: part.text or "" for part in author} for author in listed]
    people = [name for name in names if name.get("LastName")]
    short = [f"{name['LastName']} {name.get('Initials', '')}".strip() for name in people]
    yield "au", short
    yield "fau", [f"{name['LastName']}, {name.get('ForeName', '')}".strip(", ") for name in people]
    yield "1au", short[:1]
    yield "lastau", short[-1:]
    yield "cn", [text for author in listed for text in texts_of(author, "CollectiveName")] if names != people else []


def _mesh(parts: _Parts) -> Iterable[tuple[str, list[str]]]:
    headings = [(one, one.findtext("DescriptorName")) for one in parts.of("MeshHeading")]
    qualified = [(name, q) for heading, name in headings for q in heading.iterchildren("QualifierName")]
    yield "mh", [name or "" for _, name in headings] + [f"{name}/{q.text}" for name, q in qualified]
    yield "majr", [name or "" for one, name in headings if any(part.get("MajorTopicYN") == "Y" for part in one)]
    yield "sh", _texts_in(q for _, q in qualified)


def _journal(source: etree._Element, parts: _Parts) -> Iterable[tuple[str, list[str]]]:
    journals = parts.of("Journal")
    own = [part for journal in journals for part in journal.iterchildren("Title", "ISOAbbreviation", "ISSN")]
    by_tag = [part for tag in ("Title", "ISOAbbreviation", "ISSN") for part in own if part.tag == tag]
    issues = [part for journal in journals for part in journal.iterfind("JournalIssue/*")]
    info = source.find("MedlineJournalInfo")
    known = {part.tag: [part] for part in info} if info is not None else {}
    yield "ta", _texts_in([*by_tag, *known.get("MedlineTA", ()), *known.get("ISSNLinking", ())])
    yield "jid", _texts_in(known.get("NlmUniqueID", ()))
    yield "vi", _texts_in(part for part in issues if part.tag == "Volume")
    yield "ip", _texts_in(part for part in issues if part.tag == "Issue")


def _plain(parts: _Parts) -> Iterable[tuple[str, list[str]]]:
    yield "pt", parts.texts("PublicationType")
    yield "la", parts.texts("Language")
    yield "pg", parts.texts("MedlinePgn")
    yield "nm", parts.texts("NameOfSubstance", "SupplMeshName")
    yield "rn", [number for number in parts.texts("RegistryNumber") if number != "0"]
    yield "ot", parts.texts("Keyword")
    yield "si", _databanks(parts.of("DataBank"))


def _databanks(banks: Iterable[etree._Element]) -> list[str]:
    found: list[str] = []
    for bank in banks:
        name = bank.findtext("DataBankName") or ""
        numbers = texts_of(bank, "AccessionNumberList/AccessionNumber")
        found += [name, *numbers, *(f"{name}/{number}" for number in numbers)]
    return found


def _article_ids(element: etree._Element, source: etree._Element, parts: _Parts) -> list[str]:
    """DOI, PII and PMC ids of the record itself; never those of its reference list."""
    own = texts_of(element, f"{_data(element)}/ArticleIdList/ArticleId")
    return own + parts.texts("ELocationID") + texts_of(source, "ArticleIdList/ArticleId")


def _subsets(element: etree._Element, source: etree._Element) -> list[str]:
    found = ["pubmed books"] if is_book(element) else []
    found.append(STATUS_SUBSETS.get(source.get("Status", ""), "pubmednotmedline"))
    if element.find(f"{_data(element)}/ArticleIdList/ArticleId[@IdType='pmc']") is not None:
        found += ["free full text", "pubmed pmc"]
    return found


def _dates(stamps: dict[str, datetime], parts: _Parts) -> dict[str, tuple[int, ...]]:
    found = {
        "crdt": _days(stamps, "entrez", "pubmed"),
        "edat": _days(stamps, "pubmed", "entrez"),
        "mhda": _days(stamps, "medline", "pubmed", "entrez"),
    }
    printed, books = parts.below("JournalIssue", "PubDate"), parts.below("Book", "PubDate")
    published = [*printed[:1], *parts.of("ArticleDate")[:1], *books[:1]]
    found["pdat"] = tuple(dict.fromkeys(day for day in map(day_number, published) if day))
    return {field: days for field, days in found.items() if days}


def _days(stamps: dict[str, datetime], *names: str) -> tuple[int, ...]:
    return next(((number_of(stamps[name]),) for name in names if name in stamps), ())
