"""What one poll stores and reports, on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from threading import Barrier, Thread

import pytest

from monitor import store
from monitor.errors import UpstreamError
from monitor.model import LinkResult, NoticeKind, Outcome, Poll, Reference, Search, Seed
from monitor.service.alerting.failures import Unit
from monitor.service.guard import Guard
from monitor.store import Database
from monitor.watch.poll import poll_due
from tests.support.articles import sham_trial
from tests.support.fake_pubmed import FakePubMed
from tests.support.poll_harness import PollHarness, polled_once
from tests.support.records import DAY, JOURNAL_ARTICLE, RANDOMIZED, START, article, citing, notice, query, topic


@pytest.fixture
def harness(db: Database) -> PollHarness:
    """Three articles match; they have been polled once, as a baseline."""
    return polled_once(db)


def test_the_first_poll_records_everything_and_announces_nothing(harness: PollHarness) -> None:
    """A baseline only records."""
    assert harness.reported() == []
    with harness.db.read() as tx:
        assert store.articles.count(tx, "ccsvi") == 3
        (poll,) = store.polls.latest(tx, "ccsvi", "veins", 5)
    assert (poll.is_baseline, poll.outcome, poll.count) == (True, Outcome.OK, 3)


def test_the_first_answer_waits_for_every_search_and_is_one(db: Database) -> None:
    """Also when the last search brings nothing, and when one of them cannot be answered at all."""
    pubmed = FakePubMed()
    pubmed.list(article("1"), "veins")
    harness = PollHarness(db, pubmed, ())
    harness.configure(topic(query(), query("empty", "nothing"), citing(), seed=Seed(doi="10.1000/nowhere")))
    polls = harness.poll(timedelta())
    assert Counter(poll.outcome for poll in polls) == {Outcome.OK: 2, Outcome.FAILED: 1}
    with db.read() as tx:
        (first,) = store.answers.history(tx, "ccsvi")
    assert first.is_baseline


def test_a_quiet_day_costs_two_requests_and_reports_nothing(harness: PollHarness) -> None:
    """One search for what matches, one for what was modified."""
    (poll,) = harness.poll(5 * DAY)
    assert (poll.requests, poll.outcome, harness.reported()) == (2, Outcome.OK, [])
    assert poll.finished_at > poll.started_at


def test_a_search_is_not_polled_before_it_is_due(harness: PollHarness) -> None:
    """The database says what is due."""
    assert harness.poll(timedelta(hours=5)) == []


def test_a_new_article_is_announced_once(harness: PollHarness) -> None:
    """Whatever its dates say."""
    harness.pubmed.list(article("4", entered_at=START - 700 * DAY, created_at=START - 700 * DAY), "veins")
    harness.poll()
    harness.poll()
    assert harness.reported() == [("new", "4")]


def test_all_that_appeared_during_a_week_of_outage_is_announced_when_it_ends(harness: PollHarness) -> None:
    """Nothing is lost, nothing is reported twice, and the failures are on record."""
    harness.pubmed.is_down = True
    for number in range(10, 17):
        harness.pubmed.list(article(str(number)), "veins")
        (failed,) = harness.poll()
        assert failed.outcome is Outcome.FAILED
    assert harness.reported() == []
    harness.pubmed.is_down = False
    harness.poll()
    assert harness.reported() == [("new", str(number)) for number in range(10, 17)]
    with harness.db.read() as tx:
        assert [p.outcome for p in store.polls.latest(tx, "ccsvi", "veins", 8)].count(Outcome.FAILED) == 7


def test_after_a_failure_the_next_try_comes_sooner_than_the_interval(harness: PollHarness) -> None:
    """Minutes, not a day."""
    harness.pubmed.is_down = True
    harness.poll()
    with harness.db.read() as tx:
        state = store.searches.state(tx, "ccsvi", "veins")
    assert timedelta() < state.due_at - harness.now < timedelta(minutes=10)
    assert state.failures_in_row == 1


def test_a_retraction_of_an_article_stored_for_long_is_reported(harness: PollHarness) -> None:
    """Also when nothing else about the record changed."""
    link = notice("RetractionIn", NoticeKind.RETRACTION, "99")
    harness.now += 400 * DAY
    harness.pubmed.revise(article("2", notices=(link,)), harness.now.date())
    harness.poll()
    assert harness.reported() == [("retracted", "2")]


def test_indexing_that_arrives_months_later_is_a_revision_with_both_values(harness: PollHarness) -> None:
    """The publication type a record gets at indexing is reported as a change of that record."""
    harness.now += 90 * DAY
    harness.pubmed.revise(article("3", publication_types=(JOURNAL_ARTICLE, RANDOMIZED)), harness.now.date())
    harness.poll()
    assert harness.reported() == [("revised", "3")]
    with harness.db.read() as tx:
        ((_, _, revision),) = store.articles.revisions(tx, "3")
    assert (revision.old, revision.new) == ("Journal Article", "Journal Article; Randomized Controlled Trial")


def test_a_record_changed_without_a_new_modification_date_is_found_by_the_monthly_check(harness: PollHarness) -> None:
    """NLM's own date is not trusted for ever."""
    link = notice("ErratumIn", NoticeKind.ERRATUM)
    harness.pubmed.revise(article("1", notices=(link,)), date(1999, 1, 1))
    harness.poll(10 * DAY)
    assert harness.reported() == []
    harness.poll(31 * DAY)
    assert harness.reported() == [("corrected", "1")]


