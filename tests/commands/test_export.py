"""`monitor export` as a person uses it."""

from __future__ import annotations

import csv
import json
import os
import pwd
import re
from dataclasses import replace
from pathlib import Path

import docx
import pytest
from click.testing import Result
from typer.testing import CliRunner

from monitor import __version__, cli, config, store
from monitor.demo.mailbox import Mailbox
from monitor.model import Article, Author, Design, Direction, Level, Statement, Verdict
from monitor.sandbox import Server
from tests.config import files
from tests.support import beside_pubmed, command, reported
from tests.support.factories import NOW
from tests.support.installation import World, install


def test_every_format_quotes_the_result_where_it_has_a_place_for_it(tmp_path: Path) -> None:
    """BibTeX, RIS and CSV, as they are attached to mails."""
    file = files.written(tmp_path, files.SMALL + f"database_url: sqlite:///{tmp_path}/monitor.db\n")
    db = store.open(f"sqlite:///{tmp_path}/monitor.db")
    store.migrate.upgrade(db)
    article = Article("7", 1, "Venous angioplasty: =no gain; -1", authors=(Author("Doe", "Jane", "J"),))
    said = Statement(Direction.NO_DIFFERENCE, "Angioplasty did not help.", "conclusion")
    verdict = Verdict("7", "ccsvi", Design.RANDOMIZED, Level.STATED, "1", statement=said)
    with db.begin() as tx:
        store.articles.save(tx, [article], NOW)
        store.searches.sync(tx, config.load_topics(file), NOW)
        store.matches.record(tx, "ccsvi", "ccsvi", None, NOW, new=["7"])
        store.verdicts.save(tx, [verdict], NOW)
    for form in ("bibtex", "ris", "csv"):
        done = CliRunner().invoke(cli.app, ["export", "-f", form, "--config", str(file)])
        assert "Angioplasty did not help." in done.output, form
        assert "@article{pmid7," in done.output or form != "bibtex"


def test_a_changed_query_is_reported_with_who_changed_it_and_how_pubmed_reads_it(
    tmp_path: Path, sandbox: Server
) -> None:
    """Two ticks of the real command; the second person did not give a name, so that it is the user of the process."""
    with (
        Mailbox(tmp_path / "mail") as mailbox,
        install(tmp_path, sandbox, mailbox, {"MONITOR_ACTOR": "Ann Lee"}) as first,
    ):
        first.run("tick")
        first.config.write_text(first.config.read_text().replace('"jugular[tiab]"', '"jugular[tiab] AND english[la]"'))
        second = World(first.folder, sandbox, mailbox, {**first.environ, "MONITOR_ACTOR": ""})
        assert second.run("tick").returncode == 0
        told = second.run("export", "searches", "-f", "html").stdout
    user = pwd.getpwuid(os.getuid()).pw_name
    assert re.search(r"<td>jugular</td><td>added</td><td>jugular\[tiab\]</td><td>Ann Lee</td>", told)
    changed = r"<td>jugular</td><td>changed</td><td>jugular\[tiab\] AND english\[la\]</td><td>(.*?)</td>"
    found = re.search(changed, told)
    assert found
    assert found[1] == f"{user} (user of the process)"
    assert "Within the queries: english[la]." in told
    assert f"as served at {sandbox.url}" in told
    assert told.count(f"<td>{__version__}</td>") >= 4


@pytest.fixture
def config_file(tmp_path: Path) -> Path:
    """A configuration whose database holds a topic with everything that is reported."""
    file = files.written(tmp_path, files.SMALL + f"database_url: sqlite:///{tmp_path}/monitor.db\n")
    db = store.open(f"sqlite:///{tmp_path}/monitor.db")
    store.migrate.upgrade(db)
    reported.fill(db)
    db.close()
    return file


def _export(config_file: Path, *words: str) -> Result:
    return CliRunner().invoke(cli.app, ["export", *words, "--config", str(config_file)])


def test_each_report_is_written_in_each_of_its_formats(config_file: Path, tmp_path: Path) -> None:
    """To a file that only its owner reads; Word opens what is called docx."""
    forms = {"searches": ("md", "html", "docx"), "evidence": ("csv", "docx"), "update": ("csv", "docx")}
    for report, those in forms.items():
        period = ["--from", "2026-11-20", "--to", "2026-11-26"] if report == "update" else []
        for form in those:
            out = tmp_path / f"{report}.{form}"
            done = _export(config_file, report, "-f", form, "-o", str(out), *period)
            assert done.exit_code == 0, done.output
            assert f"{out} written, {out.stat().st_size:,} bytes." in done.output
            assert out.stat().st_mode & 0o077 == 0
            if form == "docx":
                assert "CCSVI in MS" in docx.Document(str(out)).paragraphs[0].text


