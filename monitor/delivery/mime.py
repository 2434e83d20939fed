"""A digest as a MIME message: encoded once, split at its placeholders; each copy is a join of encoded bytes.

The message is written here and not by `email.message.EmailMessage`: in Python 3.11 that class
decodes encoded words in a header and lets the line break inside one start a new header
(CVE-2024-6923), and article titles are untrusted input. Nothing here decodes anything.
Formats: RFC 5322, 2045, 2047, 2387 (related), 2919 (List-ID), 2369, 8058, 3834.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from functools import lru_cache

from markupsafe import escape

from monitor.delivery.header_fields import checked_address, from_value, header_bytes, header_text, token
from monitor.mail.quoted_printable import encode
from monitor.model import Rendered
from monitor.render.dates import ENGLISH, Dates
from monitor.render.placeholders import DatePlaceholder, Placeholder, parts

#: "=_" cannot stand in quoted-printable or base64, so a boundary never appears inside a part.
_MIXED, _ALTERNATIVE, _RELATED = "=_mixed", "=_alternative", "=_related"
_PLAIN = "text/plain; charset=utf-8"
_EOL = b"\r\n"
_SOFT_BREAK = b"=\r\n"


@dataclass(frozen=True, slots=True)
class Heading:
    """The headers that all copies share: From, List-ID, List-Help, List-Archive and Reply-To ("" for none)."""

    sender: str
    list_id: str
    help_address: str = ""
    archive_url: str = ""
    reply_to: str = ""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture inside a mail, which its HTML shows by its Content-ID (RFC 2392); `name` is chosen by us, ASCII."""

    content_id: str
    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Recipient:
    """What is different in each copy: address, Message-ID (with angle brackets), links and format of dates.

    `unsubscribe_url` is the one-click HTTPS URL (RFC 8058), "" where there are no pages; then
    `unsubscribe_mailto` (RFC 2369) takes its place. At least one of the two is needed.
    """

    address: str
    message_id: str
    unsubscribe_mailto: str = ""
    unsubscribe_url: str = ""
    preferences_url: str = ""
    digest_url: str = ""
    in_reply_to: str = ""
    dates: Dates = ENGLISH

    def placeholder_urls(self) -> dict[Placeholder, str]:
        """The URL for each placeholder, "#" where there is none."""
        return {
            Placeholder.UNSUBSCRIBE: self.unsubscribe_url or self.unsubscribe_mailto or "#",
            Placeholder.PREFERENCES: self.preferences_url or "#",
            Placeholder.DIGEST: self.digest_url or "#",
        }


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file attached to a mail; `name` and `media_type` are chosen by us and plain ASCII."""

    name: str
    media_type: str
    content: bytes


class DigestTemplate:
    """One rendered digest, encoded once, from which any number of copies are made.

    Raises ValueError for a sender or list header that no mail can carry.
    """

    def __init__(
        self,
        rendered: Rendered,
        heading: Heading,
        pictures: Sequence[Picture] = (),
        attachments: Sequence[Attachment] = (),
    ) -> None:
        form = f'mixed; boundary="{_MIXED}"' if attachments else f'alternative; boundary="{_ALTERNATIVE}"'
        self._headers = _common_headers(rendered, heading, f"Content-Type: multipart/{form}")
        body = _alternative(rendered, pictures)
        self._body = _merged(_mixed(body, attachments) if attachments else body)

    def to(self, recipient: Recipient, at: datetime) -> bytes:
        """The copy for one recipient, dated `at`; raises AddressError for an address no mail can be sent to."""
        links = recipient.placeholder_urls()
        write = recipient.dates.write
        plain = {place: encode(url) for place, url in links.items()}
        html = {place: encode(str(escape(url))) for place, url in links.items()}
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
    """A short mail to one mailbox that is no digest.

    `submitted` is the value of Auto-Submitted (RFC 3834), `language` that of Content-Language (RFC 3282).
    """

    sender: str
    address: str
    message_id: str
    subject: str
    text: str
    html: str = ""
    submitted: str = "auto-generated"
    language: str = "en"
    reply_to: str = ""

    def written(self, at: datetime) -> bytes:
        """The mail, dated `at`; raises AddressError for an address no mail can be sent to."""
        kind = f'multipart/alternative; boundary="{_ALTERNATIVE}"' if self.html else _PLAIN
        headers = [
            f"From: {from_value(self.sender)}",
            f"To: <{checked_address(self.address)}>",
            f"Subject: {header_text(self.subject)}",
            f"Date: {format_datetime(at)}",
            f"Message-ID: {token(self.message_id)}",
            f"Auto-Submitted: {token(self.submitted)}",
            f"Content-Language: {token(self.language)}",
            "MIME-Version: 1.0",
            f"Content-Type: {kind}",
        ]
        if self.reply_to:
            headers.append(f"Reply-To: <{checked_address(self.reply_to)}>")
        text = encode(self.text)
        if not self.html:
            return header_bytes([*headers, "Content-Transfer-Encoding: quoted-printable"]) + _EOL + text
        parts = [_part_start(_ALTERNATIVE, f"Content-Type: {_PLAIN}"), text]
        parts += [_part_start(_ALTERNATIVE, "Content-Type: text/html; charset=utf-8"), encode(self.html)]
        return b"".join([header_bytes(headers), _EOL, *parts, f"\r\n--{_ALTERNATIVE}--\r\n".encode()])


@dataclass(frozen=True, slots=True)
class _LinkGap:
    """Where a subscriber's link goes, and whether it must be escaped for HTML."""

    place: Placeholder
    is_html: bool


