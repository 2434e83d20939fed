"""An export of the WHO's ICTRP search portal, as a file or at a URL that the operator names: XML or CSV.

The portal gives exports by hand and has no interface for programs. The registration date is read from
`Date_registration3` (20200217): the other one was written with day and month exchanged in 2020.
"""

from __future__ import annotations

import codecs
import csv
import hashlib
import io
import re
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path

from lxml import etree

from monitor.errors import UpstreamError
from monitor.language.messages import message
from monitor.model import (
    Control,
    RegistryAnswer,
    RegistryArm,
    RegistryDate,
    RegistryEntry,
    RegistryQuestion,
    RegistryStatus,
    SourceName,
    SourceSettings,
)
from monitor.model.outside.registry import are_swapped
from monitor.sources.pubmed.records.registries import in_text
from monitor.sources.registries.design import is_randomized
from monitor.sources.registries.plain_text import plain
from monitor.sources.transport.web import WebService

_NAME = "WHO ICTRP"
#: An export of every trial on earth is not what an operator means to name.
_MOST_BYTES = 200_000_000
_SWAPPED = message(
    "doubt about a source", "the export contradicts itself: day and month of registration dates are exchanged"
)
_STATUSES = {
    "recruiting": RegistryStatus.RECRUITING,
    "not recruiting": RegistryStatus.NOT_RECRUITING,
    "authorised": RegistryStatus.NOT_YET_RECRUITING,
    "not available": RegistryStatus.UNKNOWN,
    "": RegistryStatus.UNKNOWN,
}
#: Without these an export is of another shape: what they say is never taken to be nothing.
_NEEDED = ("TrialID", "Recruitment_Status")
#: Where a row has more or fewer cells than there are columns.
_MISFIT = "cells beside the columns"
#: Rows end with a line feed; a carriage return alone stands in cells, quoted or not.
_IN_A_CELL = re.compile(r"\r(?!\n)")
#: The comma of "2,000".
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_GROUP = re.compile(r":\s*(\d+)\s*$")


class Ictrp:
    """A TrialRegistry that reads an export; `web` is the service of one with an address, None for a file."""

    def __init__(self, settings: SourceSettings, web: WebService | None = None) -> None:
        self._path, self._web = settings.location, web

    def entries(self, asked: RegistryQuestion, watermark: str, today: date) -> RegistryAnswer:  # noqa: ARG002  the protocol's names
        """See the port: all trials of the export, whatever is asked. Raises UpstreamError."""
        body = self._read()
        mark = hashlib.sha256(body).hexdigest()[:16]
        if mark == watermark:
            return RegistryAnswer((), watermark, is_full=False, requests=1)
        rows = [_Row(row) for row in _rows(body)]
        entries = {row.number: row.entry() for row in rows if not row.problem}
        if rows and not entries:
            raise UpstreamError(f"{_NAME}: no trial of the export could be read: {rows[0].problem}.")
        return RegistryAnswer(
            tuple(entries.values()),
            mark,
            unreadable=tuple((row.get("TrialID")[:40], row.problem) for row in rows if row.problem),
            doubt=_SWAPPED() if any(row.is_swapped for row in rows) else "",
            requests=1,
        )

    def _read(self) -> bytes:
        if self._web:
            downloaded = io.BytesIO()
            self._web.download(downloaded, most=_MOST_BYTES)
            return downloaded.getvalue()
        try:
            with Path(self._path).open("rb") as file:
                body = file.read(_MOST_BYTES + 1)
        except OSError as error:
            raise UpstreamError(f"{_NAME}: the export cannot be read: {error.strerror}.") from error
        if len(body) > _MOST_BYTES:
            raise UpstreamError(f"{_NAME}: the export is larger than {_MOST_BYTES:,} bytes.")
        return body


def _rows(body: bytes) -> Iterator[Mapping[str, str]]:
    """The trials as mappings whose keys are as in XML, in lower case. Raises UpstreamError for what is no export."""
    found = list(_from_xml(body) if body.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<") else _from_csv(body))
    for name in _NEEDED:
        if found and not any(name.lower() in row for row in found):
            raise UpstreamError(f"{_NAME}: the export has another shape: there is no {name}.")
    return iter(found)


def _from_xml(body: bytes) -> Iterator[Mapping[str, str]]:
    try:
        root = etree.fromstring(body, etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True))
    except etree.XMLSyntaxError as error:
        raise UpstreamError(f"{_NAME}: the export is no XML.") from error
    if root.tag != "Trials_downloaded_from_ICTRP":
        raise UpstreamError(f"{_NAME}: the export has another shape: <{root.tag}>")
    for trial in root.iter("Trial"):
        yield {str(field.tag).lower(): _plain(field.text or "") for field in trial}


