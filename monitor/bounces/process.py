"""Take in mail that came back: find the delivery or transactional mail it is about, keep it, and act on it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from monitor import store
from monitor.bounces.suspension import register_bounce
from monitor.links import LinkError, Links, Purpose
from monitor.mail import dsn
from monitor.mail.dsn import Notice
from monitor.model import Bounce, BounceKind, Consent, ConsentEvent, Subscription, SubscriptionState
from monitor.model.email_address import without_subaddress
from monitor.store import Database, Tx
from monitor.subscribers.address_hash import address_hmacs
from monitor.subscribers.unsubscribe import withdraw_consent


class Outcome(StrEnum):
    """What came of one returned mail."""

    HARD = "hard bounce"
    SOFT = "soft bounce"
    SUSPENDED = "suspended"
    ENDED = "request ended"
    COMPLAINT = "complaint"
    UNSUBSCRIBED = "unsubscribed"
    KNOWN = "read before"
    NOT_OURS = "not about a mail of ours"
    NO_BOUNCE = "no bounce"


_FOLLOWED = {SubscriptionState.SUSPENDED: Outcome.SUSPENDED, SubscriptionState.UNSUBSCRIBED: Outcome.ENDED}


@dataclass(frozen=True, slots=True)
class Processed:
    """What came of one returned mail, and whose it was ("" when nobody's)."""

    outcome: Outcome
    address: str = ""
    detail: str = ""


def process(db: Database, raw: bytes, links: Links, keys: Sequence[str], now: datetime) -> Processed:
    """Read one returned mail and do what it calls for. The same mail twice counts once."""
    notice = dsn.read(raw)
    if notice.token:
        return _leave(db, notice, links, now)
    if notice.kind is None:
        return Processed(Outcome.NO_BOUNCE)
    with db.begin() as tx:
        found = _found(tx, notice, links)
        if found is None:
            return Processed(Outcome.NOT_OURS, detail=notice.diagnostic)
        delivery_id, held = found
        bounce = Bounce(held.id, notice.kind, now, notice.key, delivery_id, notice.status, notice.diagnostic)
        if store.bounces.is_kept(tx, bounce.key):
            return Processed(Outcome.KNOWN, held.address)
        return _act(tx, held, bounce, keys, now)


def _act(tx: Tx, held: Subscription, bounce: Bounce, keys: Sequence[str], now: datetime) -> Processed:
    if not held.address:
        bounce = replace(bounce, diagnostic="")  # of who was erased nothing is kept again
    if bounce.kind is BounceKind.COMPLAINT:
        store.bounces.add(tx, bounce)
        _complained(tx, held, keys, now)
        return Processed(Outcome.COMPLAINT, held.address, bounce.diagnostic)
    became = register_bounce(tx, bounce, now)
    plain = Outcome.HARD if bounce.kind is BounceKind.HARD else Outcome.SOFT
    return Processed(
        _FOLLOWED[became] if became else plain, held.address, f"{bounce.status} {bounce.diagnostic}".strip()
    )


def _complained(tx: Tx, held: Subscription, keys: Sequence[str], now: datetime) -> None:
    """Who says "this is spam" gets nothing more from here, of any topic, and no import brings them back."""
    for address in {held.address, without_subaddress(held.address)} - {""}:
        store.suppressions.add(tx, address_hmacs(address, keys)[0], store.suppressions.COMPLAINED, now)
    for one in store.subscribers.find(tx, held.address) or [held]:
        withdraw_consent(tx, one, Consent(one.id, ConsentEvent.WITHDRAWN, now, "complaint"))


def _leave(db: Database, notice: Notice, links: Links, now: datetime) -> Processed:
    """A mail with our token as its subject, sent by a mail program's own unsubscribe button."""
    try:
        number = links.read(Purpose.UNSUBSCRIBE, notice.token)
    except LinkError as error:
        return Processed(Outcome.NOT_OURS, detail=str(error))
    with db.begin() as tx:
        try:
            held = store.subscribers.get(tx, number)
        except KeyError:
            return Processed(Outcome.NOT_OURS)
        said = Consent(held.id, ConsentEvent.WITHDRAWN, now, "mail to unsubscribe")
        return Processed(Outcome.UNSUBSCRIBED if withdraw_consent(tx, held, said) else Outcome.KNOWN, held.address)


# --- which mail it speaks of -------------------------------------------------------------------------


def _found(tx: Tx, notice: Notice, links: Links) -> tuple[int | None, Subscription] | None:
    """(delivery id, None for a transactional mail; whose), by the signed bounce address, else by the Message-ID of
    our mail.
    """
    for delivery_id, subscription_id in _named(tx, notice, links):
        try:
            return delivery_id, store.subscribers.get(tx, subscription_id)
        except KeyError:  # a request that was forgotten since
            continue
    return None


def _named(tx: Tx, notice: Notice, links: Links) -> Iterator[tuple[int | None, int]]:
    for address in notice.addresses:
        with suppress(LinkError):
            number = links.read_bounce_address(address)
            if (owner := store.deliveries.owner(tx, number)) is not None:
                yield number, owner
        with suppress(LinkError):
            yield None, links.read_transactional_name(address)
    for message_id in notice.message_ids:
        if found := store.bounces.delivery_of(tx, message_id):
            yield found
        with suppress(LinkError):
            yield None, links.read_transactional_name(message_id)
