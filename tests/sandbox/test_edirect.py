"""The sandbox as NCBI's own command-line programmes see it (EDirect; Debian: ncbi-entrez-direct)."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from monitor.sandbox import Server

pytestmark = pytest.mark.edirect

# EDirect's -base does not reach the searches it makes inside efetch, so its curl is sent here instead
CURL = """#!/bin/sh
for argument in "$@"; do
  shift
  set -- "$@" "$(printf '%s' "$argument" | sed "s|https://eutils.ncbi.nlm.nih.gov/entrez/eutils/|$SANDBOX_URL|")"
done
exec {curl} "$@"
"""

Shell = Callable[[Server, str], str]


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """Runs a pipe of EDirect programmes against a sandbox; fails when they complain."""
    assert shutil.which("esearch"), "EDirect is not installed: apt-get install ncbi-entrez-direct"
    curl = tmp_path / "curl"
    curl.write_text(CURL.format(curl=shutil.which("curl")))
    curl.chmod(0o755)

    def run(server: Server, pipe: str) -> str:
        path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
        here = {**os.environ, "PATH": path, "SANDBOX_URL": server.url, "EMAIL": "someone@example.org"}
        command = ["/bin/sh", "-c", pipe]  # the pipes are written in this file
        done = subprocess.run(command, env=here, capture_output=True, text=True, timeout=120, check=True)  # noqa: S603
        assert "FAILURE" not in done.stderr, done.stderr
        return done.stdout

    return run


@pytest.mark.parametrize(
    ("pipe", "lines"),
    [
        ('esearch -db pubmed -query "veins[ti]" | efetch -format uid', ["101", "102", "105", "107", "109"]),
        ('esearch -db pubmed -query "veins[ti] AND smith j[au]" | efetch -format uid', ["107"]),
        ('esearch -db pubmed -query "angioplasty[mh]" | efetch -format uid', ["102"]),
        ('esearch -db pubmed -query "10.5555/slow.101[doi]" | elink -related | efetch -format uid', ["101", "102"]),
        ("epost -db pubmed -id 101,102,103 | efetch -format uid", ["101", "102", "103"]),
        ('esearch -db pubmed -query "veins" | efilter -query "mice" | efetch -format uid', ["107"]),
        (
            "efetch -db pubmed -id 102 -format xml | xtract -pattern PubmedArticle -element MedlineCitation/PMID Title",
            ["102\tJournal of Invented Medicine"],
        ),
        (
            "esummary -db pubmed -id 102,105 | xtract -pattern DocumentSummary -element Title",
            ["Opening veins in multiple sclerosis: a randomized trial", "Opening veins revisited"],
        ),
        (
            "elink -db pubmed -id 101 -target pubmed -name pubmed_pubmed_citedin -cmd neighbor"
            " | xtract -pattern LinkSet -sep ' ' -element Link/Id",
            ["105 103 102"],
        ),
        ("einfo -db pubmed -fields | grep CRDT", ["CRDT\tDate - Create"]),
    ],
)
def test_a_pipe_of_edirect_works(sandbox: Server, shell: Shell, pipe: str, lines: list[str]) -> None:
    """Searching, posting, linking, filtering, summaries and records, through NCBI's own code."""
    assert shell(sandbox, pipe).splitlines() == lines


def test_edirect_gets_behind_the_wall(crowd: Server, shell: Shell) -> None:
    """Its recursive UID slicing, with its own check of the total, collects all 10,050 records."""
    before = len(crowd.requests)
    found = shell(crowd, 'esearch -db pubmed -query "report" | efetch -format uid').split()
    assert len(found) == 10_050
    asked = [logged.request.get("term") for logged in crowd.requests[before:]]
    assert "all [SB] NOT pubmed books [SB]" in asked
    assert any("[UID]" in term for term in asked)
