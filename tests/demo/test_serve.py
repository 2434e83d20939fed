"""The demo's pages on loopback, and what the command says before it spends a minute."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from monitor.demo.serve import Pages
from tests.support import command


@pytest.fixture
def pages(tmp_path: Path) -> Iterator[Pages]:
    """A small folder, served."""
    home = tmp_path / "demo"
    (home / "mail" / "weekly@demo.example").mkdir(parents=True)
    (home / "index.html").write_text("<p>the page", "utf-8")
    (home / "mail" / "weekly@demo.example" / "0001.eml").write_text("Subject: one\n\n", "utf-8")
    (tmp_path / "secret.txt").write_text("no", "utf-8")
    with Pages(home) as open_pages:
        yield open_pages


def test_the_page_opens_with_a_strict_policy(pages: Pages) -> None:
    """The page is there; no script may run in it."""
    answer = httpx.get(pages.url)
    assert answer.text == "<p>the page"
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


def test_a_mail_is_shown_as_text(pages: Pages) -> None:
    """An .eml opens in the browser instead of being downloaded."""
    answer = httpx.get(f"{pages.url}mail/weekly@demo.example/0001.eml")
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"


@pytest.mark.parametrize("path", ["mail/", "../secret.txt", "%2e%2e/secret.txt", "nothing.html"])
def test_nothing_else_is_served(pages: Pages, path: str) -> None:
    """No listings, nothing outside the folder."""
    assert httpx.get(pages.url + path).status_code == 404


def run(*words: str) -> subprocess.CompletedProcess[str]:
    """`monitor demo` in a process of its own."""
    return command.run(["demo", *words])


def test_a_file_in_the_way_is_told_before_the_replay(tmp_path: Path) -> None:
    """Somebody's own index.html is neither overwritten nor found out about a minute later."""
    (tmp_path / "index.html").write_text("mine", "utf-8")
    done = run("--folder", str(tmp_path))
    assert done.returncode == 2
    assert "was not written by a demo" in done.stderr
    assert (tmp_path / "index.html").read_text("utf-8") == "mine"


def test_a_history_that_cannot_be_written_is_told_before_the_replay(tmp_path: Path) -> None:
    """A file where a folder is needed gives a sentence at once."""
    (tmp_path / "file").write_text("", "utf-8")
    done = run("--folder", str(tmp_path / "demo"), "--json", str(tmp_path / "file" / "history.json"))
    assert done.returncode == 2
    assert "--json" in done.stderr
