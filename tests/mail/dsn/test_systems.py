"""Notifications in the forms that mail systems give them: the text for people, the fields, and what they mean."""

from __future__ import annotations

import pytest

from monitor.mail import dsn
from monitor.model import BounceKind
from tests.mail.dsn.mails import DAEMON, HEAD, mail, report

HARD, SOFT = BounceKind.HARD, BounceKind.SOFT

#: System: text, action, "Status|Diagnostic-Code" (or another field), kind.
REPORTS = {
    "Domino": (
        "because: User reader not listed in Domino Directory",
        "failed",
        "5.1.1|X-Notes; not listed in Domi",
        HARD,
    ),
    "Domino, full": (
        "because: Router: Database disk quota exceeded",
        "failed",
        "5.0.0|X-Notes; disk quota exceeded",
        SOFT,
    ),
    "GroupWise": ("undeliverable to the following: r@example.org (user not found)", "failed", "5.1.1|", HARD),
    "Gmail, no domain": ("couldn't be found", "failed", "4.0.0|smtp; DNS Error: responded with code NXDOMAIN", HARD),
    "Gmail, no answer": ("", "failed", "4.4.1|smtp; The recipient server did not accept our requests to connect", SOFT),
    "Amazon SES": ("An error occurred", "failed", "5.3.0|smtp; 554 Transaction failed: Blacklisted IP.", SOFT),
    "Amazon SES, list": (
        "",
        "failed",
        "5.1.1|smtp; 550 5.1.1 Amazon SES has suppressed sending: invalid address",
        HARD,
    ),
    "Exchange 2003": ("Delivery to the following recipients failed.", "failed", "5.1.1|", HARD),
    "Exchange 2003, expired": ("Delivery to the following recipients failed.", "failed", "4.4.7|", SOFT),
    "Exchange, size": ("Delivery failed.", "failed", "5.2.3|", SOFT),
    "Microsoft 365": ("", "failed", "5.4.1|smtp; 550 5.4.1 Recipient address rejected: Access denied. AS(2018)", HARD),
    "Microsoft 365, domain": ("", "failed", "5.4.310|smtp; 550 5.4.310 DNS domain example.org does not exist", HARD),
    "Microsoft 365, relayed": ("", "failed", "5.0.350|smtp; 550 5.0.350 error -> 550 5.1.1 does not exist", HARD),
    "Microsoft 365, group": (
        "",
        "failed",
        "5.7.133|smtp;550 5.7.133 RESOLVER.RST.SenderNotAuthenticatedForGroup",
        SOFT,
    ),
    "sendmail, pipelined": (
        ">>> DATA\r\n<<< 550 5.1.1 <r@example.org>... User unknown\r\n<<< 503 5.0.0 Need RCPT (recipient)",
        "failed",
        "5.1.1|",
        HARD,
    ),
    "sendmail, filter": ("", "failed", "5.1.1|SMTP; 550 5.7.1 Blocked by SpamAssassin", SOFT),
    "sendmail, expired": ("Message could not be delivered for 5 days", "failed", "4.4.7|", SOFT),
    "Sun Messaging Server": ("Reason: Over quota", "failed", "5.2.2 (Over quota)|", SOFT),
    "Sun Messaging Server, domain": ("", "failed", "5.4.4 (Illegal host/domain name found)|", HARD),
    "PowerMTA": ("delivery status", "failed", "5.1.1 (bad destination mailbox address)|smtp;550 not found", HARD),
    "PowerMTA, expired": ("delivery status", "failed", "5.4.7 (expired)|smtp;mailbox full", SOFT),
    "OpenSMTPD": ("r@example.org: 550 5.2.2 <r@example.org>... Mailbox Full", "failed", "5.0.0|", SOFT),
    "OpenSMTPD, network": ("r@example.org: Network error on destination MXs", "failed", "5.0.0|", SOFT),
    "SendGrid": ("", "failed", "|550 5.1.1 The email account does not exist", HARD),
    "SendGrid, expired": ("", "expired", "|Message expired after 72 hours", SOFT),
    "Mailgun": ("", "failed", "5.0.0|smtp; 605 Not delivering to previously bounced address", HARD),
    "Mailgun, complaint": (
        "",
        "failed",
        "5.0.0|smtp; 607 Not delivering to a user who marked your messages as spam",
        SOFT,
    ),
    "Yahoo": ("", "failed", "5.0.0|smtp; 554 delivery error: dd Not a valid recipient - mta.yahoo.com", HARD),
    "Mail.ru": ("", "failed", "5.0.0|smtp; 550 invalid mailbox. Local mailbox is unavailable: user not found", HARD),
    "Yandex": ("", "failed", "5.7.1|smtp; 550 5.7.1 No such user!", HARD),
    "web.de": ("", "failed", "5.2.2|smtp; 552-Requested mail action aborted: exceeded storage allocation", SOFT),
    "Barracuda": ("", "failed", "5.1.1|smtp; 550 permanent failure (r@example.org:550 5.1.1 User unknown)", HARD),
    "Mimecast": (
        "",
        "failed",
        "5.1.1|smtp; 550 Invalid Recipient - https://community.mimecast.com/docs/DOC-1369#550",
        HARD,
    ),
    "Mimecast, policy": ("", "failed", "5.0.0|smtp; 550 Administrative prohibition - envelope blocked", SOFT),
    "Proofpoint": (
        "",
        "failed",
        "5.7.0|smtp; 554 5.7.0 Blocked - see https://ipcheck.proofpoint.com/?ip=192.0.2.1",
        SOFT,
    ),
    "an account nobody used": ("", "failed", "5.0.0|smtp; 550 mailbox has been blocked due to inactivity", HARD),
    "an answer in Japanese": ("", "failed", "5.0.0|smtp; 550 宛先が見つかりません", HARD),
    "an answer in German": ("", "failed", "5.0.0|smtp; 550 Empfänger unbekannt", HARD),
    "an answer that begins with no": ("", "failed", "5.0.0|smtp; 550 No local mailbox here by that name", HARD),
    "a delay": ("THIS IS A WARNING MESSAGE ONLY.", "delayed", "4.4.7|", SOFT),
}


