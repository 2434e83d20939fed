"""The outbox: nothing is sent twice by two senders, nothing is lost, and memory does not grow with the subscribers."""

from __future__ import annotations

import gc
import tracemalloc
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from monitor import store
from monitor.model import Delivery, DeliveryState, SendOutcome, SendResult, SubscriptionState
from monitor.store import Database, Tx
from monitor.store.schema import mail_tables
from tests.support.factories import (
    DAY,
    HOUR,
    LEASE,
    MINUTE,
    NOW,
    RENDERED,
    at_the_same_time,
    begin,
    digest,
    message_id,
    outbox,
    subscription,
)

SENT = SendResult(SendOutcome.SENT, 250, "2.0.0 queued as 4F")
GREYLISTED = SendResult(SendOutcome.DEFERRED, 451, "4.7.1 try again later")
REFUSED = SendResult(SendOutcome.FAILED, 550, "5.1.1 no such user")
CUT_OFF = SendResult(SendOutcome.UNCERTAIN, 0, "connection lost after DATA")


def _claim(tx: Tx, at: timedelta = timedelta(0), limit: int = 100) -> list[Delivery]:
    """Claim, and begin each at once."""
    claimed = store.deliveries.claim(tx, NOW + at, limit, LEASE)
    begin(tx, *claimed)
    return claimed


def _kept(tx: Tx) -> tuple[DeliveryState, int, int, datetime | None]:
    """(state, attempts, how often uncertain, next try) of the only delivery."""
    row = tx.execute(sa.select(mail_tables.deliveries)).one()
    return row.state, row.attempts, row.uncertain, row.next_try_at


def test_a_digest_goes_into_the_outbox_once_for_each_subscriber(db: Database) -> None:
    """Composing that is repeated after a crash adds nobody a second time."""
    with db.begin() as tx:
        number = outbox(tx, "a@example.org", "b@example.org")
        store.subscribers.add(tx, subscription("c@example.org"), NOW)
        assert store.deliveries.enqueue(tx, number, NOW, message_id) == 1
        welcome = [one for one, _ in store.subscribers.unwelcomed(tx, "ccsvi")]
        assert store.deliveries.enqueue_for(tx, number, welcome, NOW, message_id) == 0
        claimed = _claim(tx)
        assert [one.address for one in claimed] == ["a@example.org", "b@example.org", "c@example.org"]
        assert claimed[0].message_id == message_id(number, claimed[0].subscription_id)


def test_two_senders_never_get_the_same_delivery(db: Database) -> None:
    """Real connections, at the same time."""
    with db.begin() as tx:
        outbox(tx, *(f"reader{n}@example.org" for n in range(30)))
    claims = at_the_same_time(db, lambda tx: _claim(tx, limit=10))
    ids = [one.id for claim in claims for one in claim]
    with db.begin() as tx:
        ids += [one.id for one in _claim(tx)]
    assert len(ids) == len(set(ids)) == 30


def test_a_sender_skips_rows_that_another_has_locked(postgresql_db: Database) -> None:
    """It neither waits for the other nor takes the same."""
    with postgresql_db.begin() as tx:
        outbox(tx, *(f"reader{n}@example.org" for n in range(4)))
    with postgresql_db.begin() as one, postgresql_db.begin() as other:
        assert {d.id for d in _claim(one, limit=2)}.isdisjoint({d.id for d in _claim(other, limit=4)})


def test_a_crashed_senders_delivery_is_sent_again_and_counted_as_uncertain(db: Database) -> None:
    """A duplicate is better than a lost mail; it has the same Message-ID."""
    with db.begin() as tx:
        outbox(tx)
        (first,) = _claim(tx)
        assert _claim(tx, LEASE - MINUTE) == []
        (again,) = _claim(tx, LEASE)
        assert (again.message_id, again.attempts, again.uncertain) == (first.message_id, 2, 1)
        assert _kept(tx) == (DeliveryState.SENDING, 2, 2, NOW + 2 * LEASE)  # the second is under way
        store.deliveries.record(tx, [(again, SENT, None)], NOW + LEASE)
        assert _kept(tx) == (DeliveryState.SENT, 2, 1, None)


