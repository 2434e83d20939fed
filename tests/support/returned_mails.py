"""Mails that come back, in the shapes that mail systems give them. Words are ours, fields and order are theirs."""

from __future__ import annotations

from collections.abc import Callable

#: A returned mail to an address (of ours), about the mail with a Message-ID.
Shape = Callable[[str, str], bytes]
BOUNDARY = "=_report"


def _mail(head: str, *parts: tuple[str, str]) -> bytes:
    body = "".join(f"--{BOUNDARY}\r\nContent-Type: {kind}\r\n\r\n{text}\r\n" for kind, text in parts)
    return f"{head.strip()}\n\n{body}--{BOUNDARY}--\n".replace("\r\n", "\n").replace("\n", "\r\n").encode()


def _report(kind: str) -> str:
    return f'MIME-Version: 1.0\nContent-Type: multipart/report; report-type={kind};\n boundary="{BOUNDARY}"'


def postfix(to: str, returned: str, key: str = "20181001.1@mx", headers: str = "") -> bytes:
    """Postfix: no such user at the next server, as status 5.1.1; `headers` are further ones of our mail."""
    return _mail(
        f"Return-Path: <>\nX-Original-To: {to}\nDelivered-To: {to}\nDate: Mon, 1 Oct 2018 09:00:00 +0200 (CEST)\n"
        f"From: MAILER-DAEMON@mx.example.net (Mail Delivery System)\nSubject: Undelivered Mail Returned to Sender\n"
        f"To: {to}\nAuto-Submitted: auto-replied\n{_report('delivery-status')}\nMessage-Id: <{key}>",
        ("text/plain; charset=us-ascii", "This is the mail system at host mx.example.net.\n"),
        (
            "message/delivery-status",
            "Reporting-MTA: dns; mx.example.net\nX-Postfix-Queue-ID: 3F2A1\n"
            "\nFinal-Recipient: rfc822; reader@example.org\nOriginal-Recipient: rfc822;reader@example.org\n"
            "Action: failed\nStatus: 5.1.1\nRemote-MTA: dns; mail.example.org\n"
            "Diagnostic-Code: smtp; 550 5.1.1 <reader@example.org>: Recipient address\n    rejected: unknown user\n",
        ),
        ("message/rfc822", f"Return-Path: <{to}>\nMessage-ID: {returned}\n{headers}Subject: 1 new article\n\nText\n"),
    )


def delayed(to: str, returned: str) -> bytes:
    """A warning that a mail is still waiting."""
    return _mail(
        f"From: Mail Delivery System <Mailer-Daemon@mx.example.net>\nTo: {to}\nSubject: Warning: message delayed\n"
        f"Message-Id: <delay@mx>\n{_report('delivery-status')}",
        (
            "message/delivery-status",
            "Reporting-MTA: dns; mx.example.net\n\nFinal-Recipient: rfc822;reader@example.org\n"
            "Action: delayed\nStatus: 4.4.1\nWill-Retry-Until: Fri, 5 Oct 2018 09:00:00 +0000\n",
        ),
        ("text/rfc822-headers", f"Message-ID: {returned}\n"),
    )


def full(to: str, returned: str) -> bytes:
    """A mailbox that is full is not an address that is gone."""
    return _mail(
        f"From: MAILER-DAEMON@mx.example.net\nTo: {to}\nSubject: Undelivered\nMessage-Id: <full@mx>\n"
        f"{_report('delivery-status')}",
        (
            "message/delivery-status",
            "Reporting-MTA: dns; mx.example.net\n\nFinal-Recipient: rfc822; reader@example.org\nAction: failed\n"
            "Status: 5.2.2\nDiagnostic-Code: smtp; 552 5.2.2 mailbox over quota\n",
        ),
        ("text/rfc822-headers", f"Message-ID: {returned}\n"),
    )


def exchange(to: str, returned: str) -> bytes:
    """Exchange: a general status in the report, the telling one in the diagnostic code."""
    return _mail(
        f"From: <postmaster@outlook.example>\nTo: <{to}>\nSubject: Undeliverable: 1 new article\n"
        f"Message-ID: <exchange@outlook.example>\nX-MS-Exchange-Message-Is-Ndr:\n{_report('delivery-status')}",
        ("text/html; charset=utf-8", "<p>Your message could not be delivered.</p>\n"),
        (
            "message/delivery-status",
            "Reporting-MTA: dns;outlook.example\nReceived-From-MTA: dns;mail.example.org\n\n"
            "Original-recipient: rfc822;reader@example.org\nFinal-Recipient: rfc822;reader@example.org\n"
            "Action: failed\nStatus: 5.0.0\n"
            "Diagnostic-Code: smtp;550 5.1.10 RESOLVER.ADR.RecipientNotFound; no such recipient\n",
        ),
        ("message/rfc822", f"Message-ID: {returned}\nSubject: 1 new article\n\nText\n"),
    )


