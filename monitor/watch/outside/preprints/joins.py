"""Is an article of PubMed what a preprint became? By PubMed's own links, else by title and authors. Pure."""

from __future__ import annotations

import re
import unicodedata

from monitor.evidence.article.classification import publication_types as types
from monitor.language.messages import message
from monitor.model import Article, Author, NoticeKind, Preprint, PublishedAs
from monitor.model.outside.preprint import doi_of_all_versions

_C = "outside"
_BY_PUBMED = message(_C, "PubMed links the two")
_BY_TITLE = message(_C, "both have the same title and authors")
_IS = re.compile(r"is(?=(?:e[ds]?|ing|ations?)\b)")
#: A title of fewer words is shared by reports that have nothing to do with each other.
_FEW_WORDS = 5
#: What carries the title of a report without being it.
_ABOUT_IT = frozenset(
    {
        types.PREPRINT,
        types.ERRATUM,
        types.RETRACTION,
        types.CONCERN,
        types.COMMENT,
        types.EDITORIAL,
        types.NEWS,
        types.MEETING_ABSTRACT,
        types.PROTOCOL,
    }
)


def title_key(title: str) -> str:
    """The words of a title, by which equal ones are found; "" for one of too few words to tell anything.

    Journals spell as they are used to: accents and "randomised" make no difference.
    """
    words = re.findall(r"\w+", _IS.sub("iz", _folded(title)))
    return " ".join(words) if len(words) >= _FEW_WORDS else ""


def is_record_of(article: Article, preprint: Preprint) -> bool:
    """Is `article` the preprint's own record in PubMed? It is when it has its DOI."""
    return bool(article.doi) and doi_of_all_versions(article.doi) == doi_of_all_versions(preprint.doi)


def article_in(article: Article, preprint: Preprint) -> PublishedAs | None:
    """The preprint's article: `article`, or the one that it names as the preprint's own record; None for neither."""
    if is_record_of(article, preprint):
        updates = (n for n in article.notices if n.kind is NoticeKind.UPDATE and n.about_this and n.pmid)
        return next((PublishedAs(n.pmid, citation=n.citation, why=_BY_PUBMED()) for n in updates), None)
    if _updates(article, preprint):
        return as_published(article, _BY_PUBMED())
    return as_published(article, _BY_TITLE(), is_guess=True) if _is_alike(article, preprint) else None


def as_published(article: Article, why: str, *, is_guess: bool = False) -> PublishedAs:
    """`article` as what a preprint became."""
    year = article.first_public_on.year if article.first_public_on else ""
    where = ", ".join(filter(None, (article.journal_abbreviation or article.journal, str(year))))
    citation = f"“{article.title.rstrip('.')}”" + (f", {where}" if where else "")
    return PublishedAs(article.pmid, article.doi, citation, why, is_guess)


def _updates(article: Article, preprint: Preprint) -> bool:
    links = [n for n in article.notices if n.kind is NoticeKind.UPDATE and not n.about_this]
    doi = doi_of_all_versions(preprint.doi)
    return any(
        (preprint.pmid and n.pmid == preprint.pmid)
        or (doi and re.search(rf"{re.escape(doi)}(?!\d)", n.citation.lower()))
        for n in links
    )


def _is_alike(article: Article, preprint: Preprint) -> bool:
    """The same title, and at least half of the authors of the shorter list in both."""
    key = title_key(preprint.title)
    if not key or key != title_key(article.title) or not _ABOUT_IT.isdisjoint(types.types_of(article)):
        return False
    ours, theirs = _names(preprint.authors), _names(article.authors)
    shared = ours & theirs
    return bool(shared) and 2 * len(shared) >= min(len(ours), len(theirs))


def _names(authors: tuple[Author, ...]) -> set[str]:
    return {_folded(author.last or author.collective) for author in authors}


def _folded(text: str) -> str:
    """Without case and accents."""
    return "".join(one for one in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(one))
