"""The operator changes a search: readers get one line about it, and as news only what PubMed has added meanwhile."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest

from monitor import store
from monitor.language.speech import speaking
from monitor.language.stored import change_text
from monitor.model import Change, ChangeKind, Search, SearchResult, SearchState, Seed
from monitor.store import Database
from monitor.watch.poll import poll_due
from monitor.watch.search_changes import apply_searches, of_baseline
from tests.support import pseudo_language
from tests.support.articles import sham_trial
from tests.support.fake_pubmed import FakePubMed
from tests.support.records import DAY, START, article, citing, query, topic

#: An article that PubMed had long before the first poll.
old = partial(article, created_at=START - 100 * DAY)


class Installed:
    """A topic with the articles 1 to 14 and an answer, polled once."""

    def __init__(self, db: Database) -> None:
        self.db, self.pubmed = db, FakePubMed(cited_by={"1": {"2"}, "3": {"4", "5"}})
        for number in range(1, 15):
            self.pubmed.list(old(str(number)), "veins")
        self.run(query())

    def run(self, *searches: Search, seed: Seed | None = None, days: int = 0) -> None:
        """The configuration has these searches; those that are due are polled."""
        configured = topic(*searches, seed=seed)
        now = START + days * DAY
        with self.db.begin() as tx:
            apply_searches(tx, [configured], now)
        poll_due([configured], self.pubmed.sources, self.db, now)

    def told(self) -> list[Change]:
        """Every change so far, oldest first."""
        with self.db.read() as tx:
            return store.changes.since(tx, "ccsvi", START - DAY)


@pytest.fixture
def installed(db: Database) -> Installed:
    """As it runs for some time."""
    return Installed(db)


def test_a_changed_query_is_told_once_with_what_it_lost_and_found(installed: Installed) -> None:
    """12 of 14 no longer match and 3 others do, which are no news; the numbers add up with those of the poll."""
    for number in (1, 2, 50, 51, 52):
        installed.pubmed.list(old(str(number)), "arteries")
    installed.run(query(text="arteries"), days=1)
    installed.run(query(text="arteries"), days=3)
    (change,) = installed.told()
    assert (change.kind, change.search, change.pmid) == (ChangeKind.SEARCH_CHANGED, "veins", "")
    assert change.why == (
        "The search “veins” was changed on 7 January 2020: 12 articles no longer match it and 3 more do. "
        "What was found before stays on record."
    )
    with installed.db.read() as tx:
        (poll, _) = store.polls.latest(tx, "ccsvi", "veins", 2)
        assert poll.count == 14 - 12 + 3
        assert store.articles.count_on_record(tx, "ccsvi") == 14 + 3


def test_each_number_has_its_sentence(installed: Installed) -> None:
    """One article more; then one less; then the same articles by another query, of which nothing is told."""
    for number in range(1, 16):
        installed.pubmed.list(old(str(number)), "wider")
        installed.pubmed.list(old(str(number)), "the same")
    installed.run(query(text="wider"), days=1)
    installed.run(query(text="veins"), days=2)
    installed.run(query(text="wider"), days=3)
    installed.run(query(text="the same"), days=4)
    assert [change.why for change in installed.told()] == [
        "The search “veins” was changed on 7 January 2020: 1 more article matches it.",
        "The search “veins” was changed on 8 January 2020: 1 article no longer matches it. "
        "What was found before stays on record.",
        "The search “veins” was changed on 9 January 2020: 1 more article matches it.",
    ]


STAYS = "What was found before stays on record."


@pytest.mark.parametrize(
    ("lost", "more", "told"),
    [
        (0, 0, ""),
        (1, 1, f"1 article no longer matches it and 1 more does. {STAYS}"),
        (2, 1, f"2 articles no longer match it and 1 more does. {STAYS}"),
        (1, 1_200, f"1 article no longer matches it and 1,200 more do. {STAYS}"),
        (1_200, 0, f"1,200 articles no longer match it. {STAYS}"),
        (0, 1_200, "1,200 more articles match it."),
    ],
)
def test_what_a_changed_search_loses_and_finds_is_one_sentence(lost: int, more: int, told: str) -> None:
    """One or many of each; and of a search by link only what it finds, because it loses nothing."""
    before = {str(n) for n in range(2_000)}
    found = SearchResult(frozenset(str(n) for n in range(lost, 2_000 + more)), 0, "veins")
    asked = SearchState("ccsvi", "veins", START, last_success_at=START - DAY)
    changes = of_baseline(query(), asked, before, found, set(), START)
    said = f"The search “veins” was changed on {START.day} {START:%B %Y}: "
    assert [(one.why, one.search, one.topic) for one in changes] == ([(said + told, "veins", "ccsvi")] if told else [])
    linked = of_baseline(citing(), asked, before, found, set(), START)
    assert ["no longer" in one.why for one in linked] == [False] * bool(more)


def test_a_changed_search_can_be_told_in_another_language_down_to_its_parts() -> None:
    """What it lost and what it found are one sentence of two phrases."""
    found = SearchResult(frozenset(str(n) for n in range(2, 12)), 0, "veins")
    asked = SearchState("ccsvi", "veins", START, last_success_at=START - DAY)
    (told,) = of_baseline(query(), asked, {str(n) for n in range(10)}, found, set(), START)
    with speaking(pseudo_language.catalogue()):
        assert pseudo_language.left_out(change_text(told.why)) == ["veins", "January 6, 2020: 2"]


@pytest.mark.parametrize(("count", "told"), [(0, ""), (1, "1 article"), (1_200, "1,200 articles")])
def test_a_search_that_is_added_tells_how_many_articles_it_brought(count: int, told: str) -> None:
    """Which are no news."""
    arrived = {str(n) for n in range(count)}
    found = SearchResult(frozenset(arrived), count, "veins")
    changes = of_baseline(query(), SearchState("ccsvi", "veins", START), set(), found, arrived, START)
    said = f"The search “veins” was added on {START.day} {START:%B %Y} and brought {told} not found before."
    assert [one.why for one in changes] == ([said] if count else [])


@pytest.mark.parametrize(
    ("names", "articles", "told"),
    [
        ("a", ("81",), "The search “a” was removed on 8 January 2020: 1 article that nothing else finds is"),
        ("a", ("81", "82"), "The search “a” was removed on 8 January 2020: 2 articles that nothing else finds are"),
        (
            "ab",
            ("81",),
            "The searches “a” and “b” were removed on 8 January 2020: 1 article that nothing else finds is",
        ),
        (
            "ba",
            ("81", "82"),
            "The searches “a” and “b” were removed on 8 January 2020: 2 articles that nothing else finds are",
        ),
    ],
)
def test_what_is_no_longer_looked_for_is_counted(
    installed: Installed, names: str, articles: tuple[str, ...], told: str
) -> None:
    """One search or several, one article or several."""
    for name in names:
        for number in articles:
            installed.pubmed.list(old(number), name)
    installed.run(query(), *(query(name, name) for name in names), days=1)
    installed.run(query(), days=2)
    assert installed.told()[-1].why == f"{told} no longer looked for. {STAYS}"


def test_a_search_that_found_nothing_of_its_own_goes_without_a_word(installed: Installed) -> None:
    """All that it listed is still looked for."""
    installed.pubmed.list(old("1"), "a")
    installed.run(query(), query("a", "a"), days=1)
    installed.run(query(), days=2)
    assert installed.told() == []


def test_a_narrower_query_takes_no_trial_from_the_answer(installed: Installed) -> None:
    """The digest's number of articles on record is never less than what the answer counts."""
    installed.pubmed.list(sham_trial("700", 19), "veins")
    installed.run(query(), days=1)
    installed.pubmed.list(old("1"), "narrow")
    installed.run(query(text="narrow"), days=2)
    with installed.db.read() as tx:
        answer = store.answers.current(tx, "ccsvi")
        assert answer is not None
        assert len(answer.answer.trials) == 1
        assert (store.articles.count(tx, "ccsvi"), store.articles.count_on_record(tx, "ccsvi")) == (1, 15)


