"""One PubmedBookArticle element -> one Article: a book, or a chapter of one."""

from __future__ import annotations

from lxml import etree

from monitor.errors import RecordError
from monitor.model import Article
from monitor.sources.pubmed.records import authors as people
from monitor.sources.pubmed.records import dates
from monitor.sources.pubmed.records.article import (
    abstract,
    article_ids,
    clean_doi,
    history,
    keywords,
    languages,
    locations,
    pages,
    parted,
    pmid,
    publication_types,
    references,
    registrations,
)
from monitor.sources.pubmed.records.text import both, plain


def of(record: etree._Element) -> Article:
    """The Article of a PubmedBookArticle; a chapter's `journal` is the book's title.

    Raises RecordError when there is no BookDocument or no PMID.
    """
    document = record.find("BookDocument")
    if document is None:
        raise RecordError("The record has no BookDocument.")
    parts = parted(document)
    number, version = pmid(parts.get("PMID"))
    book = parted(parts.get("Book"))
    data = parted(record.find("PubmedBookData"))
    ids = article_ids(data.get("ArticleIdList")) | article_ids(parts.get("ArticleIdList"))
    heading = next((e for e in (parts.get("ArticleTitle"), book.get("BookTitle")) if e is not None), None)
    title, title_html = both(heading) if heading is not None else ("", "")
    sections = abstract(parts.get("Abstract"))
    authors = _authors(document, parts.get("Book"))
    return Article(
        pmid=number,
        version=version,
        title=title,
        title_html=title_html,
        vernacular_title=plain(parts.get("VernacularTitle")),
        abstract=sections,
        authors=people.of(authors),
        authors_complete=people.is_complete(authors),
        investigators=people.of(parts.get("InvestigatorList")) or people.of(book.get("InvestigatorList")),
        journal=plain(book.get("BookTitle")) if "ArticleTitle" in parts else plain(book.get("CollectionTitle")),
        volume=plain(book.get("Volume")),
        pages=pages(parts.get("Pagination")),
        print_date=dates.partial(book.get("PubDate")),
        electronic_date=dates.partial(parts.get("ContributionDate")),
        doi=clean_doi((locations(parts.get("Book")) | ids).get("doi", "")),
        pmcid=ids.get("pmc", ""),
        pii=ids.get("bookaccession", ""),
        languages=languages(document),
        publication_types=publication_types(document),
        keywords=keywords(document),
        registrations=registrations([], title, sections),
        references=references(parts.get("ReferenceList")),
        publication_status=plain(data.get("PublicationStatus")),
        is_book=True,
        **history(data.get("History"), parts),
    )


def _authors(document: etree._Element, book: etree._Element | None) -> etree._Element | None:
    """The list of authors of the chapter, else of the book; editors only where nobody is called an author."""
    lists = [
        names for element in (document, book) if element is not None for names in element.iterchildren("AuthorList")
    ]
    writers = [names for names in lists if names.get("Type") != "editors"]
    return next(iter(writers or lists), None)