def test_every_record_is_read_again_after_thirty_days(harness: PollHarness) -> None:
    """Whatever its date says; the time counts from the last such reading."""
    harness.pubmed.revise(article("1", notices=(notice("ErratumIn", NoticeKind.ERRATUM),)), date(1999, 1, 1))
    harness.poll(30 * DAY - timedelta(seconds=1))
    assert harness.reported() == []
    harness.pubmed.revise(article("1", notices=()), date(1999, 1, 1))
    harness.poll(DAY)
    link = notice("RetractionIn", NoticeKind.RETRACTION, "99")
    harness.pubmed.revise(article("2", notices=(link,)), date(1999, 1, 1))
    harness.poll(30 * DAY - timedelta(seconds=1))
    assert harness.reported() == []
    harness.poll(DAY)
    assert harness.reported() == [("retracted", "2")]


@pytest.mark.parametrize(("days_before", "is_found"), [(3, True), (4, False)])
def test_a_modification_that_pubmed_dates_up_to_three_days_back_is_found(
    harness: PollHarness, days_before: int, *, is_found: bool
) -> None:
    """NCBI's dates have no stated time zone and arrive late."""
    last_success = harness.now
    link = notice("RetractionIn", NoticeKind.RETRACTION, "99")
    harness.pubmed.revise(article("2", notices=(link,)), last_success.date() - days_before * DAY)
    harness.poll()
    assert (harness.reported() == [("retracted", "2")]) is is_found


def test_an_article_missing_once_is_not_gone_and_missing_twice_it_is(harness: PollHarness) -> None:
    """One answer without it proves nothing."""
    harness.pubmed.unlist("2", "veins")
    harness.poll()
    assert harness.reported() == []
    harness.poll()
    assert harness.reported() == [("gone", "2")]
    with harness.db.read() as tx:
        (gone,) = [c for c in store.changes.recent(tx, "ccsvi", 9) if c.kind == "gone"]
    assert gone.why == "it no longer matches the search"


def test_a_deleted_record_is_reported_as_deleted(harness: PollHarness) -> None:
    """PubMed lists it no more and has no record of it."""
    harness.pubmed.delete("2")
    harness.poll()
    harness.poll()
    with harness.db.read() as tx:
        (gone,) = [c for c in store.changes.recent(tx, "ccsvi", 9) if c.kind == "gone"]
    assert (gone.pmid, gone.why) == ("2", "PubMed no longer has the record")


def test_an_article_that_is_returned_is_neither_gone_nor_new(harness: PollHarness) -> None:
    """A hiccup of the index is no news."""
    harness.pubmed.unlist("2", "veins")
    harness.poll()
    harness.pubmed.list(article("2"), "veins")
    harness.poll()
    harness.poll()
    assert harness.reported() == []


def test_when_most_of_a_literature_vanishes_nothing_is_taken_to_be_gone(harness: PollHarness) -> None:
    """New articles in the same answer are still reported."""
    for number in range(10, 30):
        harness.pubmed.list(article(str(number)), "veins")
    harness.poll()
    harness.reported()
    for number in range(10, 28):
        harness.pubmed.unlist(str(number), "veins")
    harness.pubmed.list(article("40"), "veins")
    harness.poll()
    (poll,) = harness.poll()
    assert poll.outcome is Outcome.INCOMPLETE
    assert "lists only" in poll.error
    assert harness.reported() == [("new", "40")]


