"""Double opt-in: a person requests a subscription and confirms it by a link mailed to the address.

Nothing here discloses whether an address is known: every request has the same visible outcome, and only the mail
differs. A request only stores a transactional mail; `monitor.delivery.transactional` sends it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor import store
from monitor.model import ConsentEvent, Frequency, Subscription, SubscriptionState, TransactionalKind
from monitor.store import Database, Tx
from monitor.subscribers import consent
from monitor.subscribers.address_hash import AddressKey, address_hmacs, network
from monitor.subscribers.consent import Visit


@dataclass(frozen=True, slots=True)
class SubscriptionRequest:
    """What a person entered in the form. `address` has been validated."""

    topic: str
    address: str
    frequency: Frequency
    timezone: str = "UTC"
    language: str = "en"
    attachments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Limits:
    """How many mails may be requested: to one address in a day, from one network and overall in an hour."""

    per_address: int = 3
    per_network: int = 20
    overall: int = 200


def request(
    db: Database,
    requested: SubscriptionRequest,
    visit: Visit,
    keys: Sequence[str],
    now: datetime,
    limits: Limits = Limits(),
) -> bool:
    """Request a subscription: the address is mailed to confirm it or, if subscribed already, a preferences link.

    False when too many mails were requested, from this network or overall; the caller may say so. An
    address that has reached its limit is not mailed, which is not disclosed.
    """
    person, network_hash = AddressKey(requested.address, keys), _network_hash(visit, keys)
    with db.begin() as tx:
        if _is_over_limit(tx, network_hash, now, limits):
            return False
        found = _process_request(tx, requested, person, visit, now) if _may_mail(tx, person, now, limits) else None
        kind, subscription_id = found or (TransactionalKind.CONFIRM, None)
        _store_mail(tx, kind, subscription_id, person, network_hash, now)
    return True


def request_link(
    db: Database, address: str, visit: Visit, keys: Sequence[str], now: datetime, limits: Limits = Limits()
) -> bool:
    """Request a new preferences link, mailed only to an address with an active subscription. Returns as `request`."""
    person, network_hash = AddressKey(address, keys), _network_hash(visit, keys)
    with db.begin() as tx:
        if _is_over_limit(tx, network_hash, now, limits):
            return False
        active = [one.id for one in store.subscribers.find(tx, address) if one.state is SubscriptionState.ACTIVE]
        is_mailed = active and _may_mail(tx, person, now, limits)
        _store_mail(tx, TransactionalKind.LINK, active[0] if is_mailed else None, person, network_hash, now)
    return True


def _process_request(
    tx: Tx, requested: SubscriptionRequest, person: AddressKey, visit: Visit, now: datetime
) -> tuple[TransactionalKind, int] | None:
    """Store the request; returns the mail to send and its subscription, None when the address may not be mailed."""
    existing = next(
        (one for one in store.subscribers.find(tx, requested.address) if one.topic == requested.topic), None
    )
    if existing and existing.state is SubscriptionState.ACTIVE:
        return TransactionalKind.LINK, existing.id
    if (existing and existing.reason.startswith(store.subscribers.BY_OPERATOR)) or _has_complained(tx, person):
        return None
    if (
        existing and existing.state is SubscriptionState.SUSPENDED
    ):  # whoever requests it may be a stranger: change nothing
        consent.record(tx, existing.id, ConsentEvent.REQUESTED, visit, now)
        return TransactionalKind.CONFIRM, existing.id
    subscription = _unconfirmed(requested)
    number = store.subscribers.add(tx, subscription, now)
    if existing:
        store.subscribers.set_state(tx, number, SubscriptionState.UNCONFIRMED, now, existing.reason)
        store.subscribers.apply_request(tx, number, subscription)
    consent.record(tx, number, ConsentEvent.REQUESTED, visit, now)
    return TransactionalKind.CONFIRM, number


def _unconfirmed(requested: SubscriptionRequest) -> Subscription:
    return Subscription(
        requested.topic,
        requested.address,
        requested.frequency,
        SubscriptionState.UNCONFIRMED,
        requested.timezone,
        requested.language,
        requested.attachments,
    )


def _is_over_limit(tx: Tx, network_hash: str, now: datetime, limits: Limits) -> bool:
    hour = now - timedelta(hours=1)
    if store.transactional.count_requested(tx, hour) >= limits.overall:
        return True
    return store.transactional.count_requested(tx, hour, network_hash=network_hash) >= limits.per_network


def _may_mail(tx: Tx, person: AddressKey, now: datetime, limits: Limits) -> bool:
    day = now - timedelta(days=1)
    return store.transactional.count_requested(tx, day, address_hashes=person.mailbox_hmacs) < limits.per_address


def _network_hash(visit: Visit, keys: Sequence[str]) -> str:
    """The hash under which a network is counted; all visitors without a known address share one."""
    return address_hmacs(network(visit.ip) or "nowhere", keys)[0]


def _has_complained(tx: Tx, person: AddressKey) -> bool:
    """A complaint counts for every "+tag" of the address; otherwise a stranger could go on with another one."""
    return store.suppressions.COMPLAINED in store.suppressions.reasons(tx, person.hmacs + person.untagged_hmacs)


def _store_mail(
    tx: Tx,
    kind: TransactionalKind,
    subscription_id: int | None,
    person: AddressKey,
    network_hash: str,
    now: datetime,
) -> None:
    counted = person.mailbox_hmacs[0]
    store.transactional.add(tx, kind, subscription_id, now, address_hash=counted, network_hash=network_hash)


def is_confirmable(subscription: Subscription) -> bool:
    """May the confirmation link be used? True also for a second click on it."""
    return subscription.state is SubscriptionState.ACTIVE or store.subscribers.may_confirm(subscription)


def confirm(db: Database, subscription_id: int, visit: Visit, keys: Sequence[str], now: datetime) -> bool:
    """Activate a requested subscription; False when there is nothing (more) to confirm. Idempotent.

    A returning subscriber gets the welcome digest again.
    """
    with db.begin() as tx:
        existing = store.subscribers.get_known(tx, subscription_id)
        if existing is None or not is_confirmable(existing):
            return False
        if store.subscribers.set_state(tx, existing.id, SubscriptionState.ACTIVE, now):
            store.subscribers.reset_welcome(tx, existing.id)
            store.suppressions.lift(tx, AddressKey(existing.address, keys).hmacs)
            consent.record(tx, existing.id, ConsentEvent.CONFIRMED, visit, now)
    return True
