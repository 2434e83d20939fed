"""When a digest is composed, for whom, and that each change is reported once whatever happens in between."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from monitor import store
from monitor.digests.compose import compose_due, preview
from monitor.errors import ConflictError
from monitor.model import (
    AnswerRecord,
    ChangeKind,
    DeliveryState,
    Digest,
    DigestKind,
    DigestPlan,
    Frequency,
    Outcome,
    Seed,
    Settings,
)
from monitor.service.alerting.failures import Unit
from monitor.service.guard import Guard
from monitor.store import Database
from tests.support.digest_samples import CHANGES, NOW, THREE, TWO, change
from tests.support.factories import subscription
from tests.support.mail_servers import Mailbox
from tests.support.settings import (
    START,
    TOPIC,
    happen,
    news_of_three,
    polled,
    settings,
    subscribe,
    unsubscribe,
    watched,
)

WEEK = timedelta(days=7)

#: What readers are told of "HTTP 502".
OUT_OF_ORDER = "PubMed was out of order, or too busy to answer"


@pytest.fixture
def watching() -> Settings:
    """Settings whose mail server is never used."""
    return settings(Mailbox().settings())


def digests(db: Database, numbers: list[int]) -> list[Digest]:
    """The stored digests."""
    with db.read() as tx:
        return [store.digests.get(tx, number)[0] for number in numbers]


def waiting(db: Database) -> int:
    """How many deliveries wait."""
    with db.read() as tx:
        return store.delivery_counts.counts(tx).get(DeliveryState.WAITING, 0)


def test_a_new_reader_is_welcomed_once(db: Database, watching: Settings) -> None:
    """With where the topic stands; the second tick says nothing more."""
    watched(db)
    subscribe(db, "a@example.org")
    (welcome,) = digests(db, compose_due(watching, db, START))
    assert (welcome.kind, welcome.answer) == (DigestKind.WELCOME, TWO)
    assert [one.last_poll.started_at for one in welcome.search_reports if one.last_poll] == [START, START]
    assert compose_due(watching, db, START + timedelta(minutes=1)) == []
    assert waiting(db) == 1


def test_a_digest_that_cannot_be_rendered_stops_no_other(db: Database, watching: Settings) -> None:
    """The time zone of one topic is unknown to this machine since an update; the other topic's readers are welcomed."""
    other = replace(
        TOPIC, key="other", searches=(), digest=replace(TOPIC.digest, timezone="Europe/Atlantis", quiet_every=None)
    )
    both = replace(watching, topics=(other, TOPIC))
    watched(db)
    with db.begin() as tx:
        store.answers.add(tx, AnswerRecord(replace(TWO, topic="other"), START, is_baseline=True))
        other_reader = replace(subscription("b@example.org"), topic="other")
        store.subscribers.add(tx, other_reader, START)
    subscribe(db, "a@example.org")
    guard = Guard(db, START).parts(Unit.DIGESTS)
    made = digests(db, compose_due(both, db, START, guard))
    assert ("ccsvi", DigestKind.WELCOME) in {(one.topic, one.kind) for one in made}
    assert "ZoneInfoNotFoundError" in guard.failed["other, weekly"].error
    with db.read() as tx:
        assert store.digests.schedule(tx, "ccsvi", Frequency.WEEKLY)
        assert store.digests.schedule(tx, "other", Frequency.WEEKLY) is None


def test_two_services_welcome_each_reader_once(db: Database, watching: Settings) -> None:
    """Both see the same new people; the transaction of one stands."""
    watched(db)
    with db.begin() as tx:
        people = [subscription(f"r{n}@example.org") for n in range(1500)]
        store.subscribers.add_all(tx, people, START)
    with ThreadPoolExecutor(3) as services:
        made = list(services.map(lambda _: compose_due(watching, db, START), range(3)))
    assert sum(len(numbers) for numbers in made) == 1
    assert waiting(db) == 1500


def test_a_welcome_that_another_process_sent_first_is_a_conflict(db: Database) -> None:
    """So that what was made of the same people is rolled back."""
    watched(db)
    number = subscribe(db, "a@example.org")
    with db.begin() as tx:
        store.subscribers.mark_welcomed(tx, [number], NOW)
    with pytest.raises(ConflictError), db.begin() as tx:
        store.subscribers.mark_welcomed(tx, [number], NOW)


