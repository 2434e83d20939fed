"""All PMIDs that match a query, checked against PubMed's count, also beyond ESearch's limit of 9,999."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from monitor.errors import UpstreamError
from monitor.model import SearchResult
from monitor.sources.pubmed.responses import SearchPage
from monitor.sources.pubmed.retry import Tally

#: PMIDs that ESearch lists for one query at most; the documented 10,000 (NBK25499) is refused.
MAX_LISTED = 9_999

#: Above any PMID. A wide range costs little: when one half has all results or none, the other is not searched.
MAX_PMID = 2**31 - 1

#: Searches for a term; the response lists as many PMIDs as it counts, or MAX_LISTED of a larger count.
Ask = Callable[[str], SearchPage]


def search(query: str, ask: Ask, tally: Tally) -> SearchResult:
    """Every PMID that matches; raises UpstreamError when the ranges do not add up to the total count."""
    whole = ask(query)
    pmids = set(whole.pmids)
    if whole.count > MAX_LISTED:
        pmids = _RangeSplitter(query, ask).split(1, MAX_PMID, whole.count)
        _reconcile(query, ask, len(pmids), whole.count)
    return SearchResult(
        pmids=frozenset(pmids),
        count=len(pmids),
        query_sent=query,
        translation=whole.translation,
        warnings=whole.warnings,
        requests=tally.requests,
    )


def _reconcile(query: str, ask: Ask, listed: int, counted: int) -> None:
    """Raise unless the ranges add up to the total, as counted before or, if records were added meanwhile, now."""
    if listed != counted and listed != (again := ask(query).count):
        raise UpstreamError(f"PubMed counts {again} articles but its ranges list {listed}; the response is rejected.")


@dataclass(frozen=True, slots=True)
class _RangeSplitter:
    """Halves ranges of PMIDs until each has at most MAX_LISTED results, as NCBI's EDirect does."""

    query: str
    ask: Ask

    def split(self, low: int, high: int, count: int) -> set[str]:
        """The `count` PMIDs from `low` to `high`, too many for one response."""
        if low >= high:
            raise UpstreamError(f"PubMed counts {count} articles with the PMID {low}; the response is rejected.")
        middle = (low + high) // 2
        left = self._search_range(low, middle)
        if left.count == 0:
            return self.split(middle + 1, high, count)
        if left.count == count:
            return self._pmids_of(left, low, middle)
        right = self._search_range(middle + 1, high)
        return self._pmids_of(left, low, middle) | self._pmids_of(right, middle + 1, high)

    def _search_range(self, low: int, high: int) -> SearchPage:
        return self.ask(f"({self.query}) AND {low}:{high}[UID]")

    def _pmids_of(self, part: SearchPage, low: int, high: int) -> set[str]:
        return set(part.pmids) if part.count <= MAX_LISTED else self.split(low, high, part.count)


def check_count(response: SearchPage) -> SearchPage:
    """`response` if it lists as many different PMIDs as it counts; raises UpstreamError otherwise."""
    expected = min(response.count, MAX_LISTED)
    if len(response.pmids) != expected or len(set(response.pmids)) != expected:
        raise UpstreamError(
            f"PubMed counts {response.count} articles but lists {len(set(response.pmids))}; the response is rejected."
        )
    return response
