"""Delivery status notifications: what the answers in them mean, and the forms in which they come.

The answers are those that large providers and common servers give, shortened; each line is "Status|Diagnostic-Code".
"""

from __future__ import annotations

import base64
import quopri

import pytest

from monitor.bounces.suspension import bounce_from_permanent_rejection
from monitor.mail import dsn
from monitor.model import BounceKind, Delivery, DeliveryState, SendOutcome, SendResult
from tests.support.factories import NOW

HARD, SOFT = BounceKind.HARD, BounceKind.SOFT

#: The mailbox, or its domain, is not there or will not come back.
GONE = """
5.5.0|smtp;550 5.5.0 Requested action not taken: mailbox unavailable (S2017062302). [x.prod.protection.outlook.com]
5.1.1|smtp; 550-5.1.1 The email account that you tried to reach does not exist. Please try 550-5.1.1 double-checking
5.2.1|smtp; 550-5.2.1 The email account that you tried to reach is inactive. 550 5.2.1
5.0.0|smtp; 554 delivery error: dd This user doesn't have a yahoo.com account (r@example.org) [0] -
5.0.0|smtp; 554 30 Sorry, your message to r@example.org cannot be delivered. This mailbox is disabled (554.30).
5.0.0|smtp; 552 1 Requested mail action aborted, mailbox not found
5.0.0|smtp; 550 Requested action not taken: mailbox unavailable For explanation visit
5.0.0|smtp; 550 user unknown
5.1.1|smtp; 550 5.1.1 <r@example.org>: user does not exist
5.1.10|smtp;550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient x@y.com not found by SMTP address lookup
5.4.4|X-Postfix; Host or domain name not found. Name service error for name=nowhere.example type=AAAA: Host not found
5.1.2|SMTP; 550 5.1.2 Host unknown (Name server: nowhere.example: host not found)
5.4.4|X-Postfix; unable to look up host mx.example.org: Name or service not known
5.1.10|smtp; 556 5.1.10 Recipient address has null MX
5.1.0|X-Postfix; Domain example.org does not accept mail (nullMX)
5.1.6|smtp; 551 5.1.6 User has moved; please try <new@example.org>
5.1.3|smtp; 501 5.1.3 Bad recipient address syntax
5.1.1|X-Postfix; unknown user: "kijitora"
5.1.1|X-Unix; 550 5.1.1 User unknown
5.0.0|smtp; 550 5.1.1 sid=i01K1n00l0kn1Em01 Address rejected r@example.org. [code=28]
5.0.0|smtp; 550 Invalid recipient x@example.org (#5.1.1)
5.0.0|smtp; 511 sorry, no mailbox here by that name (#5.1.1 - chkuser)
5.0.0|smtp; 553 sorry, this recipient is not in my validrcptto list (#5.7.1)
5.0.0|smtp; 550 cuda_nsu RecipientUnknown
5.0.0|smtp; 550 RCPT TO:<x@y.z> User unknown
5.0.0|smtp; 550 No such user - psmtp
5.0.0|smtp; 550 Unrouteable address
5.0.0|smtp; 550 unknown local-part "x" in domain "example.org"
5.0.0|smtp; 550 Mailbox does not exist!
5.0.0|smtp; 550 Address unknown
5.0.0|smtp; 550 <x@y.z>... Blocked by MAILER-DAEMON: this account does not exist
5.0.0|smtp; 550 Recipient unknown
5.0.0|smtp; 550 sorry, no such mailbox here
5.0.0|smtp; 550 Account not available
5.0.0|smtp; 554 5.1.1 Mailbox <x@y.z> is disabled
5.0.0|smtp; 550 5.4.1 [x@y.z]: Recipient address rejected: Access denied [DB.eop-EUR01.prod.protection.outlook.com]
5.0.0|smtp; 550 x is not a known user
5.0.0|smtp; 550 #5.1.0 Address rejected.
5.0.0|smtp; 550 5.1.0 Address rejected <x@y.z>
5.0.0|smtp; 554 5.4.6 unknown recipient
5.0.0|X-Notes; User kijitora (x@y.z) not listed in Domino Directory
5.0.0|smtp; 550 Recipient not in the directory
5.0.0|smtp; 550 No Such User Here
5.0.0|smtp; 554 qq Sorry, no valid recipients (#5.1.3)
5.0.0|smtp; 550 no mailbox by that name is currently available
5.0.0|smtp; 550 Non-existent email address
5.0.0|smtp; 550 5.1.1 The email address you entered couldn't be found
5.0.0|smtp; 550 that user is no longer active
5.0.0|smtp; 550 user has left the company
5.0.0|smtp; 521 5.2.1 AOL will not accept delivery of this message.
5.0.0|smtp; 550 Utilisateur inconnu
5.0.0|smtp; 550 5.1.1 Adresse d au moins un destinataire invalide. Invalid recipient. OFR204_416
5.0.0|smtp; 550 5.5.0 Adresse d au moins un destinataire inconnue. Recipient address unknown
5.0.0|smtp; 550 Benutzer existiert nicht
5.0.0|smtp; 550 Empfaenger unbekannt
5.0.0|smtp; 550 El usuario no existe
5.0.0|smtp; 550 utente sconosciuto
5.0.0|smtp; 550 invalid mailbox
5.0.0|smtp; 550 Message was not accepted -- invalid mailbox. Local mailbox r@example.org is unavailable: user not
5.0.0|smtp; 550 Mailbox not found. http://service.mail.qq.com
5.0.0|smtp; 550 User not found: r@example.org
5.0.0|smtp; 550 RP:UNK user not exist
5.0.0|smtp; 550 Domain does not exist
5.0.0|smtp; 550 permanent failure for one or more recipients (x@y.z:550 5.1.1 ...)
5.3.0|smtp; 553 5.3.0 <x@y.z>... Addressee unknown, relay=[192.0.2.1]
5.2.0|smtp; 550 5.2.0 mailbox does not exist
""".strip().splitlines()

