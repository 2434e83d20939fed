"""An article whose record cannot be read is held as unread, told as such, and asked for again at its own time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

import pytest

from monitor import store
from monitor.errors import UpstreamError
from monitor.model import FetchResult, Frequency, NoticeKind, Outcome, Poll, Reference, Seed, Unread
from monitor.ports import Progress, silent
from monitor.sandbox import Corpus, Fault, Server
from monitor.store import Database
from monitor.watch.poll import poll_due
from tests.support.articles import sham_trial
from tests.support.fake_pubmed import FakePubMed
from tests.support.ncbi_server import sources
from tests.support.poll_harness import PollHarness, polled_once
from tests.support.records import DAY, article, citing, notice, query, topic
from tests.support.sandbox import article as record

HOUR = timedelta(hours=1)
DAILY, WEEKLY = Frequency.DAILY, Frequency.WEEKLY


@pytest.fixture
def harness(db: Database) -> PollHarness:
    """Three articles match; they have been polled once, as a baseline."""
    return polled_once(db)


def unread(harness: PollHarness, key: str = "ccsvi") -> dict[str, Unread]:
    """What is held as unread, by PMID."""
    with harness.db.read() as tx:
        return store.unread.of_topic(tx, key)


def is_listed_unreadable(harness: PollHarness, pmid: str) -> None:
    """PubMed lists an article, and nobody can read its record."""
    harness.pubmed.list(article(pmid), "veins")
    harness.pubmed.unreadable.add(pmid)


def test_it_is_told_with_its_pmid_and_then_as_itself(harness: PollHarness) -> None:
    """The daily reader is told twice, first that it is there, then what it is; the others of the poll as ever."""
    is_listed_unreadable(harness, "4")
    harness.pubmed.list(article("5"), "veins")
    (poll,) = harness.poll()
    assert (poll.outcome, poll.new, poll.unread) == (Outcome.INCOMPLETE, 1, 1)
    assert poll.error == "PMID 4: its record cannot be read"
    assert harness.told(DAILY) == [("new", "5"), ("unread", "4")]
    assert harness.change("unread", "4").why == "its record could not be read yet"
    harness.pubmed.unreadable.clear()
    (poll,) = harness.poll()
    assert (poll.outcome, poll.new, poll.unread, poll.error) == (Outcome.OK, 1, 0, "")
    assert harness.told(DAILY) == [("new", "4")]
    assert harness.told(WEEKLY) == [("new", "4"), ("new", "5")]
    assert unread(harness) == {}


def test_a_listed_record_that_efetch_leaves_out_is_unread_too(harness: PollHarness) -> None:
    """The index is ahead of the records."""
    harness.pubmed.listed["veins"].add("4")
    harness.poll()
    assert unread(harness)["4"].cause == "PubMed did not return its record"
    assert harness.reported() == [("unread", "4")]
    harness.pubmed.list(article("4"), "veins")
    harness.poll()
    assert harness.reported() == [("new", "4")]


def test_it_is_told_once_however_long_it_lasts_and_the_polls_are_well(harness: PollHarness) -> None:
    """Only the first is incomplete; each that tries again names the cause."""
    is_listed_unreadable(harness, "4")
    polls = [poll for _ in range(30) for poll in harness.poll()]
    assert [poll.outcome for poll in polls] == [Outcome.INCOMPLETE, *[Outcome.OK] * 29]
    assert {poll.unread for poll in polls} == {1}
    assert harness.reported() == [("unread", "4")]
    assert harness.state().last_success_at == harness.now


def test_it_is_asked_for_again_after_an_hour_then_two_and_at_last_once_a_week(harness: PollHarness) -> None:
    """In between a poll costs what it always does."""
    harness.configure(topic(query(every=HOUR)))
    is_listed_unreadable(harness, "4")
    costs = [poll.requests for _ in range(28 * 24) for poll in harness.poll(HOUR)]
    tried = [hour for hour, cost in enumerate(costs) if cost > 2]
    assert tried == [0, 1, 3, 7, 15, 31, 63, 127, 255, 423, 591]
    assert max(costs) == 3
    assert unread(harness)["4"].tries == len(tried)


def test_a_good_article_is_not_asked_for_beside_a_bad_one(harness: PollHarness) -> None:
    """A record that breaks its batch costs the others nothing the second time."""
    is_listed_unreadable(harness, "4")
    harness.poll()
    harness.pubmed.list(article("5"), "veins")
    asked = harness.pubmed.calls.count("fetch")
    harness.poll()
    assert harness.pubmed.calls.count("fetch") == asked + 2
    assert ("new", "5") in harness.reported()


def test_a_baseline_holds_it_and_tells_nobody(db: Database) -> None:
    """Neither that it is unread nor, later, that it is new."""
    pubmed = FakePubMed()
    harness = PollHarness(db, pubmed, ())
    pubmed.list(article("1"), "veins")
    is_listed_unreadable(harness, "2")
    harness.configure(topic(query()))
    (poll,) = harness.poll(timedelta())
    assert (poll.is_baseline, poll.unread) == (True, 1)
    pubmed.unreadable.clear()
    harness.poll()
    assert harness.reported() == []
    with db.read() as tx:
        assert store.matches.current(tx, "ccsvi", "veins") == {"1", "2"}


def test_a_trial_of_the_baseline_that_is_read_late_changes_the_answer(db: Database) -> None:
    """The answer was drawn without it, and a digest told it."""
    pubmed = FakePubMed()
    harness = PollHarness(db, pubmed, ())
    pubmed.list(article("1"), "veins")
    pubmed.list(sham_trial("700", 19), "veins")
    pubmed.unreadable.add("700")
    harness.configure(topic(query()))
    harness.poll(timedelta())
    pubmed.list(article("2"), "veins")
    harness.poll()
    assert harness.told() == [("new", "2")]
    pubmed.unreadable.clear()
    harness.poll()
    assert harness.told() == [("answer", "")]


def test_one_that_is_no_longer_listed_before_it_was_read_is_dropped(harness: PollHarness) -> None:
    """After two polls without it; who was told of it is told so, the others hear nothing."""
    is_listed_unreadable(harness, "4")
    harness.poll()
    assert harness.told(DAILY) == [("unread", "4")]
    harness.pubmed.unlist("4", "veins")
    harness.poll()
    assert list(unread(harness)) == ["4"]
    harness.poll()
    assert unread(harness) == {}
    assert harness.told(DAILY) == [("gone", "4")]
    assert harness.told(WEEKLY) == []


def test_a_poll_without_it_proves_nothing(harness: PollHarness) -> None:
    """It is listed again: it stays as it was."""
    is_listed_unreadable(harness, "4")
    harness.poll()
    harness.pubmed.unlist("4", "veins")
    harness.poll()
    harness.pubmed.listed["veins"].add("4")
    for _ in range(2):
        harness.poll()
    assert unread(harness)["4"].missing_since is None
    assert harness.reported() == [("unread", "4")]


def test_a_search_in_doubt_drops_nothing(harness: PollHarness) -> None:
    """An answer that lists nothing says nothing about it."""
    is_listed_unreadable(harness, "4")
    harness.poll()
    harness.pubmed.listed["veins"] = set()
    for _ in range(3):
        harness.poll()
    assert list(unread(harness)) == ["4"]


def test_two_searches_that_list_it_share_one_time_to_ask(harness: PollHarness) -> None:
    """It is told once, and read once for both."""
    harness.configure(topic(query(), query("arteries", "arteries")))
    harness.poll()
    is_listed_unreadable(harness, "4")
    harness.pubmed.list(article("4"), "arteries")
    harness.poll()
    assert harness.reported() == [("unread", "4")]
    polls = harness.poll()
    assert sorted(poll.unread for poll in polls) == [0, 1]
    assert [poll.requests for poll in polls].count(3) == 1
    harness.pubmed.unreadable.clear()
    harness.poll()
    harness.poll()
    assert harness.reported() == [("new", "4")]
    with harness.db.read() as tx:
        assert store.matches.searches_of(tx, "ccsvi", ["4"]) == {"4": ("arteries", "veins")}


def test_another_topic_that_reads_it_mends_it_here(harness: PollHarness) -> None:
    """The record is the same."""
    is_listed_unreadable(harness, "4")
    harness.poll()
    harness.pubmed.unreadable.clear()
    harness.pubmed.list(article("4"), "arteries")
    harness.configure(topic(query()), topic(query("arteries", "arteries", key="other"), key="other"))
    harness.poll(timedelta())
    harness.poll()
    assert harness.told(WEEKLY) == [("new", "4")]
    assert unread(harness) == {}


def test_a_held_article_whose_newer_record_cannot_be_read_is_asked_again_until_it_can(harness: PollHarness) -> None:
    """The retraction in it is found, weeks after PubMed dated it; readers have the article and are told no more."""
    link = notice("RetractionIn", NoticeKind.RETRACTION, "99")
    harness.pubmed.revise(article("2", notices=(link,)), (harness.now + DAY).date())
    harness.pubmed.unreadable.add("2")
    for _ in range(20):
        harness.poll()
    held = unread(harness)["2"]
    assert (held.is_held, held.is_news, harness.reported()) == (True, False, [])
    harness.pubmed.unreadable.clear()
    for _ in range(8):
        harness.poll()
    assert harness.reported() == [("retracted", "2")]
    assert unread(harness) == {}


def test_a_record_that_cannot_be_read_and_is_no_longer_listed_is_not_gone_yet(harness: PollHarness) -> None:
    """Nobody knows whether it was deleted; once PubMed says so, it is."""
    harness.pubmed.unreadable.add("2")
    harness.pubmed.unlist("2", "veins")
    for _ in range(3):
        harness.poll()
    assert harness.reported() == []
    harness.pubmed.delete("2")
    for _ in range(8):
        harness.poll()
    assert harness.reported() == [("gone", "2")]
    assert unread(harness) == {}


def test_an_unread_citing_article_is_told_as_citing_when_it_is_read(db: Database) -> None:
    """An ELink answer that is empty by mistake drops nothing, one that lists others without it does."""
    pubmed = FakePubMed(cited_by={"100": {"1"}})
    for pmid in ("1", "100"):
        pubmed.add(article(pmid))
    harness = PollHarness(db, pubmed, ())
    harness.configure(topic(citing(), seed=Seed(pmid="100")))
    harness.poll(timedelta())
    pubmed.cited_by["100"] = {"1", "8", "9"}
    harness.poll()
    assert harness.reported() == [("unread", "8"), ("unread", "9")]
    pubmed.cited_by["100"] = set()
    for _ in range(3):
        harness.poll()
    assert sorted(unread(harness)) == ["8", "9"]
    pubmed.cited_by["100"] = {"1", "8"}
    pubmed.add(article("8", references=(Reference(pmid="100"),)))
    for _ in range(5):
        harness.poll()
    assert harness.reported() == [("citing", "8"), ("gone", "9")]
    assert unread(harness) == {}


def test_a_held_citing_article_is_asked_again_though_elink_lists_it_no_more(db: Database) -> None:
    """Its retraction is in the record that could not be read."""
    pubmed = FakePubMed(cited_by={"100": {"1", "2"}})
    for pmid in ("1", "2", "100"):
        pubmed.add(article(pmid))
    harness = PollHarness(db, pubmed, ())
    harness.configure(topic(citing(), seed=Seed(pmid="100")))
    harness.poll(timedelta())
    pubmed.cited_by["100"] = {"1"}
    link = notice("RetractionIn", NoticeKind.RETRACTION, "99")
    pubmed.revise(article("2", notices=(link,)), (harness.now + DAY).date())
    pubmed.unreadable.add("2")
    for _ in range(9):
        harness.poll()
    assert list(unread(harness)) == ["2"]
    pubmed.unreadable.clear()
    for _ in range(8):
        harness.poll()
    assert harness.reported() == [("retracted", "2")]


def test_a_seed_whose_record_cannot_be_read_is_unread_and_no_news(db: Database) -> None:
    """Its citing articles are followed as ever."""
    pubmed = FakePubMed(cited_by={"100": {"1"}})
    pubmed.add(article("1"))
    harness = PollHarness(db, pubmed, ())
    harness.configure(topic(citing(), seed=Seed(pmid="100")))
    harness.poll(timedelta())
    for _ in range(3):
        harness.poll()
    assert list(unread(harness)) == ["100"]
    assert harness.reported() == []


def test_what_a_search_no_longer_configured_left_unread_is_nobodys_business(harness: PollHarness) -> None:
    """It is not asked for again."""
    is_listed_unreadable(harness, "4")
    harness.poll()
    with harness.db.read() as tx:
        assert [one.pmid for one in store.unread.watched(tx, "ccsvi")] == ["4"]
    harness.configure(topic(query("arteries", "arteries")))
    with harness.db.read() as tx:
        assert store.unread.watched(tx, "ccsvi") == []


# --- against the loopback E-utilities ------------------------------------------------------------------


@pytest.fixture
def ncbi() -> Iterator[Server]:
    """Thirty articles on veins; the last ten appear in March 2012."""
    records = [record(pmid, f"Slow veins {pmid}", (2012, 3 if pmid > 120 else 1, 2)) for pmid in range(101, 131)]
    corpus = Corpus.from_xml(f"<PubmedArticleSet>{''.join(records)}</PubmedArticleSet>".encode())
    with Server(corpus, datetime(2012, 2, 1, tzinfo=UTC)) as server:
        yield server


def _polls_of(ncbi: Server, db: Database, *days: datetime) -> list[tuple[Poll, int]]:
    """One poll on each day, with the requests that PubMed saw."""
    topics = [topic(query(text="veins[ti]"))]
    found = []
    with db.begin() as tx:
        store.searches.sync(tx, topics, days[0])
    for day in days:
        ncbi.at = day
        before = len(ncbi.requests)
        (poll,) = poll_due(topics, sources(ncbi.url), db, day)
        found.append((poll, len(ncbi.requests) - before))
    return found


@pytest.mark.parametrize("fault", [Fault.RECORDS_LEFT_OUT, Fault.RECORDS_MALFORMED])
def test_two_bad_records_of_ten_cost_few_requests_and_no_article(db: Database, ncbi: Server, fault: Fault) -> None:
    """PubMed itself leaves them out, or sends what is no XML; eight are told at once, two when they can be read."""
    rule = ncbi.faults.add(fault, endpoint="efetch", pmids=["124", "127"])
    start = datetime(2012, 2, 1, 6, tzinfo=UTC)
    days = [start, *(datetime(2012, 3, 3, 6, tzinfo=UTC) + n * DAY for n in range(12))]
    (_, first, *later) = _polls_of(ncbi, db, *days)
    assert (first[0].new, first[0].unread) == (8, 2)
    assert [poll.outcome for poll, _ in later] == [Outcome.OK] * 11
    tried = [day for day, (_, asked) in enumerate(later, 1) if asked > 2]  # a quiet day costs two requests
    assert tried == [1, 2, 3, 4, 5, 7, 10]
    assert max(asked for _, asked in later) <= (5 if fault is Fault.RECORDS_LEFT_OUT else 17)
    ncbi.faults.rules.remove(rule)
    again = _polls_of(ncbi, db, *(days[-1] + n * DAY for n in range(1, 8)))
    assert sum(poll.new for poll, _ in again) == 2
    with db.read() as tx:
        assert store.articles.count(tx, "ccsvi") == 30
        assert store.unread.of_topic(tx, "ccsvi") == {}


def test_many_bad_records_in_a_row_are_no_outage(db: Database, ncbi: Server) -> None:
    """Seven of ten new records are no XML; three are told, and the polls that try the seven again do not fail."""
    bad = [str(pmid) for pmid in range(122, 129)]
    rule = ncbi.faults.add(Fault.RECORDS_MALFORMED, endpoint="efetch", pmids=bad)
    start = datetime(2012, 2, 1, 6, tzinfo=UTC)
    days = [start, *(datetime(2012, 3, 3, 6, tzinfo=UTC) + n * DAY for n in range(3))]
    polls = [poll for poll, _ in _polls_of(ncbi, db, *days)]
    assert [poll.outcome for poll in polls] == [Outcome.OK, Outcome.INCOMPLETE, Outcome.OK, Outcome.OK]
    assert [(poll.new, poll.unread) for poll in polls] == [(0, 0), (3, 7), (0, 7), (0, 7)]
    ncbi.faults.rules.remove(rule)
    ((poll, _),) = _polls_of(ncbi, db, days[-1] + DAY)
    assert (poll.new, poll.unread) == (7, 0)


def test_pubmed_going_down_while_an_unread_record_is_tried_loses_nothing(harness: PollHarness) -> None:
    """What the same poll found is stored; the record is tried again later."""

    class Failing(FakePubMed):
        def fetch(self, pmids: Sequence[str], progress: Progress = silent) -> FetchResult:
            if "4" in pmids:
                raise UpstreamError("PubMed's server failed (502).", requests=5)
            return super().fetch(pmids, progress)

    is_listed_unreadable(harness, "4")
    harness.poll()
    harness.pubmed = Failing(**vars(harness.pubmed))
    harness.pubmed.list(article("5"), "veins")
    (poll,) = harness.poll()
    assert (poll.outcome, poll.new, poll.unread) == (Outcome.OK, 1, 1)
    assert unread(harness)["4"].cause == "PubMed's server failed (502)."
