"""What a state of a record is found by: words, exact keys and dates, read from its XML element."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain

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


@dataclass(frozen=True, slots=True)
class Facts:
    """The searchable side of a record's state.

    `texts` maps a text field to its words as one line (see `tokens.line`); `keys` maps a key field to
    its exact values; `dates` maps a date field to days as yyyymmdd numbers (several where a record has
    a print and an electronic date).
    """

    pmid: int
    texts: dict[str, str]
    keys: dict[str, tuple[str, ...]]
    dates: dict[str, tuple[int, ...]]


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
    return "" if element is None else etree.tostring(element, method="text", encoding="unicode", with_tail=False)


def texts_of(element: etree._Element, path: str) -> list[str]:
    """The text of every element at `path`, without markup, empty ones left out."""
    return [text for text in (text_of(found).strip() for found in element.iterfind(path)) if text]


def day_number(element: etree._Element | None) -> int | None:
    """A Year/Month/Day element as yyyymmdd; month and day default to 1, months may be names."""
    if element is None:
        return None
    year = (element.findtext("Year") or (element.findtext("MedlineDate") or "")[:4]).strip()
    if not year.isdigit():
        return None
    month = (element.findtext("Month") or "1").strip().lower()
    number = int(month) if month.isdigit() else MONTHS.get(month[:3], 1)
    day = (element.findtext("Day") or "1").strip()
    return int(year) * 10000 + number * 100 + (int(day) if day.isdigit() else 1)


def history(element: etree._Element) -> dict[str, datetime]:
    """PubMedPubDate instants by PubStatus; NCBI gives no time zone, they are taken as UTC."""
    found: dict[str, datetime] = {}
    for stamp in element.iterfind(f"{_data(element)}/History/PubMedPubDate"):
        day = day_number(stamp)
        if day is not None:
            hour, minute = (int(stamp.findtext(unit) or 0) for unit in ("Hour", "Minute"))
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


def read(element: etree._Element) -> Facts:
    """The Facts of one PubmedArticle or PubmedBookArticle element."""
    source = citation(element)
    keys = _keys(element, source)
    texts = _texts(source)
    texts["mw"] = tokens.line(" ; ".join(chain(*(keys.get(f, ()) for f in ("mh", "pt", "nm", "si")))))
    rest = chain(
        *(keys.get(f, ()) for f in ("fau", "au", "cn", "ta", "aid", "uid")), texts_of(source, ".//Affiliation")
    )
    texts["rest"] = tokens.line(" ; ".join(rest))
    if texts["ab"]:
        keys["sb"] = (*keys["sb"], "hasabstract")
    return Facts(int(pmid_of(element)), {f: t for f, t in texts.items() if t}, _present(keys), _dates(element, source))


def _present(keys: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    return {field: tuple(dict.fromkeys(values)) for field, values in keys.items() if values}


def _texts(source: etree._Element) -> dict[str, str]:
    titles = texts_of(source, ".//ArticleTitle") + texts_of(source, ".//BookTitle")
    abstract = texts_of(source, ".//Abstract/AbstractText") + texts_of(source, "OtherAbstract/AbstractText")
    return {
        "ti": tokens.line(" ; ".join(titles)),
        "tt": tokens.line(" ; ".join(texts_of(source, ".//VernacularTitle"))),
        "ab": tokens.line(" ; ".join(abstract)),
        "ot": tokens.line(" ; ".join(texts_of(source, "KeywordList/Keyword"))),
        "ad": tokens.line(" ; ".join(texts_of(source, ".//Affiliation"))),
    }


def _keys(element: etree._Element, source: etree._Element) -> dict[str, tuple[str, ...]]:
    named = list(chain(_authors(source), _mesh(source), _plain(source)))
    keys = {field: tuple(tokens.key(v) for v in values if v) for field, values in named}
    keys["uid"] = (pmid_of(element),)
    keys["aid"] = tuple(tokens.key(v) for v in _article_ids(element, source))
    keys["sb"] = _subsets(element, source)
    return keys


def _authors(source: etree._Element) -> Iterable[tuple[str, list[str]]]:
    people = [a for a in source.iterfind(".//AuthorList/Author") if a.findtext("LastName")]
    short = [f"{a.findtext('LastName')} {a.findtext('Initials') or ''}".strip() for a in people]
    yield "au", short
    yield "fau", [f"{a.findtext('LastName')}, {a.findtext('ForeName') or ''}".strip(", ") for a in people]
    yield "1au", short[:1]
    yield "lastau", short[-1:]
    yield "cn", texts_of(source, ".//AuthorList/Author/CollectiveName")


def _mesh(source: etree._Element) -> Iterable[tuple[str, list[str]]]:
    headings = source.findall("MeshHeadingList/MeshHeading")
    yield (
        "mh",
        [h.findtext("DescriptorName") or "" for h in headings]
        + [f"{h.findtext('DescriptorName')}/{q.text}" for h in headings for q in h.iterfind("QualifierName")],
    )
    yield "majr", [h.findtext("DescriptorName") or "" for h in headings if h.find("*[@MajorTopicYN='Y']") is not None]
    yield "sh", texts_of(source, "MeshHeadingList/MeshHeading/QualifierName")


def _plain(source: etree._Element) -> Iterable[tuple[str, list[str]]]:
    journal = ".//Journal/"
    yield "pt", texts_of(source, ".//PublicationType")
    yield "la", texts_of(source, ".//Language")
    yield (
        "ta",
        [
            *texts_of(source, journal + "Title"),
            *texts_of(source, journal + "ISOAbbreviation"),
            *texts_of(source, journal + "ISSN"),
            *texts_of(source, "MedlineJournalInfo/MedlineTA"),
            *texts_of(source, "MedlineJournalInfo/ISSNLinking"),
        ],
    )
    yield "jid", texts_of(source, "MedlineJournalInfo/NlmUniqueID")
    yield "vi", texts_of(source, journal + "JournalIssue/Volume")
    yield "ip", texts_of(source, journal + "JournalIssue/Issue")
    yield "pg", texts_of(source, ".//Pagination/MedlinePgn")
    yield (
        "nm",
        texts_of(source, "ChemicalList/Chemical/NameOfSubstance") + texts_of(source, "SupplMeshList/SupplMeshName"),
    )
    yield "rn", [n for n in texts_of(source, "ChemicalList/Chemical/RegistryNumber") if n != "0"]
    yield "ot", texts_of(source, "KeywordList/Keyword")
    yield "si", _databanks(source)


def _databanks(source: etree._Element) -> list[str]:
    found: list[str] = []
    for bank in source.iterfind(".//DataBankList/DataBank"):
        name = bank.findtext("DataBankName") or ""
        numbers = texts_of(bank, "AccessionNumberList/AccessionNumber")
        found += [name, *numbers, *(f"{name}/{number}" for number in numbers)]
    return found


def _article_ids(element: etree._Element, source: etree._Element) -> list[str]:
    """DOI, PII and PMC ids of the record itself; never those of its reference list."""
    own = texts_of(element, f"{_data(element)}/ArticleIdList/ArticleId")
    return own + texts_of(source, ".//ELocationID") + texts_of(source, "ArticleIdList/ArticleId")


def _subsets(element: etree._Element, source: etree._Element) -> tuple[str, ...]:
    found = ["pubmed books"] if is_book(element) else []
    found.append(STATUS_SUBSETS.get(source.get("Status", ""), "pubmednotmedline"))
    if element.find(f"{_data(element)}/ArticleIdList/ArticleId[@IdType='pmc']") is not None:
        found += ["free full text", "pubmed pmc"]
    return tuple(found)


def _dates(element: etree._Element, source: etree._Element) -> dict[str, tuple[int, ...]]:
    stamps = history(element)
    found = {
        "crdt": _days(stamps, "entrez", "pubmed"),
        "edat": _days(stamps, "pubmed", "entrez"),
        "mhda": _days(stamps, "medline", "pubmed", "entrez"),
    }
    published = [source.find(".//JournalIssue/PubDate"), source.find(".//ArticleDate"), source.find(".//Book/PubDate")]
    found["pdat"] = tuple(dict.fromkeys(day for day in map(day_number, published) if day))
    return {field: days for field, days in found.items() if days}


def _days(stamps: dict[str, datetime], *names: str) -> tuple[int, ...]:
    return next(((number_of(stamps[name]),) for name in names if name in stamps), ())
