"""Subscriptions, and the data of one person."""

from __future__ import annotations

from dataclasses import replace

import pytest

from monitor import store
from monitor.model import (
    Bounce,
    BounceKind,
    ChangeKind,
    Consent,
    ConsentEvent,
    DeliveryState,
    Frequency,
    SendOutcome,
    SendResult,
    SubscriptionState,
    TransactionalKind,
)
from monitor.store import Database, Tx
from tests.support.databases import sqlite_file
from tests.support.factories import DAY, LEASE, NOW, RENDERED, change, digest, message_id, outbox, subscription

ACTIVE, UNSUBSCRIBED = SubscriptionState.ACTIVE, SubscriptionState.UNSUBSCRIBED


def _active(tx: Tx, frequency: Frequency = Frequency.WEEKLY) -> list[str]:
    return [one.address for one in store.subscribers.active(tx, "ccsvi", frequency)]


def test_one_mailbox_subscribes_once_however_it_is_spelled(db: Database) -> None:
    """The first request stays; asking again is no second subscription."""
    with db.begin() as tx:
        first = store.subscribers.add(tx, subscription("Reader@Example.org"), NOW)
        again = store.subscribers.add(tx, subscription(" reader@example.ORG ", Frequency.DAILY), NOW + DAY)
        assert first == again
        assert store.subscribers.find(tx, "READER@example.org") == [
            replace(subscription("Reader@Example.org"), id=first)
        ]


def test_adding_somebody_who_unsubscribed_does_not_subscribe_them(db: Database) -> None:
    """The operator's file is read again at every start."""
    with db.begin() as tx:
        number = store.subscribers.add(tx, subscription(), NOW)
        store.subscribers.set_state(tx, number, UNSUBSCRIBED, NOW, "one click")
        store.subscribers.add(tx, subscription(), NOW + DAY)
        assert _active(tx) == []
        assert store.subscribers.get(tx, number).reason == "one click"


@pytest.mark.parametrize("state", [one for one in SubscriptionState if one is not ACTIVE])
def test_only_active_subscriptions_are_mailed(db: Database, state: SubscriptionState) -> None:
    """Not the unconfirmed, the unsubscribed or the suspended."""
    with db.begin() as tx:
        store.subscribers.add(tx, subscription("asked@example.org"), NOW)
        store.subscribers.add(tx, subscription("other@example.org", Frequency.DAILY, state), NOW)
        assert (_active(tx), _active(tx, Frequency.DAILY)) == (["asked@example.org"], [])
        assert store.subscribers.frequencies(tx, "ccsvi") == {Frequency.WEEKLY}
        assert store.subscribers.counts(tx, "ccsvi") == {ACTIVE: 1, state: 1}
        assert len(list(store.subscribers.everyone(tx))) == 2


def test_a_state_is_entered_once(db: Database) -> None:
    """A second click on the same button ends nothing more."""
    with db.begin() as tx:
        number = store.subscribers.add(tx, subscription(), NOW)
        assert store.subscribers.set_state(tx, number, UNSUBSCRIBED, NOW, "one click")
        assert not store.subscribers.set_state(tx, number, UNSUBSCRIBED, NOW, "again")
        with pytest.raises(KeyError):
            store.subscribers.get(tx, number + 1)


def test_a_subscriber_is_welcomed_once(db: Database) -> None:
    """From then on only news."""
    with db.begin() as tx:
        number = store.subscribers.add(tx, subscription(), NOW)
        assert [one for one, _ in store.subscribers.unwelcomed(tx, "ccsvi")] == [number]
        store.subscribers.mark_welcomed(tx, [number], NOW)
        assert list(store.subscribers.unwelcomed(tx, "ccsvi")) == []


def test_preferences_are_kept(db: Database) -> None:
    """Time zone, language and attachments."""
    with db.begin() as tx:
        number = store.subscribers.add(tx, subscription(), NOW)
        store.subscribers.set_preferences(tx, number, timezone="Asia/Tokyo", language="ja", attachments=("ris",))
        kept = store.subscribers.get(tx, number)
        assert (kept.timezone, kept.language, kept.attachments) == ("Asia/Tokyo", "ja", ("ris",))


