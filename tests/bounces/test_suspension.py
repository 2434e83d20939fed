"""Hard bounces and what follows from them in each state, with the reason that the operator reads; and the way back."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from monitor import store
from monitor.bounces.suspension import bounce_from_permanent_rejection, register_bounce, take_back
from monitor.model import (
    Bounce,
    BounceKind,
    DeliveryState,
    SendOutcome,
    SendResult,
    Stage,
    SubscriptionState,
    TransactionalKind,
)
from monitor.store import Database
from monitor.store.schema import mail_tables
from tests.support.factories import DAY, HOUR, NOW, RENDERED, digest, message_id, subscription

READER = "reader@example.org"
ACTIVE, SUSPENDED, UNCONFIRMED, UNSUBSCRIBED = (
    SubscriptionState.ACTIVE,
    SubscriptionState.SUSPENDED,
    SubscriptionState.UNCONFIRMED,
    SubscriptionState.UNSUBSCRIBED,
)
GONE = SendResult(SendOutcome.FAILED, 550, "5.1.1 no such user", Stage.RCPT)


def held(db: Database, state: SubscriptionState, reason: str = "") -> int:
    """A subscription in this state, with a digest in the outbox if it may have one; its id."""
    with db.begin() as tx:
        number = store.subscribers.add(tx, subscription(READER), NOW - DAY)
        store.deliveries.enqueue(tx, store.digests.add(tx, digest(), RENDERED, NOW), NOW, message_id)
        store.subscribers.set_state(tx, number, state, NOW - DAY, reason)
    return number


def bounced(
    db: Database, at: datetime, *, of_digest: bool, kind: BounceKind = BounceKind.HARD, status: str = "5.1.1"
) -> tuple[SubscriptionState | None, SubscriptionState, str]:
    """A mail to the reader comes back: what changed, the state afterwards and its reason."""
    bounce = Bounce(1, kind, at, f"key {at}", 1 if of_digest else None, status, "unknown user")
    with db.begin() as tx:
        became = register_bounce(tx, bounce, at)
        found = store.subscribers.get(tx, 1)
    return became, found.state, found.reason


@pytest.mark.parametrize("of_digest", [True, False], ids=["digests", "short mails"])
def test_the_third_hard_bounce_suspends_and_says_why(sqlite_db: Database, of_digest: bool) -> None:
    """Whatever came back; soft ones between them count for nothing."""
    held(sqlite_db, ACTIVE)
    for hour in range(2):
        at = NOW + hour * HOUR
        assert bounced(sqlite_db, at, of_digest=of_digest) == (None, ACTIVE, "")
        assert bounced(sqlite_db, at + HOUR / 2, of_digest=of_digest, kind=BounceKind.SOFT) == (None, ACTIVE, "")
    third = bounced(sqlite_db, NOW + DAY, of_digest=of_digest, status="")
    assert third == (SUSPENDED, SUSPENDED, f"3 hard bounces, the last on {NOW + DAY:%Y-%m-%d}: unknown user")
    with sqlite_db.read() as tx:
        assert store.subscribers.state_since(tx, 1) == NOW + DAY
    assert bounced(sqlite_db, NOW + 2 * DAY, of_digest=of_digest)[0] is None


def test_a_request_whose_mail_comes_back_ends_at_the_first(sqlite_db: Database) -> None:
    """With why; a bounce of a digest of before is about another time."""
    held(sqlite_db, UNCONFIRMED)
    assert bounced(sqlite_db, NOW, of_digest=True) == (None, UNCONFIRMED, "")
    soft = bounced(sqlite_db, NOW + HOUR, of_digest=False, kind=BounceKind.SOFT)
    assert soft == (None, UNCONFIRMED, "")
    reason = f"the confirmation mail came back on {NOW + DAY:%Y-%m-%d}: 5.1.1 unknown user"
    assert bounced(sqlite_db, NOW + DAY, of_digest=False) == (UNSUBSCRIBED, UNSUBSCRIBED, reason)
    assert bounced(sqlite_db, NOW + 2 * DAY, of_digest=False) == (None, UNSUBSCRIBED, reason)


@pytest.mark.parametrize("state", [SUSPENDED, UNSUBSCRIBED])
def test_of_who_gets_no_mail_bounces_are_stored_and_change_nothing(
    sqlite_db: Database, state: SubscriptionState
) -> None:
    """Not even the reason."""
    held(sqlite_db, state, "as it was")
    for day in range(4):
        assert bounced(sqlite_db, NOW + day * DAY, of_digest=bool(day % 2)) == (None, state, "as it was")
    with sqlite_db.read() as tx:
        assert len(store.bounces.of(tx, [1])) == 4


def test_the_same_report_twice_is_one(sqlite_db: Database) -> None:
    """Two servers may forward it."""
    held(sqlite_db, ACTIVE)
    for _ in range(4):
        assert bounced(sqlite_db, NOW, of_digest=True) == (None, ACTIVE, "")


@pytest.mark.parametrize(
    ("stage", "is_stored"),
    [(None, True), (Stage.RCPT, True), (Stage.MAIL, False), (Stage.CONTENT, False), (Stage.HTTP, False)],
)
def test_only_what_was_said_of_the_recipient_is_stored(
    sqlite_db: Database, stage: Stage | None, is_stored: bool
) -> None:
    """The same words to the sender or the message say nothing of the mailbox."""
    held(sqlite_db, ACTIVE)
    with sqlite_db.begin() as tx:
        (sent,) = store.deliveries.claim(tx, NOW, 9)
    assert (bounce_from_permanent_rejection(sent, replace(GONE, stage=stage), NOW) is not None) == is_stored


# --- what was said to everybody is taken back ----------------------------------------------------


def refused_thrice(db: Database) -> list[int]:
    """Three digests are refused to the reader, which suspends; the ids of the deliveries."""
    with db.begin() as tx:
        for _ in range(2):
            store.deliveries.enqueue(tx, store.digests.add(tx, digest(), RENDERED, NOW), NOW, message_id)
        sent = store.deliveries.claim(tx, NOW, 9)
        store.deliveries.record(tx, [(one, GONE, None) for one in sent], NOW)
        for one in sent:
            bounce = bounce_from_permanent_rejection(one, GONE, NOW)
            assert bounce
            register_bounce(tx, bounce, NOW)
    return [one.id for one in sent]


def test_whom_they_suspended_is_active_again_and_the_mails_wait(sqlite_db: Database) -> None:
    """Those that are named; the others' bounces go on counting."""
    held(sqlite_db, ACTIVE)
    numbers = refused_thrice(sqlite_db)
    with sqlite_db.begin() as tx:
        assert store.subscribers.get(tx, 1).state is SUSPENDED
        take_back(tx, [], NOW + DAY, NOW + 2 * DAY)
        assert store.subscribers.get(tx, 1).state is SUSPENDED
        take_back(tx, numbers[:1], NOW + DAY, NOW + DAY + HOUR)
        found = store.subscribers.get(tx, 1)
        assert (found.state, found.reason, store.subscribers.state_since(tx, 1)) == (ACTIVE, "", NOW + DAY)
        rows = tx.execute(sa.select(mail_tables.deliveries).order_by(mail_tables.deliveries.c.id)).all()
        assert [(row.state, row.next_try_at) for row in rows] == [
            (DeliveryState.DEFERRED, NOW + DAY + HOUR),
            (DeliveryState.FAILED, None),
            (DeliveryState.FAILED, None),
        ]
        assert {one.key for one in store.bounces.of(tx, [1])} == {f"delivery {number}" for number in numbers[1:]}


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        (SUSPENDED, "suspended by the operator: legal"),
        (UNSUBSCRIBED, "3 hard bounces, the last on 2026-11-23: gone"),
        (UNCONFIRMED, "3 hard bounces, the last on 2026-11-23: gone"),
    ],
)
def test_what_somebody_else_brought_about_stays(sqlite_db: Database, state: SubscriptionState, reason: str) -> None:
    """The operator suspended them meanwhile, or they left, or asked anew."""
    held(sqlite_db, ACTIVE)
    numbers = refused_thrice(sqlite_db)
    with sqlite_db.begin() as tx:
        store.subscribers.set_state(tx, 1, ACTIVE, NOW + HOUR)
        store.subscribers.set_state(tx, 1, state, NOW + HOUR, reason)
        take_back(tx, numbers, NOW + DAY, NOW + DAY)
        found = store.subscribers.get(tx, 1)
        assert (found.state, found.reason) == (state, reason)
        assert store.bounces.of(tx, [1]) == []


