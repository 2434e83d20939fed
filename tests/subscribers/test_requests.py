"""What a request and its confirmation do in each state, and exactly when one too many is one too many."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from monitor import store
from monitor.model import (
    Consent,
    ConsentEvent,
    Frequency,
    SendOutcome,
    SendResult,
    SubscriptionState,
    TransactionalKind,
)
from monitor.store import Database
from monitor.subscribers import opt_in
from monitor.subscribers.address_hash import AddressKey
from monitor.subscribers.consent import Visit, consent_of
from monitor.subscribers.opt_in import YEAR, Limits, SubscriptionRequest, confirmations_left, is_confirmable
from tests.support.factories import DAY, HOUR, NOW, subscription

KEYS = ("a-key-of-at-least-32-characters-long-1",)
READER = "reader@example.org"
PERSON = AddressKey(READER, KEYS)
VISIT = Visit("sign-up page", "I ask for mails.", "1", ip="192.0.2.1")
WANTED = SubscriptionRequest("ccsvi", Frequency.DAILY, "Europe/Rome", "it", ("ris",))
SECOND = timedelta(seconds=1)
MANY = Limits(9, 9, 9, 9, 9)


def held(db: Database, state: SubscriptionState, reason: str = "") -> int:
    """The reader has a subscription in this state; its id."""
    with db.begin() as tx:
        number = store.subscribers.add(tx, replace(subscription(READER), state=state, reason=reason), NOW - DAY)
        store.subscribers.mark_welcomed(tx, [number], NOW - DAY)
    return number


def mails(db: Database) -> list[tuple[TransactionalKind, int]]:
    """The mails that go out, each with the subscription it is about."""
    with db.begin() as tx:
        return [
            (one.kind, one.subscription_id) for one in store.transactional.claim(tx, NOW + 400 * DAY, 99, 400 * DAY)
        ]


def consents(db: Database, number: int) -> list[Consent]:
    """What is recorded of a subscription."""
    with db.read() as tx:
        return store.consents.of(tx, [number])


@pytest.mark.parametrize(
    ("state", "reason", "mail", "is_recorded"),
    [
        (SubscriptionState.ACTIVE, "", TransactionalKind.LINK, False),
        (SubscriptionState.SUSPENDED, "3 hard bounces", TransactionalKind.CONFIRM, True),
        (SubscriptionState.SUSPENDED, "suspended by the operator: legal", None, False),
        (SubscriptionState.UNSUBSCRIBED, "suspended by the operator", None, False),
    ],
)
def test_a_request_for_what_somebody_has_changes_nothing_of_it(
    sqlite_db: Database, state: SubscriptionState, reason: str, mail: TransactionalKind | None, is_recorded: bool
) -> None:
    """It may be a stranger's; the page says the same, only the mail differs."""
    number = held(sqlite_db, state, reason)
    assert opt_in.request(sqlite_db, WANTED, PERSON, VISIT, NOW) is True
    with sqlite_db.read() as tx:
        (found,) = store.subscribers.find(tx, READER)
    assert found == replace(subscription(READER), state=state, reason=reason, id=number)
    assert mails(sqlite_db) == ([(mail, number)] if mail else [])
    asked = consent_of(number, ConsentEvent.REQUESTED, VISIT, NOW)
    assert consents(sqlite_db, number) == ([asked] if is_recorded else [])


