"""Ask PubMed once for everything a backtest needs: matches by Entrez date, links to the seed, records, notices."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from monitor.model import Article, NoticeKind, Search, SearchKind, Topic
from monitor.model.values.doi import normal_doi
from monitor.ports import Progress
from monitor.strategy.kept_answers import KeptAnswers
from monitor.strategy.past import Found, PastPubMed
from monitor.strategy.structure import without_headings

_DATED = (NoticeKind.RETRACTION, NoticeKind.CONCERN, NoticeKind.ERRATUM)


@dataclass(frozen=True, slots=True)
class Collected:
    """What PubMed had for a topic up to a day: the past to replay, the seed's PMID ("" where unknown), and remarks."""

    past: PastPubMed
    seed: str
    remarks: tuple[str, ...]


def until_day(query: str, last: date) -> str:
    """`query`, limited to records that were entered, or created, in PubMed not after `last`."""
    dates = " OR ".join(f'"1800/01/01"[{field}] : "{last:%Y/%m/%d}"[{field}]' for field in ("edat", "crdt"))
    return f"({query}) AND ({dates})"


def collect(topic: Topic, last: date, kept: KeptAnswers, progress: Progress) -> Collected:
    """Everything that the searches of `topic` list up to `last`. Raises UpstreamError; what has come is kept."""
    found = {s.query: _matches(s, last, kept) for s in topic.searches if s.kind is SearchKind.QUERY}
    seed = _seed(topic, kept, progress)
    links = {str(s.kind): kept.linked(s.kind, seed) for s in topic.searches if s.kind is not SearchKind.QUERY and seed}
    pmids = frozenset[str]().union(*(one.pmids for one in found.values()), *links.values())
    articles = kept.fetch(sorted(pmids | ({seed} if seed else set()), key=int), progress)
    articles |= kept.fetch(sorted(_notices(articles.values()) - articles.keys(), key=int), progress)
    return Collected(PastPubMed(articles, found, links), seed, tuple(_remarks(topic, seed, pmids, articles)))


def _matches(search: Search, last: date, kept: KeptAnswers) -> Found:
    """The matches of a search; what it finds without headings was found before it was indexed."""
    pmids = kept.search(until_day(search.query, last))
    plain = without_headings(search.query)
    if plain == search.query:
        return Found(pmids, pmids)
    return Found(pmids, kept.search(until_day(plain, last)) if plain else frozenset())


def _seed(topic: Topic, kept: KeptAnswers, progress: Progress) -> str:
    seed = topic.seed
    if seed is None or all(search.kind is SearchKind.QUERY for search in topic.searches):
        return ""
    if seed.pmid:
        return seed.pmid
    doi = normal_doi(seed.doi)
    listed = sorted(kept.search(f'"{doi}"[doi]'), key=int)[:20]
    # PubMed searches other fields when it does not know a phrase, so the records themselves are checked.
    carriers = [pmid for pmid, article in kept.fetch(listed, progress).items() if article.doi == doi]
    return carriers[0] if len(carriers) == 1 else ""


def _notices(articles: Iterable[Article]) -> set[str]:
    return {n.pmid for article in articles for n in article.notices if n.about_this and n.kind in _DATED and n.pmid}


def _remarks(topic: Topic, seed: str, pmids: Iterable[str], articles: dict[str, Article]) -> Iterable[str]:
    if seed not in articles and any(search.kind is not SearchKind.QUERY for search in topic.searches):
        yield "The seed has no record in PubMed, so that the searches by links to it were left out."
    if unread := sorted(set(pmids) - articles.keys(), key=int):
        yield f"PubMed listed {len(unread)} articles without giving their record: {', '.join(unread[:10])}."
    notices = ((a.pmid, n) for a in articles.values() for n in a.notices if n.about_this and n.kind in _DATED)
    if undated := sorted({pmid for pmid, notice in notices if not notice.pmid}, key=int):
        yield f"A notice without a PMID is shown from the first day on at: {', '.join(undated[:10])}."
