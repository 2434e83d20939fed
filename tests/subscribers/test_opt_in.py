"""Subscribing on both databases: what is stored, what is deleted, and what a repeated request does."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from monitor import store
from monitor.links import CONFIRM_WITHIN
from monitor.model import ConsentEvent, Frequency, SendOutcome, SendResult, SubscriptionState, TransactionalKind
from monitor.store import Database
from monitor.subscribers import address_hash, admin, opt_in, preferences, retention
from monitor.subscribers.address_hash import AddressKey
from monitor.subscribers.consent import Visit
from monitor.subscribers.opt_in import Limits, SubscriptionRequest
from monitor.subscribers.unsubscribe import unsubscribe_by_link
from tests.support.factories import DAY, HOUR, LEASE, NOW, subscription

KEYS = ("a-key-of-at-least-32-characters-long-1",)
READER = "reader@example.org"
PERSON = AddressKey(READER, KEYS)
VISIT = Visit("test", "I ask for mails.", "1", ip="192.0.2.1")


def ask(db: Database, days: int = 0, frequency: Frequency = Frequency.WEEKLY) -> bool:
    """The reader asks for a subscription."""
    return opt_in.request(db, SubscriptionRequest("ccsvi", frequency), PERSON, VISIT, NOW + days * DAY)


def held(db: Database) -> tuple[int, SubscriptionState, Frequency]:
    """What is kept of the reader."""
    with db.read() as tx:
        (one,) = store.subscribers.find(tx, READER)
    return one.id, one.state, one.frequency


def test_ask_confirm_change_leave(db: Database) -> None:
    """Each step once, and once more without effect."""
    assert ask(db)
    number, state, _ = held(db)
    assert state is SubscriptionState.UNCONFIRMED
    assert opt_in.confirm(db, number, PERSON, VISIT, NOW)
    assert opt_in.confirm(db, number, PERSON, VISIT, NOW)
    assert preferences.change(db, number, SubscriptionRequest("ccsvi", Frequency.DAILY), VISIT, NOW) is True
    assert held(db)[1:] == (SubscriptionState.ACTIVE, Frequency.DAILY)
    assert [unsubscribe_by_link(db, number, VISIT, NOW) for _ in range(2)] == [1, 0]
    assert not opt_in.confirm(db, number, PERSON, VISIT, NOW)
    assert preferences.change(db, number, SubscriptionRequest("ccsvi", Frequency.WEEKLY), VISIT, NOW) is False


def test_a_second_request_before_confirming_replaces_the_first(db: Database) -> None:
    """One subscription, two mails."""
    ask(db)
    ask(db, frequency=Frequency.MONTHLY)
    assert held(db)[2] is Frequency.MONTHLY
    with db.begin() as tx:
        mails = store.transactional.claim(tx, NOW, 10, LEASE)
    assert [mail.kind for mail in mails] == [TransactionalKind.CONFIRM] * 2


def test_two_services_do_not_send_one_mail_twice(db: Database) -> None:
    """Who claims it has it until the lease runs out."""
    ask(db)
    with db.begin() as tx:
        assert len(store.transactional.claim(tx, NOW, 10, LEASE)) == 1
    with db.begin() as tx:
        assert store.transactional.claim(tx, NOW, 10, LEASE) == []
        assert len(store.transactional.claim(tx, NOW + LEASE, 10, LEASE)) == 1


def test_the_ip_address_is_kept_only_if_the_operator_allows(db: Database) -> None:
    """It is used for the limits either way, as a keyed hash."""
    ask(db)
    kept = Visit("test", ip="192.0.2.1", is_ip_stored=True)
    opt_in.confirm(db, held(db)[0], PERSON, kept, NOW)
    with db.read() as tx:
        assert [entry.ip for entry in store.consents.of(tx, [held(db)[0]])] == ["", "192.0.2.1"]
        assert store.transactional.count_requested(tx, NOW - HOUR) == 1


def test_an_unconfirmed_request_is_deleted_with_everything_about_it(db: Database) -> None:
    """After a week neither request nor person is left."""
    ask(db)
    number = held(db)[0]
    with db.begin() as tx:
        for mail in store.transactional.claim(tx, NOW, 10, LEASE):
            store.transactional.record(tx, mail, _sent(), None, NOW)
    done = retention.clean_up(db, NOW + CONFIRM_WITHIN + HOUR)
    assert (done["unconfirmed"], done["transactional_mails"]) == (1, 0)
    with db.read() as tx:
        assert store.subscribers.find(tx, READER) == []
        assert store.consents.of(tx, [number]) == []
        assert store.personal_data.export(tx, READER)["subscribers"] == []


def test_who_was_a_subscriber_once_stays_unsubscribed_when_not_confirming_anew(db: Database) -> None:
    """The row stays: what was sent refers to it."""
    ask(db)
    number = held(db)[0]
    opt_in.confirm(db, number, PERSON, VISIT, NOW)
    unsubscribe_by_link(db, number, VISIT, NOW)
    ask(db, days=1)
    assert held(db)[1] is SubscriptionState.UNCONFIRMED
    retention.clean_up(db, NOW + CONFIRM_WITHIN + 2 * DAY)
    assert held(db)[:2] == (number, SubscriptionState.UNSUBSCRIBED)


def test_only_the_operator_resumes_what_the_operator_suspended(db: Database) -> None:
    """A new request has the usual reply, and does nothing."""
    with db.begin() as tx:
        store.subscribers.add(tx, subscription(READER), NOW)
    assert admin.suspend(db, READER, NOW, "asked by phone") == 1
    assert ask(db)
    assert held(db)[1] is SubscriptionState.SUSPENDED
    assert admin.resume(db, READER, NOW) == 1
    assert held(db)[1] is SubscriptionState.ACTIVE


def test_an_erased_person_may_subscribe_again(db: Database) -> None:
    """A new request and confirmation remove the address from the suppression list."""
    with db.begin() as tx:
        store.subscribers.add(tx, subscription(READER), NOW)
    assert admin.erase(db, PERSON, NOW)
    assert ask(db)
    assert opt_in.confirm(db, held(db)[0], PERSON, VISIT, NOW)
    with db.read() as tx:
        assert not store.suppressions.has_any(tx, address_hash.address_hmacs(READER, KEYS))


def test_records_of_old_mails_are_deleted(db: Database) -> None:
    """Hashes of requesters are stored for the period of the limits, and a little longer."""
    opt_in.request_link(db, AddressKey("stranger@example.org", KEYS), VISIT, NOW)
    assert retention.clean_up(db, NOW + timedelta(days=2))["transactional_mails"] == 0
    assert retention.clean_up(db, NOW + timedelta(days=4))["transactional_mails"] == 1


def asked_from(db: Database, network: int, number: int, at: datetime = NOW) -> bool:
    """A stranger asks, from a network of its own."""
    person = AddressKey(f"p{network}.{number}@example.org", KEYS)
    visit = replace(VISIT, ip=f"2001:db8:{network:x}::{number % 7:x}")
    return opt_in.request(db, SubscriptionRequest("ccsvi", Frequency.WEEKLY), person, visit, at)


def test_from_one_network_twenty_mails_an_hour_may_be_asked_for(db: Database) -> None:
    """Whatever the last part of its address; others are not kept waiting."""
    assert [asked_from(db, 1, number) for number in range(21)] == [True] * 20 + [False]
    assert asked_from(db, 2, 1)
    assert not asked_from(db, 1, 22, NOW + HOUR - timedelta(seconds=1))
    assert asked_from(db, 1, 22, NOW + HOUR + timedelta(seconds=1))


def test_from_everywhere_two_hundred_mails_an_hour_may_be_asked_for(db: Database) -> None:
    """Fresh links count as well."""
    assert all(asked_from(db, network, number) for network in range(20) for number in range(10))
    assert not asked_from(db, 99, 1)
    assert not opt_in.request_link(db, PERSON, replace(VISIT, ip="2001:db8:ffff::1"), NOW)
    assert asked_from(db, 99, 1, NOW + HOUR + timedelta(seconds=1))


def mailed(db: Database, at: datetime) -> int:
    """How many mails the service sends at this instant."""
    with db.begin() as tx:
        mails = store.transactional.claim(tx, at, 10, LEASE)
        for mail in mails:
            store.transactional.record(tx, mail, _sent(), None, at)
    return len(mails)


def test_to_one_address_three_mails_a_day_are_written(db: Database) -> None:
    """A fourth request looks accepted, and no mail is sent."""
    ask(db)
    opt_in.confirm(db, held(db)[0], PERSON, VISIT, NOW)
    assert mailed(db, NOW) == 1
    for number in range(4):
        assert opt_in.request_link(db, PERSON, VISIT, NOW)
        assert mailed(db, NOW) == (number < 2)
    assert opt_in.request_link(db, PERSON, VISIT, NOW + 2 * DAY)
    assert mailed(db, NOW + 2 * DAY) == 1


def test_three_requests_to_confirm_in_a_year_are_mailed_to_who_does_not_answer(db: Database) -> None:
    """However it is spelled, though the requests themselves are deleted after a week; then it begins anew."""
    sent = {}
    for week in range(0, 60):
        at = NOW + week * 7 * DAY
        person = AddressKey(f"rea.der+{week}@example.org", KEYS)
        assert opt_in.request(db, SubscriptionRequest("ccsvi", Frequency.WEEKLY), person, VISIT, at)
        sent[week] = mailed(db, at)
        retention.clean_up(db, at + 8 * DAY)
    assert [week for week, number in sent.items() if number] == [0, 1, 2, 53, 54, 55]


def test_who_confirms_is_mailed_again(db: Database) -> None:
    """Somebody who comes and goes is no victim of strangers."""
    for day in range(0, 50, 10):
        assert ask(db, days=day)
        assert mailed(db, NOW + day * DAY) == 1
        assert opt_in.confirm(db, held(db)[0], PERSON, VISIT, NOW + day * DAY)
        unsubscribe_by_link(db, held(db)[0], VISIT, NOW + day * DAY)


def test_of_a_request_to_confirm_a_hash_and_times_are_kept_and_erased_on_request(db: Database) -> None:
    """Neither network nor reply of the mail server."""
    ask(db)
    mailed(db, NOW)
    retention.clean_up(db, NOW + 8 * DAY)
    with db.read() as tx:
        (row,) = tx.exec_driver_sql("SELECT * FROM transactional_mails").mappings()
        assert (row["subscription_id"], row["network_hash"], row["holder_hash"], row["last_reply"]) == (
            None,
            "",
            "",
            "",
        )
        assert store.transactional.confirmations(tx, NOW - HOUR, PERSON.mailbox_hmacs) == {PERSON.mailbox_hmacs[0]: 1}
    admin.erase(db, PERSON, NOW + 9 * DAY)
    with db.read() as tx:
        assert store.transactional.confirmations(tx, NOW - HOUR, PERSON.mailbox_hmacs) == {}


@pytest.mark.parametrize("flood", ["198.51.100.{}", "2001:db8:77:{:x}::1"])
def test_one_holder_cannot_use_up_what_is_for_everybody(db: Database, flood: str) -> None:
    """Two hundred networks of one /24, or of one /48, leave the page open for all others."""
    accepted = 0
    for number in range(220):
        person = AddressKey(f"p{number}@example.net", KEYS)
        visit = replace(VISIT, ip=flood.format(number))
        accepted += opt_in.request(db, SubscriptionRequest("ccsvi", Frequency.WEEKLY), person, visit, NOW)
    assert accepted == Limits().per_holder
    assert ask(db)


def test_one_household_may_ask_twenty_times_an_hour(db: Database) -> None:
    """The next request is refused, and the page says so; others are not concerned."""
    people = [AddressKey(f"p{number}@example.net", KEYS) for number in range(21)]
    wanted = SubscriptionRequest("ccsvi", Frequency.WEEKLY)
    assert [opt_in.request(db, wanted, one, VISIT, NOW) for one in people] == [True] * 20 + [False]


def test_consent_is_recorded_with_the_text_that_was_shown(db: Database) -> None:
    """For every step, with its instant; the request with language, time zone and attachments."""
    requested = SubscriptionRequest("ccsvi", Frequency.DAILY, "Europe/Rome", "it", ("ris",))
    assert opt_in.request(db, requested, PERSON, VISIT, NOW)
    number = held(db)[0]
    with db.read() as tx:
        (one,) = store.subscribers.find(tx, READER)
    assert (one.timezone, one.language, one.attachments) == ("Europe/Rome", "it", ("ris",))
    opt_in.confirm(db, number, PERSON, VISIT, NOW + HOUR)
    preferences.change(db, number, replace(requested, language="en"), replace(VISIT, form="choices"), NOW + 2 * HOUR)
    unsubscribe_by_link(db, number, replace(VISIT, form="leave"), NOW + DAY)
    with db.read() as tx:
        kept = [(one.event, one.at, one.form, one.text, one.text_version) for one in store.consents.of(tx, [number])]
    words = VISIT.text, VISIT.text_version
    assert kept == [
        (ConsentEvent.REQUESTED, NOW, "test", *words),
        (ConsentEvent.CONFIRMED, NOW + HOUR, "test", *words),
        (ConsentEvent.CHANGED, NOW + 2 * HOUR, "choices", *words),
        (ConsentEvent.WITHDRAWN, NOW + DAY, "leave", *words),
    ]


def test_a_link_leads_to_the_subscription_until_its_owner_is_erased(db: Database) -> None:
    """And one that was never given leads nowhere."""
    ask(db)
    number = held(db)[0]
    found = preferences.get(db, number)
    assert found
    assert found.address == READER
    assert preferences.get(db, number + 1) is None
    assert not opt_in.confirm(db, number + 1, PERSON, VISIT, NOW)
    assert unsubscribe_by_link(db, number + 1, VISIT, NOW) == 0
    admin.erase(db, PERSON, NOW)
    assert preferences.get(db, number) is None


def test_everything_of_one_person_ends_at_once(db: Database) -> None:
    """A request nobody confirmed ends as well, and is not counted."""
    numbers = {}
    for topic in ("one", "two", "three"):
        opt_in.request(db, SubscriptionRequest(topic, Frequency.WEEKLY), PERSON, VISIT, NOW)
        with db.read() as tx:
            numbers[topic] = next(one.id for one in store.subscribers.find(tx, READER) if one.topic == topic)
    for topic in ("one", "two"):
        assert opt_in.confirm(db, numbers[topic], PERSON, VISIT, NOW)
    assert unsubscribe_by_link(db, numbers["one"], VISIT, NOW, everything=True) == 2
    with db.read() as tx:
        states = {one.state for one in store.subscribers.find(tx, READER)}
    assert states == {SubscriptionState.UNSUBSCRIBED}
    assert not opt_in.confirm(db, numbers["three"], PERSON, VISIT, NOW)


def _sent() -> SendResult:
    return SendResult(SendOutcome.SENT, 250, "2.0.0 OK")