#: The mailbox is full, or somebody else is to blame: we, the message, the server, the network.
OTHERWISE = """
5.2.2|smtp; 552-5.2.2 The email account that you tried to reach is over quota and inactive. 552 5.2.2
5.2.2|smtp; 552-5.2.2 The recipient's inbox is out of storage space. Please direct the recipient to
5.7.26|smtp; 550-5.7.26 This mail has been blocked because the sender is unauthenticated. Gmail requires all senders
4.7.28|smtp; 421-4.7.28 Our system has detected an unusual rate of unsolicited mail originating from your IP address
5.7.1|smtp; 550-5.7.1 [192.0.2.1] Our system has detected that this message is likely unsolicited mail.
5.0.0|smtp; 554 5.7.9 Message not accepted for policy reasons. See https://postmaster.yahooinc.com/error-codes
5.0.0|smtp; 553 5.7.1 [BL21] Connections will not be accepted from 192.0.2.1, because the ip is in Spamhaus's list
5.0.0|smtp; 554-web.de (mxweb) Nemesis ESMTP Service not available 554-No SMTP service 554-Bad DNS PTR resource
5.2.2|smtp; 552 5.2.2 <r@example.org>: user is over quota
5.7.1|smtp; 554 5.7.1 [CS01] Message rejected due to local policy. Please visit https://support.apple.com/
5.7.509|smtp;550 5.7.509 Access denied, sending domain example.org does not pass DMARC verification and has a DMARC
5.7.606|smtp;550 5.7.606 Access denied, banned sending IP [192.0.2.1]. To request removal from this list please visit
5.7.1|smtp;550 5.7.1 TRANSPORT.RULES.RejectMessage; the message was rejected by organization policy
5.7.133|smtp;550 5.7.133 RESOLVER.RST.SenderNotAuthenticatedForGroup; authentication required; Delivery restriction
5.2.2|smtp;554 5.2.2 mailbox full;
5.1.8|smtp;550 5.1.8 Access denied, bad outbound sender.
5.4.14|smtp;554 5.4.14 Hop count exceeded - possible mail loop
5.4.312|smtp;550 5.4.312 Message expired, DNS query failed(ServFail)
4.4.7|smtp;550 4.4.7 QUEUE.Expired; message expired
5.4.300|smtp;550 5.4.300 Message expired -> 451 4.7.500 Server busy. Please try again later
4.4.1|X-Postfix; connect to mx.example.org[192.0.2.1]:25: Connection timed out
5.0.0|smtp; 550 5.1.0 <bounces+1-a@news.example> sender rejected
5.0.0|smtp; 521 Server does not accept mail
5.0.0|smtp; 550 5.2.0 mail rejected: over quota
5.0.0|smtp; 452 4.2.2 mailbox full
5.0.0|smtp; 550 5.7.1 Mailbox of x@y.z has exceeded the limit
5.0.0|smtp; 550 5.3.4 message too big
5.0.0|smtp; 552 message size exceeds fixed maximum message size
5.0.0|smtp; 550 5.7.1 Unable to relay
5.0.0|smtp; 550 5.7.1 <x@y.z>... Relaying denied. IP name lookup failed
5.0.0|smtp; 554 5.7.1 <x@y.z>: Relay access denied
5.0.0|smtp; 550 5.7.1 Message rejected. See http://support.google.com
5.0.0|smtp; 550 This message was classified as SPAM
5.0.0|smtp; 550 Mail rejected by Windows Live Hotmail for policy reasons. Reasons for rejection may be related to
5.0.0|smtp; 550 SC-001 (COL0) Unfortunately, messages from 192.0.2.1 weren't sent. Please contact your Internet
5.0.0|smtp; 550 5.7.1 Client host rejected: cannot find your reverse hostname
5.0.0|smtp; 550 5.7.1 Access denied
5.0.0|smtp; 554 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org
5.0.0|smtp; 550 5.7.23 The message was rejected because of Sender Policy Framework violation -> 550 Unsupported
5.0.0|smtp; 501 Syntax error in parameters
5.0.0|smtp; 500 Error: bad syntax
5.0.0|smtp; 503 Bad sequence of commands
5.0.0|smtp; 554 Transaction failed
5.0.0|smtp; 550 System error
5.0.0|smtp; 554 5.3.5 Local configuration error
5.0.0|smtp; 550 Too many recipients
5.0.0|smtp; 550 5.4.5 Daily sending quota exceeded
5.0.0|smtp; 550 virus found in the message
5.0.0|smtp; 550 5.7.1 greylisted, try again later
5.0.0|smtp; 550 rejected by greylist, temporarily
5.0.0|X-Postfix; mail for example.org loops back to myself
5.0.0|X-Postfix; can't create user output file. Command output: procmail: Quota exceeded while writing
5.0.0|X-Unix; 69
5.0.0|x-unix; service unavailable
5.0.0|smtp; 550 5.6.0 Lone CR or LF in body
5.0.0|smtp; 554 5.6.1 8BITMIME not supported
5.0.0|smtp; 550 Verification failed for <bounces@news.example> Sender verify failed
5.0.0|smtp; 550 <news@example.org>: Sender address rejected: Domain not found
5.0.0|smtp; 553 5.1.8 Domain of sender address x does not exist
5.0.0|smtp; 550 DKIM signature verification failed
5.0.0|smtp; 550 5.7.0 TLS required
5.0.0|smtp; 530 5.7.0 Must issue a STARTTLS command first
5.0.0|smtp; 550 No suitable mailserver found
5.0.0|smtp; 550 5.7.1 You are not allowed to send to this list
5.0.0|smtp; 550 5.7.1 recipient does not wish to receive mail from you
5.0.0|smtp; 550 Mailbox temporarily disabled
5.0.0|smtp; 550 5.5.0 Service refuse. Veuillez essayer plus tard. service refused, please try later. OFR_999
5.0.0|smtp; 550 5.5.0 Boite du destinataire pleine. Recipient overquota. OFR417_513
5.0.0|smtp; 550 5.7.1 Mail contains a URL rejected by SURBL
5.0.0|smtp; 550 Message contains illegal attachment
5.0.0|smtp; 552 Mailbox ist voll
5.0.0|smtp; 550 Postfach voll
5.0.0|smtp; 550 Message was not accepted -- Local mailbox r@example.org is unavailable: account is full
5.0.0|smtp; 550 spam message rejected. Please visit http://help.mail.ru/notspam-support
5.0.0|smtp; 550 5.7.1 The user you are trying to contact is receiving mail at a rate that prevents additional messages
4.2.1|smtp; 450-4.2.1 The user you are trying to contact is receiving mail at a rate
5.0.0|smtp; 550 Mail content denied. http://service.mail.qq.com
5.0.0|smtp; 550 Connection frequency limited
5.0.0|smtp; 554 DT:SPM 163 smtp9
5.3.0|smtp; 550 5.3.0 mailbox rejected the message
""".strip().splitlines()

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


