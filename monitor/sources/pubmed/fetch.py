"""EFetch by lists of ids: batches that shrink round a bad record until it is alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from monitor.errors import UpstreamError
from monitor.model import Article, FetchResult
from monitor.ports import Progress
from monitor.sources.pubmed import responses
from monitor.sources.pubmed.http import Response, Unreachable
from monitor.sources.pubmed.records.reader import Read
from monitor.sources.pubmed.responses import TooMuch
from monitor.sources.pubmed.retry import Tally, full

#: Ids per request; from 200 on NCBI wants a POST, which Bio.Entrez then makes of it.
BATCH = 200

#: So many records in a row that fail even alone are no bad records: PubMed is down.
ENOUGH = 3

#: Sends the ids and reads the answer: (ids, reader, how many tries a failure is worth) -> Read.
Ask = Callable[[Sequence[str], Callable[[Response], Read], Callable[[UpstreamError], int]], Read]


def _is_of_the_batch(error: UpstreamError) -> bool:
    """True for a failure that the size of the batch, or one record in it, can explain."""
    return isinstance(error, TooMuch) or (isinstance(error, Unreachable) and error.is_cut)


def _few(error: UpstreamError) -> int:
    """A batch that fails as such is tried twice: halves of it may pass."""
    return 2 if _is_of_the_batch(error) else full(error)


@dataclass(slots=True)
class _Basket:
    """What has been collected so far, by PMID."""

    articles: dict[str, Article] = field(default_factory=dict)
    unreadable: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    failed_in_row: int = 0

    def put(self, read: Read, asked: Sequence[str]) -> None:
        """Keep what was asked for, the newest version of each; note what was not."""
        if read.articles:
            self.failed_in_row = 0
        wanted = set(asked)
        for article in read.articles:
            held = self.articles.get(article.pmid)
            if article.pmid not in wanted:
                self.notes.append(f"PMID {article.pmid} came without being asked for")
            elif held is None or article.version >= held.version:
                self.articles[article.pmid] = article
        for error in read.unreadable:
            pmid = error.pmid or (asked[0] if len(asked) == 1 else "")
            if pmid in wanted:
                self.unreadable[pmid] = str(error)


def fetch(pmids: Sequence[str], ask: Ask, tally: Tally, progress: Progress) -> FetchResult:
    """The records of `pmids`. What was asked for and did not come is asked for once more before it counts as missing.

    Raises UpstreamError when PubMed is down rather than a record bad.
    """
    wanted = list(dict.fromkeys(pmids))
    basket = _Basket()
    for start in range(0, len(wanted), BATCH):
        _collect(wanted[start : start + BATCH], ask, basket)
        progress(min(start + BATCH, len(wanted)), len(wanted), "records fetched")
    absent = [pmid for pmid in wanted if pmid not in basket.articles and pmid not in basket.unreadable]
    for start in range(0, len(absent), BATCH):
        _collect(absent[start : start + BATCH], ask, basket)
    missing = frozenset(wanted) - basket.articles.keys() - basket.unreadable.keys()
    return FetchResult(
        articles=tuple([basket.articles[pmid] for pmid in wanted if pmid in basket.articles]),
        missing=missing,
        unreadable=tuple([(pmid, why) for pmid, why in basket.unreadable.items() if pmid not in basket.articles]),
        requests=tally.requests,
        notes=tuple(basket.notes),
    )


def _collect(ids: Sequence[str], ask: Ask, basket: _Basket) -> None:
    """Ask for `ids`; on a failure that size or one record can explain, for each half."""
    if len(ids) == 1:
        _collect_one(ids, ask, basket)
        return
    try:
        basket.put(ask(ids, responses.fetched, _few), ids)
    except UpstreamError as error:
        if not _is_of_the_batch(error):
            raise
        middle = len(ids) // 2
        _collect(ids[:middle], ask, basket)
        _collect(ids[middle:], ask, basket)


def _collect_one(ids: Sequence[str], ask: Ask, basket: _Basket) -> None:
    """Ask for one record until it comes whole; if it never does, keep what can be mended or say what is wrong."""
    try:
        basket.put(ask(ids, responses.fetched, full), ids)
        return
    except UpstreamError as error:
        if not _is_of_the_batch(error):
            raise
        failure = error
    basket.failed_in_row += 1
    if basket.failed_in_row >= ENOUGH:
        raise failure
    try:
        basket.put(ask(ids, responses.salvaged, _few), ids)
    except TooMuch:
        basket.unreadable[ids[0]] = str(failure)
