"""The domain of our mail, and the Message-ID of a digest's delivery (RFC 5322 section 3.6.4)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from email.utils import parseaddr
from hashlib import blake2b

from monitor.model import SmtpSettings


def mail_domain(smtp: SmtpSettings) -> str:
    """The domain of Message-IDs and bounce addresses: the bounce domain, else the sender's."""
    return smtp.bounce_domain or parseaddr(smtp.sender)[1].rpartition("@")[2] or "localhost"


def ehlo_name(smtp: SmtpSettings) -> str:
    """The name to greet the server with (RFC 5321 section 4.1.1.1): `smtp.ehlo_name`, else the sender's domain.

    The machine's own name is often "localhost" or a container's number, which servers refuse.
    """
    domain = parseaddr(smtp.sender)[1].rpartition("@")[2]
    return smtp.ehlo_name or domain.encode("idna").decode() or "localhost"


def message_ids(keys: Sequence[str], domain: str, composed_at: datetime) -> Callable[[int, int], str]:
    """A function that gives the Message-ID of a delivery for (digest id, subscription id): stored, and so the same at
    every attempt.

    Mail programs drop a mail whose Message-ID they already have. A keyed hash keeps the Message-IDs of two
    installations on one domain distinct, and the instant keeps those apart that have the same ids because an old
    backup was restored between them.
    """
    key = (keys[0] if keys else domain).encode()

    def message_id(digest_id: int, subscription_id: int) -> str:
        name = f"{digest_id}.{subscription_id}"
        hashed = blake2b(f"{name}.{composed_at.timestamp()}".encode(), key=key[:64], digest_size=8).hexdigest()
        return f"<digest.{name}.{hashed}@{domain}>"

    return message_id