# --- another frequency ----------------------------------------------------------------------------------


@pytest.mark.parametrize(("old", "new"), [(Frequency.WEEKLY, Frequency.DAILY), (Frequency.DAILY, Frequency.WEEKLY)])
def test_a_change_of_frequency_loses_no_change_and_sends_none_twice(
    db: Database, old: Frequency, new: Frequency
) -> None:
    """The daily digest contains a change that the weekly one does not yet: a switch must wait for the weekly digest."""
    with db.begin() as tx:
        number = store.subscribers.add(tx, subscription(frequency=old), NOW)
        added = store.changes.add(tx, [change()])
        _issue(tx, Frequency.DAILY, added)
        assert not store.frequency_changes.switch(tx, number, new)
        assert store.subscribers.frequencies(tx, "ccsvi") == {old}
        _issue(tx, Frequency.WEEKLY, added)
        assert store.subscribers.frequencies(tx, "ccsvi") == {new}


@pytest.mark.parametrize(("kind", "holds_at_once"), [(ChangeKind.NEW, True), (ChangeKind.RETRACTED, False)])
def test_a_switch_from_at_once_to_weekly_waits_only_for_what_at_once_has_reported(
    db: Database, kind: ChangeKind, holds_at_once: bool
) -> None:
    """ "At once" never reports a new article; a retraction was reported at once and is due in the weekly digest."""
    with db.begin() as tx:
        number = store.subscribers.add(tx, subscription(frequency=Frequency.AT_ONCE), NOW)
        added = store.changes.add(tx, [change(kind=kind)])
        _issue(tx, Frequency.AT_ONCE if kind is ChangeKind.RETRACTED else Frequency.WEEKLY, added)
        assert store.frequency_changes.switch(tx, number, Frequency.WEEKLY) is holds_at_once


def _issue(tx: Tx, frequency: Frequency, added: list[object]) -> None:
    store.digests.start_schedule(tx, "other", frequency, NOW, NOW)
    tx.exec_driver_sql("UPDATE digest_schedules SET topic = 'ccsvi' WHERE topic = 'other'")
    token = store.digests.claim_due(tx, "ccsvi", frequency, NOW, LEASE)
    assert token
    store.digests.add(tx, digest(added, frequency), RENDERED, NOW)  # type: ignore[arg-type]  # Changes
    store.digests.finish_schedule(tx, "ccsvi", frequency, token, NOW + DAY, NOW, sent=True)


def test_a_change_of_frequency_takes_effect_at_once_while_nothing_is_pending(db: Database) -> None:
    """The usual case; where nobody had this frequency before, as soon as its digests are planned."""
    with db.begin() as tx:
        number = store.subscribers.add(tx, subscription(), NOW)
        assert store.frequency_changes.switch(tx, number, Frequency.MONTHLY)
        assert _active(tx, Frequency.MONTHLY) == ["reader@example.org"]
        store.digests.start_schedule(tx, "ccsvi", Frequency.MONTHLY, NOW, NOW)
        assert not store.frequency_changes.switch(tx, number, Frequency.WEEKLY)
        store.digests.start_schedule(tx, "ccsvi", Frequency.WEEKLY, NOW, NOW)
        assert _active(tx, Frequency.WEEKLY) == ["reader@example.org"]


# --- one person's data -------------------------------------------------------------------------------


def _everything_about(tx: Tx, address: str) -> int:
    """A person of whom every table knows something; the subscription's id."""
    outbox(tx, address, "other@example.org")
    (mine,) = store.subscribers.find(tx, address)
    store.consents.add(tx, Consent(mine.id, ConsentEvent.CONFIRMED, NOW, "page", f"Yes, {address}", "1", "192.0.2.7"))
    store.transactional.add(tx, TransactionalKind.LINK, mine.id, NOW, address_hash="a", network_hash="n")
    for delivery in store.deliveries.claim(tx, NOW, 9, LEASE):
        refused = SendResult(SendOutcome.DEFERRED, 450, f"4.2.1 <{delivery.address}> over quota")
        store.deliveries.record(tx, [(delivery, refused, NOW + DAY)], NOW)
        if delivery.subscription_id == mine.id:
            store.bounces.add(tx, Bounce(mine.id, BounceKind.HARD, NOW, "dsn-1", delivery.id, "5.1.1", f"<{address}>"))
    return mine.id


