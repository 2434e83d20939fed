"""The channels of the configuration as subscriptions: what each start makes of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time

from monitor import store
from monitor.model import (
    ChannelSettings,
    DigestPlan,
    Frequency,
    Settings,
    SmtpSettings,
    Subscription,
    SubscriptionState,
)
from monitor.store import Database
from monitor.subscribers import channels
from tests.support.digest_samples import TOPIC
from tests.support.factories import DAY, NOW
from tests.support.settings import settings

PLAN = DigestPlan(Frequency.MONTHLY, at=time(9), timezone="Europe/London")
CCSVI, VEINS = replace(TOPIC, digest=PLAN), replace(TOPIC, key="veins", digest=PLAN)
ROOM = ChannelSettings("room", ("ccsvi", "veins"), "slack://x")
HOOK = ChannelSettings("hook", ("veins",), "https://x", "s", Frequency.DAILY, "Europe/Rome", "it")


def configured(*found: ChannelSettings) -> Settings:
    """Settings with two topics and these channels."""
    return replace(settings(SmtpSettings("x", "m@example.org")), topics=(CCSVI, VEINS), channels=found)


def started(db: Database, *found: ChannelSettings, at: datetime = NOW) -> dict[tuple[str, str], Subscription]:
    """The service starts with these; its subscriptions by channel and topic."""
    with db.begin() as tx:
        channels.configure(tx, configured(*found), at)
        return {(one.channel, one.topic): one for one in store.subscribers.of_channels(tx)}


def test_each_channel_subscribes_to_each_of_its_topics(sqlite_db: Database) -> None:
    """As it says itself, else as the topic does; a second start changes nothing."""
    found = started(sqlite_db, ROOM, HOOK)
    expected = Subscription("ccsvi", "channel:room", Frequency.MONTHLY, SubscriptionState.ACTIVE, "Europe/London")
    assert {place: replace(one, id=0) for place, one in found.items()} == {
        ("room", "ccsvi"): replace(expected, channel="room"),
        ("room", "veins"): replace(expected, topic="veins", channel="room"),
        ("hook", "veins"): Subscription(
            "veins", "channel:hook", Frequency.DAILY, SubscriptionState.ACTIVE, "Europe/Rome", "it", channel="hook"
        ),
    }
    assert started(sqlite_db, ROOM, HOOK, at=NOW + DAY) == found


def test_one_that_is_removed_ends_and_the_others_go_on(sqlite_db: Database) -> None:
    """Of one topic or of all; it is said why, and since when."""
    started(sqlite_db, ROOM, HOOK)
    found = started(sqlite_db, replace(ROOM, topics=("veins",)), at=NOW + DAY)
    ended = {place for place, one in found.items() if one.state is SubscriptionState.UNSUBSCRIBED}
    assert ended == {("room", "ccsvi"), ("hook", "veins")}
    assert {found[place].reason for place in ended} == {"no longer in the configuration"}
    assert started(sqlite_db, replace(ROOM, topics=("veins",)), at=NOW + 2 * DAY) == found
    with sqlite_db.read() as tx:
        assert {store.subscribers.state_since(tx, found[place].id) for place in ended} == {NOW + DAY}


def test_one_that_is_configured_again_is_welcomed_again_and_as_it_says_now(sqlite_db: Database) -> None:
    """The same subscription, as of a person who returns."""
    before = started(sqlite_db, HOOK)["hook", "veins"]
    with sqlite_db.begin() as tx:
        store.subscribers.mark_welcomed(tx, [before.id], NOW)
    started(sqlite_db)
    again = started(sqlite_db, replace(HOOK, frequency=Frequency.WEEKLY, timezone="UTC", language="en"), at=NOW + DAY)
    assert again["hook", "veins"] == replace(before, frequency=Frequency.WEEKLY, timezone="UTC", language="en")
    with sqlite_db.read() as tx:
        assert list(store.subscribers.unwelcomed(tx, "veins")) == [(before.id, Frequency.WEEKLY)]


def test_what_is_changed_in_the_configuration_is_changed(sqlite_db: Database) -> None:
    """Time zone, language, and the frequency, which may have to wait."""
    before = started(sqlite_db, HOOK)["hook", "veins"]
    for changed in ({"timezone": "UTC"}, {"language": "de"}, {"frequency": Frequency.WEEKLY}):
        wanted = replace(HOOK, **changed)  # type: ignore[arg-type]  # one of its fields
        assert started(sqlite_db, wanted)["hook", "veins"] == replace(before, **changed)  # type: ignore[arg-type]
        started(sqlite_db, HOOK)


def test_one_that_the_operator_suspended_stays_so_with_or_without_it(sqlite_db: Database) -> None:
    """Neither a start with it nor one without it forgets the reason."""
    number = started(sqlite_db, HOOK)["hook", "veins"].id
    with sqlite_db.begin() as tx:
        store.subscribers.set_state(tx, number, SubscriptionState.SUSPENDED, NOW, "suspended by the operator")
    for found in ((HOOK,), (), (HOOK,)):
        held = started(sqlite_db, *found)["hook", "veins"]
        assert (held.state, held.reason) == (SubscriptionState.SUSPENDED, "suspended by the operator")
