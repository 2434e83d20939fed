"""Signed tokens in links and bounce addresses. The only module that imports itsdangerous.

Each purpose has its own salt, so that a token for one purpose is not valid for another. Keys are a list, newest
first: the newest signs, all verify, so that links in old mails survive a key rotation. A token contains an
id or a keyed hash, never an address.

What may do harm in other hands expires: PERSONAL_WITHIN after it was made, and when its owner ends all links made
before an instant (the caller compares). What only stops mail (UNSUBSCRIBE, DO_NOT_MAIL) works for ever.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from hashlib import blake2b, sha512
from typing import Any

from itsdangerous import BadData, Signer, URLSafeSerializer
from itsdangerous.encoding import base64_decode, base64_encode

from monitor.errors import ConfigError, MonitorError


class Purpose(StrEnum):
    """What a link is for; its value is the first part of the page's path and of the salt."""

    CONFIRM = "confirm"
    UNSUBSCRIBE = "unsubscribe"
    PREFERENCES = "preferences"
    BOUNCE = "bounce"
    TRANSACTIONAL = "transactional"
    SCREENING = "screening"  # its page belongs to a topic: /topics/KEY/screening/TOKEN
    DO_NOT_MAIL = "do-not-mail"
    DIGEST = "digests"  # of a digest that is not listed: its number alone opens nothing


#: How long a request may be confirmed; afterwards its link is invalid and the request is deleted.
CONFIRM_WITHIN = timedelta(days=7)

#: How long the link to one's preferences, or to a screening page, works.
PERSONAL_WITHIN = timedelta(days=365)

#: The signed name of a transactional mail at the beginning of its bounce address or its Message-ID.
_TRANSACTIONAL = re.compile(
    r"<?(?:bounces\+)?(?P<name>(?P<plain>mail\.\d{1,18}\.(?P<subscription>\d{1,18}))-[0-9a-f]{20})@"
)


_NOT_VALID = "This link is not valid. Copy it whole from the mail, or ask for a new one."


class LinkError(MonitorError):
    """The link is forged, damaged, expired, or made for another purpose; the message says what to do."""


class Links:
    """Makes and reads links with `keys` (newest first) for pages at `public_url` ("" when the service has none).

    Personal links work for `personal_within`. Raises ConfigError without a key or with one shorter than 16 characters.
    """

    def __init__(
        self, keys: Sequence[str], public_url: str = "", *, personal_within: timedelta = PERSONAL_WITHIN
    ) -> None:
        if not keys or any(len(key) < 16 for key in keys):
            raise ConfigError("Links cannot be signed: set at least one secret key of 16 characters or more.")
        self.public_url, self._personal_within = public_url.rstrip("/"), personal_within
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
        return self._token(purpose, [number, int(made_at.timestamp())] if made_at else number)

    def url(self, purpose: Purpose, number: int, made_at: datetime | None = None) -> str:
        """The URL of the page with its token, "" when the service has no pages."""
        return f"{self.public_url}/{purpose}/{self.token(purpose, number, made_at)}" if self.public_url else ""

    def read(self, purpose: Purpose, token: str) -> int:
        """The number in a token, whenever it was made; raises LinkError."""
        content = self._content(purpose, token)
        return int(content[0] if isinstance(content, list) else content)

    def read_fresh(self, purpose: Purpose, token: str, now: datetime) -> tuple[int, datetime]:
        """The number in a token and when it was made; raises LinkError, also when that is too long ago or unknown."""
        content = self._content(purpose, token)
        within = CONFIRM_WITHIN if purpose is Purpose.CONFIRM else self._personal_within
        match content:
            case [int(number), int(made)] if now - (made_at := datetime.fromtimestamp(made, UTC)) <= within:
                return number, made_at
        raise LinkError("This link is too old. Ask for a new one.")

    def digest_url(self, digest_id: int, *, is_listed: bool) -> str:
        """The URL of a digest's page, "" when the service has no pages. One that is not listed cannot be guessed."""
        name = str(digest_id) if is_listed else self.token(Purpose.DIGEST, digest_id)
        return f"{self.public_url}/{Purpose.DIGEST}/{name}" if self.public_url else ""

    def do_not_mail_url(self, address_hmac: str, subscription_id: int) -> str:
        """The URL at which the owner of the address with this keyed hash ends all mail; "" when there are no pages.

        The hash is enough: the page works when nothing of the subscription is stored any more.
        """
        short_hmac = base64_encode(bytes.fromhex(address_hmac)).decode()
        token = self._token(Purpose.DO_NOT_MAIL, [short_hmac, subscription_id])
        return f"{self.public_url}/{Purpose.DO_NOT_MAIL}/{token}" if self.public_url else ""

    def read_do_not_mail(self, token: str) -> tuple[str, int]:
        """The keyed hash and the subscription in a token of `do_not_mail_url`; raises LinkError."""
        match self._content(Purpose.DO_NOT_MAIL, token):
            case [str(short_hmac), int(subscription_id)]:
                return base64_decode(short_hmac).hex(), subscription_id
        raise LinkError(_NOT_VALID)

    def screening_url(self, topic: str, by: str, made_at: datetime, until: datetime) -> str:
        """The URL at which the person named `by` may screen articles of `topic` until that instant."""
        instants = [int(made_at.timestamp()), int(until.timestamp())]
        token = self._token(Purpose.SCREENING, [topic, by, *instants])
        return f"{self.public_url}/topics/{topic}/{Purpose.SCREENING}/{token}" if self.public_url else ""

    def read_screening(self, token: str, topic: str, now: datetime) -> tuple[str, datetime]:
        """The name in a token for the screening of `topic`, and when it was made; raises LinkError."""
        match self._content(Purpose.SCREENING, token):
            case [str(key), str(by), int(made), int(until)] if key == topic and now.timestamp() <= until:
                made_at = datetime.fromtimestamp(made, UTC)
                if now - made_at <= self._personal_within:
                    return by, made_at
        raise LinkError("This link is too old, or for another topic. Ask for a new one.")

    def _token(self, purpose: Purpose, content: int | list[str | int]) -> str:
        """As the serializer's `dumps`, but never compressed: that token would begin with a dot, and many web servers
        refuse a path with a name that does.
        """
        written = json.dumps(content, separators=(",", ":"))
        return self._derived[purpose].sign(base64_encode(written)).decode()

    def _content(self, purpose: Purpose, token: str) -> Any:
        try:
            return self._serializers[purpose].loads(token)
        except BadData as error:
            raise LinkError(_NOT_VALID) from error

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
