"""`monitor sandbox` as a person uses it."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import urllib.request
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from monitor.commands._shared import ProgressLines
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
    command = [*MONITOR, "--corpus", str(records), *options]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30)  # noqa: S603  # ourselves
    assert done.returncode == 2
    assert words in " ".join((done.stdout + done.stderr).split())
    assert "Traceback" not in done.stderr


def test_without_a_terminal_a_large_corpus_says_every_two_seconds_how_long_it_will_take() -> None:
    """Ten a second: the first line after two seconds, one for every two from then on."""
    said: list[str] = []
    clock = iter(datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=second) for second in range(7))
    lines = ProgressLines(said.append, lambda: next(clock))
    for second in range(1, 7):
        lines(10 * second, 100, "records read")
    assert said == [f"{n} of 100 records read, 10/s, {10 - n // 10} s left" for n in (20, 40, 60)]
