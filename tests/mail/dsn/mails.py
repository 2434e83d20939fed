"""Returned mails to read: in no standard format, and delivery status notifications."""

from __future__ import annotations

DAEMON = "MAILER-DAEMON@mx.example.net"

HEAD = (
    "From: MAILER-DAEMON@mx.example.net\r\nTo: bounces+1-a@example.org\r\nSubject: Undelivered Mail\r\n"
    "Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n"
)
ABOUT_THE_MESSAGE = "Reporting-MTA: dns; mx.example.net\r\n\r\n"
RECIPIENT = "Final-Recipient: rfc822; reader@example.org\r\n"
GONE_FIELDS = f"{RECIPIENT}Action: failed\r\nStatus: 5.1.1\r\nDiagnostic-Code: smtp; 550 5.1.1 unknown user\r\n"


def report(
    fields: str, *, text: str = "It failed.", kind: str = "message/delivery-status", more: str = "", head: str = HEAD
) -> bytes:
    """A notification whose second part is `fields`, of the type `kind` and with the MIME fields `more`."""
    first = f"--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n"
    second = f"--b\r\nContent-Type: {kind}\r\n{more}\r\n{fields}\r\n"
    third = "--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: <1.1@x>\r\n--b--\r\n"
    return f"{head}{first}{second}{third}".encode()


def mail(sender: str, subject: str, text: str, **fields: str) -> bytes:
    """A plain mail in UTF-8."""
    more = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in fields.items())
    head = f"From: {sender}\r\nTo: bounces+1-a@example.org\r\nSubject: {subject}\r\n{more}"
    return f"{head}Content-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n".encode()
