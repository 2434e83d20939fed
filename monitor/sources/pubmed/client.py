"""PubMed through NCBI's E-utilities; Bio.Entrez builds the requests. See `monitor.ports.PubMed` for the promises."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from functools import partial
from typing import TypeVar

from monitor.errors import QueryError, UpstreamError
from monitor.model import FetchResult, FullText, FullTextResult, LinkResult, PubMedSettings, SearchResult
from monitor.ports import Progress, silent
from monitor.sources.pubmed import entrez, linkout, responses
from monitor.sources.pubmed import fetch as fetching
from monitor.sources.pubmed import search as searching
from monitor.sources.pubmed.http import Response
from monitor.sources.pubmed.rate_limit import Clock, Sleep
from monitor.sources.pubmed.records.article import clean_doi
from monitor.sources.pubmed.records.reader import Read
from monitor.sources.pubmed.responses import Listed
from monitor.sources.pubmed.retry import DEADLINE, Tally, Transport

T = TypeVar("T")

#: Ids in one ELink request, as NCBI's edirect does; the seeds of all topics fit into one.
LINK_BATCH = 100

#: PMIDs in the term of one ESearch.
UID_BATCH = 300


class Client:
    """Asks PubMed; safe to use from several threads, which then share one pace.

    `clock` and `sleep` count monotonic seconds, `jitter` gives numbers in [0, 1): tests and the
    replay bring their own. `patience` are the seconds for one exchange with all its
    tries. Every method raises UpstreamError, with the requests it cost.
    """

    def __init__(
        self,
        settings: PubMedSettings,
        *,
        clock: Clock = time.monotonic,
        sleep: Sleep = time.sleep,
        jitter: Callable[[], float] = random.random,
        patience: float = DEADLINE,
    ) -> None:
        self._settings = settings
        self._transport = Transport(settings, clock, sleep, jitter, patience)

    def close(self) -> None:
        """Close the connections that wait for the next request; it would open new ones."""
        self._transport.close()

    def search(self, query: str) -> SearchResult:
        """Every PMID that matches `query`: one request up to 9,999, by ranges of PMIDs beyond."""
        tally = Tally()
        try:
            return searching.search(query, lambda term: self._list(term, tally), tally)
        except UpstreamError as error:
            error.requests = tally.requests
            raise

    def modified_since(self, query: str, day: date) -> SearchResult:
        """Those matching `query` with a modification date from `day` on."""
        return self.search(f"({query}) AND {_modified(day)}")

    def modified_among(self, pmids: Sequence[str], day: date) -> SearchResult:
        """Those of `pmids` with a modification date from `day` on; asked in lists of 300."""
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
        """Who cites each of `pmids`, all seeds in one request."""
        return self._links(pmids, "pubmed_pubmed_citedin")

    def similar(self, pmids: Sequence[str]) -> LinkResult:
        """PubMed's similar articles of each of `pmids`, without itself."""
        return self._links(pmids, "pubmed_pubmed")

    def references(self, pmids: Sequence[str]) -> LinkResult:
        """What each of `pmids` cites, as far as PubMed knows."""
        return self._links(pmids, "pubmed_pubmed_refs")

    def full_texts(self, pmids: Sequence[str]) -> FullTextResult:
        """Where LinkOut's providers say the full text of each of `pmids` is, all in one request."""
        tally = Tally()
        links: dict[str, tuple[FullText, ...]] = {}
        for batch in _batches(pmids):
            links |= self._link(batch, tally, partial(linkout.full_texts, pmids=batch), cmd="llinks")
        return FullTextResult(links, tally.requests)

    def fetch(self, pmids: Sequence[str], progress: Progress = silent) -> FetchResult:
        """The records of `pmids` in that order; one bad record does not lose the others."""
        tally = Tally()

        def ask(ids: Sequence[str], read: Callable[[Response], Read], tries: Callable[[UpstreamError], int]) -> Read:
            request = entrez.build(self._settings, "efetch", id=list(ids), retmode="xml")
            return self._transport.ask(request, read, tally, tries)

        return fetching.fetch(pmids, ask, tally, progress)

    def resolve_doi(self, doi: str) -> str:
        """The PMID of the one record that carries `doi`; raises QueryError when there is none or more than one."""
        wanted = clean_doi(doi.strip())
        found = self.search(f'"{wanted}"[doi]')
        # PubMed can fall back to other fields when it does not know a phrase, so the records are looked at.
        fetched = self.fetch(sorted(found.pmids, key=int)[:20]) if found.pmids else FetchResult(())
        requests = found.requests + fetched.requests
        carriers = [article.pmid for article in fetched.articles if article.doi == wanted]
        if fetched.missing or fetched.unreadable:
            raise UpstreamError(f"PubMed did not show every record found for the DOI {wanted}.", requests=requests)
        if not carriers:
            raise QueryError(
                f"PubMed has no record with the DOI {wanted}. Check it, or give the PMID.", requests=requests
            )
        if len(carriers) > 1:
            listed = ", ".join(carriers)
            raise QueryError(f"PubMed has {len(carriers)} records with the DOI {wanted}: {listed}.", requests=requests)
        return carriers[0]

    def _list(self, term: str, tally: Tally) -> Listed:
        request = entrez.build(self._settings, "esearch", term=term, retmax=searching.WALL, retmode="xml")
        return self._transport.ask(request, lambda response: searching.checked(responses.listed(response)), tally)

    def _links(self, pmids: Sequence[str], name: str) -> LinkResult:
        tally = Tally()
        links: dict[str, tuple[str, ...]] = {}
        for batch in _batches(pmids):
            links |= self._link(batch, tally, partial(responses.linked, pmids=batch, link_name=name), linkname=name)
        in_order = {pmid: tuple(each for each in targets if each != pmid) for pmid, targets in links.items()}
        return LinkResult(in_order, name, tally.requests)

    def _link(self, pmids: tuple[str, ...], tally: Tally, read: Callable[[Response], T], **asked: str) -> T:
        request = entrez.build(self._settings, "elink", dbfrom="pubmed", id=list(pmids), retmode="xml", **asked)
        return self._transport.ask(request, read, tally)


def _batches(pmids: Sequence[str]) -> Iterator[tuple[str, ...]]:
    wanted = list(dict.fromkeys(pmids))
    for at in range(0, len(wanted), LINK_BATCH):
        yield tuple(wanted[at : at + LINK_BATCH])


def _modified(day: date) -> str:
    """The term for a modification date from `day` on; in the term, because only there every date field is accepted."""
    return f'("{day:%Y/%m/%d}"[mdat] : "3000"[mdat])'
