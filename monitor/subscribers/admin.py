"""The operator's actions on subscribers: add, import, suspend, resume, erase.

None of them mails an address that was erased, complained or unsubscribed; only its owner can subscribe it again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain

from monitor import store
from monitor.model import Consent, ConsentEvent, Subscription, SubscriptionState, TransactionalKind
from monitor.model.email_address import key
from monitor.store import Database, Tx
from monitor.subscribers.address_hash import AddressKey

_ACTIVE = SubscriptionState.ACTIVE


@dataclass(frozen=True, slots=True)
class ImportResult:
    """The numbers of subscriptions added, already known (in any state), and refused by the suppression list."""

    added: int = 0
    known: int = 0
    suppressed: int = 0


def import_subscribers(
    db: Database, people: Iterable[Subscription], keys: Sequence[str], now: datetime, *, form: str, consent: str = ""
) -> ImportResult:
    """Add people. Active ones get digests if `consent` states how they agreed; otherwise they are mailed to confirm.

    `form` names the origin ("import of people.csv"). All are added or none. New people are found in a read
    transaction and added in one short write transaction, so that other writers are not blocked by a long list.
    """
    listed = list(people)
    with db.read() as tx:
        existing = store.subscribers.existing(tx, (one.address for one in listed))
    new: dict[tuple[str, str], Subscription] = {}
    for one in listed:
        new.setdefault((key(one.address), one.topic), one)
    newcomers = [one for place, one in new.items() if place not in existing]
    if not newcomers:
        return ImportResult(known=len(listed))
    with db.begin() as tx:
        permitted = _without_suppressed(tx, newcomers, keys)
        added = store.subscribers.add_all(tx, [_as_stored(one, form, consent) for one in permitted], now)
        _record(tx, added, now, form, consent)
        to_confirm = [one for one in added if not consent and new[key(one.address), one.topic].state is _ACTIVE]
        mails = ((one.id, AddressKey(one.address, keys).mailbox_hmacs[0]) for one in to_confirm)
        store.transactional.add_all(tx, TransactionalKind.CONFIRM, mails, now)
    suppressed = len(newcomers) - len(permitted)
    return ImportResult(len(added), len(listed) - len(added) - suppressed, suppressed)


def _without_suppressed(tx: Tx, people: Sequence[Subscription], keys: Sequence[str]) -> list[Subscription]:
    """Those who may be mailed: not erased, and no complaint from their address with any "+tag"."""
    known = [AddressKey(one.address, keys) for one in people]
    suppressed_hashes = store.suppressions.among(tx, chain.from_iterable(one.hmacs for one in known))
    untagged = chain.from_iterable(one.untagged_hmacs for one in known)
    complained = store.suppressions.among(tx, untagged, reason=store.suppressions.COMPLAINED)
    return [
        one
        for one, found in zip(people, known, strict=True)
        if suppressed_hashes.isdisjoint(found.hmacs) and complained.isdisjoint(found.untagged_hmacs)
    ]


def _as_stored(one: Subscription, form: str, consent: str) -> Subscription:
    """As stored: unconfirmed if it must be confirmed; one suspended without a reason is suspended by the operator."""
    by_operator = f"{store.subscribers.BY_OPERATOR}: {form}"
    reason = one.reason or (by_operator if one.state is SubscriptionState.SUSPENDED else form)
    must_confirm = one.state is _ACTIVE and not consent
    return replace(one, state=SubscriptionState.UNCONFIRMED if must_confirm else one.state, reason=reason)


def _record(tx: Tx, added: Iterable[Subscription], now: datetime, form: str, consent: str) -> None:
    events = {True: ConsentEvent.CONFIRMED, False: ConsentEvent.REQUESTED}
    store.consents.add_all(tx, (Consent(one.id, events[one.state is _ACTIVE], now, form, consent) for one in added))


def suspend(db: Database, address: str, now: datetime, why: str = "") -> int:
    """Suspend one person's active subscriptions until `resume`; returns how many."""
    reason = f"{store.subscribers.BY_OPERATOR}: {why}" if why else store.subscribers.BY_OPERATOR
    return _move(db, address, SubscriptionState.SUSPENDED, now, reason, lambda state: state is SubscriptionState.ACTIVE)


def resume(db: Database, address: str, now: datetime) -> int:
    """Reactivate a person's subscriptions that an operator or bounces suspended; returns how many.

    Earlier hard bounces no longer count.
    """
    return _move(db, address, SubscriptionState.ACTIVE, now, "", lambda state: state is SubscriptionState.SUSPENDED)


def _move(
    db: Database,
    address: str,
    state: SubscriptionState,
    now: datetime,
    reason: str,
    applies_to: Callable[[SubscriptionState], bool],
) -> int:
    with db.begin() as tx:
        existing = [one for one in store.subscribers.find(tx, address) if applies_to(one.state)]
        return sum(store.subscribers.set_state(tx, one.id, state, now, reason) for one in existing)


def erase(db: Database, address: str, keys: Sequence[str], now: datetime) -> bool:
    """Erase one person, keeping only a keyed hash so that no import adds them again. False when unknown.

    The counts of mails requested to the address are deleted as well, even if it never subscribed.
    """
    person = AddressKey(address, keys)
    with db.begin() as tx:
        was_known = store.personal_data.erase(tx, address, person.hmacs[0], now, person.mailbox_hmacs)
    store.maintenance.overwrite_log(db)
    return was_known
