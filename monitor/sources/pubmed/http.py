"""One request, one whole answer, over HTTP: decompressed, lengths checked, sizes bounded. No retries."""

from __future__ import annotations

import http.client
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from urllib.request import Request

from monitor.errors import UpstreamError
from monitor.model.values.clean_text import one_line
from monitor.sources.pubmed.connections import Connections
from monitor.sources.transport.bodies import Refused, decompressed, retry_after

_BLOCK = 1 << 16

#: Digits of a Content-Length that is believed.
_DIGITS = 15
#: Bytes of the largest answer that is read, compressed and decompressed: 200 records with all their references and
#: investigators have a tenth of it.
MAX_BYTES = 1 << 25


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

        `is_late` is asked whenever more bytes are needed, so that an answer in drips ends too. Raises
        Unreachable for anything less than a whole answer, and for one of more than MAX_BYTES; the error never shows
        the URL, which holds the key.
        """
        received = None
        try:
            received, keep = self._connections.send(request, is_late)
            with received:
                response = _received(received)
            keep()
        except (OSError, http.client.HTTPException, zlib.error, EOFError) as error:
            raise Unreachable(f"PubMed gave no whole answer: {_told(error)}.", is_cut=received is not None) from None
        return response

    def close(self) -> None:
        """Close the connections that are open; another request opens new ones."""
        self._connections.close()


def _received(response: http.client.HTTPResponse) -> Response:
    promised = _length(response.headers.get("Content-Length", ""))
    body = bytearray()
    while block := response.read1(_BLOCK):
        body += block
        if len(body) > MAX_BYTES:
            raise Refused(f"it has more than {MAX_BYTES:,} bytes")
    if promised is not None and promised != len(body):
        raise http.client.IncompleteRead(bytes(body), promised - len(body))
    whole = decompressed(bytes(body), response.headers.get("Content-Encoding", ""), MAX_BYTES)
    return Response(response.status, whole, retry_after(response.headers))


def _length(text: str) -> int | None:
    """The length that a header promises in bytes, None where it promises none or what no body has."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _DIGITS else None


def _told(error: BaseException) -> str:
    """An error in a few words; http.client tells only numbers."""
    if isinstance(error, http.client.IncompleteRead):
        return f"it was cut after {len(error.partial)} bytes"
    if isinstance(error, TimeoutError | Refused):
        return one_line(str(error)) or "timed out"
    return one_line(f"{type(error).__name__}: {error}") if str(error) else type(error).__name__