def answered(status_and_diagnostic: str) -> bytes:
    """A failure with this status and diagnostic."""
    status, _, diagnostic = status_and_diagnostic.partition("|")
    return report(
        f"{ABOUT_THE_MESSAGE}{RECIPIENT}Action: failed\r\nStatus: {status}\r\nDiagnostic-Code: {diagnostic}\r\n"
    )


@pytest.mark.parametrize("answer", GONE)
def test_a_mailbox_that_is_gone_is_a_hard_bounce(answer: str) -> None:
    """Whatever its status says."""
    assert dsn.read(answered(answer)).kind is HARD


@pytest.mark.parametrize("answer", OTHERWISE)
def test_everything_else_is_a_soft_bounce(answer: str) -> None:
    """Nobody is suspended for it."""
    assert dsn.read(answered(answer)).kind is SOFT


@pytest.mark.parametrize("answer", [one for one in GONE + OTHERWISE if "smtp; 55" in one])
def test_the_same_answer_means_the_same_in_the_conversation(answer: str) -> None:
    """A server that refuses at RCPT, and one that sends a report later."""
    words = answer.partition("|")[2].removeprefix("smtp; ")
    sent = Delivery(7, 1, 3, "reader@example.org", "<m@x>", DeliveryState.SENDING)
    refused = bounce_from_permanent_rejection(sent, SendResult(SendOutcome.FAILED, int(words[:3]), words[4:]), NOW)
    assert (refused is not None and refused.kind is HARD) is (dsn.read(answered(answer)).kind is HARD)


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
