"""Whatever happens, in any order: nobody is mailed who must not be, and every reader is told everything once."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from monitor import store
from monitor.bounces import process
from monitor.commands.status import read_status
from monitor.model import Frequency, FreshnessState, Subscription, SubscriptionState
from monitor.store import Database
from monitor.subscribers import opt_in, preferences, unsubscribe
from monitor.subscribers.address_hash import AddressKey
from monitor.subscribers.consent import Visit
from tests.support import returned_mails
from tests.support.crashing import begin_anew, crashes
from tests.support.history import BASELINE, History, Person

#: How many histories on SQLite, a quarter of them on PostgreSQL; each has up to STEPS steps.
HISTORIES, STEPS = int(os.environ.get("MONITOR_TEST_HISTORIES", "4")), 40
VISIT = Visit("test", ip="192.0.2.1")
NO_LIMITS = opt_in.Limits(per_address=10_000, per_network=10_000, per_holder=10_000, overall=10_000)
PEOPLE = st.sampled_from([f"{name}@reader.example" for name in ("ann", "bob", "eve", "joe")])
PMIDS = st.sampled_from([*BASELINE[:2], *(str(number) for number in range(101, 109))])
#: They have subscribed before anything happens.
READERS = {"ann@reader.example": Frequency.DAILY, "bob@reader.example": Frequency.WEEKLY}
FREQUENCIES = st.sampled_from([*Frequency, Frequency.DAILY, Frequency.WEEKLY])
SPANS = st.sampled_from([timedelta(minutes=31), timedelta(hours=6), timedelta(hours=25), timedelta(days=8)])
_END = timedelta(days=6)


class AnyHistory(RuleBasedStateMachine):
    """The model is what people have done, what PubMed has listed, and what has arrived."""

    def __init__(self, begin: Callable[[], History]) -> None:
        super().__init__()
        self.world = begin()
        self.next_pmid = 1_000
        for address, frequency in READERS.items():
            self.sign_up(address, frequency)
            self.confirm(address)
        self.world.tick(timedelta(hours=1))
        self.world.tick(timedelta(hours=1))

    # --- PubMed ---

    @rule(pmid=PMIDS)
    def publish(self, pmid: str) -> None:
        """An article appears, one more appears that nothing happens to, and one that was gone comes back."""
        for number in (pmid, str(self.next_pmid)):
            if number not in self.world.pubmed.records:
                self.world.list(number)
                self.world.published.setdefault(number, self.world.now)
        self.world.touched.add(pmid)
        self.next_pmid += 1

    @rule(pmid=PMIDS, is_withdrawn=st.booleans())
    def retract_or_reinstate(self, pmid: str, is_withdrawn: bool) -> None:
        """A retraction, or its end."""
        (self.world.retracted.add if is_withdrawn else self.world.retracted.discard)(pmid)
        if pmid in self.world.pubmed.records:
            self.world.list(pmid)

    @rule(pmid=PMIDS, title=st.sampled_from(["Veins revised", "Veins revised again"]))
    def revise(self, pmid: str, title: str) -> None:
        """Another title."""
        if pmid in self.world.pubmed.records:
            self.world.list(pmid, title)

    @rule(pmid=PMIDS)
    def delete(self, pmid: str) -> None:
        """PubMed knows it no more."""
        self.world.pubmed.delete(pmid)
        self.world.touched.add(pmid)

    @rule(pmid=PMIDS)
    def merge(self, pmid: str) -> None:
        """It is from now on the record of its twin."""
        if pmid in self.world.pubmed.records:
            twin = str(int(pmid) + 50_000)
            self.world.list(twin, doi=f"10.1000/{pmid}")
            self.world.touched |= {pmid, twin}
            self.world.pubmed.delete(pmid)

    @rule(pmid=PMIDS, is_broken=st.booleans())
    def break_or_mend_the_record(self, pmid: str, is_broken: bool) -> None:
        """What PubMed sends for it cannot be read."""
        (self.world.pubmed.unreadable.add if is_broken else self.world.pubmed.unreadable.discard)(pmid)
        self.world.touched.add(pmid)

    @rule(is_down=st.booleans())
    def pubmed_fails_or_recovers(self, is_down: bool) -> None:
        """Every request fails."""
        self.world.pubmed.is_down = is_down

    # --- people ---

    @rule(address=PEOPLE, frequency=FREQUENCIES)
    def sign_up(self, address: str, frequency: Frequency) -> None:
        """On the page, whoever it is."""
        world = self.world
        person = world.people.setdefault(address, Person(address))
        wish = opt_in.SubscriptionRequest("ccsvi", frequency)
        assert opt_in.request(world.db, wish, self._key(address), VISIT, world.now, NO_LIMITS)
        if person.state in (SubscriptionState.UNSUBSCRIBED, SubscriptionState.UNCONFIRMED):
            person.state, person.frequency = SubscriptionState.UNCONFIRMED, frequency
            person.requested_at = world.now
        person.id = _subscription(world, address).id

    @rule(address=PEOPLE)
    def confirm(self, address: str) -> None:
        """By the link in the mail, while it works."""
        person, now = self.world.people.get(address), self.world.now
        if person is None or not person.requested_at or now - person.requested_at > _END:
            return
        if person.state not in (SubscriptionState.UNCONFIRMED, SubscriptionState.SUSPENDED):
            return
        assert opt_in.confirm(self.world.db, person.id, self._key(address), VISIT, now)
        person.state = SubscriptionState.ACTIVE
        person.frequency = _subscription(self.world, address).frequency
        person.period, person.settled_at, person.bounced = person.period + 1, None, 0
        person.is_at_once_mixed = False

    @rule(address=PEOPLE, frequency=FREQUENCIES)
    def change_frequency(self, address: str, frequency: Frequency) -> None:
        """By the link to one's preferences."""
        person = self.world.people.get(address)
        if person and person.is_active:
            wish = opt_in.SubscriptionRequest("ccsvi", frequency)
            assert preferences.change(self.world.db, person.id, wish, VISIT, self.world.now)
            person.is_at_once_mixed |= Frequency.AT_ONCE in (frequency, person.frequency)
            person.frequency = frequency

    @rule(address=PEOPLE)
    def leave(self, address: str) -> None:
        """By the link in every digest."""
        if person := self.world.people.get(address):
            unsubscribe.unsubscribe_by_link(self.world.db, person.id, VISIT, self.world.now)
            person.state = SubscriptionState.UNSUBSCRIBED

    @rule(address=PEOPLE, is_complaint=st.booleans())
    def a_mail_comes_back(self, address: str, is_complaint: bool) -> None:
        """Her last digest, as undeliverable or as spam; three times undeliverable suspends."""
        world, person = self.world, self.world.people.get(address)
        name = self._last_digest_to(address)
        if not (person and person.is_active and person.settled_at and name):
            return
        to = "bounces@example.org"
        if is_complaint:
            done = process.process(world.db, returned_mails.complaint(to, name), world.works.links, world.now)
            if done.outcome is process.Outcome.COMPLAINT:
                person.state = SubscriptionState.UNSUBSCRIBED
            return
        person.bounced += 1
        report = returned_mails.postfix(to, name, f"{world.now.timestamp()}.{person.bounced}@mx")
        if process.process(world.db, report, world.works.links, world.now).outcome is process.Outcome.SUSPENDED:
            assert person.bounced >= 3, person
            person.state = SubscriptionState.SUSPENDED

    def _last_digest_to(self, address: str) -> str:
        """The Message-ID of one that told something; "" when there was none."""
        told = [ids for (who, *_), ids in self.world.told.items() if who == address]
        return next(iter(told[-1])) if told else ""

    # --- mail server, crashes, time ---

    @rule(span=SPANS)
    def the_mail_server_is_away_for_a_while(self, span: timedelta) -> None:
        """What was composed meanwhile waits."""
        self.world.post.is_away = True
        self.world.tick(span)
        self.world.post.is_away = False

    @rule(deferring=st.integers(0, 2), dropping=st.integers(0, 1))
    def mails_are_deferred_and_dropped(self, deferring: int, dropping: int) -> None:
        """The next few mails."""
        self.world.post.deferring, self.world.post.dropping = deferring, dropping

    @rule(commits=st.integers(1, 16), is_after=st.booleans(), span=SPANS)
    def the_process_dies_at_a_commit(self, commits: int, is_after: bool, span: timedelta) -> None:
        """Before or after it."""
        self.world.crash.commits, self.world.crash.is_after = commits, is_after
        self.world.tick(span)

    @rule(mails=st.integers(1, 3), span=SPANS)
    def the_process_dies_over_a_mail(self, mails: int, span: timedelta) -> None:
        """The server has taken it, and the process does not know."""
        self.world.post.dies_over = mails
        self.world.tick(span)

    @rule(span=SPANS)
    def the_process_dies_over_a_request(self, span: timedelta) -> None:
        """To PubMed."""
        self.world.pubmed.meanwhile = self.world.crash.strike
        self.world.tick(span)

    @rule(span=SPANS)
    def time_passes(self, span: timedelta) -> None:
        """And a process does what is due."""
        self.world.tick(span)

    # --- what holds at all times ---

    @invariant()
    def status_is_true(self) -> None:
        """A search that had no answer for long is not said to be current."""
        status = read_status(self.world.works.settings, self.world.db, self.world.now)
        (search,) = status.topics[0].searches
        assert search.freshness
        last = search.freshness.last_success_at
        is_old = last is None or self.world.now - last > timedelta(hours=12)
        assert not (is_old and search.freshness.state is FreshnessState.CURRENT)

    def teardown(self) -> None:
        """In the end every reader who was there all the time was told of everything."""
        self.world.heal()
        assert self.world.untold() == []

    def _key(self, address: str) -> AddressKey:
        return AddressKey(address, self.world.works.settings.secret_keys)


def _subscription(world: History, address: str) -> Subscription:
    with world.db.read() as tx:
        (found,) = store.subscribers.find(tx, address)
    return found


def test_any_history(db: Database, sqlite_template: Path) -> None:
    """Four histories; `make guarantees` tries 24, its long form 300."""
    with crashes(db) as crash:

        def begin() -> History:
            begin_anew(db, sqlite_template)
            return History(db, crash)

        run_state_machine_as_test(
            lambda: AnyHistory(begin),
            settings=settings(
                max_examples=HISTORIES if db.is_sqlite else max(1, HISTORIES // 4),
                stateful_step_count=STEPS,
                deadline=None,
                suppress_health_check=list(HealthCheck),
            ),
        )
