"""`monitor sandbox` as a person uses it."""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml

from monitor.model import SourceName
from tests.support.command import run
from tests.support.sandbox import CORPUS_XML

MONITOR = [sys.executable, "-c", "from monitor.cli import main; main()", "sandbox"]


@pytest.fixture
def records(tmp_path: Path) -> Path:
    """The small corpus as a file."""
    path = tmp_path / "records.xml"
    path.write_bytes(CORPUS_XML)
    return path


def test_it_says_what_to_write_into_the_configuration_and_serves(records: Path, tmp_path: Path) -> None:
    """The printed base_url responds, requests are shown, and an interrupt ends it with 130."""
    options = ["--corpus", str(records), "--at", "2013-01-01", "--mailbox", str(tmp_path / "mail")]
    command = [*MONITOR, *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, bufsize=1) as process:  # noqa: S603  # ourselves
        assert process.stdout is not None
        told = ""
        while "Ctrl-C" not in told:
            told += process.stdout.readline()
        url = re.search(r"base_url: (\S+)", told)
        assert url is not None
        with urllib.request.urlopen(f"{url[1]}esearch.fcgi?db=pubmed&term=all[sb]") as answer:  # noqa: S310  # loopback
            assert b"<Count>5</Count>" in answer.read()
        assert process.stdout.readline() == "200 esearch db=pubmed term=all[sb]\n"
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 130
    assert "9 records, 5 of them public on 01 January 2013" in told
    assert re.search(r"host: 127\.0\.0\.1", told)


@contextmanager
def sandbox(*options: str) -> Iterator[str]:
    """A running `monitor sandbox`, by what it printed; ended whatever happens."""
    with subprocess.Popen([*MONITOR, *options], stdout=subprocess.PIPE, text=True, bufsize=1) as process:  # noqa: S603  # ourselves
        assert process.stdout is not None
        try:
            yield "".join(iter(process.stdout.readline, "Ctrl-C stops.\n"))
        finally:
            process.kill()


def test_the_printed_commands_lead_from_nothing_to_a_first_digest(tmp_path: Path) -> None:
    """No file of one's own and no edit: the literature that ships, then the two commands that are printed."""
    file, environ = str(tmp_path / "trial.yaml"), {**os.environ, "MONITOR_SECRET_KEY": "k" * 32}
    with sandbox("--mailbox", str(tmp_path / "mail"), "--quiet") as told:
        init, tick = re.findall(r"^monitor ((?:.*\\\n)*.*)$", told, re.MULTILINE)
        for words in (init.replace("trial.yaml", file), tick.replace("trial.yaml", file)):
            done = run(shlex.split(words.replace("\\\n", "")), environ)
            assert done.returncode == 0, done.stdout + done.stderr
        url = re.search(r"clinicaltrials:\n +base_url: (\S+)", told)
        assert url is not None
        with urllib.request.urlopen(f"{url[1]}/studies/NCT01555684") as answer:  # noqa: S310  # loopback
            assert b"WITHDRAWN" in answer.read()
    mails = [path.read_text("utf-8") for path in (tmp_path / "mail").glob("you@example.org/*.eml")]
    assert any("Subject: CCSVI in MS" in mail for mail in mails)


def test_facts_of_ones_own_are_served_as_other_sources(records: Path, tmp_path: Path) -> None:
    """The block to paste has a base_url for each service, and a url for each list; without facts there is none."""
    facts = tmp_path / "facts.jsonl"
    facts.write_text('{"kind": "study", "number": "NCT1", "revisions": [{"on": "2012-01-01", "status": "DONE"}]}\n')
    with sandbox("--corpus", str(records), "--facts", str(facts), "--at", "2013-01-01") as told:
        block = yaml.safe_load(told[told.index("pubmed:") : told.index("\nTo try it")])
        assert set(block["sources"]) == set(SourceName)
        assert {name for name, part in block["sources"].items() if "url" in part} == {"ictrp", "retraction_watch"}
        url = block["sources"]["clinicaltrials"]["base_url"]
        with urllib.request.urlopen(f"{url}/studies/NCT1") as answer:  # noqa: S310  # loopback
            assert b"DONE" in answer.read()
    with sandbox("--corpus", str(records)) as told:
        assert "sources:" not in told


@pytest.mark.parametrize(
    ("content", "options", "words"),
    [
        (b"<html>", [], "not a readable PubmedArticleSet"),
        (b"<PubmedArticleSet/>", [], "no PubmedArticle in it"),
        (CORPUS_XML, ["--at", "tomorrow"], "is not an instant"),
    ],
)
def test_a_mistake_gets_a_sentence(records: Path, content: bytes, options: list[str], words: str) -> None:
    """What is wrong and what to do, no traceback."""
    records.write_bytes(content)
    done = run(["sandbox", "--corpus", str(records), *options])
    assert done.returncode == 2
    assert words in " ".join((done.stdout + done.stderr).split())
    assert "Traceback" not in done.stderr
