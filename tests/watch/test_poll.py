"""What one poll makes of the world, on both databases."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from threading import Barrier, Thread

import pytest

from monitor import store
from monitor.model import LinkResult, NoticeKind, Outcome, Poll, Reference, Search, Seed, Topic
from monitor.store import Database
from monitor.watch.poll import poll_due
from tests.support.articles import sham_trial
from tests.support.fake_pubmed import FakePubMed
from tests.support.records import DAY, JOURNAL_ARTICLE, RANDOMIZED, START, article, citing, notice, query, topic

Told = list[tuple[str, str]]


@dataclass
class World:
    """A PubMed, a database and a clock that a test moves."""

    db: Database
    pubmed: FakePubMed
    topics: Sequence[Topic]
    now: datetime = START
    seen: set[int] = field(default_factory=set)

    def configure(self, *topics: Topic) -> None:
        """The operator edits the file and starts again."""
        self.topics = topics
        with self.db.begin() as tx:
            store.searches.sync(tx, topics, self.now)

    def poll(self, after: timedelta = DAY) -> list[Poll]:
        """Time passes; whatever is due is polled."""
        self.now += after
        return poll_due(self.topics, self.pubmed.sources, self.db, self.now)

    def told(self, key: str = "ccsvi") -> Told:
        """The changes of a topic since the last time this was asked, as (kind, pmid)."""
        with self.db.read() as tx:
            fresh = [c for c in store.changes.recent(tx, key, 1000) if c.id not in self.seen]
        self.seen |= {c.id for c in fresh}
        return sorted((c.kind.value, c.pmid) for c in fresh)


@pytest.fixture
def world(db: Database) -> World:
    """Three articles match; they have been polled once, as a baseline."""
    pubmed = FakePubMed()
    for pmid in ("1", "2", "3"):
        pubmed.list(article(pmid), "veins")
    new_world = World(db, pubmed, ())
    new_world.configure(topic(query()))
    new_world.poll(timedelta())
    return new_world


def test_the_first_poll_records_everything_and_announces_nothing(world: World) -> None:
    """A baseline only records."""
    assert world.told() == []
    with world.db.read() as tx:
        assert store.articles.count(tx, "ccsvi") == 3
        (poll,) = store.polls.latest(tx, "ccsvi", "veins", 5)
    assert (poll.is_baseline, poll.outcome, poll.count) == (True, Outcome.OK, 3)


def test_the_first_answer_waits_for_every_search_and_is_one(db: Database) -> None:
    """Also when the last search brings nothing, and when one of them cannot be answered at all."""
    pubmed = FakePubMed()
    pubmed.list(article("1"), "veins")
    world = World(db, pubmed, ())
    world.configure(topic(query(), query("empty", "nothing"), citing(), seed=Seed(doi="10.1000/nowhere")))
    polls = world.poll(timedelta())
    assert Counter(poll.outcome for poll in polls) == {Outcome.OK: 2, Outcome.FAILED: 1}
    with db.read() as tx:
        (first,) = store.answers.history(tx, "ccsvi")
    assert first.is_baseline


def test_a_quiet_day_costs_two_requests_and_tells_nothing(world: World) -> None:
    """One search for what matches, one for what was modified."""
    (poll,) = world.poll(5 * DAY)
    assert (poll.requests, poll.outcome, world.told()) == (2, Outcome.OK, [])


def test_a_search_is_not_polled_before_it_is_due(world: World) -> None:
    """The database says what is due."""
    assert world.poll(timedelta(hours=5)) == []


def test_a_new_article_is_announced_once(world: World) -> None:
    """Whatever its dates say."""
    world.pubmed.list(article("4", entered_at=START - 700 * DAY, created_at=START - 700 * DAY), "veins")
    world.poll()
    world.poll()
    assert world.told() == [("new", "4")]


def test_all_that_appeared_during_a_week_of_outage_is_announced_when_it_ends(world: World) -> None:
    """Nothing is lost, nothing is told twice, and the failures are on record."""
    world.pubmed.is_down = True
    for number in range(10, 17):
        world.pubmed.list(article(str(number)), "veins")
        (failed,) = world.poll()
        assert failed.outcome is Outcome.FAILED
    assert world.told() == []
    world.pubmed.is_down = False
    world.poll()
    assert world.told() == [("new", str(number)) for number in range(10, 17)]
    with world.db.read() as tx:
        assert [p.outcome for p in store.polls.latest(tx, "ccsvi", "veins", 8)].count(Outcome.FAILED) == 7


def test_after_a_failure_the_next_try_comes_sooner_than_the_interval(world: World) -> None:
    """Minutes, not a day."""
    world.pubmed.is_down = True
    world.poll()
    with world.db.read() as tx:
        state = store.searches.state(tx, "ccsvi", "veins")
    assert timedelta() < state.due_at - world.now < timedelta(minutes=10)
    assert state.failures_in_row == 1


def test_a_retraction_of_an_article_held_for_long_is_told(world: World) -> None:
    """Also when nothing else about the record changed."""
    link = notice("RetractionIn", NoticeKind.RETRACTION, "99")
    world.now += 400 * DAY
    world.pubmed.revise(article("2", notices=(link,)), world.now.date())
    world.poll()
    assert world.told() == [("retracted", "2")]


def test_indexing_that_arrives_months_later_is_a_revision_with_both_values(world: World) -> None:
    """The publication type a record gets at indexing is told as a change of that record."""
    world.now += 90 * DAY
    world.pubmed.revise(article("3", publication_types=(JOURNAL_ARTICLE, RANDOMIZED)), world.now.date())
    world.poll()
    assert world.told() == [("revised", "3")]
    with world.db.read() as tx:
        ((_, _, revision),) = store.articles.revisions(tx, "3")
    assert (revision.old, revision.new) == ("Journal Article", "Journal Article; Randomized Controlled Trial")


def test_a_record_changed_without_a_new_modification_date_is_found_by_the_monthly_check(world: World) -> None:
    """NLM's own date is not trusted for ever."""
    link = notice("ErratumIn", NoticeKind.ERRATUM)
    world.pubmed.revise(article("1", notices=(link,)), date(1999, 1, 1))
    world.poll(10 * DAY)
    assert world.told() == []
    world.poll(31 * DAY)
    assert world.told() == [("corrected", "1")]