def test_what_was_claimed_and_never_begun_is_no_attempt(db: Database) -> None:
    """The sender died before: the delivery is as it was, and nothing is uncertain."""
    with db.begin() as tx:
        outbox(tx)
        store.deliveries.claim(tx, NOW, 9, LEASE)
        (again,) = store.deliveries.claim(tx, NOW + LEASE, 9, LEASE)
        assert (again.attempts, again.uncertain) == (1, 0)
        assert _kept(tx) == (DeliveryState.SENDING, 0, 0, NOW + 2 * LEASE)


def test_a_delivery_that_is_always_cut_off_goes_out_three_times_at_most(db: Database) -> None:
    """Whatever ends the sender; then it is finished, in doubt."""
    with db.begin() as tx:
        outbox(tx)
        for number in range(store.deliveries.MAX_COPIES):
            assert len(_claim(tx, number * LEASE)) == 1
        assert _claim(tx, 9 * LEASE) == []
        assert _kept(tx) == (DeliveryState.UNCERTAIN, 3, 3, None)


def test_those_least_often_tried_come_first(db: Database) -> None:
    """So that a sender that dies over the first of the list gets to the last of it."""
    with db.begin() as tx:
        outbox(tx, "a@example.org", "b@example.org", "c@example.org")
        (tried,) = _claim(tx, limit=1)
        again = store.deliveries.claim(tx, NOW + LEASE, 9, LEASE)
        assert [one.address for one in again] == ["b@example.org", "c@example.org", tried.address]


def test_a_refusal_that_is_no_attempt_counts_for_nothing(db: Database) -> None:
    """The server refused us, or was at its limit."""
    limit = replace(GREYLISTED, is_attempt=False)
    with db.begin() as tx:
        outbox(tx)
        (claimed,) = _claim(tx)
        store.deliveries.record(tx, [(claimed, limit, NOW + HOUR)], NOW)
        assert _kept(tx) == (DeliveryState.WAITING, 0, 0, NOW + HOUR)


@pytest.mark.parametrize(
    ("result", "next_try_at", "expected"),
    [
        (SENT, None, (DeliveryState.SENT, 1, 0, None)),
        (GREYLISTED, NOW + HOUR, (DeliveryState.DEFERRED, 1, 0, NOW + HOUR)),
        (REFUSED, None, (DeliveryState.FAILED, 1, 0, None)),
        (CUT_OFF, NOW + HOUR, (DeliveryState.UNCERTAIN, 1, 1, NOW + HOUR)),
        (GREYLISTED, None, (DeliveryState.DEFERRED, 1, 0, None)),
    ],
)
def test_the_servers_reply_is_stored(
    db: Database, result: SendResult, next_try_at: datetime | None, expected: tuple[object, ...]
) -> None:
    """Sent, try later, never, perhaps."""
    with db.begin() as tx:
        outbox(tx)
        (claimed,) = _claim(tx)
        store.deliveries.record(tx, [(claimed, result, next_try_at)], NOW)
        assert _kept(tx) == expected
        assert len(_claim(tx, HOUR)) == (1 if next_try_at else 0)


def test_a_late_failure_does_not_overwrite_a_success_and_a_late_success_counts(db: Database) -> None:
    """The first sender was slow; the second took over."""
    with db.begin() as tx:
        outbox(tx)
        (slow,) = _claim(tx)
        _claim(tx, LEASE)
        store.deliveries.record(tx, [(slow, SENT, None)], NOW + LEASE)
        store.deliveries.record(tx, [(slow, GREYLISTED, NOW + HOUR)], NOW + LEASE)
        assert _kept(tx) == (DeliveryState.SENT, 2, 1, None)


