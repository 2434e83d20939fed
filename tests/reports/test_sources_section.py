"""The report of the searches names every source besides PubMed: what it was asked, how it stands, what it holds."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO

import docx

from monitor import store
from monitor.export import as_docx, as_html, as_markdown
from monitor.export.document import Document, Grid, Heading, Verbatim
from monitor.model import Topic
from monitor.reports.searches import search_report
from monitor.reports.sources_section import TITLE
from monitor.store import Database
from tests.support import reported
from tests.support.beside_pubmed import DOWN, SOURCES, TOPIC, fill
from tests.support.factories import DAY, NOW

NCBI = "https://eutils.ncbi.nlm.nih.gov/entrez/eutils/"


def _report(db: Database, topic: Topic | None = TOPIC) -> Document:
    with db.read() as tx:
        return search_report(tx, "ccsvi", topic, NCBI, SOURCES if topic else {}, NOW + 10 * DAY)


def _of(report: Document, source: str) -> dict[str, str]:
    """The facts about one source, with the question it is asked as "query"."""
    start = next(n for n, one in enumerate(report.blocks) if isinstance(one, Heading) and one.text == source)
    facts = report.blocks[start + 1]
    assert isinstance(facts, Grid)
    after = report.blocks[start + 3]
    query = {"query": after.text} if isinstance(after, Verbatim) else {}
    return {row[0]: row[1] for row in facts.rows} | query


def _items(report: Document) -> dict[str, str]:
    rows = next(one.rows for one in report.blocks if isinstance(one, Grid) and one.columns[0] == "Item")
    return {row[0]: row[2] for row in rows}


def test_a_registry_is_told_with_its_query_as_sent_and_since_when_it_is_down(db: Database) -> None:
    """It answered once and holds two entries, one of a trial of the question."""
    fill(db)
    told = _of(_report(db), "ClinicalTrials.gov")
    assert told["Interface"] == "web service (API v2), https://clinicaltrials.gov/api/v2"
    assert told["query"] == 'query.cond="multiple sclerosis"\nquery.intr="venous angioplasty"'
    assert told["How often"] == "every 1 day"
    assert told["Last answer"] == "2026-11-23 07:00"
    assert told["Held"] == "2 entries, 1 of them of controlled trials of the question"
    assert told["Failures"] == f"1 in a row since 2026-11-24 07:00; the last: {DOWN}"


def test_indexes_preprints_and_lists_say_what_they_hold_and_what_is_doubted(db: Database) -> None:
    """A work that two indexes list is held by both."""
    fill(db)
    report = _report(db)
    assert _of(report, "OpenAlex")["Held"] == "1 work, 0 of them in PubMed"
    assert _of(report, "OpenAlex")["In doubt"].endswith("It listed nothing where it had 4 works")
    assert _of(report, "NIH iCite")["Held"] == "2 works, 1 of them in PubMed"
    assert _of(report, "NIH iCite")["query"] == "10.1/seed"
    preprints = _of(report, "Europe PMC preprints")
    assert preprints["query"] == ('(TITLE_ABS:"multiple sclerosis") AND (TITLE_ABS:"venous angioplasty") AND (SRC:PPR)')
    assert preprints["Held"].startswith("1 preprint, 1 of them of randomised trials")
    assert _of(report, "Crossref")["Held"] == "1 notice (retraction: 1)"
    assert _of(report, "Retraction Watch")["Held"] == "0 notices"


def test_no_key_password_mail_address_or_folder_is_told(db: Database) -> None:
    """Of addresses that have them, in every format."""
    fill(db)
    report = _report(db)
    word = docx.Document(BytesIO(as_docx.content(report)))
    cells = " ".join(cell.text for table in word.tables for row in table.rows for cell in row.cells)
    assert "https://openalex.example/api" in cells
    assert "ictrp.xml" in cells
    for shown in (as_markdown.text(report), as_html.text(report), cells):
        assert not [secret for secret in ("s3cret", "user:", "jane", "/home") if secret in shown]


def test_items_of_prisma_s_name_registries_indexes_lists_and_preprints(db: Database) -> None:
    """Nothing that is done is called not done."""
    fill(db)
    items = _items(_report(db))
    assert "Preprints: Europe PMC preprints" in items["1"]
    assert items["2"] == "Not applicable: each source is asked by itself."
    assert items["3"].startswith("Searched: ClinicalTrials.gov, web service (API v2)")
    assert "WHO ICTRP" in items["3"]
    assert "Crossref" in items["4"]
    assert "Retraction Watch" in items["4"]
    assert items["5"].startswith("Articles that cite the seed, as PubMed links them (ELink): citing.")
    assert "NIH iCite" in items["5"]
    assert items["6"].startswith("Nobody is asked")
    assert TITLE in items["8"]
    assert "ClinicalTrials.gov: last answer 2026-11-23" in items["13"]
    assert "Besides PubMed: NIH iCite: 2 works" in items["15"]
    assert "registry number" in items["16"]


def test_without_other_sources_the_report_says_that_none_is_asked(db: Database) -> None:
    """And counts no records beside the flow."""
    reported.fill(db)
    report = as_markdown.text(_report(db))
    assert "None is asked for this topic." in report
    assert "Identified from registers" not in report


def test_what_registers_brought_stands_beside_the_flow(db: Database) -> None:
    """Registers, citation searching and preprints; lists of retractions bring no records."""
    fill(db)
    rows = next(one.rows for one in _report(db).blocks if isinstance(one, Grid) and one.columns[0] == "By")
    assert [row[:2] for row in rows] == [
        ("Registers", "ClinicalTrials.gov"),
        ("Citation searching", "NIH iCite"),
        ("Citation searching", "OpenAlex"),
        ("Preprints", "Europe PMC preprints"),
    ]


def test_a_source_that_was_switched_off_and_a_removed_topic_keep_what_is_recorded(db: Database) -> None:
    """The terms that were asked for last stand there, and that it is no longer asked."""
    fill(db)
    with db.begin() as tx:
        store.source_states.sync(tx, [], NOW + DAY)
    told = _of(_report(db, None), "ClinicalTrials.gov")
    assert told["How often"] == "no longer asked"
    assert told["Interface"] == "web service (API v2)"
    assert told["query"] == "multiple sclerosis | venous angioplasty"
    assert told["Held"] == "2 entries"
    assert "no longer asked" in _items(_report(db, None))["3"]


def test_a_question_that_was_changed_and_not_asked_yet_is_not_told_as_asked(db: Database) -> None:
    """The registry was asked for the words before."""
    fill(db)
    told = _of(_report(db, replace(TOPIC, registry_query="stents")), "ClinicalTrials.gov")
    assert told["query"] == "multiple sclerosis | venous angioplasty"
    assert "as recorded" in told["What is asked"]
