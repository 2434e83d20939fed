"""The parts of a returned mail, read within limits. Pure.

Strangers write these mails. Every limit below keeps one of them from costing more than a moment: the email package
recurses for each part within a part, and several of its functions take quadratic time.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterator
from contextlib import suppress
from email import message_from_bytes
from email.errors import MessageError
from email.header import decode_header, make_header
from email.message import Message

#: Bytes of a mail that are parsed: reports stand at its beginning.
MAX_BYTES = 200_000
#: Parts that contain parts (multipart/…, message/…); real reports have three or four, and the mail they return a few.
MAX_CONTAINERS = 30
#: Bytes of one Content-Type field.
MAX_CONTENT_TYPE = 2_000
#: Parts of a mail that are looked at.
MAX_PARTS = 200
#: Characters of a header field that are decoded, and of all texts of a mail together that are read.
MAX_HEADER, MAX_TEXT = 2_000, 60_000

#: Codecs of Python that no mail may name: their time grows with the square of the text, or they read escapes.
_NO_CHARACTER_SETS = (
    "idna",
    "punycode",
    "unicode_escape",
    "unicode-escape",
    "raw_unicode_escape",
    "raw-unicode-escape",
)

_CONTAINER = re.compile(rb"^content-type:\s*(?:multipart|message)/", re.IGNORECASE | re.MULTILINE)
_CONTENT_TYPE = re.compile(
    rb"^content-type:(?:[^\r\n]|\r?\n[ \t]){%d}" % MAX_CONTENT_TYPE, re.IGNORECASE | re.MULTILINE
)
_HIDDEN = re.compile(r"<(?:style|script|head)\b[^<>]*>[^<]*", re.IGNORECASE)
_LINE_BREAK = re.compile(r"<(?:br|/p|/div|/tr|/li|/h\d)\b[^<>]*>", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]*>")


class UnreadableMailError(ValueError):
    """The mail exceeds a limit; the message says which one."""


def parse(raw: bytes) -> Message:
    """Parse the beginning of a mail. Raises UnreadableMailError when it is built to exhaust its reader."""
    head = raw[:MAX_BYTES]
    containers = len(_CONTAINER.findall(head))
    if containers > MAX_CONTAINERS:
        raise UnreadableMailError(f"It has {containers:,} parts that contain parts; at most {MAX_CONTAINERS} are read.")
    if _CONTENT_TYPE.search(head):
        raise UnreadableMailError(f"It has a Content-Type of more than {MAX_CONTENT_TYPE:,} bytes.")
    return message_from_bytes(head)


def walk(message: Message, *, into_returned_mail: bool = False) -> Iterator[Message]:
    """The mail and its parts in their order, at most MAX_PARTS; by default not the parts of a mail that it returns."""
    waiting, number = [message], 0
    while waiting and number < MAX_PARTS:
        part = waiting.pop()
        number += 1
        yield part
        is_returned = part is not message and part.get_content_type() in ("message/rfc822", "message/global")
        if into_returned_mail or not is_returned:
            waiting.extend(reversed(_inner(part)))


def header(message: Message, name: str) -> str:
    """A header field in one line, its encoded words (RFC 2047) and plain UTF-8 decoded; "" when there is none."""
    source = next((str(value) for key, value in message.raw_items() if key.lower() == name.lower()), "")
    value = " ".join(decoded(source[:MAX_HEADER].encode("utf-8", "surrogateescape"), None).split())
    with suppress(MessageError, LookupError, ValueError):  # damaged, in an unknown character set, or no text in it
        value = str(make_header(decode_header(value))) if "=?" in value else value
    return " ".join(unicodedata.normalize("NFKC", value).split())


def text(message: Message) -> str:
    """What the mail says to a person: its first plain text, else its first HTML without tags; each letter in one form
    (NFKC). The texts behind it are those of a mail that it returns.
    """
    found = _first_text(message, "text/plain") or _without_tags(_first_text(message, "text/html"))
    return unicodedata.normalize("NFKC", found)


def content(part: Message) -> str:
    """The text of one part, also of a message/… part that is encoded although RFC 2046 forbids it."""
    if part.is_multipart():
        return _without_transfer_encoding(part, "\n\n".join(_flattened(one) for one in _inner(part)))
    payload = part.get_payload(decode=True)
    return decoded(payload, part.get_content_charset()) if isinstance(payload, bytes) else ""


def decoded(raw: bytes, charset: str | None) -> str:
    """Bytes as text: in the character set they name, else in the one that fits."""
    guesses = ("iso-2022-jp",) if b"\x1b$" in raw else ("utf-8",)
    for name in (charset, *guesses):
        try:
            if name and name not in _NO_CHARACTER_SETS:
                return raw.decode(name)
        except (LookupError, ValueError):  # an unknown name, or other bytes than the name promises
            continue
    return raw.decode("latin-1")


def _first_text(message: Message, kind: str) -> str:
    texts = (content(part) for part in walk(message) if part.get_content_type() == kind and not part.is_multipart())
    found = next((one for one in texts if one.strip()), "")
    return found[:MAX_TEXT].replace("\r\n", "\n").replace("\r", "\n")


def _without_tags(page: str) -> str:
    return html.unescape(_TAG.sub(" ", _LINE_BREAK.sub("\n", _HIDDEN.sub(" ", page))))


def _flattened(inner: Message) -> str:
    """The source of an inner message that the email package has parsed: its fields, an empty line, its text."""
    lines = "\n".join(f"{name}: {value}" for name, value in inner.raw_items())
    fields = decoded(lines.encode("utf-8", "surrogateescape"), None)  # answers in a language are seldom encoded
    if inner.is_multipart():
        return f"{fields}\n\n" + "\n".join(_flattened(one) for one in _inner(inner))
    payload = inner.get_payload(decode=True)
    return f"{fields}\n\n{decoded(payload, None) if isinstance(payload, bytes) else ''}"


def _inner(part: Message) -> list[Message]:
    """The parts of a part. Asked only of one that has some: the text of another is decoded as its sender wishes."""
    payload = part.get_payload() if part.is_multipart() else []
    return [one for one in payload if isinstance(one, Message)] if isinstance(payload, list) else []


def _without_transfer_encoding(part: Message, source: str) -> str:
    encoding = str(part.get("Content-Transfer-Encoding", "")).strip().lower()
    if encoding not in ("base64", "quoted-printable"):
        return source
    encoded = Message()
    encoded["Content-Transfer-Encoding"] = encoding
    encoded.set_payload(source.strip())
    payload = encoded.get_payload(decode=True)
    return decoded(payload, "utf-8") if isinstance(payload, bytes) else source
