"""A second backtest asks little, and one that was interrupted goes on where it was."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from monitor.errors import ConfigError, UpstreamError
from monitor.model import Article
from monitor.ports import silent
from monitor.sandbox import Fault
from monitor.strategy.kept_answers import KeptAnswers
from tests.support.sandbox import CORPUS_XML
from tests.support.strategies import answers_of, pubmed_of

QUERY = "vein*[tiab]"


def _all(kept: KeptAnswers) -> dict[str, Article]:
    return kept.fetch(sorted(kept.search(QUERY)), silent)


def test_a_second_run_asks_nothing(tmp_path: Path) -> None:
    """Lists, counts and records come from the folder, and are the same."""
    with pubmed_of(CORPUS_XML) as server:
        with answers_of(server, tmp_path) as kept:
            first, count = _all(kept), kept.count(QUERY)
            assert (kept.requests, kept.reused) == (3, 0)
        with answers_of(server, tmp_path) as kept:
            assert (_all(kept), kept.count(QUERY)) == (first, count)
            assert (kept.requests, kept.reused) == (0, 2 + len(first))


def test_an_interrupted_run_goes_on(tmp_path: Path) -> None:
    """What had come is kept, a line that was half written is asked for again."""
    with pubmed_of(CORPUS_XML) as server:
        with answers_of(server, tmp_path) as kept:
            kept.search(QUERY)
            server.faults.add(Fault.UNAVAILABLE, endpoint="efetch")
            with pytest.raises(UpstreamError):
                _all(kept)
        server.faults.clear()
        (records,) = [file for file in tmp_path.iterdir() if "lists" in file.name]
        records.write_bytes(records.read_bytes() + b'{"question": "search all[sb]", "asked_on"')
        server.requests.clear()
        with answers_of(server, tmp_path) as kept:
            assert len(_all(kept)) == len(kept.search(QUERY))
        assert [one.request.endpoint for one in server.requests] == ["efetch"]


def test_what_pubmed_did_not_have_is_asked_again_on_another_day(tmp_path: Path) -> None:
    """A trial that was not listed last month may be listed now; lists that had something are kept."""
    with pubmed_of(CORPUS_XML) as server, answers_of(server, tmp_path) as kept:
        assert (kept.search("nosuchword[ti]"), kept.fetch(["999"], silent)) == (frozenset(), {})
        kept.search(QUERY)
        tomorrow = KeptAnswers(kept.sources, kept.upstream, kept.today + timedelta(days=1), tmp_path)
        server.requests.clear()
        tomorrow.search("nosuchword[ti]")
        tomorrow.fetch(["999"], silent)
        tomorrow.search(QUERY)
        assert len(server.requests) == tomorrow.requests > 1
        assert tomorrow.reused == 1


def test_a_comparison_asks_anew_on_another_day(tmp_path: Path) -> None:
    """What two queries find is compared as of one day; records are kept."""
    with pubmed_of(CORPUS_XML) as server, answers_of(server, tmp_path) as kept:
        _all(kept)
        tomorrow = replace(kept, today=kept.today + timedelta(days=1), is_current=True, requests=0)
        _all(tomorrow)
        assert tomorrow.requests == 1


def test_answers_of_another_pubmed_are_not_used(tmp_path: Path) -> None:
    """A sandbox's records must never be taken for those of NCBI."""
    with pubmed_of(CORPUS_XML) as server, answers_of(server, tmp_path) as kept:
        kept.search(QUERY)
        elsewhere = KeptAnswers(kept.sources, "https://eutils.ncbi.nlm.nih.gov/entrez/eutils/", kept.today, tmp_path)
        elsewhere.search(QUERY)
        assert elsewhere.requests == 1


def test_a_folder_that_cannot_be_written_is_a_mistake_of_the_command_line(tmp_path: Path) -> None:
    """With a sentence that says what to do."""
    (tmp_path / "file").write_text("")
    with (
        pubmed_of(CORPUS_XML) as server,
        answers_of(server, tmp_path / "file") as kept,
        pytest.raises(ConfigError, match="Name another folder"),
    ):
        kept.search(QUERY)
