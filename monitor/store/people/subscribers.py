"""Subscribers and their subscriptions: topic, frequency, preferences and state.

One person has one row in `subscribers` however the address is spelled, and one subscription for
each topic. Only an ACTIVE subscription is mailed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, bindparam, func, select, true, update

from monitor.errors import ConflictError
from monitor.model import Frequency, Subscription, SubscriptionState
from monitor.model.values.email_address import key
from monitor.store.database import bulk
from monitor.store.database.engine import Tx
from monitor.store.database.prepared import Prepared
from monitor.store.schema.mail_tables import IS_CHANNEL, subscribers, subscriptions

_SUBSCRIPTION = (
    subscriptions.c.topic,
    subscribers.c.address,
    subscriptions.c.frequency,
    subscriptions.c.state,
    subscriptions.c.timezone,
    subscriptions.c.language,
    subscriptions.c.attachments,
    subscriptions.c.reason,
    subscriptions.c.next_frequency,
    subscriptions.c.id,
    subscribers.c.channel,
)

_ACTIVE = and_(subscriptions.c.topic == bindparam("of_topic"), subscriptions.c.state == SubscriptionState.ACTIVE)
_FREQUENCIES = Prepared(select(subscriptions.c.frequency).where(_ACTIVE).distinct())
_UNWELCOMED = (
    select(subscriptions.c.id, subscriptions.c.frequency)
    .where(_ACTIVE, subscriptions.c.welcomed_at.is_(None))
    .order_by(subscriptions.c.id)
    .execution_options(yield_per=bulk.FETCH_SIZE)
)

#: The beginning of the reason of a subscription that an operator suspended; only an operator may resume it.
BY_OPERATOR = "suspended by the operator"


def may_confirm(subscription: Subscription) -> bool:
    """May a mailed link activate it? Yes also after suspension for bounces: whoever opens it receives mail again."""
    if subscription.state is SubscriptionState.SUSPENDED:
        return not subscription.reason.startswith(BY_OPERATOR)
    return subscription.state is SubscriptionState.UNCONFIRMED


def add(tx: Tx, subscription: Subscription, now: datetime) -> int:
    """Store a subscription; returns its id. An existing one of the person for this topic is returned unchanged."""
    add_all(tx, [subscription], now)
    of_person = subscribers.c.address_key == key(subscription.address)
    owner = select(subscribers.c.id).where(of_person).scalar_subquery()
    of_topic = and_(subscriptions.c.subscriber_id == owner, subscriptions.c.topic == subscription.topic)
    number: int = tx.execute(select(subscriptions.c.id).where(of_topic)).scalar_one()
    return number


def add_all(tx: Tx, wanted: Collection[Subscription], now: datetime) -> list[Subscription]:
    """Store subscriptions; returns the new ones with their ids. Existing ones (same person and topic) do not change."""
    people = [
        {"address": one.address.strip(), "address_key": key(one.address), "added_at": now, "channel": one.channel}
        for one in wanted
    ]
    bulk.upsert(tx, subscribers, people, keys=["address_key"])
    listed = select(subscribers.c.id, subscribers.c.address_key)
    address_keys = {key(one.address) for one in wanted}
    owners = {row.address_key: row.id for row in bulk.select_among(tx, listed, subscribers.c.address_key, address_keys)}
    owned = [(owners[key(one.address)], one) for one in wanted]
    rows = bulk.insert_new(
        tx, subscriptions, [_row(one, owner, now) for owner, one in owned], keys=["subscriber_id", "topic"]
    )
    by_owner_and_topic = {(owner, one.topic): one for owner, one in reversed(owned)}
    return [replace(by_owner_and_topic[row.subscriber_id, row.topic], id=row.id) for row in rows]


def _row(subscription: Subscription, subscriber_id: int, now: datetime) -> dict[str, Any]:
    is_active = subscription.state is SubscriptionState.ACTIVE
    return {
        "subscriber_id": subscriber_id,
        "topic": subscription.topic,
        "frequency": subscription.frequency,
        "state": subscription.state,
        "state_since": now,
        "reason": subscription.reason,
        "timezone": subscription.timezone,
        "language": subscription.language,
        "attachments": subscription.attachments,
        "added_at": now,
        "confirmed_at": now if is_active else None,
        "withdrawn_at": now if subscription.state is SubscriptionState.UNSUBSCRIBED else None,
    }


# --- reading --------------------------------------------------------------------------------------


def get_known(tx: Tx, subscription_id: int) -> Subscription | None:
    """One subscription, None when it does not exist (any more) or its subscriber was erased."""
    try:
        found = get(tx, subscription_id)
    except KeyError:
        return None
    return found if found.address else None


def find(tx: Tx, address: str) -> list[Subscription]:
    """Every subscription of one person, by topic."""
    return list(_found(tx, _query(subscribers.c.address_key == key(address)).order_by(subscriptions.c.topic)))


def existing(tx: Tx, addresses: Iterable[str]) -> set[tuple[str, str]]:
    """The subscriptions of these addresses in any state, as (address key, topic)."""
    ours = select(subscribers.c.address_key, subscriptions.c.topic).join(
        subscriptions, subscriptions.c.subscriber_id == subscribers.c.id
    )
    return {
        (row.address_key, row.topic)
        for row in bulk.select_among(tx, ours, subscribers.c.address_key, map(key, addresses))
    }


def get(tx: Tx, subscription_id: int) -> Subscription:
    """One subscription; raises KeyError when there is none of this id."""
    for subscription in _found(tx, _query(subscriptions.c.id == subscription_id)):
        return subscription
    raise KeyError(subscription_id)


def state_since(tx: Tx, subscription_id: int) -> datetime:
    """The instant at which a subscription entered its state; raises NoResultFound when there is none of this id."""
    since: datetime = tx.execute(
        select(subscriptions.c.state_since).where(subscriptions.c.id == subscription_id)
    ).scalar_one()
    return since


def links_ended_at(tx: Tx, subscription_id: int) -> datetime | None:
    """When the owner of a subscription ended all personal links made until then; None for never."""
    owned = select(subscribers.c.links_ended_at).join(subscriptions, subscriptions.c.subscriber_id == subscribers.c.id)
    at: datetime | None = tx.scalar(owned.where(subscriptions.c.id == subscription_id))
    return at


def everyone(tx: Tx, topic: str | None = None) -> Iterator[Subscription]:
    """Every subscription of a person (to one topic) in any state, by id; streamed. Without erased subscribers."""
    of_topic = subscriptions.c.topic == topic if topic is not None else true()
    of_person = and_(subscribers.c.erased_at.is_(None), subscribers.c.channel == "")
    yield from _found(tx, _query(of_topic, of_person).order_by(subscriptions.c.id))


def of_channels(tx: Tx) -> list[Subscription]:
    """Every subscription of a channel in any state."""
    ids = select(subscribers.c.id).where(IS_CHANNEL)
    return list(_found(tx, _query(subscriptions.c.subscriber_id.in_(ids))))


def active(tx: Tx, topic: str, frequency: Frequency) -> Iterator[Subscription]:
    """The active subscriptions of this topic and frequency, by id; streamed."""
    ours = and_(_is_active(topic), subscriptions.c.frequency == frequency)
    yield from _found(tx, _query(ours).order_by(subscriptions.c.id))


def frequencies(tx: Tx, topic: str) -> set[Frequency]:
    """The frequencies of the topic's active subscriptions."""
    return set(_FREQUENCIES.column(tx, of_topic=topic))


