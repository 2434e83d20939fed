"""Text as quoted-printable (RFC 2045 section 6.7), so that no gateway has anything to change in it."""

from __future__ import annotations

import re
from binascii import b2a_qp

#: Characters of a line at most.
_LINE_LENGTH = 76
#: What a gateway would change at a line's start, and with it the hash that DKIM signs: mailbox files mark such lines
#: with ">", and a dot alone ends a message (RFC 2049 section 3).
_CHANGED_BY_GATEWAYS = re.compile(rb"^(?:From (?=([^\r\n]*))|\.(?=[\r\n]|\Z))", re.MULTILINE)


def encode(text: str) -> bytes:
    """Quoted-printable with CRLF line ends and lines of at most 76 characters."""
    raw = text.replace("\r\n", "\n").replace("\r", "\n").encode("utf-8", "replace")
    return _CHANGED_BY_GATEWAYS.sub(_protected, b2a_qp(raw)).replace(b"\n", b"\r\n")


def _protected(found: re.Match[bytes]) -> bytes:
    """ "From " or "." at a line's start with its first character encoded; the line is broken where it gets too long."""
    if found[0] == b".":
        return b"=2E"
    is_too_long = len(b"=46rom ") + len(found[1]) > _LINE_LENGTH
    return b"=46rom=\n " if is_too_long else b"=46rom "
