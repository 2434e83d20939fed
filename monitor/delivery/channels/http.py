"""One HTTP request to a channel, and what its response means for a delivery.

Only https, or http on loopback; no redirect is followed; connecting, each wait and the whole response have an end, and
so has the size of what is read. What is said of a failure never holds the address, which is a secret.
"""

from __future__ import annotations

import http.client
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from ipaddress import ip_address
from urllib.parse import urlsplit
from urllib.request import Request

from monitor.errors import MonitorError
from monitor.model import SendOutcome, SendResult, Stage
from monitor.sources.pubmed.connections import Connections

#: Bytes of a response that are read: more than any service needs to say that it took a message.
MAX_RESPONSE = 200_000
#: The wait at a limit that does not say how long it lasts, and the longest that a service may ask for.
DEFAULT_WAIT, LONGEST_WAIT = timedelta(minutes=1), timedelta(days=1)

#: Statuses that say that the service cannot do it now (RFC 9110, 8470): 409 comes while an earlier copy is at work.
_NOT_NOW = (408, 409, 425)
#: Statuses about this message: as it is it will never be taken.
_NEVER = (413, 422)
#: 400 may mean the message or a room that does not exist, so it is tried for as long as a mailbox that is full.
_BAD_REQUEST, LIMIT, _UNAVAILABLE = 400, 429, 503


@dataclass(frozen=True, slots=True)
class Patience:
    """How many seconds a server may take to be connected to, to go on with a response, and for all of it."""

    connect: float = 10.0
    read: float = 10.0
    whole: float = 20.0


USUAL = Patience()


@dataclass(frozen=True, slots=True)
class Response:
    """What a server answered; `headers` by their names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class ExchangeError(MonitorError):
    """There was no usable response. `was_sent`: the server had the whole request, so it may have acted on it."""

    def __init__(self, reason: str, *, was_sent: bool = False) -> None:
        super().__init__(reason)
        self.was_sent = was_sent

    @property
    def result(self) -> SendResult:
        """In doubt when the request was sent; otherwise the channel cannot be reached, which is nobody's attempt."""
        if self.was_sent:
            return SendResult(SendOutcome.UNCERTAIN, 0, str(self), Stage.HTTP)
        return unusable(str(self))


def exchange(
    method: str, url: str, headers: Mapping[str, str], body: bytes | None, patience: Patience = USUAL
) -> Response:
    """Send one request and read its response. Raises ExchangeError."""
    if not is_allowed(url):
        raise ExchangeError("its address is neither https nor on this machine")
    ends_at, is_sent = time.monotonic() + patience.whole, False

    def is_late() -> bool:  # asked when bytes of the response are waited for, so the request is out
        nonlocal is_sent
        is_sent = True
        return time.monotonic() > ends_at

    request = Request(url, body, {**headers, "Connection": "close"}, method=method)  # noqa: S310  its scheme is checked
    try:
        response, _ = Connections(patience.connect, patience.read).send(request, is_late)
        with response:
            named = {name.lower(): value for name, value in response.getheaders()}
            return Response(response.status, named, response.read(MAX_RESPONSE))
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise ExchangeError(_reason(error), was_sent=is_sent and not _is_before_the_request(error)) from None


def reach(url: str, patience: Patience = USUAL) -> None:
    """Ask the server of an address for its front page: at the address itself anything could be taken for a message.

    Any answer will do. Raises ExchangeError.
    """
    parts = urlsplit(url)
    exchange("HEAD", f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}/", {}, None, patience)


def is_allowed(url: str) -> bool:
    """Is it https, or http to this machine?"""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return False
    return bool(host) and (parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host)))


def is_loopback(host: str) -> bool:
    """Is this host the machine itself, by its name?"""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _is_before_the_request(error: Exception) -> bool:
    """Did it fail behind a proxy, which has answered, but before anything was sent to the server?"""
    return isinstance(error, ssl.SSLCertVerificationError) or str(error).startswith("Tunnel connection failed")


def _reason(error: Exception) -> str:
    """Why there was no response, without what may hold the address or its host."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted ({error.verify_message.partition(',')[0]})"
    if isinstance(error, TimeoutError):
        return "it did not answer in time"
    if isinstance(error, OSError) and error.strerror:
        return f"it cannot be reached ({error.strerror.partition(':')[0]})"
    return f"it broke off the conversation ({type(error).__name__})"


def result_of(response: Response, at: datetime) -> SendResult:
    """What a response at the instant `at` means for the message; the statuses are those of RFC 9110."""
    status, text = response.status, f"it answered {response.status} {http.client.responses.get(response.status, '')}"
    wait = retry_after(response.headers.get("retry-after", ""), at)
    if 200 <= status < 300:
        return SendResult(SendOutcome.SENT, status, "", Stage.HTTP)
    if status == LIMIT or (status == _UNAVAILABLE and wait):
        return SendResult(
            SendOutcome.DEFERRED, status, text, Stage.HTTP, is_attempt=False, retry_after=wait or DEFAULT_WAIT
        )
    if status in _NEVER:
        return SendResult(SendOutcome.FAILED, status, text, Stage.HTTP)
    if status >= 500 or status in _NOT_NOW or status == _BAD_REQUEST:
        return SendResult(SendOutcome.DEFERRED, status, text, Stage.HTTP, retry_after=wait)
    redirected = ". It leads elsewhere, where nothing is sent: write the final address" if 300 <= status < 400 else ""
    return unusable(text + redirected, status)


def unusable(text: str, status: int = 0) -> SendResult:
    """The channel cannot be used as configured, or not reached: its messages wait, and none counts an attempt."""
    return SendResult(SendOutcome.DEFERRED, status, text, Stage.HTTP, is_attempt=False)


def retry_after(value: str, at: datetime) -> timedelta | None:
    """The Retry-After header (RFC 9110, 10.2.3) as a wait from `at`, at most LONGEST_WAIT; None for no usable one."""
    try:
        until = parsedate_to_datetime(value) if not value.strip().isdecimal() else None
        wait = timedelta(seconds=int(value.strip()[:9])) if until is None else until.replace(tzinfo=UTC) - at
    except ValueError:
        return None
    return min(wait, LONGEST_WAIT) if wait > timedelta() else None
