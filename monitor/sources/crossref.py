"""Crossref: retractions, concerns and corrections that publishers and Retraction Watch deposited with a DOI.

`updated-by` of a work names the notices about it, `update-to` of a notice the works that it is about; but publishers
also deposit these backwards. The retracted hydroxychloroquine study of the Lancet (10.1016/s0140-6736(20)31180-6) says
of four notices that it retracts them, and so the notice says that it was retracted by the study.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import islice
from typing import Any
from urllib.parse import quote

from msgspec import Struct, field

from monitor.errors import UpstreamError
from monitor.model import Nature, OutsideNotice, SourceName
from monitor.model.outside.notice import shown
from monitor.model.values.doi import normal_doi
from monitor.ports import NoticesFound
from monitor.sources.shapes import read, readable, several
from monitor.sources.transport.web import WebService

_LABEL = SourceName.CROSSREF.label
#: DOIs in one request: some 2,000 characters of address.
BATCH = 40
_FIELDS = "DOI,updated-by,update-to"
#: Types of updates that say something about the work, with `_` for `-`. A partial retraction is an erratum to NLM.
_NATURES = {
    "retraction": Nature.RETRACTION,
    "withdrawal": Nature.RETRACTION,
    "removal": Nature.RETRACTION,
    "expression_of_concern": Nature.CONCERN,
    "partial_retraction": Nature.CORRECTION,
    "correction": Nature.CORRECTION,
    "erratum": Nature.CORRECTION,
    "corrigendum": Nature.CORRECTION,
    "reinstatement": Nature.REINSTATEMENT,
}
_WATCH = "retraction-watch"
#: Who asserts an update, by Crossref's word for it.
_ASSERTED_BY = {_WATCH: SourceName.RETRACTION_WATCH.label, "publisher": "publisher"}

#: A list; where it has one element, some have been that element.
_Listed = list[Any] | dict[str, Any] | None


class _Update(Struct):
    doi: str = field(name="DOI", default="")
    source: str = ""
    type: str = ""
    label: str = ""
    updated: Any = None


class _Work(Struct):
    doi: str = field(name="DOI")
    updated_by: _Listed = field(name="updated-by", default=None)
    update_to: _Listed = field(name="update-to", default=None)


class _Works(Struct):
    total: int = field(name="total-results")
    items: list[_Work]


class _One(Struct):
    message: _Work


class _Several(Struct):
    message: _Works


class Crossref:
    """Asks Crossref for the updates of works, by DOI; see `ports.RetractionList`."""

    def __init__(self, service: WebService, contact: str = "") -> None:
        self._service, self._contact = service, contact
        self._select = _FIELDS

    def notices(self, dois: Mapping[str, str], _watermark: str) -> NoticesFound:
        """The notices about the articles that have a DOI of Crossref's."""
        pmids: defaultdict[str, list[str]] = defaultdict(list)
        for pmid, doi in dois.items():
            if wanted := normal_doi(doi):
                pmids[wanted].append(pmid)
        before = self._service.requests
        problems: list[str] = []
        said = {doi: notices_of(doi, work, problems) for doi, work in self._works(pmids)}
        if problems and not any(said.values()):
            raise UpstreamError(problems[0])
        unsure = {one.doi for doi, notices in said.items() for one in notices if _is_unsure(one, doi)}
        backwards = {doi for doi, work in self._works(unsure) if _is_retracted(work)}
        found: dict[str, tuple[OutsideNotice, ...]] = {}
        for doi, notices in said.items():
            if kept := tuple(one for one in notices if not (_is_unsure(one, doi) and one.doi in backwards)):
                found |= dict.fromkeys(pmids[doi], kept)
        unknown = len(pmids) - len(said)
        remarks = [f"{unknown:,} of {len(pmids):,} DOIs are not Crossref's."] * bool(unknown)
        remarks += [f"Updates that could not be read: {len(problems)}, the first because {p}" for p in problems[:1]]
        return NoticesFound(found, remark=" ".join(remarks), requests=self._service.requests - before)

    def _works(self, dois: Iterable[str]) -> Iterator[tuple[str, _Work]]:
        """Each work that Crossref knows, with its DOI. A comma would end a DOI in a filter: such are asked alone."""
        alone = [doi for doi in dois if "," in doi]
        rest = iter([doi for doi in dois if "," not in doi])
        while batch := list(islice(rest, BATCH)):
            yield from self._batch(batch)
        for doi in alone:
            response = self._service.get(f"works/{quote(doi, safe='')}", self._params())
            if response.status == 200:
                yield doi, read(_LABEL, self._service.parsed(response.body), _One).message
            elif response.status != 404:
                raise UpstreamError(f"Crossref refused the request ({response.status}).", retryable=False)

    def _batch(self, dois: Sequence[str]) -> Iterator[tuple[str, _Work]]:
        wanted = set(dois)
        found = read(_LABEL, self._list(dois), _Several).message
        if found.total > len(found.items):
            shown = f"{len(found.items)} of {found.total:,} works, where {len(dois)} were asked for."
            raise UpstreamError(f"Crossref sent {shown}")
        for item in found.items:
            if (doi := normal_doi(item.doi)) in wanted:
                wanted.remove(doi)
                yield doi, item

    def _list(self, dois: Sequence[str]) -> object:
        params = {"filter": ",".join(f"doi:{doi}" for doi in dois), "rows": len(dois), **self._params()}
        if self._select:
            response = self._service.get("works", {**params, "select": self._select})
            if response.status == 200:
                return self._service.parsed(response.body)
            if not (response.status == 400 and b"select" in response.body):
                raise UpstreamError(f"Crossref refused the request ({response.status}).", retryable=False)
            self._select = ""  # not every field can be selected: then whole works are sent
        return self._service.json("works", params)

    def _params(self) -> dict[str, str | int]:
        return {"mailto": self._contact} if self._contact else {}


