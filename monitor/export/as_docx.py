"""A report as a Word document (Office Open XML), which LibreOffice and Google Docs open too. Pure.

The sole importer of docx (python-docx), which escapes every text for XML; `document` has removed what XML forbids.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC
from io import BytesIO
from math import sqrt

import docx
from docx.document import Document as Word
from docx.enum.section import WD_ORIENT
from docx.oxml import OxmlElement
from docx.section import Section
from docx.shared import Cm, Emu, Inches, Pt
from docx.table import Table, _Row

from monitor.export.document import Block, Document, Grid, Heading, Paragraph, Picture, Verbatim

#: A table with more columns than this needs the page on its side.
_UPRIGHT = 8
#: A longer word, such as a URL, may be broken.
_LONGEST_WORD = 24
_SMALL, _MARGIN = Pt(8.5), Cm(1.8)


def content(document: Document) -> bytes:
    """The file."""
    word = docx.Document()
    _set_properties(word, document)
    columns = max((len(block.columns) for block in document.blocks if isinstance(block, Grid)), default=0)
    _set_page(word.sections[0], is_turned=columns > _UPRIGHT)
    word.add_heading(document.title, 0)
    for block in document.blocks:
        _add(word, block)
    file = BytesIO()
    word.save(file)
    return file.getvalue()


def _set_properties(word: Word, document: Document) -> None:
    properties = word.core_properties
    properties.title, properties.author, properties.language = document.title[:255], document.made_by, "en"
    properties.created = properties.modified = document.made_at.astimezone(UTC).replace(tzinfo=None)
    properties.comments = ""


def _set_page(page: Section, *, is_turned: bool) -> None:
    """A4 with narrow margins, on its side for wide tables."""
    sides = (Cm(29.7), Cm(21)) if is_turned else (Cm(21), Cm(29.7))
    page.page_width, page.page_height = sides
    page.orientation = WD_ORIENT.LANDSCAPE if is_turned else WD_ORIENT.PORTRAIT
    page.left_margin = page.right_margin = page.top_margin = page.bottom_margin = _MARGIN


def _room(word: Word) -> tuple[int, int]:
    """Width and height between the margins, in EMU (914,400 an inch)."""
    page = word.sections[0]
    return int(page.page_width or 0) - 2 * _MARGIN, int(page.page_height or 0) - 2 * _MARGIN


def _add(word: Word, block: Block) -> None:
    if isinstance(block, Heading):
        word.add_heading(block.text, block.level)
    elif isinstance(block, Paragraph):
        word.add_paragraph(block.text)
    elif isinstance(block, Verbatim):
        word.add_paragraph().add_run(block.text).font.name = "Courier New"
    elif isinstance(block, Grid):
        _add_table(word, block)
    else:
        _add_picture(word, block)


def _add_picture(word: Word, picture: Picture) -> None:
    """The picture with its alternative text, smaller when it would not fit the page with a heading."""
    shape = word.add_picture(BytesIO(picture.png), Inches(picture.width / 96))
    width, height = _room(word)
    scale = min(1, width / shape.width, 0.85 * height / shape.height)
    shape.width, shape.height = Emu(int(shape.width * scale)), Emu(int(shape.height * scale))
    shape._inline.docPr.set("descr", picture.alternative)


def _add_table(word: Word, grid: Grid) -> None:
    table = word.add_table(0, len(grid.columns), "Table Grid")
    table.autofit = False
    widths = _widths(grid, _room(word)[0])
    for column, width in zip(table.columns, widths, strict=True):  # for LibreOffice; Word reads those of the cells
        column.width = Emu(width)
    if any(grid.columns):
        _fill(table, grid.columns, widths, is_bold=True)
        _repeat_on_each_page(table.rows[0])
    for row in grid.rows:
        _fill(table, row, widths)
    word.add_paragraph()


def _widths(grid: Grid, room: int) -> list[int]:
    """The width of each column: that of its longest word, and more where its texts are long."""
    columns = zip(*(row for row in (grid.columns, *grid.rows)), strict=True)
    wishes = [max(max(map(_longest_word, texts)) + 5, 3 * sqrt(max(map(len, texts)))) for texts in columns]
    return [int(room * wish / sum(wishes)) for wish in wishes]


def _longest_word(text: str) -> int:
    return min(_LONGEST_WORD, max(map(len, text.split()), default=1))


def _fill(table: Table, texts: Sequence[str], widths: Sequence[int], *, is_bold: bool = False) -> None:
    row: _Row = table.add_row()  # type: ignore[no-untyped-call]  # python-docx has no types here
    for cell, words, width in zip(row.cells, texts, widths, strict=True):
        cell.width = Emu(width)
        run = cell.paragraphs[0].add_run(words)
        run.font.size, run.bold = _SMALL, is_bold or None


def _repeat_on_each_page(row: _Row) -> None:
    """Word repeats the row where the table goes on on another page (ECMA-376 part 1, 17.4.78)."""
    row._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))
