"""What a link from a mail shows and changes: until its owner ends it, and for that subscription alone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from monitor import store
from monitor.model import ConsentEvent, Frequency, SubscriptionState
from monitor.store import Database
from monitor.subscribers import do_not_mail, preferences
from monitor.subscribers.address_hash import AddressKey
from monitor.subscribers.consent import Visit, consent_of
from monitor.subscribers.opt_in import SubscriptionRequest
from tests.support.factories import DAY, MINUTE, NOW, subscription

KEYS = ("a-key-of-at-least-32-characters-long-1", "an-older-key-of-at-least-32-characters")
READER, OTHER = "reader@example.org", "other@example.org"
VISIT = Visit("preferences page", "I change it.", "7", "192.0.2.1")


def subscribed(db: Database, address: str = READER, topic: str = "ccsvi", **fields: object) -> int:
    """A subscription; its id."""
    one = replace(subscription(address), topic=topic, **fields)  # type: ignore[arg-type]  # any field
    with db.begin() as tx:
        return store.subscribers.add(tx, one, NOW)


def state(db: Database, number: int) -> SubscriptionState:
    """The state of a subscription."""
    with db.read() as tx:
        return store.subscribers.get(tx, number).state


def test_a_link_works_until_its_owner_ends_all_that_were_made_until_then(sqlite_db: Database) -> None:
    """Those made later work, those of others go on working; nobody is ended who does not exist."""
    number, other = subscribed(sqlite_db), subscribed(sqlite_db, OTHER)
    found = preferences.of_link(sqlite_db, number, NOW)
    assert found
    assert (found.id, found.address) == (number, READER)
    assert preferences.end_links(sqlite_db, " Reader@EXAMPLE.org", NOW) is True
    assert preferences.of_link(sqlite_db, number, NOW) is None
    assert preferences.of_link(sqlite_db, number, NOW - DAY) is None
    assert preferences.of_link(sqlite_db, number, NOW + MINUTE) == found
    assert preferences.of_link(sqlite_db, other, NOW - DAY)
    assert preferences.of_link(sqlite_db, 99, NOW) is None
    assert preferences.end_links(sqlite_db, "nobody@example.org", NOW) is False


def test_what_is_chosen_is_stored_and_recorded(sqlite_db: Database) -> None:
    """Time zone, language, files and frequency; the topic of the request is not asked."""
    number = subscribed(sqlite_db)
    wanted = SubscriptionRequest("another", Frequency.MONTHLY, "Europe/Rome", "it", ("ris", "csv"))
    assert preferences.change(sqlite_db, number, wanted, VISIT, NOW + DAY) is True
    found = preferences.get(sqlite_db, number)
    assert found == replace(
        subscription(READER, Frequency.MONTHLY),
        id=number,
        timezone="Europe/Rome",
        language="it",
        attachments=("ris", "csv"),
    )
    with sqlite_db.read() as tx:
        assert store.consents.of(tx, [number]) == [consent_of(number, ConsentEvent.CHANGED, VISIT, NOW + DAY)]


@pytest.mark.parametrize("held", [one for one in SubscriptionState if one is not SubscriptionState.ACTIVE])
def test_of_a_subscription_that_is_not_active_nothing_is_changed(sqlite_db: Database, held: SubscriptionState) -> None:
    """Nor of one that does not exist; no consent is recorded."""
    number = subscribed(sqlite_db, state=held)
    wanted = SubscriptionRequest("ccsvi", Frequency.DAILY, "Europe/Rome")
    assert preferences.change(sqlite_db, number, wanted, VISIT, NOW) is False
    assert preferences.change(sqlite_db, 99, wanted, VISIT, NOW) is False
    assert preferences.get(sqlite_db, number) == replace(subscription(READER, state=held), id=number)
    with sqlite_db.read() as tx:
        assert store.consents.of(tx, [number]) == []


@pytest.mark.parametrize(
    ("now", "wanted", "begun", "expected"),
    [
        (Frequency.DAILY, Frequency.WEEKLY, {}, None),
        (Frequency.DAILY, Frequency.WEEKLY, {Frequency.DAILY: 1, Frequency.WEEKLY: 5}, 5),
        (Frequency.DAILY, Frequency.WEEKLY, {Frequency.DAILY: 1}, 1),
        (Frequency.DAILY, Frequency.WEEKLY, {Frequency.MONTHLY: 9}, None),
        (Frequency.WEEKLY, Frequency.DAILY, {Frequency.DAILY: 1, Frequency.WEEKLY: 5}, 5),
        (Frequency.WEEKLY, Frequency.DAILY, {Frequency.DAILY: 1}, None),
    ],
)
def test_a_new_frequency_takes_effect_with_the_next_digest_of_the_slower_one(
    sqlite_db: Database, now: Frequency, wanted: Frequency, begun: dict[Frequency, int], expected: int | None
) -> None:
    """Whichever is the new one; where that has no schedule yet, with the next of the present one."""
    with sqlite_db.begin() as tx:
        for frequency, days in begun.items():
            store.digests.start_schedule(tx, "ccsvi", frequency, NOW + days * DAY, NOW)
    one = replace(subscription(READER, now), next_frequency=wanted)
    assert preferences.switches_after(sqlite_db, one) == (None if expected is None else NOW + expected * DAY)


# --- never to be mailed again --------------------------------------------------------------------


def test_who_declines_ends_every_subscription_of_that_mailbox_and_no_other(sqlite_db: Database) -> None:
    """By a link made for one of them; requested by a stranger under another tag, it bars that as well."""
    mine = [subscribed(sqlite_db, topic=topic) for topic in ("ccsvi", "veins")]
    other = subscribed(sqlite_db, OTHER)
    person = AddressKey(READER, KEYS)
    linked = do_not_mail.hmac_for_link(AddressKey("reader+tag@example.org", KEYS))
    assert linked == do_not_mail.hmac_for_link(person) == person.untagged_hmacs[0]
    assert not do_not_mail.is_declined(sqlite_db, linked)
    for day in range(2):
        do_not_mail.decline(sqlite_db, linked, mine[0], KEYS, VISIT, NOW + day * DAY)
    assert do_not_mail.is_declined(sqlite_db, linked)
    assert [state(sqlite_db, number) for number in (*mine, other)] == [
        SubscriptionState.UNSUBSCRIBED,
        SubscriptionState.UNSUBSCRIBED,
        SubscriptionState.ACTIVE,
    ]
    with sqlite_db.read() as tx:
        assert store.consents.of(tx, mine) == [consent_of(one, ConsentEvent.WITHDRAWN, VISIT, NOW) for one in mine]


def test_a_link_of_an_older_key_works_and_one_for_another_mailbox_ends_nothing_here(sqlite_db: Database) -> None:
    """The number in a link is only a hint: the hash decides."""
    number = subscribed(sqlite_db)
    do_not_mail.decline(sqlite_db, AddressKey(OTHER, KEYS).untagged_hmacs[0], number, KEYS, VISIT, NOW)
    do_not_mail.decline(sqlite_db, AddressKey(READER, KEYS).untagged_hmacs[0], 99, KEYS, VISIT, NOW)
    assert state(sqlite_db, number) is SubscriptionState.ACTIVE
    do_not_mail.decline(sqlite_db, AddressKey(READER, KEYS).untagged_hmacs[1], number, KEYS, VISIT, NOW)
    assert state(sqlite_db, number) is SubscriptionState.UNSUBSCRIBED


def test_whom_the_operator_lets_be_mailed_again_was_barred(sqlite_db: Database) -> None:
    """It is said when nobody was; no import adds them, only their own request."""
    hashes = AddressKey(READER, KEYS).untagged_hmacs
    assert do_not_mail.allow(sqlite_db, hashes) is False
    do_not_mail.decline(sqlite_db, hashes[0], 99, KEYS, VISIT, NOW)
    assert do_not_mail.allow(sqlite_db, hashes) is True
    assert not do_not_mail.is_declined(sqlite_db, hashes[0])
    assert do_not_mail.allow(sqlite_db, hashes) is False
    with sqlite_db.read() as tx:
        assert store.suppressions.has_any(tx, hashes)


def test_a_consent_has_what_was_shown_and_the_address_only_when_it_may_be_kept() -> None:
    """The operator decides whether IP addresses are stored."""
    kept = consent_of(3, ConsentEvent.CONFIRMED, replace(VISIT, is_ip_stored=True), NOW)
    assert (kept.subscription_id, kept.event, kept.at, kept.form) == (
        3,
        ConsentEvent.CONFIRMED,
        NOW,
        "preferences page",
    )
    assert (kept.text, kept.text_version, kept.ip) == ("I change it.", "7", "192.0.2.1")
    assert consent_of(3, ConsentEvent.CONFIRMED, VISIT, NOW) == replace(kept, ip="")
    assert Visit("form") == Visit("form", "", "", "", False)
