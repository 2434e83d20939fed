"""The seed's card: its claim, where it can be read, who cites it by year, its references and similar articles."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from monitor import store
from monitor.language.speech import gettext as _
from monitor.model import Article, ListedWork, Seed, Topic
from monitor.render import citation_sources, urls
from monitor.render.text import clip
from monitor.render.urls import Link
from monitor.store import Tx
from monitor.web.pages.seed_context import SeedContextView, read_seed_context

#: The bar chart, in SVG user units: its size, its left margin, and the y of its axis.
_WIDTH, _HEIGHT, _LEFT, _BASE = 360, 112, 8.0, 90.0
#: The highest bar, the share of a year's space that a bar takes, and how many years can be labelled.
_TALLEST, _BAR_SHARE, _LABELS = 66, 0.76, 7


@dataclass(frozen=True, slots=True)
class Bar:
    """The number of citing articles of one year, and its bar in SVG user units."""

    year: int
    count: int
    x: float
    y: float
    width: float
    height: float
    is_labelled: bool


@dataclass(frozen=True, slots=True)
class CitedBy:
    """How many articles cite the seed according to one source, by the year the citing article was first public."""

    source: str
    total: int
    bars: tuple[Bar, ...]
    width: int = _WIDTH
    height: int = _HEIGHT
    base: float = _BASE

    @property
    def description(self) -> str:
        """The bars in words, for screen readers."""
        years = ", ".join(f"{bar.year}: {bar.count}" for bar in self.bars if bar.count)
        return _(
            "Articles citing the seed according to %(source)s, by year: %(years)s.", source=self.source, years=years
        )


@dataclass(frozen=True, slots=True)
class OutsideWork:
    """A work that cites the seed and that PubMed does not have; `source` are its authors, its year and who lists it."""

    title: str
    url: str
    source: str


@dataclass(frozen=True, slots=True)
class SeedCard:
    """All that the page says of the seed.

    `outside` are the works citing it that PubMed does not have, as far as they have a title or a DOI.
    `article` is its stored record, None when there is none; `references_in_record` is how many references that lists.
    """

    seed: Seed
    pmid: str
    article: Article | None
    links: tuple[Link, ...]
    cited_by: tuple[CitedBy, ...]
    cited_total: int
    outside: tuple[OutsideWork, ...]
    references_in_record: int
    context: SeedContextView


def read_seed_card(tx: Tx, topic: Topic, until: date) -> SeedCard | None:
    """The card of the topic's seed with citations up to the year of `until`; None for a topic without a seed."""
    if topic.seed is None:
        return None
    pmid = store.topics.seed_pmid(tx, topic.key) or topic.seed.pmid
    article = store.articles.known(tx, [pmid]).get(pmid) if pmid else None
    article = article or (store.articles.by_doi(tx, topic.seed.doi) if topic.seed.doi else None)
    outside = store.citing_works.outside(tx, topic.key, pmid) if pmid else []
    return SeedCard(
        seed=topic.seed,
        pmid=pmid,
        article=article,
        links=_links(topic.seed, pmid, article),
        cited_by=_cited_by(tx, pmid, outside, until) if pmid else (),
        cited_total=store.citations.count(tx, pmid) if pmid else 0,
        outside=tuple(_outside(outside)),
        references_in_record=len(article.references) if article else 0,
        context=read_seed_context(tx, topic.key, pmid),
    )


def _links(seed: Seed, pmid: str, article: Article | None) -> tuple[Link, ...]:
    """The links of the stored record; without one those that the configuration gives."""
    if article:
        return urls.article_links(article)
    found = (Link("PubMed", urls.pubmed(pmid)), Link("DOI", urls.doi(seed.doi)))
    return tuple(link for link in found if link.url)


def _outside(works: Iterable[ListedWork]) -> Iterator[OutsideWork]:
    for one in sorted(works, key=lambda work: -(work.work.year or 0)):
        labels = ", ".join(citation_sources.in_words(seen.source) for seen in one.seen_by)
        source = " · ".join(part for part in (clip(one.work.authors, 90), str(one.work.year or ""), labels) if part)
        if name := one.work.title or "".join(one.work.dois[:1]):
            yield OutsideWork(clip(name, 300), urls.doi("".join(one.work.dois[:1])), source)


def _cited_by(tx: Tx, pmid: str, outside: Iterable[ListedWork], until: date) -> tuple[CitedBy, ...]:
    """The counts of each source, works outside PubMed included: by their year, else by when they were first seen."""
    counts: defaultdict[str, defaultdict[int, int]] = defaultdict(lambda: defaultdict(int))
    for month, by_source in store.citations.count_by_month(tx, pmid).items():
        for source, number in by_source.items():
            counts[source][int(month[:4])] += number
    for one in outside:
        for seen in one.seen_by:
            counts[seen.source][one.work.year or seen.at.year] += 1
    if not counts:
        return ()
    years = [year for by_year in counts.values() for year in by_year]
    first, last = min(years), max(*years, until.year)
    return tuple(
        CitedBy(citation_sources.in_words(source), sum(by_year.values()), _bars(by_year, first, last))
        for source, by_year in sorted(counts.items())
    )


def _bars(by_year: dict[int, int], first: int, last: int) -> tuple[Bar, ...]:
    step = (_WIDTH - 2 * _LEFT) / (last - first + 1)
    highest = max(by_year.values())
    label_every = -(-(last - first + 1) // _LABELS)
    bars = []
    for year in range(first, last + 1):
        number = by_year.get(year, 0)
        height = round(_TALLEST * number / highest, 1)
        x = round(_LEFT + step * (year - first + (1 - _BAR_SHARE) / 2), 1)
        is_labelled = (year - first) % label_every == 0
        bars.append(Bar(year, number, x, _BASE - height, round(step * _BAR_SHARE, 1), height, is_labelled))
    return tuple(bars)
