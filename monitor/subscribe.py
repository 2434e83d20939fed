"""What a person does about a subscription: ask, confirm, change, ask for a fresh link, leave; and what is kept of it.

Nothing here tells whether an address is known: every way of asking ends the same for the asker,
and only the mailbox learns more. Asking only puts a letter in the outbox (`monitor.letters` sends
it); what a link in a mail allows was decided by whoever read the link.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor import leaving, store
from monitor.address import inbox, untagged
from monitor.keyed import hashes, network
from monitor.model import Consent, ConsentEvent, LetterKind, Rhythm, Subscription, SubscriptionState
from monitor.store import Database, Tx


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person filled in. `address` was checked to be one."""

    topic: str
    address: str
    rhythm: Rhythm
    timezone: str = "UTC"
    language: str = "en"
    attachments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Visit:
    """How a person came to say so: on which form, shown which words (and their version), from where.

    `ip` is used for the limits; it is kept in the consent record only with `is_ip_kept`.
    """

    form: str
    text: str = ""
    text_version: str = ""
    ip: str = ""
    is_ip_kept: bool = False


@dataclass(frozen=True, slots=True)
class Limits:
    """How many letters may be asked for: to one address in a day, from one network and overall in an hour."""

    per_address: int = 3
    per_network: int = 20
    overall: int = 200


# --- asking ----------------------------------------------------------------------------------------


def request(
    db: Database, wish: Wish, visit: Visit, keys: Sequence[str], now: datetime, limits: Limits = Limits()
) -> bool:
    """Ask for a subscription; a letter to the address asks it to confirm, or says it has one already.

    False when too many letters were asked for, from this network or overall; the caller may say so. An
    address that was written to often enough today gets no more, and that is not told.
    """
    with db.begin() as tx:
        if _is_too_much(tx, visit, keys, now, limits):
            return False
        found = _ask(tx, wish, visit, keys, now) if _may_write(tx, wish.address, keys, now, limits) else None
        kind, subscription_id = found or (LetterKind.CONFIRM, None)
        _write(tx, kind, subscription_id, wish.address, visit, keys, now)
    return True


def request_link(
    db: Database, address: str, visit: Visit, keys: Sequence[str], now: datetime, limits: Limits = Limits()
) -> bool:
    """Ask for a fresh link to one's preferences; goes only to an address that has subscriptions. As `request`."""
    with db.begin() as tx:
        if _is_too_much(tx, visit, keys, now, limits):
            return False
        active = [one.id for one in store.subscribers.find(tx, address) if one.state is SubscriptionState.ACTIVE]
        is_written = active and _may_write(tx, address, keys, now, limits)
        _write(tx, LetterKind.LINK, active[0] if is_written else None, address, visit, keys, now)
    return True


def _ask(tx: Tx, wish: Wish, visit: Visit, keys: Sequence[str], now: datetime) -> tuple[LetterKind, int] | None:
    """Keep the wish where it is one; which letter goes to which subscription, None when none may."""
    held = next((one for one in store.subscribers.find(tx, wish.address) if one.topic == wish.topic), None)
    if held and held.state is SubscriptionState.ACTIVE:
        return LetterKind.LINK, held.id
    if (held and held.reason.startswith(store.subscribers.BY_OPERATOR)) or _has_complained(tx, wish.address, keys):
        return None
    if held and held.state is SubscriptionState.SUSPENDED:  # whoever asks may be a stranger: all stays as it is
        _consent(tx, held.id, ConsentEvent.REQUESTED, visit, now)
        return LetterKind.CONFIRM, held.id
    subscription = _unconfirmed(wish)
    number = store.subscribers.add(tx, subscription, now)
    if held:
        store.subscribers.set_state(tx, number, SubscriptionState.UNCONFIRMED, now, held.reason)
        store.subscribers.set_wish(tx, number, subscription)
    _consent(tx, number, ConsentEvent.REQUESTED, visit, now)
    return LetterKind.CONFIRM, number


def _unconfirmed(wish: Wish) -> Subscription:
    return Subscription(
        wish.topic,
        wish.address,
        wish.rhythm,
        SubscriptionState.UNCONFIRMED,
        wish.timezone,
        wish.language,
        wish.attachments,
    )


def _is_too_much(tx: Tx, visit: Visit, keys: Sequence[str], now: datetime, limits: Limits) -> bool:
    hour = now - timedelta(hours=1)
    if store.letters.asked(tx, hour) >= limits.overall:
        return True
    return store.letters.asked(tx, hour, network_hash=_network_hash(visit, keys)) >= limits.per_network


def _may_write(tx: Tx, address: str, keys: Sequence[str], now: datetime, limits: Limits) -> bool:
    day = now - timedelta(days=1)
    return store.letters.asked(tx, day, address_hashes=hashes(inbox(address), keys)) < limits.per_address