def test_nobody_is_welcomed_before_every_search_has_its_baseline(db: Database, watching: Settings) -> None:
    """An answer from some of the searches would mislead."""
    with db.begin() as tx:
        store.searches.sync(tx, [TOPIC], START)
        polled(tx, "ccsvi", START, is_baseline=True)
    subscribe(db, "a@example.org")
    assert compose_due(watching, db, START) == []


def test_the_weekly_digest_tells_the_week_to_everyone_of_that_frequency(db: Database, watching: Settings) -> None:
    """One digest, one delivery each, every change reported."""
    watched(db)
    for person in ("a@example.org", "b@example.org"):
        subscribe(db, person)
    subscribe(db, "monthly@example.org", Frequency.MONTHLY)
    compose_due(watching, db, START)
    before = waiting(db)
    changes = news_of_three(db)
    (made,) = digests(db, compose_due(watching, db, NOW))
    assert (made.kind, made.answer, made.answer_before) == (DigestKind.NEWS, THREE, TWO)
    assert made.answer_changed
    assert set(made.change_ids) == {one.id for one in changes}
    assert waiting(db) - before == 2
    with db.read() as tx:
        assert store.changes.undigested(tx, "ccsvi", Frequency.WEEKLY) == []
        assert len(store.changes.undigested(tx, "ccsvi", Frequency.MONTHLY)) == len(changes)


def test_a_digest_is_composed_once_however_often_the_clock_ticks(db: Database, watching: Settings) -> None:
    """Not before its hour, not twice in it."""
    watched(db)
    subscribe(db, "a@example.org")
    compose_due(watching, db, START)
    news_of_three(db)
    assert compose_due(watching, db, NOW - timedelta(minutes=1)) == []
    assert len(compose_due(watching, db, NOW)) == 1
    assert compose_due(watching, db, NOW) == []
    assert compose_due(watching, db, NOW + timedelta(minutes=1)) == []


def test_a_crash_while_composing_leaves_everything_to_do(db: Database, watching: Settings) -> None:
    """Digest, deliveries and what was digested are stored together or not at all; the next tick makes it good."""
    watched(db)
    subscribe(db, "a@example.org")
    compose_due(watching, db, START)
    news_of_three(db)
    crashing = _Crashing(db)
    with pytest.raises(KeyboardInterrupt):
        compose_due(watching, crashing, NOW)  # type: ignore[arg-type]  # a database that goes down before the commit
    assert crashing.crashed
    assert waiting(db) == 1
    (made,) = digests(db, compose_due(watching, db, NOW))
    assert made.kind is DigestKind.NEWS
    assert waiting(db) == 2


class _Crashing:
    """A database on a machine that loses its power just before a commit."""

    def __init__(self, db: Database) -> None:
        self._db, self.crashed = db, False
        self.read = db.read

    @contextmanager
    def begin(self) -> Iterator[store.Tx]:
        """A transaction that never commits."""
        with self._db.begin() as tx:
            yield tx
            self.crashed = True
            raise KeyboardInterrupt


def test_missed_weeks_are_reported_in_one_digest(db: Database, watching: Settings) -> None:
    """The machine was off for three weeks."""
    watched(db)
    subscribe(db, "a@example.org")
    compose_due(watching, db, START)
    news_of_three(db)
    late = NOW + 3 * WEEK + timedelta(hours=5)
    (made,) = digests(db, compose_due(watching, db, late))
    assert made.since == START
    assert compose_due(watching, db, late + timedelta(minutes=1)) == []


def test_a_quiet_digest_goes_out_after_four_weeks_of_silence(db: Database, watching: Settings) -> None:
    """And not before; the search reports say that PubMed was asked."""
    watched(db)
    subscribe(db, "a@example.org")
    compose_due(watching, db, START)
    made = [digests(db, compose_due(watching, db, START + week * WEEK)) for week in range(1, 5)]
    assert [len(one) for one in made] == [0, 0, 0, 1]
    (quiet,) = made[3]
    assert quiet.kind is DigestKind.QUIET
    assert [search_report.search for search_report in quiet.search_reports] == ["ccsvi", "citing"]


