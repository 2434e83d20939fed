"""Process returned mail: match it to a delivery or transactional mail, store the bounce, apply its consequence."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from monitor import store
from monitor.bounces.suspension import register_bounce
from monitor.links import LinkError, Links, Purpose
from monitor.model import Bounce, BounceKind, Consent, ConsentEvent, Subscription, SubscriptionState
from monitor.store import Database, Tx
from monitor.subscribers.unsubscribe import withdraw_consent

if TYPE_CHECKING:
    from monitor.mail.dsn import ReturnedMail


class Outcome(StrEnum):
    """What became of one returned mail."""

    HARD = "hard bounce"
    SOFT = "soft bounce"
    SUSPENDED = "suspended"
    ENDED = "request ended"
    COMPLAINT = "complaint"
    UNPROVED_HARD = "hard bounce that may be made up"
    UNPROVED_COMPLAINT = "complaint from no named source"
    OLD_COMPLAINT = "complaint about a mail before the subscription"
    UNSUBSCRIBED = "unsubscribed"
    UNMATCHED_WISH = "wish to leave that names no subscription"
    KNOWN = "read before"
    NOT_OURS = "not about a mail of ours"
    NO_BOUNCE = "no bounce"
    UNREADABLE = "unreadable"


#: The counter of returned mails by kind.
RETURNED = "returned mails"

_FOLLOWED = {SubscriptionState.SUSPENDED: Outcome.SUSPENDED, SubscriptionState.UNSUBSCRIBED: Outcome.ENDED}


@dataclass(frozen=True, slots=True)
class Processed:
    """What became of one returned mail, and the subscriber's address ("" when no delivery of ours matches)."""

    outcome: Outcome
    address: str = ""
    detail: str = ""


def process(db: Database, raw: bytes, links: Links, now: datetime, feedback_sources: Collection[str] = ()) -> Processed:
    """Process one returned mail (RFC 5322 bytes); one that was processed before changes nothing.

    `feedback_sources`: the domains whose complaints count; empty for any. Raises StoreError.
    """
    from monitor.mail import dsn  # imported here: 2 MB of patterns until a first mail has come back

    returned = dsn.read(raw)
    if returned.problem:
        return Processed(Outcome.UNREADABLE, detail=returned.problem)
    if (left := _unsubscribe_by_mail(db, returned, links, now)) is not None:
        return left
    if returned.kind is None:
        return Processed(Outcome.UNMATCHED_WISH if returned.is_wish else Outcome.NO_BOUNCE, detail=returned.origin)
    with db.begin() as tx:
        found = _match(tx, returned, links)
        if found is None:
            return Processed(Outcome.NOT_OURS, detail=returned.diagnostic)
        subscription = found.subscription
        bounce = Bounce(
            subscription.id, returned.kind, now, returned.key, found.delivery_id, returned.status, returned.diagnostic
        )
        if store.bounces.is_recorded(tx, bounce.key):
            return Processed(Outcome.KNOWN, subscription.address)
        if bounce.kind is BounceKind.COMPLAINT:
            return _complain(tx, subscription, bounce, returned, feedback_sources)
        if bounce.kind is BounceKind.HARD and subscription.state is SubscriptionState.ACTIVE and not found.is_signed:
            return Processed(Outcome.UNPROVED_HARD, subscription.address, bounce.diagnostic)
        return _register(tx, subscription, bounce)


def _register(tx: Tx, subscription: Subscription, bounce: Bounce) -> Processed:
    _count(tx, bounce)
    became = register_bounce(tx, bounce, bounce.received_at)
    outcome = Outcome.HARD if bounce.kind is BounceKind.HARD else Outcome.SOFT
    said = bounce.diagnostic if subscription.address else ""  # erased: it may name the address
    return Processed(_FOLLOWED[became] if became else outcome, subscription.address, f"{bounce.status} {said}".strip())


