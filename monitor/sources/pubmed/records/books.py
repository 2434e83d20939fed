"""A PubmedBookArticle element → an Article: a book, or a chapter of one."""

from __future__ import annotations

from typing import Any

from lxml import etree

from monitor.errors import RecordError
from monitor.model import Article
from monitor.sources.pubmed.records import authors, dates
from monitor.sources.pubmed.records.article import (
    Parts,
    abstract,
    article_ids,
    children_by_tag,
    doi_of,
    first_title,
    history,
    keywords,
    languages,
    locations,
    pages,
    pmid,
    publication_types,
    references,
    registrations,
)
from monitor.sources.pubmed.records.text import plain_text


def of(record: etree._Element) -> Article:
    """The Article of a PubmedBookArticle; a chapter's `journal` is the book's title.

    Raises RecordError when there is no BookDocument or no PMID.
    """
    document = record.find("BookDocument")
    if document is None:
        raise RecordError("The record has no BookDocument.")
    parts = children_by_tag(document)
    number, version = pmid(parts.get("PMID"))
    book = children_by_tag(parts.get("Book"))
    data = children_by_tag(record.find("PubmedBookData"))
    ids = article_ids(data.get("ArticleIdList")) | article_ids(parts.get("ArticleIdList"))
    of_chapter = first_title(parts.get("ArticleTitle"), parts.get("VernacularTitle"))
    title, title_html = of_chapter if of_chapter[0] else first_title(book.get("BookTitle"))
    sections = abstract(parts.get("Abstract"))
    author_list = _author_list(document, parts.get("Book"))
    return Article(
        pmid=number,
        version=version,
        title=title,
        title_html=title_html,
        vernacular_title=plain_text(parts.get("VernacularTitle")),
        abstract=sections,
        authors=authors.of(author_list),
        authors_complete=authors.is_complete(author_list),
        investigators=authors.of(parts.get("InvestigatorList")) or authors.of(book.get("InvestigatorList")),
        journal=plain_text(book.get("BookTitle" if of_chapter[0] else "CollectionTitle")),
        pages=pages(parts.get("Pagination")),
        electronic_date=dates.partial(parts.get("ContributionDate")),
        doi=doi_of(locations(parts.get("Book")), ids),
        pmcid=ids.get("pmc", ""),
        pii=ids.get("bookaccession", ""),
        languages=languages(document),
        publication_types=publication_types(document),
        keywords=keywords(document),
        registrations=registrations([], title, sections),
        references=references(parts.get("ReferenceList")),
        publication_status=plain_text(data.get("PublicationStatus")),
        is_book=True,
        is_chapter=bool(of_chapter[0]),
        **_publication(parts.get("Book"), book),
        **history(data.get("History"), parts),
    )


def _publication(element: etree._Element | None, book: Parts) -> dict[str, Any]:
    """Editors, publisher, date, volume and ISBN of a Book element."""
    publisher = children_by_tag(book.get("Publisher"))
    lists = element.iterchildren("AuthorList") if element is not None else ()
    return {
        "editors": next((authors.of(names) for names in lists if names.get("Type") == "editors"), ()),
        "publisher": plain_text(publisher.get("PublisherName")),
        "publisher_location": plain_text(publisher.get("PublisherLocation")),
        "print_date": dates.partial(book.get("PubDate")),
        "volume": plain_text(book.get("Volume")),
        "isbn": plain_text(book.get("Isbn")),
    }


def _author_list(document: etree._Element, book: etree._Element | None) -> etree._Element | None:
    """The AuthorList of the chapter, else of the book; one of type "editors" only if there is no other."""
    lists = [
        names for element in (document, book) if element is not None for names in element.iterchildren("AuthorList")
    ]
    writers = [names for names in lists if names.get("Type") != "editors"]
    return next(iter(writers or lists), None)
