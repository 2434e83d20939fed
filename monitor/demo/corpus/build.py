"""Entries → PubmedArticleSet XML, shaped like EFetch's response after every record has been indexed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from functools import cache

from lxml import etree

from monitor.demo.corpus.element import day, tag
from monitor.demo.corpus.entry import CCSVI, Entry, Link, entries, vocabulary

DOCTYPE = (
    '<!DOCTYPE PubmedArticleSet PUBLIC "-//NLM//DTD PubMedArticle, 1st January 2025//EN" '
    '"https://dtd.nlm.nih.gov/ncbi/pubmed/out/pubmed_250101.dtd">'
)

#: Since then MEDLINE records are indexed by machine unless a person curates them (NLM Knowledge Base, KA-05326).
AUTOMATED_SINCE = date(2022, 4, 1)

_REGISTRIES = {"NCT": "ClinicalTrials.gov", "ACTRN": "ANZCTR", "ISRCTN": "ISRCTN"}


def build(topic: str = CCSVI) -> bytes:
    """The whole corpus on `topic` as one PubmedArticleSet; the same bytes every time."""
    root = tag("PubmedArticleSet", *(_record(entry) for entry in entries(topic)))
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True, doctype=DOCTYPE)


def _record(entry: Entry) -> etree._Element:
    return tag("PubmedArticle", _citation(entry), _pubmed_data(entry))


def _citation(entry: Entry) -> etree._Element:
    status = "MEDLINE" if entry.is_indexed else "PubMed-not-MEDLINE"
    node = tag("MedlineCitation", tag("PMID", entry.pmid, Version="1"), Status=status, Owner="NLM")
    if entry.indexed_on:
        node.append(day("DateCompleted", entry.indexed_on))
        if entry.created_on >= AUTOMATED_SINCE:
            node.set("IndexingMethod", "Automated")
    node.append(day("DateRevised", _revised_on(entry)))
    node.append(_article(entry))
    node.append(_journal_info(entry))
    if entry.indexed_on:
        node.append(tag("CitationSubset", "IM"))
    if entry.notices:
        node.append(tag("CommentsCorrectionsList", *(_notice(entry, link) for link in entry.notices)))
    headings = _headings(entry)
    if headings:
        node.append(tag("MeshHeadingList", *(_heading(name, entry.topic) for name in headings)))
    return node


def _article(entry: Entry) -> etree._Element:
    model = "Print-Electronic" if entry.electronic_on else "Print"
    node = tag("Article", _journal(entry), tag("ArticleTitle", _title(entry)), PubModel=model)
    if entry.pages:
        node.append(tag("Pagination", tag("MedlinePgn", entry.pages)))
    if entry.doi:
        node.append(tag("ELocationID", entry.doi, EIdType="doi", ValidYN="Y"))
    if entry.abstract:
        node.append(tag("Abstract", tag("AbstractText", entry.abstract)))
    if entry.authors or entry.collective:
        node.append(_authors(entry))
    node.append(tag("Language", entry.language))
    if _is_report(entry) and entry.registry_ids:
        node.append(_databanks(entry.registry_ids))
    node.append(tag("PublicationTypeList", *(_publication_type(name) for name in entry.types)))
    if entry.vernacular_title:
        node.append(tag("VernacularTitle", entry.vernacular_title))
    if entry.electronic_on:
        node.append(day("ArticleDate", entry.electronic_on, DateType="Electronic"))
    return node


def _title(entry: Entry) -> str:
    """The title with NLM's closing full stop, in brackets when it is a translation."""
    if entry.language != "eng":
        return f"[{entry.title}]."
    return entry.title if entry.title.endswith(("?", "!", ".")) else f"{entry.title}."


def _is_report(entry: Entry) -> bool:
    """False for a notice: it has no databank list of its own and belongs to the article by its link."""
    return entry.design not in ("erratum", "retraction_notice", "expression_of_concern")


def _journal(entry: Entry) -> etree._Element:
    issue = tag("JournalIssue", CitedMedium="Internet" if entry.electronic_on else "Print")
    if entry.volume:
        issue.append(tag("Volume", entry.volume))
    if entry.issue:
        issue.append(tag("Issue", entry.issue))
    issue.append(_print_date(entry))
    node = tag("Journal", issue)
    if entry.journal:
        node.append(tag("Title", entry.journal))
        node.append(tag("ISOAbbreviation", _abbreviation(entry)))
    return node


def _print_date(entry: Entry) -> etree._Element:
    node = tag("PubDate", tag("Year", str(entry.year or entry.created_on.year)))
    if entry.month:
        node.append(tag("Month", f"{date(2000, entry.month, 1):%b}"))
    if entry.month and entry.day:
        node.append(tag("Day", f"{entry.day:02}"))
    return node


def _abbreviation(entry: Entry) -> str:
    return str(vocabulary()["journals"].get(entry.journal, {}).get("abbreviation", ""))