@pytest.mark.parametrize(("text", "action", "answer", "kind"), REPORTS.values(), ids=REPORTS)
@pytest.mark.parametrize("head", [HEAD, HEAD.replace("Undelivered Mail", "Delivery report")])
def test_a_report_of_each_system(text: str, action: str, answer: str, kind: BounceKind, head: str) -> None:
    """Whatever its subject."""
    status, _, diagnostic = answer.partition("|")
    told = f"Diagnostic-Code: {diagnostic}\r\n" if diagnostic else ""
    fields = f"Final-Recipient: rfc822;r@example.org\r\nAction: {action}\r\nStatus: {status}\r\n{told}"
    raw = report(f"Reporting-MTA: dns; mx.example.net\r\n\r\n{fields}", text=text or "It failed.", head=head)
    assert dsn.read(raw).kind is kind
    assert dsn.read(raw.replace(b"\r\n", b"\n")).kind is kind
    assert dsn.read(raw.decode().encode("iso-2022-jp" if "宛" in answer else "latin-1")).kind is kind


NOTICES = {
    "qmail, no host": (DAEMON, "failure notice", "I couldn't find any host named nosuch.example. (#5.1.2)", HARD),
    "Exim, no host": (
        DAEMON,
        "Mail delivery failed: returning message to sender",
        "  r@nosuch.example\r\n    all relevant MX records point to non-existent hosts",
        HARD,
    ),
    "Exim, sender": (
        DAEMON,
        "Mail delivery failed: returning message to sender",
        "    SMTP error from remote mail server after MAIL FROM:<bounces+1-a@example.org>:\r\n    550 not permitted",
        SOFT,
    ),
    "Zoho": ("mailer-daemon@zoho.example", "Undelivered Mail", "r@example.org Invalid Address, ERROR_CODE :550", HARD),
    "KDDI": ("Postmaster@x.example", "Mail System Error - Returned Mail", "The user(s) account is disabled.", HARD),
    "KDDI, limited": ("Postmaster@x.example", "Mail System Error", "The user(s) account is temporarily limited.", SOFT),
    "Notes, ambiguous": ("postmaster@x.example", "DELIVERY FAILURE", "User reader not unique. Several matches", SOFT),
    "no sender": ("<>", "", "You sent mail to r@example.org. That's not a valid user here.", HARD),
    "a gateway that answers": (
        "spi@x.example",
        "RE: 1 new article: non remis (delivery failed)",
        "Your message could not be delivered to r@example.org\r\n\r\n--- original message follows\r\nMessage-ID: <1@x>",
        SOFT,
    ),
}


@pytest.mark.parametrize(("sender", "subject", "text", "kind"), NOTICES.values(), ids=NOTICES)
def test_a_plain_notice_of_each_system(sender: str, subject: str, text: str, kind: BounceKind) -> None:
    """Its words alone tell."""
    assert dsn.read(mail(sender, subject, f"{text}\r\n")).kind is kind


def test_a_notice_from_nobody_is_no_reply_of_a_person() -> None:
    """Though it says that it is automatic: a person's has a sender."""
    text = "You sent mail to r@example.org. That's not a valid user here."
    assert dsn.read(mail("<>", "", text, Auto_Submitted="auto-replied")).kind is HARD
    assert dsn.read(mail("jane@x.example", "", text, Auto_Submitted="auto-replied")).kind is None