def test_an_export_contains_everything_stored_about_one_person_and_nobody_else(db: Database) -> None:
    """Every table that knows them."""
    with db.begin() as tx:
        _everything_about(tx, "me@example.org")
        mine = store.personal_data.export(tx, "ME@example.org")
        assert {table: len(rows) for table, rows in mine.items()} == {
            "subscribers": 1, "subscriptions": 1, "consents": 1, "deliveries": 1, "bounces": 1,
            "transactional_mails": 1,
        }  # fmt: skip
        assert mine["deliveries"][0]["subject"] == RENDERED.subject
        assert "other@example.org" not in str(mine)
        assert not any(store.personal_data.export(tx, "nobody@example.org").values())


def test_an_erased_person_leaves_only_a_hash(db: Database) -> None:
    """And is never mailed again, not even from the outbox."""
    with db.begin() as tx:
        number = _everything_about(tx, "me@example.org")
        assert store.personal_data.erase(tx, "Me@example.org", "keyed-hash", NOW)
        assert not store.personal_data.erase(tx, "me@example.org", "keyed-hash", NOW)
        assert not any(store.personal_data.export(tx, "me@example.org").values())
        assert store.suppressions.has_any(tx, ["older-key", "keyed-hash"])
        assert store.bounces.of(tx, [number]) == store.consents.of(tx, [number]) == []
        assert [one.address for one in store.subscribers.everyone(tx)] == ["other@example.org"]
        assert [one.address for one in store.deliveries.claim(tx, NOW + DAY, 9, LEASE)] == ["other@example.org"]
        assert store.delivery_counts.counts(tx)[DeliveryState.CANCELLED] == 1


def test_an_erased_address_is_nowhere_in_the_file(sqlite_db: Database) -> None:
    """SQLite keeps deleted text in its file unless it is told to overwrite it."""
    with sqlite_db.begin() as tx:
        _everything_about(tx, "very.unlikely@example.org")
    with sqlite_db.begin() as tx:
        store.personal_data.erase(tx, "very.unlikely@example.org", "keyed-hash", NOW)
    sqlite_db.close()
    files = list(sqlite_file(sqlite_db).parent.glob("monitor.db*"))
    assert files
    assert b"very.unlikely" not in b"".join(file.read_bytes() for file in files)


def test_the_owner_may_remove_an_address_from_the_suppression_list(db: Database) -> None:
    """Any of the hashes that still count finds it; the first reason stays."""
    with db.begin() as tx:
        store.suppressions.add(tx, "h1", "erased", NOW)
        store.suppressions.add(tx, "h1", "complaint", NOW)
        assert store.suppressions.has_any(tx, ["h2", "h1"])
        assert store.suppressions.lift(tx, ["h1", "h2"])
        assert not store.suppressions.has_any(tx, ["h1", "h2"])


def test_a_bounce_read_twice_counts_once(db: Database) -> None:
    """The bounce mailbox is read again after a crash; after a time old ones no longer count."""
    with db.begin() as tx:
        outbox(tx)
        (delivery,) = store.deliveries.claim(tx, NOW, 9, LEASE)
        number = delivery.subscription_id
        found = store.bounces.delivery_of(tx, message_id(delivery.digest_id, number))
        assert found == (delivery.id, number)
        assert store.bounces.delivery_of(tx, "<of@somebody.else>") is None
        hard, soft = Bounce(number, BounceKind.HARD, NOW, "a", delivery.id), Bounce(number, BounceKind.SOFT, NOW, "b")
        assert [store.bounces.add(tx, one) for one in (hard, hard, soft)] == [True, False, True]
        assert store.bounces.hard_since(tx, number) == 1
        assert store.bounces.hard_since(tx, number, NOW) == 0
        assert store.bounces.of(tx, [number]) == [hard, soft]