def _network_hash(visit: Visit, keys: Sequence[str]) -> str:
    """By which a network is counted; who comes from nowhere we know shares one with all who do."""
    return hashes(network(visit.ip) or "nowhere", keys)[0]


def _has_complained(tx: Tx, address: str, keys: Sequence[str]) -> bool:
    """A complaint bars the mailbox, or strangers would go on with another tag."""
    hashed = hashes(address, keys) + hashes(untagged(address), keys)
    return store.suppressions.COMPLAINED in store.suppressions.reasons(tx, hashed)


def _write(
    tx: Tx,
    kind: LetterKind,
    subscription_id: int | None,
    address: str,
    visit: Visit,
    keys: Sequence[str],
    now: datetime,
) -> None:
    store.letters.add(
        tx,
        kind,
        subscription_id,
        now,
        address_hash=hashes(inbox(address), keys)[0],
        network_hash=_network_hash(visit, keys),
    )


def _consent(tx: Tx, subscription_id: int, event: ConsentEvent, visit: Visit, now: datetime) -> None:
    store.consents.add(tx, _said(subscription_id, event, visit, now))


def _said(subscription_id: int, event: ConsentEvent, visit: Visit, now: datetime) -> Consent:
    ip = visit.ip if visit.is_ip_kept else ""
    return Consent(subscription_id, event, now, visit.form, visit.text, visit.text_version, ip)


# --- what the links in mails allow -----------------------------------------------------------------


def look(db: Database, subscription_id: int) -> Subscription | None:
    """The subscription a link speaks of, None when it is forgotten or erased. Changes nothing."""
    with db.read() as tx:
        return _get(tx, subscription_id)


def _get(tx: Tx, subscription_id: int) -> Subscription | None:
    try:
        found = store.subscribers.get(tx, subscription_id)
    except KeyError:
        return None
    return found if found.address else None


def is_confirmable(held: Subscription) -> bool:
    """Does the link to confirm lead anywhere? Also for a second click on it."""
    return held.state is SubscriptionState.ACTIVE or store.subscribers.may_confirm(held)


def confirm(db: Database, subscription_id: int, visit: Visit, keys: Sequence[str], now: datetime) -> bool:
    """Make a requested subscription active; False when there is nothing (more) to confirm. Twice is as once.

    Who comes back gets the first mail again.
    """
    with db.begin() as tx:
        held = _get(tx, subscription_id)
        if held is None or not is_confirmable(held):
            return False
        if store.subscribers.set_state(tx, held.id, SubscriptionState.ACTIVE, now):
            store.subscribers.welcome_again(tx, held.id)
            store.suppressions.lift(tx, hashes(held.address, keys))
            _consent(tx, held.id, ConsentEvent.CONFIRMED, visit, now)
    return True


def change(db: Database, subscription_id: int, wish: Wish, visit: Visit, now: datetime) -> bool:
    """Keep new preferences (topic and address stay); False when the subscription is not active.

    Another rhythm holds at once, or is pending until nothing is missed and nothing told twice by it.
    """
    with db.begin() as tx:
        held = _get(tx, subscription_id)
        if held is None or held.state is not SubscriptionState.ACTIVE:
            return False
        store.subscribers.set_preferences(
            tx, held.id, timezone=wish.timezone, language=wish.language, attachments=wish.attachments
        )
        _consent(tx, held.id, ConsentEvent.CHANGED, visit, now)
        store.rhythms.switch(tx, held.id, wish.rhythm)
    return True


def switches_after(db: Database, held: Subscription) -> datetime | None:
    """When the digest is due after which a pending rhythm usually holds: the slower one's, once that has begun."""
    slower = max(held.rhythm, held.wanted, key=list(Rhythm).index)
    with db.read() as tx:
        plans = [store.digests.schedule(tx, held.topic, rhythm) for rhythm in (slower, held.rhythm)]
    return next((plan.due_at for plan in plans if plan), None)


def unsubscribe(db: Database, subscription_id: int, visit: Visit, now: datetime, *, everything: bool = False) -> int:
    """End a subscription, or with `everything` all of the same person; how many ended.

    From the moment this returns no digest goes out to them, also none that is being sent just then.
    """
    with db.begin() as tx:
        held = _get(tx, subscription_id)
        if held is None:
            return 0
        leaving = store.subscribers.find(tx, held.address) if everything else [held]
        return sum(_end(tx, one, visit, now) for one in leaving)


def _end(tx: Tx, held: Subscription, visit: Visit, now: datetime) -> bool:
    """A request nobody confirmed ends as well, and is not counted: its link must not come back to life."""
    was_counted = held.state is not SubscriptionState.UNCONFIRMED
    return leaving.withdraw(tx, held, _said(held.id, ConsentEvent.WITHDRAWN, visit, now)) and was_counted