def test_a_record_that_cannot_be_read_is_asked_for_again_and_then_announced(harness: PollHarness) -> None:
    """The others of its batch are reported at once."""
    harness.pubmed.list(article("4"), "veins")
    harness.pubmed.list(article("5"), "veins")
    harness.pubmed.unreadable.add("4")
    (poll,) = harness.poll()
    assert poll.outcome is Outcome.INCOMPLETE
    assert "PMID 4" in poll.error
    assert harness.reported() == [("new", "5"), ("unread", "4")]
    harness.pubmed.unreadable.clear()
    harness.poll()
    assert harness.reported() == [("new", "4")]


def test_a_changed_query_is_a_new_baseline(harness: PollHarness) -> None:
    """The older articles it brings are recorded, not announced one by one; the next new one is."""
    for number in range(50, 60):
        harness.pubmed.list(article(str(number), created_at=START - 100 * DAY), "veins OR arteries")
    harness.configure(topic(query(text="veins OR arteries")))
    (poll,) = harness.poll()
    assert (poll.is_baseline, harness.reported()) == (True, [("search changed", "")])
    harness.pubmed.list(article("61"), "veins OR arteries")
    harness.poll()
    assert harness.reported() == [("new", "61")]


def test_an_article_that_two_searches_of_a_topic_find_is_announced_once(harness: PollHarness) -> None:
    """It is one change of the topic."""
    harness.configure(topic(query(), query("arteries", "arteries")))
    harness.poll()
    harness.pubmed.list(article("7"), "veins")
    harness.pubmed.list(article("7"), "arteries")
    harness.poll()
    assert harness.reported() == [("new", "7")]


def test_an_article_that_another_search_still_finds_is_not_gone(harness: PollHarness) -> None:
    """Gone means gone from the topic."""
    harness.pubmed.list(article("2"), "arteries")
    harness.configure(topic(query(), query("arteries", "arteries")))
    harness.poll()
    harness.pubmed.unlist("2", "veins")
    harness.poll()
    harness.poll()
    assert harness.reported() == []


def test_a_correction_is_reported_to_every_topic_that_holds_the_article(harness: PollHarness) -> None:
    """Though only one of them meets the new state of the record."""
    harness.configure(topic(query()), topic(query(key="other"), key="other"))
    harness.poll()
    harness.now += 30 * DAY
    harness.pubmed.revise(article("1", notices=(notice("ErratumIn", NoticeKind.ERRATUM),)), harness.now.date())
    harness.poll()
    assert harness.reported("ccsvi") == [("corrected", "1")]
    assert harness.reported("other") == [("corrected", "1")]


def test_an_article_another_topic_already_holds_is_still_new_to_this_one(harness: PollHarness) -> None:
    """Stored is not yet reported to this topic's readers."""
    harness.configure(topic(query()), topic(query("arteries", "arteries", key="other"), key="other"))
    harness.poll()
    harness.pubmed.list(article("1"), "arteries")
    harness.poll()
    assert (harness.reported("ccsvi"), harness.reported("other")) == ([], [("new", "1")])


def test_two_services_polling_at_the_same_moment_ask_once(harness: PollHarness) -> None:
    """The claim decides, not luck."""
    harness.now += DAY
    start, polls = Barrier(2), []

    def service() -> None:
        start.wait()
        polls.extend(poll_due(harness.topics, harness.pubmed.sources, harness.db, harness.now))

    both = [Thread(target=service) for _ in range(2)]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    assert len(polls) == 1


STALLED = store.leases.LENGTH + timedelta(minutes=5)


@pytest.mark.parametrize("is_down", [False, True], ids=["answered at last", "failed at last"])
def test_a_poll_that_stalls_while_another_runs_and_finishes_stores_nothing(harness: PollHarness, is_down: bool) -> None:
    """Its process was stopped for longer than its lease; PubMed has since listed another article."""
    harness.now += DAY

    def another_service() -> None:
        harness.pubmed.list(article("4"), "veins")
        (newer,) = poll_due(harness.topics, harness.pubmed.sources, harness.db, harness.now + STALLED)
        assert newer.new == 1
        harness.pubmed.unlist("4", "veins")  # what the stalled one then sees is older
        harness.pubmed.is_down = is_down

    harness.pubmed.meanwhile = another_service
    assert harness.poll(timedelta()) == []
    with harness.db.read() as tx:
        assert len(store.polls.latest(tx, "ccsvi", "veins", 9)) == 2
        state = store.searches.state(tx, "ccsvi", "veins")
        assert store.matches.suspected_missing(tx, "ccsvi", "veins") == set()
    assert (state.last_success_at, state.failures_in_row) == (harness.now + STALLED, 0)
    assert harness.reported() == [("new", "4")]


