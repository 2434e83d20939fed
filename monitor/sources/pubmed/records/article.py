"""A PubmedArticle (or bare MedlineCitation) element → an Article."""

from __future__ import annotations

import re
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
from monitor.model.values.doi import normal_doi
from monitor.sources.pubmed.records import authors, dates, notices, registries
from monitor.sources.pubmed.records.text import normalize_space, plain_text, text_and_html

#: The child elements of an element by tag, the first of each.
Parts = dict[str, etree._Element]

#: The texts of locations by EIdType and ValidYN.
Locations = dict[tuple[str | None, str], list[str]]

#: What NLM writes where there is no English title (yet).
_NO_TITLE = re.compile(r"\W*(?:(?:title )?not available|no title(?: available)?|in process citation)\W*", re.IGNORECASE)

#: The most digits of a PMID or a version; a longer run of them is a mistake, and too long for `int` from 4,301 on.
_DIGITS = 10


def of(record: etree._Element) -> Article:
    """The Article of a PubmedArticle or MedlineCitation element; raises RecordError when it has no PMID."""
    whole = children_by_tag(record)
    citation = record if record.tag == "MedlineCitation" else whole.get("MedlineCitation")
    if citation is None:
        raise RecordError("The record has no MedlineCitation.")
    parts = children_by_tag(citation)
    number, version = pmid(parts.get("PMID"))
    data = children_by_tag(whole.get("PubmedData"))
    ids = article_ids(data.get("ArticleIdList"))
    links, cites = notices.of(parts.get("CommentsCorrectionsList"))
    return Article(
        pmid=number,
        version=version,
        **_article(parts.get("Article"), children_by_tag(parts.get("MedlineJournalInfo")), ids),
        **history(data.get("History"), parts),
        other_abstracts=_other_abstracts(citation) if "OtherAbstract" in parts else (),
        investigators=authors.of(parts.get("InvestigatorList")),
        mesh=_mesh(parts.get("MeshHeadingList"), parts.get("SupplMeshList")),
        substances=_substances(parts.get("ChemicalList")),
        keywords=keywords(citation) if "KeywordList" in parts else (),
        notices=links,
        pmcid=ids.get("pmc", ""),
        references=(*references(data.get("ReferenceList")), *cites),
        status=normalize_space(citation.get("Status")),
        indexing_method=normalize_space(citation.get("IndexingMethod")),
        publication_status=plain_text(data.get("PublicationStatus")),
    )


def _article(article: etree._Element | None, info: Parts, ids: dict[str, str]) -> dict[str, Any]:
    """The fields of Article that come from MedlineCitation/Article."""
    parts = children_by_tag(article)
    title, title_html = first_title(parts.get("ArticleTitle"), parts.get("VernacularTitle"))
    sections = abstract(parts.get("Abstract"))
    author_list = parts.get("AuthorList")
    located = locations(article)
    banks = accessions(parts["DataBankList"]) if "DataBankList" in parts else []
    return {
        "title": title,
        "title_html": title_html,
        "vernacular_title": plain_text(parts.get("VernacularTitle")),
        "abstract": sections,
        "authors": authors.of(author_list),
        "authors_complete": authors.is_complete(author_list),
        "pages": pages(parts.get("Pagination")),
        "electronic_date": dates.partial(parts.get("ArticleDate")),
        "doi": doi_of(located, ids),
        "pii": next(filter(None, (*located.get(("pii", "Y"), ()), ids.get("pii"))), ""),
        "languages": languages(article),
        "publication_types": publication_types(parts.get("PublicationTypeList")),
        "registrations": registrations(banks, title, sections),
        "databanks": tuple([f"{name}/{number}" for name, number in banks]),
        "publication_model": (article.get("PubModel") or "") if article is not None else "",
        **_journal(parts.get("Journal"), info),
    }


