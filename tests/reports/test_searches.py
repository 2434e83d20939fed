"""The report of the searches answers what PRISMA-S asks, in every format."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO

import docx
import pytest

from monitor.export import as_docx, as_html, as_markdown
from monitor.export.document import Document, Grid, Verbatim
from monitor.model import Topic
from monitor.reports.searches import Sources, search_report
from monitor.store import Database
from monitor.watch.search_changes import apply_searches
from tests.support.factories import DAY, NOW
from tests.support.reported import NEW, OLD, TOPIC, fill

NCBI = "https://eutils.ncbi.nlm.nih.gov/entrez/eutils/"


def _report(
    db: Database, topic: Topic | None = TOPIC, base_url: str = NCBI, sources: Sources | None = None
) -> Document:
    with db.read() as tx:
        return search_report(tx, "ccsvi", topic, base_url, sources or {}, NOW + 10 * DAY)


def _table(report: Document, first: str) -> list[tuple[str, ...]]:
    """The rows of the table whose first column has this heading."""
    return next(list(block.rows) for block in report.blocks if isinstance(block, Grid) and block.columns[0] == first)


def test_every_query_is_there_as_it_was_sent_with_its_reading_dates_and_counts(db: Database) -> None:
    """Also the one from before the change, and the failure in between."""
    fill(db)
    report = _report(db)
    verbatim = [block.text for block in report.blocks if isinstance(block, Verbatim)]
    assert verbatim == ["elink", OLD, f"read: {OLD}", NEW, f"read: {NEW}"]
    tables = [block for block in report.blocks if isinstance(block, Grid) and block.columns[0] == "First run"]
    assert tables[1].rows == (("2026-11-23 07:00", "3", "2026-11-24 07:00", "3", "2", "1", "0", "1.2"),)


def test_who_changed_which_search_is_told_and_what_is_not_recorded_is_said(db: Database) -> None:
    """The second start did not say who it was."""
    fill(db)
    assert [(row[1], row[2], row[3], row[4]) for row in _table(_report(db), "In effect since")] == [
        ("words", "added", OLD, "Ann Lee"),
        ("words", "changed", NEW, "not recorded"),
        ("citing", "added", "articles that cite 10.1/seed", "not recorded"),
    ]


def test_each_item_of_prisma_s_has_an_answer(db: Database) -> None:
    """From the data; what only the authors can tell is called not recorded."""
    fill(db)
    items = {row[0]: row[2] for row in _table(_report(db), "Item")}
    assert list(items) == [str(number) for number in range(1, 17)]
    assert all(items.values())
    assert "english[la]" in items["9"]
    assert "citing" in items["5"]
    assert items["12"].startswith("Every 1 day or 1 day 12 hours")
    assert "words: 2026-11-23 to 2026-11-26" in items["13"]
    assert items["15"] == "5 different records (citing: 2; words: 4)."
    assert sum("Not recorded" in answer for answer in items.values()) == 3
    assert "english" not in {row[0]: row[2] for row in _table(_report(db, None), "Item")}["1"]


def test_another_server_in_the_place_of_ncbi_is_named(db: Database) -> None:
    """A sandbox is no search of PubMed."""
    fill(db)
    assert "as served at http://127.0.0.1:9/" in _table(_report(db, base_url="http://127.0.0.1:9/"), "Item")[0][2]


def test_a_topic_that_was_removed_keeps_its_report(db: Database) -> None:
    """Its searches are no longer run, and the removal is among the changes."""
    fill(db)
    with db.begin() as tx:
        apply_searches(tx, [], NOW + 5 * DAY, "Bob")
    report = _report(db, None)
    assert [row[2] for row in _table(report, "In effect since")][-2:] == ["removed", "removed"]
    assert "no longer run" in as_markdown.text(report)
    assert "No longer updated" in as_markdown.text(report)


@pytest.mark.parametrize("is_empty", [True, False])
def test_the_word_document_reads_back_whole(sqlite_db: Database, is_empty: bool) -> None:
    """With its title, its tables, its picture and what the picture shows; also before the first poll."""
    if not is_empty:
        fill(sqlite_db)
    report = _report(sqlite_db)
    word = docx.Document(BytesIO(as_docx.content(report)))
    assert word.core_properties.title == report.title == "Report of the searches: CCSVI in MS"
    grids = [block for block in report.blocks if isinstance(block, Grid)]
    told = [[tuple(cell.text for cell in row.cells) for row in table.rows] for table in word.tables]
    assert told == [[grid.columns, *grid.rows] if any(grid.columns) else list(grid.rows) for grid in grids]
    assert len(word.inline_shapes) == 1
    assert "Flow of records" in word.inline_shapes[0]._inline.docPr.get("descr")
    texts = [paragraph.text for paragraph in word.paragraphs]
    assert all(block.text in texts for block in report.blocks if isinstance(block, Verbatim))


def test_no_query_or_name_commands_what_shows_it(sqlite_db: Database) -> None:
    """Markup, table cells, fences, control characters and a reversed text in the question, name and query."""
    hostile = '<script>alert(1)</script> | ``` \x1b[31m \u202e"><img src=x onerror=1> [a](javascript:b) \x00&amp;'
    fill(sqlite_db, replace(TOPIC, searches=(replace(TOPIC.searches[0], query=hostile),)))
    topic = replace(TOPIC, name=hostile, question=replace(TOPIC.question, text=hostile))
    report = _report(sqlite_db, topic)
    page, text = as_html.text(report), as_markdown.text(report)
    assert "<script" not in page
    assert "<img src=x" not in page
    assert page.count("<h1>") == 1
    for shown in (page, text):
        assert not {"\x1b", "\u202e", "\x00"} & set(shown)
    prose = text.split("```")[0]
    assert "<script" not in prose.replace("\\<script", "")
    assert "](javascript" not in prose.replace("\\]", "")
    word = docx.Document(BytesIO(as_docx.content(report)))
    assert any("<script>alert(1)</script>" in paragraph.text for paragraph in word.paragraphs)
