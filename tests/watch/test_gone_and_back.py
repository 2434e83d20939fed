"""What is undone is told as undone, or not at all when nobody was told before."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from monitor import store
from monitor.evidence.reassess import reassess
from monitor.model import Article, Frequency, NoticeKind, Topic
from monitor.store import Database
from tests.support.articles import sham_trial
from tests.support.fake_pubmed import FakePubMed
from tests.support.poll_harness import PollHarness
from tests.support.records import DAY, RETRACTED, START, article, notice, query, topic

DAILY, WEEKLY = Frequency.DAILY, Frequency.WEEKLY
RETRACTION = notice("RetractionIn", NoticeKind.RETRACTION, "99")


@pytest.fixture
def harness(db: Database) -> PollHarness:
    """Four articles match; they have been polled once, as a baseline."""
    pubmed = FakePubMed()
    for pmid in ("1", "2", "3", "4"):
        pubmed.list(article(pmid, doi=f"10.1000/{pmid}"), "veins")
    new_harness = PollHarness(db, pubmed, ())
    new_harness.configure(topic(query()))
    new_harness.poll(timedelta())
    return new_harness


def goes(harness: PollHarness, pmid: str) -> None:
    """PubMed lists it no more, for two polls."""
    harness.pubmed.unlist(pmid, "veins")
    harness.poll()
    harness.poll()


def returns(harness: PollHarness, pmid: str) -> None:
    """PubMed lists it again."""
    harness.pubmed.list(harness.pubmed.records[pmid], "veins")
    harness.poll()


def test_who_was_told_that_it_is_gone_is_told_that_it_is_back(harness: PollHarness) -> None:
    """The daily reader was told in between, the weekly one hears of neither."""
    goes(harness, "2")
    assert harness.told(DAILY) == [("gone", "2")]
    returns(harness, "2")
    assert harness.told(DAILY) == [("reappeared", "2")]
    assert harness.told(WEEKLY) == []


def test_it_may_go_and_come_back_again_and_again(harness: PollHarness) -> None:
    """Each time is told."""
    for _ in range(3):
        goes(harness, "2")
        assert harness.told() == [("gone", "2")]
        returns(harness, "2")
        assert harness.told() == [("reappeared", "2")]
    assert harness.change("reappeared", "2").search == "veins"


def test_a_new_article_that_goes_and_comes_back_is_new_once(harness: PollHarness) -> None:
    """All within a week."""
    returns_as_new = article("9")
    harness.pubmed.list(returns_as_new, "veins")
    harness.poll()
    goes(harness, "9")
    returns(harness, "9")
    assert harness.told() == [("new", "9")]


def test_what_a_changed_query_dropped_and_then_finds_is_told_as_found_again(harness: PollHarness) -> None:
    """Its record was revised and matches the new query too."""
    for pmid in ("1", "2", "3"):
        harness.pubmed.list(harness.pubmed.records[pmid], "arteries")
    harness.configure(topic(query(text="arteries")))
    harness.poll()
    assert harness.reported() == [("search changed", "")]
    harness.pubmed.list(harness.pubmed.records["4"], "arteries")
    harness.poll()
    assert harness.reported() == [("reappeared", "4")]


def test_a_retraction_while_it_was_away_is_told_although_it_came_back_in_an_answer_that_was_doubted(
    harness: PollHarness,
) -> None:
    """The answer in which it is listed again is held back, and its record must not be stored unseen."""
    goes(harness, "2")
    assert harness.told() == [("gone", "2")]
    harness.pubmed.revise(replace(harness.pubmed.records["2"], notices=(RETRACTION,)), (harness.now + DAY).date())
    harness.pubmed.list(harness.pubmed.records["2"], "veins")
    strangers = {str(number) for number in range(500, 540)}
    harness.pubmed.warnings["veins"] = ("PhraseNotFound: aaa",)
    harness.pubmed.listed["veins"] |= strangers
    harness.poll()
    harness.pubmed.listed["veins"] -= strangers
    harness.pubmed.warnings.clear()
    harness.poll()
    assert harness.told() == [("reappeared", "2"), ("retracted", "2")]


def test_a_retraction_while_it_was_away_is_told_when_it_is_back(harness: PollHarness) -> None:
    """Nobody kept its record up to date meanwhile."""
    goes(harness, "2")
    harness.told()
    harness.pubmed.revise(article("2", doi="10.1000/2", notices=(RETRACTION,)), START.date())
    returns(harness, "2")
    assert harness.told() == [("reappeared", "2"), ("retracted", "2")]


def test_an_article_held_under_another_pmid_is_not_gone(harness: PollHarness) -> None:
    """PubMed deleted the duplicate of two records with one DOI."""
    harness.pubmed.list(article("20", doi="10.1000/2"), "veins")
    harness.poll()
    harness.told()
    harness.pubmed.delete("2")
    harness.poll()
    harness.poll()
    assert harness.told() == [("merged", "2")]
    assert harness.change("merged", "2").merged_into == "20"


def test_an_article_that_turns_up_under_another_pmid_later_is_told_as_the_same(harness: PollHarness) -> None:
    """The new record comes weeks after the old one is gone; it may spell the DOI in capitals."""
    harness.pubmed.delete("2")
    harness.poll()
    harness.poll()
    assert harness.told() == [("gone", "2")]
    harness.pubmed.list(article("20", doi="10.1000/2"), "veins")
    harness.poll()
    assert harness.told() == [("merged", "2"), ("new", "20")]
    assert harness.change("merged", "2").merged_into == "20"
    harness.pubmed.list(article("21", doi="10.1000/2"), "veins")
    harness.poll()
    assert harness.told() == [("new", "21")]


def test_gone_and_merged_within_a_week_is_told_as_merged(harness: PollHarness) -> None:
    """The weekly reader need not know of the days between."""
    harness.pubmed.delete("2")
    harness.poll()
    harness.poll()
    harness.pubmed.list(article("20", doi="10.1000/2"), "veins")
    harness.poll()
    assert harness.told() == [("merged", "2"), ("new", "20")]


def merged_trial(db: Database) -> PollHarness:
    """A trial had two records, and PubMed deleted one of them."""
    pubmed = FakePubMed()
    for pmid in ("1", "2", "3"):
        pubmed.list(article(pmid), "veins")
    pubmed.list(replace(sham_trial("700", 19), doi="10.1000/t"), "veins")
    harness = PollHarness(db, pubmed, ())
    harness.configure(topic(query()))
    harness.poll(timedelta())
    pubmed.list(replace(pubmed.records["700"], pmid="701"), "veins")
    harness.poll()
    pubmed.delete("700")
    harness.poll()
    harness.poll()
    return harness


def counted(harness: PollHarness) -> list[list[str]]:
    """The reports of each trial that the answer rests on."""
    with harness.db.read() as tx:
        standing = store.answers.current(tx, "ccsvi")
    assert standing
    return [[report.pmid for report in trial.reports] for trial in standing.answer.trials]


def test_a_trial_whose_records_are_merged_counts_once(db: Database) -> None:
    """While both records were there, nobody could know."""
    assert counted(merged_trial(db)) == [["701"]]


def test_a_trial_whose_records_are_merged_counts_once_when_all_is_judged_again(db: Database) -> None:
    """By other rules or for another question: the record that PubMed deleted stays out of it."""
    harness = merged_trial(db)
    (asked,) = harness.topics
    dry = reassess(db, asked, harness.now)
    assert (dry.looked_at, dry.changed, dry.is_other_answer) == (4, (), False)
    reassess(db, asked, harness.now, is_dry=False)
    assert counted(harness) == [["701"]]


def test_a_record_that_was_merged_by_mistake_counts_again_when_pubmed_lists_it_again(db: Database) -> None:
    """Then two are on record, whoever is right, and all later judgements are of both."""
    harness = merged_trial(db)
    harness.pubmed.list(replace(sham_trial("700", 19), doi="10.1000/t"), "veins")
    harness.poll()
    assert counted(harness) == [["700"], ["701"]]
    assert reassess(db, harness.topics[0], harness.now).changed == ()


# --- a retraction that is taken back -----------------------------------------------------------------


def of_a_trial(db: Database, *topics: Topic) -> tuple[PollHarness, Article]:
    """One sham-controlled trial is held, and a welcome told its answer."""
    trial = sham_trial("700", 19)
    pubmed = FakePubMed()
    pubmed.list(trial, "veins")
    harness = PollHarness(db, pubmed, ())
    harness.configure(*(topics or (topic(query()),)))
    harness.poll(timedelta())
    harness.pubmed.list(article("1"), "veins")
    harness.poll()
    harness.told(DAILY)
    harness.told(WEEKLY)
    return harness, trial


def is_retracted(harness: PollHarness, trial: Article) -> None:
    """Its record says so, by the notice and by the publication type."""
    harness.pubmed.revise(
        replace(trial, notices=(RETRACTION,), publication_types=(*trial.publication_types, RETRACTED)),
        (harness.now + DAY).date(),
    )
    harness.poll()


def is_reinstated(harness: PollHarness, trial: Article) -> None:
    """Its record no longer says so."""
    harness.pubmed.revise(trial, (harness.now + DAY).date())
    harness.poll()


def test_a_retraction_taken_back_is_told_as_such(db: Database) -> None:
    """With the notice that was taken back; the trial counts again, and nothing flags it as retracted."""
    harness, trial = of_a_trial(db)
    is_retracted(harness, trial)
    assert harness.told(DAILY) == [("answer", ""), ("retracted", "700")]
    is_reinstated(harness, trial)
    assert harness.told(DAILY) == [("answer", ""), ("reinstated", "700")]
    assert harness.change("reinstated", "700").notice == RETRACTION
    with db.read() as tx:
        before, during, after = (record.answer for record in store.answers.history(tx, "ccsvi"))
    assert (after.state, after.sentence, after.fingerprint) == (before.state, before.sentence, before.fingerprint)
    assert during.state is not after.state
    assert [(t.status, t.flags) for t in after.trials] == [("reported", ())]


def test_a_retraction_taken_back_within_a_week_never_was_for_a_weekly_reader(db: Database) -> None:
    """Nor did the answer change."""
    harness, trial = of_a_trial(db)
    is_retracted(harness, trial)
    harness.told(DAILY)
    is_reinstated(harness, trial)
    assert harness.told(WEEKLY) == []
    is_retracted(harness, trial)
    assert harness.told(WEEKLY) == [("answer", ""), ("retracted", "700")]


def test_a_retraction_known_from_the_beginning_can_be_taken_back(db: Database) -> None:
    """The baseline told nobody of it, but the list of trials shows it as retracted."""
    pubmed = FakePubMed()
    trial = sham_trial("700", 19)
    pubmed.list(replace(trial, notices=(RETRACTION,)), "veins")
    harness = PollHarness(db, pubmed, ())
    harness.configure(topic(query()))
    harness.poll(timedelta())
    is_reinstated(harness, trial)
    assert ("reinstated", "700") in harness.told()


def test_a_retraction_taken_back_in_two_steps_is_told_at_the_second(db: Database) -> None:
    """NLM removes the notice and the publication type on different days; either alone means retracted."""
    harness, trial = of_a_trial(db)
    is_retracted(harness, trial)
    harness.told()
    harness.pubmed.revise(
        replace(trial, publication_types=(*trial.publication_types, RETRACTED)), (harness.now + DAY).date()
    )
    harness.poll()
    assert ("reinstated", "700") not in harness.told()
    is_reinstated(harness, trial)
    assert ("reinstated", "700") in harness.told()


def test_a_retraction_taken_back_is_told_to_every_topic(db: Database) -> None:
    """Though only one of them meets the new state of the record."""
    harness, trial = of_a_trial(db, topic(query()), topic(query(key="other"), key="other"))
    is_retracted(harness, trial)
    harness.told(WEEKLY), harness.told(WEEKLY, "other")
    is_reinstated(harness, trial)
    assert ("reinstated", "700") in harness.told(WEEKLY)
    assert ("reinstated", "700") in harness.told(WEEKLY, "other")


def test_a_concern_that_was_lifted_before_the_digest_is_not_told_as_one(harness: PollHarness) -> None:
    """The publisher linked it to the wrong article; who was told of it is told that the notice is no longer there."""
    concern = notice("ExpressionOfConcernIn", NoticeKind.CONCERN, "98")
    before = harness.pubmed.records["2"]
    harness.pubmed.revise(replace(before, notices=(concern,)), (harness.now + DAY).date())
    harness.poll()
    assert harness.told(DAILY) == [("concern", "2")]
    harness.pubmed.revise(before, (harness.now + DAY).date())
    harness.poll()
    assert harness.told(DAILY) == [("revised", "2")]
    assert ("concern", "2") not in harness.told(WEEKLY)
