"""Who is meant by a mail server's reply: a reader's mailbox is dead only where the server says so."""

from __future__ import annotations

import pytest

from monitor.mail.reply_meaning import enhanced_status, meaning
from monitor.model import Stage, Whom

DEAD = (
    "550 5.1.1 User unknown",
    "550 5.1.1 <reader@example.org>: Recipient address rejected: User unknown in relay recipient table",
    "550 5.5.0 Requested action not taken: mailbox unavailable",
    "550 5.4.1 Recipient address rejected: Access denied.",
    "550-5.2.1 The email account that you tried to reach is disabled",
    "550-5.1.1 The email account that you tried to reach does not exist. Please try double-checking the address",
    "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup",
    "550 No such user here",
    "550 <reader@example.org>... no such mailbox",
    "550 reader@example.org unknown",
    "550 Invalid recipient",
    "550 Unrouteable address",
    "551 user not local",
    "553 5.1.3 bad address",
    "554 delivery error: dd This user doesn't have a yahoo.com account (reader@example.org) [0]",
    "550 5.1.2 Host or domain name not found. Name service error for name=example.invalid type=MX: Host not found",
    "550 Benutzer unbekannt",
    "550 Utilisateur inconnu",
)
FULL = (
    "552 disk quota exceeded",
    "552 5.2.2 mailbox over quota",
    "550-'5.2.2 <reader@example.org>... Mailbox Full'",
    "5.1.0 - Unknown address error 550-'5.2.2 <reader@example.org>... Mailbox Full' (delivery attempts: 0)",
    "552 Requested mail action aborted: exceeded storage allocation",
    "550-5.2.1 The user you are trying to contact is receiving mail at a rate that prevents additional messages",
)
US = (
    "553 5.1.8 Sender address rejected: Domain not found",
    "553 5.1.8 <bounces@news.example>... Domain of sender address does not exist",
    "550 5.1.7 sender address is not valid",
    "550 5.1.0 <bounces@news.example> sender rejected, see our postmaster pages",
    "550 DMARC check failed",
    "550 Access denied, 192.0.2.1 is on a block list",
    "550 5.7.1 IP address refused by recipient",
    "550 5.7.26 Unauthenticated mail is not accepted due to the DMARC policy of the sender",
    "554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.example.org",
    "550 5.7.1 Unable to relay for reader@example.org",
    "554 5.7.1 <reader@example.org>: Relay access denied",
    "550 relay not permitted",
    "504 5.5.2 <localhost>: Helo command rejected: need fully-qualified hostname",
    "550 5.7.1 we do not like you",
    "530 5.7.0 Must issue a STARTTLS command first",
    "550 Verification failed for sender <monitor@example.org>: no such user",
)
LIMIT = (
    "550 5.4.5 Daily user sending limit exceeded",
    "450 4.7.1 hourly limit of messages exceeded",
    "421 4.7.0 too many messages in this connection",
    "550 5.7.1 You exceeded your sending quota for today",
    "452 4.5.3 Too many recipients per hour",
    "421 4.7.28 unusual rate of mail",
    "451 4.7.1 Rate limit reached, slow down",
    "421 Too many concurrent connections",
    "550 Domain example.org has exceeded the max emails per hour (30/30 (100%)) allowed. Message discarded.",
)
MESSAGE = (
    "550 Message looks like spam",
    "552 5.3.4 Message size exceeds fixed limit",
    "554 Message not accepted for policy reasons",
    "554 5.6.0 Message contains a virus",
    "552 message exceeds size limit",
)
SERVER = (
    "554 5.4.6 Too many hops",
    "550 5.4.316 Message expired, connection refused",
    "554 5.3.2 system not accepting messages",
    "451 4.7.1 Greylisted, please try again later",
)


def code_of(reply: str) -> int:
    """Its three digits, 0 where it has none."""
    return int(reply[:3]) if reply[:3].isdigit() else 0


@pytest.mark.parametrize("stage", [None, Stage.RCPT])
@pytest.mark.parametrize("reply", DEAD)
def test_a_mailbox_that_is_said_not_to_exist_is_dead(reply: str, stage: Stage | None) -> None:
    """In a report and at RCPT alike."""
    assert meaning(reply, code=code_of(reply), stage=stage).is_dead_mailbox


@pytest.mark.parametrize("stage", [None, Stage.RCPT])
@pytest.mark.parametrize(
    ("reply", "whom"),
    [
        *((reply, Whom.MAILBOX) for reply in FULL),
        *((reply, Whom.US) for reply in US),
        *((reply, Whom.LIMIT) for reply in LIMIT),
        *((reply, Whom.MESSAGE) for reply in MESSAGE),
        *((reply, Whom.SERVER) for reply in SERVER),
        ("550 rejected", Whom.UNCLEAR),
        ("554 5.0.0 transaction failed", Whom.UNCLEAR),
    ],
)
def test_any_other_refusal_leaves_the_mailbox_alive(reply: str, whom: Whom, stage: Stage | None) -> None:
    """Whoever it is about, it is not a mailbox that is gone."""
    found = meaning(reply, code=code_of(reply), stage=stage)
    assert found.whom is whom
    assert not found.is_dead_mailbox


@pytest.mark.parametrize("stage", [Stage.BANNER, Stage.EHLO, Stage.STARTTLS, Stage.AUTH, Stage.MAIL])
@pytest.mark.parametrize("reply", [*DEAD, *FULL, *US, "550 rejected"])
def test_before_a_recipient_is_named_a_refusal_means_us(reply: str, stage: Stage) -> None:
    """Whatever its words: "user unknown" at MAIL is our sender."""
    assert meaning(reply, code=code_of(reply) or 550, stage=stage).whom is Whom.US


@pytest.mark.parametrize("reply", [*DEAD, *MESSAGE, "550 rejected"])
def test_after_the_message_a_refusal_means_the_message(reply: str) -> None:
    """The mailbox was accepted before."""
    assert meaning(reply, code=code_of(reply), stage=Stage.CONTENT).whom is Whom.MESSAGE


def test_a_message_may_be_too_large_from_its_announced_size_on() -> None:
    """At MAIL already (RFC 1870): that is no fault of the configuration."""
    assert meaning("5.3.4 message too large", code=552, stage=Stage.MAIL).whom is Whom.MESSAGE


@pytest.mark.parametrize("reply", DEAD[:8])
def test_a_temporary_refusal_is_no_dead_mailbox(reply: str) -> None:
    """4xx: the same words may be gone tomorrow."""
    assert not meaning(reply, code=450, stage=Stage.RCPT).is_dead_mailbox


@pytest.mark.parametrize(
    ("status", "whom"),
    [
        ("5.1.1", Whom.MAILBOX),
        ("5.1.8", Whom.US),
        ("5.2.2", Whom.MAILBOX),
        ("5.3.4", Whom.MESSAGE),
        ("5.4.5", Whom.LIMIT),
        ("5.4.6", Whom.SERVER),
        ("5.5.0", Whom.UNCLEAR),
        ("5.7.1", Whom.US),
    ],
)
def test_where_no_words_help_the_status_decides(status: str, whom: Whom) -> None:
    """RFC 3463, as a report gives it in a field of its own."""
    assert meaning("refused", status=status).whom is whom


def test_of_two_statuses_the_last_is_the_remote_servers() -> None:
    """A relay puts its own in front."""
    assert enhanced_status("5.1.0 - Unknown address error 550-'5.2.2 Mailbox Full'") == "5.2.2"
    assert enhanced_status("version 4.1.1.2 of 192.0.5.1.1") == ""
