"""Crossref: retractions, concerns and corrections that publishers and Retraction Watch deposited with a DOI.

`updated-by` of a work names the notices about it, `update-to` of a notice the works that it is about; but publishers
also deposit these backwards. The retracted hydroxychloroquine study of the Lancet (10.1016/s0140-6736(20)31180-6) says
of four notices that it retracts them, and so the notice says that it was retracted by the study.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import islice
from typing import TypeVar
from urllib.parse import quote

from monitor.errors import UpstreamError
from monitor.model import Nature, OutsideNotice, SourceName
from monitor.model.outside.notice import shown
from monitor.model.values.doi import normal_doi
from monitor.ports import NoticesFound
from monitor.sources.json_fields import Json
from monitor.sources.transport.web import WebService

T = TypeVar("T")
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

    def _works(self, dois: Iterable[str]) -> Iterator[tuple[str, Json]]:
        """Each work that Crossref knows, with its DOI. A comma would end a DOI in a filter: such are asked alone."""
        alone = [doi for doi in dois if "," in doi]
        rest = iter([doi for doi in dois if "," not in doi])
        while batch := list(islice(rest, BATCH)):
            yield from self._batch(batch)
        for doi in alone:
            response = self._service.get(f"works/{quote(doi, safe='')}", self._params())
            if response.status == 200:
                answer = Json.of(SourceName.CROSSREF, self._service.parsed(response.body))
                yield doi, answer.at("message")
            elif response.status != 404:
                raise UpstreamError(f"Crossref refused the request ({response.status}).", retryable=False)

    def _batch(self, dois: Sequence[str]) -> Iterator[tuple[str, Json]]:
        wanted = set(dois)
        message = self._list(dois).at("message")
        total, items = message.number("total-results"), message.items("items")
        if total > len(items):
            raise UpstreamError(f"Crossref sent {len(items)} of {total:,} works, where {len(dois)} were asked for.")
        for item in items:
            if (doi := normal_doi(item.text("DOI"))) in wanted:
                wanted.remove(doi)
                yield doi, item

    def _list(self, dois: Sequence[str]) -> Json:
        params = {"filter": ",".join(f"doi:{doi}" for doi in dois), "rows": len(dois), **self._params()}
        if self._select:
            response = self._service.get("works", {**params, "select": self._select})
            if response.status == 200:
                return Json.of(SourceName.CROSSREF, self._service.parsed(response.body))
            if not (response.status == 400 and b"select" in response.body):
                raise UpstreamError(f"Crossref refused the request ({response.status}).", retryable=False)
            self._select = ""  # not every field can be selected: then whole works are sent
        return Json.of(SourceName.CROSSREF, self._service.json("works", params))

    def _params(self) -> dict[str, str | int]:
        return {"mailto": self._contact} if self._contact else {}


def notices_of(doi: str, work: Json, problems: list[str]) -> tuple[OutsideNotice, ...]:
    """The notices about the work with this DOI (in lower case).

    Why one of them cannot be read is added to `problems`; the others count all the same. Raises UpstreamError for a
    work of another shape.

    The publisher and Retraction Watch often deposit one notice both, with different dates: all are kept, and that of
    Retraction Watch is shown. An update that only its publisher asserts does not count where the work itself says that
    it updates the other one: one of the two is deposited backwards, and their records do not tell which.
    """
    targets = set(_each(work, "update-to", _doi, problems))
    merged: defaultdict[tuple[str, Nature], list[tuple[str, date | None]]] = defaultdict(list)
    for by, source, nature, on in _each(work, "updated-by", _update, problems):
        is_backwards = by in targets and by != doi and source != _WATCH
        if nature and not is_backwards:
            merged[by, nature].append((_ASSERTED_BY.get(source, source), on))
    return tuple(_notice(by, nature, said) for (by, nature), said in sorted(merged.items()))


def _each(work: Json, path: str, read: Callable[[Json], T], problems: list[str]) -> Iterator[T]:
    """What `read` makes of each element of a list; why one cannot be read is added to `problems`."""
    for one in work.maybe_items(path):
        try:
            yield read(one)
        except UpstreamError as error:
            problems.append(str(error))


def _update(update: Json) -> tuple[str, str, Nature | None, date | None]:
    return _doi(update), update.maybe_text("source"), _nature(update), _day(update)


def _doi(update: Json) -> str:
    return normal_doi(update.maybe_text("DOI"))


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


def _is_retracted(work: Json) -> bool:
    return Nature.RETRACTION in _each(work, "updated-by", _nature, [])


def _nature(update: Json) -> Nature | None:
    named = update.maybe_text("type") or update.maybe_text("label") or update.text("type")
    return _NATURES.get("_".join(named.lower().replace("-", " ").replace("_", " ").split()))


def _day(update: Json) -> date | None:
    """The date of an update; None where its day or its month is missing, which nobody is to take for the first."""
    updated = update.maybe("updated")
    parts = updated.value.get("date-parts") if updated and isinstance(updated.value, dict) else None
    numbers = parts[0] if isinstance(parts, list) and parts else []
    try:
        year, month, day = (int(str(number)) for number in numbers)
        return date(year, month, day)
    except (TypeError, ValueError):
        return None
