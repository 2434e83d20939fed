"""What an operator does about subscribers: add and import people, suspend, resume, and erase one who asks for it.

Who was erased, complained or left is never brought back from here: only by their own hand.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from monitor import store
from monitor.keyed import hashes
from monitor.model import Consent, ConsentEvent, LetterKind, Subscription, SubscriptionState
from monitor.store import Database, Tx


@dataclass(frozen=True, slots=True)
class Enrolled:
    """What became of people: added, there already (in whatever state), or not to be written to."""

    added: int = 0
    known: int = 0
    suppressed: int = 0


def enrol(
    db: Database, people: Iterable[Subscription], keys: Sequence[str], now: datetime, *, form: str, consent: str = ""
) -> Enrolled:
    """Add people; whose state is active gets mail at once if `consent` says how they agreed, else is asked to confirm.

    `form` says where this came from ("import of people.csv"). All or nothing.
    """
    counts = {"added": 0, "known": 0, "suppressed": 0}
    with db.begin() as tx:
        for person in people:
            counts[_enrol_one(tx, person, keys, now, form, consent)] += 1
    return Enrolled(**counts)


def _enrol_one(tx: Tx, person: Subscription, keys: Sequence[str], now: datetime, form: str, consent: str) -> str:
    if any(one.topic == person.topic for one in store.subscribers.find(tx, person.address)):
        return "known"
    if store.suppressions.has_any(tx, hashes(person.address, keys)):
        return "suppressed"
    is_asked = person.state is SubscriptionState.ACTIVE and not consent
    state = SubscriptionState.UNCONFIRMED if is_asked else person.state
    number = store.subscribers.add(tx, replace(person, state=state, reason=form), now)
    event = ConsentEvent.CONFIRMED if state is SubscriptionState.ACTIVE else ConsentEvent.REQUESTED
    store.consents.add(tx, Consent(number, event, now, form, consent))
    if is_asked:
        told = hashes(person.address, keys)[0]
        store.letters.add(tx, LetterKind.CONFIRM, number, now, address_hash=told, network_hash="")
    return "added"


def suspend(db: Database, address: str, now: datetime, why: str = "") -> int:
    """Send one person nothing until `resume`; how many subscriptions that stopped."""
    reason = f"{store.subscribers.BY_OPERATOR}: {why}" if why else store.subscribers.BY_OPERATOR
    return _move(db, address, SubscriptionState.SUSPENDED, now, reason, lambda state: state is SubscriptionState.ACTIVE)


def resume(db: Database, address: str, now: datetime) -> int:
    """Send again to a person who was suspended, by an operator or after bounces; how many subscriptions that began.

    Hard bounces of before no longer count.
    """
    return _move(db, address, SubscriptionState.ACTIVE, now, "", lambda state: state is SubscriptionState.SUSPENDED)


def _move(
    db: Database,
    address: str,
    state: SubscriptionState,
    now: datetime,
    reason: str,
    is_meant: Callable[[SubscriptionState], bool],
) -> int:
    with db.begin() as tx:
        held = [one for one in store.subscribers.find(tx, address) if is_meant(one.state)]
        return sum(store.subscribers.set_state(tx, one.id, state, now, reason) for one in held)


def erase(db: Database, address: str, keys: Sequence[str], now: datetime) -> bool:
    """Erase one person; only a keyed hash stays, so that no import brings them back. False when unknown."""
    with db.begin() as tx:
        was_known = store.persons.erase(tx, address, hashes(address, keys)[0], now)
    store.upkeep.overwrite_log(db)
    return was_known
