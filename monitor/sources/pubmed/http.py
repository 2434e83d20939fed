"""One request, one whole answer, over HTTP: gzip, lengths checked. No retries."""

from __future__ import annotations

import gzip
import http.client
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from email.message import Message
from email.utils import parsedate_to_datetime
from urllib.request import Request

from monitor.errors import UpstreamError
from monitor.model.clean_text import one_line
from monitor.sources.pubmed.connections import Connections

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
    """Sends requests over `connections`, which it leaves open behind a whole answer."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def send(self, request: Request, is_late: Callable[[], bool]) -> Response:
        """The answer to `request`, whatever its status; a redirect is an answer too, a redirected POST another request.

        `is_late` is asked after each block of bytes, so that an answer in drips ends too. Raises
        Unreachable for anything less than a whole answer; the error never shows the URL, which holds the key.
        """
        received = None
        try:
            received, keep = self._connections.send(request)
            with received:
                response = _received(received, is_late)
            keep()
        except (OSError, http.client.HTTPException, zlib.error, EOFError) as error:
            raise Unreachable(f"PubMed gave no whole answer: {_told(error)}.", is_cut=received is not None) from None
        return response

    def close(self) -> None:
        """Close the connections that are open; another request opens new ones."""
        self._connections.close()


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
    """An error in a few words; http.client tells only numbers."""
    if isinstance(error, http.client.IncompleteRead):
        return f"it was cut after {len(error.partial)} bytes"
    if isinstance(error, TimeoutError):
        return str(error) or "timed out"
    return one_line(f"{type(error).__name__}: {error}") if str(error) else type(error).__name__