def unwelcomed(tx: Tx, topic: str) -> Iterator[tuple[int, Frequency]]:
    """Id and frequency of the active subscriptions whose welcome digest is not yet in the outbox; streamed."""
    for row in tx.execute(_UNWELCOMED, {"of_topic": topic}):
        yield row.id, row.frequency


def counts(tx: Tx, topic: str) -> dict[SubscriptionState, int]:
    """The number of the topic's subscriptions by state, without states that have none."""
    rows = select(subscriptions.c.state, func.count()).where(subscriptions.c.topic == topic)
    return {row[0]: row[1] for row in tx.execute(rows.group_by(subscriptions.c.state))}


def all_counts(tx: Tx) -> dict[str, dict[SubscriptionState, int]]:
    """`counts` of every topic that has subscriptions."""
    found: dict[str, dict[SubscriptionState, int]] = {}
    rows = select(subscriptions.c.topic, subscriptions.c.state, func.count())
    for topic, state, number in tx.execute(rows.group_by(subscriptions.c.topic, subscriptions.c.state)):
        found.setdefault(topic, {})[state] = number
    return found


# --- changing --------------------------------------------------------------------------------------


def end_links(tx: Tx, address: str, now: datetime) -> bool:
    """End all personal links of one person that were made until now; False when there is no such person."""
    person = update(subscribers).where(subscribers.c.address_key == key(address))
    return tx.execute(person.values(links_ended_at=now)).rowcount == 1


