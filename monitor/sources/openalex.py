"""OpenAlex, which lists the works that cite a work of its own: the article is looked up first, by PMID and by DOI."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from urllib.parse import quote

from msgspec import Struct

from monitor.errors import UpstreamError
from monitor.model import CitedBy, CitingWork, Seed, SourceName
from monitor.model.values.doi import normal_doi
from monitor.model.values.pmid import normal_pmid
from monitor.sources.shapes import compare_with_count, plain, read, readable, words_of, year_in
from monitor.sources.transport.web import WebResponse, WebService

_LABEL = SourceName.OPENALEX.label
_PAGE = 100
_FIELDS = "id,doi,ids,title,publication_year,type"
_OK, _UNAUTHORIZED, _NOT_FOUND = 200, 401, 404


class _Ids(Struct):
    pmid: str | int | None = None


class _Work(Struct):
    id: str
    doi: str | None = None
    ids: _Ids | None = None
    title: str | None = None
    display_name: str | None = None
    publication_year: int | str | None = None
    type: str | None = None


class _Meta(Struct):
    count: int
    next_cursor: str | None = None


class _Page(Struct):
    meta: _Meta
    results: list[dict[str, object]]


class _Seed(Struct):
    id: str


class _Error(Struct):
    error: str = ""
    message: str = ""


class OpenAlex:
    """Asks OpenAlex who cites an article, with the operator's key. Every method raises UpstreamError."""

    def __init__(self, web: WebService, key: str = "") -> None:
        self._web = web
        self._key = {"api_key": key} if key else {}

    def citing(self, seed: Seed) -> CitedBy:
        """Who cites the seed; OpenAlex may have two works of it, one for its PMID and one for its DOI."""
        before = self._web.requests
        ours = list(dict.fromkeys(self._works_of(seed)))
        if not ours:
            return CitedBy((), 0, is_known=False, requests=self._web.requests - before)
        raw, count = self._list("|".join(ours))
        remark = compare_with_count(_LABEL, count, len(raw))
        found, problems = readable(_LABEL, raw, _Work)
        if problems and not found:
            raise UpstreamError(problems[0])
        left_out = f"works that could not be read: {len(problems)}" if problems else ""
        remarks = "; ".join(part for part in (remark, left_out) if part)
        return CitedBy(tuple(map(_citing, found)), count, True, remarks, self._web.requests - before)

    def complete(self, works: Sequence[CitingWork]) -> tuple[CitingWork, ...]:
        """The works as they are: the list has all that OpenAlex knows."""
        return tuple(works)

    def _works_of(self, seed: Seed) -> Iterator[str]:
        """The identifiers of OpenAlex for the seed, such as "W2741809807"."""
        for name in [f"pmid:{seed.pmid}"] * bool(seed.pmid) + [f"doi:{seed.doi}"] * bool(seed.doi):
            response = self._web.get(f"works/{quote(name, safe=':/')}", {"select": "id", **self._key})
            if response.status != _NOT_FOUND:  # an unknown work is answered with a page in HTML
                yield _short(read(_LABEL, _json(response), _Seed).id)

    def _list(self, cited: str) -> tuple[list[dict[str, object]], int]:
        """The works that cite any of `cited`, and how many OpenAlex says there are."""
        params: dict[str, str | int] = {"filter": f"cites:{cited}", "per_page": _PAGE, "select": _FIELDS, **self._key}
        works: dict[str, dict[str, object]] = {}
        count, cursor = None, "*"
        while True:
            response = self._web.get("works", {**params, "sort": "publication_date:desc", "cursor": cursor})
            page = read(_LABEL, _json(response), _Page)
            count, before = page.meta.count if count is None else count, len(works)
            works |= {_short(str(one.get("id"))): one for one in page.results}
            following = page.meta.next_cursor
            if not following or following == cursor or len(works) == before:
                return list(works.values()), count
            cursor = following


def _json(response: WebResponse) -> object:
    """The answer; raises UpstreamError with OpenAlex's own words for any but a good one."""
    try:
        answer = json.loads(response.body)
    except ValueError as bad:
        raise UpstreamError(f"{_LABEL} answered with status {response.status} and no JSON.") from bad
    if response.status == _OK:
        return answer
    if response.status == _UNAUTHORIZED:
        raise UpstreamError(f"{_LABEL} refused the key. Check MONITOR_OPENALEX_API_KEY.", retryable=False)
    told = read(_LABEL, answer, _Error)
    raise UpstreamError(f"{_LABEL} refused the question ({response.status}): {words_of(told.message or told.error)}")


def _citing(work: _Work) -> CitingWork:
    doi = normal_doi(work.doi or "")
    pmid = str((work.ids and work.ids.pmid) or "").rstrip("/").rpartition("/")[2]
    return CitingWork(
        key=_short(work.id),
        pmid=normal_pmid(pmid),
        dois=(doi,) if doi else (),
        title=plain(work.title or work.display_name or ""),
        year=year_in(work.publication_year),
        kind=work.type or "",
    )


def _short(identifier: str) -> str:
    """ "W2741809807" of "https://openalex.org/W2741809807"."""
    return identifier.rstrip("/").rpartition("/")[2].upper()
