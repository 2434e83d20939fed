"""`monitor assess FILE`: assess any records without a database, for researchers and for pipes."""

from __future__ import annotations

import gzip
import sys
import zlib
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO, Annotated

import msgspec
import typer

from monitor import config, evidence
from monitor.commands._console import errors, progress_bar
from monitor.commands._progress import reported
from monitor.commands._shared import DEFAULT_CONFIG, ConfigOption
from monitor.errors import ConfigError, RecordError
from monitor.evidence.article import json_lines
from monitor.model import Article, Direction, Topic, Verdict
from monitor.sources.pubmed.records import reader

FileArgument = Annotated[Path, typer.Argument(help="PubMed XML or JSON lines, plain or .gz; - reads JSON lines.")]
TopicOption = Annotated[
    str, typer.Option("--topic", help="Also say whether each record is relevant to this topic.", metavar="KEY")
]

_encode = msgspec.json.Encoder().encode


def assess(file: FileArgument, topic: TopicOption = "", config_file: ConfigOption = DEFAULT_CONFIG) -> None:
    """Assess every record of FILE; prints one JSON object per line, as the records are read.

    {pmid, design, role, level, score, basis, result, question}. `result` is what a trial's report states of
    its result; its direction and size are null unless they are certain. Records that cannot be read, and books,
    which are assessed by their text alone, are named on standard error with their line and PMID.

    Exit code: 0 when every record was assessed, 1 when some could not be read, 2 for a wrong file or topic.
    """
    chosen = _topic(config_file, topic) if topic else None
    with progress_bar(is_quiet=sys.stdout.isatty()) as progress:
        bad = _assess(reported(_items(file), 0, "records assessed", progress), file, chosen)
    sys.stdout.buffer.flush()
    if bad:
        errors.print(f"{bad} {'record was' if bad == 1 else 'records were'} skipped.")
        raise typer.Exit(1)


def _assess(items: Iterable[tuple[int, Article | RecordError]], file: Path, topic: Topic | None) -> int:
    """Print the verdict on each record; returns how many could not be read."""
    bad = 0
    for number, item in items:
        if isinstance(item, RecordError):
            bad += 1
            _remark(file, number, item.pmid, str(item))
            continue
        if item.is_book:
            _remark(file, number, item.pmid, f"{_book(item)}; assessed by its title and abstract.")
        sys.stdout.buffer.write(_encode(line(evidence.assess(item, topic), topic)) + b"\n")
    return bad


def _remark(file: Path, number: int, pmid: str, text: str) -> None:
    name = f"PMID {pmid}: " if pmid else ""
    errors.print(f"{file}: line {number}: {name}{text}", soft_wrap=True)


def _book(article: Article) -> str:
    return f'a chapter of the book "{article.journal}"' if article.is_chapter else "a book"


def line(verdict: Verdict, topic: Topic | None) -> dict[str, object]:
    """The object that is printed for one verdict."""
    bearing = verdict.relevance
    question = {
        "is_match": bearing.is_match,
        "intervention": bearing.intervention,
        "population": bearing.population,
        "why_not": bearing.why_not,
        "basis": bearing.basis,
    }
    return {
        "pmid": verdict.pmid,
        "design": verdict.design,
        "role": verdict.role,
        "level": verdict.level,
        "score": verdict.score,
        "basis": verdict.basis,
        "result": _result(verdict),
        "question": question if topic else None,
    }


def _result(verdict: Verdict) -> dict[str, object]:
    said = verdict.statement
    is_certain = said is not None and said.direction is not Direction.NOT_STATED
    return {
        "direction": said.direction.replace(" ", "_") if said and is_certain else None,
        "size": verdict.sample_size,
        "control": verdict.control,
        "blinding": verdict.blinding,
        "primary": verdict.primary,
        "stage": verdict.stage,
        "sentence": said.sentence if said else "",
    }


def _items(file: Path) -> Iterator[tuple[int, Article | RecordError]]:
    """The records with their lines. Raises ConfigError, and RecordError for what follows damage in the file."""
    if str(file) == "-":
        yield from _rows(sys.stdin.buffer)
        return
    if not file.exists():
        raise ConfigError(f"There is no file {file}.")
    if file.is_dir():
        raise ConfigError(f"{file} is a folder. Name a file.")
    if _is_xml(file):
        for number, item in reader.numbered(file):
            if not isinstance(item, reader.Deletion):
                yield number, item
        return
    try:
        with _open(file) as lines:
            yield from _rows(lines)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise RecordError(f"{file} is damaged ({error}); the records before that were assessed.") from error


def _rows(lines: IO[bytes]) -> Iterator[tuple[int, Article | RecordError]]:
    for number, raw in enumerate(lines, 1):
        if not raw.strip():
            continue
        try:
            row = msgspec.json.decode(raw)
            yield number, json_lines.article_of(row if isinstance(row, dict) else {})
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as broken:
            yield number, RecordError(f"not a JSON object: {broken}")
        except RecordError as broken:
            yield number, broken


def _is_xml(file: Path) -> bool:
    with _open(file) as opened, suppress(EOFError, zlib.error, gzip.BadGzipFile):
        return opened.read(256).lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<")
    return False


def _open(file: Path) -> IO[bytes]:
    """The file's bytes, decompressed if it is gzip."""
    with file.open("rb") as peek:
        is_gzip = peek.read(2) == b"\x1f\x8b"
    if is_gzip:
        return gzip.open(file, "rb")  # type: ignore[return-value]  # a GzipFile reads like any file of bytes
    return file.open("rb")


def _topic(config_file: Path, key: str) -> Topic:
    """The topic `key`; the rest of the configuration may be incomplete. Raises ConfigError."""
    reading = config.load_topics(config_file)
    found = next((topic for topic in reading if topic.key == key), None)
    if found is None:
        raise ConfigError(
            f'There is no topic "{key}" in {config_file}. Topics there: {", ".join(t.key for t in reading)}.'
        )
    return found
