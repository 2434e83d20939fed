"""Everything that can be exported of a topic in one ZIP file, for `monitor topics archive`."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

from monitor import store
from monitor.commands import _reports
from monitor.commands._reports import Report
from monitor.commands.export import Format, lines
from monitor.errors import StoreError
from monitor.model import Settings
from monitor.render.dates import ENGLISH
from monitor.render.placeholders import fill
from monitor.reports.update import Period
from monitor.store import Database, Tx

_ABOUT = """\
Topic {key}, archived on {now:%Y-%m-%d %H:%M} UTC by Monitor.

articles.csv, .jsonl, .ris   the articles with their verdicts; jsonl has every field
answers.jsonl, trials.jsonl  the history of the answer, and the trials of the last one
searches.html, .docx         the searches as run, following PRISMA-S
evidence.csv, .docx          the evidence table
changes.csv                  everything that was reported, with each answer
digests/                     every digest as it was composed, dates in UTC, without the links of single readers

No addresses are in it.
"""
_LISTS = {
    "articles.csv": Format.CSV,
    "articles.jsonl": Format.JSONL,
    "articles.ris": Format.RIS,
    "answers.jsonl": Format.ANSWERS,
    "trials.jsonl": Format.TRIALS,
}
_REPORTS = (
    ("searches.html", Report.SEARCHES),
    ("searches.docx", Report.SEARCHES),
    ("evidence.csv", Report.EVIDENCE),
    ("evidence.docx", Report.EVIDENCE),
    ("changes.csv", Report.UPDATE),
)


def write(settings: Settings, db: Database, key: str, file: Path, now: datetime) -> None:
    """Write the archive of the topic `key`, readable by its owner only; complete, or not there under its name.

    Raises StoreError when it exists or cannot be written.
    """
    if file.exists():
        raise StoreError(f"{file} exists and is not overwritten. Name a new file.")
    partial = file.with_name(f".{file.name}.partial")
    try:
        partial.unlink(missing_ok=True)
        handle = os.open(partial, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600)
        with os.fdopen(handle, "wb") as raw, ZipFile(raw, "w", ZIP_DEFLATED) as archive, db.read() as tx:
            for name, content in _files(settings, tx, key, now):
                archive.writestr(name, content)
        partial.replace(file)
    except OSError as error:
        raise StoreError(f"The archive could not be written to {file}: {error}") from error
    finally:
        partial.unlink(missing_ok=True)


def _files(settings: Settings, tx: Tx, key: str, now: datetime) -> Iterator[tuple[str, str | bytes]]:
    yield "README.txt", _ABOUT.format(key=key, now=now)
    for name, form in _LISTS.items():
        yield name, "".join(lines(tx, key, form))
    ever = Period(datetime(1900, 1, 1, tzinfo=UTC), now)
    for name, report in _REPORTS:
        period = ever if report is Report.UPDATE else None
        yield name, _reports.content(report, name.rpartition(".")[2], tx, settings, key, period, now)
    for number in store.digests.numbers(tx, key):
        _, rendered = store.digests.get(tx, number)
        text = fill(rendered.text, {}, ENGLISH.write, is_html=False)
        yield f"digests/{number}.txt", f"{rendered.subject}\n\n{text}"
        yield f"digests/{number}.html", fill(rendered.html, {}, ENGLISH.write, is_html=True)
