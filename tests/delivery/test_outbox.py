"""The queue of what is due, with a clock that the tests turn: when it asks, claims, commits, judges and lets rest."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from monitor import store
from monitor.delivery.outbox import Outbox
from monitor.errors import AddressError, StoreError
from monitor.model import Delivery, DeliveryState, SendOutcome, SendResult, Stage, SubscriptionState
from monitor.store import Database, Tx
from monitor.store.schema.mail_tables import deliveries
from tests.support.factories import NOW, RENDERED, digest, message_id, subscription
from tests.support.noting_guard import NotingGuard

MINUTE, SECOND = timedelta(minutes=1), timedelta(seconds=1)
SENT = SendResult(SendOutcome.SENT, 250, "ok", Stage.CONTENT)
GONE = SendResult(SendOutcome.FAILED, 550, "5.1.1 no such user", Stage.RCPT)


@dataclass
class Clock:
    """Stands still until a test turns it."""

    seconds: float = 1_000.0

    def __call__(self) -> float:
        """What it shows."""
        return self.seconds

    def turn(self, seconds: float) -> None:
        """Let so much time pass."""
        self.seconds += seconds


class Copies:
    """Writes an address as the message; of some addresses it cannot."""

    def with_in_reply_to(self, _tx: Tx, batch: list[Delivery]) -> list[Delivery]:
        """As they are."""
        return batch

    def message(self, delivery: Delivery, _at: datetime) -> str:
        """The address."""
        if "bad" in delivery.address:
            raise AddressError("no address")
        if "bug" in delivery.address:
            raise ZeroDivisionError
        return delivery.address


class Desk:
    """An outbox over a database, with people who wait for a digest, and a clock."""

    def __init__(self, db: Database) -> None:
        self.db, self.clock, self.guard = db, Clock(), NotingGuard()

    def waits(self, *addresses: str) -> None:
        """One more digest waits for these."""
        with self.db.begin() as tx:
            store.subscribers.add_all(tx, [subscription(address) for address in addresses], NOW)
            number = store.digests.add(tx, digest(), RENDERED, NOW)
            wanted = [one.id for address in addresses for one in store.subscribers.find(tx, address)]
            store.deliveries.enqueue_for(tx, number, wanted, NOW, message_id)

    def opened(self, **how: Any) -> Outbox[str]:
        """The outbox."""
        return Outbox(Copies(), self.db, NOW, clock=self.clock, guard=self.guard, **how)

    def rows(self) -> list[tuple[DeliveryState, int, timedelta | None]]:
        """Of each delivery the state, the attempts, and how long after NOW it is due."""
        row = deliveries.c
        with self.db.read() as tx:
            found = tx.execute(sa.select(row.state, row.attempts, row.next_try_at).order_by(row.id)).all()
        return [(one.state, one.attempts, one.next_try_at and one.next_try_at - NOW) for one in found]

    def count(self, state: DeliveryState) -> int:
        """How many deliveries are recorded as that."""
        with self.db.read() as tx:
            return store.delivery_counts.counts(tx).get(state, 0)

    def replies(self) -> dict[tuple[str, ...], int]:
        """The server's replies that were counted."""
        with self.db.read() as tx:
            return store.counters.read(tx, "smtp replies")


@pytest.fixture
def desk(sqlite_db: Database) -> Desk:
    """With nobody waiting yet."""
    return Desk(sqlite_db)


def taken(outbox: Outbox[str]) -> int:
    """The number of the next message; there must be one."""
    found = outbox.next_message()
    assert isinstance(found, tuple), found
    return found[0]


def test_while_a_domain_is_busy_the_mailer_asks_again_soon_and_others_are_looked_for_each_second(desk: Desk) -> None:
    """Who subscribes elsewhere meanwhile does not wait for the busy one, nor is the database asked all the time."""
    desk.waits("a@one.example", "b@one.example")
    with desk.opened() as outbox:
        first = taken(outbox)
        assert outbox.next_message() == 0.02
        desk.waits("c@two.example")
        desk.clock.turn(0.99)
        assert outbox.next_message() == 0.02
        desk.clock.turn(0.01)
        assert outbox.next_message() == (3, "c@two.example")
        outbox.record_reply(first, SENT)
        assert outbox.next_message() == (2, "b@one.example")
        assert desk.count(DeliveryState.SENT) == 0
        assert outbox.next_message() is None
        assert desk.count(DeliveryState.SENT) == 1  # before more was looked for
    assert [state for state, *_ in desk.rows()] == [DeliveryState.SENT, DeliveryState.SENDING, DeliveryState.SENDING]