def test_who_left_asks_anew_with_new_choices_and_is_welcomed_again_once_confirmed(sqlite_db: Database) -> None:
    """Until then only the request waits, with why they had left; another topic is another subscription."""
    number = held(sqlite_db, SubscriptionState.UNSUBSCRIBED, "unsubscribe page")
    assert opt_in.request(sqlite_db, replace(WANTED, topic="veins"), PERSON, VISIT, NOW) is True
    assert opt_in.request(sqlite_db, WANTED, PERSON, VISIT, NOW) is True
    with sqlite_db.read() as tx:
        back, other = store.subscribers.find(tx, READER)
    assert (back.id, back.state, back.reason) == (number, SubscriptionState.UNCONFIRMED, "unsubscribe page")
    for one in (back, other):
        chosen = (one.frequency, one.timezone, one.language, one.attachments)
        assert chosen == (Frequency.DAILY, "Europe/Rome", "it", ("ris",))
    assert mails(sqlite_db) == [(TransactionalKind.CONFIRM, other.id), (TransactionalKind.CONFIRM, number)]
    with sqlite_db.begin() as tx:
        store.suppressions.add(tx, PERSON.hmacs[0], store.suppressions.ERASED, NOW)
        assert list(store.subscribers.unwelcomed(tx, "ccsvi")) == []
    for _ in range(2):  # a second click says the same
        assert opt_in.confirm(sqlite_db, number, PERSON, replace(VISIT, form="confirm page"), NOW + HOUR) is True
    with sqlite_db.read() as tx:
        assert list(store.subscribers.unwelcomed(tx, "ccsvi")) == [(number, Frequency.DAILY)]
        assert not store.suppressions.has_any(tx, PERSON.hmacs)
    assert [(one.event, one.at, one.form) for one in consents(sqlite_db, number)] == [
        (ConsentEvent.REQUESTED, NOW, "sign-up page"),
        (ConsentEvent.CONFIRMED, NOW + HOUR, "confirm page"),
    ]


@pytest.mark.parametrize(
    ("state", "reason", "may"),
    [
        (SubscriptionState.UNCONFIRMED, "", True),
        (SubscriptionState.ACTIVE, "", True),
        (SubscriptionState.SUSPENDED, "3 hard bounces", True),
        (SubscriptionState.SUSPENDED, "suspended by the operator", False),
        (SubscriptionState.UNSUBSCRIBED, "", False),
    ],
)
def test_what_a_link_to_confirm_still_confirms(
    sqlite_db: Database, state: SubscriptionState, reason: str, may: bool
) -> None:
    """Not what has ended since, nor what only the operator may resume."""
    number = held(sqlite_db, state, reason)
    with sqlite_db.read() as tx:
        assert is_confirmable(store.subscribers.get(tx, number)) is may
    assert opt_in.confirm(sqlite_db, number, PERSON, VISIT, NOW) is may
    assert opt_in.confirm(sqlite_db, 99, PERSON, VISIT, NOW) is False
    with sqlite_db.read() as tx:
        assert store.subscribers.get(tx, number).state is (SubscriptionState.ACTIVE if may else state)


@pytest.mark.parametrize("spelling", [READER, "reader+list@example.org"])
def test_who_declined_is_sent_nothing_and_the_page_says_the_same(sqlite_db: Database, spelling: str) -> None:
    """Under no tag of the address; who was only erased may come back."""
    with sqlite_db.begin() as tx:
        store.suppressions.add(tx, PERSON.untagged_hmacs[0], store.suppressions.DECLINED, NOW)
        store.suppressions.add(tx, AddressKey("gone@example.org", KEYS).hmacs[0], store.suppressions.ERASED, NOW)
    assert opt_in.request(sqlite_db, WANTED, AddressKey(spelling, KEYS), VISIT, NOW) is True
    assert mails(sqlite_db) == []
    with sqlite_db.read() as tx:
        assert store.subscribers.find(tx, spelling) == []
    assert opt_in.request(sqlite_db, WANTED, AddressKey("gone@example.org", KEYS), VISIT, NOW) is True
    assert len(mails(sqlite_db)) == 1


def test_a_link_is_mailed_only_to_who_has_an_active_subscription(sqlite_db: Database) -> None:
    """About the first of them; every request is counted."""
    assert opt_in.request_link(sqlite_db, PERSON, VISIT, NOW) is True
    held(sqlite_db, SubscriptionState.SUSPENDED)
    assert opt_in.request_link(sqlite_db, PERSON, VISIT, NOW) is True
    assert mails(sqlite_db) == []
    with sqlite_db.begin() as tx:
        number = store.subscribers.add(tx, replace(subscription(READER), topic="veins"), NOW)
        assert store.transactional.count_requested(tx, NOW - SECOND, address_hashes=PERSON.mailbox_hmacs) == 2
    assert opt_in.request_link(sqlite_db, PERSON, VISIT, NOW) is True
    assert mails(sqlite_db) == [(TransactionalKind.LINK, number)]


# --- limits --------------------------------------------------------------------------------------


