"""One PubmedBookArticle element -> one Article: a book, or a chapter of one."""

from __future__ import annotations

from lxml import etree

from monitor.errors import RecordError
from monitor.model import Article
from monitor.sources.pubmed import dates, people
from monitor.sources.pubmed.article import (
    abstract,
    article_ids,
    clean_doi,
    first,
    history,
    keywords,
    location,
    pages,
    parted,
    pmid,
    publication_types,
    references,
    registrations,
)
from monitor.sources.pubmed.text import both, plain


def of(record: etree._Element) -> Article:
    """The Article of a PubmedBookArticle; a chapter's `journal` is the book's title.

    Raises RecordError when there is no BookDocument or no PMID.
    """
    document = record.find("BookDocument")
    if document is None:
        raise RecordError("The record has no BookDocument.")
    parts = parted(document)
    number, version = pmid(first(parts, "PMID"))
    book = parted(first(parts, "Book"))
    data = parted(record.find("PubmedBookData"))
    ids = article_ids(first(data, "ArticleIdList")) | article_ids(first(parts, "ArticleIdList"))
    heading = next((e for e in (first(parts, "ArticleTitle"), first(book, "BookTitle")) if e is not None), None)
    title, title_html = both(heading) if heading is not None else ("", "")
    sections = abstract(first(parts, "Abstract"))
    authors = _authors(parts["AuthorList"], book["AuthorList"])
    return Article(
        pmid=number,
        version=version,
        title=title,
        title_html=title_html,
        vernacular_title=plain(first(parts, "VernacularTitle")),
        abstract=sections,
        authors=people.of(authors),
        authors_complete=people.is_complete(authors),
        investigators=people.of(first(parts, "InvestigatorList")) or people.of(first(book, "InvestigatorList")),
        journal=plain(first(book, "BookTitle")) if parts["ArticleTitle"] else plain(first(book, "CollectionTitle")),
        volume=plain(first(book, "Volume")),
        pages=pages(first(parts, "Pagination")),
        print_date=dates.partial(first(book, "PubDate")),
        electronic_date=dates.partial(first(parts, "ContributionDate")),
        doi=clean_doi(ids.get("doi", "")) or location(book["ELocationID"], "doi"),
        pmcid=ids.get("pmc", ""),
        pii=ids.get("bookaccession", ""),
        languages=tuple([plain(language) for language in parts["Language"]]),
        publication_types=publication_types(parts["PublicationType"]),
        keywords=keywords(parts["KeywordList"]),
        registrations=registrations([], title, sections),
        references=references(parts["ReferenceList"]),
        publication_status=plain(first(data, "PublicationStatus")),
        is_book=True,
        **history(first(data, "History"), parts),
    )


def _authors(chapter: list[etree._Element], book: list[etree._Element]) -> etree._Element | None:
    """The list of authors of the chapter, else of the book; editors only where nobody is called an author."""
    lists = [*chapter, *book]
    writers = [people for people in lists if people.get("Type") != "editors"]
    return next(iter(writers or lists), None)
