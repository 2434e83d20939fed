"""What PubMed links to a seed: when it is due, and what is stored."""

from __future__ import annotations

from monitor import store
from monitor.model import Access, ArticleSummary, FullText, RelatedArticles, Seed, SeedContext
from monitor.store import Database, Tx
from tests.support.factories import DAY, NOW, at_the_same_time, topic

KNOWN = SeedContext(
    "7",
    references=RelatedArticles(("3", "1"), NOW),
    similar=RelatedArticles(("9",), NOW - DAY),
    full_texts=(FullText("A Press", "https://example.org/7", Access.FREE),),
    full_texts_seen_at=NOW,
    asked_at=NOW,
)


def due(tx: Tx, *, after: int = 0, keys: tuple[str, ...] = ("ccsvi",)) -> list[str]:
    """The seeds due some days from now."""
    return store.seed_context.due(tx, keys, NOW + after * DAY)


def test_a_seed_is_due_from_when_its_pmid_is_known(db: Database) -> None:
    """A DOI alone cannot be queried; a topic that is no longer configured is not refreshed."""
    with db.begin() as tx:
        store.searches.sync(tx, [topic(seed=Seed(doi="10.1000/7"))], NOW)
        assert due(tx) == []
        store.topics.set_seed_pmid(tx, "ccsvi", "7", NOW)
        assert due(tx) == ["7"]
        assert due(tx, keys=("another",)) == []
        assert due(tx, keys=()) == []


def test_a_stored_context_is_read_back_unchanged(db: Database) -> None:
    """Order, instants and texts; empty for a seed without stored context."""
    with db.begin() as tx:
        store.seed_context.save(tx, KNOWN, NOW + DAY)
        assert store.seed_context.of(tx, "7") == KNOWN
        assert store.seed_context.of(tx, "8") == SeedContext("8")


def test_failures_are_counted_until_a_refresh_succeeds(db: Database) -> None:
    """And it is due when it was said to be, no sooner."""
    with db.begin() as tx:
        store.searches.sync(tx, [topic(seed=Seed(pmid="7"))], NOW)
        store.seed_context.save(tx, KNOWN, NOW + DAY, failures=2, error="timed out")
        assert store.seed_context.failures_in_row(tx, "7") == 2
        assert (due(tx), due(tx, after=1)) == ([], ["7"])
        store.seed_context.save(tx, KNOWN, NOW + 7 * DAY)
        assert store.seed_context.failures_in_row(tx, "7") == 0
        assert due(tx, after=6) == []


def test_a_summary_is_not_a_stored_article(db: Database) -> None:
    """A summary stores no article; a newer one replaces it."""
    with db.begin() as tx:
        for title in ("A title", "A better title"):
            store.seed_context.summarize(tx, [ArticleSummary("3", title, journal="J Veins", year=2012)], NOW)
        assert store.seed_context.summaries(tx, ["3", "4"]) == {
            "3": ArticleSummary("3", "A better title", journal="J Veins", year=2012)
        }
        assert store.articles.which_known(tx, ["3"]) == set()


def test_one_of_many_processes_refreshes(db: Database) -> None:
    """All at the same time."""
    won = at_the_same_time(db, lambda tx: bool(store.leases.take(tx, store.seed_context.WORK, NOW)))
    assert won.count(True) == 1
