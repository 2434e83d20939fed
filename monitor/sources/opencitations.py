"""OpenCitations: its Index of citations (version 2) and Meta, which knows what the identifiers stand for.

The Index answers an unknown identifier, a bad one and an article that nobody cites alike, with an empty list; only
Meta tells them apart. A work is one text of identifiers, and may have several DOIs.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from urllib.parse import quote

from msgspec import Struct

from monitor.errors import UpstreamError
from monitor.model import CitedBy, CitingWork, Seed, SourceName
from monitor.model.values.clean_text import one_line
from monitor.model.values.doi import normal_doi
from monitor.model.values.pmid import normal_pmid
from monitor.sources.shapes import plain, read, readable, year_in
from monitor.sources.transport.web import WebService

#: Identifiers in one request to Meta; it fails at more than 14.
_BATCH = 10
_LABEL = SourceName.OPENCITATIONS.label
_BRACKETS = re.compile(r"\s*\[[^\]]*\]")


class _Row(Struct):
    citing: str
    cited: str
    creation: str | int | None = None


class _Entry(Struct):
    """What Meta knows of a work."""

    id: str
    title: str | None = None
    author: str | None = None
    pub_date: str | int | None = None
    type: str | None = None


@dataclass(frozen=True, slots=True)
class _Ids:
    """The identifiers in a text such as "omid:br/061 doi:10.1/a pmid:12", in any order."""

    omid: str = ""
    pmid: str = ""
    dois: tuple[str, ...] = ()

    @classmethod
    def of(cls, text: str) -> _Ids:
        """Those of them that are read here; one that is malformed counts as absent."""
        pairs = [part.partition(":")[::2] for part in text.split()]
        dois = (normal_doi(value) for name, value in pairs if name.lower() == "doi")
        pmids = (normal_pmid(value) for name, value in pairs if name.lower() == "pmid")
        omids = (value for name, value in pairs if name.lower() == "omid")
        return cls(next(omids, ""), next(filter(None, pmids), ""), tuple(doi for doi in dois if doi))

    def may_be(self, seed: Seed) -> bool:
        """False when they name other articles only."""
        if not self.pmid and not self.dois:
            return True
        return self.pmid == seed.pmid or normal_doi(seed.doi) in self.dois


class OpenCitations:
    """Asks OpenCitations who cites an article; `token` is optional. Every method raises UpstreamError."""

    def __init__(self, web: WebService, token: str = "") -> None:
        self._web = web
        self._headers = {"authorization": token} if token else {}

    def citing(self, seed: Seed) -> CitedBy:
        """Who cites the article with the seed's DOI or PMID, most of them without a title."""
        before = self._web.requests
        names = [f"doi:{seed.doi}"] * bool(seed.doi) + [f"pmid:{seed.pmid}"] * bool(seed.pmid)
        raw: list[object] = next(filter(None, map(self._rows, names)), [])
        is_known = bool(raw) or bool(self._entries(names))
        rows, problems = readable(_LABEL, raw, _Row)
        ours = [_work(row) for row in rows if _Ids.of(row.cited).may_be(seed)]
        works: dict[str, CitingWork] = {}
        for work in filter(None, ours):
            works[work.key] = _together(works.get(work.key, work), work)
        if raw and not works:
            raise UpstreamError(problems[0] if problems else f"{_LABEL} answered about another article than was asked.")
        left_out = len(raw) - len(ours) + ours.count(None)
        remark = f"{left_out} citations could not be read" if left_out else ""
        return CitedBy(tuple(works.values()), len(raw), is_known, remark, self._web.requests - before)

    def complete(self, works: Sequence[CitingWork]) -> tuple[CitingWork, ...]:
        """The works with their titles, and with the identifiers that Meta has of them."""
        entries: dict[str, _Entry] = {}
        for at in range(0, len(works), _BATCH):
            found = self._entries([f"omid:{one.key}" for one in works[at : at + _BATCH]])
            entries |= {_Ids.of(entry.id).omid: entry for entry in found}
        return tuple(_described(one, entries[one.key]) if one.key in entries else one for one in works)

    def _rows(self, name: str) -> list[object]:
        path = f"index/v2/citations/{quote(name, safe=':/')}"
        return read(_LABEL, self._web.json(path, headers=self._headers), list)

    def _entries(self, names: Sequence[str]) -> tuple[_Entry, ...]:
        path = f"meta/v1/metadata/{'__'.join(quote(name, safe=':/') for name in names)}"
        answer: list[object] = read(_LABEL, self._web.json(path, headers=self._headers), list)
        return readable(_LABEL, answer, _Entry)[0]


def _work(row: _Row) -> CitingWork | None:
    """The work; None when it has no identifier that is known here."""
    ids = _Ids.of(row.citing)
    key = ids.omid or next(iter(ids.dois), "") or ids.pmid
    return CitingWork(key, ids.pmid, ids.dois, year=year_in(row.creation)) if key else None


def _together(one: CitingWork, other: CitingWork) -> CitingWork:
    """One work of two rows about it, such as for an article and for its preprint, of which one may know less."""
    dois = tuple(dict.fromkeys((*one.dois, *other.dois)))
    return replace(one, pmid=one.pmid or other.pmid, dois=dois, year=one.year or other.year)


def _described(work: CitingWork, entry: _Entry) -> CitingWork:
    """With title, names without their identifiers, and the identifiers that the row did not have."""
    ids = _Ids.of(entry.id)
    return replace(
        work,
        pmid=work.pmid or ids.pmid,
        dois=tuple(dict.fromkeys((*work.dois, *ids.dois))),
        title=plain(entry.title or ""),
        authors=one_line(_BRACKETS.sub("", entry.author or "")),
        year=work.year or year_in(entry.pub_date),
        kind=entry.type or "",
    )
