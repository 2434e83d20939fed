"""Signed tokens in links and bounce addresses. The only module that imports itsdangerous.

Each purpose has its own salt, so that a token for one purpose is not valid for another. Keys are a list, newest
first: the newest signs, all verify, so that links in old mails survive a key rotation. A token contains an
id, never an address.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from hashlib import blake2b, sha512

from itsdangerous import BadData, Signer, URLSafeSerializer
from itsdangerous.encoding import base64_encode

from monitor.errors import ConfigError, MonitorError


class Purpose(StrEnum):
    """What a link is for; its value is the first part of the page's path and of the salt."""

    CONFIRM = "confirm"
    UNSUBSCRIBE = "unsubscribe"
    PREFERENCES = "preferences"
    BOUNCE = "bounce"
    TRANSACTIONAL = "transactional"
    SCREENING = "screening"  # its page belongs to a topic: /topics/KEY/screening/TOKEN


#: How long a request may be confirmed; afterwards its link is invalid and the request is deleted.
CONFIRM_WITHIN = timedelta(days=7)

#: The signed name of a transactional mail at the beginning of its bounce address or its Message-ID.
_TRANSACTIONAL = re.compile(
    r"<?(?:bounces\+)?(?P<name>(?P<plain>mail\.\d{1,18}\.(?P<subscription>\d{1,18}))-[0-9a-f]{20})@"
)


class LinkError(MonitorError):
    """The link is forged, damaged, expired, or made for another purpose; the message says what to do."""


class Links:
    """Makes and reads links with `keys` (newest first) for pages at `public_url` ("" when the service has none).

    Raises ConfigError without a key or with one shorter than 16 characters.
    """

    def __init__(self, keys: Sequence[str], public_url: str = "") -> None:
        if not keys or any(len(key) < 16 for key in keys):
            raise ConfigError("Links cannot be signed: set at least one secret key of 16 characters or more.")
        self.public_url = public_url.rstrip("/")
        oldest_first = [key.encode() for key in reversed(keys)]  # itsdangerous signs with the last
        signing = {"key_derivation": "hmac", "digest_method": sha512}
        self._serializers = {
            purpose: URLSafeSerializer(oldest_first, salt=f"monitor.{purpose}", signer_kwargs=signing)
            for purpose in Purpose
        }
        signers = {purpose: found.make_signer(found.salt) for purpose, found in self._serializers.items()}
        #: For the many tokens of a digest: these signers derive their key once and make the same signatures.
        self._derived = {
            purpose: Signer(signer.derive_key(), key_derivation="none", digest_method=sha512)
            for purpose, signer in signers.items()
        }
        self._name_keys = {
            purpose: [signers[purpose].derive_key(key.encode())[:64] for key in keys]  # newest first
            for purpose in (Purpose.BOUNCE, Purpose.TRANSACTIONAL)
        }

    def token(self, purpose: Purpose, number: int, made_at: datetime | None = None) -> str:
        """A signed token for the subscription (or delivery) `number`; with `made_at` it can expire."""
        if made_at:
            return str(self._serializers[purpose].dumps([number, int(made_at.timestamp())]))
        return self._derived[purpose].sign(base64_encode(str(number))).decode()  # equals dumps(number)

    def url(self, purpose: Purpose, number: int, made_at: datetime | None = None) -> str:
        """The URL of the page with its token, "" when the service has no pages."""
        return f"{self.public_url}/{purpose}/{self.token(purpose, number, made_at)}" if self.public_url else ""

    def read(self, purpose: Purpose, token: str, now: datetime | None = None, max_age: timedelta | None = None) -> int:
        """The number in a token; raises LinkError. With `max_age` the token must contain a time no older than that."""
        try:
            content = self._serializers[purpose].loads(token)
        except BadData as error:
            raise LinkError("This link is not valid. Copy it whole from the mail, or ask for a new one.") from error
        number, made = content if isinstance(content, list) else (content, None)
        if max_age is not None:
            is_fresh = made is not None and now is not None and now - datetime.fromtimestamp(made, UTC) <= max_age
            if not is_fresh:
                raise LinkError("This link is too old. Ask for a new one.")
        return int(number)

    def screening_url(self, topic: str, by: str, until: datetime) -> str:
        """The URL at which the person named `by` may screen articles of `topic` until that instant."""
        token = self._serializers[Purpose.SCREENING].dumps([topic, by, int(until.timestamp())])
        return f"{self.public_url}/topics/{topic}/{Purpose.SCREENING}/{token!s}" if self.public_url else ""

    def read_screening(self, token: str, topic: str, now: datetime) -> str:
        """The name in a token for the screening of `topic`; raises LinkError, also when it has expired."""
        try:
            content = self._serializers[Purpose.SCREENING].loads(token)
        except BadData as error:
            raise LinkError("This link is not valid. Copy it whole, or ask for a new one.") from error
        match content:
            case [str(key), str(by), int(until)] if key == topic and now.timestamp() <= until:
                return by
        raise LinkError("This link is too old, or for another topic. Ask for a new one.")

    def bounce_address(self, delivery_id: int, domain: str) -> str:
        """The envelope sender of one delivery (VERP): its bounces go there and identify the delivery."""
        return f"bounces+{self._sign(Purpose.BOUNCE, str(delivery_id))}@{domain}"

    def read_bounce_address(self, address: str) -> int:
        """The id of the delivery in a bounce address; raises LinkError for any other address."""
        local = _plain_local_part(address)
        number = local.removeprefix("bounces+").split("-")[0]
        names = self._signed_names(Purpose.BOUNCE, number) if number.isdecimal() else []
        if not any(local == f"bounces+{name}" for name in names):
            raise LinkError(f"{address!r} is not a bounce address of this service.")
        return int(number)

    def transactional_name(self, mail_id: int, subscription_id: int) -> str:
        """The signed name of a transactional mail to the person of a subscription, the same at every attempt:
        "mail.9.17-3f0a…".

        Its Message-ID is `<name@domain>` and its envelope sender `bounces+name@domain`, so that a bounce or
        complaint that contains only one of the two still identifies the subscription.
        """
        return self._sign(Purpose.TRANSACTIONAL, f"mail.{mail_id}.{subscription_id}")

    def read_transactional_name(self, text: str) -> int:
        """The subscription of the transactional mail with this bounce address or Message-ID; raises LinkError for any
        other.
        """
        found = _TRANSACTIONAL.match(f"{_plain_local_part(text)}@")
        if not found or found["name"] not in self._signed_names(Purpose.TRANSACTIONAL, found["plain"]):
            raise LinkError(f"{text!r} does not name a mail of this service.")
        return int(found["subscription"])

    def _sign(self, purpose: Purpose, plain: str) -> str:
        return f"{plain}-{_short_hmac(self._name_keys[purpose][0], plain)}"

    def _signed_names(self, purpose: Purpose, plain: str) -> list[str]:
        """ "17-3f0a…" under each key, newest first. Hexadecimal: mail servers may change the case of a local part."""
        return [f"{plain}-{_short_hmac(key, plain)}" for key in self._name_keys[purpose]]


def _plain_local_part(address: str) -> str:
    """The local part as we wrote it: servers fold its case, and SRS and BATV write "…=" before it."""
    return address.rsplit("@", 1)[0].rpartition("=")[2].lower()


def _short_hmac(key: bytes, plain: str) -> str:
    """80 bits of a keyed hash: not guessable, and short enough for a local part (64 octets, RFC 5321 4.5.3.1.1)."""
    return blake2b(plain.encode(), key=key, digest_size=10).hexdigest()
