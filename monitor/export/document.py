"""A report as parts that every format can show: headings, text, verbatim text, tables, pictures. Pure.

Whatever comes from outside is cleaned here once; the formats escape it each in its own way.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from monitor.model.values.clean_text import clean, one_line


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading; level 1 is below the title."""

    text: str
    level: int = 1


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Text on one line."""

    text: str


@dataclass(frozen=True, slots=True)
class Verbatim:
    """Text exactly as it is, such as a query; lines are kept."""

    text: str


@dataclass(frozen=True, slots=True)
class Grid:
    """A table with a row of headings."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Picture:
    """A PNG, `width` pixels wide on a page of 96 pixels an inch, with what it shows in words."""

    png: bytes
    alternative: str
    width: int


Block = Heading | Paragraph | Verbatim | Grid | Picture


@dataclass(frozen=True, slots=True)
class Document:
    """A whole report; `made_by` is the program with its version, `made_at` when it was made."""

    title: str
    made_by: str
    made_at: datetime
    blocks: tuple[Block, ...]


def document(title: str, made_by: str, made_at: datetime, blocks: Iterable[Block]) -> Document:
    """The report with every text cleaned of control characters and of what reverses or hides text."""
    return Document(one_line(title), made_by, made_at, tuple(map(_cleaned, blocks)))


def _cleaned(block: Block) -> Block:
    if isinstance(block, Heading):
        return Heading(one_line(block.text), block.level)
    if isinstance(block, Paragraph):
        return Paragraph(one_line(block.text))
    if isinstance(block, Verbatim):
        return Verbatim(clean(block.text))
    if isinstance(block, Grid):
        return Grid(block.columns, tuple(tuple(map(one_line, row)) for row in block.rows))
    return block


def titled(columns: Iterable[str]) -> tuple[str, ...]:
    """The names of columns in a file for programs as headings for people."""
    return tuple("PMID" if name == "pmid" else name[0].upper() + name[1:] for name in columns)


def pairs(*facts: tuple[str, object]) -> Grid:
    """A table of facts: what, and its value; facts without a value are left out."""
    return Grid(("", ""), tuple((name, str(value)) for name, value in facts if value not in ("", None)))
