"""What the answers of mail servers mean, in a delivery status notification as in the conversation.

The answers are those that large providers and common servers give, shortened; each line is "Status|Diagnostic-Code".
"""

from __future__ import annotations

import pytest

from monitor.bounces.suspension import bounce_from_permanent_rejection
from monitor.mail import dsn
from monitor.model import BounceKind, Delivery, DeliveryState, SendOutcome, SendResult
from tests.mail.dsn.mails import ABOUT_THE_MESSAGE, RECIPIENT, report
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
