"""`monitor explain` of what PubMed does not hold, and of who else speaks of an article."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from monitor import cli, store
from monitor.model import SourceName
from tests.config import files
from tests.support import beside_pubmed
from tests.support.factories import DAY, NOW


@pytest.fixture
def config_file(tmp_path: Path) -> Path:
    """A configuration whose database holds something from every source."""
    asked = files.SMALL.replace("[venoplasty]", "[venous angioplasty]")
    file = files.written(tmp_path, asked + f"database_url: sqlite:///{tmp_path}/monitor.db\n")
    db = store.open(f"sqlite:///{tmp_path}/monitor.db")
    store.migrate.upgrade(db)
    beside_pubmed.fill(db)
    db.close()
    return file


def _told(config_file: Path, *words: str) -> str:
    done = CliRunner().invoke(cli.app, ["explain", *words, "--config", str(config_file)])
    assert done.exit_code == 0, done.exception
    return done.output


def test_a_registry_number_tells_source_history_question_and_the_digest_that_told_it(config_file: Path) -> None:
    """Also typed in small letters."""
    told = _told(config_file, "nct01089686")
    assert "From         ClinicalTrials.gov, as NCT01089686, since 2026-11-23" in told
    assert "terminated: No sponsor" in told
    assert 'Revised      2026-11-25 status: "recruiting" → "terminated"' in told
    assert "relevant: it names the population and gives the intervention; it compares" in told
    assert "Told         2026-11-25 It was terminated early. · digest 1 (weekly, until 2026-11-23)" in told


def test_an_entry_that_only_has_the_words_tells_why_it_is_not_of_the_question(config_file: Path) -> None:
    """And that nothing of it was told."""
    told = _told(config_file, "NCT00000002")
    assert "not relevant. Neither its title nor its conditions name the population." in told
    assert "Told         nothing" in told


@pytest.mark.parametrize("name", ["PPR7", "10.1101/2020.01.03.20000007", "https://doi.org/10.1101/2020.01.03.20000007"])
def test_a_preprint_is_found_by_id_and_doi_and_names_its_article(config_file: Path, name: str) -> None:
    """With what differed between its states, and the verdict of the rules."""
    told = _told(config_file, name)
    assert "From         Europe PMC preprints, as PPR7, since 2026-11-23" in told
    assert 'Revised      2026-11-24 title: "An earlier title" → ' in told
    assert "Article      PMID 1 · published as: its server names it" in told
    assert "Design       randomized" in told


def test_a_citing_work_names_each_index_and_since_when(config_file: Path) -> None:
    """A thesis by its DOI, in any case."""
    told = _told(config_file, "10.1/THESIS")
    assert "From         OpenAlex, as W1, since 2026-11-23" in told
    assert "From         NIH iCite, as x, since 2026-11-24" in told
    assert "not judged: it cites the seed, and PubMed has no record of it" in told


def test_a_trial_that_two_registries_hold_is_told_from_both(config_file: Path) -> None:
    """The export of the ICTRP has it under the same number."""
    db = store.open(f"sqlite:///{config_file.parent}/monitor.db")
    with db.begin() as tx:
        ictrp = replace(beside_pubmed.TRIAL, source=SourceName.ICTRP)
        store.registry_entries.save(tx, "ccsvi", [ictrp], NOW + DAY)
    db.close()
    told = json.loads(_told(config_file, "NCT01089686", "--json"))
    assert [one["found"]["seen_by"][0]["source"] for one in told["explained"]] == ["clinicaltrials", "ictrp"]
    assert [one["digest"] for one in told["told"][0]["digests"]] == [1]


def test_an_article_names_the_indexes_that_list_it_and_the_notices_of_others(config_file: Path) -> None:
    """With when each was seen, and the date that the source gives."""
    told = _told(config_file, "1")
    assert "Cites seed   according to NIH iCite, since 2026-11-23" in told
    assert "Notice       retraction doi:10.1/notice · Crossref, seen 2026-11-23 · dated 2018-09-30 · Data" in told
    told_as_json = json.loads(_told(config_file, "1", "--json"))
    assert told_as_json["cites"][0][0] == "icite"
    assert told_as_json["notices"][0][1]["key"] == "10.1/notice"


def test_what_nothing_is_called_is_said_with_what_can_be_asked(config_file: Path) -> None:
    """One sentence."""
    done = CliRunner().invoke(cli.app, ["explain", "NCT99999999", "--config", str(config_file)])
    assert str(done.exception).startswith("NCT99999999 is not stored for CCSVI in MS: neither as a PMID or a registry")
