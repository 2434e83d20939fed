"""What readers are told of a preprint, sentence by sentence, and how it is named."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from monitor.model import Author, Design, HeldPreprint, Level, PublishedAs, SourceName, Verdict
from monitor.watch.outside.preprints import sentences
from tests.support.preprints import TITLE, preprint
from tests.support.records import START

IN_ITS_PLACE = "In its place stands: “{}”"


def test_a_preprint_is_called_a_trial_only_where_it_calls_itself_one() -> None:
    """And never peer-reviewed."""
    assert sentences.posted(is_trial=False) == ("Preprint, not peer-reviewed.",)
    assert sentences.posted(is_trial=True)[1:] == ("It describes itself as a randomised trial of the question.",)


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({}, ("This preprint has been withdrawn.",)),
        ({"withdrawn_on": date(2020, 1, 9)}, ("This preprint was withdrawn on 9 January 2020.",)),
        ({"notice": "Error."}, ("This preprint has been withdrawn.", IN_ITS_PLACE.format("Error."))),
        ({"notice": f"WITHDRAWN: {TITLE}"}, ("This preprint has been withdrawn.",)),
        ({"notice": "x" * 300}, ("This preprint has been withdrawn.", IN_ITS_PLACE.format("x" * 300))),
        (
            {"notice": "An error. " * 30 + "!"},
            ("This preprint has been withdrawn.", IN_ITS_PLACE.format(("An error. " * 30).rstrip() + " …")),
        ),
    ],
)
def test_a_withdrawal_is_told_with_the_words_of_its_server(fields: dict[str, Any], told: tuple[str, ...]) -> None:
    """Up to 300 characters of them, cut between words; a notice that only repeats the title says nothing."""
    assert sentences.withdrawn(preprint(**fields)) == told


@pytest.mark.parametrize(
    ("article", "named"),
    [
        (PublishedAs("7", "10.1/a", "“Veins”, Vasa, 2020.", "same title"), "“Veins”, Vasa, 2020"),
        (PublishedAs("7", "10.1/a", why="same title"), "PMID 7"),
        (PublishedAs(doi="10.1/a", why="same title"), "doi:10.1/a"),
    ],
)
def test_the_article_of_a_preprint_is_named_as_well_as_it_is_known(article: PublishedAs, named: str) -> None:
    """By its citation, else its PMID, else its DOI; with the reason why it is taken for it."""
    assert sentences.published(article) == f"Now published as {named} (same title)."


def test_an_article_says_when_its_preprint_was_told() -> None:
    """After its own reason, where it has one; nothing of a preprint that nobody was told of."""
    untold = HeldPreprint(preprint(), Verdict("PPR1", "ccsvi", Design.RANDOMIZED, Level.STATED, "1"), "1", START)
    held = replace(untold, told_at=datetime(2020, 1, 9, tzinfo=UTC))
    assert sentences.told_before(held, "names x") == "names x; told before, on 9 January 2020, as a preprint"
    assert sentences.told_before(held, "") == "told before, on 9 January 2020, as a preprint"
    assert sentences.told_before(untold, "names x") == "names x"


def test_a_preprint_is_shown_with_who_wrote_it_where_and_when() -> None:
    """Three authors by name; what is unknown is left out; a link to its DOI, else to Europe PMC."""
    four = tuple(Author(name, initials="J") for name in ("Doe", "Roe", "Poe", "Coe"))
    shown = sentences.item(preprint(authors=four, version=2, pmid="5", article=PublishedAs("7")), "Said.")
    assert (shown.details, shown.pmids) == ("Doe J, Roe J, Poe J, et al · medRxiv · 2020 · v2", ("5", "7"))
    assert (shown.key, shown.title, shown.sentences) == ("PPR1", TITLE, ("Said.",))
    assert (shown.source, shown.on) == (SourceName.EUROPE_PMC.label, date(2020, 1, 3))
    assert shown.url == "https://doi.org/10.1101/2020.01.03.20000001"
    bare = sentences.item(preprint(authors=four[:3], server="", posted_on=None, doi="", article=PublishedAs()))
    assert (bare.details, bare.pmids) == ("Doe J, Roe J, Poe J", ())
    assert bare.url == "https://europepmc.org/article/PPR/PPR1"
    assert sentences.url(preprint(doi="10.1/a b")) == "https://doi.org/10.1/a%20b"
    assert sentences.url(preprint(doi="", id="P/1")) == "https://europepmc.org/article/PPR/P%2F1"
