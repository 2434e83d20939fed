"""The full set of PMIDs of a query, checked against PubMed's own count, also beyond the wall of 9,999."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from monitor.errors import UpstreamError
from monitor.model import SearchResult
from monitor.sources.pubmed.responses import Listed
from monitor.sources.pubmed.retry import Tally

#: ESearch lists no more PMIDs than this for one query; the documented 10,000 is refused.
WALL = 9_999

#: Above any PMID there is. A wide range is cheap: a half that holds all or nothing spares the question for the other.
HIGHEST = 2**31 - 1

#: Asks ESearch for a term and gives back an answer whose ids fit its Count, or a Count beyond the wall.
Ask = Callable[[str], Listed]


def search(query: str, ask: Ask, tally: Tally) -> SearchResult:
    """Every PMID that matches; raises UpstreamError when the parts do not add up to the whole."""
    whole = ask(query)
    pmids = set(whole.pmids)
    if whole.count > WALL:
        pmids = _Parts(query, ask).of(1, HIGHEST, whole.count)
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
    """The parts must add up to the whole, as counted before or, when records came meanwhile, after."""
    if listed != counted and listed != (again := ask(query).count):
        raise UpstreamError(f"PubMed counts {again} articles but its parts hold {listed}; the answer is not believed.")


@dataclass(frozen=True, slots=True)
class _Parts:
    """Halves ranges of PMIDs until each fits below the wall, as NCBI's own edirect does."""

    query: str
    ask: Ask

    def of(self, low: int, high: int, count: int) -> set[str]:
        """The `count` PMIDs from `low` to `high`, which are too many for one answer."""
        if low >= high:
            raise UpstreamError(f"PubMed counts {count} articles with the PMID {low}; the answer is not believed.")
        middle = (low + high) // 2
        left = self._part(low, middle)
        if left.count == 0:
            return self.of(middle + 1, high, count)
        if left.count == count:
            return self._all(left, low, middle)
        right = self._part(middle + 1, high)
        return self._all(left, low, middle) | self._all(right, middle + 1, high)

    def _part(self, low: int, high: int) -> Listed:
        return self.ask(f"({self.query}) AND {low}:{high}[UID]")

    def _all(self, part: Listed, low: int, high: int) -> set[str]:
        return set(part.pmids) if part.count <= WALL else self.of(low, high, part.count)


def checked(response: Listed) -> Listed:
    """`response`, when its ids are as many as it counts, each once; raises UpstreamError otherwise."""
    expected = min(response.count, WALL)
    if len(response.pmids) != expected or len(set(response.pmids)) != expected:
        raise UpstreamError(
            f"PubMed counts {response.count} articles but lists {len(set(response.pmids))}; the answer is not believed."
        )
    return response
