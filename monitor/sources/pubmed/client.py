"""PubMed through NCBI's E-utilities; Bio.Entrez builds the requests. See `Literature`, `CitationIndex` and
`RelatedArticles` in `monitor.ports` for the promises.

What reads the answers is imported where it is asked for: 4 MB of lxml and of ours until the first answer.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from monitor.errors import QueryError, UpstreamError
from monitor.model import FetchResult, FullText, FullTextResult, LinkResult, PubMedSettings, SearchResult
from monitor.model.values.doi import normal_doi
from monitor.ports import Progress, Turns, silent
from monitor.sources.pubmed import entrez
from monitor.sources.pubmed.http import Response
from monitor.sources.pubmed.rate_limit import Clock, Sleep
from monitor.sources.pubmed.retry import DEADLINE, Tally, Transport

if TYPE_CHECKING:
    from monitor.sources.pubmed.records.reader import ReadResult
    from monitor.sources.pubmed.responses import SearchPage

T = TypeVar("T")

#: Ids in one ELink request, as in NCBI's EDirect.
LINK_BATCH = 100

#: PMIDs in the term of one ESearch request.
UID_BATCH = 300


class Client:
    """Sends requests to PubMed; thread-safe, all threads share one rate limit, that of `turns` if they are given.

    `clock` and `sleep` are in monotonic seconds, `jitter` returns numbers in [0, 1); tests and the replay pass
    their own. `patience` is the time in seconds for one request with all its retries. Every method raises
    UpstreamError, with the number of requests sent.
    """

    def __init__(
        self,
        settings: PubMedSettings,
        *,
        clock: Clock = time.monotonic,
        sleep: Sleep = time.sleep,
        jitter: Callable[[], float] = random.random,
        patience: float = DEADLINE,
        turns: Turns | None = None,
    ) -> None:
        self._settings = settings
        self._transport = Transport(settings, clock, sleep, jitter, patience, turns)

    def close(self) -> None:
        """Close the connections that wait for the next request; it would open new ones."""
        self._transport.close()

    def search(self, query: str) -> SearchResult:
        """Every PMID that matches `query`: one request up to 9,999 results, beyond that by ranges of PMIDs."""
        from monitor.sources.pubmed import search

        tally = Tally()
        try:
            return search.search(query, lambda term: self._list(term, tally), tally)
        except UpstreamError as error:
            error.requests = tally.requests
            raise

    def count(self, query: str) -> int:
        """How many articles match `query`, in one request whatever the number (ESearch with rettype=count)."""
        from monitor.sources.pubmed import responses

        request = entrez.build(self._settings, "esearch", term=query, rettype="count", retmode="xml")
        return self._transport.ask(request, responses.read_count, Tally())

    def modified_since(self, query: str, day: date) -> SearchResult:
        """The PMIDs that match `query` and have a modification date (mdat) from `day` on."""
        return self.search(f"({query}) AND {_modified(day)}")

    def modified_among(self, pmids: Sequence[str], day: date) -> SearchResult:
        """Those of `pmids` that have a modification date (mdat) from `day` on; UID_BATCH PMIDs per request."""
        wanted = list(dict.fromkeys(pmids))
        parts = [
            self.search(f"({' OR '.join(f'{pmid}[UID]' for pmid in wanted[at : at + UID_BATCH])}) AND {_modified(day)}")
            for at in range(0, len(wanted), UID_BATCH)
        ]
        found = frozenset[str]().union(*(part.pmids for part in parts)) & frozenset(wanted)
        return SearchResult(
            pmids=found,
            count=len(found),
            query_sent=f"{len(wanted)} PMIDs AND {_modified(day)}",
            translation=parts[0].translation if parts else "",
            requests=sum(part.requests for part in parts),
        )

    def citing(self, pmids: Sequence[str]) -> LinkResult:
        """The articles that cite each of `pmids`, LINK_BATCH of them per request; one may be refused alone."""
        return self._links(pmids, "pubmed_pubmed_citedin")

    def similar(self, pmids: Sequence[str]) -> LinkResult:
        """PubMed's similar articles of each of `pmids`, without itself."""
        return _unless_refused(self._links(pmids, "pubmed_pubmed"))

    def references(self, pmids: Sequence[str]) -> LinkResult:
        """The articles that each of `pmids` cites, as far as PubMed knows them."""
        return _unless_refused(self._links(pmids, "pubmed_pubmed_refs"))

    def full_texts(self, pmids: Sequence[str]) -> FullTextResult:
        """The full texts of each of `pmids` that LinkOut lists, LINK_BATCH articles per request."""
        from monitor.sources.pubmed import linkout

        tally = Tally()
        links: dict[str, tuple[FullText, ...]] = {}
        for batch in _batches(pmids):
            links |= self._link(batch, tally, partial(linkout.full_texts, pmids=batch), cmd="llinks")
        return FullTextResult(links, tally.requests)

    def fetch(self, pmids: Sequence[str], progress: Progress = silent) -> FetchResult:
        """The records of `pmids` in their order; an unreadable record does not affect the others."""
        from monitor.sources.pubmed import fetch

        tally = Tally()

        def send(
            ids: Sequence[str], read: Callable[[Response], ReadResult], tries: Callable[[UpstreamError], int]
        ) -> ReadResult:
            request = entrez.build(self._settings, "efetch", id=list(ids), retmode="xml")
            return self._transport.ask(request, read, tally, tries)

        return fetch.fetch(pmids, send, tally, progress)

    def resolve_doi(self, doi: str) -> str:
        """The PMID of the only record with `doi`; raises QueryError when there is none or more than one."""
        wanted = normal_doi(doi) or doi.strip()
        found = self.search(f'"{wanted}"[doi]')
        # PubMed searches other fields when it does not know a phrase, so the records themselves are checked.
        fetched = self.fetch(sorted(found.pmids, key=int)[:20]) if found.pmids else FetchResult(())
        requests = found.requests + fetched.requests
        carriers = [article.pmid for article in fetched.articles if article.doi == wanted]
        if fetched.missing or fetched.unreadable:
            raise UpstreamError(f"PubMed did not return every record found for the DOI {wanted}.", requests=requests)
        if not carriers:
            raise QueryError(
                f"PubMed has no record with the DOI {wanted}. Check it, or give the PMID.", requests=requests
            )
        if len(carriers) > 1:
            listed = ", ".join(carriers)
            raise QueryError(f"PubMed has {len(carriers)} records with the DOI {wanted}: {listed}.", requests=requests)
        return carriers[0]

    def _list(self, term: str, tally: Tally) -> SearchPage:
        from monitor.sources.pubmed import responses, search

        request = entrez.build(self._settings, "esearch", term=term, retmax=search.MAX_LISTED, retmode="xml")
        return self._transport.ask(request, lambda response: search.check_count(responses.read_search(response)), tally)

    def _links(self, pmids: Sequence[str], name: str) -> LinkResult:
        from monitor.sources.pubmed import responses

        tally = Tally()
        links: dict[str, tuple[str, ...] | str] = {}
        for batch in _batches(pmids):
            links |= self._link(batch, tally, partial(responses.read_links, pmids=batch, link_name=name), linkname=name)
        refused = {pmid: reason for pmid, reason in links.items() if isinstance(reason, str)}
        in_order = {
            pmid: tuple(each for each in targets if each != pmid)
            for pmid, targets in links.items()
            if not isinstance(targets, str)
        }
        return LinkResult(in_order, name, tally.requests, refused)

    def _link(self, pmids: tuple[str, ...], tally: Tally, read: Callable[[Response], T], **params: str) -> T:
        request = entrez.build(self._settings, "elink", dbfrom="pubmed", id=list(pmids), retmode="xml", **params)
        return self._transport.ask(request, read, tally)


def _unless_refused(found: LinkResult) -> LinkResult:
    """`found`; raises UpstreamError when the links of any article are refused."""
    if found.refused:
        raise UpstreamError(next(iter(found.refused.values())), requests=found.requests)
    return found


def _batches(pmids: Sequence[str]) -> Iterator[tuple[str, ...]]:
    wanted = list(dict.fromkeys(pmids))
    for at in range(0, len(wanted), LINK_BATCH):
        yield tuple(wanted[at : at + LINK_BATCH])


def _modified(day: date) -> str:
    """The search term for a modification date from `day` on; ESearch's `datetype` does not accept every date field."""
    return f'("{day:%Y/%m/%d}"[mdat] : "3000"[mdat])'
