"""`monitor backtest` and `monitor tune` as a person uses them, against a PubMed on this machine."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from monitor.sandbox import Server
from tests.support import command
from tests.support.strategies import pubmed_of

CONFIG = """
contact_email: librarian@example.org
postal_address: Example Hospital, Example Street 1
smtp: {{host: smtp.example.org}}
pubmed: {{base_url: "{url}"}}
topics:
  veins:
    name: Veins
    question:
      text: Does opening veins help people with multiple sclerosis?
      population: {{name: multiple sclerosis, words: [multiple sclerosis, MS]}}
      intervention: {{name: venous angioplasty, words: [venous angioplasty, angioplasty, venoplasty]}}
    searches: [{{name: main, query: "venoplasty[tiab] OR angioplasty[ti]"}}]
"""


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """PubMed with the CCSVI literature."""
    with pubmed_of("ccsvi") as running:
        yield running


@pytest.fixture
def folder(server: Server, tmp_path: Path) -> Path:
    """A folder with a configuration and a list of known trials."""
    (tmp_path / "monitor.yaml").write_text(CONFIG.format(url=server.url))
    (tmp_path / "known.txt").write_text("29150995 Brave Dreams\n30266886 Traboulsee\n24975855 PREMiSe\n")
    return tmp_path


def _monitor(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    where = ["--config", str(folder / "monitor.yaml"), "--cache", str(folder / "answers")]
    return command.run([*words, *where])


def test_a_backtest_writes_a_page_and_says_what_would_have_been_missed(folder: Path, server: Server) -> None:
    """Once asked, the second run asks PubMed nothing; the service's database is not made."""
    words = ("backtest", "veins", "--from", "2017-06", "--to", "2018-12", "--out", str(folder / "page.html"))
    known = ("--known", str(folder / "known.txt"))
    done = _monitor(folder, *words, *known)
    assert (done.returncode, done.stderr) == (0, "")
    assert "2017-11-18  several trials, agreeing" in done.stdout
    assert "3 of 3 known trials counted" in done.stdout
    assert "<svg" in (folder / "page.html").read_text()
    assert not (folder / "monitor.db").exists()
    server.requests.clear()
    again = _monitor(folder, *words, *known, "--json")
    told = json.loads(again.stdout)
    assert (server.requests, told["requests"]) == ([], 0)
    assert [one["outcome"] for one in told["known_trials"]] == ["counted"] * 3
    assert "counted on the first day already" in told["known_trials"][2]["why"]
    assert told["digests"][0]["kind"] == "welcome"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--from", "April"], '"April" is not a month'),
        (["--from", "2018-05", "--to", "2018-04"], "is after --to"),
        (["--from", "2090"], "in the future"),
        (["--known", "nowhere.txt"], "Cannot read nowhere.txt"),
        (["--out", "/nowhere/page.html", "--from", "2009-01", "--to", "2009-02"], "Name another file with --out"),
    ],
)
def test_a_mistake_gets_a_sentence(folder: Path, words: list[str], said: str) -> None:
    """What is wrong and what to write, exit code 2."""
    done = _monitor(folder, "backtest", "veins", *words)
    assert done.returncode == 2
    assert said in done.stderr.replace("\n", " ")


def test_a_pubmed_that_is_down_is_said_so(folder: Path) -> None:
    """Exit code 1, and no page."""
    file = folder / "monitor.yaml"
    file.write_text(file.read_text().replace("/entrez/eutils/", "/nowhere/"))
    done = _monitor(folder, "backtest", "veins", "--out", str(folder / "page.html"))
    assert done.returncode == 1
    assert not (folder / "page.html").exists()


def test_a_topic_that_ships_needs_no_configuration_of_its_own(folder: Path) -> None:
    """It is tried before it is switched on; a key that nothing has is a mistake."""
    out = ("--out", str(folder / "page.html"))
    assert _monitor(folder, "backtest", "renal-denervation", "--from", "2009", "--to", "2009-02", *out).returncode == 0
    unknown = _monitor(folder, "backtest", "nothing", *out)
    assert (unknown.returncode, "Topics here: veins" in unknown.stderr) == (2, True)


def test_tune_compares_with_another_query(folder: Path) -> None:
    """In words, and as JSON for scripts; a long query comes from a file."""
    (folder / "other.txt").write_text('sham[tiab]\n  AND "multiple sclerosis"[tiab]\n')
    words = ("tune", "veins", "--against", f"@{folder / 'other.txt'}", "--known", str(folder / "known.txt"))
    done = _monitor(folder, *words, "--months", "2")
    assert (done.returncode, done.stderr) == (0, "")
    for said in ("A: the query of veins", "B: the other query", "In both:", "Only A:", "Only B:", "Brave Dreams"):
        assert said in done.stdout
    assert "Only one form is asked for of" in done.stdout
    told = json.loads(_monitor(folder, *words, "--months", "2", "--json").stdout)
    assert told["b"]["query"] == 'sham[tiab] AND "multiple sclerosis"[tiab]'
    assert {term["text"] for term in told["terms"]} == {"venoplasty[tiab]", "angioplasty[ti]"}


@pytest.mark.parametrize(
    ("against", "said"), [("(sham[tiab]", "without a closing )"), ("@nowhere.txt", "Cannot read nowhere.txt")]
)
def test_a_query_that_cannot_be_compared_gets_a_sentence(folder: Path, against: str, said: str) -> None:
    """PubMed would repair it, and the comparison would be of something else."""
    done = _monitor(folder, "tune", "veins", "--against", against)
    assert done.returncode == 2
    assert said in done.stderr.replace("\n", " ")
