"""ClinicalTrials.gov, API v2 (https://clinicaltrials.gov/data-api/api): one request tells whether anything can be new.

The register is refreshed on working days and says when (`dataTimestamp`). Between two full lists only what was updated
since is asked for. What a page promised must come, else nothing of the answer is used.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from http.client import BAD_REQUEST, NOT_FOUND, OK
from typing import TypeVar
from urllib.parse import quote

import msgspec

from monitor.errors import UpstreamError
from monitor.model import RegistryAnswer, RegistryEntry, RegistryQuestion
from monitor.sources.registries import expressions
from monitor.sources.registries.study import read_study
from monitor.sources.transport.web import WebService

#: A study's update is public on its day, the data of a morning may lack the day before: three days are asked again.
OVERLAP = timedelta(days=3)

#: A study can leave or join a list without being updated, when the register's words for it change.
FULL_EVERY = timedelta(days=7)
PAGE, NUMBERS_AT_ONCE = 200, 100
#: Pages and tokens end; a list that goes on beyond this is broken.
_MOST_PAGES = 50
_MODULES = (
    "IdentificationModule|StatusModule|DesignModule|ConditionsModule|ArmsInterventionsModule"
    "|OutcomesModule|ReferencesModule|AnnotationSection|HasResults"
)
_NUMBER = re.compile(r"NCT\d{8}")
_STAMP = "%Y-%m-%dT%H:%M:%S"
_NAME = "ClinicalTrials.gov"
_NEVER = "never"


@dataclass(frozen=True, slots=True)
class _Seen:
    """Up to which data version everything was seen, of which one the last full list was, and for which numbers."""

    stamp: str = _NEVER
    full: str = _NEVER
    numbers: str = ""

    @classmethod
    def read(cls, watermark: str) -> _Seen:
        """From a watermark; one that is not understood is none."""
        parts = watermark.split()
        return cls(*parts) if len(parts) == 3 else cls()

    def __str__(self) -> str:
        return f"{self.stamp} {self.full} {self.numbers}"


class _Version(msgspec.Struct, rename="camel"):
    data_timestamp: str


class _Page(msgspec.Struct, rename="camel"):
    studies: msgspec.Raw
    next_page_token: str | None = None
    total_count: int | None = None

    @property
    def each(self) -> list[msgspec.Raw]:
        """Its studies; a list of one may be that one."""
        if bytes(self.studies).startswith(b"{"):
            return [self.studies]
        return _decoded(self.studies, list[msgspec.Raw])


_Shape = TypeVar("_Shape")


class _TokenRefused(UpstreamError):
    """The register took in new data between two pages, so that the next one does not exist any more."""


@dataclass(frozen=True, slots=True)
class _Listed:
    """Studies by number, pairs of a number and why its record could not be read, and numbers that do not exist."""

    found: dict[str, RegistryEntry]
    unreadable: tuple[tuple[str, str], ...] = ()
    missing: tuple[str, ...] = ()


class ClinicalTrials:
    """A TrialRegistry."""

    def __init__(self, web: WebService) -> None:
        self._web = web

    def entries(self, asked: RegistryQuestion, watermark: str, today: date) -> RegistryAnswer:  # noqa: ARG002  the protocol's name
        """See the port. Raises UpstreamError."""
        sent, before = self._web.requests, _Seen.read(watermark)
        numbers = [number for number in asked.numbers if _NUMBER.fullmatch(number)]
        now = _Seen(self._stamp(), before.full, _mark(sorted(numbers)))
        if now == before:
            return RegistryAnswer((), watermark, is_full=False, requests=self._web.requests - sent)
        is_full = _is_old(before.full, now.stamp)
        by_words = self._by_words(asked, "" if is_full else before.stamp)
        by_number = self._by_number([number for number in numbers if number not in by_words.found])
        unreadable = (*by_words.unreadable, *by_number.unreadable)
        if unreadable:
            now = replace(now, full=_NEVER)  # with the next data all is asked for again
        elif is_full:
            now = replace(now, full=now.stamp)
        return RegistryAnswer(
            tuple((by_words.found | by_number.found).values()),
            str(now),
            is_full=is_full,
            by_number=frozenset(by_number.found),
            unreadable=unreadable,
            missing=by_number.missing,
            requests=self._web.requests - sent,
        )

    def _stamp(self) -> str:
        stamp = _decoded(self._got("/version", {}), _Version).data_timestamp
        _instant(stamp)
        return stamp

    def _by_words(self, asked: RegistryQuestion, since: str) -> _Listed:
        """All studies for the words, or those updated `since` a data version."""
        params = expressions.clinical_trials(asked)
        if not params:
            return _Listed({})
        if since:
            day = _instant(since).date() - OVERLAP
            params["filter.advanced"] = f"AREA[LastUpdatePostDate]RANGE[{day.isoformat()}, MAX]"
        return self._listed(params)

    def _by_number(self, numbers: Sequence[str]) -> _Listed:
        """The studies with these numbers; what no list has may be an earlier number of one."""
        listed = [
            self._listed({"filter.ids": "|".join(numbers[start : start + NUMBERS_AT_ONCE])})
            for start in range(0, len(numbers), NUMBERS_AT_ONCE)
        ]
        found = {number: entry for one in listed for number, entry in one.found.items()}
        unreadable = tuple(pair for one in listed for pair in one.unreadable)
        had = {number for entry in found.values() for number in entry.numbers} | {number for number, _ in unreadable}
        singly = {number: self._one(number) for number in numbers if number not in had}
        found |= {entry.number: entry for entry in singly.values() if entry}
        return _Listed(found, unreadable, tuple(number for number, entry in singly.items() if entry is None))

    def _one(self, number: str) -> RegistryEntry | None:
        """The study that has, or once had, this number (it is redirected); None when there is none."""
        response = self._web.get(f"/studies/{quote(number)}", {"format": "json"})
        if response.status == NOT_FOUND:
            return None
        if response.status != OK:
            raise UpstreamError(f"{_NAME} answered {response.status} to the number {number}.")
        entry = read_study(response.body)
        return entry if number in entry.numbers else replace(entry, other_numbers=(*entry.other_numbers, number))

    def _listed(self, params: dict[str, str]) -> _Listed:
        """A whole list, read again from its first page where the register's data changed meanwhile."""
        try:
            return self._pages(params)
        except _TokenRefused:
            return self._pages(params)

    def _pages(self, params: dict[str, str]) -> _Listed:
        """Every study of a list. Raises UpstreamError when fewer come than the first page counts."""
        fixed: dict[str, str | int] = {**params, "fields": _MODULES, "pageSize": PAGE, "format": "json"}
        page = _decoded(self._got("/studies", {**fixed, "countTotal": "true"}), _Page)
        total, studies = _total(page), page.each
        for _ in range(_MOST_PAGES):
            if not page.next_page_token:
                break
            page = _decoded(self._got("/studies", {**fixed, "pageToken": page.next_page_token}), _Page)
            studies += page.each
        listed = _read(studies)
        if page.next_page_token or len(listed.found) + len(listed.unreadable) < total:
            raise UpstreamError(f"{_NAME} counted {total} studies and sent {len(listed.found)}.")
        return listed

    def _got(self, path: str, params: dict[str, str | int]) -> bytes:
        response = self._web.get(path, params)
        if response.status != OK:
            said = response.body[:200].decode("utf-8", "replace") if "text/plain" in response.content_type else ""
            fault = _TokenRefused if response.status == BAD_REQUEST and "pageToken" in params else UpstreamError
            raise fault(f"{_NAME} answered {response.status} to {path}. {said}".strip())
        return response.body


