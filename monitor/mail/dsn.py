"""What a mail that came back says: RFC 3464 delivery reports, RFC 5965 complaints, wishes to leave, and the rest. Pure.

Reads bytes from strangers: nothing here raises for what is in them, and nothing is believed that the
caller does not check against a signed address or a Message-ID of ours.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message

from monitor.model import BounceKind

#: A returned mail is not read beyond this many bytes: reports stand at its beginning.
LONGEST = 200_000
LONGEST_DIAGNOSTIC = 300

#: Permanent by their first digit, and yet no reason to give the mailbox up (RFC 3463): full, too big, policy, expired.
_SOFT = re.compile(r"5\.(2\.[123]|3\.[14]|4\.[17]|5\.\d+|6\.\d+|7\.\d+)$")
_STATUS = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.])")
_CODE = re.compile(r"(?<![\d.])([45])\d\d(?=[ \-])")
_UNSUBSCRIBE = re.compile(r"\s*unsubscribe\s+(\S{8,200})\s*$", re.IGNORECASE)
_DAEMON = re.compile(r"mailer-daemon|postmaster|mail delivery|mail\s?administrator", re.IGNORECASE)
_FAILURE = re.compile(r"undeliver|failure|returned mail|not delivered|could ?n.t be delivered|delivery", re.IGNORECASE)
_ADDRESS = re.compile(r"[^\s<>,;:\"()]{1,100}@[^\s<>,;:\"()]{1,255}")
_MESSAGE_ID = re.compile(rb"^message-id:\s*(<[^<>\s]{3,200}>)", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Notice:
    """What one returned mail says.

    `kind` is None when it is no bounce and no complaint (an out-of-office note, a success report).
    `addresses` are those it was sent to or says our mail came from, `message_ids` those it speaks of; `token` is what
    stood behind "unsubscribe" in its subject. `key` is the same whenever the same mail is read again.
    """

    kind: BounceKind | None
    key: str
    addresses: tuple[str, ...] = ()
    message_ids: tuple[str, ...] = ()
    status: str = ""
    diagnostic: str = ""
    token: str = ""


def status_in(text: str) -> str:
    """The first RFC 3463 status in a server's answer, "" when it gives none."""
    return _first(_STATUS, text)


def read(raw: bytes) -> Notice:
    """The notice in a mail, RFC 5322 bytes."""
    message = message_from_bytes(raw[:LONGEST])
    kind, status, diagnostic = _judge(message)
    subject = _UNSUBSCRIBE.match(_header(message, "Subject"))
    return Notice(
        kind=kind,
        key=_key(message, raw),
        addresses=_addresses(message),
        message_ids=_message_ids(message, raw[:LONGEST]),
        status=status,
        diagnostic=" ".join(diagnostic.split())[:LONGEST_DIAGNOSTIC],
        token=subject[1] if subject else "",
    )


def _judge(message: Message) -> tuple[BounceKind | None, str, str]:
    """(kind, status, diagnostic) of whichever form it has."""
    for part in message.walk():
        if part.get_content_type() == "message/feedback-report":
            return _complaint(part)
    reports = [part for part in message.walk() if part.get_content_type() == "message/delivery-status"]
    if reports:
        return max((_recipient(group) for group in _groups(reports[0])), key=_gravity, default=(None, "", ""))
    return _plain(message)


def _complaint(part: Message) -> tuple[BounceKind | None, str, str]:
    """RFC 5965: every type is a complaint but the one that takes it back, and mere reports on authentication."""
    fields = _fields(part)
    kind = fields.get("feedback-type", "").lower()
    if kind in ("not-spam", "auth-failure"):
        return None, "", ""
    return BounceKind.COMPLAINT, "", f"complaint: {kind} {fields.get('user-agent', '')}"


def _recipient(group: Message) -> tuple[BounceKind | None, str, str]:
    """RFC 3464, 2.3: what became of one recipient."""
    action = _header(group, "Action").strip().lower()
    status = _first(_STATUS, _header(group, "Status"))
    diagnostic = _header(group, "Diagnostic-Code")
    if action == "delayed":
        return BounceKind.SOFT, status, diagnostic
    if action != "failed":
        return None, status, diagnostic
    return kind_of(_enhanced(status, diagnostic)), status, diagnostic