@pytest.mark.parametrize("late", [SENT, GREYLISTED, REFUSED, CUT_OFF])
def test_a_sender_that_lost_its_lease_does_not_overwrite_the_newer_reply(db: Database, late: SendResult) -> None:
    """It was stopped for longer than its lease; the newer one has sent the mail."""
    with db.begin() as tx:
        outbox(tx)
        (slow,) = _claim(tx)
        (newer,) = _claim(tx, LEASE)
        store.deliveries.record(tx, [(newer, replace(SENT, text="2.0.0 queued as NEW"), None)], NOW + LEASE)
        before = tx.execute(sa.select(mail_tables.deliveries)).one()
        store.deliveries.record(tx, [(slow, late, NOW + HOUR)], NOW + HOUR)
        store.deliveries.release(tx, [slow], NOW)
        assert store.deliveries.cancel(tx, [slow]) == 0
        assert tx.execute(sa.select(mail_tables.deliveries)).one() == before


@pytest.mark.parametrize("late", [GREYLISTED, REFUSED, CUT_OFF])
def test_a_sender_that_lost_its_lease_does_not_disturb_the_one_that_is_sending(db: Database, late: SendResult) -> None:
    """Neither releasing nor cancelling changes the state of the delivery."""
    with db.begin() as tx:
        outbox(tx)
        (slow,) = _claim(tx)
        (newer,) = _claim(tx, LEASE)
        before = tx.execute(sa.select(mail_tables.deliveries)).one()
        assert store.deliveries.record(tx, [(slow, late, NOW + HOUR)], NOW + LEASE) == set()
        store.deliveries.release(tx, [slow], NOW)
        assert store.deliveries.cancel(tx, [slow]) == 0
        assert tx.execute(sa.select(mail_tables.deliveries)).one() == before
        assert store.deliveries.record(tx, [(newer, GREYLISTED, NOW + HOUR)], NOW + LEASE) == {newer.id}


@pytest.mark.parametrize("state", [one for one in SubscriptionState if one is not SubscriptionState.ACTIVE])
def test_nothing_waiting_is_sent_once_the_subscription_has_ended(db: Database, state: SubscriptionState) -> None:
    """From the moment that is committed, also for what was claimed before."""
    with db.begin() as tx:
        outbox(tx, "leaves@example.org", "stays@example.org", "waits@example.org")
        claimed = _claim(tx, limit=2)
    with db.begin() as tx:
        for address in ("leaves@example.org", "waits@example.org"):
            (left,) = store.subscribers.find(tx, address)
            store.subscribers.set_state(tx, left.id, state, NOW, "as they wish")
    with store.SendGate(db) as watch:
        assert [watch.is_wanted(one.id) for one in claimed] == [False, True]
    with db.begin() as tx:
        assert _claim(tx) == []
        assert store.delivery_counts.counts(tx) == {DeliveryState.SENDING: 2, DeliveryState.CANCELLED: 1}


def test_deliveries_that_were_not_attempted_are_released(db: Database) -> None:
    """A stop was asked for in the middle of a batch."""
    with db.begin() as tx:
        outbox(tx)
        (claimed,) = store.deliveries.claim(tx, NOW, 100, LEASE)
        store.deliveries.release(tx, [claimed], NOW)
        assert _kept(tx) == (DeliveryState.WAITING, 0, 0, NOW)


def test_nothing_is_claimed_while_paused_and_everything_after(db: Database) -> None:
    """An operator pauses and resumes sending."""
    with db.begin() as tx:
        outbox(tx)
        store.deliveries.pause(tx, NOW)
        assert (_claim(tx), store.deliveries.paused_at(tx)) == ([], NOW)
        store.deliveries.resume(tx)
        assert (len(_claim(tx)), store.deliveries.paused_at(tx)) == (1, None)