@pytest.mark.parametrize(("quiet_every", "count"), [(timedelta(0), 4), (None, 0)])
def test_quiet_digests_follow_the_topics_frequency(
    db: Database, watching: Settings, quiet_every: timedelta | None, count: int
) -> None:
    """Zero means every time, none means never."""
    topic = replace(TOPIC, digest=DigestPlan(quiet_every=quiet_every))
    asked = replace(watching, topics=(topic,))
    watched(db)
    subscribe(db, "a@example.org")
    compose_due(asked, db, START)
    assert sum(len(compose_due(asked, db, START + week * WEEK)) for week in range(1, 5)) == count


@pytest.mark.parametrize(
    ("quiet_every", "days"),
    [(timedelta(days=28), [28, 56]), (timedelta(minutes=30), None), (timedelta(0), []), (None, [])],
)
def test_at_once_says_that_nothing_happened_only_after_the_topics_silence(
    db: Database, watching: Settings, quiet_every: timedelta | None, days: list[int] | None
) -> None:
    """It is always due, so "with every digest that is due" never means it, and a short silence is still waited for."""
    topic = replace(TOPIC, digest=DigestPlan(quiet_every=quiet_every))
    asked = replace(watching, topics=(topic,))
    watched(db)
    subscribe(db, "a@example.org", Frequency.AT_ONCE)
    compose_due(asked, db, START)
    if days is None:
        minutes = [minute for minute in range(1, 91) if compose_due(asked, db, START + timedelta(minutes=minute))]
        assert minutes == [30, 60, 90]
    else:
        assert [day for day in range(1, 61) if compose_due(asked, db, START + timedelta(days=day))] == days


def test_an_outage_stands_in_the_next_digest(db: Database, watching: Settings) -> None:
    """From when to when, on how many days, why."""
    watched(db)
    subscribe(db, "a@example.org")
    compose_due(watching, db, START)
    with db.begin() as tx:
        for day in (2, 3, 4):
            polled(tx, "ccsvi", START + timedelta(days=day), Outcome.FAILED)
        polled(tx, "ccsvi", START + timedelta(days=5))
    news_of_three(db)
    (made,) = digests(db, compose_due(watching, db, NOW))
    search_report = made.search_reports[0]
    assert (search_report.failures, search_report.failure_days) == (3, 3)
    assert search_report.gaps == (
        f"No usable answer from 2018-09-26 07:00 UTC until 2018-09-29 07:00 UTC: {OUT_OF_ORDER}",
    )


@pytest.mark.parametrize(
    ("error", "told"),
    [
        ("PubMed is not available (503).", OUT_OF_ORDER),
        ("PubMed reports too many requests (429).", OUT_OF_ORDER),
        ("PubMed cannot be reached: [Errno -2] Name or service not known", "PubMed could not be reached"),
        ("PubMed refused the request: Unknown field", "PubMed did not accept the request"),
        ("PubMed counts 512 articles but its ranges list 511.", "PubMed’s answer could not be used"),
    ],
)
def test_readers_are_told_of_an_outage_in_their_words(db: Database, watching: Settings, error: str, told: str) -> None:
    """No code and no error message stands in a digest; the poll keeps them for the operator."""
    watched(db)
    subscribe(db, "a@example.org")
    compose_due(watching, db, START)
    with db.begin() as tx:
        polled(tx, "ccsvi", START + timedelta(days=2), Outcome.FAILED, error=error)
    news_of_three(db)
    (number,) = compose_due(watching, db, NOW)
    with db.read() as tx:
        made, rendered = store.digests.get(tx, number)
        assert store.polls.latest(tx, "ccsvi", "ccsvi", 1)[0].error == error
    assert made.search_reports[0].gaps[0].endswith(f"and not since: {told}")
    assert error not in rendered.text + rendered.html


def test_at_once_waits_for_the_answer(db: Database, watching: Settings) -> None:
    """New articles are no reason; the answer is, within a minute, with everything since."""
    watched(db)
    subscribe(db, "a@example.org", Frequency.AT_ONCE)
    compose_due(watching, db, START)
    happen(db)
    assert compose_due(watching, db, START + timedelta(days=1)) == []
    happen(db, (), answer=THREE)
    (made,) = digests(db, compose_due(watching, db, START + timedelta(days=1, minutes=1)))
    assert made.answer_changed
    assert len(made.change_ids) == len(CHANGES)
    assert compose_due(watching, db, START + timedelta(days=1, minutes=2)) == []


