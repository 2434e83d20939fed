"""The seed's context as lists for its card: references, similar articles, full texts, each with when PubMed said so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from markupsafe import Markup

from monitor import store
from monitor.language.speech import gettext as _
from monitor.model import Article, ArticleSummary, FullText, RelatedArticles
from monitor.render import text, urls
from monitor.store import Tx
from monitor.watch.seed.context import REFERENCES_NAMED, SIMILAR_NAMED, named, summarize

#: The longest title and journal shown, in bytes of escaped HTML.
_MAX_TITLE, _MAX_JOURNAL = 600, 200


@dataclass(frozen=True, slots=True)
class ListedArticle:
    """One article in a list. `has_page` is whether the topic has a page about it."""

    summary: ArticleSummary
    has_page: bool

    @property
    def title(self) -> Markup:
        """The title with its italics, else the PMID."""
        summary = self.summary
        if not summary.title:
            return Markup("PMID {}").format(summary.pmid)
        return text.title_markup(Article(summary.pmid, 1, summary.title, summary.title_html), _MAX_TITLE)

    @property
    def source(self) -> str:
        """Journal and year, as far as they are known."""
        parts = (text.clip(self.summary.journal, _MAX_JOURNAL), str(self.summary.year or ""))
        return ", ".join(part for part in parts if part)

    @property
    def url(self) -> str:
        """The article in PubMed or by its DOI, "" when it has neither."""
        return urls.report(self.summary.pmid, self.summary.doi)


@dataclass(frozen=True, slots=True)
class ArticleList:
    """The first articles of a list that has `total`; `url` is the whole list in PubMed, or ""."""

    total: int = 0
    named: tuple[ListedArticle, ...] = ()
    url: str = ""
    seen_at: datetime | None = None

    @property
    def left_out(self) -> int:
        """How many are only counted."""
        return self.total - len(self.named)


@dataclass(frozen=True, slots=True)
class SeedContextView:
    """The seed's context; `asked_at` is None until PubMed has answered every part of it once."""

    references: ArticleList = ArticleList()
    similar: ArticleList = ArticleList()
    full_texts: tuple[FullText, ...] = ()
    full_texts_seen_at: datetime | None = None
    asked_at: datetime | None = None

    @property
    def missing(self) -> tuple[str, ...]:
        """What PubMed has never listed, each as "no …"."""
        found = {
            _("no references of it"): self.references.total,
            _("no similar articles"): self.similar.total,
            _("no full text of it"): self.full_texts,
        }
        return tuple(what for what, has_any in found.items() if not has_any)


def read_seed_context(tx: Tx, topic: str, seed: str) -> SeedContextView:
    """The context of the article with the PMID `seed` for the pages of a topic; empty while the PMID is not known."""
    if not seed:
        return SeedContextView()
    context = store.seed_context.of(tx, seed)
    pmids = named(context)
    summaries = store.seed_context.summaries(tx, pmids)
    summaries |= {pmid: summarize(article) for pmid, article in store.articles.known(tx, pmids).items()}
    have_pages = store.verdicts.current(tx, topic, pmids).keys()
    listed = {pmid: ListedArticle(summaries.get(pmid, ArticleSummary(pmid, "")), pmid in have_pages) for pmid in pmids}
    return SeedContextView(
        _list(listed, context.references, REFERENCES_NAMED, urls.pubmed_linked(seed, "pubmed_pubmed_refs")),
        _list(listed, context.similar, SIMILAR_NAMED, urls.pubmed_linked(seed, "pubmed_pubmed")),
        context.full_texts,
        context.full_texts_seen_at,
        context.asked_at,
    )


def _list(listed: Mapping[str, ListedArticle], related: RelatedArticles, most: int, url: str) -> ArticleList:
    return ArticleList(len(related.pmids), tuple(listed[pmid] for pmid in related.pmids[:most]), url, related.seen_at)