def test_every_record_is_read_again_after_thirty_days(world: World) -> None:
    """Whatever its date says; the time counts from the last such reading."""
    world.pubmed.revise(article("1", notices=(notice("ErratumIn", NoticeKind.ERRATUM),)), date(1999, 1, 1))
    world.poll(30 * DAY - timedelta(seconds=1))
    assert world.told() == []
    world.pubmed.revise(article("1", notices=()), date(1999, 1, 1))
    world.poll(DAY)
    link = notice("RetractionIn", NoticeKind.RETRACTION, "99")
    world.pubmed.revise(article("2", notices=(link,)), date(1999, 1, 1))
    world.poll(30 * DAY - timedelta(seconds=1))
    assert world.told() == []
    world.poll(DAY)
    assert world.told() == [("retracted", "2")]


@pytest.mark.parametrize(("days_before", "is_found"), [(3, True), (4, False)])
def test_a_modification_that_pubmed_dates_up_to_three_days_back_is_found(
    world: World, days_before: int, *, is_found: bool
) -> None:
    """NCBI's dates have no stated time zone and arrive late."""
    last_success = world.now
    link = notice("RetractionIn", NoticeKind.RETRACTION, "99")
    world.pubmed.revise(article("2", notices=(link,)), last_success.date() - days_before * DAY)
    world.poll()
    assert (world.told() == [("retracted", "2")]) is is_found


def test_an_article_missing_once_is_not_gone_and_missing_twice_it_is(world: World) -> None:
    """One answer without it proves nothing."""
    world.pubmed.unlist("2", "veins")
    world.poll()
    assert world.told() == []
    world.poll()
    assert world.told() == [("gone", "2")]
    with world.db.read() as tx:
        (gone,) = [c for c in store.changes.recent(tx, "ccsvi", 9) if c.kind == "gone"]
    assert gone.why == "it no longer matches the search"


def test_a_deleted_record_is_told_as_deleted(world: World) -> None:
    """PubMed lists it no more and has no record of it."""
    world.pubmed.delete("2")
    world.poll()
    world.poll()
    with world.db.read() as tx:
        (gone,) = [c for c in store.changes.recent(tx, "ccsvi", 9) if c.kind == "gone"]
    assert (gone.pmid, gone.why) == ("2", "PubMed no longer has the record")


def test_an_article_that_comes_back_is_neither_gone_nor_new(world: World) -> None:
    """A hiccup of the index is no news."""
    world.pubmed.unlist("2", "veins")
    world.poll()
    world.pubmed.list(article("2"), "veins")
    world.poll()
    world.poll()
    assert world.told() == []