def test_a_retraction_of_a_counted_trial_is_reported_at_once(db: Database, watching: Settings) -> None:
    """Also while the answer's sentence stays the same."""
    watched(db)
    subscribe(db, "a@example.org", Frequency.AT_ONCE)
    compose_due(watching, db, START)
    happen(db, [change(ChangeKind.RETRACTED, "30537671")])
    assert compose_due(watching, db, NOW) == []
    happen(db, [change(ChangeKind.RETRACTED, "24975855", 9)])
    assert len(compose_due(watching, db, NOW)) == 1


def test_what_happened_before_a_frequency_began_is_no_news_in_it(db: Database, watching: Settings) -> None:
    """The welcome says where things stand; the first daily digest tells what came after."""
    watched(db)
    news_of_three(db)
    subscribe(db, "a@example.org", Frequency.DAILY, NOW)
    (welcome,) = digests(db, compose_due(watching, db, NOW))
    assert welcome.kind is DigestKind.WELCOME
    assert compose_due(watching, db, NOW + timedelta(days=1)) == []


def test_nobody_who_left_is_in_the_outbox(db: Database, watching: Settings) -> None:
    """Only active subscriptions get a delivery."""
    watched(db)
    leaver = subscribe(db, "a@example.org")
    subscribe(db, "b@example.org")
    compose_due(watching, db, START)
    unsubscribe(db, leaver)
    before = waiting(db)
    news_of_three(db)
    compose_due(watching, db, NOW)
    assert waiting(db) - before == 1


def test_a_correction_replies_to_the_mail_that_reported_of_the_article(db: Database, watching: Settings) -> None:
    """So that a mail program shows them together."""
    watched(db)
    subscribe(db, "a@example.org")
    compose_due(watching, db, START)
    happen(db)
    (first,) = compose_due(watching, db, NOW)
    happen(db, [change(ChangeKind.CORRECTED, "30537671", 9)])
    (second,) = compose_due(watching, db, NOW + WEEK)
    assert [one.replies_to for one in digests(db, [first, second])] == [None, first]


def test_a_preview_changes_nothing(db: Database, watching: Settings) -> None:
    """It shows the news that wait, and they still wait afterwards."""
    assert preview(watching, db, TOPIC, NOW) is None
    watched(db)
    subscribe(db, "a@example.org")
    compose_due(watching, db, START)
    empty = preview(watching, db, TOPIC, NOW)
    assert empty is not None
    assert empty[0].kind is DigestKind.WELCOME
    news_of_three(db)
    made = preview(watching, db, TOPIC, NOW)
    assert made is not None
    assert made[1].subject == "CCSVI in MS: third sham-controlled trial reported"
    assert len(compose_due(watching, db, NOW)) == 1


def test_a_preview_tells_what_came_since_the_last_digest(db: Database, watching: Settings) -> None:
    """Since the frequency began, before there was one; what failed before it is no news of the next one."""
    watched(db)
    subscribe(db, "a@example.org")
    compose_due(watching, db, START)
    with db.begin() as tx:
        polled(tx, "ccsvi", START + timedelta(days=2), Outcome.FAILED)
    news_of_three(db)
    first = preview(watching, db, TOPIC, NOW)
    assert first is not None
    assert (first[0].since, first[0].until, first[0].search_reports[0].failures) == (START, NOW, 1)
    compose_due(watching, db, NOW)
    happen(db, [change(ChangeKind.CORRECTED, "30537671", 9)])
    second = preview(watching, db, TOPIC, NOW + timedelta(days=3))
    assert second is not None
    assert (second[0].kind, second[0].since, second[0].search_reports[0].failures) == (DigestKind.NEWS, NOW, 0)


def test_a_preview_before_anybody_asked_has_no_since(db: Database, watching: Settings) -> None:
    """No frequency has begun, so nothing was reported yet."""
    watched(db)
    news_of_three(db)
    made = preview(watching, db, TOPIC, NOW)
    assert made is not None
    assert (made[0].kind, made[0].since) == (DigestKind.NEWS, None)


