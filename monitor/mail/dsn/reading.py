"""What one returned mail is about: a bounce, a complaint, a wish to leave, or none of these."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from email.message import Message

from monitor.mail.dsn import answers, complaints, notices, parts, phrases, reports, wishes
from monitor.mail.dsn.reports import Action, RecipientReport
from monitor.model import BounceKind, Whom
from monitor.model.values.clean_text import one_line

#: Characters of a diagnostic that are kept.
MAX_DIAGNOSTIC = 300
#: Addresses and Message-IDs of one mail that are looked up.
MAX_NAMES = 40

_ADDRESS = re.compile(r"[^\s<>,;:\"()]{1,100}@[^\s<>,;:\"()]{1,255}")
#: The local part of a bounce address of ours, in any case; it is signed, so it matters not where in the mail it stands.
_BOUNCE_ADDRESS = re.compile(rb"bounces\+[\w.]{1,60}-[0-9a-f]{20}", re.IGNORECASE)
_MESSAGE_ID = re.compile(
    rb"^(?:[>|*][ \t>|*]{0,9})?(?:x-)?(?:original-)?message-id:\s*(<[^<>\s]{3,200}>)", re.IGNORECASE | re.MULTILINE
)
#: What may be a signed token of ours in a returned mail's List-Unsubscribe field, or in its links.
_LINK_TOKEN = re.compile(rb"unsubscribe(?:%20|/|\s{1,3})([\w.-]{8,200})", re.IGNORECASE | re.ASCII)
_REFERENCE = re.compile(r"<[^<>\s]{3,200}>")

_Finding = tuple[BounceKind | None, str, str]
_NOTHING: _Finding = (None, "", "")


@dataclass(frozen=True, slots=True)
class ReturnedMail:
    """One parsed mail.

    `kind` is None when it is neither a bounce nor a complaint (an out-of-office reply, a success report).
    `addresses` are its recipients and the envelope senders it reports, `message_ids` those it refers to;
    `unsubscribe_tokens` is what may be the token of a wish to leave, `is_wish` whether a person asks to leave.
    `link_tokens` are those that may stand in the mail that it returns, and show that its sender has that mail.
    `authenticated_domains` are those that our mail server found the mail to be from, `origin` its From and Subject in
    one line. `problem` says why it could not be read ("" when it could). `key` identifies the mail: the same bytes
    give the same key.
    """

    kind: BounceKind | None
    key: str
    addresses: tuple[str, ...] = ()
    message_ids: tuple[str, ...] = ()
    status: str = ""
    diagnostic: str = ""
    unsubscribe_tokens: tuple[str, ...] = ()
    is_wish: bool = False
    link_tokens: tuple[str, ...] = ()
    authenticated_domains: frozenset[str] = frozenset()
    origin: str = ""
    problem: str = ""

    @property
    def unsubscribe_token(self) -> str:
        """The likeliest token of a wish to leave, "" when there is none."""
        return self.unsubscribe_tokens[0] if self.unsubscribe_tokens else ""


def read(raw: bytes) -> ReturnedMail:
    """Parse a mail, RFC 5322 bytes. A mail that exceeds a limit is returned with its `problem`."""
    try:
        message = parts.parse(raw)
    except parts.UnreadableMailError as error:
        return ReturnedMail(None, _hash(raw), problem=str(error))
    kind, status, diagnostic = _classify(message)
    return ReturnedMail(
        kind=kind,
        key=own if (own := _own_id(message)[:200]) and own.isprintable() else _hash(raw),
        addresses=_addresses(message, raw[: parts.MAX_BYTES]),
        message_ids=_message_ids(message, raw[: parts.MAX_BYTES]),
        status=status,
        diagnostic=one_line(diagnostic)[:MAX_DIAGNOSTIC],
        unsubscribe_tokens=wishes.tokens(message),
        is_wish=kind is None and wishes.is_wish(message),
        link_tokens=_link_tokens(raw[: parts.MAX_BYTES]),
        authenticated_domains=complaints.authenticated_domains(message),
        origin=one_line(f'{parts.header(message, "From")}, "{parts.header(message, "Subject")}"')[:MAX_DIAGNOSTIC],
    )


def _hash(raw: bytes) -> str:
    return f"sha256:{hashlib.sha256(raw).hexdigest()}"


# --- what it is -----------------------------------------------------------------------------------


def _classify(message: Message) -> _Finding:
    """(kind, status, diagnostic): a complaint before a delivery status notification before a non-standard bounce."""
    complaint = complaints.read(message)
    if complaint is not None:
        return BounceKind.COMPLAINT, "", complaint
    if complaints.is_feedback(message):
        return _NOTHING
    own_text = notices.own_text(message)
    found = _telling(reports.read(message))
    if found and notices.is_passed_on(message):
        return _NOTHING
    if not found:
        if not notices.is_notice(message, own_text):
            return _NOTHING
        found = _telling(reports.read(message, into_returned_mail=True))
    findings = [_of_recipient(one, own_text) for one in found] or [_of_notice(own_text)]
    return max(findings, key=lambda finding: [None, BounceKind.SOFT, BounceKind.HARD].index(finding[0]))


def _telling(found: list[RecipientReport]) -> list[RecipientReport]:
    """The reports that tell what became of the mail, by their action, else by their status, else by an answer."""
    acted = (replace(one, action=_implied(one)) if one.action is Action.UNKNOWN else one for one in found)
    return [one for one in acted if one.action is not Action.UNKNOWN]


def _implied(report: RecipientReport) -> Action:
    codes = [str(one.code) for one in answers.find(report.diagnostic) if one.code]
    leading = (report.status or (codes[-1] if codes else ""))[:1]
    return {"5": Action.FAILED, "4": Action.DELAYED, "2": Action.ARRIVED}.get(leading, Action.UNKNOWN)


def _of_recipient(report: RecipientReport, own_text: str) -> _Finding:
    """What a notification says of one recipient; where it gives no reason, the text for people may."""
    if report.action is not Action.FAILED:
        kind = BounceKind.SOFT if report.action is Action.DELAYED else None
        return kind, report.status, report.diagnostic
    diagnostic = report.diagnostic or _from_first_answer(own_text)
    status = answers.specific([report.status, *answers.statuses(diagnostic)])
    told = answers.judged(diagnostic, status="5.0.0" if status == "4.0.0" else status)  # its action says: it is over
    if told.whom is Whom.UNCLEAR:
        kind, _, diagnostic = _of_notice(own_text)
        return kind, report.status, report.diagnostic or diagnostic
    return answers.kind(told), report.status, diagnostic


def _of_notice(own_text: str) -> _Finding:
    """A bounce in no standard format: what the servers' answers in it say, else its words."""
    diagnostic = _from_first_answer(own_text)
    if diagnostic:
        status = answers.specific(answers.statuses(diagnostic))
        return answers.kind(answers.judged(diagnostic, status=status)), status, diagnostic
    is_delay = phrases.DELAY.search(" ".join(own_text.split()))
    return BounceKind.SOFT if is_delay else answers.kind_of_words(own_text), "", own_text


