"""What surrounds the seed, as lists for its card: references, similar articles, full texts, and when PubMed said so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from markupsafe import Markup

from monitor import store
from monitor.model import Article, ArticleSummary, FullText, RelatedArticles
from monitor.render import text, urls
from monitor.store import Tx
from monitor.watch.seed_context import REFERENCES_NAMED, SIMILAR_NAMED, named, summarize

#: The longest title shown, in bytes.
_TITLE = 600


@dataclass(frozen=True, slots=True)
class Entry:
    """One article in a list, its title "" when PubMed did not show it. `is_ours`: the topic has a page about it."""

    told: ArticleSummary
    is_ours: bool

    @property
    def title(self) -> Markup:
        """The title with its italics, else the PMID."""
        one = self.told
        if not one.title:
            return Markup("PMID {}").format(one.pmid)
        return text.title_markup(Article(one.pmid, 1, one.title, one.title_html), _TITLE)

    @property
    def about(self) -> str:
        """Journal and year, as far as they are known."""
        return ", ".join(part for part in (text.clip(self.told.journal, 200), str(self.told.year or "")) if part)

    @property
    def url(self) -> str:
        """Where it is outside our pages, "" when it is nowhere."""
        return urls.report(self.told.pmid, self.told.doi)


@dataclass(frozen=True, slots=True)
class Entries:
    """The first articles of a list that has `total`; `url` has all of them, or is ""."""

    total: int = 0
    named: tuple[Entry, ...] = ()
    url: str = ""
    seen_at: datetime | None = None

    @property
    def left_out(self) -> int:
        """How many are only counted."""
        return self.total - len(self.named)


@dataclass(frozen=True, slots=True)
class Around:
    """What PubMed told; `asked_at` is None until it answered all of it once."""

    references: Entries = Entries()
    similar: Entries = Entries()
    full_texts: tuple[FullText, ...] = ()
    full_texts_seen_at: datetime | None = None
    asked_at: datetime | None = None

    @property
    def nothing(self) -> tuple[str, ...]:
        """What PubMed has never named, in words that follow "no"."""
        found = {
            "references of it": self.references.total,
            "similar articles": self.similar.total,
            "full text of it": self.full_texts,
        }
        return tuple(what for what, has_any in found.items() if not has_any)


def around(tx: Tx, topic: str, seed: str) -> Around:
    """What surrounds the article `seed`, for the pages of a topic; nothing while its PMID is not known."""
    if not seed:
        return Around()
    known = store.seed_context.of(tx, seed)
    pmids = named(known)
    titles = store.seed_context.summaries(tx, pmids)
    titles |= {pmid: summarize(article) for pmid, article in store.articles.known(tx, pmids).items()}
    ours = store.verdicts.current(tx, topic, pmids).keys()
    entries = {pmid: Entry(titles.get(pmid, ArticleSummary(pmid, "")), pmid in ours) for pmid in pmids}
    return Around(
        _entries(entries, known.references, REFERENCES_NAMED, urls.pubmed_tied(seed, "pubmed_pubmed_refs")),
        _entries(entries, known.similar, SIMILAR_NAMED, urls.pubmed_tied(seed, "pubmed_pubmed")),
        known.full_texts,
        known.full_texts_seen_at,
        known.asked_at,
    )


def _entries(entries: Mapping[str, Entry], tied: RelatedArticles, most: int, url: str) -> Entries:
    return Entries(len(tied.pmids), tuple(entries[pmid] for pmid in tied.pmids[:most]), url, tied.seen_at)
