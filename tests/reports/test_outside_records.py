"""What sources besides PubMed hold leaves as rows that say where each comes from."""

from __future__ import annotations

from dataclasses import replace

from monitor import store
from monitor.model import Topic
from monitor.reports import outside_records
from monitor.store import Database
from tests.support.beside_pubmed import HELD, OTHER, TOPIC, fill
from tests.support.factories import DAY, NOW


def _rows(db: Database, topic: Topic | None = TOPIC) -> dict[str, dict[str, str]]:
    """The rows by id."""
    with db.read() as tx:
        found = [outside_records.cells(one) for one in outside_records.records(tx, "ccsvi", topic)]
    rows = [dict(zip(outside_records.COLUMNS, one, strict=True)) for one in found]
    return {row["id"]: row for row in rows}


def test_each_record_names_its_sources_and_when_it_was_first_seen(db: Database) -> None:
    """A thesis that two indexes list is one row with both; what PubMed has is not among them."""
    fill(db)
    rows = _rows(db)
    assert [(row["kind"], row["id"], row["source"]) for row in rows.values()] == [
        ("registry entry", "NCT00000002", "ClinicalTrials.gov"),
        ("registry entry", "NCT01089686", "ClinicalTrials.gov"),
        ("preprint", "PPR7", "Europe PMC preprints"),
        ("citing work", "doi:10.1/thesis", "OpenAlex; NIH iCite"),
    ]
    assert {row["first_seen_at"] for row in rows.values()} == {NOW.isoformat()}


def test_an_entry_seen_again_later_keeps_the_day_on_which_it_was_first_seen(db: Database) -> None:
    """Its new state is what is exported."""
    fill(db)
    with db.begin() as tx:
        store.registry_entries.save(tx, "ccsvi", [replace(OTHER, enrolment=12)], NOW + 5 * DAY)
    row = _rows(db)[OTHER.number]
    assert (row["people"], row["first_seen_at"]) == ("12", NOW.isoformat())


def test_what_a_record_says_of_the_question_is_told_with_why(db: Database) -> None:
    """A stroke trial has the words only; nobody judges a citing work, nor anything once the topic is removed."""
    fill(db)
    rows = _rows(db)
    told = {key: (row["answers_the_question"], row["why_not"]) for key, row in rows.items()}
    assert told["NCT01089686"] == ("yes", "")
    assert told["NCT00000002"] == ("no", "Neither its title nor its conditions name the population.")
    assert told["PPR7"] == ("yes", "")
    assert told["doi:10.1/thesis"] == ("", "")
    assert _rows(db, None)["NCT00000002"]["answers_the_question"] == ""
    assert rows["NCT01089686"]["status"] == "terminated: No sponsor"


def test_a_withdrawn_preprint_is_called_withdrawn_also_when_it_was_published(db: Database) -> None:
    """Its article's PMID stays beside it."""
    fill(db)
    assert _rows(db)["PPR7"]["status"] == "published"
    with db.begin() as tx:
        withdrawn = replace(HELD, preprint=replace(HELD.preprint, is_withdrawn=True))
        store.preprints.save(tx, "ccsvi", [withdrawn])
    assert (_rows(db)["PPR7"]["status"], _rows(db)["PPR7"]["pmids"]) == ("withdrawn", "1")
