"""What a poll asks of PubMed: when records are asked for again, from which day on, and what that costs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import pytest

from monitor.model import FetchResult, Outcome, SearchResult, Seed
from monitor.ports import Progress
from monitor.store import Database
from monitor.watch.poll import poll_due
from tests.support.fake_pubmed import FakePubMed
from tests.support.poll_harness import PollHarness
from tests.support.records import DAY, article, citing, query, topic


class Listening(FakePubMed):
    """A PubMed that keeps the days it was asked about, and the records."""

    days: list[date]
    fetched: list[str]

    def modified_since(self, query: str, day: date) -> SearchResult:
        """From which day on."""
        self.days.append(day)
        return super().modified_since(query, day)

    def modified_among(self, pmids: Sequence[str], day: date) -> SearchResult:
        """The same of given articles."""
        self.days.append(day)
        return super().modified_among(pmids, day)

    def fetch(self, pmids: Sequence[str], progress: Progress) -> FetchResult:
        """Which records."""
        self.fetched += pmids
        return super().fetch(pmids, progress)

    def forget(self) -> None:
        """What was asked so far."""
        self.days, self.fetched = [], []
        self.calls.clear()


def harness(db: Database, *, is_by_link: bool = False) -> tuple[PollHarness, Listening]:
    """Three articles are listed, by a query or because they cite the seed; they have been polled once."""
    pubmed = Listening()
    pubmed.forget()
    for pmid in ("1", "2", "3", "100"):
        pubmed.add(article(pmid))
    for pmid in ("1", "2", "3"):
        pubmed.list(article(pmid), "veins")
    pubmed.cited_by["100"] = {"1", "2", "3"}
    made = PollHarness(db, pubmed, ())
    made.configure(topic(citing(), seed=Seed(pmid="100")) if is_by_link else topic(query()))
    made.poll(timedelta())
    pubmed.forget()
    return made, pubmed


@pytest.mark.parametrize(
    ("days", "asked", "fetched"),
    [(1, [date(2020, 1, 3)], []), (29, [date(2020, 1, 3)], []), (30, [], ["1", "2", "3"])],
)
def test_every_record_is_read_anew_after_thirty_days(
    sqlite_db: Database, days: int, asked: list[date], fetched: list[str]
) -> None:
    """Until then only what was modified since three days before the last answer."""
    made, pubmed = harness(sqlite_db)
    (poll,) = made.poll(days * DAY)
    assert (pubmed.days, sorted(pubmed.fetched)) == (asked, fetched)
    assert poll.requests == 2


def test_a_search_by_link_is_checked_once_a_day(sqlite_db: Database) -> None:
    """From three days before the last check; in between the links alone are read."""
    made, pubmed = harness(sqlite_db, is_by_link=True)
    made.configure(topic(citing(every=DAY / 4), seed=Seed(pmid="100")))
    (first,) = made.poll(DAY)
    assert (pubmed.days, first.requests) == ([date(2020, 1, 3)], 2)
    pubmed.forget()
    (second,) = made.poll(DAY / 4)
    assert (pubmed.days, second.requests) == ([], 1)
    (third,) = made.poll(DAY * 3 / 4)
    assert (pubmed.days, third.requests) == ([date(2020, 1, 4)], 2)


@pytest.mark.parametrize("is_by_link", [False, True])
def test_a_new_article_costs_one_request_more(sqlite_db: Database, *, is_by_link: bool) -> None:
    """Its record is fetched and no other."""
    made, pubmed = harness(sqlite_db, is_by_link=is_by_link)
    pubmed.list(article("4"), "veins")
    pubmed.cited_by["100"].add("4")
    (poll,) = made.poll()
    assert (pubmed.fetched, poll.requests) == (["4"], 3)
    assert ("citing" if is_by_link else "new", "4") in made.reported()


def test_what_left_all_searches_is_fetched_as_if_it_were_new(sqlite_db: Database) -> None:
    """Nobody kept its record up to date meanwhile."""
    made, pubmed = harness(sqlite_db)
    pubmed.unlist("3", "veins")
    made.poll()
    made.poll()
    assert made.reported()[-1] == ("gone", "3")
    pubmed.forget()
    pubmed.list(article("3", title="Another title"), "veins")
    made.poll()
    assert pubmed.fetched == ["3"]


def test_a_poll_names_twenty_records_that_it_could_not_read(sqlite_db: Database) -> None:
    """Of hundreds the first few say enough; all are asked for again."""
    made, pubmed = harness(sqlite_db)
    for number in range(200, 225):
        pubmed.list(article(str(number)), "veins")
        pubmed.unreadable.add(str(number))
    (poll,) = made.poll()
    assert (poll.outcome, poll.unread, poll.error.count("PMID ")) == (Outcome.INCOMPLETE, 25, 20)


@pytest.mark.parametrize(
    ("title", "why"),
    [
        ("Venous study", ""),
        ("Venoplasty", "it names “Venoplasty”"),
        ("Venoplasty in multiple sclerosis", "it names “Venoplasty” and “multiple sclerosis”"),
    ],
)
def test_a_new_article_says_which_terms_it_names(sqlite_db: Database, title: str, why: str) -> None:
    """Of the question."""
    made, pubmed = harness(sqlite_db)
    pubmed.list(article("4", title), "veins")
    made.poll()
    assert made.change("new", "4").why == why


def test_progress_names_each_search_and_ends_with_all(sqlite_db: Database) -> None:
    """For a terminal that shows how far it is."""
    made, pubmed = harness(sqlite_db)
    told: list[tuple[int, int, str]] = []
    poll_due(made.topics, pubmed.sources, sqlite_db, made.now + DAY, lambda *step: told.append(step))
    assert told == [(0, 1, "ccsvi/veins"), (1, 1, "searches asked")]