@pytest.mark.parametrize("is_well", [True, False])
def test_the_connection_that_watches_for_a_pause_is_given_back(desk: Desk, is_well: bool) -> None:
    """Whatever ended the round."""

    def lent() -> int:
        return int(desk.db.engine.pool.checkedout())  # type: ignore[attr-defined]  # a pool that counts

    before, outbox = lent(), desk.opened()
    with suppress(ZeroDivisionError), outbox:
        assert lent() == before + 1
        if not is_well:
            raise ZeroDivisionError
    assert lent() == before


def test_no_more_than_a_thousand_wait_in_memory(desk: Desk) -> None:
    """Those of a large domain that takes no more are left where other processes find them."""
    desk.waits(*(f"p{number}@one.example" for number in range(1_300)))
    with desk.opened(per_domain=250) as outbox:
        for _ in range(250):
            taken(outbox)
        assert outbox.next_message() == 0.02
        assert desk.count(DeliveryState.SENDING) == 1_250


def test_at_a_slow_rate_the_mailer_waits_a_second_at_most_and_few_are_claimed(desk: Desk) -> None:
    """Within a second a reply may be due to be committed, or sending may be paused; ten minutes' work is claimed."""
    desk.waits(*(f"p{number}@d{number}.example" for number in range(20)))
    with desk.opened(rate=0.01) as outbox:
        taken(outbox)
        assert desk.count(DeliveryState.SENDING) == 6
        assert outbox.next_message() == 1.0
        desk.clock.turn(99.75)
        assert outbox.next_message() == 0.25
        desk.clock.turn(0.25)
        assert taken(outbox) == 2


@pytest.mark.parametrize(("rate", "claimed"), [(0.0, 20), (0.01, 6), (0.002, 1), (0.0001, 1)])
def test_what_is_claimed_can_be_sent_in_a_third_of_the_lease(desk: Desk, rate: float, claimed: int) -> None:
    """One at least, however slow; without a rate all of them."""
    desk.waits(*(f"p{number}@d{number}.example" for number in range(20)))
    with desk.opened(rate=rate) as outbox:
        assert outbox.claim_batch()
        assert desk.count(DeliveryState.SENDING) == claimed


def test_replies_are_committed_by_the_hundred_or_after_a_second(desk: Desk) -> None:
    """A crash repeats no more than that."""
    desk.waits(*(f"p{number}@d{number}.example" for number in range(230)))
    with desk.opened() as outbox:
        for _ in range(99):
            outbox.record_reply(taken(outbox), SENT)
        assert desk.count(DeliveryState.SENT) == 0
        outbox.record_reply(taken(outbox), SENT)
        assert desk.count(DeliveryState.SENT) == 100
        outbox.record_reply(taken(outbox), SENT)
        number = taken(outbox)
        desk.clock.turn(1)
        outbox.record_reply(number, SENT)
        assert desk.count(DeliveryState.SENT) == 100
        desk.clock.turn(0.01)
        number = taken(outbox)
        assert desk.count(DeliveryState.SENT) == 102
        outbox.record_reply(number, SENT)
    assert desk.count(DeliveryState.SENT) == 103


def test_after_a_crash_every_reply_is_committed_at_once(desk: Desk) -> None:
    """A process that keeps dying gets further each time."""
    desk.waits("a@one.example", "b@two.example", "c@three.example")
    lost = desk.opened()
    taken(lost)  # and the process dies
    desk.clock.turn(1_801)
    with desk.opened() as outbox:
        desk.clock.turn(1_801)
        outbox.record_reply(taken(outbox), SENT)
        assert desk.count(DeliveryState.SENT) == 1
        outbox.record_reply(taken(outbox), SENT)
        assert desk.count(DeliveryState.SENT) == 2