def _journal(journal: etree._Element | None, info: Parts) -> dict[str, Any]:
    parts = children_by_tag(journal)
    issue = children_by_tag(parts.get("JournalIssue"))
    abbreviation = plain_text(parts.get("ISOAbbreviation")) or plain_text(info.get("MedlineTA"))
    return {
        "journal": plain_text(parts.get("Title")) or abbreviation,
        "journal_abbreviation": abbreviation,
        "issn": plain_text(parts.get("ISSN")) or plain_text(info.get("ISSNLinking")),
        "volume": plain_text(issue.get("Volume")),
        "issue": plain_text(issue.get("Issue")),
        "print_date": dates.partial(issue.get("PubDate")),
        "country": plain_text(info.get("Country")),
    }


def children_by_tag(element: etree._Element | None) -> Parts:
    """The children of `element` by tag, the first of each; {} for None."""
    return {child.tag: child for child in element.iterchildren(reversed=True)} if element is not None else {}


def languages(element: etree._Element | None) -> tuple[str, ...]:
    """The texts of the Language children (three-letter codes)."""
    return tuple([plain_text(language) for language in element.iterchildren("Language")]) if element is not None else ()


def pmid(element: etree._Element | None) -> tuple[str, int]:
    """(PMID, version); raises RecordError when the PMID is missing or not a number."""
    number = plain_text(element)
    if element is None or not (number.isascii() and number.isdigit() and len(number) <= _DIGITS):
        raise RecordError(f"The record has no usable PMID ({number[:40] or 'none'}).", pmid=number)
    version = element.get("Version") or "1"
    return number, int(version) if version.isascii() and version.isdigit() and len(version) <= _DIGITS else 1


def article_ids(ids: etree._Element | None) -> dict[str, str]:
    """ArticleIdList as {IdType: value}, the first of each type."""
    found: dict[str, str] = {}
    for item in ids if ids is not None else ():
        if item.tag == "ArticleId":
            found.setdefault(item.get("IdType") or "", plain_text(item))
    return found


def locations(element: etree._Element | None) -> Locations:
    """The texts of the ELocationID children by EIdType and ValidYN (default "Y")."""
    found: Locations = {}
    for item in element.iterchildren("ELocationID") if element is not None else ():
        found.setdefault((item.get("EIdType"), item.get("ValidYN") or "Y"), []).append(plain_text(item))
    return found


def doi_of(located: Locations, ids: dict[str, str]) -> str:
    """The DOI: of the valid locations, else of the article's ids, else of a location that is marked as invalid."""
    written = (*located.get(("doi", "Y"), ()), ids.get("doi", ""), *located.get(("doi", "N"), ()))
    return next(filter(None, map(normal_doi, written)), "")


def first_title(*headings: etree._Element | None) -> tuple[str, str]:
    """(plain text, safe HTML) of the first heading that holds a title; "[Not Available]." is none."""
    found = [text_and_html(heading) for heading in headings if heading is not None]
    return next((one for one in found if one[0] and not _NO_TITLE.fullmatch(one[0])), ("", ""))


def abstract(element: etree._Element | None) -> tuple[AbstractSection, ...]:
    """The non-empty sections of an Abstract."""
    sections = []
    for part in element if element is not None else ():
        if part.tag == "AbstractText":
            text, html = text_and_html(part)
            label = part.get("Label") or ""
            if text or label:
                sections.append(AbstractSection(text, html, normalize_space(label), part.get("NlmCategory") or ""))
    return tuple(sections)


def _other_abstracts(citation: etree._Element) -> tuple[OtherAbstract, ...]:
    found = []
    for element in citation.iterchildren("OtherAbstract"):
        sections = abstract(element)
        text = " ".join([f"{section.label}: {section.text}" if section.label else section.text for section in sections])
        found.append(OtherAbstract(text, element.get("Type") or "", element.get("Language") or ""))
    return tuple(found)


def pages(pagination: etree._Element | None) -> str:
    """MedlinePgn, else "start-end"."""
    parts = children_by_tag(pagination)
    if medline := plain_text(parts.get("MedlinePgn")):
        return medline
    return "-".join(filter(None, [plain_text(parts.get(tag)) for tag in ("StartPage", "EndPage")]))