def test_a_poll_that_stalls_stores_nothing_while_another_is_asking(harness: PollHarness) -> None:
    """The newer one keeps its claim and saves what it sees."""
    harness.now += DAY
    harness.pubmed.list(article("4"), "veins")
    claimed: list[str | None] = []

    def another_service() -> None:
        with harness.db.begin() as tx:
            claimed.append(store.searches.claim(tx, "ccsvi", "veins", harness.now + STALLED))

    harness.pubmed.meanwhile = another_service
    assert harness.poll(timedelta()) == []
    assert harness.reported() == []
    with harness.db.begin() as tx:
        assert store.searches.due(tx, harness.now + STALLED) == []
        assert claimed[0]
    harness.poll(2 * STALLED)  # the newer one died
    assert harness.reported() == [("new", "4")]


def test_what_pubmed_complains_about_is_stored_with_the_poll(harness: PollHarness) -> None:
    """A mistyped field tag searches something else; the operator must hear of it."""
    harness.pubmed.warnings["veins"] = ("FieldNotFound: tiabb",)
    (poll,) = harness.poll()
    assert poll.warnings == ("FieldNotFound: tiabb",)


def test_a_query_that_pubmed_reads_differently_than_before_is_noticed(harness: PollHarness) -> None:
    """Automatic term mapping changes with each year's MeSH."""
    harness.pubmed.translations["veins"] = '"veins"[MeSH Terms] OR "veins"[All Fields]'
    harness.poll()
    harness.pubmed.translations["veins"] = '"vein"[All Fields]'
    (poll,) = harness.poll()
    assert any("differently" in warning for warning in poll.warnings)


def test_a_service_that_is_stopped_gives_back_what_it_has_not_begun(harness: PollHarness) -> None:
    """It stays due, for the next service at once."""
    harness.now += DAY
    assert poll_due(harness.topics, harness.pubmed.sources, harness.db, harness.now, is_stopping=lambda: True) == []
    assert len(poll_due(harness.topics, harness.pubmed.sources, harness.db, harness.now)) == 1


def test_a_poll_that_died_is_taken_over_after_half_an_hour(harness: PollHarness) -> None:
    """Not before: it may only be slow."""
    harness.now += DAY
    with harness.db.begin() as tx:
        assert store.searches.claim(tx, "ccsvi", "veins", harness.now)
    assert harness.poll(timedelta(minutes=29, seconds=59)) == []
    assert len(harness.poll(timedelta(seconds=1))) == 1


def test_an_operator_may_have_a_search_asked_before_it_is_due(harness: PollHarness) -> None:
    """That one alone; one that is not configured is nobody's."""
    harness.configure(topic(query(), query("arteries", "arteries")))
    harness.poll(timedelta())
    polls = poll_due(
        harness.topics,
        harness.pubmed.sources,
        harness.db,
        harness.now,
        only=[("ccsvi", "arteries"), ("ccsvi", "nothing")],
    )
    assert [poll.search for poll in polls] == ["arteries"]


def test_a_trial_that_a_new_search_brings_changes_the_answer(harness: PollHarness) -> None:
    """The topic has an answer already, so this one does not wait for others."""
    harness.pubmed.list(sham_trial("700", 19), "angioplasty")
    harness.configure(topic(query(), query("angioplasty", "angioplasty")))
    poll_due(harness.topics, harness.pubmed.sources, harness.db, harness.now, only=[("ccsvi", "angioplasty")])
    with harness.db.read() as tx:
        answers = store.answers.history(tx, "ccsvi")
    assert [len(one.answer.trials) for one in answers] == [0, 1]


