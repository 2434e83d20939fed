"""Europe PMC's REST service: searches, and who cites an article.

Its answers are read by rules of their own: bad input is answered with status 200, nothing is the number 0 beside an
empty list and an echo of the question, and a list may hold fewer records than its count promises.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Generic, TypeVar
from urllib.parse import quote, unquote

from msgspec import Struct

from monitor.errors import UpstreamError
from monitor.model import CitedBy, CitingWork, Seed, SourceName
from monitor.model.values.clean_text import one_line
from monitor.model.values.doi import normal_doi
from monitor.model.values.pmid import normal_pmid
from monitor.sources.shapes import compare_with_count, plain, read, readable, several, words_of, year_in
from monitor.sources.transport.web import WebService

R = TypeVar("R", bound=Struct)

#: Records on one page, the most that Europe PMC gives.
PAGE = 1_000

#: A search that finds more is refused: what is asked for here is about one question, or about one article.
MOST = 20_000

#: Identifiers in one search for records by identifier; a longer query is refused.
_BATCH = 40
_LABEL = SourceName.EUROPE_PMC.label


@dataclass(frozen=True, slots=True)
class Found(Generic[R]):
    """The complete answer to a search: its records, and how many Europe PMC says there are.

    `remark` is what the operator should know: records that could not be read, or fewer listed than counted.
    """

    records: tuple[R, ...]
    count: int
    remark: str = ""


class _Echo(Struct, rename="camel", frozen=True):
    query_string: str = ""
    id: str | int = ""


class _Results(Struct):
    result: list[dict[str, object]] | dict[str, object]


class _SearchPage(Struct, rename="camel"):
    hit_count: int
    result_list: _Results
    request: _Echo = _Echo()
    next_cursor_mark: str | None = None


class _Citations(Struct):
    citation: list[dict[str, object]] | dict[str, object] | None = None


class _CitationsPage(Struct, rename="camel"):
    hit_count: int
    request: _Echo = _Echo()
    citation_list: _Citations | None = None


class _Citation(Struct, rename="camel"):
    """A work in the list of those that cite; it has no DOI and no date."""

    id: str | int
    source: str
    title: str | None = None
    author_string: str | None = None
    pub_year: int | str | None = None
    citation_type: str | None = None


class _Named(Struct):
    """A record by which an identifier of Europe PMC is turned into those of others."""

    id: str | int
    source: str
    pmid: str | int | None = None
    doi: str | None = None


class EuropePmc:
    """Asks Europe PMC; `contact` is the address that it wants to know. Every method raises UpstreamError."""

    def __init__(self, web: WebService, contact: str = "") -> None:
        self._web = web
        self._who = {"email": contact} if contact else {}

    def search(self, query: str, shape: type[R], *, detail: str = "core") -> Found[R]:
        """Every record that matches `query`, each as a `shape`; `detail` is Europe PMC's resultType.

        A record that has not this shape is left out and told in the remark.
        """
        params = {"query": query, "resultType": detail, "format": "json", "pageSize": str(PAGE), **self._who}
        raw: dict[tuple[str, str], dict[str, object]] = {}
        first, cursor = None, "*"
        while True:
            page = _search_page(self._web.json("search", {**params, "cursorMark": cursor}), query)
            first = first or page
            _refuse_too_many(first.hit_count)
            before = len(raw)
            raw |= _by_name(several(page.result_list.result))
            # The end is no further cursor, or the same again; a page without anything new is one too.
            if page.next_cursor_mark in (None, "", cursor) or len(raw) == before:
                return _found(list(raw.values()), first.hit_count, shape)
            cursor = page.next_cursor_mark

    def citing(self, seed: Seed) -> CitedBy:
        """Who cites the article with the seed's PMID, in PubMed or not; those outside come without a DOI."""
        before = self._web.requests
        found = self._citations(seed.pmid)
        works = tuple(_work(one) for one in found.records)
        is_known = bool(works) or self._knows(seed.pmid)
        return CitedBy(works, found.count, is_known, found.remark, self._web.requests - before)

    def _citations(self, pmid: str) -> Found[_Citation]:
        path = f"MED/{quote(pmid, safe='')}/citations"
        raw: dict[tuple[str, str], dict[str, object]] = {}
        first, number = None, 1
        while True:
            answer = self._web.json(path, {"page": number, "pageSize": PAGE, "format": "json", **self._who})
            page = _citations_page(answer, pmid)
            first, before = first or page, len(raw)
            _refuse_too_many(first.hit_count)
            raw |= _by_name(several(page.citation_list.citation)) if page.citation_list else {}
            if len(raw) >= first.hit_count or len(raw) == before:
                return _found(list(raw.values()), first.hit_count, _Citation)
            number += 1

    def _knows(self, pmid: str) -> bool:
        return bool(self.search(f"EXT_ID:{pmid} AND SRC:MED", _Named, detail="lite").records)

    def complete(self, works: Sequence[CitingWork]) -> tuple[CitingWork, ...]:
        """The same works with their PMIDs and DOIs, as far as their records are found."""
        records: dict[str, _Named] = {}
        for at in range(0, len(works), _BATCH):
            pairs = (one.key.split(":", 1) for one in works[at : at + _BATCH])
            query = " OR ".join(f'(EXT_ID:"{number}" AND SRC:{source})' for source, number in pairs)
            records |= {f"{one.source}:{one.id}": one for one in self.search(query, _Named, detail="lite").records}
        return tuple(_identified(one, records[one.key]) if one.key in records else one for one in works)