def _from_csv(body: bytes) -> Iterator[Mapping[str, str]]:
    text = _decoded(body)
    if "\n" in text:
        text = _IN_A_CELL.sub(" ", text)
    csv.field_size_limit(_MOST_BYTES)
    head = text.split("\n", 1)[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=head.count))
    try:
        columns = ["_".join(name.split()).lower() for name in next(reader, [])]
        if "trialid" not in columns:
            raise UpstreamError(f"{_NAME}: the export has another shape: there is no column TrialID.")
        for cells in filter(None, reader):
            row = dict(zip(columns, map(_plain, cells), strict=False))
            is_whole = len(cells) >= len(columns) and not any(cells[len(columns) :])
            yield row if is_whole else row | {_MISFIT: "yes"}
    except csv.Error as error:
        raise UpstreamError(f"{_NAME}: the export is no CSV: {error}") from error


def _decoded(body: bytes) -> str:
    """The text of an export, also of one that was opened and saved by a spreadsheet program."""
    if body.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return body.decode("utf-16", "replace")
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        return body.decode("cp1252", "replace")


def _plain(text: str) -> str:
    read = plain(text)
    return "" if read == "NULL" else read


class _Row:
    """One trial of an export. The columns of contact persons are never read."""

    def __init__(self, row: Mapping[str, str]) -> None:
        self._row = row
        found = next(in_text(self.get("TrialID"), "registry"), None)
        self.number = found.number if found else ""
        self.registered = _compact(self.get("Date_registration3"))

    def get(self, name: str) -> str:
        """The value of a column, "" where there is none."""
        return self._row.get(name.lower(), "")

    @property
    def problem(self) -> str:
        """Why it cannot be read, "" when it can."""
        if self.get(_MISFIT):
            return "it has more or fewer cells than there are columns"
        if not self.number:
            return "it has no registry number"
        status = self.get("Recruitment_Status")
        return "" if status.lower() in _STATUSES else f"its status is not known: {status[:40]}"

    @property
    def is_swapped(self) -> bool:
        """Whether the two forms of the registration date differ by exchanging day and month."""
        other = RegistryDate(self.get("Date_registration")).last_day
        return other is not None and are_swapped(self.registered, other)

    def entry(self) -> RegistryEntry:
        """The entry, named after the registry that it is in."""
        arms = [part.strip() for part in self.get("Intervention").split(";") if part.strip()]
        design = self.get("Study_design").lower()
        told = f"{design} {self.get('Intervention').lower()}"
        results = self.get("results_yes_no").lower() == "yes" or bool(self.get("results_url_link"))
        return RegistryEntry(
            source=SourceName.ICTRP,
            number=self.number,
            title=self.get("Public_title") or self.get("Scientific_title"),
            url=self.get("web_address"),
            status=_STATUSES[self.get("Recruitment_Status").lower()],
            official_title=self.get("Scientific_title"),
            acronym=self.get("Acronym"),
            conditions=tuple(part.strip() for part in self.get("Condition").split(";") if part.strip()),
            interventions=tuple(arms),
            arms=tuple(RegistryArm(arm, _is_control(arm)) for arm in arms) if len(arms) > 1 else (),
            is_interventional=_is_interventional(self.get("Study_type")),
            is_randomized=is_randomized(f"{design} {self.get('Scientific_title')}"),
            control=Control.SHAM if "sham" in told else Control.PLACEBO if "placebo" in told else Control.NOT_STATED,
            registered_on=self.registered or RegistryDate(self.get("Date_registration")).last_day,
            start=RegistryDate(self.get("Date_enrollement")) if self.get("Date_enrollement") else None,
            primary_completion=_completion(self.get("results_date_completed")),
            enrolment=_people(self.get("Target_size")),
            is_enrolment_actual=False,
            primary_outcomes=tuple(filter(None, [self.get("Primary_outcome")])),
            has_results=results,
            results_posted_on=RegistryDate(self.get("results_date_posted")).last_day,
            updated_on=None,
        )


def _compact(written: str) -> date | None:
    return RegistryDate(f"{written[:4]}-{written[4:6]}-{written[6:8]}").last_day if len(written) == 8 else None


def _completion(written: str) -> RegistryDate | None:
    return RegistryDate(written, is_actual=True) if RegistryDate(written).last_day else None


def _is_interventional(kind: str) -> bool | None:
    return "intervention" in kind.lower() if kind else None


def _is_control(arm: str) -> bool:
    return bool(re.search(r"\b(?:control|placebo|sham)\b", arm.lower()))


def _people(target: str) -> int | None:
    """A number, or the sum over groups ("Experimental group:100;Control group:100;"); None where there is none."""
    plain = _THOUSANDS.sub("", target)
    if plain.isdigit():
        return int(plain)
    groups = [int(found[1]) for part in plain.split(";") if (found := _GROUP.search(part))]
    return sum(groups) if groups else None
