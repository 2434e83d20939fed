"""A digest as a MIME message, built once and cut at its places; each subscriber's copy is a join of ready bytes.

The message is written here and not by `email.message.EmailMessage`: in Python 3.11 that class
decodes encoded words in a header and lets the line break inside one start a new header
(CVE-2024-6923), and article titles are written by strangers. Nothing here decodes anything.
Formats: RFC 5322, 2045 (quoted-printable), 2047, 2387 (related), 2919 (List-ID), 2369, 8058, 3834.
"""

from __future__ import annotations

import base64
import re
from binascii import b2a_qp
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.header import Header
from email.utils import format_datetime, formataddr, parseaddr
from functools import lru_cache

from markupsafe import escape

from monitor.model import Rendered
from monitor.model.email_address import is_sendable
from monitor.render.dates import ENGLISH, Dates
from monitor.render.placeholders import DatePlaceholder, Placeholder, clean, parts
from monitor.render.timeline_png import CONTENT_ID

#: "=_" cannot stand in quoted-printable or base64, so a boundary never appears inside a part.
_MIXED, _ALTERNATIVE, _RELATED = "=_mixed", "=_alternative", "=_related"
_PLAIN = "text/plain; charset=utf-8"
_EOL = b"\r\n"
_SOFT_BREAK = b"=\r\n"


@dataclass(frozen=True, slots=True)
class Heading:
    """What the headers of all copies say: From, List-ID and where help and the archive are ("" for none)."""

    sender: str
    list_id: str
    help_address: str = ""
    archive_url: str = ""