def mark_welcomed(tx: Tx, subscription_ids: list[int], now: datetime) -> None:
    """Record that their welcome digest is in the outbox; raises ConflictError when one of them has had it already."""
    welcomed = update(subscriptions).where(subscriptions.c.welcomed_at.is_(None)).values(welcomed_at=now)
    if bulk.update_among(tx, welcomed, subscriptions.c.id, subscription_ids) != len(subscription_ids):
        raise ConflictError("Another process has just welcomed these subscribers.")


def reset_welcome(tx: Tx, subscription_id: int) -> None:
    """Let the subscription get the next welcome digest: its subscriber has returned."""
    tx.execute(update(subscriptions).where(subscriptions.c.id == subscription_id).values(welcomed_at=None))


def set_state(tx: Tx, subscription_id: int, state: SubscriptionState, now: datetime, reason: str = "") -> bool:
    """Set the state of a subscription and the reason; False when it is in that state already or does not exist.

    Once this is committed, waiting mail of a subscription that is not ACTIVE is no longer sent.
    """
    values: dict[str, Any] = {"state": state, "state_since": now, "reason": reason}
    if state is SubscriptionState.ACTIVE:
        values["confirmed_at"] = func.coalesce(subscriptions.c.confirmed_at, now)
        values["withdrawn_at"] = None
    moved = update(subscriptions).where(subscriptions.c.id == subscription_id, subscriptions.c.state != state)
    return tx.execute(moved.values(values)).rowcount == 1


def record_withdrawal(tx: Tx, subscription_ids: Iterable[int], now: datetime) -> None:
    """Remember that their owner does not want them, whatever is requested later, until one is confirmed again.

    Does not change the state.
    """
    withdrawn = update(subscriptions).values(withdrawn_at=now)
    bulk.update_among(tx, withdrawn, subscriptions.c.id, list(subscription_ids))


def unconfirmed_of(tx: Tx, wanted: Collection[Subscription]) -> list[int]:
    """The ids of the requests that nobody has confirmed, for the same person and topic as one of `wanted`."""
    places = {(key(one.address), one.topic) for one in wanted}
    listed = (
        select(subscriptions.c.id, subscriptions.c.topic, subscribers.c.address_key)
        .join(subscribers, subscribers.c.id == subscriptions.c.subscriber_id)
        .where(subscriptions.c.state == SubscriptionState.UNCONFIRMED)
    )
    rows = bulk.select_among(tx, listed, subscribers.c.address_key, {place[0] for place in places})
    return [row.id for row in rows if (row.address_key, row.topic) in places]


def set_preferences(
    tx: Tx, subscription_id: int, *, timezone: str, language: str, attachments: tuple[str, ...]
) -> None:
    """Store the preferences other than frequency, which `store.frequency_changes.switch` changes."""
    values = {"timezone": timezone, "language": language, "attachments": attachments}
    tx.execute(update(subscriptions).where(subscriptions.c.id == subscription_id).values(values))


def apply_request(tx: Tx, subscription_id: int, requested: Subscription) -> None:
    """Overwrite the choices of an inactive subscription by a new request; its frequency takes effect at once."""
    values = {"frequency": requested.frequency, "next_frequency": None, "timezone": requested.timezone}
    presentation = {"language": requested.language, "attachments": requested.attachments}
    tx.execute(update(subscriptions).where(subscriptions.c.id == subscription_id).values(values | presentation))


def _is_active(topic: str) -> ColumnElement[bool]:
    return and_(subscriptions.c.topic == topic, subscriptions.c.state == SubscriptionState.ACTIVE)


def _query(*conditions: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    return (
        select(*_SUBSCRIPTION).join(subscribers, subscribers.c.id == subscriptions.c.subscriber_id).where(*conditions)
    )


def _found(tx: Tx, query: Select[*tuple[Any, ...]]) -> Iterator[Subscription]:
    for row in tx.execute(query.execution_options(yield_per=bulk.FETCH_SIZE)):
        yield _subscription(row)


def _subscription(row: Row[*tuple[Any, ...]]) -> Subscription:
    return Subscription(**row._mapping)