def exim(to: str, returned: str) -> bytes:
    """Exim: two recipients, one of which arrived."""
    return _mail(
        f"Return-path: <>\nEnvelope-to: {to}\nX-Failed-Recipients: reader@example.org\nAuto-Submitted: auto-replied\n"
        f"From: Mail Delivery System <Mailer-Daemon@mx.example.net>\nTo: {to}\n"
        f"Subject: Mail delivery failed: returning message to sender\nMessage-Id: <E1@mx>\n"
        f"{_report('delivery-status')}",
        ("text/plain", "A message that you sent could not be delivered to one or more of its recipients.\n"),
        (
            "message/delivery-status",
            "Reporting-MTA: dns; mx.example.net\n\nAction: delivered\nFinal-Recipient: rfc822;other@example.org\n"
            "Status: 2.0.0\n\nAction: failed\nFinal-Recipient: rfc822;reader@example.org\nStatus: 5.0.0\n"
            "Remote-MTA: dns; mail.example.org\nDiagnostic-Code: smtp; 550 no such user here\n",
        ),
        ("message/rfc822", f"Message-ID: {returned}\n\nText\n"),
    )


def qmail(to: str, returned: str) -> bytes:
    """Qmail: no report at all, only words, and the mail below them."""
    return (
        f"From: MAILER-DAEMON@mx.example.net\r\nTo: {to}\r\nSubject: failure notice\r\nMessage-ID: <q@mx>\r\n\r\n"
        "Hi. This is the qmail-send program at mx.example.net.\r\nThis address did not work:\r\n\r\n"
        "<reader@example.org>:\r\n192.0.2.1 does not like recipient.\r\nRemote host said: 550 user unknown\r\n"
        f"\r\n--- Below this line is a copy of the message.\r\n\r\nMessage-ID: {returned}\r\nSubject: news\r\n"
    ).encode()


def complaint(to: str, returned: str, kind: str = "abuse") -> bytes:
    """RFC 5965: a person pressed "this is spam" at a provider."""
    return _mail(
        f"From: <feedback@provider.example>\nTo: <{to}>\nSubject: FW: 1 new article\n"
        "Message-ID: <arf@provider.example>\n"
        f"{_report('feedback-report')}",
        ("text/plain", "This is an email abuse report.\n"),
        (
            "message/feedback-report",
            f"Feedback-Type: {kind}\nUser-Agent: Provider/1.0\nVersion: 1\nOriginal-Rcpt-To: reader@example.org\n",
        ),
        ("message/rfc822", f"Return-Path: <{to}>\nMessage-ID: {returned}\nSubject: 1 new article\n\nText\n"),
    )


def complaint_about(mail: bytes) -> bytes:
    """RFC 5965 with the mail as it was sent, byte for byte."""
    report = _mail(
        "From: <feedback@provider.example>\nTo: <abuse@example.org>\nSubject: FW: please confirm\n"
        f"Message-ID: <arf-whole@provider.example>\n{_report('feedback-report')}",
        ("text/plain", "This is an email abuse report.\n"),
        ("message/feedback-report", "Feedback-Type: abuse\nUser-Agent: Provider/1.0\nVersion: 1\n"),
        ("message/rfc822", "HERE"),
    )
    return report.replace(b"HERE", mail)


def complaint_without_mail(envelope_sender: str) -> bytes:
    """RFC 5965, redacted: of the mail only headers that name nobody; its envelope sender stands in the report."""
    return _mail(
        "From: <feedback@provider.example>\nTo: <abuse@example.org>\nSubject: FW: please confirm\n"
        f"Message-ID: <arf-redacted@provider.example>\n{_report('feedback-report')}",
        ("text/plain", "This is an email abuse report.\n"),
        (
            "message/feedback-report",
            f"Feedback-Type: abuse\nUser-Agent: Provider/1.0\nVersion: 1\nOriginal-Mail-From: {envelope_sender}\n",
        ),
        ("text/rfc822-headers", "Subject: please confirm\nDate: Mon, 1 Oct 2018 08:00:00 +0000\n"),
    )


def out_of_office(to: str, returned: str) -> bytes:
    """A person on holiday is no bounce."""
    return (
        f"From: Reader <reader@example.org>\r\nTo: {to}\r\nSubject: Automatic reply: delivery of news\r\n"
        f"In-Reply-To: {returned}\r\nAuto-Submitted: auto-replied\r\nMessage-ID: <ooo@example.org>\r\n\r\n"
        "I am away until 550 5.1.1 comes true.\r\n"
    ).encode()


def delivered(to: str, returned: str) -> bytes:
    """A success report, as some ask for."""
    return _mail(
        f"From: MAILER-DAEMON@mx.example.net\nTo: {to}\nSubject: Successful Mail Delivery Report\nMessage-Id: <ok@mx>\n"
        f"{_report('delivery-status')}",
        (
            "message/delivery-status",
            "Reporting-MTA: dns; mx\n\nFinal-Recipient: rfc822; reader@example.org\nAction: relayed\nStatus: 2.0.0\n",
        ),
        ("text/rfc822-headers", f"Message-ID: {returned}\n"),
    )


def spam_refused(to: str, returned: str) -> bytes:
    """The other side dislikes the sender, not the mailbox: the reader must not pay for it."""
    return _mail(
        f"From: MAILER-DAEMON@mx.example.net\nTo: {to}\nSubject: Undelivered Mail\nMessage-Id: <policy@mx>\n"
        f"{_report('delivery-status')}",
        (
            "message/delivery-status",
            "Reporting-MTA: dns; mx\n\nFinal-Recipient: rfc822; reader@example.org\nAction: failed\nStatus: 5.7.1\n"
            "Diagnostic-Code: smtp; 550 5.7.1 message refused by policy\n",
        ),
        ("text/rfc822-headers", f"Message-ID: {returned}\n"),
    )
