"""Subscribing on both databases: what is kept, what is forgotten, and what a second try does."""

from __future__ import annotations

from datetime import timedelta

from monitor import store
from monitor.links import CONFIRM_WITHIN
from monitor.model import Frequency, SendOutcome, SendResult, SubscriptionState, TransactionalKind
from monitor.store import Database
from monitor.subscribers import address_hash, admin, opt_in, preferences, retention
from monitor.subscribers.consent import Visit
from monitor.subscribers.opt_in import Wish
from monitor.subscribers.unsubscribe import unsubscribe_by_link
from tests.support.factories import DAY, HOUR, LEASE, NOW, subscription

KEYS = ("a-key-of-at-least-32-characters-long-1",)
READER = "reader@example.org"
VISIT = Visit("test", "I ask for mails.", "1", ip="192.0.2.1")


def ask(db: Database, days: int = 0, frequency: Frequency = Frequency.WEEKLY) -> bool:
    """The reader asks for a subscription."""
    return opt_in.request(db, Wish("ccsvi", READER, frequency), VISIT, KEYS, NOW + days * DAY)


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
    assert opt_in.confirm(db, number, VISIT, KEYS, NOW)
    assert opt_in.confirm(db, number, VISIT, KEYS, NOW)
    assert preferences.change(db, number, Wish("ccsvi", READER, Frequency.DAILY), VISIT, NOW) is True
    assert held(db)[1:] == (SubscriptionState.ACTIVE, Frequency.DAILY)
    assert [unsubscribe_by_link(db, number, VISIT, NOW) for _ in range(2)] == [1, 0]
    assert not opt_in.confirm(db, number, VISIT, KEYS, NOW)
    assert preferences.change(db, number, Wish("ccsvi", READER, Frequency.WEEKLY), VISIT, NOW) is False


def test_asking_anew_before_confirming_keeps_the_last_wish(db: Database) -> None:
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
    kept = Visit("test", ip="192.0.2.1", is_ip_kept=True)
    opt_in.confirm(db, held(db)[0], kept, KEYS, NOW)
    with db.read() as tx:
        assert [entry.ip for entry in store.consents.of(tx, [held(db)[0]])] == ["", "192.0.2.1"]
        assert store.transactional.asked(tx, NOW - HOUR) == 1


def test_what_nobody_confirmed_is_forgotten_with_everything_about_it(db: Database) -> None:
    """After a week neither request nor person is left."""
    ask(db)
    number = held(db)[0]
    with db.begin() as tx:
        for mail in store.transactional.claim(tx, NOW, 10, LEASE):
            store.transactional.record(tx, mail.id, _sent(), None, NOW)
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
    opt_in.confirm(db, number, VISIT, KEYS, NOW)
    unsubscribe_by_link(db, number, VISIT, NOW)
    ask(db, days=1)
    assert held(db)[1] is SubscriptionState.UNCONFIRMED
    retention.clean_up(db, NOW + CONFIRM_WITHIN + 2 * DAY)
    assert held(db)[:2] == (number, SubscriptionState.UNSUBSCRIBED)


def test_whom_the_operator_suspended_only_the_operator_resumes(db: Database) -> None:
    """Asking anew is answered as ever, and does nothing."""
    with db.begin() as tx:
        store.subscribers.add(tx, subscription(READER), NOW)
    assert admin.suspend(db, READER, NOW, "asked by phone") == 1
    assert ask(db)
    assert held(db)[1] is SubscriptionState.SUSPENDED
    assert admin.resume(db, READER, NOW) == 1
    assert held(db)[1] is SubscriptionState.ACTIVE


def test_who_was_erased_may_come_back_by_their_own_hand(db: Database) -> None:
    """A fresh request and a fresh confirmation lift what keeps imports away."""
    with db.begin() as tx:
        store.subscribers.add(tx, subscription(READER), NOW)
    assert admin.erase(db, READER, KEYS, NOW)
    assert ask(db)
    assert opt_in.confirm(db, held(db)[0], VISIT, KEYS, NOW)
    with db.read() as tx:
        assert not store.suppressions.has_any(tx, address_hash.address_hmacs(READER, KEYS))


def test_the_mails_of_old_are_forgotten(db: Database) -> None:
    """Hashes of who asked are kept for as long as a limit looks at them, and a little longer."""
    opt_in.request_link(db, "stranger@example.org", VISIT, KEYS, NOW)
    assert retention.clean_up(db, NOW + timedelta(days=2))["transactional_mails"] == 0
    assert retention.clean_up(db, NOW + timedelta(days=4))["transactional_mails"] == 1


def _sent() -> SendResult:
    return SendResult(SendOutcome.SENT, 250, "2.0.0 OK")