def test_when_most_of_a_literature_vanishes_nothing_is_taken_to_be_gone(world: World) -> None:
    """New articles in the same answer are still told."""
    for number in range(10, 30):
        world.pubmed.list(article(str(number)), "veins")
    world.poll()
    world.told()
    for number in range(10, 28):
        world.pubmed.unlist(str(number), "veins")
    world.pubmed.list(article("40"), "veins")
    world.poll()
    (poll,) = world.poll()
    assert poll.outcome is Outcome.INCOMPLETE
    assert "lists only" in poll.error
    assert world.told() == [("new", "40")]


def test_a_record_that_cannot_be_read_is_asked_for_again_and_then_announced(world: World) -> None:
    """The others of its batch are told at once."""
    world.pubmed.list(article("4"), "veins")
    world.pubmed.list(article("5"), "veins")
    world.pubmed.unreadable.add("4")
    (poll,) = world.poll()
    assert poll.outcome is Outcome.INCOMPLETE
    assert "PMID 4" in poll.error
    assert world.told() == [("new", "5")]
    world.pubmed.unreadable.clear()
    world.poll()
    assert world.told() == [("new", "4")]


def test_a_changed_query_is_a_new_baseline(world: World) -> None:
    """The articles it brings are recorded, not announced; the next new one is."""
    for number in range(50, 60):
        world.pubmed.list(article(str(number)), "veins OR arteries")
    world.configure(topic(query(text="veins OR arteries")))
    (poll,) = world.poll()
    assert (poll.is_baseline, world.told()) == (True, [])
    world.pubmed.list(article("61"), "veins OR arteries")
    world.poll()
    assert world.told() == [("new", "61")]


def test_an_article_that_two_searches_of_a_topic_find_is_announced_once(world: World) -> None:
    """It is one thing worth telling."""
    world.configure(topic(query(), query("arteries", "arteries")))
    world.poll()
    world.pubmed.list(article("7"), "veins")
    world.pubmed.list(article("7"), "arteries")
    world.poll()
    assert world.told() == [("new", "7")]


def test_an_article_that_another_search_still_finds_is_not_gone(world: World) -> None:
    """Gone means gone from the topic."""
    world.pubmed.list(article("2"), "arteries")
    world.configure(topic(query(), query("arteries", "arteries")))
    world.poll()
    world.pubmed.unlist("2", "veins")
    world.poll()
    world.poll()
    assert world.told() == []


def test_a_correction_is_told_to_every_topic_that_holds_the_article(world: World) -> None:
    """Though only one of them meets the new state of the record."""
    world.configure(topic(query()), topic(query(key="other"), key="other"))
    world.poll()
    world.now += 30 * DAY
    world.pubmed.revise(article("1", notices=(notice("ErratumIn", NoticeKind.ERRATUM),)), world.now.date())
    world.poll()
    assert world.told("ccsvi") == [("corrected", "1")]
    assert world.told("other") == [("corrected", "1")]


def test_an_article_another_topic_already_holds_is_still_new_to_this_one(world: World) -> None:
    """Known is not told."""
    world.configure(topic(query()), topic(query("arteries", "arteries", key="other"), key="other"))
    world.poll()
    world.pubmed.list(article("1"), "arteries")
    world.poll()
    assert (world.told("ccsvi"), world.told("other")) == ([], [("new", "1")])


def test_two_services_polling_at_the_same_moment_ask_once(world: World) -> None:
    """The claim decides, not luck."""
    world.now += DAY
    start, polls = Barrier(2), []

    def service() -> None:
        start.wait()
        polls.extend(poll_due(world.topics, world.pubmed.sources, world.db, world.now))

    both = [Thread(target=service) for _ in range(2)]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    assert len(polls) == 1


STALLED = store.leases.LENGTH + timedelta(minutes=5)


@pytest.mark.parametrize("is_down", [False, True], ids=["answered at last", "failed at last"])
def test_a_poll_that_stalls_while_another_runs_and_finishes_stores_nothing(world: World, is_down: bool) -> None:
    """Its process was stopped for longer than its lease; PubMed has since listed another article."""
    world.now += DAY

    def another_service() -> None:
        world.pubmed.list(article("4"), "veins")
        (newer,) = poll_due(world.topics, world.pubmed.sources, world.db, world.now + STALLED)
        assert newer.new == 1
        world.pubmed.unlist("4", "veins")  # what the stalled one then sees is older
        world.pubmed.is_down = is_down

    world.pubmed.meanwhile = another_service
    assert world.poll(timedelta()) == []
    with world.db.read() as tx:
        assert len(store.polls.latest(tx, "ccsvi", "veins", 9)) == 2
        state = store.searches.state(tx, "ccsvi", "veins")
        assert store.matches.suspected_missing(tx, "ccsvi", "veins") == set()
    assert (state.last_success_at, state.failures_in_row) == (world.now + STALLED, 0)
    assert world.told() == [("new", "4")]


