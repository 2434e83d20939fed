"""The per-recipient fields of a delivery status notification (RFC 3464, RFC 6533), in the forms seen. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from email.message import Message
from enum import StrEnum

from monitor.mail.dsn import parts

#: Recipients of one notification that are read; ours has one.
MAX_RECIPIENTS = 50

_TYPES = ("message/delivery-status", "message/global-delivery-status")
_FIELD = re.compile(r"([A-Za-z][A-Za-z0-9-]{0,60})[ \t]*:[ \t]*(.*)")
_RECIPIENT = ("final-recipient", "original-recipient", "x-actual-recipient")
_TELLING = ("action", "status", "diagnostic-code")
_STATUS = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?!\d|\.\d)")


class Action(StrEnum):
    """What became of the mail (RFC 3464 section 2.3.3). ARRIVED stands for delivered, relayed and expanded."""

    FAILED = "failed"
    DELAYED = "delayed"
    ARRIVED = "arrived"
    UNKNOWN = ""


#: How an Action begins, in any case; what follows is a comment ("failed (bad destination mailbox)").
_ACTIONS = (
    (("fail", "err", "undeliver", "reject", "bounce", "expired"), Action.FAILED),
    (("delay", "defer", "retry", "warn"), Action.DELAYED),
    (("deliver", "relay", "expand", "success"), Action.ARRIVED),
)


@dataclass(frozen=True, slots=True)
class RecipientReport:
    """What a notification reports of one recipient; "" for what it leaves out."""

    action: Action
    status: str
    diagnostic: str


def read(message: Message, *, into_returned_mail: bool = False) -> list[RecipientReport]:
    """The reports of a notification, empty when the mail is none.

    `into_returned_mail`: also of one that a gateway has attached to a notice of its own.
    """
    walked = parts.walk(message, into_returned_mail=into_returned_mail)
    sources = [parts.content(part) for part in walked if part.get_content_type() in _TYPES]
    if not any(_groups(source) for source in sources):
        sources = list(_stray(message))
    return [_report(group) for source in sources for group in _groups(source)][:MAX_RECIPIENTS]


def _stray(message: Message) -> Iterator[str]:
    """The fields of a notification in a part of another type, as some gateways send them."""
    if message.get_content_type() != "multipart/report":
        return
    for part in parts.walk(message):
        if part.is_multipart() or part.get_content_type() == "text/rfc822-headers":
            continue
        source = parts.content(part)[: parts.MAX_TEXT]
        if re.search(r"^(?:final|original)-recipient[ \t]*:", source, re.IGNORECASE | re.MULTILINE):
            yield source


def _groups(source: str) -> list[Mapping[str, str]]:
    """The groups of fields about a recipient; one that an empty line has cut in two is put together."""
    found: list[dict[str, str]] = []
    for group in _all_groups(source.splitlines()):
        is_named, is_telling = not group.keys().isdisjoint(_RECIPIENT), not group.keys().isdisjoint(_TELLING)
        if is_telling and not is_named and found and found[-1].keys().isdisjoint(_TELLING):
            found[-1] |= group
        elif is_telling or is_named:
            found.append(group)
    return [group for group in found if not group.keys().isdisjoint(_TELLING)]


def _all_groups(lines: Iterable[str]) -> Iterator[dict[str, str]]:
    """The fields between two empty lines, each: names in lower case, continued lines joined."""
    group: dict[str, str] = {}
    last = ""
    for line in lines:
        field = _FIELD.match(line)
        if not line.strip():
            if group:
                yield group
            group, last = {}, ""
        elif field and not line[:1].isspace():
            last = field[1].lower()
            group[last] = f"{group[last]} {field[2]}" if last in group else field[2]
        elif last:
            group[last] += f" {line.strip()}"
    if group:
        yield group


def _report(group: Mapping[str, str]) -> RecipientReport:
    """A status may have a comment, "5.0.0 (recipient reached disk quota)", or be no status, "553 too large"."""
    status = _STATUS.search(group.get("status", ""))
    comment = group.get("status", "").replace(status[1] if status else "", "", 1)
    told = (group.get("diagnostic-code", ""), group.get("x-supplementary-info", ""), comment)
    action, code = _action(group.get("action", "")), status[1] if status else ""
    return RecipientReport(action, code, " ".join(" ".join(told).split()))


def _action(value: str) -> Action:
    word = value.strip().lower()
    return next((action for begins, action in _ACTIONS if word.startswith(begins)), Action.UNKNOWN)
