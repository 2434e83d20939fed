"""PubMed as it was on a day, made from what it says now. No network, no clock: `day` is set from outside.

What the past cannot show is listed in `LIMITS`; the backtest says it on its page.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from monitor.errors import QueryError
from monitor.language.speech import later
from monitor.model import Article, FetchResult, FullTextResult, LinkResult, Notice, NoticeKind, Search, SearchResult
from monitor.model.values.doi import normal_doi
from monitor.ports import Progress, silent
from monitor.sandbox.corpus.lifecycle import PUBLISHER_TYPES, RETRACTED_PUBLICATION

#: What a backtest cannot know, in sentences for its page.
LIMITS = (
    later(
        "An article counts from the day on which PubMed created its record; the Entrez date, which PubMed sets back "
        "for articles that it adds late, is used only where that day is not known."
    ),
    later(
        "Records are read as they stand now. Titles, abstracts and registry numbers that were added or changed since "
        "are taken as if they had always been there."
    ),
    later(
        "MeSH headings and the publication types that indexers add appear on the record's MeSH date. A record that was "
        "indexed again since shows its present headings."
    ),
    later(
        "Retractions, corrections and expressions of concern appear on the day their notice entered PubMed; a notice "
        "without a PMID is shown from the first day on."
    ),
    later(
        "When PubMed learned that one article cites another is not known: a citing article counts from its own "
        "first day."
    ),
    later(
        "Records that were deleted or merged since cannot be found, and PubMed may translate the query today otherwise "
        "than it did then."
    ),
    later("Failures of PubMed, of the mail server and of this service are not part of the picture."),
)

_MARKED_RETRACTED = re.compile(r"^\W*(?:retracted|withdrawn)(?:\s+article)?\s*[:\]]\s*", re.IGNORECASE)

#: The day on which the record with a PMID entered PubMed, None where that is not known.
PublicOn = Callable[[str], date | None]


@dataclass(frozen=True, slots=True)
class Found:
    """What one search finds today: all its matches, and those that it finds without the help of indexing."""

    pmids: frozenset[str]
    unindexed: frozenset[str]


def listed_on(article: Article) -> date | None:
    """The day from which PubMed has listed the record: its Create date, or the Entrez date where it has none.

    PubMed sets the Entrez date back to the publication date for an article that it adds late (PubMed User Guide, "Entry
    date").
    """
    at = article.created_at or article.entered_at
    return at.date() if at else None


def indexed_on(article: Article) -> date | None:
    """The day on which the record got its headings; None where it has none."""
    return article.indexed_at.date() if article.indexed_at and article.mesh else None


def record_on(article: Article, day: date, public_on: PublicOn) -> Article:
    """The record as it stood on `day`, as far as that is known."""
    hidden = {notice for notice in article.notices if _is_later(notice, day, public_on)}
    shown = replace(article, notices=tuple(notice for notice in article.notices if notice not in hidden))
    retractions = {n for n in article.notices if n.kind is NoticeKind.RETRACTION and n.about_this}
    if retractions and retractions <= hidden:
        shown = _not_yet_retracted(shown)
    if (indexed := indexed_on(article)) and indexed > day:
        shown = _not_yet_indexed(shown)
    known = [at for at in changes_of(article, public_on) if at <= day]
    return replace(shown, revised_on=max(known, default=None))


def changes_of(article: Article, public_on: PublicOn) -> Iterator[date]:
    """The days on which the record became another, its first included."""
    first = listed_on(article)
    notices = (public_on(notice.pmid) for notice in article.notices if notice.about_this and notice.pmid)
    return (day for day in (first, indexed_on(article), *notices) if day and (first is None or day >= first))


def _is_later(notice: Notice, day: date, public_on: PublicOn) -> bool:
    since = public_on(notice.pmid) if notice.about_this and notice.pmid else None
    return since is not None and since > day


def _not_yet_retracted(article: Article) -> Article:
    types = tuple(one for one in article.publication_types if one.ui != RETRACTED_PUBLICATION)
    title = _MARKED_RETRACTED.sub("", article.title)
    return replace(article, publication_types=types, title=title)


def _not_yet_indexed(article: Article) -> Article:
    """Without what indexers add, as `monitor.sandbox` does it too."""
    kept = PUBLISHER_TYPES | {RETRACTED_PUBLICATION}
    types = tuple(one for one in article.publication_types if one.ui in kept)
    return replace(
        article,
        publication_types=types,
        mesh=(),
        substances=(),
        completed_on=None,
        indexed_at=article.entered_at,
        indexing_method="",
        status="In-Process",
    )


@dataclass(slots=True)
class PastPubMed:
    """Literature, CitationIndex and RelatedArticles on `day`: see `monitor.ports`.

    `articles` are all records that are known, `found` has the answer to each query, `links` those to the seed by the
    link's direction ("citing", "similar").
    """

    articles: Mapping[str, Article]
    found: Mapping[str, Found]
    links: Mapping[str, frozenset[str]]
    day: date = date.min
    _changed: dict[str, tuple[date, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Work out when each record changed."""
        self._changed = {
            pmid: tuple(sorted(changes_of(article, self.public_on))) for pmid, article in self.articles.items()
        }

    def public_on(self, pmid: str) -> date | None:
        """The day on which the record with this PMID entered PubMed; None where that is not known."""
        article = self.articles.get(pmid)
        return listed_on(article) if article else None

    def appears_on(self, pmid: str, found: Found) -> date | None:
        """The day on which a search first listed the record."""
        first, article = self.public_on(pmid), self.articles.get(pmid)
        if first is None or article is None or pmid in found.unindexed:
            return first
        return max(first, indexed_on(article) or first)

    def days(self, search: Search) -> frozenset[date]:
        """Every day on which a poll of `search` finds something: a new match, or a match whose record changed."""
        found = self.found.get(search.query)
        matches = found.pmids if found else self.links.get(str(search.kind), frozenset())
        first = (self.appears_on(pmid, found) for pmid in matches) if found else ()
        changed = (day for pmid in matches for day in self._changed.get(pmid, ()))
        return frozenset(day for day in (*first, *changed) if day)

    def search(self, query: str) -> SearchResult:
        """Every PMID that matched on that day."""
        found = self.found[query]
        pmids = frozenset(pmid for pmid in found.pmids if self._is_past(self.appears_on(pmid, found)))
        return SearchResult(pmids, len(pmids), query)

    def count(self, query: str) -> int:
        """How many articles matched on that day."""
        return self.search(query).count

    def modified_since(self, query: str, day: date) -> SearchResult:
        """Those known whose record changed from `day` on; `query` may be several, so it is left to the caller."""
        pmids = frozenset(pmid for pmid in self._changed if self._is_modified(pmid, day))
        return SearchResult(pmids, len(pmids), query)

    def modified_among(self, pmids: Sequence[str], day: date) -> SearchResult:
        """Those of `pmids` whose record changed from `day` on."""
        found = frozenset(pmid for pmid in pmids if self._is_modified(pmid, day))
        return SearchResult(found, len(found), f"{len(pmids)} PMIDs")

    def fetch(self, pmids: Sequence[str], progress: Progress = silent) -> FetchResult:
        """The records as they stood on that day."""
        present = [pmid for pmid in pmids if self._is_past(self.public_on(pmid))]
        articles = tuple(record_on(self.articles[pmid], self.day, self.public_on) for pmid in present)
        progress(len(pmids), len(pmids), "records")
        return FetchResult(articles, frozenset(pmids) - frozenset(present))

    def resolve_doi(self, doi: str) -> str:
        """The PMID of the record with `doi`; raises QueryError before PubMed had it."""
        wanted = normal_doi(doi)
        for pmid, article in self.articles.items():
            if article.doi == wanted and self._is_past(self.public_on(pmid)):
                return pmid
        raise QueryError(f"PubMed had no record with the DOI {doi} on {self.day}.")

    def citing(self, pmids: Sequence[str]) -> LinkResult:
        """The articles that cite each of `pmids`, of those that were in PubMed on that day."""
        return self._linked("citing", pmids)

    def similar(self, pmids: Sequence[str]) -> LinkResult:
        """The articles similar to each of `pmids`, of those that were in PubMed on that day."""
        return self._linked("similar", pmids)

    def references(self, pmids: Sequence[str]) -> LinkResult:
        """Nothing: a backtest has no seed card."""
        return LinkResult(dict.fromkeys(pmids, ()), "pubmed_pubmed_refs")

    def full_texts(self, pmids: Sequence[str]) -> FullTextResult:
        """Nothing: a backtest has no seed card."""
        return FullTextResult(dict.fromkeys(pmids, ()))

    def _linked(self, direction: str, pmids: Sequence[str]) -> LinkResult:
        there = (pmid for pmid in self.links.get(direction, ()) if self._is_past(self.public_on(pmid)))
        linked = tuple(sorted(there, key=int))
        return LinkResult(dict.fromkeys(pmids, linked), direction)

    def _is_past(self, on: date | None) -> bool:
        return on is not None and on <= self.day

    def _is_modified(self, pmid: str, since: date) -> bool:
        return any(since <= day <= self.day for day in self._changed.get(pmid, ()))
