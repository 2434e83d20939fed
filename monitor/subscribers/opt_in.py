"""Double opt-in: a person requests a subscription and confirms it by a link mailed to the address.

Nothing here discloses whether an address is known: every request has the same visible outcome, and only the mail
differs. A request only stores a transactional mail; `monitor.delivery.transactional` sends it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor import store
from monitor.model import ConsentEvent, Frequency, Subscription, SubscriptionState, TransactionalKind
from monitor.store import Database, Tx
from monitor.subscribers import consent
from monitor.subscribers.address_hash import AddressKey, NetworkKey
from monitor.subscribers.consent import Visit


@dataclass(frozen=True, slots=True)
class SubscriptionRequest:
    """What a person chose in the form."""

    topic: str
    frequency: Frequency
    timezone: str = "UTC"
    language: str = "en"
    attachments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Limits:
    """How many mails may be requested: to one address in a day, from one network and overall in an hour.

    `per_network` is for a household, `per_holder` for all addresses that a single holder may have (see NetworkKey), so
    that nobody uses up what is for everybody. `confirmations` are the requests to confirm that are mailed to one
    address in a year, unless the person confirms or changes something meanwhile.
    """

    per_address: int = 3
    per_network: int = 20
    per_holder: int = 60
    overall: int = 200
    confirmations: int = 3


#: The period of `Limits.confirmations`.
YEAR = timedelta(days=365)


def request(
    db: Database,
    requested: SubscriptionRequest,
    person: AddressKey,
    visit: Visit,
    now: datetime,
    limits: Limits = Limits(),
) -> bool:
    """Request a subscription: the person is mailed to confirm it or, if subscribed already, a preferences link.

    False when too many mails were requested, from this network or overall; the caller may say so. An
    address that has reached its limit is not mailed, which is not disclosed.
    """
    origin = NetworkKey(visit.ip, person.keys)
    with db.begin() as tx:
        if _is_over_limit(tx, origin, now, limits):
            return False
        found = _process_request(tx, requested, person, visit, now) if _may_mail(tx, person, now, limits) else None
        kind, subscription_id = found or (TransactionalKind.CONFIRM, None)
        if kind is TransactionalKind.CONFIRM and confirmations_left(tx, person, now, limits) <= 0:
            subscription_id = None
        _store_mail(tx, kind, subscription_id, person, origin, now)
    return True


def request_link(db: Database, person: AddressKey, visit: Visit, now: datetime, limits: Limits = Limits()) -> bool:
    """Request a new preferences link, mailed only to an address with an active subscription. Returns as `request`."""
    origin = NetworkKey(visit.ip, person.keys)
    with db.begin() as tx:
        if _is_over_limit(tx, origin, now, limits):
            return False
        subscriptions = store.subscribers.find(tx, person.address)
        active = [one.id for one in subscriptions if one.state is SubscriptionState.ACTIVE]
        is_mailed = active and _may_mail(tx, person, now, limits)
        _store_mail(tx, TransactionalKind.LINK, active[0] if is_mailed else None, person, origin, now)
    return True


def confirmations_left(tx: Tx, person: AddressKey, now: datetime, limits: Limits = Limits()) -> int:
    """How many more requests to confirm may be mailed to this person at present."""
    acted_at = store.consents.last_act_at(tx, person.address)
    since = max(now - YEAR, acted_at) if acted_at else now - YEAR
    counts = store.transactional.confirmations(tx, since, person.mailbox_hmacs)
    return limits.confirmations - sum(counts.values())


def _process_request(
    tx: Tx, requested: SubscriptionRequest, person: AddressKey, visit: Visit, now: datetime
) -> tuple[TransactionalKind, int] | None:
    """Store the request; returns the mail to send and its subscription, None when the address may not be mailed."""
    existing = next((one for one in store.subscribers.find(tx, person.address) if one.topic == requested.topic), None)
    if existing and existing.state is SubscriptionState.ACTIVE:
        return TransactionalKind.LINK, existing.id
    if (existing and existing.reason.startswith(store.subscribers.BY_OPERATOR)) or _is_barred(tx, person):
        return None
    if (
        existing and existing.state is SubscriptionState.SUSPENDED
    ):  # whoever requests it may be a stranger: change nothing
        consent.record(tx, existing.id, ConsentEvent.REQUESTED, visit, now)
        return TransactionalKind.CONFIRM, existing.id
    subscription = _unconfirmed(requested, person.address)
    number = store.subscribers.add(tx, subscription, now)
    if existing:
        store.subscribers.set_state(tx, number, SubscriptionState.UNCONFIRMED, now, existing.reason)
        store.subscribers.apply_request(tx, number, subscription)
    consent.record(tx, number, ConsentEvent.REQUESTED, visit, now)
    return TransactionalKind.CONFIRM, number


def _unconfirmed(requested: SubscriptionRequest, address: str) -> Subscription:
    return Subscription(
        requested.topic,
        address,
        requested.frequency,
        SubscriptionState.UNCONFIRMED,
        requested.timezone,
        requested.language,
        requested.attachments,
    )


def _is_over_limit(tx: Tx, origin: NetworkKey, now: datetime, limits: Limits) -> bool:
    hour = now - timedelta(hours=1)
    return (
        store.transactional.count_requested(tx, hour) >= limits.overall
        or store.transactional.count_requested(tx, hour, network_hash=origin.household_hmac) >= limits.per_network
        or store.transactional.count_requested(tx, hour, holder_hash=origin.holder_hmac) >= limits.per_holder
    )


def _may_mail(tx: Tx, person: AddressKey, now: datetime, limits: Limits) -> bool:
    day = now - timedelta(days=1)
    return store.transactional.count_requested(tx, day, address_hashes=person.mailbox_hmacs) < limits.per_address


def _is_barred(tx: Tx, person: AddressKey) -> bool:
    """For every "+tag" of the address; otherwise a stranger could go on with another one."""
    reasons = store.suppressions.reasons(tx, person.hmacs + person.untagged_hmacs)
    return store.suppressions.DECLINED in reasons


def _store_mail(
    tx: Tx,
    kind: TransactionalKind,
    subscription_id: int | None,
    person: AddressKey,
    origin: NetworkKey,
    now: datetime,
) -> None:
    store.transactional.add(
        tx,
        kind,
        subscription_id,
        now,
        address_hash=person.mailbox_hmacs[0],
        network_hash=origin.household_hmac,
        holder_hash=origin.holder_hmac,
    )


def is_confirmable(subscription: Subscription) -> bool:
    """May the confirmation link be used? True also for a second click on it."""
    return subscription.state is SubscriptionState.ACTIVE or store.subscribers.may_confirm(subscription)


def confirm(db: Database, subscription_id: int, person: AddressKey, visit: Visit, now: datetime) -> bool:
    """Activate a subscription that `person` requested; False when there is nothing (more) to confirm. Idempotent.

    A returning subscriber gets the welcome digest again.
    """
    with db.begin() as tx:
        existing = store.subscribers.get_known(tx, subscription_id)
        if existing is None or not is_confirmable(existing):
            return False
        if store.subscribers.set_state(tx, existing.id, SubscriptionState.ACTIVE, now):
            store.subscribers.reset_welcome(tx, existing.id)
            store.suppressions.lift(tx, person.hmacs)
            consent.record(tx, existing.id, ConsentEvent.CONFIRMED, visit, now)
    return True