def test_the_unsent_deliveries_of_a_wrong_digest_can_be_cancelled(db: Database) -> None:
    """What is being sent cannot; the rest is cancelled."""
    with db.begin() as tx:
        number = outbox(tx, "a@example.org", "b@example.org", "c@example.org")
        _claim(tx, limit=1)
        assert store.deliveries.cancel_digest(tx, number) == 2
        assert _claim(tx) == []
        assert store.delivery_counts.counts(tx, number) == {DeliveryState.SENDING: 1, DeliveryState.CANCELLED: 2}


def test_memory_stays_flat_however_many_subscribe(db: Database) -> None:
    """Five times the subscribers take no more memory to put in the outbox."""
    peaks = []
    for total in (6_000, 30_000):
        with db.begin() as tx:
            _subscribe_until(tx, total)
            number = store.digests.add(tx, digest(), RENDERED, NOW)
            gc.collect()  # what earlier work left behind is not counted
            tracemalloc.start()
            assert store.deliveries.enqueue(tx, number, NOW, message_id) == total
            peaks.append(tracemalloc.get_traced_memory()[1])
            tracemalloc.stop()
    assert peaks[1] < 1.2 * peaks[0]


_PEOPLE = """
    WITH RECURSIVE numbers(n) AS (
        SELECT (SELECT count(*) + 1 FROM subscribers) UNION ALL SELECT n + 1 FROM numbers WHERE n < :total
    )
    INSERT INTO subscribers (id, address, address_key, added_at)
    SELECT n, n || '@example.org', n || '@example.org', '2026-11-23 07:00:00.000000' FROM numbers
"""
_SUBSCRIPTIONS = """
    INSERT INTO subscriptions (id, subscriber_id, topic, frequency, state, state_since, reason, timezone, language,
                               attachments, added_at)
    SELECT id, id, 'ccsvi', 'weekly', 'active', added_at, '', 'UTC', 'en', '[]', added_at FROM subscribers
    WHERE id NOT IN (SELECT subscriber_id FROM subscriptions)
"""


def _subscribe_until(tx: Tx, total: int) -> None:
    """Many subscribers at once."""
    people = _PEOPLE if tx.dialect.name == "sqlite" else _PEOPLE.replace(".000000'", "Z'::timestamptz")
    tx.execute(sa.text(people), {"total": total})
    tx.execute(sa.text(_SUBSCRIPTIONS))


def test_a_long_reply_is_cut_and_its_code_is_stored(db: Database) -> None:
    """`MAX_REPLY_LENGTH` characters remain."""
    with db.begin() as tx:
        outbox(tx)
        (claimed,) = store.deliveries.claim(tx, NOW, 100, LEASE)
        long = SendResult(SendOutcome.DEFERRED, 451, "4.7.1 " + "x" * 9_000)
        store.deliveries.record(tx, [(claimed, long, NOW + DAY)], NOW)
        (again,) = _claim(tx, DAY)
        assert (len(again.last_reply), again.last_reply[:6]) == (500, "4.7.1 ")


def test_each_delivery_waits_for_the_subscribers_local_time(db: Database) -> None:
    """Those in one time zone are postponed, the others are due; none is lost."""
    with db.begin() as tx:
        for address, zone in (("a@example.org", "UTC"), ("b@example.org", "Asia/Tokyo")):
            store.subscribers.add(tx, replace(subscription(address), timezone=zone), NOW)
        number = store.digests.add(tx, digest(), RENDERED, NOW)
        store.deliveries.enqueue(tx, number, NOW, message_id)
        later = {"UTC": NOW, "Asia/Tokyo": NOW + 15 * HOUR}
        assert store.deliveries.postpone(tx, number, later.__getitem__, NOW) == 1
    with db.begin() as tx:
        assert [one.address for one in store.deliveries.claim(tx, NOW, 10, LEASE)] == ["a@example.org"]
        assert [one.address for one in store.deliveries.claim(tx, NOW + 15 * HOUR, 10, LEASE)][-1:] == ["b@example.org"]