def test_the_answer_before_is_the_one_that_readers_know(db: Database, watching: Settings) -> None:
    """However often it changed since; other news of the same week name no answer before."""
    watched(db)
    subscribe(db, "a@example.org")
    compose_due(watching, db, START)
    news_of_three(db)
    happen(db, (), answer=replace(THREE, sentence="Retracted.", fingerprint="four"))
    (made,) = digests(db, compose_due(watching, db, NOW))
    assert (made.answer.sentence, made.answer_before) == ("Retracted.", TWO)
    happen(db, [change(ChangeKind.CORRECTED, "30537671", 9)])
    (later,) = digests(db, compose_due(watching, db, NOW + WEEK))
    assert later.answer_before is None


def test_a_search_that_fails_from_the_start_is_waited_for_one_day(db: Database, watching: Settings) -> None:
    """Then the reader is sent the current answer without it."""
    with db.begin() as tx:
        store.searches.sync(tx, [TOPIC], START)
        polled(tx, "ccsvi", START, is_baseline=True)
        polled(tx, "citing", START, Outcome.FAILED)
        store.answers.add(tx, AnswerRecord(TWO, START, is_baseline=True))
    subscribe(db, "a@example.org")
    assert compose_due(watching, db, START + timedelta(hours=23, minutes=59)) == []
    (made,) = digests(db, compose_due(watching, db, START + timedelta(days=1)))
    assert made.kind is DigestKind.WELCOME


def test_a_quiet_digest_may_come_an_hour_early(db: Database, watching: Settings) -> None:
    """Ticks are not punctual; two hours are another matter."""
    for early, count in ((timedelta(hours=1), 1), (timedelta(hours=1, minutes=1), 0)):
        topic = replace(TOPIC, digest=DigestPlan(quiet_every=WEEK + early))
        asked = replace(watching, topics=(topic,))
        if not count:
            compose_due(asked, db, NOW)
        else:
            watched(db)
            subscribe(db, "a@example.org")
            compose_due(asked, db, START)
        assert len(compose_due(asked, db, NOW if count else NOW + WEEK)) == count


def test_a_minute_in_which_nothing_happens_costs_little(db: Database, watching: Settings) -> None:
    """The clock ticks every minute, for every topic, also for one that says after a week that nothing is new."""
    asked = replace(watching, topics=(replace(TOPIC, digest=DigestPlan(quiet_every=WEEK)),))
    watched(db)
    subscribe(db, "a@example.org", Frequency.AT_ONCE)
    assert len(compose_due(asked, db, START)) == 1
    heard: list[str] = []

    def hear(*said: Any) -> None:
        heard.append(said[2])

    sa.event.listen(db.engine, "before_cursor_execute", hear)
    assert compose_due(asked, db, START + timedelta(minutes=1)) == []
    sa.event.remove(db.engine, "before_cursor_execute", hear)
    assert len([one for one in heard if one.startswith(("SELECT", "WITH"))]) == 2


def test_days_on_which_monitor_did_not_run_are_told_apart_from_those_on_which_pubmed_was_down(
    db: Database, watching: Settings
) -> None:
    """Two days PubMed failed, then the machine was off for three; nobody blames PubMed for these."""
    watched(db)
    subscribe(db, "a@example.org")
    compose_due(watching, db, START)
    with db.begin() as tx:
        for day, outcome in ((1, Outcome.FAILED), (2, Outcome.FAILED), (6, Outcome.OK), (7, Outcome.OK)):
            polled(tx, "ccsvi", START + timedelta(days=day), outcome)
    news_of_three(db)
    (number,) = compose_due(watching, db, NOW)
    with db.read() as tx:
        made, rendered = store.digests.get(tx, number)
    report = made.search_reports[0]
    assert (report.failure_days, report.idle_days) == (2, 3)
    assert report.idle == "Monitor itself did not run on 3 days, from 2018-09-27 to 2018-09-29"
    assert report.gaps == (f"No usable answer from 2018-09-25 07:00 UTC until 2018-09-26 07:00 UTC: {OUT_OF_ORDER}",)
    assert all(report.idle in " ".join(part.split()) for part in (rendered.text, rendered.html))


def test_the_poll_of_the_tick_that_sent_the_last_digest_counts_as_a_look(db: Database, watching: Settings) -> None:
    """A timer ticks once a week: poll and digest have one instant, and the search is asked every week."""
    weekly = replace(TOPIC, searches=tuple(replace(search, every=WEEK) for search in TOPIC.searches))
    asked = replace(watching, topics=(weekly,))
    watched(db)
    subscribe(db, "a@example.org")
    with db.begin() as tx:
        store.searches.sync(tx, asked.topics, START)
        polled(tx, "ccsvi", START - WEEK)
        polled(tx, "ccsvi", START)
    compose_due(asked, db, START)
    with db.begin() as tx:
        polled(tx, "ccsvi", START + WEEK - timedelta(hours=1))
    news_of_three(db)
    (number,) = compose_due(asked, db, NOW)
    with db.read() as tx:
        assert store.digests.get(tx, number)[0].search_reports[0].idle_days == 0