def test_a_poll_that_stalls_stores_nothing_while_another_is_asking(world: World) -> None:
    """The newer one keeps its claim and saves what it sees."""
    world.now += DAY
    world.pubmed.list(article("4"), "veins")
    claimed: list[str | None] = []

    def another_service() -> None:
        with world.db.begin() as tx:
            claimed.append(store.searches.claim(tx, "ccsvi", "veins", world.now + STALLED))

    world.pubmed.meanwhile = another_service
    assert world.poll(timedelta()) == []
    assert world.told() == []
    with world.db.begin() as tx:
        assert store.searches.due(tx, world.now + STALLED) == []
        assert claimed[0]
    world.poll(2 * STALLED)  # the newer one died
    assert world.told() == [("new", "4")]


def test_what_pubmed_complains_about_is_kept_with_the_poll(world: World) -> None:
    """A mistyped field tag searches something else; the operator must hear of it."""
    world.pubmed.warnings["veins"] = ("FieldNotFound: tiabb",)
    (poll,) = world.poll()
    assert poll.warnings == ("FieldNotFound: tiabb",)


def test_a_query_that_pubmed_reads_differently_than_before_is_noticed(world: World) -> None:
    """Automatic term mapping changes with each year's MeSH."""
    world.pubmed.translations["veins"] = '"veins"[MeSH Terms] OR "veins"[All Fields]'
    world.poll()
    world.pubmed.translations["veins"] = '"vein"[All Fields]'
    (poll,) = world.poll()
    assert any("differently" in warning for warning in poll.warnings)


def test_a_service_that_is_stopped_gives_back_what_it_has_not_begun(world: World) -> None:
    """It stays due, for the next service at once."""
    world.now += DAY
    assert poll_due(world.topics, world.pubmed.sources, world.db, world.now, is_stopping=lambda: True) == []
    assert len(poll_due(world.topics, world.pubmed.sources, world.db, world.now)) == 1


def test_a_poll_that_died_is_taken_over_after_half_an_hour(world: World) -> None:
    """Not before: it may only be slow."""
    world.now += DAY
    with world.db.begin() as tx:
        assert store.searches.claim(tx, "ccsvi", "veins", world.now)
    assert world.poll(timedelta(minutes=29, seconds=59)) == []
    assert len(world.poll(timedelta(seconds=1))) == 1


def test_an_operator_may_have_a_search_asked_before_it_is_due(world: World) -> None:
    """That one alone; one that is not configured is nobody's."""
    world.configure(topic(query(), query("arteries", "arteries")))
    world.poll(timedelta())
    polls = poll_due(
        world.topics, world.pubmed.sources, world.db, world.now, only=[("ccsvi", "arteries"), ("ccsvi", "nothing")]
    )
    assert [poll.search for poll in polls] == ["arteries"]


def test_a_trial_that_a_new_search_brings_changes_the_answer(world: World) -> None:
    """The topic has an answer already, so this one does not wait for others."""
    world.pubmed.list(sham_trial("700", 19), "angioplasty")
    world.configure(topic(query(), query("angioplasty", "angioplasty")))
    poll_due(world.topics, world.pubmed.sources, world.db, world.now, only=[("ccsvi", "angioplasty")])
    with world.db.read() as tx:
        answers = store.answers.history(tx, "ccsvi")
    assert [len(one.answer.trials) for one in answers] == [0, 1]


def test_the_first_answer_is_drawn_from_all_searches_at_once(db: Database) -> None:
    """Half a literature would give half an answer."""
    pubmed = FakePubMed()
    pubmed.list(sham_trial("700", 19), "veins")
    pubmed.list(sham_trial("701", 115), "arteries")
    world = World(db, pubmed, ())
    world.configure(topic(query(), query("arteries", "arteries")))
    world.poll(timedelta())
    with db.read() as tx:
        (first,) = store.answers.history(tx, "ccsvi")
    assert len(first.answer.trials) == 2
    assert world.told() == []


