"""Mailboxes as pages: the .eml files that arrived by SMTP as a mail program would show them."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass
from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from email.utils import parsedate_to_datetime
from functools import lru_cache

_HEADERS = ("From", "To", "Date", "Subject", "Message-ID", "List-ID", "List-Unsubscribe", "In-Reply-To")

#: The library parses a header anew whenever it is looked at; a few are looked at for every part of every mail.
_POLICY = policy.default.clone(header_factory=lru_cache(policy.default.header_factory))

#: Links in a mail open in a new tab, as from a mail program.
_LINKS_OPEN_OUTSIDE = '<head><base target="_blank">'


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail as it arrived. `page` and `eml` are file names in the folder of its mailbox."""

    subject: str
    at: datetime
    headers: tuple[tuple[str, str], ...]
    text: str
    html: str
    page: str
    eml: str


@dataclass(frozen=True, slots=True)
class Box:
    """One mailbox; `href` is its page, relative to the demo's page."""

    address: str
    frequency_words: str
    count: int
    href: str


def read(raw: bytes, eml: str) -> Letter:
    """The mail in `raw`, stored as `eml`; a mail without a Date gets the start of the calendar."""
    message = BytesParser(policy=_POLICY).parsebytes(raw)
    return Letter(
        subject=str(message["Subject"] or "(no subject)"),
        at=_date(message),
        headers=tuple((name, str(value)) for name in _HEADERS if (value := message[name])),
        text=_part(message, "plain"),
        html=_with_pictures(_part(message, "html"), message).replace("<head>", _LINKS_OPEN_OUTSIDE, 1),
        page=f"{eml.removesuffix('.eml')}.html",
        eml=eml,
    )


def _with_pictures(html: str, message: EmailMessage) -> str:
    """The HTML with the mail's inline pictures as data: URLs in place of their cid: URLs (RFC 2392)."""
    for part in message.walk():
        name = str(part["Content-ID"] or "").strip("<>")
        if name and f"cid:{name}" in html:
            content = part.get_content()
            picture = b64encode(content if isinstance(content, bytes) else b"").decode("ascii")
            html = html.replace(f"cid:{name}", f"data:{part.get_content_type()};base64,{picture}")
    return html


def _date(message: EmailMessage) -> datetime:
    if not message["Date"]:
        return datetime.min.replace(tzinfo=UTC)
    return parsedate_to_datetime(str(message["Date"])).astimezone(UTC)


def _part(message: EmailMessage, kind: str) -> str:
    part = message.get_body(preferencelist=(kind,))
    return str(part.get_content()) if part else ""