def _mark(texts: Iterable[str]) -> str:
    """A short mark that differs where the texts do."""
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()[:12]


def _instant(stamp: str) -> datetime:
    try:
        return datetime.strptime(stamp[:19], _STAMP)  # noqa: DTZ007  its own clock, compared with itself alone
    except ValueError as error:
        raise UpstreamError(f"{_NAME}: dataTimestamp is no time: {stamp[:40]}") from error


def _is_old(full: str, stamp: str) -> bool:
    return full == _NEVER or _instant(stamp) - _instant(full) >= FULL_EVERY


def _decoded(body: bytes | msgspec.Raw, shape: type[_Shape]) -> _Shape:
    try:
        return msgspec.json.decode(body, type=shape, strict=False)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UpstreamError(f"{_NAME}: its answer has another shape: {error}") from error


def _total(page: _Page) -> int:
    if page.total_count is None:
        raise UpstreamError(f"{_NAME}: its answer has another shape: the first page has no totalCount.")
    return page.total_count


def _read(studies: Iterable[msgspec.Raw]) -> _Listed:
    """The studies of a list. Raises UpstreamError when not one could be read."""
    found: dict[str, RegistryEntry] = {}
    unreadable: list[tuple[str, str]] = []
    for raw in studies:
        try:
            entry = read_study(raw)
        except UpstreamError as error:
            number = _NUMBER.search(bytes(raw).decode("utf-8", "replace"))
            unreadable.append((number[0] if number else "", str(error)))
        else:
            found[entry.number] = entry
    if unreadable and not found:
        raise UpstreamError(unreadable[0][1])
    return _Listed(found, tuple(dict.fromkeys(unreadable)))