def test_a_poll_says_what_it_found(world: World) -> None:
    """How many are new, revised and gone, at what price."""
    world.pubmed.unlist("2", "veins")
    world.poll()
    world.now += 30 * DAY
    world.pubmed.list(article("4"), "veins")
    world.pubmed.revise(article("1", text="Now with an abstract."), world.now.date())
    (poll,) = world.poll()
    assert (poll.new, poll.revised, poll.gone, poll.count, poll.requests) == (1, 1, 1, 3, 2)
    assert (poll.query_sent, poll.translation, poll.is_baseline) == ("veins", "veins", False)


def test_a_failure_is_on_record_with_its_price(world: World) -> None:
    """And what was asked."""
    world.pubmed.is_down = True
    (poll,) = world.poll()
    assert (poll.outcome, poll.error, poll.requests) == (Outcome.FAILED, "PubMed could not be reached.", 1)
    assert (poll.query_sent, poll.is_baseline) == ("veins", False)


@pytest.mark.parametrize(
    ("held", "left", "outcome"),
    [(40, 19, Outcome.INCOMPLETE), (40, 20, Outcome.OK), (10, 0, Outcome.INCOMPLETE), (9, 0, Outcome.OK)],
)
def test_more_than_half_of_at_least_ten_must_vanish_to_be_doubted(
    world: World, held: int, left: int, outcome: Outcome
) -> None:
    """A small literature may lose all it has."""
    for number in range(10, 10 + held - 3):
        world.pubmed.list(article(str(number)), "veins")
    world.poll()
    for pmid in sorted(world.pubmed.listed["veins"])[left:]:
        world.pubmed.unlist(pmid, "veins")
    (poll,) = world.poll()
    assert poll.outcome is outcome


# --- articles citing the seed ----------------------------------------------------------------------

SEED = Seed(doi="10.1000/seed")


@pytest.fixture
def citing_world(db: Database) -> World:
    """The seed is cited by two articles; the baseline is done. The seed is known by its DOI."""
    pubmed = FakePubMed()
    pubmed.add(article("100", doi="10.1000/seed"))
    for pmid in ("1", "2"):
        pubmed.add(article(pmid))
    pubmed.cited_by["100"] = {"1", "2"}
    new_world = World(db, pubmed, ())
    new_world.configure(topic(citing(), seed=SEED))
    new_world.poll(timedelta())
    return new_world


def test_the_pmid_of_the_seed_is_resolved_once_and_kept(citing_world: World) -> None:
    """At first use, from its DOI."""
    with citing_world.db.read() as tx:
        assert store.topics.seed_pmid(tx, "ccsvi") == "100"
        assert sorted(store.articles.which_known(tx, ["1", "2", "100"])) == ["1", "100", "2"]
    citing_world.poll()
    assert citing_world.pubmed.calls.count("resolve_doi") == 1


def test_a_new_citation_is_told_and_an_empty_answer_takes_none_away(citing_world: World) -> None:
    """ELink without a LinkSetDb may be empty or broken: an edge once seen stays."""
    citing_world.pubmed.add(article("3"))
    citing_world.pubmed.cited_by["100"] = {"1", "2", "3"}
    citing_world.poll()
    assert citing_world.told() == [("citing", "3")]
    citing_world.pubmed.cited_by["100"] = set()
    citing_world.poll()
    citing_world.poll()
    assert citing_world.told() == []
    with citing_world.db.read() as tx:
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
    world = World(db, pubmed, ())
    world.configure(*topics)
    world.poll(timedelta())
    before = pubmed.calls.count("citing")
    polls = world.poll(timedelta(hours=6))
    assert (len(polls), pubmed.calls.count("citing") - before) == (3, 1)


def test_a_retraction_of_a_citing_article_is_told_though_no_query_finds_it(citing_world: World) -> None:
    """Articles found by link are checked once a day."""
    citing_world.now += 60 * DAY
    link = notice("RetractionIn", NoticeKind.RETRACTION, "99")
    citing_world.pubmed.revise(article("2", notices=(link,)), citing_world.now.date())
    citing_world.poll()
    assert citing_world.told() == [("retracted", "2")]