@dataclass(frozen=True, slots=True)
class Recipient:
    """One subscriber's own: address, Message-ID (with its angle brackets), links and how dates are written.

    `unsubscribe_url` is the one-click HTTPS address, "" where there are no pages; then the
    `unsubscribe_mailto` stands in its place. At least one of the two is needed.
    """

    address: str
    message_id: str
    unsubscribe_mailto: str = ""
    unsubscribe_url: str = ""
    preferences_url: str = ""
    digest_url: str = ""
    in_reply_to: str = ""
    dates: Dates = ENGLISH

    def places(self) -> dict[Placeholder, str]:
        """The value of each place."""
        return {
            Placeholder.UNSUBSCRIBE: self.unsubscribe_url or self.unsubscribe_mailto or "#",
            Placeholder.PREFERENCES: self.preferences_url or "#",
            Placeholder.DIGEST: self.digest_url or "#",
        }


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that goes with a mail: its name and media type are ours, plain ASCII."""

    name: str
    media_type: str
    content: bytes


class DigestTemplate:
    """One rendered digest, ready to be addressed any number of times."""

    def __init__(
        self, rendered: Rendered, heading: Heading, picture: bytes = b"", attachments: Sequence[Attachment] = ()
    ) -> None:
        form = f'mixed; boundary="{_MIXED}"' if attachments else f'alternative; boundary="{_ALTERNATIVE}"'
        self._headers = _common_headers(rendered.subject, heading, f"Content-Type: multipart/{form}")
        body = _alternative(rendered, picture)
        self._body = _joined(_mixed(body, attachments) if attachments else body)

    def to(self, recipient: Recipient, at: datetime) -> bytes:
        """The copy for one recipient, dated `at`; raises ValueError for an address no mail can be sent to."""
        links = recipient.places()
        write = recipient.dates.write
        plain = {place: _encode(url) for place, url in links.items()}
        html = {place: _encode(str(escape(url))) for place, url in links.items()}
        body = (
            piece
            if isinstance(piece, bytes)
            else _encode_once(write(piece))
            if isinstance(piece, DatePlaceholder)
            else (html if piece.is_html else plain)[piece.place]
            for piece in self._body
        )
        return b"".join((_own_headers(recipient, at), self._headers, _EOL, *body))


@dataclass(frozen=True, slots=True)
class SimpleMessage:
    """A short mail to one mailbox that is no digest; `submitted` says how it came about (RFC 3834)."""

    sender: str
    address: str
    message_id: str
    subject: str
    text: str
    html: str = ""
    submitted: str = "auto-generated"

    def written(self, at: datetime) -> bytes:
        """The mail, dated `at`; raises ValueError for an address no mail can be sent to."""
        kind = f'multipart/alternative; boundary="{_ALTERNATIVE}"' if self.html else _PLAIN
        headers = [
            f"From: {_from(self.sender)}",
            f"To: <{checked_address(self.address)}>",
            f"Subject: {header_text(self.subject)}",
            f"Date: {format_datetime(at)}",
            f"Message-ID: {_token(self.message_id)}",
            f"Auto-Submitted: {_token(self.submitted)}",
            "MIME-Version: 1.0",
            f"Content-Type: {kind}",
        ]
        text = _encode(self.text)
        if not self.html:
            return _written([*headers, "Content-Transfer-Encoding: quoted-printable"]) + _EOL + text
        parts = [_opening(_ALTERNATIVE, f"Content-Type: {_PLAIN}"), text]
        parts += [_opening(_ALTERNATIVE, "Content-Type: text/html; charset=utf-8"), _encode(self.html)]
        return b"".join([_written(headers), _EOL, *parts, f"\r\n--{_ALTERNATIVE}--\r\n".encode()])


@dataclass(frozen=True, slots=True)
class _Gap:
    place: Placeholder
    is_html: bool


#: What a letter is made of: ready bytes, and between them the links and dates that are each reader's own.
_Piece = bytes | _Gap | DatePlaceholder


def header_text(text: str) -> str:
    """`text` as a header's value: as it is when plain ASCII, else as RFC 2047 encoded words; always injection-proof.

    What already looks like an encoded word is encoded again, so that a client shows it as written.
    """
    line = " ".join(clean(text).split())
    if line.isascii() and "=?" not in line:
        return line
    return Header(line, "utf-8", maxlinelen=72).encode(linesep="\r\n")


def checked_address(address: str) -> str:
    """The address; raises ValueError when mail could not be sent to it or it would break a header."""
    if not is_sendable(address):
        raise ValueError(f"{address!r} is not an address that mail can be sent to")
    return address


def _common_headers(subject: str, heading: Heading, content_type: str) -> bytes:
    lines = [
        f"From: {_from(heading.sender)}",
        f"Subject: {header_text(subject)}",
        f"List-ID: <{_token(heading.list_id)}>",
        "Precedence: bulk",
        "Auto-Submitted: auto-generated",
        "MIME-Version: 1.0",
        content_type,
    ]
    if heading.help_address:
        lines.append(f"List-Help: <mailto:{_token(heading.help_address)}?subject=help>")
    if heading.archive_url:
        lines.append(f"List-Archive: <{_token(heading.archive_url)}>")
    return _written(lines)


def _from(sender: str) -> str:
    name, address = parseaddr(sender)
    return formataddr((" ".join(clean(name).split()), checked_address(address)))


def _own_headers(recipient: Recipient, at: datetime) -> bytes:
    lines = [
        f"To: <{checked_address(recipient.address)}>",
        f"Date: {format_datetime(at)}",
        f"Message-ID: {_token(recipient.message_id)}",
    ]
    ways = [way for way in (recipient.unsubscribe_url, recipient.unsubscribe_mailto) if way]
    if ways:
        lines.append("List-Unsubscribe: " + ",\r\n ".join(f"<{_token(way)}>" for way in ways))
    if recipient.unsubscribe_url.startswith("https://"):
        lines.append("List-Unsubscribe-Post: List-Unsubscribe=One-Click")
    if recipient.in_reply_to:
        lines += [f"In-Reply-To: {_token(recipient.in_reply_to)}", f"References: {_token(recipient.in_reply_to)}"]
    return _written(lines)


def _written(lines: Iterable[str]) -> bytes:
    return b"".join(line.encode("ascii") + _EOL for line in lines)


def _token(text: str) -> str:
    """`text` when it is one printable ASCII word; raises ValueError, for anything else could start a new header."""
    if not re.fullmatch(r"[!-~]+", text):
        raise ValueError(f"{text!r} cannot stand in a mail header")
    return text


def _alternative(rendered: Rendered, picture: bytes) -> list[_Piece]:
    """The text part, then the HTML with its picture; a client shows the last it can."""
    pieces = [_opening(_ALTERNATIVE, "Content-Type: text/plain; charset=utf-8"), *_cut(rendered.text, is_html=False)]
    html = [*_cut(rendered.html, is_html=True)]
    if not picture:
        pieces += [_opening(_ALTERNATIVE, "Content-Type: text/html; charset=utf-8"), *html]
        return [*pieces, f"\r\n--{_ALTERNATIVE}--\r\n".encode()]
    related = f'\r\n--{_ALTERNATIVE}\r\nContent-Type: multipart/related; boundary="{_RELATED}"; type="text/html"\r\n'
    pieces += [related.encode(), _opening(_RELATED, "Content-Type: text/html; charset=utf-8"), *html]
    return [*pieces, _picture_part(picture), f"\r\n--{_RELATED}--\r\n\r\n--{_ALTERNATIVE}--\r\n".encode()]


def _mixed(body: Sequence[_Piece], attachments: Iterable[Attachment]) -> list[_Piece]:
    """The mail as one part, and the files after it."""
    head = f'\r\n--{_MIXED}\r\nContent-Type: multipart/alternative; boundary="{_ALTERNATIVE}"\r\n'
    files = [_file_part(one) for one in attachments]
    return [head.encode(), *body, *files, f"\r\n--{_MIXED}--\r\n".encode()]


def _file_part(file: Attachment) -> bytes:
    headers = (
        f"\r\n--{_MIXED}\r\nContent-Type: {file.media_type}\r\n"
        f'Content-Disposition: attachment; filename="{file.name}"\r\nContent-Transfer-Encoding: base64\r\n\r\n'
    )
    return headers.encode() + base64.encodebytes(file.content).replace(b"\n", _EOL)


def _opening(boundary: str, content_type: str) -> bytes:
    return f"\r\n--{boundary}\r\n{content_type}\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n".encode()


def _picture_part(picture: bytes) -> bytes:
    headers = (
        f'\r\n--{_RELATED}\r\nContent-Type: image/png; name="timeline.png"\r\nContent-ID: <{CONTENT_ID}>\r\n'
        'Content-Disposition: inline; filename="timeline.png"\r\nContent-Transfer-Encoding: base64\r\n\r\n'
    )
    return headers.encode() + base64.encodebytes(picture).replace(b"\n", _EOL)


def _cut(text: str, *, is_html: bool) -> list[_Piece]:
    """`text` in quoted-printable, with a gap (between soft line breaks) for each place; no date needs escaping."""
    pieces: list[_Piece] = []
    for part in parts(text):
        if isinstance(part, DatePlaceholder):
            pieces += [_SOFT_BREAK, part, _SOFT_BREAK]
        elif isinstance(part, Placeholder):
            pieces += [_SOFT_BREAK, _Gap(part, is_html), _SOFT_BREAK]
        else:
            pieces.append(_encode(part))
    return pieces


def _encode(text: str) -> bytes:
    """Quoted-printable with CRLF line ends and lines of at most 76 characters."""
    raw = text.replace("\r\n", "\n").replace("\r", "\n").encode("utf-8", "replace")
    return b2a_qp(raw).replace(b"\n", _EOL)


@lru_cache(maxsize=4096)
def _encode_once(text: str) -> bytes:
    """The same, kept: few dates go into very many copies."""
    return _encode(text)


def _joined(pieces: Sequence[_Piece]) -> tuple[_Piece, ...]:
    """Neighbouring bytes joined, so that a copy is a join of few pieces."""
    joined: list[_Piece] = []
    for piece in pieces:
        last = joined[-1] if joined else None
        if isinstance(piece, bytes) and isinstance(last, bytes):
            joined[-1] = last + piece
        else:
            joined.append(piece)
    return tuple(joined)
