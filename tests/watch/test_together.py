"""What several searches ask of PubMed in one request, and that each of them still stands alone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import pytest

from monitor.errors import UpstreamError
from monitor.model import FetchResult, LinkResult, Outcome, SearchResult, Seed, Topic
from monitor.ports import Progress, silent
from monitor.store import Database
from monitor.watch import together
from tests.support.fake_pubmed import FakePubMed
from tests.support.poll_harness import PollHarness
from tests.support.records import DAY, article, citing, query, topic


def _harness(db: Database, pubmed: FakePubMed, topics: Sequence[Topic]) -> PollHarness:
    """Every search has its baseline and is asked once a day."""
    harness = PollHarness(db, pubmed, ())
    harness.configure(*topics)
    harness.poll(timedelta())
    pubmed.calls.clear()
    return harness


def _by_query(pubmed: FakePubMed, number: int) -> list[Topic]:
    """So many topics with a search by query each, of one article each."""
    for n in range(number):
        pubmed.list(article(str(n + 1)), f"words{n}")
    return [topic(query(f"s{n}", f"words{n}", key=f"t{n}"), key=f"t{n}") for n in range(number)]


def test_quiet_searches_by_query_share_the_question_for_modified_articles(db: Database) -> None:
    """Each lists its own articles, in one request; which of them were modified is asked for all at once."""
    pubmed = FakePubMed()
    harness = _harness(db, pubmed, _by_query(pubmed, 5))
    polls = harness.poll(DAY)
    assert [poll.outcome for poll in polls] == [Outcome.OK] * 5
    assert sorted(pubmed.calls) == ["modified_since"] + ["search"] * 5
    assert sum(poll.requests for poll in polls) == 6


def test_a_modified_article_is_seen_by_the_searches_that_match_it_and_by_no_other(db: Database) -> None:
    """The answer of the shared request lists it once; it is fetched for the topic that matches it."""
    pubmed = FakePubMed()
    harness = _harness(db, pubmed, _by_query(pubmed, 5))
    pubmed.revise(article("3", title="Another title"), date(2020, 1, 7))
    revised = {poll.topic: poll.revised for poll in harness.poll(DAY)}
    assert revised == {"t0": 0, "t1": 0, "t2": 1, "t3": 0, "t4": 0}


class _Counting(FakePubMed):
    """A PubMed that knows which records were fetched."""

    def __init__(self) -> None:
        super().__init__()
        self.fetched: list[str] = []

    def fetch(self, pmids: Sequence[str], progress: Progress = silent) -> FetchResult:
        """As PubMed does."""
        self.fetched += pmids
        return super().fetch(pmids, progress)


def test_a_record_that_several_searches_match_is_fetched_once_for_all_of_them(db: Database) -> None:
    """At the monthly check, which finds what changed without a new modification date; every poll is complete."""
    pubmed = _Counting()
    topics = _by_query(pubmed, 3)
    for n in range(3):
        pubmed.list(article("1"), f"words{n}")
    harness = _harness(db, pubmed, topics)
    for n in range(3):
        pubmed.add(article(str(n + 1), title="Another title"))
    pubmed.fetched.clear()
    polls = harness.poll(31 * DAY)
    assert [poll.outcome for poll in polls] == [Outcome.OK] * 3
    assert sorted(pubmed.fetched) == ["1", "2", "3"]
    assert sum(poll.revised for poll in polls) == 3


class _OneByOne(FakePubMed):
    """A PubMed that refuses every question that joins several queries."""

    def modified_since(self, query: str, day: date) -> SearchResult:
        """As a server does that finds it too long."""
        if " OR " in query:
            self._ask("refused")
            raise UpstreamError("PubMed reported a failure of its own: the query is too long.", requests=1)
        return super().modified_since(query, day)


def test_a_shared_question_that_pubmed_refuses_is_asked_for_each_search_alone(db: Database) -> None:
    """No poll fails, and no modified article is missed."""
    pubmed = _OneByOne()
    harness = _harness(db, pubmed, _by_query(pubmed, 3))
    pubmed.revise(article("2", title="Another title"), date(2020, 1, 7))
    polls = harness.poll(DAY)
    assert [(poll.outcome, poll.revised) for poll in sorted(polls, key=lambda poll: poll.topic)] == [
        (Outcome.OK, 0), (Outcome.OK, 1), (Outcome.OK, 0),
    ]  # fmt: skip
    assert pubmed.calls.count("refused") == 1
    assert pubmed.calls.count("modified_since") == 3


class _Broken(FakePubMed):
    """A PubMed that fails for one query, alone and among others."""

    broken = "words1"

    def search(self, query: str) -> SearchResult:
        """Fails for that query."""
        self._refuse(query)
        return super().search(query)

    def modified_since(self, query: str, day: date) -> SearchResult:
        """Fails where that query is among those joined."""
        self._refuse(query)
        return super().modified_since(query, day)

    def _refuse(self, query: str) -> None:
        if self.broken and self.broken in query:
            self._ask("refused")
            raise UpstreamError(f"PubMed failed for {self.broken}.", requests=1)


def test_a_search_that_fails_takes_no_other_with_it_and_is_asked_apart_from_then_on(db: Database) -> None:
    """Its poll fails with its cause; the others are current, and a day later share a question again."""
    pubmed = _Broken()
    pubmed.broken = ""
    harness = _harness(db, pubmed, _by_query(pubmed, 4))
    pubmed.broken = "words1"
    outcomes = {poll.topic: poll.outcome for poll in harness.poll(DAY)}
    assert outcomes == {"t0": Outcome.OK, "t1": Outcome.FAILED, "t2": Outcome.OK, "t3": Outcome.OK}
    assert "words1" in harness.state("s1", "t1").last_error
    pubmed.calls.clear()
    harness.poll(DAY)
    assert pubmed.calls.count("modified_since") == 1
    assert pubmed.calls.count("refused") == 1


def _by_link(pubmed: FakePubMed, number: int, articles: int = 3) -> list[Topic]:
    """So many topics on one seed, which so many articles cite."""
    cited = [str(2_000 + n) for n in range(articles)]
    for pmid in ("1000", *cited):
        pubmed.add(article(pmid))
    pubmed.cited_by["1000"] = set(cited)
    return [topic(citing(key=f"t{n}"), key=f"t{n}", seed=Seed(pmid="1000")) for n in range(number)]


@pytest.mark.parametrize("articles", [3, together.ARTICLES + 50])
def test_citing_searches_that_hold_the_same_articles_ask_once_which_were_modified(db: Database, articles: int) -> None:
    """However many they hold; each of them tells of the one that was."""
    pubmed = FakePubMed()
    harness = _harness(db, pubmed, _by_link(pubmed, 4, articles))
    pubmed.revise(article("2001", title="Another title"), date(2020, 1, 7))
    polls = harness.poll(DAY)
    assert pubmed.calls.count("modified_among") == 1
    assert sorted((poll.topic, poll.outcome, poll.revised) for poll in polls) == [
        (f"t{n}", Outcome.OK, int(n == 0)) for n in range(4)
    ]  # the others have it from the first: a record is one for all topics


def test_citing_searches_of_other_seeds_share_the_question_while_their_articles_fit_in_one(db: Database) -> None:
    """A modified article is fetched by the search that holds it; large ones are asked for alone."""
    pubmed, topics = FakePubMed(), []
    for n, size in enumerate((2, 2, together.ARTICLES, 2)):
        cited = {str(10_000 * (n + 1) + number) for number in range(size)}
        for pmid in (str(n + 1), *cited):
            pubmed.add(article(pmid))
        pubmed.cited_by[str(n + 1)] = cited
        topics.append(topic(citing(key=f"t{n}"), key=f"t{n}", seed=Seed(pmid=str(n + 1))))
    harness = _harness(db, pubmed, topics)
    pubmed.revise(article("20001", title="Another title"), date(2020, 1, 7))
    assert {poll.topic: poll.revised for poll in harness.poll(DAY)} == {"t0": 0, "t1": 1, "t2": 0, "t3": 0}
    assert pubmed.calls.count("modified_among") == 2


def test_a_shared_question_about_cited_articles_that_fails_is_asked_for_each_alone(db: Database) -> None:
    """No poll fails, and the next day they share it again."""

    class Refusing(FakePubMed):
        def modified_among(self, pmids: Sequence[str], day: date) -> SearchResult:
            if len(pmids) > 3:
                self._ask("refused")
                raise UpstreamError("PubMed refused.", requests=1)
            return super().modified_among(pmids, day)

    pubmed, topics = Refusing(), []
    for n in (1, 2):
        pubmed.add(article(str(n)))
        pubmed.add(article(str(100 + n)))
        pubmed.cited_by[str(n)] = {str(100 + n)}
        topics.append(topic(citing(key=f"t{n}"), key=f"t{n}", seed=Seed(pmid=str(n))))
    harness = _harness(db, pubmed, topics)
    for _ in range(2):
        assert {poll.outcome for poll in harness.poll(DAY)} == {Outcome.OK}
    assert (pubmed.calls.count("refused"), pubmed.calls.count("modified_among")) == (2, 4)


def test_more_seeds_than_one_request_takes_are_asked_for_in_several(db: Database) -> None:
    """Three at a time here would be a hundred in earnest: two requests for one more than that."""
    pubmed = FakePubMed()
    topics = []
    for n in range(together.SEEDS + 1):
        pmid = str(1_000 + n)
        pubmed.add(article(pmid))
        pubmed.cited_by[pmid] = {pmid}
        topics.append(topic(citing(key=f"t{n}", every=timedelta(hours=6)), key=f"t{n}", seed=Seed(pmid=pmid)))
    harness = _harness(db, pubmed, topics)
    polls = harness.poll(timedelta(hours=6))
    assert {poll.outcome for poll in polls} == {Outcome.OK}
    assert (len(polls), pubmed.calls.count("citing"), sum(poll.requests for poll in polls)) == (101, 2, 2)


def test_of_seeds_whose_pmid_is_unknown_ten_share_a_request(db: Database) -> None:
    """Whoever asks holds a claim while each of them is looked up."""
    pubmed = FakePubMed()
    topics = []
    for n in range(20):
        pubmed.add(article(str(1_000 + n), doi=f"10.1000/{n}"))
        pubmed.cited_by[str(1_000 + n)] = {str(1_000 + n)}
        topics.append(topic(citing(key=f"t{n}"), key=f"t{n}", seed=Seed(doi=f"10.1000/{n}")))
    harness = PollHarness(db, pubmed, ())
    harness.configure(*topics)
    assert {poll.outcome for poll in harness.poll(timedelta())} == {Outcome.OK}
    assert (pubmed.calls.count("resolve_doi"), pubmed.calls.count("citing")) == (20, 2)


class _Unresolving(FakePubMed):
    """A PubMed that is down while DOIs are looked up, and counts how often it was asked to."""

    def resolve_doi(self, doi: str) -> str:
        """Nothing."""
        self._ask("resolve_doi")
        raise UpstreamError(f"PubMed could not be reached to look up {doi}.", requests=1)


def test_while_pubmed_is_down_no_claimed_search_waits_for_the_seeds_of_all_others(db: Database) -> None:
    """A lease lasts half an hour; each search resolves its own seed, and the first of a group no more than that."""
    pubmed = _Unresolving()
    topics = [topic(citing(key=f"t{n}"), key=f"t{n}", seed=Seed(doi=f"10.1000/{n}")) for n in range(4)]
    harness = PollHarness(db, pubmed, ())
    harness.configure(*topics)
    polls = harness.poll(timedelta())
    assert [poll.outcome for poll in polls] == [Outcome.FAILED] * 4
    assert pubmed.calls.count("resolve_doi") == 4
    assert pubmed.calls.count("citing") == 0


@pytest.mark.parametrize(
    ("lengths", "questions"),
    [((2_000, 2_000), 1), ((2_000, 2_001), 2), ((4_000, 1), 2), ((2_000, 2_000, 2_000, 2_000), 2), ((5_000, 1, 1), 2)],
)
def test_queries_share_a_question_of_four_thousand_characters(lengths: tuple[int, ...], questions: int) -> None:
    """One of more is asked for alone; the next begin anew. Of another day nothing is shared."""
    pubmed, day = FakePubMed(), date(2020, 1, 6)
    texts = [f"{n:0{length}}" for n, length in enumerate(lengths)]
    modified = together.Modified([(text, day) for text in texts], pubmed)
    for text in texts:
        modified.since(text, day)
    assert pubmed.calls.count("modified_since") == questions
    days = [date(2020, 1, number) for number in (6, 7)]
    apart, asked = FakePubMed(), [("a", one) for one in days]
    by_day = together.Modified(asked, apart)
    for text, one in asked:
        by_day.since(text, one)
    assert apart.calls.count("modified_since") == 2


@pytest.mark.parametrize("length", [100, together.CHARACTERS])
def test_long_queries_are_not_joined_beyond_what_a_request_takes(length: int) -> None:
    """Each question has at most so many characters, or one query."""
    asked: list[str] = []

    class Listening(FakePubMed):
        def modified_since(self, query: str, day: date) -> SearchResult:
            asked.append(query)
            return super().modified_since(query, day)

    day = date(2020, 1, 6)
    queries = [f"{n:0{length}}" for n in range(50)]
    modified = together.Modified([(text, day) for text in queries], Listening())
    for text in queries:
        modified.since(text, day)
    joined = [text.count(" OR ") + 1 for text in asked]
    assert joined == ([20, 20, 10] if length == 100 else [1] * 50)


def test_links_that_pubmed_leaves_out_of_a_shared_answer_are_asked_for_alone(db: Database) -> None:
    """Silence about one seed among several is not taken for "nobody cites it"."""

    class Forgetful(FakePubMed):
        def citing(self, pmids: Sequence[str]) -> LinkResult:
            found = super().citing(pmids)
            left = {pmid: links for pmid, links in found.in_order.items() if len(pmids) == 1 or pmid != "100"}
            return LinkResult(left, found.link_name)

    pubmed = Forgetful(cited_by={"100": {"1"}, "200": {"2"}})
    for pmid in ("1", "2", "100", "200"):
        pubmed.add(article(pmid))
    harness = PollHarness(db, pubmed, ())
    harness.configure(*(topic(citing(key=key), key=key, seed=Seed(pmid=key)) for key in ("100", "200")))
    assert {poll.topic: poll.count for poll in harness.poll(timedelta())} == {"100": 1, "200": 1}
