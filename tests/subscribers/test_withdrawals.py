"""Who left stays away, in whatever order strangers type the address and operators import lists."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from itertools import permutations

import pytest

from monitor import store
from monitor.bounces.suspension import register_bounce
from monitor.links import CONFIRM_WITHIN
from monitor.model import Bounce, BounceKind, Frequency, Subscription, SubscriptionState
from monitor.store import Database
from monitor.subscribers import admin, opt_in, retention
from monitor.subscribers.address_hash import AddressKey
from monitor.subscribers.consent import Visit
from monitor.subscribers.opt_in import SubscriptionRequest
from monitor.subscribers.unsubscribe import unsubscribe_by_link
from tests.support.factories import DAY, NOW, subscription

KEYS = ("a-key-of-at-least-32-characters-long-1",)
READER = "reader@example.org"
ACTIVE, UNSUBSCRIBED = SubscriptionState.ACTIVE, SubscriptionState.UNSUBSCRIBED


@dataclass
class World:
    """One database and its date, on which things happen one after the other, ten days apart."""

    db: Database
    at: datetime = NOW

    def reader(self) -> Subscription | None:
        """What is stored of the reader."""
        with self.db.read() as tx:
            return next(iter(store.subscribers.find(tx, READER)), None)

    def happens(self, event: Callable[[World], object]) -> None:
        """Let it happen, and the clean-up of the days after it."""
        event(self)
        self.at += CONFIRM_WITHIN + 3 * DAY
        retention.clean_up(self.db, self.at)


def listed_as(world: World, state: SubscriptionState) -> None:
    """The operator imports a list with the reader in this state."""
    admin.import_subscribers(world.db, [subscription(READER, state=state)], KEYS, world.at, form="list", consent="x")


def leaves_by_list(world: World) -> None:
    """Another system's list says that the reader had left."""
    listed_as(world, UNSUBSCRIBED)


def stranger_types_the_address(world: World) -> None:
    """And nobody confirms."""
    opt_in.request(
        world.db, SubscriptionRequest("ccsvi", Frequency.WEEKLY), AddressKey(READER, KEYS), Visit("page"), world.at
    )


def declines(world: World) -> None:
    """The reader ends whatever there is with a link."""
    if found := world.reader():
        unsubscribe_by_link(world.db, found.id, Visit("unsubscribe page"), world.at)


def mail_comes_back(world: World) -> None:
    """The mail that asks to confirm is returned."""
    if found := world.reader():
        with world.db.begin() as tx:
            register_bounce(tx, Bounce(found.id, BounceKind.HARD, world.at, f"key {world.at}", None, "5.1.1"), world.at)


MEANWHILE = (stranger_types_the_address, mail_comes_back, stranger_types_the_address)


def _names(order: tuple[Callable[[World], object], ...]) -> str:
    return ", ".join(event.__name__ for event in order)


@pytest.mark.parametrize("order", sorted(set(permutations((leaves_by_list, *MEANWHILE))), key=_names), ids=_names)
def test_imported_as_unsubscribed_stays_so(db: Database, order: tuple[Callable[[World], object], ...]) -> None:
    """Whatever strangers do before or after, a list that says "active" adds nobody who left."""
    world = World(db)
    for event in order:
        world.happens(event)
    world.happens(lambda world: listed_as(world, ACTIVE))
    found = world.reader()
    assert found
    assert found.state is UNSUBSCRIBED


@pytest.mark.parametrize(
    ("stored", "afterwards"),
    [
        (None, UNSUBSCRIBED),
        (SubscriptionState.UNCONFIRMED, UNSUBSCRIBED),
        (UNSUBSCRIBED, UNSUBSCRIBED),
        (ACTIVE, ACTIVE),  # who has confirmed here is believed before any list
        (SubscriptionState.SUSPENDED, SubscriptionState.SUSPENDED),
    ],
)
def test_what_a_list_that_says_left_does(
    db: Database, stored: SubscriptionState | None, afterwards: SubscriptionState
) -> None:
    """For each state of the subscription; a stranger's request and a list that says "active" follow."""
    world = World(db)
    if stored:
        with db.begin() as tx:
            store.subscribers.add(tx, subscription(READER, state=stored), world.at)
    for event in (leaves_by_list, stranger_types_the_address, lambda world: listed_as(world, ACTIVE)):
        world.happens(event)
    found = world.reader()
    assert found
    assert found.state is afterwards


def test_a_list_that_says_left_is_heard_while_a_strangers_request_waits(db: Database) -> None:
    """The request is known, so the list adds nothing; it must not be forgotten with the request."""
    world = World(db)
    stranger_types_the_address(world)
    world.at += DAY
    world.happens(leaves_by_list)
    world.happens(lambda world: listed_as(world, ACTIVE))
    found = world.reader()
    assert found
    assert found.state is UNSUBSCRIBED


def test_who_declined_a_strangers_request_is_not_imported(db: Database) -> None:
    """Also after a second stranger's request has run out."""
    world = World(db)
    stranger_types_the_address(world)
    world.happens(declines)
    world.happens(stranger_types_the_address)
    world.happens(lambda world: listed_as(world, ACTIVE))
    found = world.reader()
    assert found
    assert found.state is UNSUBSCRIBED


def test_who_left_returns_by_confirming(db: Database) -> None:
    """The owner of the address can always come back, and leave again."""
    world = World(db)
    world.happens(leaves_by_list)
    stranger_types_the_address(world)
    found = world.reader()
    assert found
    assert opt_in.confirm(db, found.id, AddressKey(READER, KEYS), Visit("confirm page"), world.at)
    world.happens(stranger_types_the_address)
    found = world.reader()
    assert found
    assert found.state is ACTIVE


def test_a_request_that_nobody_withdrew_is_still_deleted(db: Database) -> None:
    """An address that a stranger made up leaves nothing behind."""
    world = World(db)
    world.happens(stranger_types_the_address)
    assert world.reader() is None