def _from_first_answer(own_text: str) -> str:
    """A notice from the first answer of a server on, "" when it has none."""
    lines = [" ".join(line.split()) for line in own_text.splitlines()]
    first = next((number for number, line in enumerate(lines) if answers.find(line)), len(lines))
    return "\n".join(lines[first:])


# --- addresses and Message-IDs -----------------------------------------------------------------------


def _addresses(message: Message, raw: bytes) -> tuple[str, ...]:
    """Its recipients, envelope before header; then the envelope senders of the mails that it reports or encloses."""
    names = ("X-Original-To", "Delivered-To", "Envelope-To", "To")
    values = [str(value)[: parts.MAX_HEADER] for name in names for value in message.get_all(name, [])]
    found = [*_ADDRESS.findall("\n".join(values)), *_reported_senders(message)]
    found += [address.decode("ascii", "replace") for address in _BOUNCE_ADDRESS.findall(raw)[:MAX_NAMES]]
    return tuple(dict.fromkeys(found))[:MAX_NAMES]


def _reported_senders(message: Message) -> Iterator[str]:
    """The envelope sender of each mail in it, from its Return-Path or from a complaint (RFC 5965 section 3.2)."""
    for part in parts.walk(message, into_returned_mail=True):
        if part.get_content_type() == "message/feedback-report":
            yield from _ADDRESS.findall(complaints.feedback_fields(part).get("original-mail-from", ""))
        elif part is not message:
            yield from _ADDRESS.findall(str(part.get("Return-Path", ""))[: parts.MAX_HEADER])


def _message_ids(message: Message, raw: bytes) -> tuple[str, ...]:
    """The Message-IDs in the mail except its own: of the mail it returns, whole, truncated or quoted."""
    found = [match.decode("ascii", "replace") for match in _MESSAGE_ID.findall(raw)]
    for name in ("In-Reply-To", "References"):
        found += _REFERENCE.findall(str(message.get(name, ""))[: parts.MAX_HEADER])
    own = _own_id(message)
    return tuple(one for one in dict.fromkeys(found) if one != own and one.isprintable())[:MAX_NAMES]


def _link_tokens(raw: bytes) -> tuple[str, ...]:
    found = (token.decode("ascii") for token in _LINK_TOKEN.findall(raw))
    return tuple(dict.fromkeys(found))[:MAX_NAMES]


def _own_id(message: Message) -> str:
    return str(message.get("Message-ID", "")).strip()