def _journal_info(entry: Entry) -> etree._Element:
    node = tag("MedlineJournalInfo")
    country = vocabulary()["journals"].get(entry.journal, {}).get("country", "")
    if country:
        node.append(tag("Country", country))
    node.append(tag("MedlineTA", _abbreviation(entry)))
    return node


def _authors(entry: Entry) -> etree._Element:
    node = tag("AuthorList", CompleteYN="Y" if entry.authors_are_complete else "N")
    for name in entry.authors:
        last, _, initials = name.rpartition(" ")
        node.append(tag("Author", tag("LastName", last), tag("Initials", initials), ValidYN="Y"))
    if entry.collective:
        node.append(tag("Author", tag("CollectiveName", entry.collective), ValidYN="Y"))
    return node


def _databanks(numbers: Iterable[str]) -> etree._Element:
    banks = tag("DataBankList", CompleteYN="Y")
    for number in numbers:
        registry = next((name for start, name in _REGISTRIES.items() if number.startswith(start)), "Other")
        banks.append(
            tag("DataBank", tag("DataBankName", registry), tag("AccessionNumberList", tag("AccessionNumber", number)))
        )
    return banks


def _publication_type(name: str) -> etree._Element:
    return tag("PublicationType", name, UI=vocabulary()["types"][name])


def _headings(entry: Entry) -> list[str]:
    """MeSH headings of an indexed report: the subject in a few words; none for an erratum."""
    if not entry.indexed_on or not _is_report(entry):
        return []
    topic = vocabulary()["topics"][entry.topic]
    subject = [*topic["population"]] if entry.is_on_topic else []
    if "Ménière" in entry.title or "Menière" in entry.title:
        subject.append("Meniere Disease")
    humans = [] if entry.design == "animal_or_in_vitro" else ["Humans"]
    return sorted({*subject, *humans, *topic["by_design"].get(entry.design, []), *topic["subject"]})


def _heading(name: str, topic: str) -> etree._Element:
    subjects = vocabulary()["topics"][topic]
    major = "Y" if name in (*subjects["population"], *subjects["subject"]) else "N"
    return tag("MeshHeading", tag("DescriptorName", name, UI=vocabulary()["headings"][name], MajorTopicYN=major))


def _notice(entry: Entry, link: Link) -> etree._Element:
    other = _by_pmid(entry.topic)[link.target]
    return tag(
        "CommentsCorrections",
        tag("RefSource", _citation_text(other)),
        tag("PMID", other.pmid, Version="1"),
        RefType=link.kind,
    )


def _citation_text(entry: Entry) -> str:
    """A source as NLM writes it in RefSource: "Neurology. 2014 Aug 19;83(8):773"."""
    when = " ".join(node.text or "" for node in _print_date(entry))
    issue = f"({entry.issue})" if entry.issue else ""
    place = f";{entry.volume}{issue}" if entry.volume else ""
    pages = f":{entry.pages}" if entry.pages else ""
    return f"{_abbreviation(entry)}. {when}{place}{pages}"


def _pubmed_data(entry: Entry) -> etree._Element:
    entered = entry.created_on + timedelta(days=1)
    dates = (("entrez", entry.created_on), ("pubmed", entered), ("medline", entry.indexed_on or entered))
    history = tag("History", *(_history(status, on) for status, on in dates))
    ids = [tag("ArticleId", entry.pmid, IdType="pubmed")]
    if entry.doi:
        ids.append(tag("ArticleId", entry.doi, IdType="doi"))
    if entry.pmcid:
        ids.append(tag("ArticleId", entry.pmcid, IdType="pmc"))
    node = tag("PubmedData", history, tag("PublicationStatus", "ppublish"), tag("ArticleIdList", *ids))
    if entry.cites:
        node.append(tag("ReferenceList", *(_reference(_by_id(entry.topic)[link.target]) for link in entry.cites)))
    return node


def _reference(cited: Entry) -> etree._Element:
    ids = tag("ArticleIdList", tag("ArticleId", cited.pmid, IdType="pubmed"))
    if cited.doi:
        ids.append(tag("ArticleId", cited.doi, IdType="doi"))
    return tag("Reference", tag("Citation", _citation_text(cited)), ids)


def _revised_on(entry: Entry) -> date:
    """The last day something was added: indexing, or a link from a later record."""
    others = [_by_pmid(entry.topic)[link.target].created_on for link in entry.notices]
    return max([entry.created_on, entry.indexed_on or entry.created_on, *others])


def _history(status: str, on: date) -> etree._Element:
    node = day("PubMedPubDate", on, PubStatus=status)
    node.extend([tag("Hour", "6"), tag("Minute", "0")])
    return node


@cache
def _by_pmid(topic: str) -> dict[str, Entry]:
    return {entry.pmid: entry for entry in entries(topic)}


@cache
def _by_id(topic: str) -> dict[str, Entry]:
    return {entry.id: entry for entry in entries(topic)}