@pytest.mark.parametrize("is_bounced", [True, False])
def test_a_request_that_they_ended_waits_again_and_is_mailed_again(sqlite_db: Database, is_bounced: bool) -> None:
    """With the number below nought for a short mail; where no bounce was stored nothing had ended."""
    asked = replace(subscription(READER), state=UNCONFIRMED)
    with sqlite_db.begin() as tx:
        number = store.subscribers.add(tx, asked, NOW)
        store.transactional.add(tx, TransactionalKind.CONFIRM, number, NOW, address_hash="a", network_hash="n")
        (mail,) = store.transactional.claim(tx, NOW, 9)
        store.transactional.begin(tx, mail)
        store.transactional.record(tx, mail, GONE, None, NOW)
        bounce = bounce_from_permanent_rejection(mail, GONE, NOW)
        assert bounce
        assert bounce.delivery_id is None
        if is_bounced:
            assert register_bounce(tx, bounce, NOW) is UNSUBSCRIBED
        else:
            store.subscribers.set_state(tx, number, UNSUBSCRIBED, NOW, "the confirmation mail came back")
        take_back(tx, [-mail.id], NOW + HOUR, NOW + 2 * HOUR)
        found = store.subscribers.get(tx, number)
        assert found.state is (UNCONFIRMED if is_bounced else UNSUBSCRIBED)
        assert store.transactional.claim(tx, NOW + 2 * HOUR - timedelta(seconds=1), 9) == []
        assert [one.id for one in store.transactional.claim(tx, NOW + 2 * HOUR, 9)] == [mail.id]
