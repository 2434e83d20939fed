"""The reports of `monitor export` as files."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum

from monitor.commands._shared import instant, json_line
from monitor.errors import ConfigError
from monitor.export import as_docx, as_html, as_markdown
from monitor.export.document import Document
from monitor.model import Settings, Topic
from monitor.model.values import csv_cells
from monitor.reports import evidence_table, outside_records, update
from monitor.reports.outside_records import OutsideRecord
from monitor.reports.searches import search_report
from monitor.reports.update import Period
from monitor.store import Tx


class Report(StrEnum):
    """The reports, by their word."""

    SEARCHES = "searches"
    EVIDENCE = "evidence"
    UPDATE = "update"
    OTHER_SOURCES = "other-sources"


def period(begin: str | None, end: str | None, now: datetime) -> Period:
    """The period from --from to --to; a day given as end is within it. Raises ConfigError."""
    if begin is None:
        raise ConfigError("An update has a beginning: --from 2026-11-01, and --to unless it ends now.")
    found = Period(instant(begin), _end(end) if end else now)
    if found.end <= found.start:
        raise ConfigError(f"The period {found} ends before it begins.")
    return found


def _end(text: str) -> datetime:
    """The instant at which the period ends; that of a day is its midnight."""
    is_day = len(text.strip()) == len("2026-11-30")
    return instant(text) + (timedelta(days=1) if is_day else timedelta())


def content(
    report: Report, form: str, tx: Tx, settings: Settings, key: str, period: Period | None, now: datetime
) -> bytes:
    """The file of a report on the topic `key` in a format that it has (md, html, docx, csv)."""
    topic = {one.key: one for one in settings.topics}.get(key)
    if report is Report.OTHER_SOURCES:
        return _other_sources(form, outside_records.records(tx, key, topic))
    if form == "csv":
        rows = update.rows(tx, key, period) if period else evidence_table.rows(tx, key, topic, now)
        return _csv(update.COLUMNS if period else evidence_table.COLUMNS, rows)
    document = _document(report, tx, settings, key, topic, period, now)
    if form == "docx":
        return as_docx.content(document)
    text = as_html.text(document) if form == "html" else as_markdown.text(document)
    return text.encode()


def _document(
    report: Report, tx: Tx, settings: Settings, key: str, topic: Topic | None, period: Period | None, now: datetime
) -> Document:
    if period:
        return update.update(tx, key, topic, period, now)
    if report is Report.EVIDENCE:
        return evidence_table.evidence_table(tx, key, topic, now)
    return search_report(tx, key, topic, settings.pubmed.base_url, settings.sources, now)


def _other_sources(form: str, records: Iterable[OutsideRecord]) -> bytes:
    if form == "csv":
        return _csv(outside_records.COLUMNS, map(outside_records.cells, records))
    return "".join(map(json_line, records)).encode()


def _csv(columns: Iterable[str], rows: Iterable[Iterable[str]]) -> bytes:
    return "".join(map(csv_cells.line, [columns, *rows])).encode()
