"""Take in mail that came back: find the delivery it speaks of, keep it, and act on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from monitor import returned, store
from monitor.keyed import hashes
from monitor.links import LinkError, Links, Purpose
from monitor.model import Bounce, BounceKind, Consent, ConsentEvent, Subscription, SubscriptionState
from monitor.returned import Notice
from monitor.store import Database, Tx
from monitor.strikes import strike


class Outcome(StrEnum):
    """What came of one returned mail."""

    HARD = "hard bounce"
    SOFT = "soft bounce"
    SUSPENDED = "suspended"
    COMPLAINT = "complaint"
    UNSUBSCRIBED = "unsubscribed"
    KNOWN = "read before"
    NOT_OURS = "not about a mail of ours"
    NO_BOUNCE = "no bounce"


@dataclass(frozen=True, slots=True)
class Taken:
    """What came of one returned mail, and whose it was ("" when nobody's)."""

    outcome: Outcome
    address: str = ""
    detail: str = ""


def take(db: Database, raw: bytes, links: Links, keys: Sequence[str], now: datetime) -> Taken:
    """Read one returned mail and do what it calls for. The same mail twice counts once."""
    notice = returned.read(raw)
    if notice.token:
        return _leave(db, notice, links, now)
    if notice.kind is None:
        return Taken(Outcome.NO_BOUNCE)
    with db.begin() as tx:
        found = _delivery(tx, notice, links)
        if found is None:
            return Taken(Outcome.NOT_OURS, detail=notice.diagnostic)
        delivery_id, subscription_id = found
        held = store.subscribers.get(tx, subscription_id)
        bounce = Bounce(subscription_id, notice.kind, now, notice.key, delivery_id, notice.status, notice.diagnostic)
        if store.bounces.is_kept(tx, bounce.key):
            return Taken(Outcome.KNOWN, held.address)
        return _act(tx, held, bounce, keys, now)


def _act(tx: Tx, held: Subscription, bounce: Bounce, keys: Sequence[str], now: datetime) -> Taken:
    if bounce.kind is BounceKind.COMPLAINT:
        store.bounces.add(tx, bounce)
        _complained(tx, held, keys, now)
        return Taken(Outcome.COMPLAINT, held.address, bounce.diagnostic)
    is_over = strike(tx, bounce, now)
    plain = Outcome.HARD if bounce.kind is BounceKind.HARD else Outcome.SOFT
    return Taken(Outcome.SUSPENDED if is_over else plain, held.address, f"{bounce.status} {bounce.diagnostic}".strip())


def _complained(tx: Tx, held: Subscription, keys: Sequence[str], now: datetime) -> None:
    """Who says "this is spam" gets nothing more from here, of any topic, and no import brings them back."""
    if held.address:
        store.suppressions.add(tx, hashes(held.address, keys)[0], store.suppressions.COMPLAINED, now)
    for one in store.subscribers.find(tx, held.address) or [held]:
        _end(tx, one, "complaint", now)


def _leave(db: Database, notice: Notice, links: Links, now: datetime) -> Taken:
    """A mail with our token as its subject, sent by a mail program's own unsubscribe button."""
    try:
        number = links.read(Purpose.UNSUBSCRIBE, notice.token)
    except LinkError as error:
        return Taken(Outcome.NOT_OURS, detail=str(error))
    with db.begin() as tx:
        try:
            held = store.subscribers.get(tx, number)
        except KeyError:
            return Taken(Outcome.NOT_OURS)
        return Taken(
            Outcome.UNSUBSCRIBED if _end(tx, held, "mail to unsubscribe", now) else Outcome.KNOWN, held.address
        )


def _end(tx: Tx, held: Subscription, form: str, now: datetime) -> bool:
    if not store.subscribers.set_state(tx, held.id, SubscriptionState.UNSUBSCRIBED, now, form):
        return False
    store.consents.add(tx, Consent(held.id, ConsentEvent.WITHDRAWN, now, form))
    return True


def _delivery(tx: Tx, notice: Notice, links: Links) -> tuple[int, int] | None:
    """(delivery id, subscription id) by the signed bounce address, else by the Message-ID of the returned mail."""
    for address in notice.addresses:
        try:
            number = links.read_bounce_address(address)
        except LinkError:
            continue
        if (owner := store.deliveries.owner(tx, number)) is not None:
            return number, owner
    for message_id in notice.message_ids:
        if found := store.bounces.delivery_of(tx, message_id):
            return found
    return None
