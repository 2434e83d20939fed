"""What a person was shown and agreed to, kept with every step of a subscription."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from monitor import store
from monitor.model import Consent, ConsentEvent
from monitor.store import Tx


@dataclass(frozen=True, slots=True)
class Visit:
    """How a person came to say so: on which form, shown which words (and their version), from where.

    `ip` is used for the limits; it is kept in the consent record only with `is_ip_stored`.
    """

    form: str
    text: str = ""
    text_version: str = ""
    ip: str = ""
    is_ip_stored: bool = False


def record(tx: Tx, subscription_id: int, event: ConsentEvent, visit: Visit, now: datetime) -> None:
    """Store that this was said on that visit."""
    store.consents.add(tx, consent_of(subscription_id, event, visit, now))


def consent_of(subscription_id: int, event: ConsentEvent, visit: Visit, now: datetime) -> Consent:
    """The consent record of one step; the IP address only where the visit allows keeping it."""
    ip = visit.ip if visit.is_ip_stored else ""
    return Consent(subscription_id, event, now, visit.form, visit.text, visit.text_version, ip)
