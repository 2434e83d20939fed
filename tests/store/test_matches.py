"""Which PMIDs a search matches, and which it no longer does; and who cites whom."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa

from monitor import store
from monitor.store import Database, Tx
from monitor.store.schema import tables
from tests.support.factories import DAY, NOW, article


def _found(tx: Tx, **how: list[str]) -> None:
    store.matches.record(tx, "ccsvi", "words", None, NOW, **how)


def _held(tx: Tx) -> tuple[set[str], set[str]]:
    return store.matches.current(tx, "ccsvi", "words"), store.matches.suspected_missing(tx, "ccsvi", "words")


def test_a_match_missing_once_is_suspected_and_still_current(db: Database) -> None:
    """PubMed's responses fluctuate."""
    with db.begin() as tx:
        _found(tx, new=["1", "2"])
        _found(tx, missing=["2"])
        assert _held(tx) == ({"1", "2"}, {"2"})


def test_a_suspected_match_that_comes_back_is_cleared(db: Database) -> None:
    """It must be missing twice in a row."""
    with db.begin() as tx:
        _found(tx, new=["1"])
        _found(tx, missing=["1"])
        _found(tx, back=["1"])
        assert _held(tx) == ({"1"}, set())


def test_a_match_gone_is_no_longer_current_and_may_return(db: Database) -> None:
    """When it returns it keeps when it was first seen."""
    with db.begin() as tx:
        _found(tx, new=["1"])
        _found(tx, missing=["1"])
        _found(tx, gone=["1"])
        assert _held(tx) == (set(), set())
        store.matches.record(tx, "ccsvi", "words", None, NOW + DAY, new=["1"])
        assert _held(tx) == ({"1"}, set())
        assert tx.scalar(sa.select(tables.matches.c.first_seen_at)) == NOW


def test_every_search_and_topic_that_matches_an_article_is_named(db: Database) -> None:
    """A digest says why an article is in it, and a revision concerns every topic that matches it."""
    with db.begin() as tx:
        _found(tx, new=["1", "2"])
        store.matches.record(tx, "ccsvi", "citing", None, NOW, new=["2"])
        store.matches.record(tx, "other", "words", None, NOW, new=["2"], gone=[])
        assert store.matches.searches_of(tx, "ccsvi", ["1", "2", "3"]) == {"1": ("words",), "2": ("citing", "words")}
        assert store.matches.topics_matching(tx, ["1", "2"]) == {"ccsvi": {"1", "2"}, "other": {"2"}}


def test_a_citation_is_new_only_when_no_source_had_seen_it(db: Database) -> None:
    """A second source confirms; it does not announce again."""
    with db.begin() as tx:
        assert store.citations.add(tx, "9", ["1", "2"], "pubmed", NOW) == {"1", "2"}
        assert store.citations.add(tx, "9", ["2", "3"], "europepmc", NOW + DAY) == {"3"}
        assert store.citations.add(tx, "9", [], "pubmed", NOW + DAY) == set()
        assert store.citations.citing(tx, "9") == {
            "1": (NOW, ("pubmed",)), "2": (NOW, ("pubmed", "europepmc")), "3": (NOW + DAY, ("europepmc",)),
        }  # fmt: skip
        assert store.citations.count(tx, "9") == 3


def test_citations_are_counted_in_the_month_the_citing_article_was_public(db: Database) -> None:
    """The first poll finds ten years of citations on one day; the picture must not say so."""
    with db.begin() as tx:
        store.articles.save(tx, [article("1", created_at=NOW.replace(year=2012, month=5))], NOW)
        store.citations.add(tx, "9", ["1", "2"], "pubmed", NOW)
        assert store.articles.known(tx, ["1"])["1"].first_public_on == date(2012, 5, 23)
        assert store.citations.count_by_month(tx, "9") == {"2012-05": {"pubmed": 1}, "2026-11": {"pubmed": 1}}