def test_a_pause_is_noticed_within_a_second_and_holds(desk: Desk) -> None:
    """What was not begun waits again at once; a pause that is over is not asked for again in this run."""
    desk.waits("a@one.example", "b@two.example", "c@three.example")
    with desk.opened() as outbox:
        taken(outbox)
        with desk.db.begin() as tx:
            store.deliveries.pause(tx, NOW)
        desk.clock.turn(0.99)
        taken(outbox)
        desk.clock.turn(0.01)
        assert outbox.next_message() is None
        assert outbox.is_ending()
        with desk.db.begin() as tx:
            store.deliveries.resume(tx)
        desk.clock.turn(5)
        assert outbox.claim_batch() is False
        assert outbox.next_message() is None
    assert desk.rows()[2] == (DeliveryState.WAITING, 0, 6 * SECOND)


def refused(outbox: Outbox[str], number: int) -> None:
    """So many mailboxes are said to be gone."""
    for _ in range(number):
        outbox.record_reply(taken(outbox), GONE)


def test_refusals_are_judged_together_at_the_two_hundredth(desk: Desk) -> None:
    """With the next commit; before it nobody's is final."""
    desk.waits(*(f"p{number}@one.example" for number in range(202)))
    with desk.opened() as outbox:
        outbox.record_reply(taken(outbox), SENT)
        refused(outbox, 199)
        desk.clock.turn(2)
        refused(outbox, 1)
        assert (desk.count(DeliveryState.SENT), desk.count(DeliveryState.FAILED)) == (1, 0)
        outbox.record_reply(taken(outbox), SENT)
        desk.clock.turn(2)
        assert outbox.next_message() is None
        assert (desk.count(DeliveryState.SENT), desk.count(DeliveryState.FAILED)) == (2, 200)


def test_refusals_are_judged_after_five_minutes_at_the_latest(desk: Desk) -> None:
    """Long before their lease ends; counted from the first of them."""
    desk.waits(*(f"p{number}@one.example" for number in range(5)))
    with desk.opened() as outbox:
        outbox.record_reply(taken(outbox), SENT)
        desk.clock.turn(50)
        refused(outbox, 1)
        desk.clock.turn(200)
        refused(outbox, 1)
        desk.clock.turn(100)
        refused(outbox, 1)
        assert desk.count(DeliveryState.FAILED) == 0
        desk.clock.turn(0.5)
        assert taken(outbox) == 5
        assert desk.count(DeliveryState.FAILED) == 3


def test_what_a_bug_of_ours_keeps_from_being_made_waits_a_quarter_of_an_hour_and_counts_no_attempt(desk: Desk) -> None:
    """The others go out; what a database refuses is no such bug."""
    desk.waits("a@one.example", "bug@one.example", "c@one.example")
    with desk.opened() as outbox:
        outbox.record_reply(taken(outbox), SENT)
        desk.clock.turn(60)
        assert outbox.next_message() == (3, "c@one.example")
        outbox.record_reply(3, SENT)
    assert desk.guard.failed == [("digest 1", StoreError)]
    assert desk.rows() == [
        (DeliveryState.SENT, 1, None),
        (DeliveryState.WAITING, 0, 16 * MINUTE),
        (DeliveryState.SENT, 1, None),
    ]


def test_an_address_that_no_mail_can_go_to_fails_with_the_reason_and_blames_no_server(desk: Desk) -> None:
    """It is no reply of the server's, and held for no judgement."""
    desk.waits("bad@one.example")
    with desk.opened() as outbox:
        assert outbox.next_message() is None
        assert outbox.outcomes[SendOutcome.FAILED] == 1
    assert desk.rows() == [(DeliveryState.FAILED, 1, None)]
    with desk.db.read() as tx:
        assert tx.scalar(sa.select(deliveries.c.last_reply)) == "no address"
    assert desk.replies() == {}