def test_the_first_answer_is_drawn_from_all_searches_at_once(db: Database) -> None:
    """Half a literature would give half an answer."""
    pubmed = FakePubMed()
    pubmed.list(sham_trial("700", 19), "veins")
    pubmed.list(sham_trial("701", 115), "arteries")
    harness = PollHarness(db, pubmed, ())
    harness.configure(topic(query(), query("arteries", "arteries")))
    harness.poll(timedelta())
    with db.read() as tx:
        (first,) = store.answers.history(tx, "ccsvi")
    assert len(first.answer.trials) == 2
    assert harness.reported() == []


def test_a_poll_says_what_it_found(harness: PollHarness) -> None:
    """How many are new, revised and gone, at what price."""
    harness.pubmed.unlist("2", "veins")
    harness.poll()
    harness.now += 30 * DAY
    harness.pubmed.list(article("4"), "veins")
    harness.pubmed.revise(article("1", text="Now with an abstract."), harness.now.date())
    (poll,) = harness.poll()
    assert (poll.new, poll.revised, poll.gone, poll.count, poll.requests) == (1, 1, 1, 3, 2)
    assert (poll.query_sent, poll.translation, poll.is_baseline) == ("veins", "veins", False)


def test_a_failure_is_on_record_with_its_price(harness: PollHarness) -> None:
    """And what was asked."""
    harness.pubmed.is_down = True
    (poll,) = harness.poll()
    assert (poll.outcome, poll.error, poll.requests) == (Outcome.FAILED, "PubMed could not be reached.", 1)
    assert (poll.query_sent, poll.is_baseline) == ("veins", False)


# --- articles citing the seed ----------------------------------------------------------------------

SEED = Seed(doi="10.1000/seed")


@pytest.fixture
def citing_harness(db: Database) -> PollHarness:
    """The seed is cited by two articles; the baseline is done. The seed is known by its DOI."""
    pubmed = FakePubMed()
    pubmed.add(article("100", doi="10.1000/seed"))
    for pmid in ("1", "2"):
        pubmed.add(article(pmid))
    pubmed.cited_by["100"] = {"1", "2"}
    new_harness = PollHarness(db, pubmed, ())
    new_harness.configure(topic(citing(), seed=SEED))
    new_harness.poll(timedelta())
    return new_harness


def test_the_pmid_of_the_seed_is_resolved_once_and_stored(citing_harness: PollHarness) -> None:
    """At first use, from its DOI."""
    with citing_harness.db.read() as tx:
        assert store.topics.seed_pmid(tx, "ccsvi") == "100"
        assert sorted(store.articles.which_known(tx, ["1", "2", "100"])) == ["1", "100", "2"]
    citing_harness.poll()
    assert citing_harness.pubmed.calls.count("resolve_doi") == 1


def test_a_new_citation_is_reported_and_an_empty_answer_takes_none_away(citing_harness: PollHarness) -> None:
    """ELink without a LinkSetDb may be empty or broken: an edge once seen stays."""
    citing_harness.pubmed.add(article("3"))
    citing_harness.pubmed.cited_by["100"] = {"1", "2", "3"}
    citing_harness.poll()
    assert citing_harness.reported() == [("citing", "3")]
    citing_harness.pubmed.cited_by["100"] = set()
    citing_harness.poll()
    citing_harness.poll()
    assert citing_harness.reported() == []
    with citing_harness.db.read() as tx:
        assert sorted(store.citations.citing(tx, "100")) == ["1", "2", "3"]


def test_all_seeds_together_cost_one_request(db: Database) -> None:
    """However many topics."""
    pubmed = FakePubMed()
    topics = []
    for number in ("100", "200", "300"):
        pubmed.add(article(number))
        pubmed.cited_by[number] = {number}
        key = f"topic{number}"
        topics.append(topic(citing(key=key, every=timedelta(hours=6)), key=key, seed=Seed(pmid=number)))
    harness = PollHarness(db, pubmed, ())
    harness.configure(*topics)
    harness.poll(timedelta())
    before = pubmed.calls.count("citing")
    polls = harness.poll(timedelta(hours=6))
    assert (len(polls), pubmed.calls.count("citing") - before) == (3, 1)


def test_a_retraction_of_a_citing_article_is_reported_though_no_query_finds_it(citing_harness: PollHarness) -> None:
    """Articles found by link are checked once a day."""
    citing_harness.now += 60 * DAY
    link = notice("RetractionIn", NoticeKind.RETRACTION, "99")
    citing_harness.pubmed.revise(article("2", notices=(link,)), citing_harness.now.date())
    citing_harness.poll()
    assert citing_harness.reported() == [("retracted", "2")]