def asked(db: Database, name: str, ip: str, limits: Limits, after: timedelta = timedelta()) -> bool:
    """Somebody asks for a subscription, and then for a link: both are refused, or neither."""
    person = AddressKey(f"{name}@example.org", KEYS)
    is_taken = opt_in.request(db, WANTED, person, replace(VISIT, ip=ip), NOW + after, limits)
    if not is_taken:
        assert opt_in.request_link(db, person, replace(VISIT, ip=ip), NOW + after, limits) is False
    return is_taken


@pytest.mark.parametrize(
    ("limits", "ips"),
    [
        (replace(MANY, overall=2), ("192.0.2.1", "198.51.100.1", "203.0.113.1")),
        (replace(MANY, per_network=2), ("192.0.2.1",) * 3),
        (replace(MANY, per_holder=2), ("192.0.2.1", "192.0.2.2", "192.0.2.3")),
    ],
    ids=["overall", "household", "holder"],
)
def test_one_more_than_the_limit_of_an_hour_is_refused_and_counted_for_nobody(
    sqlite_db: Database, limits: Limits, ips: tuple[str, str, str]
) -> None:
    """Until the first is an hour old."""
    assert asked(sqlite_db, "a", ips[0], limits) is True
    assert asked(sqlite_db, "b", ips[1], limits, SECOND) is True
    assert asked(sqlite_db, "c", ips[2], limits, HOUR - SECOND) is False
    assert asked(sqlite_db, "c", ips[2], limits, HOUR) is True
    assert asked(sqlite_db, "d", ips[0], limits, HOUR) is False


@pytest.mark.parametrize(("after", "is_mailed"), [(DAY - SECOND, False), (DAY, True)])
def test_one_more_than_an_addresses_limit_of_a_day_is_not_mailed_and_nobody_learns_it(
    sqlite_db: Database, after: timedelta, is_mailed: bool
) -> None:
    """Until the first is a day old; to other addresses mails go out."""
    number = held(sqlite_db, SubscriptionState.ACTIVE)
    limits = replace(MANY, per_address=1)
    assert opt_in.request_link(sqlite_db, PERSON, VISIT, NOW, limits) is True
    assert opt_in.request(sqlite_db, WANTED, AddressKey("other@example.org", KEYS), VISIT, NOW, limits) is True
    assert len(mails(sqlite_db)) == 2
    for one_more in (opt_in.request_link, lambda *given: opt_in.request(given[0], WANTED, *given[1:])):
        assert one_more(sqlite_db, PERSON, VISIT, NOW + after, limits) is True
        assert mails(sqlite_db) == ([(TransactionalKind.LINK, number)] if is_mailed else [])
        is_mailed = False  # that was one again


def test_how_often_somebody_is_asked_to_confirm_in_a_year_unless_they_answer(sqlite_db: Database) -> None:
    """Twice here: the third request looks accepted; what a person did at last begins a new count."""
    limits, sent = replace(MANY, confirmations=2), []
    for days in (0, 1, 2, 364, 365, 366):
        at = NOW + timedelta(days=days)
        assert opt_in.request(sqlite_db, WANTED, PERSON, VISIT, at, limits) is True
        with sqlite_db.begin() as tx:
            due = store.transactional.claim(tx, at, 9)
            for one in due:
                store.transactional.record(tx, one, SendResult(SendOutcome.SENT, 250), None, at)
            sent.append(len(due))
    assert sent == [1, 1, 0, 0, 1, 1]
    with sqlite_db.begin() as tx:
        assert confirmations_left(tx, PERSON, NOW + 366 * DAY, limits) == 0
        (one,) = store.subscribers.find(tx, READER)
        assert confirmations_left(tx, PERSON, NOW + 366 * DAY + YEAR, limits) == 2
    assert opt_in.confirm(sqlite_db, one.id, PERSON, VISIT, NOW + 365 * DAY)
    with sqlite_db.read() as tx:
        assert confirmations_left(tx, PERSON, NOW + 366 * DAY, limits) == 1


def test_the_usual_limits() -> None:
    """As docs say."""
    assert Limits() == Limits(per_address=3, per_network=20, per_holder=60, overall=200, confirmations=3)
    assert SubscriptionRequest("ccsvi", Frequency.DAILY) == SubscriptionRequest(
        "ccsvi", Frequency.DAILY, "UTC", "en", ()
    )
    assert timedelta(days=365) == YEAR
