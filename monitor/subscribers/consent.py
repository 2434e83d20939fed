"""The consent record: what a person was shown and agreed to at each step of a subscription."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from monitor import store
from monitor.model import Consent, ConsentEvent
from monitor.store import Tx


@dataclass(frozen=True, slots=True)
class Visit:
    """The circumstances of a request: its form, the text shown with its version, the client's IP address.

    `ip` is used for the rate limits; it is stored in the consent record only with `is_ip_stored`.
    """

    form: str
    text: str = ""
    text_version: str = ""
    ip: str = ""
    is_ip_stored: bool = False


def record(tx: Tx, subscription_id: int, event: ConsentEvent, visit: Visit, now: datetime) -> None:
    """Append an entry for `event` to the consent record."""
    store.consents.add(tx, consent_of(subscription_id, event, visit, now))


def consent_of(subscription_id: int, event: ConsentEvent, visit: Visit, now: datetime) -> Consent:
    """The entry for `event`, with the IP address only if the visit allows storing it."""
    ip = visit.ip if visit.is_ip_stored else ""
    return Consent(subscription_id, event, now, visit.form, visit.text, visit.text_version, ip)
