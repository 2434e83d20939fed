"""Adding people on both databases: all or nobody, each once, in one short transaction however long the list."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa

from monitor import store
from monitor.model import (
    ConsentEvent,
    Frequency,
    SendOutcome,
    SendResult,
    Subscription,
    SubscriptionState,
    TransactionalKind,
)
from monitor.store import Database
from monitor.subscribers import address_hash, admin, opt_in, retention
from monitor.subscribers.address_hash import AddressKey
from monitor.subscribers.admin import ImportResult
from monitor.subscribers.consent import Visit
from monitor.subscribers.opt_in import Limits, SubscriptionRequest
from tests.support.factories import DAY, HOUR, LEASE, NOW, subscription

KEYS = ("a-key-of-at-least-32-characters-long-1", "an-older-key-of-at-least-32-characters")
UNCONFIRMED, SUSPENDED = SubscriptionState.UNCONFIRMED, SubscriptionState.SUSPENDED


def people(number: int) -> list[Subscription]:
    """So many people who want the same."""
    return [subscription(f"p{n}@example.org") for n in range(number)]


def listed(db: Database, wanted: list[Subscription], consent: str = "") -> ImportResult:
    """The operator imports a list."""
    return admin.import_subscribers(db, wanted, KEYS, NOW, form="import of people.csv", consent=consent)


def everyone(db: Database) -> list[Subscription]:
    """Who is kept, in the order they came, without their numbers."""
    with db.read() as tx:
        return [replace(one, id=0) for one in store.subscribers.everyone(tx)]


def ask(db: Database, address: str, ip: str = "192.0.2.1", per_network: int = 20) -> bool:
    """A visitor signs up."""
    requested, limits = SubscriptionRequest("ccsvi", Frequency.WEEKLY), Limits(per_network=per_network)
    return opt_in.request(db, requested, AddressKey(address, KEYS), Visit("page", ip=ip), NOW, limits)


def mails(db: Database) -> list[str]:
    """To whom mails go, in the order they go."""
    with db.begin() as tx:
        return [one.address for one in store.transactional.claim(tx, NOW, 10_000, LEASE)]


@contextmanager
def counting(db: Database) -> Iterator[list[str]]:
    """Collects the statements sent to the database meanwhile."""
    seen: list[str] = []

    def note(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        seen.append(statement)

    sa.event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        sa.event.remove(db.engine, "before_cursor_execute", note)


# --- a long list -------------------------------------------------------------------------------------


@pytest.mark.parametrize("consent", ["", "ticked the box"])
def test_a_long_list_takes_no_more_statements_than_a_short_one(db: Database, consent: str) -> None:
    """Whoever wants to write meanwhile, such as who leaves with one click, waits a moment."""
    with counting(db) as few:
        listed(db, people(3), consent)
    with counting(db) as many:
        assert listed(db, people(600), consent) == ImportResult(added=597, known=3)
    assert len(many) <= len(few) + 6


def test_beside_a_long_list_little_is_held(sqlite_db: Database) -> None:
    """What is made ready for each of them (hashes, rows, consents) is kept for some thousands at a time."""
    number = 12_000
    wanted = people(number)
    tracemalloc.start()
    listed(sqlite_db, wanted, "x")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < number * 1_500


def test_a_list_read_before_waits_for_nobody_who_writes(sqlite_db: Database) -> None:
    """The subscribers file is read at every start; SQLite has one writer at a time."""
    listed(sqlite_db, people(50), "x")
    with sqlite_db.begin():
        assert listed(sqlite_db, people(50), "x") == ImportResult(known=50)


def test_two_lists_at_the_same_time_add_each_person_once(db: Database) -> None:
    """And each has one record and one mail."""
    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(lambda _: listed(db, people(100)), range(4)))
    assert [sum(one.added for one in done), sum(one.known for one in done)] == [100, 300]
    assert len(everyone(db)) == len(mails(db)) == 100
    with db.read() as tx:
        ids = [one.id for one in store.subscribers.everyone(tx)]
        assert len(store.consents.of(tx, ids)) == 100


def test_a_person_listed_twice_is_added_once_in_the_order_of_the_list(db: Database) -> None:
    """In whatever spelling, and as the first of their lines says; another topic is another subscription."""
    first, other = subscription("Zoe@bücher.de", Frequency.DAILY), subscription("ann@example.org")
    again = [subscription("zoe@xn--bcher-kva.de"), replace(other, topic="veins")]
    assert listed(db, [first, other, *again], "x") == ImportResult(added=3, known=1)
    kept = [(one.address, one.topic, one.frequency) for one in everyone(db)]
    assert kept == [
        ("Zoe@bücher.de", "ccsvi", Frequency.DAILY),
        ("ann@example.org", "ccsvi", Frequency.WEEKLY),
        ("ann@example.org", "veins", Frequency.WEEKLY),
    ]


def test_each_person_of_a_list_is_dealt_with_as_they_stand(db: Database) -> None:
    """Known, erased under an older key, new, or new and not to be mailed: the record says which."""
    listed(db, [subscription("known@example.org")], "x")
    admin.erase(db, AddressKey("gone@example.org", KEYS[1:]), NOW)
    with db.begin() as tx:
        store.suppressions.add(
            tx, address_hash.address_hmacs("gone@example.org", KEYS)[1], store.suppressions.ERASED, NOW
        )
    left = subscription("left@example.org", state=SubscriptionState.UNSUBSCRIBED)
    new = subscription("new@example.org")
    result = listed(db, [subscription("known@example.org"), subscription("gone@example.org"), new, left])
    assert result == ImportResult(added=2, known=1, suppressed=1)
    assert [one.state for one in everyone(db)][1:] == [UNCONFIRMED, left.state]
    assert mails(db) == ["new@example.org"]
    with db.read() as tx:
        ids = [one.id for one in store.subscribers.everyone(tx)]
        events = [(entry.event, entry.form, entry.text) for entry in store.consents.of(tx, ids)]
    form = "import of people.csv"
    assert events == [(ConsentEvent.CONFIRMED, form, "x"), *[(ConsentEvent.REQUESTED, form, "")] * 2]


# --- mails an operator asks for ----------------------------------------------------------------------


def test_an_import_leaves_the_sign_up_page_open_and_its_mails_first(db: Database) -> None:
    """Hundreds who are asked to confirm are no flood of strangers, and nobody waits behind them."""
    listed(db, people(250))
    assert ask(db, "visitor@example.net")
    assert opt_in.request_link(db, AddressKey("other@example.net", KEYS), Visit("page", ip="192.0.2.9"), NOW)
    assert mails(db)[:2] == ["visitor@example.net", "p0@example.org"]


def test_an_imported_person_gets_two_more_mails_that_day(db: Database) -> None:
    """The mail of an import counts for the mailbox it went to."""
    listed(db, people(1))
    for n in range(4):
        ask(db, "p0@example.org", ip=f"192.0.2.{n}")
    assert mails(db) == ["p0@example.org"] * 3


def test_one_mailbox_is_not_flooded_by_spelling_it_in_many_ways(db: Database) -> None:
    """Ten spellings, ten networks, three mails."""
    for n in range(10):
        assert ask(db, f"vic+{n}@example.com", ip=f"192.0.2.{n}")
    assert mails(db) == [f"vic+{n}@example.com" for n in range(3)]


@pytest.mark.parametrize("ip", ["", "unknown"])
def test_visitors_without_a_known_network_are_limited_too(db: Database, ip: str) -> None:
    """All of them share one network."""
    assert [ask(db, f"r{n}@example.org", ip, per_network=2) for n in range(3)] == [True, True, False]


def test_an_erased_address_leaves_no_trace_of_requested_mails(db: Database) -> None:
    """Not even where somebody only asked for a link, and never subscribed."""
    opt_in.request_link(db, AddressKey("stranger@example.org", KEYS), Visit("page"), NOW)
    ask(db, "reader@example.org")
    ask(db, "reader@example.org")
    assert not admin.erase(db, AddressKey("stranger@example.org", KEYS), NOW)
    assert admin.erase(db, AddressKey("reader@example.org", KEYS), NOW)
    with db.read() as tx:
        assert store.transactional.count_requested(tx, NOW - HOUR) == 0


def test_erasing_one_person_leaves_the_mails_of_a_like_spelt_one(db: Database) -> None:
    """For the limits the two are one mailbox; for everything else they are two people."""
    ask(db, "ab@clinic.example")
    ask(db, "a.b@clinic.example")
    assert admin.erase(db, AddressKey("a.b@clinic.example", KEYS), NOW)
    assert mails(db) == ["ab@clinic.example"]


def test_no_import_adds_a_complainant_under_another_tag(db: Database) -> None:
    """An erased person's other spellings are nobody's business."""
    with db.begin() as tx:
        for address, reason in (
            ("jane@example.org", store.suppressions.DECLINED),
            ("joe@example.org", store.suppressions.ERASED),
        ):
            store.suppressions.add(tx, address_hash.address_hmacs(address, KEYS)[0], reason, NOW)
    result = listed(db, [subscription(f"{name}+new@example.org") for name in ("jane", "joe")], "x")
    assert result == ImportResult(added=1, suppressed=1)
    assert [one.address for one in everyone(db)] == ["joe+new@example.org"]


def test_an_import_every_fortnight_asks_nobody_more_than_three_times_a_year(db: Database) -> None:
    """Who does not answer is left alone; the result says so."""
    done = []
    for fortnight in range(6):
        at = NOW + fortnight * 14 * DAY
        done.append(admin.import_subscribers(db, people(1), KEYS, at, form="list"))
        with db.begin() as tx:
            for mail in store.transactional.claim(tx, at, 10, LEASE):
                store.transactional.record(tx, mail, SendResult(SendOutcome.SENT, 250), None, at)
        retention.clean_up(db, at + 8 * DAY)
    assert done == [ImportResult(added=1)] * 3 + [ImportResult(unanswered=1)] * 3
    assert admin.import_subscribers(db, people(1), KEYS, at, form="list", consent="by telephone").added == 1


# --- whom the operator suspended -----------------------------------------------------------------------


@pytest.mark.parametrize("reason", ["", "suspended by the operator: legal"])
def test_only_the_operator_resumes_those_whom_a_list_suspends(db: Database, reason: str) -> None:
    """A sign-up does nothing, whether or not the list says why."""
    listed(db, [replace(subscription(state=SUSPENDED), reason=reason)], "moved")
    assert ask(db, "reader@example.org")
    (kept,) = everyone(db)
    assert (kept.state, mails(db)) == (SUSPENDED, [])
    assert kept.reason == (reason or "suspended by the operator: import of people.csv")
    assert admin.resume(db, "reader@example.org", NOW) == 1


def test_those_listed_as_bouncing_may_subscribe_again(db: Database) -> None:
    """The list says why, and no operator did it."""
    listed(db, [replace(subscription(state=SUSPENDED), reason="3 hard bounces")], "moved")
    ask(db, "reader@example.org")
    (kept,) = everyone(db)
    assert (kept.state, kept.reason) == (SUSPENDED, "3 hard bounces")
    with db.begin() as tx:
        (mail,) = store.transactional.claim(tx, NOW + DAY, 10, LEASE)
    assert mail.kind is TransactionalKind.CONFIRM