def test_a_search_that_is_added_is_told_when_it_brings_articles(installed: Installed) -> None:
    """Those that another search has found already are no reason for a line."""
    installed.pubmed.list(old("2"), "known")
    installed.pubmed.list(old("60"), "arteries")
    installed.run(query(), query("known", "known"), query("arteries", "arteries"), days=1)
    (change,) = installed.told()
    assert change.why == "The search “arteries” was added on 7 January 2020 and brought 1 article not found before."


def test_what_pubmed_added_since_the_last_poll_is_news_though_the_query_was_changed(installed: Installed) -> None:
    """Whether the old query would have listed it or not; the sentence counts the others."""
    for number, name in ((70, "veins"), (70, "arteries"), (71, "arteries")):
        installed.pubmed.list(article(str(number), created_at=START + DAY), name)
    installed.pubmed.list(old("72"), "arteries")
    installed.run(query(text="arteries"), days=2)
    installed.run(query(text="arteries"), days=4)
    assert [(change.kind, change.pmid) for change in installed.told() if change.pmid] == [
        (ChangeKind.NEW, "70"),
        (ChangeKind.NEW, "71"),
    ]
    (line,) = [change.why for change in installed.told() if not change.pmid]
    assert "14 articles no longer match it and 1 more does." in line


@pytest.mark.parametrize("others", [(), (query("others", "others"),)], ids=["the only search", "one of two"])
def test_a_search_that_gets_another_name_loses_nothing(installed: Installed, others: tuple[Search, ...]) -> None:
    """It had not been answered for ten days; what PubMed added in them is told as news, and nothing else."""
    installed.run(query(), *others)
    for number, created_at in ((80, START - 20 * DAY), (81, START + DAY), (82, START + 9 * DAY)):
        installed.pubmed.list(article(str(number), created_at=created_at), "veins")
    installed.run(*others, query("venous", "veins"), days=10)
    assert sorted(change.pmid for change in installed.told() if change.pmid) == ["81", "82"]


