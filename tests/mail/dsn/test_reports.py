"""Delivery status notifications, in the forms in which they come."""

from __future__ import annotations

import base64
import quopri

import pytest

from monitor.mail import dsn
from monitor.model import BounceKind
from tests.mail.dsn.mails import ABOUT_THE_MESSAGE, GONE_FIELDS, HEAD, RECIPIENT, report

HARD, SOFT = BounceKind.HARD, BounceKind.SOFT

FORMS = {
    "as RFC 3464 has it": report(ABOUT_THE_MESSAGE + GONE_FIELDS),
    "no fields about the message": report(GONE_FIELDS),
    "empty lines before, between and behind": report(f"\r\n\r\n{ABOUT_THE_MESSAGE}\r\n\r\n{GONE_FIELDS}\r\n\r\n\r\n"),
    "a recipient cut in two": report(ABOUT_THE_MESSAGE + GONE_FIELDS.replace("Action", "\r\nAction")),
    "a comment behind the action": report(ABOUT_THE_MESSAGE + GONE_FIELDS.replace("failed", "failed (bad mailbox)")),
    "another action": report(ABOUT_THE_MESSAGE + GONE_FIELDS.replace("failed", "Failure")),
    "no action": report(ABOUT_THE_MESSAGE + GONE_FIELDS.replace("Action: failed\r\n", "")),
    "no status": report(ABOUT_THE_MESSAGE + GONE_FIELDS.replace("Status: 5.1.1\r\n", "")),
    "neither": report(f"{ABOUT_THE_MESSAGE}{RECIPIENT}Diagnostic-Code: smtp; 550 user unknown\r\n"),
    "no diagnostic": report(f"{ABOUT_THE_MESSAGE}{RECIPIENT}Action: failed\r\nStatus: 5.1.1\r\n"),
    "a comment behind the status": report(
        f"{ABOUT_THE_MESSAGE}{RECIPIENT}Action: failed\r\nStatus: 5.0.0 (unknown user)\r\n"
    ),
    "other cases of letters": report(ABOUT_THE_MESSAGE + GONE_FIELDS.lower(), kind="Message/DELIVERY-Status"),
    "folded": report(ABOUT_THE_MESSAGE + GONE_FIELDS.replace("550 5.1.1", "550\r\n\t5.1.1")),
    "RFC 6533": report(
        ABOUT_THE_MESSAGE + GONE_FIELDS.replace("rfc822; reader", "utf-8; rëader"),
        kind="message/global-delivery-status",
    ),
    "base64": report(
        base64.encodebytes((ABOUT_THE_MESSAGE + GONE_FIELDS).encode()).decode(),
        more="Content-Transfer-Encoding: base64\r\n",
    ),
    "quoted-printable": report(
        quopri.encodestring((ABOUT_THE_MESSAGE + GONE_FIELDS).encode()).decode(),
        more="Content-Transfer-Encoding: quoted-printable\r\n",
    ),
    "as plain text": report(ABOUT_THE_MESSAGE + GONE_FIELDS, kind="text/plain"),
    "in multipart/mixed": report(GONE_FIELDS, head=HEAD.replace("report; report-type=delivery-status", "mixed")),
    "the reason in the text alone": report(
        f"{ABOUT_THE_MESSAGE}{RECIPIENT}Action: failed\r\nStatus: 5.0.0\r\n", text="<r@example.org>: 550 unknown user"
    ),
    "a diagnostic that says nothing": report(
        f"{ABOUT_THE_MESSAGE}{RECIPIENT}Action: failed\r\nStatus: 5.0.0\r\nDiagnostic-Code: x-unix; 1\r\n",
        text="<r@example.org>: 550 unknown user",
    ),
    "no action, no status, no answer": report(
        f"{ABOUT_THE_MESSAGE}{RECIPIENT}Diagnostic-Code: x-unix; 1\r\n", text="<r@example.org>: 550 unknown user"
    ),
    "of two statuses the remote server's": report(
        f"{ABOUT_THE_MESSAGE}{RECIPIENT}Action: failed\r\nStatus: 5.3.0\r\n"
        "Diagnostic-Code: smtp; 5.3.0 - Other mail system problem 550-'5.1.1 no such user'\r\n"
    ),
    "two recipients, one of whom got it": report(
        f"{ABOUT_THE_MESSAGE}Final-Recipient: rfc822; other@example.org\r\nAction: delivered\r\nStatus: 2.0.0\r\n\r\n"
        + GONE_FIELDS
    ),
}


@pytest.mark.parametrize("raw", FORMS.values(), ids=FORMS)
def test_every_form_of_a_report_is_read(raw: bytes) -> None:
    """As mail systems write it."""
    assert dsn.read(raw).kind is HARD


def test_a_report_in_the_notice_of_a_gateway_is_read() -> None:
    """A gateway attaches it whole; a person who forwards one is no bounce."""
    inner = report(ABOUT_THE_MESSAGE + GONE_FIELDS).decode().replace("boundary=b", "boundary=c").replace("--b", "--c")
    body = f"--b\r\nContent-Type: message/rfc822\r\n\r\n{inner}\r\n--b--\r\n"
    mixed = "Content-Type: multipart/mixed; boundary=b\r\n\r\n"
    gateway = f"From: postmaster@gw.example\r\nSubject: Undelivered Mail\r\n{mixed}{body}"
    person = f"From: Jane <jane@x.example>\r\nSubject: Fwd: Undelivered Mail\r\n{mixed}{body}"
    assert dsn.read(gateway.encode()).kind is HARD
    assert dsn.read(person.encode()).kind is None


def test_a_status_that_is_the_reporter_s_own_guess_gives_way_to_the_answer_in_the_text() -> None:
    """Sendmail writes 5.1.1 for every refusal of a recipient."""
    fields = f"{ABOUT_THE_MESSAGE}{RECIPIENT}Action: failed\r\nStatus: 5.1.1\r\n"
    text = "   ----- Transcript of session follows -----\r\n>>> RCPT To:<r@example.org>\r\n<<< 550 5.7.1 spam refused"
    assert dsn.read(report(fields, text=text)).kind is SOFT
    assert dsn.read(report(fields)).kind is HARD


@pytest.mark.parametrize(
    ("action", "status", "kind"),
    [
        ("delayed", "4.4.1", SOFT),
        ("delayed", "5.1.1", SOFT),
        ("", "4.4.7", SOFT),
        ("failed", "4.4.7", SOFT),
        ("delivered", "2.0.0", None),
        ("relayed", "2.1.5", None),
        ("expanded", "2.0.0", None),
        ("", "2.0.0", None),
    ],
)
def test_a_delay_is_soft_and_a_success_is_none(action: str, status: str, kind: BounceKind | None) -> None:
    """Reports that some ask for."""
    line = f"Action: {action}\r\n" if action else ""
    assert dsn.read(report(f"{ABOUT_THE_MESSAGE}{RECIPIENT}{line}Status: {status}\r\n")).kind is kind