def test_replies_are_counted_by_stage_and_class(desk: Desk) -> None:
    """Also the connection that broke, and what was said to no mail in particular; not what rooms answer."""
    desk.waits(*(f"p{number}@one.example" for number in range(4)))
    later = SendResult(SendOutcome.DEFERRED, 450, "later", Stage.RCPT)
    with desk.opened() as outbox:
        for result in (SENT, later, SendResult(SendOutcome.UNCERTAIN, 0, "broke", Stage.CONTENT)):
            outbox.record_reply(taken(outbox), result)
        outbox.record_reply(taken(outbox), SendResult(SendOutcome.SENT, 200, "", Stage.HTTP))
        outbox.count_reply("EHLO", 554)
        outbox.count_reply("EHLO", 0)
    assert desk.replies() == {
        (Stage.CONTENT, "2xx"): 1,
        (Stage.RCPT, "4xx"): 1,
        (Stage.CONTENT, "none"): 1,
        ("EHLO", "5xx"): 1,
        ("EHLO", "none"): 1,
    }


@pytest.mark.parametrize(("asked", "wait"), [(4 * MINUTE, 5 * MINUTE), (6 * MINUTE, 6 * MINUTE)])
def test_a_reply_that_names_a_longer_wait_is_obeyed(desk: Desk, asked: timedelta, wait: timedelta) -> None:
    """A shorter one is not: a busy server would be asked too often."""
    desk.waits("a@one.example")
    busy = SendResult(SendOutcome.DEFERRED, 503, "busy", Stage.HTTP, retry_after=asked)
    with desk.opened() as outbox:
        desk.clock.turn(30)
        outbox.record_reply(taken(outbox), busy)
    assert desk.rows() == [(DeliveryState.DEFERRED, 1, 30 * SECOND + wait)]


def test_those_to_a_domain_that_closed_wait_for_its_rest_and_are_no_longer_in_the_way(desk: Desk) -> None:
    """A minute after a 421, counted from the moment it came."""
    desk.waits("a@one.example", "b@one.example", "c@two.example")
    with desk.opened() as outbox:
        desk.clock.turn(10)
        outbox.record_reply(taken(outbox), SendResult(SendOutcome.DEFERRED, 421, "closing", Stage.RCPT))
        desk.clock.turn(15)
        assert outbox.next_message() == (3, "c@two.example")
        assert outbox.next_message() is None
        outbox.record_reply(3, SENT)
    assert desk.rows() == [
        (DeliveryState.DEFERRED, 1, 10 * SECOND + 5 * MINUTE),
        (DeliveryState.WAITING, 0, 70 * SECOND),
        (DeliveryState.SENT, 1, None),
    ]


def test_what_a_server_without_room_was_offered_waits_and_counts_no_attempt(desk: Desk) -> None:
    """With those that it was not offered, for as long as the caller says; how many these are is returned."""
    desk.waits(*(f"p{number}@d{number}.example" for number in range(4)))
    limit = SendResult(SendOutcome.DEFERRED, 452, "too many", Stage.RCPT, is_attempt=False)
    with desk.opened() as outbox:
        outbox.record_reply(taken(outbox), limit)
        assert outbox.outcomes[SendOutcome.DEFERRED] == 0
        desk.clock.turn(7)
        assert outbox.release_until(9 * MINUTE) == 3
        assert outbox.at() == NOW + 7 * SECOND
        assert outbox.next_message() is None
    assert desk.rows() == [(DeliveryState.WAITING, 0, 7 * SECOND + 9 * MINUTE)] * 4


def test_who_left_after_the_mail_was_claimed_gets_none(desk: Desk) -> None:
    """And no attempt is counted."""
    desk.waits("a@one.example", "b@one.example")
    with desk.opened() as outbox:
        outbox.record_reply(taken(outbox), SENT)
        with desk.db.begin() as tx:
            (one,) = store.subscribers.find(tx, "b@one.example")
            store.subscribers.set_state(tx, one.id, SubscriptionState.UNSUBSCRIBED, NOW)
        assert outbox.next_message() is None
        assert (outbox.sent, outbox.received) == (1, {1})
    assert desk.rows() == [(DeliveryState.SENT, 1, None), (DeliveryState.CANCELLED, 0, None)]
