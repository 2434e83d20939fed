"""JSON lines with pmid (or id), title, abstract, pt, mesh, db, status, im → Articles, for `monitor assess`."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping

from monitor.errors import RecordError
from monitor.model import AbstractSection, Article, MeshHeading, PublicationType, Registration
from monitor.model.values.clean_text import clean

#: A label of a structured abstract that was joined into one string: capitals and a colon at a sentence's start.
_LABEL = re.compile(r"(?:^|(?<=[.!?)\]] ))([A-Z][A-Z][A-Z /&,()-]{1,50}): ")


def article_of(row: Mapping[str, object]) -> Article:
    """The Article that one row describes; lists may be lists or their Python spelling, publication types names or ids.

    Raises RecordError.
    """
    name = _text(row.get("pmid") or row.get("id")).strip()
    if not name:
        raise RecordError('A row without "pmid" or "id" cannot be judged.')
    try:
        return _article(name, row)
    except RecordError as error:
        raise RecordError(str(error), pmid=name) from error


def _article(name: str, row: Mapping[str, object]) -> Article:
    return Article(
        pmid=name,
        version=1,
        title=_text(row.get("title")),
        abstract=_sections(_text(row.get("abstract"))),
        publication_types=tuple(_type(name) for name in _list(row.get("pt"))),
        mesh=tuple(MeshHeading("", name) for name in _list(row.get("mesh"))),
        registrations=tuple(_registration(entry) for entry in _list(row.get("db"))),
        journal=_text(row.get("journal")),
        status=_text(row.get("status")),
        indexing_method=_text(row.get("im")),
    )


def _text(value: object) -> str:
    return "" if value is None else clean(str(value))


def _list(value: object) -> list[str]:
    """A list of names from a list, from its Python or JSON spelling, or from one name."""
    if isinstance(value, str) and value.startswith("["):
        try:
            value = ast.literal_eval(value)
        except (ValueError, SyntaxError, RecursionError, MemoryError) as broken:
            raise RecordError(f"Not a list: {str(value)[:60]}") from broken
    entries = re.split("[;|]", value) if isinstance(value, str) else value  # MeSH names hold commas, never these
    if not isinstance(entries, (list, tuple)):
        return []
    return [text for entry in entries if (text := _text(entry).strip())]


def _type(word: str) -> PublicationType:
    """A publication type by its name or its MeSH unique id."""
    return PublicationType(word, word) if re.fullmatch(r"D\d{6,9}", word) else PublicationType("", word)


def _registration(entry: str) -> Registration:
    registry, _, number = entry.rpartition("/")
    return Registration(registry, number, "databank")


def _sections(text: str) -> tuple[AbstractSection, ...]:
    pieces, label, start = [], "", 0
    for match in _LABEL.finditer(text):
        pieces.append((label, text[start : match.start()]))
        label, start = match[1], match.end()
    pieces.append((label, text[start:]))
    return tuple(AbstractSection(part.strip(), label=name) for name, part in pieces if part.strip())
