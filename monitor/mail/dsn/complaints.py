"""Complaints: "this is spam", pressed by a reader: RFC 5965, and the older form of Microsoft's JMRP. Pure."""

from __future__ import annotations

import re
from email.message import Message

from monitor.mail.dsn import parts

#: Feedback that takes nothing back: a mail that was no spam, a failed check of DKIM or SPF (RFC 6591).
_NO_COMPLAINT = ("not-spam", "auth-failure")
#: JMRP's fields at the head of the mail that it returns.
_JMRP = ("X-HmXmrOriginalRecipient", "X-Reporter-IP")
_JMRP_SUBJECT = re.compile(r"complaint about message from", re.IGNORECASE)
#: The result of checking a mail's sender, written by our own mail server at its head (RFC 8601).
_PASSED = re.compile(
    r"\b(?:dkim=pass\b[^;]{0,200}?\bheader\.[di]=@?|spf=pass\b[^;]{0,200}?\bsmtp\.mailfrom=(?:[^;@\s]{0,100}@)?|"
    r"dmarc=pass\b[^;]{0,200}?\bheader\.from=)([\w.-]{1,255})",
    re.IGNORECASE,
)


def read(message: Message) -> str | None:
    """What the complaint is called, "complaint: abuse Yahoo!-Mail-Feedback/2.0"; None when the mail is none."""
    fields = _fields(message)
    if fields is None:
        return "complaint: JMRP" if _is_jmrp(message) else None
    kind = fields.get("feedback-type", "").lower()
    return None if kind in _NO_COMPLAINT else f"complaint: {kind} {fields.get('user-agent', '')}".strip()


def is_feedback(message: Message) -> bool:
    """Is it a feedback report, of whatever type?"""
    return _fields(message) is not None


def _fields(message: Message) -> dict[str, str] | None:
    """The fields of the feedback report, also where they stand in a part of another type; None when there is none."""
    is_report = str(message.get_param("report-type", "")).lower() == "feedback-report"
    for part in parts.walk(message):
        is_text = is_report and part.get_content_maintype() == "text"
        if part.get_content_type() == "message/feedback-report" or is_text:
            fields = feedback_fields(part)
            if not is_text or "feedback-type" in fields:
                return fields
    return None


def feedback_fields(part: Message) -> dict[str, str]:
    """The fields of a feedback report, names in lower case."""
    lines = (line.partition(":") for line in parts.content(part)[: parts.MAX_TEXT].splitlines())
    return {name.strip().lower(): value.strip() for name, colon, value in lines if colon}


def authenticated_domains(message: Message) -> frozenset[str]:
    """The domains that our mail server found the mail to be from: those of its first Authentication-Results."""
    results = " ".join(str(message.get("Authentication-Results", ""))[:5_000].split())
    return frozenset(domain.lower().rstrip(".") for domain in _PASSED.findall(results))


def _is_jmrp(message: Message) -> bool:
    """A mail with a mail attached that has JMRP's fields, or with its subject, and that is no report."""
    if message.get_content_type() == "multipart/report":
        return False
    returned = [part for part in parts.walk(message, into_returned_mail=True) if part is not message]
    if not any(part.get_content_type() == "message/rfc822" for part in returned):
        return False
    has_fields = any(part.get(name) for part in returned for name in _JMRP)
    return has_fields or bool(_JMRP_SUBJECT.search(parts.header(message, "Subject")))
