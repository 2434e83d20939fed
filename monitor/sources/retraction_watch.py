"""The list of Retraction Watch, a CSV file that Crossref publishes: on this machine, or downloaded (70 MB)."""

from __future__ import annotations

import csv
import io
import re
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import BinaryIO, cast

from monitor.errors import UpstreamError
from monitor.model import Nature, OutsideNotice, SourceName, SourceSettings
from monitor.model.values.clean_text import one_line
from monitor.model.values.doi import normal_doi
from monitor.model.values.pmid import normal_pmid
from monitor.ports import NoticesFound
from monitor.sources.transport.throttle import Clock
from monitor.sources.transport.web import WebService

#: Seconds for which a list that was downloaded serves the other topics that are due.
KEPT = 3600.0
#: A list with fewer than nine tenths of the rows that it had is not believed: a copy of it broke off.
_TENTHS = 9
_LABEL = SourceName.RETRACTION_WATCH.label
_NATURES = {
    "retraction": Nature.RETRACTION,
    "expression of concern": Nature.CONCERN,
    "correction": Nature.CORRECTION,
    "reinstatement": Nature.REINSTATEMENT,
}
_COLUMNS = frozenset(
    {
        "Record ID",
        "RetractionDate",
        "RetractionDOI",
        "RetractionPubMedID",
        "OriginalPaperDOI",
        "OriginalPaperPubMedID",
        "RetractionNature",
        "Reason",
    }
)
_Row = Mapping[str, str | None]
#: "6/5/2020 0:00", month first; some programs write 2020-06-05.
_AMERICAN, _ISO = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})\b"), re.compile(r"(\d{4})-(\d\d)-(\d\d)\b")
#: One date in so many may have its day first, by a slip; when more have, something else wrote the list.
_SLIPS = 20


@dataclass
class _Read:
    """What was read of the list so far."""

    rows: int = 0
    newest: date = date.min
    strange: int = 0
    day_first: int = 0
    found: defaultdict[str, list[OutsideNotice]] = field(default_factory=lambda: defaultdict(list))


class RetractionWatch:
    """Looks articles up in the list, by DOI and PMID; see `ports.RetractionList`."""

    def __init__(
        self, settings: SourceSettings, service: WebService | None = None, clock: Clock = time.monotonic
    ) -> None:
        self._location, self._service, self._clock = settings.location, service, clock
        self._kept: BinaryIO | None = None
        self._kept_at = float("-inf")

    def notices(self, dois: Mapping[str, str], watermark: str) -> NoticesFound:
        """The rows about these articles; the whole list is read, a row at a time."""
        before = self._service.requests if self._service else 0
        with self._opened() as file:
            read = _read(file, dois)
        if not read.rows:
            raise UpstreamError(f"{_LABEL}: the list is empty.")
        strange = f" {read.strange} of them of a kind that is not known." if read.strange else ""
        newest = f", the newest of {read.newest}" if read.newest > date.min else ""
        return NoticesFound(
            read.found,
            watermark=f"{read.rows} rows, {read.newest}",
            remark=f"{read.rows:,} rows{newest}.{strange}",
            requests=(self._service.requests if self._service else 0) - before,
            doubt=_doubt(read, watermark),
        )

    @contextmanager
    def _opened(self) -> Iterator[BinaryIO]:
        """The file, or what was downloaded lately; raises UpstreamError."""
        if self._service:
            yield self._downloaded(self._service)
            return
        try:
            with Path(self._location).open("rb") as file:
                yield file
        except OSError as error:
            raise UpstreamError(f"{_LABEL}: {self._location} cannot be read: {error.strerror}.") from error

    def _downloaded(self, service: WebService) -> BinaryIO:
        if self._kept is None or self._clock() - self._kept_at > KEPT:
            file = cast(BinaryIO, tempfile.TemporaryFile())  # noqa: SIM115  kept for the other topics
            try:
                service.download(file)
            except UpstreamError:
                file.close()
                raise
            if self._kept:
                self._kept.close()
            self._kept, self._kept_at = file, self._clock()
        self._kept.seek(0)
        return self._kept


