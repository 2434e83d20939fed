"""`monitor export`: a topic's articles, trials and answers, and the reports that a systematic review needs."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from monitor import log, store
from monitor.commands import _reports
from monitor.commands._console import errors, progress_bar
from monitor.commands._progress import reported
from monitor.commands._reports import Report
from monitor.commands._shared import (
    DEFAULT_CONFIG,
    ConfigOption,
    json_line,
    load_settings,
    moment,
    open_database,
    open_private,
    pick_stored_topic,
)
from monitor.errors import ConfigError
from monitor.evidence.question.in_words.for_readers import trial_table
from monitor.export import citations
from monitor.model import Article, Verdict
from monitor.store import Tx


class Format(StrEnum):
    """The formats of `monitor export`."""

    CSV = "csv"
    JSONL = "jsonl"
    RIS = "ris"
    BIBTEX = "bibtex"
    NBIB = "nbib"
    ANSWERS = "answers"
    TRIALS = "trials"
    MARKDOWN = "md"
    HTML = "html"
    DOCX = "docx"


#: Those of a topic's articles, trials and answers; the first of each list is the one without --format.
_OF_ARTICLES = tuple(Format)[:7]
_OF_REPORT = {
    Report.SEARCHES: (Format.MARKDOWN, Format.HTML, Format.DOCX),
    Report.EVIDENCE: (Format.CSV, Format.DOCX),
    Report.UPDATE: (Format.CSV, Format.DOCX),
    Report.OTHER_SOURCES: (Format.CSV, Format.JSONL),
}


def _reports_beginning(incomplete: str) -> list[str]:
    """The reports whose word begins so, for shells."""
    return [report for report in Report if report.startswith(incomplete)]


WhatArgument = Annotated[
    str | None,
    typer.Argument(
        metavar="[TOPIC|searches|evidence|update|other-sources]",
        help="A topic's key, for its articles; or a report: the searches as PRISMA-S asks, the evidence table, what "
        "changed between two dates, or what other sources hold: registry entries, preprints, citing works.",
        autocompletion=_reports_beginning,
    ),
]
TopicOption = Annotated[
    str | None,
    typer.Option("--topic", "-t", help="The topic, also one that was removed; may be left out when there is only one."),
]
FormatOption = Annotated[
    Format | None,
    typer.Option(
        "--format",
        "-f",
        help="csv, jsonl (every field), ris, bibtex, nbib, answers (the history of the answer), "
        "or trials (a row for each); searches: md, html or docx; evidence and update: csv or docx; "
        "other-sources: csv or jsonl.",
    ),
]
OutOption = Annotated[
    Path | None, typer.Option("--out", "-o", metavar="FILE", help="Write to this file instead of standard output.")
]
FromOption = Annotated[
    str | None, typer.Option("--from", metavar="DATE", help="For update: its first day, or an instant.")
]
ToOption = Annotated[
    str | None, typer.Option("--to", metavar="DATE", help="For update: its last day, or an instant; now if left out.")
]


def export(
    what: WhatArgument = None,
    topic: TopicOption = None,
    form: FormatOption = None,
    out: OutOption = None,
    begin: FromOption = None,
    end: ToOption = None,
    config_file: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Write a topic's articles with their verdicts, its trials, its answers, or a report for a systematic review."""
    report = Report(what) if what in set(Report) else None
    if what and topic and not report:
        raise ConfigError(f'Name the topic once: "{what}" and --topic {topic} are two.')
    form = _allowed(form, report)
    settings = load_settings(config_file)
    is_shown = out is None and sys.stdout.isatty()  # a bar would stand between its lines
    with open_database(settings) as db, db.read() as tx, progress_bar(is_quiet=is_shown) as progress:
        key = pick_stored_topic(settings, tx, topic or (None if report else what))
        if report is None:
            pieces = reported(lines(tx, key, form), store.articles.count(tx, key), "articles exported", progress)
            count = _write(pieces, out)
            written = f"{count - (form is Format.CSV):,} entries"  # its first line is the header
        else:
            period = _reports.period(begin, end, moment(db)) if report is Report.UPDATE else None
            content = _reports.content(report, form.value, tx, settings, key, period, moment(db))
            _write_bytes(content, out)
            written = f"{len(content):,} bytes"
    if out and log.verbosity() is not log.Verbosity.QUIET:
        errors.print(f"{out} written, {written}.", markup=False, soft_wrap=True)


def _allowed(form: Format | None, report: Report | None) -> Format:
    """The format, or the usual one. Raises ConfigError for one that the export does not have."""
    allowed = _OF_REPORT[report] if report else _OF_ARTICLES
    if form is not None and form not in allowed:
        what = f"`monitor export {report}`" if report else "The export of a topic"
        raise ConfigError(f"{what} has no format {form}. Formats: {', '.join(allowed)}.")
    return form or allowed[0]


def _write(pieces: Iterable[str], out: Path | None) -> int:
    """Write every piece as it is made; returns how many went to the file, 0 for standard output."""
    count = 0
    if out is None:
        for piece in pieces:
            typer.echo(piece, nl=False)
        return 0
    with open_private(out) as file:
        for piece in pieces:
            count += bool(file.write(piece))
    return count


def _write_bytes(content: bytes, out: Path | None) -> None:
    if out is not None:
        with open_private(out) as file:
            file.buffer.write(content)
    elif content[:2] == b"PK" and sys.stdout.isatty():
        raise ConfigError("A Word document is not for the terminal. Write it to a file: --out FILE.docx")
    else:
        typer.echo(content, nl=False)


def lines(tx: Tx, topic: str, form: Format) -> Iterator[str]:
    """A topic's articles, trials or answers in one of their formats, piece by piece."""
    if form is Format.ANSWERS:
        return (json_line(record) for record in store.answers.history(tx, topic))
    if form is Format.TRIALS:
        held = store.answers.current(tx, topic)
        return (json_line(row) for row in (trial_table(held.answer) if held else ()))
    rows = _articles(tx, topic)
    if form is Format.CSV:
        return citations.csv_text(rows)
    if form is Format.JSONL:
        return (json_line({"article": article, "verdict": verdict}) for article, verdict in rows)
    if form is Format.NBIB:
        return (citations.nbib(article) for article, _ in rows)
    entry = citations.ris if form is Format.RIS else citations.bibtex
    return (entry(article, verdict) for article, verdict in rows)


def _articles(tx: Tx, topic: str) -> Iterator[tuple[Article, Verdict | None]]:
    """Each article of the topic with the notices that PubMed does not have, and its effective verdict.

    That is a person's if there is one, else the rules'.
    """
    rules = {verdict.pmid: verdict for verdict in store.verdicts.all_current(tx, topic)}
    people = store.screenings.current(tx, topic)
    elsewhere = store.notices.of_topic(tx, topic)
    for record in store.articles.in_topic(tx, topic):
        article = store.notices.with_notices(record, elsewhere.get(record.pmid, ()))
        yield article, people.get(article.pmid) or rules.get(article.pmid)
