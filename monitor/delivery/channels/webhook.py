"""A program that takes each digest as signed JSON (docs/channels.md describes it for those who write one)."""

from __future__ import annotations

import hashlib
import hmac

from monitor import __version__
from monitor.delivery.channels import http
from monitor.delivery.channels.http import USUAL, ExchangeError, Patience
from monitor.model import ChannelMessage, SendResult

#: The header with the signature, and the one with the instant that is signed with the body (seconds since 1970).
SIGNATURE, TIMESTAMP = "Monitor-Signature", "Monitor-Timestamp"


class Webhook:
    """`ports.Channel`: one POST for each message, signed with the secret that both sides know."""

    def __init__(self, url: str, secret: str, patience: Patience = USUAL) -> None:
        self._url, self._secret, self._patience = url, secret.encode(), patience

    def send(self, message: ChannelMessage) -> SendResult:
        """See `ports.Channel`."""
        timestamp = str(int(message.at.timestamp()))
        headers = {
            "Content-Type": "application/json",
            "User-Agent": f"monitor/{__version__}",
            "Idempotency-Key": message.message_id,
            TIMESTAMP: timestamp,
            SIGNATURE: signature(self._secret, timestamp, message.document),
        }
        try:
            response = http.exchange("POST", self._url, headers, message.document, self._patience)
        except ExchangeError as error:
            return error.result
        return http.result_of(response, message.at)

    def probe(self) -> None:
        """See `ports.Channel`."""
        http.reach(self._url, self._patience)


def signature(secret: bytes, timestamp: str, body: bytes) -> str:
    """ "v1=" and the HMAC-SHA256, in hexadecimal digits, of the timestamp, a full stop and the body."""
    return "v1=" + hmac.new(secret, timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()