def test_the_records_of_citing_articles_are_checked_once_a_day(citing_harness: PollHarness) -> None:
    """Not with every look, which may come each hour; dates up to three days back count."""
    often = topic(citing(every=timedelta(hours=1)), seed=SEED)
    citing_harness.configure(often)
    citing_harness.poll(timedelta(hours=23))
    link = notice("RetractionIn", NoticeKind.RETRACTION, "99")
    day = (citing_harness.now - 2 * DAY).date()
    citing_harness.pubmed.revise(article("2", notices=(link,)), day)
    before = citing_harness.pubmed.calls.count("modified_among")
    citing_harness.poll(timedelta(minutes=59))
    assert citing_harness.pubmed.calls.count("modified_among") == before
    for _ in range(25):
        citing_harness.poll(timedelta(hours=1))
    assert citing_harness.pubmed.calls.count("modified_among") == before + 2
    assert citing_harness.reported() == [("retracted", "2")]


def test_a_citation_read_from_the_articles_own_reference_list_is_reported_before_elink_knows(
    citing_harness: PollHarness,
) -> None:
    """And not again when ELink lists it."""
    citing_harness.configure(topic(citing(), query(), seed=SEED))
    citing_harness.poll()
    citing_harness.pubmed.list(article("8", references=(Reference(pmid="100"),)), "veins")
    citing_harness.poll()
    assert citing_harness.reported() == [("citing", "8"), ("new", "8")]
    citing_harness.pubmed.cited_by["100"] = {"1", "2", "8"}
    citing_harness.poll()
    assert citing_harness.reported() == []


def test_a_seed_that_pubmed_does_not_have_fails_the_poll_with_a_sentence(db: Database) -> None:
    """And the other searches go on."""
    pubmed = FakePubMed()
    pubmed.list(article("1"), "veins")
    harness = PollHarness(db, pubmed, ())
    harness.configure(topic(citing(), query(), seed=Seed(doi="10.1000/nowhere")))
    polls = {poll.search: poll for poll in harness.poll(timedelta())}
    assert polls["citing"].outcome is Outcome.FAILED
    assert "10.1000/nowhere" in polls["citing"].error
    assert polls["veins"].outcome is Outcome.OK


def test_a_seed_that_pubmed_does_not_have_stops_no_other_topic(db: Database) -> None:
    """One DOI is mistyped: only its own topic's citing search fails, and the others share one request."""
    pubmed = FakePubMed(cited_by={"100": {"1"}, "200": {"2"}})
    for pmid in ("1", "2", "100", "200"):
        pubmed.add(article(pmid, doi=f"10.1000/{pmid}"))
    seeds = {"good": "100", "mistyped": "nowhere", "other": "200"}
    harness = PollHarness(db, pubmed, ())
    harness.configure(*(topic(citing(key=key), key=key, seed=Seed(doi=f"10.1000/{doi}")) for key, doi in seeds.items()))
    polls = {poll.topic: poll for poll in harness.poll(timedelta())}
    assert {key: poll.outcome for key, poll in polls.items()} == {
        "good": Outcome.OK, "mistyped": Outcome.FAILED, "other": Outcome.OK,
    }  # fmt: skip
    assert "10.1000/nowhere" in polls["mistyped"].error
    assert pubmed.calls.count("citing") == 1


class _Picky(FakePubMed):
    """A PubMed whose ELink fails as a whole for one of the articles, as for a PMID that never was."""

    def citing(self, pmids: Sequence[str]) -> LinkResult:
        """As ELink does when one identifier is invalid."""
        if "999" in pmids:
            raise UpstreamError("PubMed's response has no links for 999, not even an empty list.")
        return super().citing(pmids)


def test_a_seed_for_which_pubmed_gives_no_links_stops_no_other_topic(db: Database) -> None:
    """The request for all seeds fails because of one; each is then asked for alone."""
    pubmed = _Picky(cited_by={"100": {"1"}, "200": {"2"}})
    for pmid in ("1", "2", "100", "200"):
        pubmed.add(article(pmid))
    harness = PollHarness(db, pubmed, ())
    harness.configure(*(topic(citing(key=key), key=key, seed=Seed(pmid=key)) for key in ("100", "999", "200")))
    polls = {poll.topic: poll for poll in harness.poll(timedelta())}
    assert {key: poll.outcome for key, poll in polls.items()} == {
        "100": Outcome.OK, "999": Outcome.FAILED, "200": Outcome.OK,
    }  # fmt: skip
    assert "999" in polls["999"].error