def _complain(
    tx: Tx, subscription: Subscription, complaint: Bounce, returned: ReturnedMail, sources: Collection[str]
) -> Processed:
    """End the subscription that a complaint names, and no more.

    Anybody who was forwarded a digest knows its Message-ID and can make a complaint up. Therefore its owner may sign
    up again, and one about a digest of before that does not end the subscription again.
    """
    if not _is_proved(returned, sources):
        return Processed(Outcome.UNPROVED_COMPLAINT, subscription.address, returned.origin)
    _count(tx, complaint)
    store.bounces.add(tx, complaint)
    if subscription.state is SubscriptionState.ACTIVE and _is_of_before(tx, complaint):
        return Processed(Outcome.OLD_COMPLAINT, subscription.address)
    withdrawal = Consent(subscription.id, ConsentEvent.WITHDRAWN, complaint.received_at, "complaint")
    withdraw_consent(tx, subscription, withdrawal)
    return Processed(Outcome.COMPLAINT, subscription.address, complaint.diagnostic)


def _count(tx: Tx, bounce: Bounce) -> None:
    """Count it for the metrics, which anybody may read: not when it is about a transactional mail.

    Its sender could read there whether the address that they had typed on a page is one to which mail is sent.
    """
    if bounce.delivery_id is not None:
        store.counters.add(tx, RETURNED, {(bounce.kind,): 1})


def _is_proved(returned: ReturnedMail, sources: Collection[str]) -> bool:
    """Is the complaint from a named source, or is none named?"""
    domains = returned.authenticated_domains
    return not sources or any(one == source or one.endswith(f".{source}") for one in domains for source in sources)


def _is_of_before(tx: Tx, complaint: Bounce) -> bool:
    since = store.subscribers.state_since(tx, complaint.subscription_id)
    return complaint.delivery_id is not None and store.bounces.is_of_before(tx, complaint.delivery_id, since)


def _unsubscribe_by_mail(db: Database, returned: ReturnedMail, links: Links, now: datetime) -> Processed | None:
    """Unsubscribe by a mail to the List-Unsubscribe address (RFC 2369), its subject signed by us; None for others."""
    for token in returned.unsubscribe_tokens:
        with suppress(LinkError):
            number = links.read(Purpose.UNSUBSCRIBE, token)
            break
    else:
        return None
    with db.begin() as tx:
        subscription = store.subscribers.get_known(tx, number)
        if subscription is None:
            return Processed(Outcome.NOT_OURS)
        consent = Consent(subscription.id, ConsentEvent.WITHDRAWN, now, "mail to unsubscribe")
        return Processed(
            Outcome.UNSUBSCRIBED if withdraw_consent(tx, subscription, consent) else Outcome.KNOWN, subscription.address
        )


# --- which mail was returned -------------------------------------------------------------------------


class _Match(NamedTuple):
    """The subscription whose mail was returned; `delivery_id` is None for a transactional mail.

    `is_signed`: the returned mail contains what we signed and only those know who have our mail: its bounce address, or
    a link that ends the subscription. Its Message-ID also stands in every reply to it.
    """

    delivery_id: int | None
    subscription: Subscription
    is_signed: bool


def _match(tx: Tx, returned: ReturnedMail, links: Links) -> _Match | None:
    """What was returned, by the signed bounce address, else by the Message-ID."""
    for delivery_id, subscription_id, is_signed in _candidates(tx, returned, links):
        try:
            return _Match(delivery_id, store.subscribers.get(tx, subscription_id), is_signed)
        except KeyError:  # a subscription that was deleted since
            continue
    return None


def _candidates(tx: Tx, returned: ReturnedMail, links: Links) -> Iterator[tuple[int | None, int, bool]]:
    for address in returned.addresses:
        with suppress(LinkError):
            number = links.read_bounce_address(address)
            if (owner := store.delivery_counts.owner(tx, number)) is not None:
                yield number, owner, True
        with suppress(LinkError):
            yield None, links.read_transactional_name(address), True
    for message_id in returned.message_ids:
        if found := store.bounces.delivery_of(tx, message_id):
            yield *found, found[1] in _linked(returned, links)
        with suppress(LinkError):
            yield None, links.read_transactional_name(message_id), False


def _linked(returned: ReturnedMail, links: Links) -> Iterator[int]:
    """The subscriptions that links in the returned mail end: whoever has them needs no bounce to do so."""
    for token in returned.link_tokens:
        with suppress(LinkError):
            yield links.read(Purpose.UNSUBSCRIBE, token)
