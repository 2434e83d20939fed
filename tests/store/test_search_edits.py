"""Who changed which search, and when: written at each start at which the configuration differs."""

from __future__ import annotations

from dataclasses import replace

from monitor.model import Search, SearchEditKind, SearchKind, Seed, Topic
from monitor.store import Database, search_edits
from monitor.watch.search_changes import apply_searches
from tests.support.factories import DAY, NOW, topic

ADDED, CHANGED, REMOVED, RESTORED = SearchEditKind


def _edits(db: Database, *lives: tuple[Topic | None, str]) -> list[tuple[object, ...]]:
    """A start a day with each of these configurations; what was recorded of it."""
    for day, (configured, by) in enumerate(lives):
        with db.begin() as tx:
            apply_searches(tx, [configured] if configured else [], NOW + day * DAY, by)
    with db.read() as tx:
        return [
            (edit.search, edit.what, edit.strategy, edit.by, (edit.at - NOW).days)
            for edit in search_edits.of_topic(tx, "ccsvi")
        ]


def test_a_query_is_added_changed_removed_and_taken_back(db: Database) -> None:
    """Each with who did it; a start that changes nothing adds nothing."""
    old, new = topic("ccsvi"), topic("ccsvi OR veins")
    assert _edits(db, (old, "Ann"), (old, "Bob"), (new, "Bob"), (None, ""), (new, "Ann"), (new, "Ann")) == [
        ("words", ADDED, "ccsvi", "Ann", 0),
        ("words", CHANGED, "ccsvi OR veins", "Bob", 2),
        ("words", REMOVED, "ccsvi OR veins", "", 3),
        ("words", RESTORED, "ccsvi OR veins", "Ann", 4),
    ]


def test_another_seed_changes_the_searches_by_its_links(db: Database) -> None:
    """They have no query of their own."""
    first = topic(seed=Seed(doi="10.1/a"))
    second = replace(first, seed=Seed(pmid="7"))
    edits = _edits(db, (first, "Ann"), (second, "Ann"))
    assert [edit for edit in edits if edit[0] == "citing"] == [
        ("citing", ADDED, "articles that cite 10.1/a", "Ann", 0),
        ("citing", CHANGED, "articles that cite PMID 7", "Ann", 1),
    ]


def test_a_search_of_another_kind_is_a_change(db: Database) -> None:
    """Under the name that it had."""
    by_words = topic()
    by_link = replace(by_words, searches=(Search("ccsvi", "words", SearchKind.SIMILAR, DAY),))
    assert _edits(db, (by_words, "Ann"), (by_link, "Ann"))[1][1:3] == (
        CHANGED,
        "articles that PubMed computes to be similar to the seed",
    )
