"""What the operator's commands and lists do with people: suspend, resume, erase, import."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from monitor import store
from monitor.model import Consent, ConsentEvent, Frequency, Subscription, SubscriptionState, TransactionalKind
from monitor.store import Database
from monitor.subscribers import admin
from monitor.subscribers.address_hash import AddressKey
from monitor.subscribers.admin import ImportResult
from monitor.subscribers.unsubscribe import unsubscribe, withdraw_consent
from tests.support.databases import sqlite_file
from tests.support.factories import DAY, HOUR, NOW, subscription

KEYS = ("a-key-of-at-least-32-characters-long-1", "an-older-key-of-at-least-32-characters")
READER, SECOND = "reader@example.org", timedelta(seconds=1)


def held(db: Database, *states: SubscriptionState) -> list[int]:
    """A subscription of the reader to a topic in each of these states; their ids."""
    with db.begin() as tx:
        return [
            store.subscribers.add(
                tx, replace(subscription(READER), topic=f"topic{number}", state=state, reason="x"), NOW
            )
            for number, state in enumerate(states)
        ]


def states(db: Database) -> list[tuple[SubscriptionState, str]]:
    """State and reason of each."""
    with db.read() as tx:
        return [(one.state, one.reason) for one in store.subscribers.find(tx, READER)]


EVERY = tuple(SubscriptionState)


@pytest.mark.parametrize(
    ("why", "reason"), [("", "suspended by the operator"), ("legal", "suspended by the operator: legal")]
)
def test_what_is_active_is_suspended_and_nothing_else(sqlite_db: Database, why: str, reason: str) -> None:
    """With the reason if there is one; nobody else is meant, and nobody at all by an unknown address."""
    held(sqlite_db, *EVERY, SubscriptionState.ACTIVE)
    assert admin.suspend(sqlite_db, "other@example.org", NOW, why) == 0
    assert admin.suspend(sqlite_db, " READER@example.org", NOW + DAY, why) == 2
    suspended = SubscriptionState.SUSPENDED, reason
    assert states(sqlite_db) == [suspended if one is SubscriptionState.ACTIVE else (one, "x") for one in EVERY] + [
        suspended
    ]
    with sqlite_db.read() as tx:
        assert store.subscribers.state_since(tx, len(EVERY) + 1) == NOW + DAY


def test_what_is_suspended_is_resumed_and_nothing_else(sqlite_db: Database) -> None:
    """Without a reason any more."""
    held(sqlite_db, *EVERY)
    assert admin.resume(sqlite_db, READER, NOW + DAY) == 1
    resumed = SubscriptionState.ACTIVE, ""
    assert states(sqlite_db) == [resumed if one is SubscriptionState.SUSPENDED else (one, "x") for one in EVERY]


def test_an_erased_address_is_in_no_file_of_the_database(sqlite_db: Database) -> None:
    """Nor in the log beside it; a hash says that it was erased, so that no import adds it."""
    with sqlite_db.begin() as tx:
        store.subscribers.add(tx, subscription("somebody-rare@example.org"), NOW)
    person = AddressKey("somebody-rare@example.org", KEYS)
    assert admin.erase(sqlite_db, person, NOW) is True
    assert admin.erase(sqlite_db, AddressKey("nobody@example.org", KEYS), NOW) is False
    files = list(sqlite_file(sqlite_db).parent.iterdir())
    assert len(files) >= 2
    assert not [file.name for file in files if b"somebody-rare" in file.read_bytes()]
    with sqlite_db.read() as tx:
        assert store.suppressions.reasons(tx, person.hmacs) == {store.suppressions.ERASED}
        assert store.suppressions.among(tx, person.hmacs) == {person.hmacs[0]}


# --- lists ---------------------------------------------------------------------------------------


def listed(db: Database, *people: Subscription, consent: str = "") -> ImportResult:
    """The operator imports a list."""
    return admin.import_subscribers(db, people, KEYS, NOW, form="a list", consent=consent)


def test_of_a_line_twice_in_a_list_the_first_is_taken(sqlite_db: Database) -> None:
    """However it is spelled; the second is known. An empty list does nothing."""
    assert listed(sqlite_db) == ImportResult()
    first, second = subscription(frequency=Frequency.DAILY), subscription("Reader@Example.ORG")
    assert listed(sqlite_db, first, second, consent="x") == ImportResult(added=1, known=1)
    assert listed(sqlite_db, second, first) == ImportResult(known=2)
    with sqlite_db.read() as tx:
        (one,) = store.subscribers.find(tx, READER)
    assert one == replace(first, id=one.id, reason="a list")


def test_who_is_listed_as_having_left_and_again_as_active_is_not_mailed(sqlite_db: Database) -> None:
    """The first line is taken, whatever stands below it."""
    left = subscription(state=SubscriptionState.UNSUBSCRIBED)
    assert listed(sqlite_db, left, subscription()) == ImportResult(added=1, known=1)
    with sqlite_db.begin() as tx:
        assert store.transactional.claim(tx, NOW, 9) == []
        (one,) = store.subscribers.find(tx, READER)
    assert one.state is SubscriptionState.UNSUBSCRIBED


def test_who_is_asked_to_confirm_is_counted_under_the_newest_key(sqlite_db: Database) -> None:
    """Whoever the list has as active; with a consent nobody is asked."""
    left = subscription("left@example.org", state=SubscriptionState.UNSUBSCRIBED)
    assert listed(sqlite_db, subscription(), left) == ImportResult(added=2)
    with sqlite_db.begin() as tx:
        person = AddressKey(READER, KEYS)
        assert store.transactional.confirmations(tx, NOW - SECOND, person.mailbox_hmacs) == {person.mailbox_hmacs[0]: 1}
        mails = [(one.kind, one.address) for one in store.transactional.claim(tx, NOW, 9)]
        assert mails == [(TransactionalKind.CONFIRM, READER)]
        found = {one.address: (one.state, one.reason) for one in store.subscribers.everyone(tx)}
    assert found == {
        READER: (SubscriptionState.UNCONFIRMED, "a list"),
        "left@example.org": (SubscriptionState.UNSUBSCRIBED, "a list"),
    }
    assert listed(sqlite_db, subscription("new@example.org"), consent="by telephone") == ImportResult(added=1)
    with sqlite_db.begin() as tx:
        assert store.transactional.claim(tx, NOW, 9) == []
        (new,) = store.subscribers.find(tx, "new@example.org")
        assert new.state is SubscriptionState.ACTIVE
        assert store.consents.of(tx, [new.id]) == [
            Consent(new.id, ConsentEvent.CONFIRMED, NOW, "a list", "by telephone")
        ]


def test_two_results_are_added_number_by_number() -> None:
    """As for a list of thousands."""
    assert ImportResult(1, 2, 3, 4) + ImportResult(10, 20, 30, 40) == ImportResult(11, 22, 33, 44)
    assert ImportResult() == ImportResult(0, 0, 0, 0)


# --- leaving -------------------------------------------------------------------------------------


@pytest.mark.parametrize("before", [one for one in EVERY if one is not SubscriptionState.UNSUBSCRIBED])
def test_who_leaves_has_left_and_it_is_recorded_once(sqlite_db: Database, before: SubscriptionState) -> None:
    """With how; a request that a stranger makes later and nobody confirms ends as what it was."""
    (number,) = held(sqlite_db, before)
    withdrawal = Consent(number, ConsentEvent.WITHDRAWN, NOW + HOUR, "unsubscribe page")
    for is_first in (True, False):
        with sqlite_db.begin() as tx:
            assert withdraw_consent(tx, store.subscribers.get(tx, number), withdrawal) is is_first
    assert states(sqlite_db) == [(SubscriptionState.UNSUBSCRIBED, "unsubscribe page")]
    with sqlite_db.read() as tx:
        assert store.consents.of(tx, [number]) == [withdrawal]
        assert store.subscribers.state_since(tx, number) == NOW + HOUR


def test_the_operators_reason_outlasts_an_end(sqlite_db: Database) -> None:
    """Only the operator may resume it, so it must not be lost."""
    (number,) = held(sqlite_db, SubscriptionState.ACTIVE)
    admin.suspend(sqlite_db, READER, NOW, "legal")
    with sqlite_db.begin() as tx:
        assert unsubscribe(tx, store.subscribers.get(tx, number), "a bounce", NOW) is True
    assert states(sqlite_db) == [(SubscriptionState.UNSUBSCRIBED, "suspended by the operator: legal")]
