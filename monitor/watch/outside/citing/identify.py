"""Which works that a citation index lists are articles of PubMed, by PubMed's own records.

A PMID that an index names may be a neighbour's, so it counts only when PubMed's record does not carry another DOI.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from monitor import store
from monitor.model import Article, CitingWork, FetchResult
from monitor.ports import Literature
from monitor.store import Database

#: DOIs in one search, and records that it may bring: PubMed reads a DOI that it does not know as words.
_BATCH, _MOST = 40, 200


@dataclass(frozen=True, slots=True)
class Identified:
    """The PMIDs of works that are in PubMed, and PubMed's records of them as far as they can be read."""

    pmids: Mapping[CitingWork, str]
    articles: Mapping[str, Article]
    requests: int


def identify(works: Collection[CitingWork], dois: Sequence[str], literature: Literature, db: Database) -> Identified:
    """The articles that these works are; PubMed is searched for `dois`, and asked for every PMID that is not held.

    Raises UpstreamError when PubMed fails.
    """
    claimed = {work.pmid for work in works if work.pmid}
    with db.read() as tx:
        by_doi = store.articles.by_dois(tx, {doi for work in works for doi in work.dois})
        held = store.articles.known(tx, claimed | {pmid for pmids in by_doi.values() for pmid in pmids})
    found, requests = _listed([doi for doi in dois if doi not in by_doi], literature)
    wanted = sorted((found | claimed) - held.keys(), key=int)
    fetched = literature.fetch(wanted) if wanted else FetchResult(())
    articles: dict[str, Article] = held | {one.pmid: one for one in fetched.articles}
    with_doi = _by_doi(articles.values())
    unread = {pmid for pmid, _ in fetched.unreadable}
    pmids = {work: pmid for work in works if (pmid := _pmid_of(work, articles, with_doi, unread))}
    return Identified(pmids, articles, requests + fetched.requests)


def _listed(dois: Sequence[str], literature: Literature) -> tuple[set[str], int]:
    """The PMIDs that PubMed finds for any of these DOIs, others perhaps among them, and the number of requests."""
    found: set[str] = set()
    requests = 0
    usable = [doi for doi in dois if '"' not in doi]
    for at in range(0, len(usable), _BATCH):
        answer = literature.search(" OR ".join(f'"{doi}"[doi]' for doi in usable[at : at + _BATCH]))
        found |= set(sorted(answer.pmids, key=int)[-_MOST:])
        requests += answer.requests
    return found, requests


def _by_doi(articles: Iterable[Article]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for one in sorted(articles, key=lambda article: int(article.pmid)):
        if one.doi:
            found.setdefault(one.doi.lower(), []).append(one.pmid)
    return found


def _pmid_of(
    work: CitingWork, articles: Mapping[str, Article], with_doi: Mapping[str, list[str]], unread: Collection[str]
) -> str:
    """The PMID of the record with a DOI of the work, else the one that the index names; "" for neither."""
    pmids = [pmid for doi in work.dois for pmid in with_doi.get(doi, ())]
    if pmids:
        return work.pmid if work.pmid in pmids else pmids[0]
    article = articles.get(work.pmid)
    if article is None:
        return work.pmid if work.pmid in unread else ""
    return "" if work.dois and article.doi else work.pmid