def publication_types(element: etree._Element | None) -> tuple[PublicationType, ...]:
    """The PublicationType children with their MeSH unique ids; "" in old exports, which have none."""
    listed = element.iterchildren("PublicationType") if element is not None else ()
    return tuple([PublicationType(item.get("UI") or "", plain_text(item)) for item in listed])


def accessions(banks: etree._Element) -> list[tuple[str, str]]:
    """(data bank, accession number) pairs of a DataBankList; "" for a data bank without numbers."""
    found = []
    for bank in banks.iterchildren("DataBank"):
        name = plain_text(bank.find("DataBankName"))
        numbers = [plain_text(number) for number in bank.iterfind("AccessionNumberList/AccessionNumber")]
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
    # With the labels: sometimes only a label says "Dutch Trial Register".
    text = " ".join([f"{section.label}: {section.text}" for section in sections])
    found.extend(registries.in_text(text, "abstract"))
    return registries.without_duplicates(found) if found else ()


def _mesh(headings: etree._Element | None, supplement: etree._Element | None) -> tuple[MeshHeading, ...]:
    """MeSH headings, then supplementary concepts (their unique ids start with C)."""
    found = [_heading(heading) for heading in headings if heading.tag == "MeshHeading"] if headings is not None else []
    for name in supplement if supplement is not None else ():
        if name.tag == "SupplMeshName":
            found.append(MeshHeading(name.get("UI") or "", plain_text(name)))
    return tuple(found)


def _heading(heading: etree._Element) -> MeshHeading:
    ui = name = ""
    major = False
    qualifiers = []
    for part in heading:
        if part.tag == "DescriptorName":
            ui, name = part.get("UI") or "", plain_text(part)
        elif part.tag == "QualifierName":
            qualifiers.append(plain_text(part))
        else:
            continue
        major = major or part.get("MajorTopicYN") == "Y"
    return MeshHeading(ui, name, major, tuple(qualifiers))


def _substances(chemicals: etree._Element | None) -> tuple[str, ...]:
    listed = chemicals.iter("NameOfSubstance") if chemicals is not None else ()
    return tuple([plain_text(name) for name in listed])


def keywords(element: etree._Element) -> tuple[str, ...]:
    """The keywords of all KeywordLists (NLM's, the authors' …), each once."""
    words = [
        plain_text(word) for owner in element.iterchildren("KeywordList") for word in owner.iterchildren("Keyword")
    ]
    return tuple(dict.fromkeys([word for word in words if word]))


def references(listed: etree._Element | None) -> tuple[Reference, ...]:
    """The entries of the reference list that have a PMID or DOI, those of nested and further lists included."""
    if listed is None:
        return ()
    found: list[Reference] = []
    for part in (listed, *listed.itersiblings("ReferenceList")):
        number = doi = ""
        for item in part.iter("ArticleIdList", "ArticleId"):
            if item.tag == "ArticleIdList":
                if number or doi:
                    found.append(Reference(number, doi))
                number = doi = ""
            elif (kind := item.get("IdType")) == "pubmed":
                number = number or plain_text(item)
            elif kind == "doi":
                doi = doi or normal_doi(plain_text(item))
        if number or doi:
            found.append(Reference(number, doi))
    return tuple(found)


#: PubStatus of a PubMedPubDate -> field; NLM's names are crossed: "entrez" is the Create date, "pubmed" the Entry date.
DATES = {"entrez": "created_at", "pubmed": "entered_at", "medline": "indexed_at"}


def history(element: etree._Element | None, parts: Parts) -> dict[str, Any]:
    """The dates of the record itself; without a Create date, DateCreated of older exports."""
    found: dict[str, Any] = {
        "completed_on": dates.day(parts.get("DateCompleted")),
        "revised_on": dates.day(parts.get("DateRevised")),
    }
    for item in element if element is not None else ():
        field = DATES.get(item.get("PubStatus") or "")
        if field and found.get(field) is None:
            found[field] = dates.instant(item)
    created = parts.get("DateCreated")
    if created is not None and found.get("created_at") is None:
        found["created_at"] = dates.instant(created)
    return found