def _search_page(answer: object, query: str) -> _SearchPage:
    _refuse_error(answer)
    page = read(_LABEL, answer, _SearchPage)
    if not page.hit_count and _words(page.request.query_string) != _words(query):
        raise UpstreamError(f"{_LABEL} found nothing, but for another question than it was asked.")
    return page


def _citations_page(answer: object, pmid: str) -> _CitationsPage:
    _refuse_error(answer)
    page = read(_LABEL, answer, _CitationsPage)
    if str(page.request.id) != pmid and (page.request.id or not page.hit_count):
        raise UpstreamError(f"{_LABEL} answered about another article than PMID {pmid}.")
    return page


def _refuse_error(answer: object) -> None:
    """Raise for an error that comes with status 200: a message, or nothing but the version."""
    if isinstance(answer, dict) and (message := answer.get("errMsg")):
        raise UpstreamError(f"{_LABEL} refused the question: {words_of(message)}")
    if isinstance(answer, dict) and "hitCount" not in answer:
        raise UpstreamError(f"{_LABEL} answered without a count: it refuses a part of the question, or fails.")


def _refuse_too_many(count: int) -> None:
    if count > MOST:
        raise UpstreamError(f"{_LABEL} finds {count:,} records, more than the {MOST:,} that are read.", retryable=False)


def _by_name(records: Sequence[dict[str, object]]) -> dict[tuple[str, str], dict[str, object]]:
    """The records by what identifies them, whatever stands there."""
    return {(str(one.get("source")), str(one.get("id"))): one for one in records}


def _found(raw: Sequence[dict[str, object]], count: int, shape: type[R]) -> Found[R]:
    """The records that can be read; raises UpstreamError when too many of those counted are missing."""
    remark = compare_with_count(_LABEL, count, len(raw))
    records, problems = readable(_LABEL, raw, shape)
    if problems and not records:
        raise UpstreamError(problems[0])
    left_out = f"records that could not be read: {len(problems)}, the first because {problems[0]}" if problems else ""
    return Found(records, count, "; ".join(part for part in (remark, left_out) if part))


def _work(one: _Citation) -> CitingWork:
    """The work; the number of a record of PubMed is its PMID."""
    return CitingWork(
        key=f"{one.source}:{one.id}",
        pmid=normal_pmid(one.id) if one.source == "MED" else "",
        title=plain(one.title or ""),
        authors=one_line(one.author_string or ""),
        year=year_in(one.pub_year),
        kind="preprint" if one.source == "PPR" else one.citation_type or "",
    )


def _identified(work: CitingWork, record: _Named) -> CitingWork:
    doi = normal_doi(record.doi or "")
    return replace(work, pmid=normal_pmid(record.pmid), dois=(doi,) if doi else ())


def _words(query: str) -> str:
    return " ".join(unquote(query).split())
