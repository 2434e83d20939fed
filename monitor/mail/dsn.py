"""Parse returned mail: delivery status notifications (RFC 3464), complaints (RFC 5965), mailto unsubscribes. Pure.

The input is untrusted: no content makes it raise, and the caller must check what it names against a signed bounce
address or a Message-ID of ours.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message

from monitor.model import BounceKind
from monitor.model.clean_text import one_line

#: Bytes of a returned mail that are parsed: reports stand at its beginning.
MAX_BYTES = 200_000
#: Characters of a diagnostic that are kept.
MAX_DIAGNOSTIC = 300

#: Permanent by class, but not the mailbox's fault (RFC 3463): full, message too large, policy, expired.
_SOFT = re.compile(r"5\.(2\.[123]|3\.[14]|4\.[17]|5\.\d+|6\.\d+|7\.\d+)$")
_STATUS = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.])")
_CODE = re.compile(r"(?<![\d.])([45])\d\d(?=[ \-])")
_UNSUBSCRIBE = re.compile(r"\s*unsubscribe\s+(\S{8,200})\s*$", re.IGNORECASE)
_DAEMON = re.compile(r"mailer-daemon|postmaster|mail delivery|mail\s?administrator", re.IGNORECASE)
_FAILURE = re.compile(r"undeliver|failure|returned mail|not delivered|could ?n.t be delivered|delivery", re.IGNORECASE)
_ADDRESS = re.compile(r"[^\s<>,;:\"()]{1,100}@[^\s<>,;:\"()]{1,255}")
_MESSAGE_ID = re.compile(rb"^message-id:\s*(<[^<>\s]{3,200}>)", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class ReturnedMail:
    """One parsed mail.

    `kind` is None when it is neither a bounce nor a complaint (an out-of-office reply, a success report).
    `addresses` are its recipients and the envelope senders it reports, `message_ids` those it refers to;
    `unsubscribe_token` is the text after "unsubscribe" in its subject. `key` identifies the mail: the same bytes give
    the same key.
    """

    kind: BounceKind | None
    key: str
    addresses: tuple[str, ...] = ()
    message_ids: tuple[str, ...] = ()
    status: str = ""
    diagnostic: str = ""
    unsubscribe_token: str = ""


def enhanced_status(text: str) -> str:
    """The first enhanced status code (RFC 3463) in a server's reply, "" when there is none."""
    return _first(_STATUS, text)


def read(raw: bytes) -> ReturnedMail:
    """Parse a mail, RFC 5322 bytes; never raises."""
    message = message_from_bytes(raw[:MAX_BYTES])
    kind, status, diagnostic = _classify(message)
    subject = _UNSUBSCRIBE.match(_header(message, "Subject"))
    return ReturnedMail(
        kind=kind,
        key=_key(message, raw),
        addresses=_addresses(message),
        message_ids=_message_ids(message, raw[:MAX_BYTES]),
        status=status,
        diagnostic=one_line(diagnostic)[:MAX_DIAGNOSTIC],
        unsubscribe_token=subject[1] if subject else "",
    )


def _classify(message: Message) -> tuple[BounceKind | None, str, str]:
    """(kind, status, diagnostic): a complaint before a delivery status notification before a non-standard bounce."""
    for part in message.walk():
        if part.get_content_type() == "message/feedback-report":
            return _complaint(part)
    reports = [part for part in message.walk() if part.get_content_type() == "message/delivery-status"]
    if reports:
        return max((_recipient_result(group) for group in _groups(reports[0])), key=_severity, default=(None, "", ""))
    return _non_standard_bounce(message)


def _complaint(part: Message) -> tuple[BounceKind | None, str, str]:
    """RFC 5965: every feedback type is a complaint except "not-spam" and "auth-failure"."""
    fields = _fields(part)
    kind = fields.get("feedback-type", "").lower()
    if kind in ("not-spam", "auth-failure"):
        return None, "", ""
    return BounceKind.COMPLAINT, "", f"complaint: {kind} {fields.get('user-agent', '')}"


