"""The operator's actions on subscribers: add, import, suspend, resume, erase.

None of them mails an address that was erased, declined or unsubscribed; only its owner can subscribe it again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass, replace
from datetime import datetime
from itertools import chain
from operator import add

from monitor import store
from monitor.model import Consent, ConsentEvent, Subscription, SubscriptionState, TransactionalKind
from monitor.model.values.email_address import key
from monitor.store import Database, Tx
from monitor.subscribers.address_hash import AddressKey
from monitor.subscribers.opt_in import YEAR, Limits

_ACTIVE = SubscriptionState.ACTIVE


#: A person who is new, with their address key.
_Newcomer = tuple[Subscription, AddressKey]
#: How many of them are made ready and stored at a time.
_AT_ONCE = 2_000
#: How many requests to confirm an address gets in a year.
_CONFIRMATIONS = Limits().confirmations


@dataclass(frozen=True, slots=True)
class ImportResult:
    """The numbers of subscriptions added, already known (in any state), and not added.

    `suppressed`: refused by the suppression list. `unanswered`: the address was asked to confirm as often as is allowed
    in a year, without an answer.
    """

    added: int = 0
    known: int = 0
    suppressed: int = 0
    unanswered: int = 0

    def __add__(self, more: ImportResult) -> ImportResult:
        """Both together."""
        return ImportResult(*map(add, astuple(self), astuple(more)))


def import_subscribers(
    db: Database, people: Iterable[Subscription], keys: Sequence[str], now: datetime, *, form: str, consent: str = ""
) -> ImportResult:
    """Add people. Active ones get digests if `consent` states how they agreed; otherwise they are mailed to confirm.

    `form` names the origin ("import of people.csv"). All are added or none. New people are found in a read
    transaction and added in one write transaction, some thousands at a time: beside the list itself little is held.
    """
    listed = list(people)
    _record_withdrawals(db, listed, now)
    with db.read() as tx:
        seen = store.subscribers.existing(tx, (one.address for one in listed))
    newcomers = list(_not_among(seen, listed))
    if not newcomers:
        return ImportResult(known=len(listed))
    done = ImportResult(known=len(listed) - len(newcomers))
    with db.begin() as tx:
        for first in range(0, len(newcomers), _AT_ONCE):
            some = [(one, AddressKey(one.address, keys)) for one in newcomers[first : first + _AT_ONCE]]
            done += _add(tx, some, now, form, consent)
    return done


def _not_among(seen: set[tuple[str, str]], people: Iterable[Subscription]) -> Iterator[Subscription]:
    """Those whose address and topic are not in `seen`, which it fills: the first of each."""
    for one in people:
        if (place := (key(one.address), one.topic)) not in seen:
            seen.add(place)
            yield one


def _add(tx: Tx, newcomers: Sequence[_Newcomer], now: datetime, form: str, consent: str) -> ImportResult:
    permitted = _without_suppressed(tx, newcomers)
    accepted = permitted if consent else _without_unanswered(tx, permitted, now)
    added = store.subscribers.add_all(tx, [_as_stored(one, form, consent) for one, _ in accepted], now)
    _record(tx, added, now, form, consent)
    if not consent:
        _ask_to_confirm(tx, added, dict(accepted), now)
    suppressed, unanswered = len(newcomers) - len(permitted), len(permitted) - len(accepted)
    return ImportResult(len(added), len(newcomers) - len(added) - suppressed - unanswered, suppressed, unanswered)


def _record_withdrawals(db: Database, listed: Iterable[Subscription], now: datetime) -> None:
    """Those listed as unsubscribed have left, even if a stranger has entered their address into the form meanwhile.

    The pending request can still be confirmed by its owner; when it is not, it ends as unsubscribed.
    """
    left = [one for one in listed if one.state is SubscriptionState.UNSUBSCRIBED]
    with db.read() as tx:
        requested = store.subscribers.unconfirmed_of(tx, left)
    if requested:
        with db.begin() as tx:
            store.subscribers.record_withdrawal(tx, requested, now)


def _without_suppressed(tx: Tx, people: Sequence[_Newcomer]) -> list[_Newcomer]:
    """Those who may be mailed: not erased, and not barred under any "+tag" of their address."""
    suppressed_hashes = store.suppressions.among(tx, chain.from_iterable(person.hmacs for _, person in people))
    untagged = chain.from_iterable(person.untagged_hmacs for _, person in people)
    barred = store.suppressions.among(tx, untagged, reason=store.suppressions.DECLINED)
    return [
        (one, person)
        for one, person in people
        if suppressed_hashes.isdisjoint(person.hmacs) and barred.isdisjoint(person.untagged_hmacs)
    ]


def _without_unanswered(tx: Tx, people: Sequence[_Newcomer], now: datetime) -> list[_Newcomer]:
    """Without those who would be asked to confirm once too often."""
    hashes = chain.from_iterable(person.mailbox_hmacs for _, person in people)
    counts = store.transactional.confirmations(tx, now - YEAR, hashes)
    return [
        (one, person)
        for one, person in people
        if one.state is not _ACTIVE or sum(counts.get(hashed, 0) for hashed in person.mailbox_hmacs) < _CONFIRMATIONS
    ]


def _ask_to_confirm(
    tx: Tx, added: Iterable[Subscription], people: Mapping[Subscription, AddressKey], now: datetime
) -> None:
    """Mail those who were stored as unconfirmed because the list has them as active."""
    persons = {(key(one.address), one.topic): person for one, person in people.items() if one.state is _ACTIVE}
    places = ((one.id, persons.get((key(one.address), one.topic))) for one in added)
    mails = ((number, person.mailbox_hmacs[0]) for number, person in places if person)
    store.transactional.add_all(tx, TransactionalKind.CONFIRM, mails, now)


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


def erase(db: Database, person: AddressKey, now: datetime) -> bool:
    """Erase one person, keeping only a keyed hash so that no import adds them again. False when unknown.

    The counts of mails requested to the address are deleted as well, even if it never subscribed.
    """
    with db.begin() as tx:
        was_known = store.personal_data.erase(tx, person.address, person.hmacs[0], now, person.mailbox_hmacs)
    store.maintenance.overwrite_log(db)
    return was_known