def _read(file: BinaryIO, dois: Mapping[str, str]) -> _Read:
    """Every row, and of those about our articles what they say; raises UpstreamError for what is not this list."""
    wanted: defaultdict[str, list[str]] = defaultdict(list)
    for pmid, doi in dois.items():
        if known := normal_doi(doi):
            wanted[known].append(pmid)
    read = _Read()
    text = io.TextIOWrapper(file, encoding="utf-8-sig", errors="replace", newline="")
    try:
        rows = csv.DictReader(text)
        rows.fieldnames = [name.strip() for name in rows.fieldnames or ()]
        if missing := sorted(_COLUMNS - set(rows.fieldnames)):
            raise UpstreamError(f"{_LABEL}: this is not its list: the column {missing[0]} is missing.")
        for row in rows:
            _take(row, read, dois, wanted)
    except csv.Error as error:
        raise UpstreamError(f"{_LABEL}: row {read.rows + 1:,} cannot be read: {error}.") from error
    finally:
        text.detach()
    if read.day_first > read.rows // _SLIPS:
        raise UpstreamError(f"{_LABEL}: its dates are not written month first any more.")
    return read


def _take(row: _Row, read: _Read, dois: Mapping[str, str], wanted: Mapping[str, list[str]]) -> None:
    read.rows += 1
    on = _date(row["RetractionDate"] or "")
    read.day_first += on is None and _is_day_first(row["RetractionDate"] or "")
    read.newest = max(read.newest, on or date.min)
    pmids = _ours(row, dois, wanted)
    nature = _NATURES.get((row["RetractionNature"] or "").strip().lower())
    if pmids and nature is None:
        read.strange += 1
    elif pmids and nature:
        notice = _notice(row, nature, on)
        for pmid in pmids:
            _add(notice, read.found[pmid])


def _add(notice: OutsideNotice, others: list[OutsideNotice]) -> None:
    """Add it to those about the same article: once, and under another key where two rows have one number."""
    if notice not in others and any(one.key == notice.key for one in others):
        notice = replace(notice, key=f"{notice.key} {notice.nature} {notice.on}")
    if notice not in others:
        others.append(notice)


def _ours(row: _Row, dois: Mapping[str, str], wanted: Mapping[str, list[str]]) -> list[str]:
    """The PMIDs of our articles that a row is about: by DOI, else by PMID, unless the DOIs are known to differ."""
    doi, pmid = normal_doi(row["OriginalPaperDOI"] or ""), normal_pmid(row["OriginalPaperPubMedID"])
    if doi in wanted:
        return wanted[doi]
    is_ours = bool(pmid) and pmid in dois and not (doi and normal_doi(dois[pmid]))
    return [pmid] if is_ours else []


def _notice(row: _Row, nature: Nature, on: date | None) -> OutsideNotice:
    reasons = [one.strip().lstrip("+").strip() for one in (row["Reason"] or "").split(";")]
    return OutsideNotice(
        source=SourceName.RETRACTION_WATCH,
        key=one_line(row["Record ID"] or "") or f"{normal_doi(row['RetractionDOI'] or '')} {nature} {on}",
        nature=nature,
        doi=normal_doi(row["RetractionDOI"] or ""),
        pmid=normal_pmid(row["RetractionPubMedID"]),
        reason=one_line("; ".join(filter(None, reasons))),
        asserted_by=_LABEL,
        on=on,
        dates=((_LABEL, on),) if on else (),
    )


def _date(text: str) -> date | None:
    """A date, None where it is unknown ("0:00"). Raises UpstreamError where the first number is no month."""
    if found := _AMERICAN.match(text.strip()):
        month, day, year = (int(part) for part in found.groups())
    elif found := _ISO.match(text.strip()):
        year, month, day = (int(part) for part in found.groups())
    else:
        return None
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _is_day_first(text: str) -> bool:
    """Is it a date only when its first number is the day?"""
    found = _AMERICAN.match(text.strip())
    return found is not None and int(found[1]) > 12 >= int(found[2])


def _doubt(read: _Read, watermark: str) -> str:
    before = re.match(r"\d+", watermark)
    if before and read.rows * 10 < int(before[0]) * _TENTHS:
        return f"the list has {read.rows:,} rows and had {int(before[0]):,}"
    return ""
