"""`monitor export`: a topic's articles with their verdicts, its trials, or the history of its answer."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from monitor import log, store
from monitor.commands._progress import told
from monitor.commands._shared import (
    DEFAULT_CONFIG,
    ConfigOption,
    TopicArgument,
    errors,
    load_settings,
    open_database,
    open_private,
    pick_topic,
    progress_bar,
)
from monitor.evidence.question.for_readers import trial_table
from monitor.export import citations
from monitor.model import Article, Verdict, clean_text
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


FormatOption = Annotated[
    Format,
    typer.Option(
        "--format",
        "-f",
        help="csv, jsonl (every field), ris, bibtex, nbib, answers (the history of the answer), "
        "or trials (a row for each).",
    ),
]
OutOption = Annotated[
    Path | None, typer.Option("--out", "-o", metavar="FILE", help="Write to this file instead of standard output.")
]


def export(
    topic: TopicArgument = None,
    form: FormatOption = Format.CSV,
    out: OutOption = None,
    config_file: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Write a topic's articles with their verdicts, its trials as a reviewer tabulates them, or its answers."""
    settings = load_settings(config_file)
    key = pick_topic(settings, topic).key
    is_shown = out is None and sys.stdout.isatty()  # a bar would stand between its lines
    with open_database(settings) as db, db.read() as tx, progress_bar(is_quiet=is_shown) as progress:
        pieces = told(_lines(tx, key, form), store.articles.count(tx, key), "articles exported", progress)
        count = _write(pieces, out)
    if out and log.verbosity() is not log.Verbosity.QUIET:
        entries = count - (form is Format.CSV)  # its first line is the header
        errors.print(f"{out} written, {entries:,} entries.", markup=False, soft_wrap=True)


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


def _lines(tx: Tx, topic: str, form: Format) -> Iterator[str]:
    if form is Format.ANSWERS:
        return (_json_line(record) for record in store.answers.history(tx, topic))
    if form is Format.TRIALS:
        held = store.answers.current(tx, topic)
        return (_json_line(row) for row in (trial_table(held.answer) if held else ()))
    rows = _articles(tx, topic)
    if form is Format.CSV:
        return citations.csv_text(rows)
    if form is Format.JSONL:
        return (_json_line({"article": article, "verdict": verdict}) for article, verdict in rows)
    if form is Format.NBIB:
        return (citations.nbib(article) for article, _ in rows)
    entry = citations.ris if form is Format.RIS else citations.bibtex
    return (entry(article, verdict) for article, verdict in rows)


def _articles(tx: Tx, topic: str) -> Iterator[tuple[Article, Verdict | None]]:
    """Each article of the topic with its effective verdict: a person's if there is one, else the rules'."""
    rules = {verdict.pmid: verdict for verdict in store.verdicts.all_current(tx, topic)}
    people = store.screenings.current(tx, topic)
    for article in store.articles.in_topic(tx, topic):
        yield article, people.get(article.pmid) or rules.get(article.pmid)


def _json_line(value: object) -> str:
    return clean_text.clean(msgspec.json.encode(value).decode()) + "\n"