def test_the_records_of_citing_articles_are_checked_once_a_day(citing_world: World) -> None:
    """Not with every look, which may come each hour; dates up to three days back count."""
    often = topic(citing(every=timedelta(hours=1)), seed=SEED)
    citing_world.configure(often)
    citing_world.poll(timedelta(hours=23))
    link = notice("RetractionIn", NoticeKind.RETRACTION, "99")
    day = (citing_world.now - 2 * DAY).date()
    citing_world.pubmed.revise(article("2", notices=(link,)), day)
    before = citing_world.pubmed.calls.count("modified_among")
    citing_world.poll(timedelta(minutes=59))
    assert citing_world.pubmed.calls.count("modified_among") == before
    for _ in range(25):
        citing_world.poll(timedelta(hours=1))
    assert citing_world.pubmed.calls.count("modified_among") == before + 2
    assert citing_world.told() == [("retracted", "2")]


def test_a_citation_read_from_the_articles_own_reference_list_is_told_before_elink_knows(
    citing_world: World,
) -> None:
    """And not again when ELink lists it."""
    citing_world.configure(topic(citing(), query(), seed=SEED))
    citing_world.poll()
    citing_world.pubmed.list(article("8", references=(Reference(pmid="100"),)), "veins")
    citing_world.poll()
    assert citing_world.told() == [("citing", "8"), ("new", "8")]
    citing_world.pubmed.cited_by["100"] = {"1", "2", "8"}
    citing_world.poll()
    assert citing_world.told() == []


def test_a_seed_that_pubmed_does_not_have_fails_the_poll_with_a_sentence(db: Database) -> None:
    """And the other searches go on."""
    pubmed = FakePubMed()
    pubmed.list(article("1"), "veins")
    world = World(db, pubmed, ())
    world.configure(topic(citing(), query(), seed=Seed(doi="10.1000/nowhere")))
    polls = {poll.search: poll for poll in world.poll(timedelta())}
    assert polls["citing"].outcome is Outcome.FAILED
    assert "10.1000/nowhere" in polls["citing"].error
    assert polls["veins"].outcome is Outcome.OK


def test_a_seed_that_pubmed_does_not_have_stops_no_other_topic(db: Database) -> None:
    """One DOI is mistyped: only its own topic's citing search fails, and the others share one request."""
    pubmed = FakePubMed(cited_by={"100": {"1"}, "200": {"2"}})
    for pmid in ("1", "2", "100", "200"):
        pubmed.add(article(pmid, doi=f"10.1000/{pmid}"))
    seeds = {"good": "100", "mistyped": "nowhere", "other": "200"}
    world = World(db, pubmed, ())
    world.configure(*(topic(citing(key=key), key=key, seed=Seed(doi=f"10.1000/{doi}")) for key, doi in seeds.items()))
    polls = {poll.topic: poll for poll in world.poll(timedelta())}
    assert {key: poll.outcome for key, poll in polls.items()} == {
        "good": Outcome.OK, "mistyped": Outcome.FAILED, "other": Outcome.OK,
    }  # fmt: skip
    assert "10.1000/nowhere" in polls["mistyped"].error
    assert pubmed.calls.count("citing") == 1


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
    world = World(db, pubmed, ())
    world.configure(
        topic(citing(), query(), seed=Seed(pmid="100")),
        topic(citing(key="other"), key="other", seed=Seed(pmid="200")),
    )
    told: list[tuple[str, str]] = []
    polls = poll_due(
        world.topics, pubmed.sources, db, START, on_failure=lambda what, error: told.append((what, str(error)))
    )
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
    ((what, why),) = told
    assert what == "ccsvi/citing"
    assert "PMC2" in why


def test_a_search_is_claimed_when_its_turn_comes(db: Database) -> None:
    """While one poll takes long, another process does the others instead of waiting for it."""
    pubmed = FakePubMed()
    world = World(db, pubmed, ())
    world.configure(topic(query("veins"), query("arteries", "arteries")))
    elsewhere: list[Poll] = []
    pubmed.meanwhile = lambda: elsewhere.extend(poll_due(world.topics, pubmed.sources, db, world.now))
    here = world.poll(timedelta())
    assert sorted(poll.search for poll in here + elsewhere) == ["arteries", "veins"]
    assert (len(here), len(elsewhere)) == (1, 1)


def test_a_search_by_name_can_be_polled_before_it_is_due(world: World) -> None:
    """As an operator asks for it."""
    other: Search = replace(query("arteries", "arteries"))
    world.configure(topic(query(), other))
    polls = poll_due(world.topics, world.pubmed.sources, world.db, world.now, only=[("ccsvi", "veins")])
    assert [poll.search for poll in polls] == ["veins"]