def test_a_sentence_that_begins_like_a_formula_is_text_to_a_spreadsheet(config_file: Path) -> None:
    """As in every other CSV."""
    rows = list(csv.reader(_export(config_file, "evidence").output.splitlines()))
    assert rows[0][:3] == ["trial", "n", "control"]
    assert rows[1][7] == f"'{reported.SENTENCE}"
    update = list(csv.reader(_export(config_file, "update", "--from", "2026-11-20").output.splitlines()))
    assert "'=A trial of veins" in [row[3] for row in update]


def test_the_last_day_of_an_update_is_in_it(config_file: Path) -> None:
    """The trial came on the 26th."""
    until = {day: _export(config_file, "update", "--from", "2026-11-24", "--to", day).output for day in DAYS}
    assert ["answer changed" in told for told in until.values()] == [False, True]


DAYS = ("2026-11-25", "2026-11-26")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["evidence", "-f", "ris"], "`monitor export evidence` has no format ris. Formats: csv, docx."),
        (["other-sources", "-f", "ris"], "`monitor export other-sources` has no format ris. Formats: csv, jsonl."),
        (["-f", "docx"], "The export of a topic has no format docx. Formats: csv, jsonl, ris,"),
        (["update"], "An update has a beginning: --from 2026-11-01"),
        (["update", "--from", "2026-11-20", "--to", "2026-11-10"], "ends before it begins"),
        (["update", "--from", "yesterday"], '"yesterday" is not an instant'),
        (["searches", "--topic", "veins"], 'There is no topic "veins". Topics here: ccsvi.'),
        (["ccsvi", "--topic", "ccsvi"], "Name the topic once"),
    ],
)
def test_a_wrong_export_says_what_to_write(config_file: Path, words: list[str], says: str) -> None:
    """Exit 2, one sentence."""
    done = command.run(["export", *words, "-c", str(config_file)])
    assert (done.returncode, says in done.stderr) == (2, True), done.stderr


def test_a_topic_that_was_removed_is_exported_by_its_key(config_file: Path) -> None:
    """In every way in which a configured one is."""
    config_file.write_text(config_file.read_text().replace("  ccsvi:", "  another:"))
    assert "A trial of veins" in _export(config_file, "--topic", "ccsvi").output
    assert "A trial of veins" in _export(config_file, "ccsvi", "-f", "ris").output
    assert "It is no longer configured." in _export(config_file, "searches", "--topic", "ccsvi").output
    done = command.run(["export", "--topic", "nothing", "-c", str(config_file)])
    assert "Topics here: another. Removed, and still stored: ccsvi." in done.stderr


def test_what_other_sources_hold_is_exported_as_rows_and_with_every_field(tmp_path: Path) -> None:
    """A title that begins like a formula is text in the CSV; JSON lines say where each record comes from."""
    file = files.written(tmp_path, files.SMALL + f"database_url: sqlite:///{tmp_path}/monitor.db\n")
    db = store.open(f"sqlite:///{tmp_path}/monitor.db")
    store.migrate.upgrade(db)
    beside_pubmed.fill(db)
    with db.begin() as tx:
        formula = replace(beside_pubmed.OTHER, title="=cmd|' /C calc'!A0")
        store.registry_entries.save(tx, "ccsvi", [formula], NOW)
    db.close()
    rows = list(csv.DictReader(_export(file, "other-sources").output.splitlines()))
    assert [row["id"] for row in rows] == ["NCT00000002", "NCT01089686", "PPR7", "doi:10.1/thesis"]
    assert rows[0]["title"] == "'=cmd|' /C calc'!A0"
    told = [json.loads(line) for line in _export(file, "other-sources", "-f", "jsonl").output.splitlines()]
    assert [one["kind"] for one in told] == ["registry entry", "registry entry", "preprint", "citing work"]
    assert [seen["source"] for seen in told[3]["seen_by"]] == ["openalex", "icite"]
    assert told[2]["record"]["preprint"]["article"]["pmid"] == "1"