@pytest.mark.parametrize("text", ["veins", "venous"], ids=["the same query", "another query"])
def test_a_topic_that_is_taken_out_and_put_back_tells_what_came_meanwhile(installed: Installed, text: str) -> None:
    """Its readers were there all the time; what its query would have listed before is no news."""
    for number, created_at in ((90, START - 20 * DAY), (91, START + DAY), (92, START + 9 * DAY)):
        installed.pubmed.list(article(str(number), created_at=created_at), "venous")
    for number in (91, 92):
        installed.pubmed.list(article(str(number), created_at=START + number % 90 * DAY), "veins")
    with installed.db.begin() as tx:
        apply_searches(tx, [], START + timedelta(hours=1))
    installed.run(query(text=text), days=10)
    assert sorted(change.pmid for change in installed.told() if change.pmid) == ["91", "92"]


def test_searches_that_are_removed_are_told_together(installed: Installed) -> None:
    """With how many articles are no longer looked for; one that another search still finds is not counted."""
    for number, name in (("1", "a"), ("80", "a"), ("81", "b"), ("80", "b")):
        installed.pubmed.list(old(number), name)
    installed.run(query(), query("a", "a"), query("b", "b"), days=1)
    installed.run(query(), days=2)
    *_, change = installed.told()
    assert change.why == (
        "The searches “a” and “b” were removed on 8 January 2020: 2 articles that nothing else finds are no longer "
        "looked for. What was found before stays on record."
    )
    installed.run(query(), days=3)
    assert installed.told()[-1] == change


def test_another_seed_changes_the_search_that_follows_it(installed: Installed) -> None:
    """What cites it is recorded and told in one line."""
    installed.run(query(), citing(), seed=Seed(pmid="1"), days=1)
    installed.run(query(), citing(), seed=Seed(pmid="3"), days=2)
    assert [change.why for change in installed.told()][-1] == (
        "The search “citing” was changed on 8 January 2020: 2 more articles match it."
    )


def test_before_the_first_answer_there_is_nobody_to_tell(db: Database) -> None:
    """The operator tries queries until one is right."""
    pubmed = FakePubMed()
    pubmed.is_down = True
    with db.begin() as tx:
        apply_searches(tx, [topic(query())], START)
    poll_due([topic(query())], pubmed.sources, db, START)
    pubmed.is_down = False
    pubmed.list(old("1"), "arteries")
    changed = topic(query(text="arteries"))
    with db.begin() as tx:
        apply_searches(tx, [changed], START + timedelta(hours=1))
    poll_due([changed], pubmed.sources, db, START + timedelta(hours=1))
    with db.read() as tx:
        assert store.changes.recent(tx, "ccsvi", 10) == []