def _recipient_result(group: Message) -> tuple[BounceKind | None, str, str]:
    """The per-recipient fields of a delivery status notification (RFC 3464 section 2.3)."""
    action = _header(group, "Action").strip().lower()
    status = _first(_STATUS, _header(group, "Status"))
    diagnostic = _header(group, "Diagnostic-Code")
    if action == "delayed":
        return BounceKind.SOFT, status, diagnostic
    if action != "failed":
        return None, status, diagnostic
    return bounce_kind(_more_specific(status, diagnostic)), status, diagnostic


def _more_specific(status: str, diagnostic: str) -> str:
    """The report's status, or that of the remote server where the report has only "5.0.0" or "4.0.0"."""
    specific = _first(_STATUS, diagnostic)
    return specific if specific and status in ("", "5.0.0", "4.0.0") else status


def bounce_kind(status: str) -> BounceKind:
    """HARD or SOFT by an RFC 3463 status: a permanent failure is hard when the address itself is the reason."""
    is_hard = status.startswith("5") and not _SOFT.match(status)
    return BounceKind.HARD if is_hard else BounceKind.SOFT


def _non_standard_bounce(message: Message) -> tuple[BounceKind | None, str, str]:
    """A bounce in no standard format, such as qmail's, known by its From and Subject; (None, "", "") for other mail."""
    if not (_DAEMON.search(_header(message, "From")) and _FAILURE.search(_header(message, "Subject"))):
        return None, "", ""
    text = _text(message)
    status, code = _first(_STATUS, text), _first(_CODE, text)
    kind = bounce_kind(status or ("5" if code == "5" else "4"))
    line = next((line for line in text.splitlines() if _STATUS.search(line) or _CODE.search(line)), text[:200])
    return kind, status, line


def _severity(found: tuple[BounceKind | None, str, str]) -> int:
    return [None, BounceKind.SOFT, BounceKind.HARD].index(found[0])


# --- addresses and Message-IDs -----------------------------------------------------------------------


def _addresses(message: Message) -> tuple[str, ...]:
    """Its recipients, envelope before header; then the envelope senders of the mails that it reports or encloses."""
    names = ("X-Original-To", "Delivered-To", "Envelope-To", "To")
    values = [str(value) for name in names for value in message.get_all(name, [])]
    inner = [_envelope_sender(part) for part in message.walk() if part is not message]
    return tuple(dict.fromkeys(_ADDRESS.findall("\n".join((*values, *inner)))))


def _envelope_sender(part: Message) -> str:
    """The envelope sender of the reported mail, from its Return-Path or from a complaint (RFC 5965 section 3.2)."""
    if part.get_content_type() == "message/feedback-report":
        return _fields(part).get("original-mail-from", "")
    return _header(part, "Return-Path")


def _message_ids(message: Message, raw: bytes) -> tuple[str, ...]:
    """The Message-IDs in the mail except its own: of the mail it returns, whole, truncated or quoted."""
    own = _header(message, "Message-ID").strip()
    found = (match.decode("ascii", "replace") for match in _MESSAGE_ID.findall(raw))
    return tuple(dict.fromkeys(one for one in found if one != own))


def _key(message: Message, raw: bytes) -> str:
    """Its own Message-ID, or the SHA-256 of its bytes when it has none."""
    own = _header(message, "Message-ID").strip()
    return own[:200] or f"sha256:{hashlib.sha256(raw).hexdigest()}"


# --- parts -----------------------------------------------------------------------------------------


def _groups(part: Message) -> Iterator[Message]:
    """The groups of per-recipient fields: all but the first, which is about the message."""
    payload = part.get_payload()
    groups = [group for group in payload if isinstance(group, Message)] if isinstance(payload, list) else []
    yield from groups[1:] or groups


def _fields(part: Message) -> dict[str, str]:
    """The fields of a feedback report, which the email package parses as text or as an inner message."""
    payload = part.get_payload()
    inner = payload[0] if isinstance(payload, list) and payload else None
    if isinstance(inner, Message):
        return {name.lower(): str(value) for name, value in inner.items()}
    lines = (line.partition(":") for line in str(payload).splitlines())
    return {name.strip().lower(): value.strip() for name, colon, value in lines if colon}


def _text(message: Message) -> str:
    """The first text part of the mail."""
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