def test_a_search_that_was_added_is_not_said_to_have_been_forgotten(db: Database, watching: Settings) -> None:
    """Its days count from its first poll."""
    watched(db)
    subscribe(db, "a@example.org")
    compose_due(watching, db, START)
    added = replace(TOPIC.searches[0], name="added")
    more = replace(watching, topics=(replace(TOPIC, searches=(*TOPIC.searches, added)),))
    with db.begin() as tx:
        store.searches.sync(tx, more.topics, START + timedelta(days=5))
        polled(tx, "added", START + timedelta(days=5))
        polled(tx, "added", START + timedelta(days=6))
    news_of_three(db)
    (made,) = digests(db, compose_due(more, db, NOW))
    assert {report.search: report.idle for report in made.search_reports}["added"] == ""


def test_the_search_report_of_each_search_says_what_was_asked_and_how_it_went(db: Database, watching: Settings) -> None:
    """The query as typed, whom the other one follows, the last good answer, every gap."""
    seeded = replace(TOPIC, seed=Seed(doi="10.1/seed", pmid="22350642", citation="Diaconu 2012"))
    asked = replace(watching, topics=(seeded,))
    watched(db, topic=seeded)
    subscribe(db, "a@example.org")
    with db.begin() as tx:
        store.topics.set_seed_pmid(tx, "ccsvi", "22350642", START)
    compose_due(asked, db, START)
    with db.begin() as tx:
        polled(tx, "ccsvi", START + timedelta(days=1), Outcome.FAILED)
        polled(tx, "ccsvi", START + timedelta(days=1, hours=5), Outcome.FAILED)
        polled(tx, "ccsvi", START + timedelta(days=2))
        polled(tx, "ccsvi", START + timedelta(days=4), Outcome.FAILED)
    news_of_three(db)
    (made,) = digests(db, compose_due(asked, db, NOW))
    by_query, by_link = made.search_reports
    assert (by_query.query, by_query.translation, by_query.count) == ("CCSVI[tiab]", "CCSVI[Title/Abstract]", 912)
    assert (by_query.failures, by_query.failure_days) == (3, 2)
    assert by_query.gaps == (
        f"No usable answer from 2018-09-25 07:00 UTC until 2018-09-26 07:00 UTC: {OUT_OF_ORDER}",
        f"No usable answer from 2018-09-28 07:00 UTC and not since: {OUT_OF_ORDER}",
    )
    assert by_query.last_poll is not None
    assert by_query.last_poll.started_at == START + timedelta(days=4)
    assert by_query.next_due_at == NOW
    assert by_link.query == "articles citing PMID 22350642 (Diaconu 2012)"
    assert (by_link.failures, by_link.gaps, by_link.count) == (0, (), 912)


@pytest.mark.parametrize("frequency", [Frequency.DAILY, Frequency.MONTHLY])
def test_a_reader_who_is_the_first_of_a_frequency_misses_nothing_that_is_found_before_its_digests_begin(
    db: Database, watching: Settings, frequency: Frequency
) -> None:
    """Changed on the page, then a poll brings news, then the first digests of the new frequency are planned."""
    watched(db)
    number = subscribe(db, "a@example.org")
    compose_due(watching, db, START)
    compose_due(watching, db, START + timedelta(minutes=1))
    with db.begin() as tx:
        store.frequency_changes.switch(tx, number, frequency)
    found = {change.id for change in happen(db, [CHANGES[1]])}
    for days in range(60):
        compose_due(watching, db, START + timedelta(days=days, minutes=2))
    with db.read() as tx:
        hers = tx.exec_driver_sql(f"SELECT digest_id FROM deliveries WHERE subscription_id = {number}").scalars().all()  # noqa: S608  a number
        assert store.subscribers.get(tx, number).frequency is frequency
    assert len([one for one in digests(db, list(hers)) if found <= {*one.change_ids}]) == 1
