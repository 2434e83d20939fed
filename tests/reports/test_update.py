"""What changed between two dates, and the table of trials, as files for a reviewer."""

from __future__ import annotations

from io import BytesIO

import docx

from monitor.export import as_docx
from monitor.reports import evidence_table, update
from monitor.reports.update import Period
from monitor.store import Database
from tests.support.factories import DAY, NOW
from tests.support.reported import SENTENCE, TOPIC, fill

WEEK = Period(NOW + DAY, NOW + 7 * DAY)


def test_the_update_has_new_reports_retractions_and_the_answer_before_and_after(db: Database) -> None:
    """What came later is not in it; an article that is new and cites the seed is one report."""
    fill(db)
    with db.read() as tx:
        rows = update.rows(tx, "ccsvi", WEEK)
    assert [(row[1], row[2]) for row in rows] == [
        ("answer at the start", ""),
        ("answer changed", ""),
        ("new, cites the seed", "1"),
        ("retracted", "2"),
        ("answer at the end", ""),
    ]
    assert rows[0][8] == "Evidence: none found."
    assert rows[-1][8] == "One trial: no benefit."
    assert rows[3][8] == "RetractionIn J Veins 2020"
    assert rows[2][3:8] == ("=A trial of veins", "", "2020-01-01", "randomized trial", "yes")


def test_a_period_in_which_nothing_happened_says_so(db: Database) -> None:
    """Before the first answer, and between two."""
    fill(db)
    with db.read() as tx:
        long_ago = update.rows(tx, "ccsvi", Period(NOW - 9 * DAY, NOW - 8 * DAY))
        word = update.update(tx, "ccsvi", None, Period(NOW + 4 * DAY, NOW + 5 * DAY), NOW)
    assert [row[8] for row in long_ago] == ["There was no answer yet."] * 2
    texts = [paragraph.text for paragraph in docx.Document(BytesIO(as_docx.content(word))).paragraphs]
    assert "The answer did not change." in texts
    assert texts.count("None.") == 5
    assert "None was run." in texts


def test_the_update_as_a_word_document_names_the_new_trial_and_the_searches(db: Database) -> None:
    """Read back from the file."""
    fill(db)
    with db.read() as tx:
        word = docx.Document(BytesIO(as_docx.content(update.update(tx, "ccsvi", TOPIC, WEEK, NOW + 8 * DAY))))
    texts = [paragraph.text for paragraph in word.paragraphs]
    assert "At the start: Evidence: none found." in texts
    assert "It changed on 2026-11-26. Trials that are new in it: Brave Dreams." in texts
    assert "Retractions, concerns and corrections: 1" in texts
    searches = [[cell.text for cell in row.cells] for row in word.tables[-1].rows]
    assert [row[0] for row in searches] == ["Search", "citing", "words"]
    assert searches[2][1:7] == ["2026-11-25 07:00", "3", "2026-11-26 07:00", "3", "2", "1"]


def test_the_evidence_table_has_a_row_for_each_trial(db: Database) -> None:
    """As its report states it; which reports it has, and whether the answer counts it."""
    fill(db)
    with db.read() as tx:
        rows = evidence_table.rows(tx, "ccsvi", TOPIC, NOW)
        word = docx.Document(BytesIO(as_docx.content(evidence_table.evidence_table(tx, "ccsvi", TOPIC, NOW))))
    first = ("Brave Dreams", "115", "sham", "double blind", "", "no benefit", "stated", SENTENCE, "NCT01", "reported")
    assert rows == [(*first, "yes", "rules", "1; 5", "")]
    assert [cell.text for cell in word.tables[0].rows[1].cells] == list(rows[0])
    assert word.tables[0].rows[0].cells[0].text == "Trial"