class _Garbled(FakePubMed):
    """A PubMed whose ELink names a target that is no number."""

    def citing(self, pmids: Sequence[str]) -> LinkResult:
        """As ELink once did."""
        found = super().citing(pmids)
        return replace(found, in_order={**found.in_order, "100": ("1", "PMC2")})


def test_a_link_target_that_is_no_number_fails_one_search_and_no_other(db: Database) -> None:
    """Nobody expected it: it is recorded with its cause, told, and tried again; the other topics are polled."""
    pubmed = _Garbled(cited_by={"100": {"1"}, "200": {"2"}})
    for pmid in ("1", "2", "100", "200"):
        pubmed.add(article(pmid))
    pubmed.list(article("1"), "veins")
    harness = PollHarness(db, pubmed, ())
    harness.configure(
        topic(citing(), query(), seed=Seed(pmid="100")),
        topic(citing(key="other"), key="other", seed=Seed(pmid="200")),
    )
    guard = Guard(db, START).parts(Unit.POLLS)
    polls = poll_due(harness.topics, pubmed.sources, db, START, guard=guard)
    outcomes = {(poll.topic, poll.search): poll.outcome for poll in polls}
    assert outcomes == {
        ("ccsvi", "citing"): Outcome.FAILED, ("ccsvi", "veins"): Outcome.OK, ("other", "citing"): Outcome.OK,
    }  # fmt: skip
    with db.read() as tx:
        failed = store.searches.state(tx, "ccsvi", "citing")
        assert store.answers.current(tx, "other")
    assert failed.failures_in_row == 1
    assert "ValueError" in failed.last_error
    assert "PMC2" in failed.last_error
    ((part, failure),) = guard.failed.items()
    assert part == "ccsvi/citing"
    assert "PMC2" in failure.error


def test_a_search_is_claimed_when_its_turn_comes(db: Database) -> None:
    """While one poll takes long, another process does the others instead of waiting for it."""
    pubmed = FakePubMed()
    harness = PollHarness(db, pubmed, ())
    harness.configure(topic(query("veins"), query("arteries", "arteries")))
    elsewhere: list[Poll] = []
    pubmed.meanwhile = lambda: elsewhere.extend(poll_due(harness.topics, pubmed.sources, db, harness.now))
    here = harness.poll(timedelta())
    assert sorted(poll.search for poll in here + elsewhere) == ["arteries", "veins"]
    assert (len(here), len(elsewhere)) == (1, 1)


def test_a_search_by_name_can_be_polled_before_it_is_due(harness: PollHarness) -> None:
    """As an operator asks for it."""
    other: Search = replace(query("arteries", "arteries"))
    harness.configure(topic(query(), other))
    polls = poll_due(harness.topics, harness.pubmed.sources, harness.db, harness.now, only=[("ccsvi", "veins")])
    assert [poll.search for poll in polls] == ["veins"]


def test_links_that_cannot_be_believed_fail_the_search_of_their_seed_alone(db: Database) -> None:
    """PubMed's one answer for all seeds is spoilt for one of them; it is asked again in minutes."""

    class Spoilt(FakePubMed):
        def citing(self, pmids: Sequence[str]) -> LinkResult:
            found = super().citing(pmids)
            left = {pmid: targets for pmid, targets in found.in_order.items() if pmid != "100"}
            return replace(found, in_order=left, refused={"100": "PubMed links PMID 100 to “PMC2”."})

    pubmed = Spoilt(cited_by={"200": {"2"}})
    for pmid in ("2", "100", "200"):
        pubmed.add(article(pmid))
    harness = PollHarness(db, pubmed, ())
    harness.configure(*(topic(citing(key=key), key=key, seed=Seed(pmid=key)) for key in ("100", "200")))
    polls = {poll.topic: poll for poll in harness.poll(timedelta())}
    assert (polls["100"].outcome, polls["200"].outcome) == (Outcome.FAILED, Outcome.OK)
    assert "PMC2" in polls["100"].error
    assert pubmed.calls.count("citing") == 1
