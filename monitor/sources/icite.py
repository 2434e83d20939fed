"""NIH iCite: the Open Citation Collection of NIH, which knows articles by PMID only.

The names of its fields depend on the year and on a parameter; both are read. A PMID that it does not know is missing
from the answer. A list may be null when it is empty, and is a text with blanks between in answers made from its CSV.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec import UNSET, Struct, UnsetType, field

from monitor.errors import UpstreamError
from monitor.model import CitedBy, CitingWork, Seed, SourceName
from monitor.model.values.pmid import normal_pmid
from monitor.sources.shapes import read, several, year_in
from monitor.sources.transport.web import WebService

_LABEL = SourceName.ICITE.label
_Pmids = list[object] | str | None


class _Record(Struct):
    """One article; the second name of a field is that of the answers with legacy=false."""

    citation_count: int | None = None
    cited_by: _Pmids | UnsetType = UNSET
    cited_by_clin: _Pmids = None
    citing_pmids: _Pmids | UnsetType = field(name="citedByPmids", default=UNSET)
    citing_clinical: _Pmids = field(name="citingClinicalPmids", default=None)
    years: list[dict[str, object]] | dict[str, object] | None = field(name="citedByPmidsByYear", default=None)


class _Answer(Struct):
    data: list[dict[str, object]] | dict[str, object]


class ICite:
    """Asks iCite who cites an article. Every method raises UpstreamError."""

    def __init__(self, web: WebService) -> None:
        self._web = web

    def citing(self, seed: Seed) -> CitedBy:
        """The PMIDs that cite the article with the seed's PMID; those of clinical articles are marked."""
        before = self._web.requests
        answer = read(_LABEL, self._web.json("pubs", {"pmids": seed.pmid}), _Answer)
        requests = self._web.requests - before
        ours = [one for one in several(answer.data) if normal_pmid(one.get("pmid")) == seed.pmid]
        if not ours:
            return CitedBy((), 0, is_known=False, requests=requests)
        record = read(_LABEL, ours[0], _Record)
        if record.cited_by is UNSET and record.citing_pmids is UNSET:
            raise UpstreamError(f"{_LABEL} answered without the list of those that cite PMID {seed.pmid}.")
        works = _works(record)
        count = len(works) if record.citation_count is None else record.citation_count
        if count and not works:
            raise UpstreamError(f"{_LABEL} counts {count:,} articles that cite PMID {seed.pmid} and lists none.")
        short = f"{_LABEL} counts {count:,} and lists {len(works):,}" if len(works) < count else ""
        return CitedBy(works, count, remark=short, requests=requests)

    def complete(self, works: Sequence[CitingWork]) -> tuple[CitingWork, ...]:
        """The works as they are: iCite lists nothing that has no PMID."""
        return tuple(works)


def _works(record: _Record) -> tuple[CitingWork, ...]:
    """Every PMID of the record's lists but nought; a clinical one, or one with a year, may be in no other list."""
    clinical = set(_pmids(record.cited_by_clin, record.citing_clinical))
    years = {normal_pmid(pmid): year_in(year) for pair in several(record.years) for pmid, year in pair.items()}
    pmids = dict.fromkeys([*_pmids(record.cited_by, record.citing_pmids), *years, *sorted(clinical)])
    return tuple(CitingWork(pmid, pmid, year=years.get(pmid), is_clinical=pmid in clinical) for pmid in pmids if pmid)


def _pmids(*lists: _Pmids | UnsetType) -> Iterator[str]:
    for listed in lists:
        if listed is not UNSET:
            yield from map(normal_pmid, listed.replace(",", " ").split() if isinstance(listed, str) else listed or ())