def _enhanced(status: str, diagnostic: str) -> str:
    """The more telling of the report's status and the one the other server gave: "5.0.0" says little."""
    told = _first(_STATUS, diagnostic)
    return told if told and status in ("", "5.0.0", "4.0.0") else status


def kind_of(status: str) -> BounceKind:
    """HARD or SOFT, by an RFC 3463 status: a failure is hard when the address itself is the reason."""
    is_hard = status.startswith("5") and not _SOFT.match(status)
    return BounceKind.HARD if is_hard else BounceKind.SOFT


def _plain(message: Message) -> tuple[BounceKind | None, str, str]:
    """A bounce in nobody's format, such as qmail's: from a mail system, about a failure. Anything else is none."""
    if not (_DAEMON.search(_header(message, "From")) and _FAILURE.search(_header(message, "Subject"))):
        return None, "", ""
    text = _text(message)
    status, code = _first(_STATUS, text), _first(_CODE, text)
    kind = kind_of(status or ("5" if code == "5" else "4"))
    telling = next((line for line in text.splitlines() if _STATUS.search(line) or _CODE.search(line)), text[:200])
    return kind, status, telling


def _gravity(found: tuple[BounceKind | None, str, str]) -> int:
    return [None, BounceKind.SOFT, BounceKind.HARD].index(found[0])


# --- where it points -------------------------------------------------------------------------------


def _addresses(message: Message) -> tuple[str, ...]:
    """Where the mail was sent to, as the mail server noted it, envelope first; then where it says ours was from."""
    names = ("X-Original-To", "Delivered-To", "Envelope-To", "To")
    values = [str(value) for name in names for value in message.get_all(name, [])]
    inner = [_envelope_sender(part) for part in message.walk() if part is not message]
    return tuple(dict.fromkeys(_ADDRESS.findall("\n".join((*values, *inner)))))


def _envelope_sender(part: Message) -> str:
    """Who sent the mail that is spoken of: as it says itself, or as a complaint (RFC 5965, 3.2) says of it."""
    if part.get_content_type() == "message/feedback-report":
        return _fields(part).get("original-mail-from", "")
    return _header(part, "Return-Path")


def _message_ids(message: Message, raw: bytes) -> tuple[str, ...]:
    """The Message-IDs in the mail that are not its own: of the mail it returns, whole, cut or quoted."""
    own = _header(message, "Message-ID").strip()
    found = (match.decode("ascii", "replace") for match in _MESSAGE_ID.findall(raw))
    return tuple(dict.fromkeys(one for one in found if one != own))


def _key(message: Message, raw: bytes) -> str:
    """Its own Message-ID; a digest of its bytes when it has none."""
    own = _header(message, "Message-ID").strip()
    return own[:200] or f"sha256:{hashlib.sha256(raw).hexdigest()}"


# --- parts -----------------------------------------------------------------------------------------


def _groups(part: Message) -> Iterator[Message]:
    """The groups of fields about recipients: all but the first, which is about the message."""
    payload = part.get_payload()
    groups = [group for group in payload if isinstance(group, Message)] if isinstance(payload, list) else []
    yield from groups[1:] or groups


def _fields(part: Message) -> dict[str, str]:
    """The fields of a feedback report, which Python leaves as text or as an inner message."""
    payload = part.get_payload()
    inner = payload[0] if isinstance(payload, list) and payload else None
    if isinstance(inner, Message):
        return {name.lower(): str(value) for name, value in inner.items()}
    lines = (line.partition(":") for line in str(payload).splitlines())
    return {name.strip().lower(): value.strip() for name, colon, value in lines if colon}


def _text(message: Message) -> str:
    """The plain text of the mail."""
    for part in message.walk():
        if part.get_content_maintype() == "text":
            payload = part.get_payload(decode=True)
            if isinstance(payload, bytes):
                return payload.decode("utf-8", "replace")
    return ""


def _header(message: Message, name: str) -> str:
    return str(message.get(name, ""))


def _first(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.search(text)
    return found[1] if found else ""
