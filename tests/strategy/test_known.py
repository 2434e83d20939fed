"""Known trials are named by PMID, DOI or registry number, a line each."""

from __future__ import annotations

from pathlib import Path

import pytest

from monitor.errors import ConfigError
from monitor.ports import silent
from monitor.strategy import known
from monitor.strategy.known import SoughtTrial
from tests.support.sandbox import CORPUS_XML
from tests.support.strategies import answers_of, pubmed_of


def test_a_file_has_a_trial_on_each_line(tmp_path: Path) -> None:
    """Names and remarks are optional, however they are separated."""
    file = tmp_path / "known.txt"
    file.write_text(
        "\ufeff# trials\n24975855\tPREMiSe\n\n10.1000/x (a DOI), 2014 # checked\nNCT01205633;Brave Dreams\n"
    )
    assert known.read_file(file) == [
        SoughtTrial("24975855", "PREMiSe"),
        SoughtTrial("10.1000/x", "(a DOI), 2014"),
        SoughtTrial("NCT01205633", "Brave Dreams"),
    ]


@pytest.mark.parametrize(("content", "words"), [("Zamboni 2014\n", "Zamboni: not a PMID"), (None, "Name a text file")])
def test_a_mistake_in_it_gets_a_sentence(content: str | None, words: str, tmp_path: Path) -> None:
    """The line's word, or why the file cannot be read."""
    file = tmp_path / "known.txt"
    if content:
        file.write_text(content)
    with pytest.raises(ConfigError, match=words):
        known.read_file(file)


def test_each_is_found_by_what_it_is_named_by() -> None:
    """And a DOI or number that PubMed reads as other words finds nothing."""
    named = [
        SoughtTrial(one) for one in ("102", "10.5555/OPEN.102", "NCT09990102", "nct09990102", "10.5555/none", "999")
    ]
    with pubmed_of(CORPUS_XML) as server, answers_of(server) as kept:
        found = known.with_records(named, kept, silent)
    assert [one.pmids for one in found] == [("102",), ("102",), ("102",), ("102",), (), ()]
