"""Signed links: what the owner of a mailbox may do, one purpose each. The one place that knows itsdangerous.

A link names a subscription by its number, so it tells nothing of the address. It is signed with the
newest key; the older ones still verify, so links in mails of long ago survive a change of keys.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from enum import StrEnum

from itsdangerous import BadData, URLSafeTimedSerializer

from monitor.errors import ConfigError


class Purpose(StrEnum):
    """What a link is good for, also the first part of its path. One made for one purpose is worthless for another."""

    CONFIRM = "confirm"
    PREFERENCES = "preferences"
    UNSUBSCRIBE = "unsubscribe"


#: How long a link holds, None for ever: who leaves with a mail of years ago must succeed.
LIFETIME = {Purpose.CONFIRM: timedelta(days=7), Purpose.PREFERENCES: None, Purpose.UNSUBSCRIBE: None}


class Links:
    """Makes and reads the links of one site.

    `keys` are the secrets, newest first; `public_url` is where the pages are. Raises ConfigError without a key.
    """

    def __init__(self, keys: Sequence[str], public_url: str) -> None:
        if not keys:
            raise ConfigError("Links cannot be signed: set MONITOR_SECRET_KEY (make one with: openssl rand -hex 32).")
        self.public_url = public_url.rstrip("/")
        oldest_first = list(reversed(keys))
        self._signers = {one: URLSafeTimedSerializer(oldest_first, salt=f"monitor link {one}") for one in Purpose}

    def token(self, purpose: Purpose, subscription_id: int) -> str:
        """The signed text that names a subscription for `purpose`; safe in a URL."""
        return str(self._signers[purpose].dumps(subscription_id))

    def url(self, purpose: Purpose, subscription_id: int) -> str:
        """The address of the page for `purpose`."""
        return f"{self.public_url}/{purpose}/{self.token(purpose, subscription_id)}"

    def read(self, purpose: Purpose, token: str) -> int | None:
        """The subscription a token names, None when we did not sign it for `purpose` or it is too old."""
        lifetime = LIFETIME[purpose]
        age = None if lifetime is None else int(lifetime.total_seconds())
        try:
            found = self._signers[purpose].loads(token, max_age=age)
        except BadData:
            return None
        return found if isinstance(found, int) else None
