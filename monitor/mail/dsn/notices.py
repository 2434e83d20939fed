"""Bounces in no standard format, known by their sender, subject and words. Pure.

Two of three signs are needed: a mail system as its sender, a subject about failed delivery, a text about it. Automatic
replies, mailing lists, read receipts and challenges are none, whatever they say.
"""

from __future__ import annotations

import re
from email.errors import MessageError
from email.message import Message

from flufl.bounce import all_failures

from monitor.mail.dsn import answers, parts, phrases

#: Characters of a notice's own text that are searched.
MAX_OWN_TEXT = 8_000
#: Bytes of a mail that the fallback is given, whose patterns are not all linear.
MAX_FALLBACK = 30_000

_LIST = ("List-Id", "List-Post", "List-Unsubscribe", "Mailing-List", "X-Mailing-List")
_AUTOMATIC = ("X-Autoreply", "X-Auto-Reply", "X-Autorespond", "X-Autoresponder", "X-Auto-Reply-From", "X-Vacation")
#: How the subject of a person's mail begins that answers, or passes on, another.
_REPLY = re.compile(r"(?:re|aw|sv|vs|antw?|rif|res|odp)(?:\[\d+\])?\s?:", re.IGNORECASE)
_FORWARD = re.compile(r"(?:fwd?|wg|tr|rv|enc|i)\s?:", re.IGNORECASE)
#: Fields of the returned mail within a notice: its subject is ours, and must not be taken for a reason.
_QUOTED_FIELD = re.compile(
    r"^[ \t>*]*(?:subject|message-id|to|cc|from|sent|date|betreff|an|von|gesendet|objet|asunto|oggetto|"
    r"assunto|件名)\s?[:：].*$",
    re.IGNORECASE | re.MULTILINE,
)
_DOMAIN = re.compile(r"@[\w.-]+")
_TRACE_FIELD = re.compile(r"^(?:> ?)?(?:received|return-path|dkim-signature|message-id|mime-version):", re.I | re.M)


def is_notice(message: Message, own_text: str) -> bool:
    """Does a mail system tell in `own_text` that it could not deliver a mail, or not yet?"""
    if message.get("X-Failed-Recipients"):
        return True
    subject = parts.header(message, "Subject")
    is_from_system, about_failure = _is_from_mail_system(message), bool(phrases.FAILURE.search(subject))
    says_failure = _says_failure(message, own_text, is_likely=about_failure)
    is_nobody = parts.header(message, "From") == "<>"
    is_likely = is_nobody or (is_from_system and about_failure)
    if _is_automatic_reply(message, subject, is_likely=is_likely) or _is_bait(message, own_text):
        return False
    if is_from_system and (about_failure or says_failure):
        return True
    if (is_nobody or (is_from_system and _returns_a_mail(message))) and answers.blames_mailbox(own_text):
        return True
    if any(message.get(name) for name in _LIST) or (not is_from_system and _FORWARD.match(subject)):
        return False
    if about_failure and says_failure and not _REPLY.match(subject):
        return bool(answers.find(own_text)) or _returns_a_mail(message)
    return (is_from_system or about_failure) and _is_known_to_flufl(message)


def is_passed_on(message: Message) -> bool:
    """Does a person answer, or pass on, what a mail system wrote?"""
    subject = parts.header(message, "Subject")
    return not _is_from_mail_system(message) and bool(_REPLY.match(subject) or _FORWARD.match(subject))


def _says_failure(message: Message, own_text: str, *, is_likely: bool) -> bool:
    """Does the text tell of a failure? A status without a reply code does only where the failure is told elsewhere."""
    if phrases.FAILURE.search(" ".join(own_text.split())):
        return True
    found = answers.find(own_text)
    return any(one.code for one in found) or (bool(found) and (is_likely or _returns_a_mail(message)))


def _is_bait(message: Message, own_text: str) -> bool:
    """Is it a filter's list of mails that it holds, or a link to follow and nothing about anybody's mail?"""
    if phrases.QUARANTINE.search(parts.header(message, "Subject")):
        return True
    is_about_a_mail = "@" in own_text or answers.find(own_text) or _returns_a_mail(message)
    return not is_about_a_mail and any(
        part.get_content_maintype() == "text" and phrases.LINK.search(parts.content(part)[: parts.MAX_TEXT])
        for part in parts.walk(message)
    )


def _is_automatic_reply(message: Message, subject: str, *, is_likely: bool) -> bool:
    """Is it an automatic reply of a person, a read receipt (RFC 8098) or a challenge to prove to be a person?

    `is_likely`: a mail system writes about failed delivery; then only what never stands in such a notice counts.
    """
    precedence = str(message.get("Precedence", "")).strip().lower()
    if precedence == "auto_reply" or any(message.get(name) for name in _AUTOMATIC):
        return True
    if phrases.AUTOMATIC_REPLY.search(subject):
        return True
    submitted = str(message.get("Auto-Submitted", "")).strip().lower()
    is_reply = submitted.startswith("auto-replied") or bool(message.get("X-Auto-Response-Suppress"))
    is_receipt = str(message.get_param("report-type", "")).lower() == "disposition-notification"
    is_challenge = bool(phrases.CHALLENGE.search(parts.text(message)[:MAX_OWN_TEXT]))
    return not is_likely and (is_reply or is_receipt or is_challenge)


def own_text(message: Message) -> str:
    """What the notice itself says, without the mail that it returns: its numbers and words are not the server's."""
    text = parts.text(message)
    ends = [found.start() for pattern in (phrases.RETURNED_COPY, _TRACE_FIELD) if (found := pattern.search(text))]
    before = text[: min(ends)] if ends else text
    return _QUOTED_FIELD.sub("", before if before.strip() else text)[:MAX_OWN_TEXT]


def _is_from_mail_system(message: Message) -> bool:
    """From a mail system, or with the empty envelope sender that only such mails have (RFC 5321 section 4.5.5)."""
    sender = parts.header(message, "From")
    if str(message.get("Return-Path", "")).strip() == "<>" or sender.strip() in ("", "<>"):
        return True
    return bool(phrases.MAIL_SYSTEM.search(_DOMAIN.sub("@", sender)))


def _returns_a_mail(message: Message) -> bool:
    kinds = {part.get_content_type() for part in parts.walk(message) if part is not message}
    return bool(kinds & {"message/rfc822", "text/rfc822-headers", "message/global"}) or bool(
        phrases.RETURNED_COPY.search(parts.text(message)) or _TRACE_FIELD.search(parts.text(message))
    )


def _is_known_to_flufl(message: Message) -> bool:
    """Do the detectors of GNU Mailman know it? They recognise old systems; hard or soft we decide ourselves."""
    if len(parts.text(message)) > MAX_FALLBACK or "@" not in parts.header(message, "From"):
        return False
    try:
        temporary, permanent = all_failures(message)
    except (AttributeError, LookupError, MessageError, RecursionError, TypeError, ValueError):
        # its detectors expect mails that are well formed
        return False
    return bool(temporary or permanent)
