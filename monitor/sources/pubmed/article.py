"""One PubmedArticle (or bare MedlineCitation) element -> one Article."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from lxml import etree

from monitor.errors import RecordError
from monitor.model import (
    AbstractSection,
    Article,
    MeshHeading,
    OtherAbstract,
    PublicationType,
    Reference,
    Registration,
)
from monitor.sources.pubmed import dates, notices, people, registries
from monitor.sources.pubmed.text import both, plain

#: Child elements of one element by tag, each list in document order.
Parts = dict[str, list[etree._Element]]

_NONE: list[etree._Element] = []
_DOI_PREFIX = re.compile(r"^(?:https?://(?:dx\.)?doi\.org/|doi:)\s*", re.IGNORECASE)


def of(record: etree._Element) -> Article:
    """The Article of a PubmedArticle or MedlineCitation element; raises RecordError when it has no PMID."""
    citation = record if record.tag == "MedlineCitation" else record.find("MedlineCitation")
    if citation is None:
        raise RecordError("The record has no MedlineCitation.")
    parts = parted(citation)
    number, version = pmid(first(parts, "PMID"))
    data = parted(record.find("PubmedData"))
    ids = article_ids(first(data, "ArticleIdList"))
    links, cites = notices.of(first(parts, "CommentsCorrectionsList"))
    fields: dict[str, Any] = {"pmid": number, "version": version, "notices": links}
    fields |= _article(first(parts, "Article"), ids)
    fields |= history(first(data, "History"), parts)
    fields["journal_abbreviation"] = fields["journal_abbreviation"] or _journal_info(parts, "MedlineTA")
    fields["issn"] = fields["issn"] or _journal_info(parts, "ISSNLinking")
    return Article(
        **fields,
        other_abstracts=_other_abstracts(parts["OtherAbstract"]),
        investigators=people.of(first(parts, "InvestigatorList")),
        country=_journal_info(parts, "Country"),
        mesh=_mesh(first(parts, "MeshHeadingList"), first(parts, "SupplMeshList")),
        substances=_substances(first(parts, "ChemicalList")),
        keywords=keywords(parts["KeywordList"]),
        pmcid=ids.get("pmc", ""),
        references=(*references(data["ReferenceList"]), *cites),
        status=citation.get("Status") or "",
        indexing_method=citation.get("IndexingMethod") or "",
        publication_status=plain(first(data, "PublicationStatus")),
    )


def _article(article: etree._Element | None, ids: dict[str, str]) -> dict[str, Any]:
    """What stands under MedlineCitation/Article, as fields of Article."""
    parts = parted(article)
    title, title_html = both(parts["ArticleTitle"][0]) if parts["ArticleTitle"] else ("", "")
    sections = abstract(first(parts, "Abstract"))
    authors = first(parts, "AuthorList")
    banks = accessions(first(parts, "DataBankList"))
    return {
        "title": title,
        "title_html": title_html,
        "vernacular_title": plain(first(parts, "VernacularTitle")),
        "abstract": sections,
        "authors": people.of(authors),
        "authors_complete": people.is_complete(authors),
        "pages": pages(first(parts, "Pagination")),
        "electronic_date": dates.partial(first(parts, "ArticleDate")),
        "doi": location(parts["ELocationID"], "doi") or clean_doi(ids.get("doi", "")),
        "pii": location(parts["ELocationID"], "pii") or ids.get("pii", ""),
        "languages": tuple([plain(language) for language in parts["Language"]]),
        "publication_types": publication_types(first(parts, "PublicationTypeList")),
        "registrations": registrations(banks, title, sections),
        "databanks": tuple([f"{name}/{number}" for name, number in banks]),
        "publication_model": (article.get("PubModel") or "") if article is not None else "",
        **_journal(first(parts, "Journal")),
    }


def _journal(journal: etree._Element | None) -> dict[str, Any]:
    parts = parted(journal)
    issue = parted(first(parts, "JournalIssue"))
    return {
        "journal": plain(first(parts, "Title")) or plain(first(parts, "ISOAbbreviation")),
        "journal_abbreviation": plain(first(parts, "ISOAbbreviation")),
        "issn": plain(first(parts, "ISSN")),
        "volume": plain(first(issue, "Volume")),
        "issue": plain(first(issue, "Issue")),
        "print_date": dates.partial(first(issue, "PubDate")),
    }


def _journal_info(parts: Parts, tag: str) -> str:
    info = first(parts, "MedlineJournalInfo")
    return plain(info.find(tag)) if info is not None else ""


def parted(element: etree._Element | None) -> Parts:
    """The children of `element` by tag; nothing for None."""
    parts: Parts = defaultdict(list)
    for child in element if element is not None else ():
        parts[child.tag].append(child)
    return parts


def first(parts: Parts, tag: str) -> etree._Element | None:
    """The first child called `tag`."""
    found = parts.get(tag)
    return found[0] if found else None


def pmid(element: etree._Element | None) -> tuple[str, int]:
    """PMID and version; raises RecordError when it is missing or not a number."""
    number = plain(element)
    if element is None or not (number.isascii() and number.isdigit()):
        raise RecordError(f"The record has no usable PMID ({number or 'none'}).", pmid=number)
    version = element.get("Version") or "1"
    return number, int(version) if version.isascii() and version.isdigit() else 1


def article_ids(ids: etree._Element | None) -> dict[str, str]:
    """ArticleIdList as {IdType: value}; the first of a kind counts."""
    found: dict[str, str] = {}
    for item in ids if ids is not None else ():
        if item.tag == "ArticleId":
            found.setdefault(item.get("IdType") or "", plain(item))
    return found


def location(locations: list[etree._Element], kind: str) -> str:
    """The ELocationID of a kind ("doi", "pii"), preferring one that is not marked invalid."""
    of_kind = [item for item in locations if item.get("EIdType") == kind]
    valid = [item for item in of_kind if item.get("ValidYN") != "N"]
    value = plain((valid or of_kind)[0]) if of_kind else ""
    return clean_doi(value) if kind == "doi" else value


def clean_doi(text: str) -> str:
    """A DOI in lower case without resolver or "doi:"."""
    return _DOI_PREFIX.sub("", text).lower() if text else ""


def abstract(element: etree._Element | None) -> tuple[AbstractSection, ...]:
    """The sections of an Abstract; empty ones are left out."""
    sections = []
    for part in element if element is not None else ():
        if part.tag == "AbstractText":
            text, html = both(part)
            label = part.get("Label") or ""
            if text or label:
                sections.append(AbstractSection(text, html, " ".join(label.split()), part.get("NlmCategory") or ""))
    return tuple(sections)


def _other_abstracts(elements: list[etree._Element]) -> tuple[OtherAbstract, ...]:
    found = []
    for element in elements:
        sections = abstract(element)
        text = " ".join([f"{section.label}: {section.text}" if section.label else section.text for section in sections])
        found.append(OtherAbstract(text, element.get("Type") or "", element.get("Language") or ""))
    return tuple(found)


def pages(pagination: etree._Element | None) -> str:
    """MedlinePgn, else "start-end"."""
    parts = parted(pagination)
    ends = [plain(first(parts, tag)) for tag in ("StartPage", "EndPage")]
    return plain(first(parts, "MedlinePgn")) or "-".join(end for end in ends if end)


def publication_types(elements: Iterable[etree._Element] | None) -> tuple[PublicationType, ...]:
    """Publication types with their MeSH ids; records before 2014 have none ("")."""
    listed = elements if elements is not None else ()
    return tuple([PublicationType(item.get("UI") or "", plain(item)) for item in listed if item.tag == "PublicationType"])


def accessions(banks: etree._Element | None) -> list[tuple[str, str]]:
    """(data bank, accession number) of a DataBankList; a bank without numbers stands with ""."""
    found = []
    for bank in banks if banks is not None else ():
        name = plain(bank.find("DataBankName"))
        numbers = [plain(number) for number in bank.iterfind("AccessionNumberList/AccessionNumber")]
        found.extend([(name, number) for number in numbers or [""]])
    return found


def registrations(
    banks: list[tuple[str, str]], title: str, sections: tuple[AbstractSection, ...]
) -> tuple[Registration, ...]:
    """Registry numbers from the data bank list, the title and the abstract, in this order."""
    found: list[Registration] = []
    for name, number in banks:
        found.extend(registries.in_databank(name, number))
    found.extend(registries.in_text(title, "title"))
    for section in sections:
        # A label can be the only place that says "Dutch Trial Register".
        found.extend(registries.in_text(f"{section.label}: {section.text}", "abstract"))
    return registries.each_once(found) if found else ()


def _mesh(headings: etree._Element | None, supplement: etree._Element | None) -> tuple[MeshHeading, ...]:
    """MeSH headings, then supplementary concepts (their ids start with C)."""
    found = [_heading(heading) for heading in headings if heading.tag == "MeshHeading"] if headings is not None else []
    for name in supplement if supplement is not None else ():
        if name.tag == "SupplMeshName":
            found.append(MeshHeading(name.get("UI") or "", plain(name)))
    return tuple(found)


def _heading(heading: etree._Element) -> MeshHeading:
    ui = name = ""
    major = False
    qualifiers = []
    for part in heading:
        if part.tag == "DescriptorName":
            ui, name = part.get("UI") or "", plain(part)
        elif part.tag == "QualifierName":
            qualifiers.append(plain(part))
        else:
            continue
        major = major or part.get("MajorTopicYN") == "Y"
    return MeshHeading(ui, name, major, tuple(qualifiers))


def _substances(chemicals: etree._Element | None) -> tuple[str, ...]:
    names = [plain(chemical.find("NameOfSubstance")) for chemical in chemicals if chemical.tag == "Chemical"] if chemicals is not None else []
    return tuple([name for name in names if name])


def keywords(lists: list[etree._Element]) -> tuple[str, ...]:
    """Keywords of all owners, each once."""
    words = [plain(word) for owner in lists for word in owner if word.tag == "Keyword"]
    return tuple(dict.fromkeys([word for word in words if word]))


def references(lists: list[etree._Element]) -> tuple[Reference, ...]:
    """The identified entries of the article's own reference lists, nested lists included."""
    found = []
    for listed in lists:
        for ids in listed.iter("ArticleIdList"):
            named = article_ids(ids)
            number, doi = named.get("pubmed", ""), clean_doi(named.get("doi", ""))
            if number or doi:
                found.append(Reference(number, doi))
    return tuple(found)


#: PubStatus of a PubMedPubDate -> field; NLM's names are crossed: "entrez" is the Create date, "pubmed" the Entry date.
DATES = {"entrez": "created_at", "pubmed": "entered_at", "medline": "indexed_at"}


def history(element: etree._Element | None, parts: Parts) -> dict[str, Any]:
    """The dates of the record itself; DateCreated of older exports stands in for a missing Create date."""
    found: dict[str, Any] = {
        "completed_on": dates.day(first(parts, "DateCompleted")),
        "revised_on": dates.day(first(parts, "DateRevised")),
    }
    for item in element if element is not None else ():
        field = DATES.get(item.get("PubStatus") or "")
        if field and found.get(field) is None:
            found[field] = dates.instant(item)
    created = first(parts, "DateCreated")
    if created is not None and found.get("created_at") is None:
        found["created_at"] = dates.instant(created)
    return found
