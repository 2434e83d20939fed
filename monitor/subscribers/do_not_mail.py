"""Never to be mailed again: the owner of an address puts it on the suppression list with a link from a mail.

The link contains the keyed hash of the address without its "+tag", so it works for ever, and for every tag. Whoever
has used it is mailed by nobody's request until they, or the operator, allow requests again.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from monitor import store
from monitor.model import ConsentEvent
from monitor.store import Database, Tx
from monitor.subscribers.address_hash import AddressKey
from monitor.subscribers.consent import Visit, consent_of
from monitor.subscribers.unsubscribe import withdraw_consent


def hmac_for_link(person: AddressKey) -> str:
    """The hash that the link in a mail to this person contains."""
    return person.untagged_hmacs[0]


def is_declined(db: Database, address_hmac: str) -> bool:
    """Whether the owner of the address has asked never to be mailed again."""
    with db.read() as tx:
        return store.suppressions.DECLINED in store.suppressions.reasons(tx, [address_hmac])


def decline(
    db: Database, address_hmac: str, subscription_id: int, keys: Sequence[str], visit: Visit, now: datetime
) -> None:
    """Suppress the address of a link, and end every subscription and request of its owner. Idempotent."""
    with db.begin() as tx:
        store.suppressions.add(tx, address_hmac, store.suppressions.DECLINED, now)
        _end_subscriptions(tx, address_hmac, subscription_id, keys, visit, now)


def _end_subscriptions(
    tx: Tx, address_hmac: str, subscription_id: int, keys: Sequence[str], visit: Visit, now: datetime
) -> None:
    mailed = store.subscribers.get_known(tx, subscription_id)
    if mailed is None or address_hmac not in AddressKey(mailed.address, keys).untagged_hmacs:
        return
    for one in store.subscribers.find(tx, mailed.address):
        withdraw_consent(tx, one, consent_of(one.id, ConsentEvent.WITHDRAWN, visit, now))


def allow(db: Database, hmacs: Sequence[str]) -> bool:
    """Let these addresses be requested for again; False when none was barred. No import adds them."""
    with db.begin() as tx:
        return store.suppressions.unbar(tx, hmacs)
