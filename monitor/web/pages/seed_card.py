"""The seed's card: what it claims, where it can be read, who cites it over time, what it cites, what is like it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from monitor import store
from monitor.model import Article, Seed, Topic
from monitor.render import urls
from monitor.render.urls import Link
from monitor.store import Tx
from monitor.web.pages.seed_context import Around, around

#: Who says that an article cites the seed (`monitor.watch.reconcile`), as readers know them.
_NAMES = {"elink": "PubMed", "reference list": "the citing articles' own reference lists"}

_WIDTH, _HEIGHT, _LEFT, _BASE = 360, 112, 8.0, 90.0


@dataclass(frozen=True, slots=True)
class Bar:
    """One year of one source: how many citing articles, and the bar that shows it."""

    year: int
    count: int
    x: float
    y: float
    width: float
    height: float
    is_named: bool


@dataclass(frozen=True, slots=True)
class CitedBy:
    """How often one source saw the seed cited, by the year the citing article was first public."""

    source: str
    total: int
    bars: tuple[Bar, ...]
    width: int = _WIDTH
    height: int = _HEIGHT
    base: float = _BASE

    @property
    def words(self) -> str:
        """What the bars show, in words."""
        years = ", ".join(f"{bar.year}: {bar.count}" for bar in self.bars if bar.count)
        return f"Articles citing the seed according to {self.source}, by year: {years}."


@dataclass(frozen=True, slots=True)
class Card:
    """All that the page says of the seed; `in_record` is how many references its own record lists."""

    seed: Seed
    pmid: str
    article: Article | None
    links: tuple[Link, ...]
    cited_by: tuple[CitedBy, ...]
    cited_total: int
    in_record: int
    around: Around


def card(tx: Tx, topic: Topic, until: date) -> Card | None:
    """The card of the topic's seed, None when it has none."""
    if topic.seed is None:
        return None
    pmid = store.topics.seed_pmid(tx, topic.key) or topic.seed.pmid
    article = store.articles.known(tx, [pmid]).get(pmid) if pmid else None
    article = article or (store.articles.by_doi(tx, topic.seed.doi) if topic.seed.doi else None)
    return Card(
        seed=topic.seed,
        pmid=pmid,
        article=article,
        links=_links(topic.seed, pmid, article),
        cited_by=_cited_by(tx, pmid, until) if pmid else (),
        cited_total=store.citations.count(tx, pmid) if pmid else 0,
        in_record=len(article.references) if article else 0,
        around=around(tx, topic.key, pmid),
    )


def _links(seed: Seed, pmid: str, article: Article | None) -> tuple[Link, ...]:
    """The addresses of the record we hold; without it what the configuration tells."""
    if article:
        return urls.of_article(article)
    found = (Link("PubMed", urls.pubmed(pmid)), Link("DOI", urls.doi(seed.doi)))
    return tuple(link for link in found if link.url)


def _cited_by(tx: Tx, pmid: str, until: date) -> tuple[CitedBy, ...]:
    counts: defaultdict[str, defaultdict[int, int]] = defaultdict(lambda: defaultdict(int))
    for month, by_source in store.citations.count_by_month(tx, pmid).items():
        for source, number in by_source.items():
            counts[source][int(month[:4])] += number
    years = [year for by_year in counts.values() for year in by_year]
    return tuple(
        CitedBy(_NAMES.get(source, source), sum(by_year.values()), _bars(by_year, min(years), max(*years, until.year)))
        for source, by_year in sorted(counts.items())
    )


def _bars(by_year: dict[int, int], first: int, last: int) -> tuple[Bar, ...]:
    step = (_WIDTH - 2 * _LEFT) / (last - first + 1)
    highest = max(by_year.values())
    named_every = -(-(last - first + 1) // 7)
    bars = []
    for year in range(first, last + 1):
        number = by_year.get(year, 0)
        height = round(66 * number / highest, 1)
        x = round(_LEFT + step * (year - first) + step * 0.12, 1)
        is_named = (year - first) % named_every == 0
        bars.append(Bar(year, number, x, _BASE - height, round(step * 0.76, 1), height, is_named))
    return tuple(bars)