#: What a message consists of: encoded bytes, and between them the links and dates of each subscriber.
_Piece = bytes | _LinkGap | DatePlaceholder


def _common_headers(rendered: Rendered, heading: Heading, content_type: str) -> bytes:
    lines = [
        f"From: {from_value(heading.sender)}",
        f"Subject: {header_text(rendered.subject)}",
        f"Content-Language: {token(rendered.language)}",
        f"List-ID: <{token(heading.list_id)}>",
        "Precedence: bulk",
        "Auto-Submitted: auto-generated",
        "MIME-Version: 1.0",
        content_type,
    ]
    if heading.reply_to:
        lines.append(f"Reply-To: <{checked_address(heading.reply_to)}>")
    if heading.help_address:
        lines.append(f"List-Help: <mailto:{token(heading.help_address)}?subject=help>")
    if heading.archive_url:
        lines.append(f"List-Archive: <{token(heading.archive_url)}>")
    return header_bytes(lines)


def _own_headers(recipient: Recipient, at: datetime) -> bytes:
    lines = [
        f"To: <{checked_address(recipient.address)}>",
        f"Date: {format_datetime(at)}",
        f"Message-ID: {token(recipient.message_id)}",
    ]
    targets = [target for target in (recipient.unsubscribe_url, recipient.unsubscribe_mailto) if target]
    if targets:
        lines.append("List-Unsubscribe: " + ",\r\n ".join(f"<{token(target)}>" for target in targets))
    if recipient.unsubscribe_url.startswith(("https://", "http://127.0.0.1:")):  # RFC 8058; the demo is on loopback
        lines.append("List-Unsubscribe-Post: List-Unsubscribe=One-Click")
    if recipient.in_reply_to:
        lines += [f"In-Reply-To: {token(recipient.in_reply_to)}", f"References: {token(recipient.in_reply_to)}"]
    return header_bytes(lines)


def _alternative(rendered: Rendered, pictures: Sequence[Picture]) -> list[_Piece]:
    """The text part, then the HTML with its pictures; a mail program shows the last it can (RFC 2046, 5.1.4)."""
    pieces = [
        _part_start(_ALTERNATIVE, "Content-Type: text/plain; charset=utf-8"),
        *_split(rendered.text, is_html=False),
    ]
    html = [*_split(rendered.html, is_html=True)]
    if not pictures:
        pieces += [_part_start(_ALTERNATIVE, "Content-Type: text/html; charset=utf-8"), *html]
        return [*pieces, f"\r\n--{_ALTERNATIVE}--\r\n".encode()]
    related = f'\r\n--{_ALTERNATIVE}\r\nContent-Type: multipart/related; boundary="{_RELATED}"; type="text/html"\r\n'
    pieces += [related.encode(), _part_start(_RELATED, "Content-Type: text/html; charset=utf-8"), *html]
    pieces += map(_picture_part, pictures)
    return [*pieces, f"\r\n--{_RELATED}--\r\n\r\n--{_ALTERNATIVE}--\r\n".encode()]


def _mixed(body: Sequence[_Piece], attachments: Iterable[Attachment]) -> list[_Piece]:
    """The mail as the first part, and the attachments after it."""
    start = f'\r\n--{_MIXED}\r\nContent-Type: multipart/alternative; boundary="{_ALTERNATIVE}"\r\n'
    files = [_file_part(one) for one in attachments]
    return [start.encode(), *body, *files, f"\r\n--{_MIXED}--\r\n".encode()]


def _file_part(file: Attachment) -> bytes:
    headers = (
        f"\r\n--{_MIXED}\r\nContent-Type: {file.media_type}\r\n"
        f'Content-Disposition: attachment; filename="{file.name}"\r\nContent-Transfer-Encoding: base64\r\n\r\n'
    )
    return headers.encode() + base64.encodebytes(file.content).replace(b"\n", _EOL)


def _part_start(boundary: str, content_type: str) -> bytes:
    return f"\r\n--{boundary}\r\n{content_type}\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n".encode()


def _picture_part(picture: Picture) -> bytes:
    headers = (
        f'\r\n--{_RELATED}\r\nContent-Type: {picture.media_type}; name="{picture.name}"\r\n'
        f'Content-ID: <{picture.content_id}>\r\nContent-Disposition: inline; filename="{picture.name}"\r\n'
        "Content-Transfer-Encoding: base64\r\n\r\n"
    )
    return headers.encode() + base64.encodebytes(picture.content).replace(b"\n", _EOL)


def _split(text: str, *, is_html: bool) -> list[_Piece]:
    """`text` in quoted-printable, with a gap between soft line breaks for each placeholder; dates need no escaping."""
    pieces: list[_Piece] = []
    for part in parts(text):
        if isinstance(part, DatePlaceholder):
            pieces += [_SOFT_BREAK, part, _SOFT_BREAK]
        elif isinstance(part, Placeholder):
            pieces += [_SOFT_BREAK, _LinkGap(part, is_html), _SOFT_BREAK]
        else:
            pieces.append(encode(part))
    return pieces


@lru_cache(maxsize=4096)
def _encode_once(text: str) -> bytes:
    """`encode`, cached: a few different dates go into very many copies."""
    return encode(text)


def _merged(pieces: Sequence[_Piece]) -> tuple[_Piece, ...]:
    """`pieces` with adjacent bytes merged, so that a copy is a join of few pieces."""
    merged: list[_Piece] = []
    for piece in pieces:
        last = merged[-1] if merged else None
        if isinstance(piece, bytes) and isinstance(last, bytes):
            merged[-1] = last + piece
        else:
            merged.append(piece)
    return tuple(merged)
