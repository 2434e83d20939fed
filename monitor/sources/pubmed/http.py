"""One request, one whole answer, over HTTP: connect and read timeouts apart, gzip, lengths checked. No retries."""

from __future__ import annotations

import gzip
import http.client
import urllib.request
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from email.message import Message
from email.utils import parsedate_to_datetime
from functools import partial
from typing import Any
from urllib.request import Request

from monitor.errors import UpstreamError

_BLOCK = 1 << 16


@dataclass(frozen=True, slots=True)
class Response:
    """What came back: status, decompressed body and the seconds that a Retry-After header asks for, if any."""

    status: int
    body: bytes
    retry_after: float | None = None


class Unreachable(UpstreamError):
    """No whole answer came: refused, reset, timed out or cut. `is_cut` is True when it had begun to come."""

    def __init__(self, message: str, *, is_cut: bool) -> None:
        super().__init__(message)
        self.is_cut = is_cut


class Wire:
    """Opens one connection a request. `connect_timeout` covers TLS too, `read_timeout` each wait for bytes; seconds."""

    def __init__(self, connect_timeout: float, read_timeout: float) -> None:
        self._opener = urllib.request.OpenerDirector()
        timeouts = {"connect_timeout": connect_timeout, "read_timeout": read_timeout}
        # No handler for redirects or for statuses: a redirected POST would be another request, and the caller
        # wants the body of a refusal.
        for handler in (urllib.request.ProxyHandler(), _PlainHandler(timeouts), _SecureHandler(timeouts)):
            self._opener.add_handler(handler)

    def send(self, request: Request, is_late: Callable[[], bool]) -> Response:
        """The answer to `request`, whatever its status.

        `is_late` is asked after each block of bytes, so that an answer in drips ends too. Raises
        Unreachable for anything less than a whole answer; the error never shows the URL, which holds the key.
        """
        response = None
        try:
            response = self._opener.open(request)
            if response is None:
                raise ConnectionError("the address has a scheme that is neither http nor https")
            with response:
                return _received(response, is_late)
        except (OSError, http.client.HTTPException, zlib.error, EOFError) as error:
            raise Unreachable(f"PubMed gave no whole answer: {_told(error)}.", is_cut=response is not None) from None


def _received(response: http.client.HTTPResponse, is_late: Callable[[], bool]) -> Response:
    blocks = []
    while block := response.read1(_BLOCK):
        blocks.append(block)
        if is_late():
            raise TimeoutError("it came too slowly")
    body = b"".join(blocks)
    promised = response.headers.get("Content-Length", "")
    if promised.isdigit() and int(promised) != len(body):
        raise http.client.IncompleteRead(body, int(promised) - len(body))
    if response.headers.get("Content-Encoding", "").lower() == "gzip":
        body = gzip.decompress(body)
    return Response(response.status, body, retry_after(response.headers))


def retry_after(headers: Message) -> float | None:
    """Seconds of a Retry-After header: a number, or a date counted from the answer's own Date; None without one."""
    value = (headers.get("Retry-After") or "").strip()
    if value.isascii() and value.isdigit():
        return float(value)
    try:
        wait = parsedate_to_datetime(value) - parsedate_to_datetime(headers.get("Date") or "")
    except (TypeError, ValueError):  # none, not a date, or only one of them has a time zone
        return None
    return max(wait.total_seconds(), 0.0)


def _told(error: BaseException) -> str:
    """An error in a few words: urllib wraps the reason, http.client tells only numbers."""
    reason = getattr(error, "reason", None)
    if isinstance(reason, BaseException):
        return _told(reason)
    if isinstance(error, http.client.IncompleteRead):
        return f"it was cut after {len(error.partial)} bytes"
    if isinstance(error, TimeoutError):
        return str(error) or "timed out"
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__


class _TwoTimeouts(http.client.HTTPConnection):
    """A connection with one timeout for connecting and another for each read."""

    def __init__(self, *args: Any, connect_timeout: float, read_timeout: float, **kwargs: Any) -> None:
        super().__init__(*args, **{**kwargs, "timeout": connect_timeout})
        self._read_timeout = read_timeout

    def connect(self) -> None:
        """Connect, then wait longer: PubMed may think for a while."""
        super().connect()
        self.sock.settimeout(self._read_timeout)


class _SecureTwoTimeouts(_TwoTimeouts, http.client.HTTPSConnection):
    """The same with TLS: the next class in line connects and shakes hands."""


class _PlainHandler(urllib.request.HTTPHandler):
    def __init__(self, timeouts: dict[str, float]) -> None:
        super().__init__()
        self._timeouts = timeouts

    def http_open(self, req: Request) -> http.client.HTTPResponse:
        return self.do_open(partial(_TwoTimeouts, **self._timeouts), req)


class _SecureHandler(urllib.request.HTTPSHandler):
    def __init__(self, timeouts: dict[str, float]) -> None:
        super().__init__()
        self._timeouts = timeouts

    def https_open(self, req: Request) -> http.client.HTTPResponse:
        return self.do_open(partial(_SecureTwoTimeouts, **self._timeouts), req)
