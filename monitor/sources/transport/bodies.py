"""What holds for every answer over HTTP: compressed data within bounds, and how long to wait."""

from __future__ import annotations

import http.client
import zlib
from email.utils import parsedate_to_datetime
from typing import Protocol

#: Members of a gzip stream that are read; servers send one.
_MAX_MEMBERS = 100

#: Content-Encoding → `wbits` of zlib. "deflate" is zlib's format (RFC 9110, 8.4.1.2).
_ENCODINGS = {"gzip": 31, "x-gzip": 31, "deflate": 15}


class Refused(http.client.HTTPException):
    """The answer is not read: it is too large, or in an encoding that nobody asked for."""


class Headers(Protocol):
    """The headers of an answer; names in any case."""

    def get(self, name: str, /) -> str | None:
        """The value of a header, None where there is none."""


def decompressed(body: bytes, content_encoding: str, most: int) -> bytes:
    """The body without the encodings that its Content-Encoding header names.

    Raises Refused for another encoding and for more than `most` bytes, zlib.error and EOFError for broken data.
    """
    encodings = [name.strip().lower() for name in content_encoding.split(",")]
    for encoding in reversed([name for name in encodings if name not in ("", "identity")]):
        if encoding not in _ENCODINGS:
            raise Refused("it is in an encoding that was not asked for")
        body = _decompressed(body, _ENCODINGS[encoding], most)
    return body


def _decompressed(body: bytes, wbits: int, most: int) -> bytes:
    """The decompressed body, never more than `most` bytes of it: 300 kB of gzip can stand for 600 MB."""
    whole, rest = bytearray(), body
    for _ in range(_MAX_MEMBERS):
        inflater = zlib.decompressobj(wbits)
        whole += inflater.decompress(rest, most + 1 - len(whole))
        if len(whole) > most:
            raise Refused(f"it has more than {most:,} bytes when decompressed")
        if not inflater.eof:
            raise EOFError("the compressed data ends early")
        rest = inflater.unused_data.lstrip(b"\0")
        if not rest:
            return bytes(whole)
    raise Refused(f"its compressed data has more than {_MAX_MEMBERS} parts")


def retry_after(headers: Headers) -> float | None:
    """Seconds of a Retry-After header: a number, or a date counted from the answer's own Date; None without one."""
    value = (headers.get("Retry-After") or "").strip()
    if value.isascii() and value.isdigit():
        return float(value)  # infinity from 310 digits on
    try:
        wait = parsedate_to_datetime(value) - parsedate_to_datetime(headers.get("Date") or "")
    except (TypeError, ValueError, OverflowError, IndexError):
        return None  # none, not a date, beyond the calendar, or only one of them has a time zone
    return max(wait.total_seconds(), 0.0)
