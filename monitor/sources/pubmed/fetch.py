"""EFetch by lists of ids: a batch that fails is halved until the unreadable record is alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from monitor.errors import UpstreamError
from monitor.model import Article, FetchResult
from monitor.ports import Progress
from monitor.sources.pubmed import responses
from monitor.sources.pubmed.http import Response, Unreachable
from monitor.sources.pubmed.records.reader import ReadResult
from monitor.sources.pubmed.responses import BatchFailed
from monitor.sources.pubmed.retry import Tally, all_tries

#: Ids per request; from 200 on NCBI asks for POST (NBK25499), which Bio.Entrez uses.
BATCH_SIZE = 200

#: When this many records in a row fail alone, PubMed is down rather than the records unreadable; more where the
#: answers at least have the records that were asked for.
MAX_FAILURES_IN_ROW = 3
MAX_MALFORMED_IN_ROW = 10

#: Sends an EFetch request and reads the response: (ids, reader, number of tries for a failure) -> ReadResult.
Ask = Callable[[Sequence[str], Callable[[Response], ReadResult], Callable[[UpstreamError], int]], ReadResult]


def _may_pass_in_halves(error: UpstreamError) -> bool:
    """True for a failure that the size of the batch or a single record can cause."""
    return isinstance(error, BatchFailed) or (isinstance(error, Unreachable) and error.is_cut)


def _batch_tries(error: UpstreamError) -> int:
    """The number of tries: two for a failure that halving may avoid."""
    return 2 if _may_pass_in_halves(error) else all_tries(error)


@dataclass(slots=True)
class _Collected:
    """The records received so far, by PMID."""

    articles: dict[str, Article] = field(default_factory=dict)
    unreadable: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    failed_in_row: int = 0
    malformed_in_row: int = 0

    def has(self, pmid: str) -> bool:
        """Was the record received, even if it is unreadable?"""
        return pmid in self.articles or pmid in self.unreadable

    def put(self, read: ReadResult, requested: Sequence[str]) -> None:
        """Store the requested records, the newest version of each; note the others."""
        if read.articles:
            self.failed_in_row = self.malformed_in_row = 0
        wanted = set(requested)
        for article in read.articles:
            known = self.articles.get(article.pmid)
            if article.pmid not in wanted:
                self.notes.append(f"PMID {article.pmid} was returned without being requested")
            elif known is None or article.version >= known.version:
                self.articles[article.pmid] = article
        for error in read.unreadable:
            pmid = error.pmid or (requested[0] if len(requested) == 1 else "")
            if pmid in wanted:
                self.unreadable[pmid] = str(error)


def fetch(pmids: Sequence[str], ask: Ask, tally: Tally, progress: Progress) -> FetchResult:
    """The records of `pmids`; a record that is not returned is requested once more before it counts as missing.

    Raises UpstreamError when PubMed is down.
    """
    wanted = list(dict.fromkeys(pmids))
    collected = _Collected()
    for start in range(0, len(wanted), BATCH_SIZE):
        _fetch_batch(wanted[start : start + BATCH_SIZE], ask, collected)
        progress(min(start + BATCH_SIZE, len(wanted)), len(wanted), "records fetched")
    not_returned = [pmid for pmid in wanted if pmid not in collected.articles and pmid not in collected.unreadable]
    for start in range(0, len(not_returned), BATCH_SIZE):
        _fetch_batch(not_returned[start : start + BATCH_SIZE], ask, collected)
    missing = frozenset(wanted) - collected.articles.keys() - collected.unreadable.keys()
    return FetchResult(
        articles=tuple([collected.articles[pmid] for pmid in wanted if pmid in collected.articles]),
        missing=missing,
        unreadable=tuple([(pmid, why) for pmid, why in collected.unreadable.items() if pmid not in collected.articles]),
        requests=tally.requests,
        notes=tuple(collected.notes),
    )


def _fetch_batch(ids: Sequence[str], ask: Ask, collected: _Collected) -> None:
    """Fetch `ids`; after a failure that halving may avoid, fetch each half."""
    if len(ids) == 1:
        _fetch_one(ids, ask, collected)
        return
    try:
        collected.put(ask(ids, responses.read_records, _batch_tries), ids)
    except UpstreamError as error:
        if not _may_pass_in_halves(error):
            raise
        middle = len(ids) // 2
        _fetch_batch(ids[:middle], ask, collected)
        _fetch_batch(ids[middle:], ask, collected)


def _fetch_one(ids: Sequence[str], ask: Ask, collected: _Collected) -> None:
    """Fetch one record; if it is never well-formed, store the repaired record or why it is unreadable."""
    try:
        collected.put(ask(ids, responses.read_records, all_tries), ids)
        return
    except UpstreamError as error:
        if not _may_pass_in_halves(error):
            raise
        failure = error
    try:
        collected.put(ask(ids, responses.read_salvageable, _batch_tries), ids)
    except BatchFailed as error:
        failure = error
    if collected.has(ids[0]):
        collected.failed_in_row = 0
        collected.malformed_in_row += ids[0] in collected.unreadable
    else:
        collected.failed_in_row += 1
        collected.unreadable[ids[0]] = str(failure)
    if collected.failed_in_row >= MAX_FAILURES_IN_ROW or collected.malformed_in_row >= MAX_MALFORMED_IN_ROW:
        raise failure