def notices_of(doi: str, work: _Work, problems: list[str]) -> tuple[OutsideNotice, ...]:
    """The notices about the work with this DOI (in lower case).

    Why one of them cannot be read is added to `problems`; the others count all the same.

    The publisher and Retraction Watch often deposit one notice both, with different dates: all are kept, and that of
    Retraction Watch is shown. An update that only its publisher asserts does not count where the work itself says that
    it updates the other one: one of the two is deposited backwards, and their records do not tell which.
    """
    targets = {normal_doi(one.doi) for one in _each(work.update_to, problems)}
    merged: defaultdict[tuple[str, Nature], list[tuple[str, date | None]]] = defaultdict(list)
    for update in _typed(work.updated_by, problems):
        by, nature = normal_doi(update.doi), _nature(update)
        is_backwards = by in targets and by != doi and update.source != _WATCH
        if nature and not is_backwards:
            said = _ASSERTED_BY.get(update.source, update.source)
            merged[by, nature].append((said, _day(update.updated)))
    return tuple(_notice(by, nature, said) for (by, nature), said in sorted(merged.items()))


def _each(listed: _Listed, problems: list[str]) -> tuple[_Update, ...]:
    """The updates that can be read; why one cannot is added to `problems`."""
    found, unreadable = readable(_LABEL, several(listed), _Update)
    problems += unreadable
    return found


def _typed(listed: _Listed, problems: list[str]) -> list[_Update]:
    """Those of a type, which an update that says something about a work always has."""
    found = _each(listed, problems)
    problems += [
        f"{_LABEL} names an update of no type: {one.doi or 'without a DOI'}" for one in found if not _kind(one)
    ]
    return [one for one in found if _kind(one)]


def _notice(by: str, nature: Nature, said: Sequence[tuple[str, date | None]]) -> OutsideNotice:
    dates = tuple(sorted({(who, on) for who, on in said if on}, key=lambda one: (one[1], one[0])))
    watch = _ASSERTED_BY[_WATCH]
    asserted_by, on = shown(dates, watch)
    who = watch if any(name == watch for name, _ in said) else asserted_by or said[0][0]
    return OutsideNotice(SourceName.CROSSREF, f"{by} {nature}", nature, by, asserted_by=who, on=on, dates=dates)


def _is_unsure(notice: OutsideNotice, doi: str) -> bool:
    """May it be deposited backwards? Then the notice's own record says that *it* was retracted."""
    is_watched = notice.asserted_by == _ASSERTED_BY[_WATCH]
    return notice.nature is Nature.RETRACTION and not is_watched and notice.doi not in ("", doi)


def _is_retracted(work: _Work) -> bool:
    return any(_nature(one) is Nature.RETRACTION for one in _each(work.updated_by, []))


def _nature(update: _Update) -> Nature | None:
    return _NATURES.get("_".join(_kind(update).lower().replace("-", " ").replace("_", " ").split()))


def _kind(update: _Update) -> str:
    return update.type or update.label


def _day(updated: object) -> date | None:
    """The date of an update; None where its day or its month is missing, which nobody is to take for the first."""
    parts = updated.get("date-parts") if isinstance(updated, dict) else None
    numbers = parts[0] if isinstance(parts, list) and parts else []
    try:
        year, month, day = (int(str(number)) for number in numbers)
        return date(year, month, day)
    except (TypeError, ValueError):
        return None
