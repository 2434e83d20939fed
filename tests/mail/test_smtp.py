"""What the mail server says becomes a value, and no password ever travels in clear."""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import Iterator

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from monitor.errors import MailError, StoreError
from monitor.mail.smtp import SmtpMailer
from monitor.model import Encryption, SendOutcome
from monitor.ports import Message
from tests.support.mail_servers import Mailbox, Secure, Stripper

SENDER = "monitor@example.org"


def mail(recipient: str, text: str = "hello") -> tuple[str, str, bytes]:
    """A small mail."""
    return SENDER, recipient, f"To: <{recipient}>\r\nSubject: test\r\n\r\n{text}\r\n".encode()


def outcomes(mailbox: Mailbox, *recipients: str, **changes: object) -> list[SendOutcome]:
    """What became of one mail to each."""
    return [
        result.outcome for result in SmtpMailer(mailbox.settings(**changes)).send([mail(one) for one in recipients])
    ]


def test_several_messages_share_one_connection(mailbox: Mailbox) -> None:
    """Three mails, one greeting."""
    assert outcomes(mailbox, "a@example.org", "b@example.org", "c@example.org") == [SendOutcome.SENT] * 3
    assert mailbox.connections == 1
    assert [box.recipients for box in mailbox.arrived] == [("a@example.org",), ("b@example.org",), ("c@example.org",)]


def test_several_connections_share_the_work_and_keep_the_order_of_results(mailbox: Mailbox) -> None:
    """Results stand in the order of the messages whichever connection carried them."""
    mailbox.answers["p7@example.org"] = ["550 no such person"]
    people = [f"p{number}@example.org" for number in range(20)]
    results = outcomes(mailbox, *people, connections=4)
    assert [number for number, outcome in enumerate(results) if outcome is SendOutcome.FAILED] == [7]
    assert len(mailbox.arrived) == 19
    assert 1 < mailbox.connections <= 4


def test_a_single_message_opens_a_single_connection(mailbox: Mailbox) -> None:
    """A second connection for one mail would only cost a login."""
    outcomes(mailbox, "a@example.org", connections=4)
    assert mailbox.connections == 1


def test_a_kept_mailer_goes_on_over_its_connection_and_takes_leave_at_the_end(mailbox: Mailbox) -> None:
    """One greeting for three calls, also after a refusal; every result belongs to its own call."""
    mailbox.answers["b@example.org"] = ["550 no such person"]
    with SmtpMailer(mailbox.settings()).kept() as mailer:
        found = [mailer.send([mail(f"{one}@example.org")])[0].outcome for one in "abc"]
    assert found == [SendOutcome.SENT, SendOutcome.FAILED, SendOutcome.SENT]
    assert mailbox.connections == 1


@pytest.mark.parametrize("connections", [1, 3])
def test_a_kept_mailer_keeps_one_connection_however_many_it_opened(mailbox: Mailbox, connections: int) -> None:
    """The others say goodbye when the work is done."""
    people = [f"p{number}@example.org" for number in range(20)]
    with SmtpMailer(mailbox.settings(connections=connections)).kept() as mailer:
        mailer.send([mail(one) for one in people])
        opened = mailbox.connections
        mailer.send([mail("a@example.org")])
        assert mailbox.connections == opened
    assert len(mailbox.arrived) == 21


class HangsUp:
    """Takes a mail, says yes and closes the connection behind it, as servers do with clients that stay idle."""

    def __init__(self) -> None:
        self.taken: list[str] = []

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:
        """Say yes, then close."""
        self.taken += envelope.rcpt_tos
        asyncio.get_running_loop().call_soon(server.transport.close)
        return "250 2.0.0 queued"


def test_a_server_that_hung_up_on_an_idle_connection_is_called_anew(mailbox: Mailbox) -> None:
    """Nothing is deferred, nothing is sent twice: the end is noticed before the next mail is begun."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        port = found.getsockname()[1]
    server = HangsUp()
    controller = Controller(server, hostname="127.0.0.1", port=port, ready_timeout=10)
    controller.start()
    try:
        with SmtpMailer(mailbox.settings(port=port)).kept() as mailer:
            found_out = [mailer.send([mail(f"{one}@example.org")])[0].outcome for one in "abc"]
    finally:
        controller.stop()
    assert found_out == [SendOutcome.SENT] * 3
    assert server.taken == [f"{one}@example.org" for one in "abc"]


def test_a_kept_mailer_that_lost_its_server_says_so_and_finds_it_again(mailbox: Mailbox) -> None:
    """A connection lost after DATA is uncertain, as ever; the next call opens another."""
    mailbox.drop_after_data.add("b@example.org")
    with SmtpMailer(mailbox.settings()).kept() as mailer:
        found = [mailer.send([mail(f"{one}@example.org")])[0].outcome for one in "abc"]
    assert found == [SendOutcome.SENT, SendOutcome.UNCERTAIN, SendOutcome.SENT]
    assert [len(mailbox.to(f"{one}@example.org")) for one in "abc"] == [1, 1, 1]


def test_an_outbox_that_fails_ends_the_work_of_every_connection(mailbox: Mailbox) -> None:
    """The error comes out, and the next call starts afresh."""

    def failing() -> Iterator[Message]:
        yield from (mail(f"p{number}@example.org") for number in range(5))
        raise StoreError("the database is gone")

    with SmtpMailer(mailbox.settings(connections=3)).kept() as mailer:
        with pytest.raises(StoreError, match="gone"):
            mailer.send(failing())
        assert mailer.send([mail("a@example.org")])[0].outcome is SendOutcome.SENT
    took = [box.recipients for box in mailbox.arrived]
    assert took.count(("a@example.org",)) == 1
    assert len(took) == len(set(took))  # what was under way when it failed may have arrived, but once


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        ("450 4.2.0 greylisted, come back", SendOutcome.DEFERRED),
        ("421 4.3.2 too busy", SendOutcome.SENT),  # the end of a connection, not of the mail: over a new one it goes
        ("452 4.2.2 mailbox full", SendOutcome.DEFERRED),
        ("550 5.1.1 no such person", SendOutcome.FAILED),
        ("554 5.7.1 not here", SendOutcome.FAILED),
    ],
)
def test_a_refusal_of_one_leaves_the_others(mailbox: Mailbox, reply: str, expected: SendOutcome) -> None:
    """4xx is for later, 5xx for good, 421 for another connection; the next mail goes out either way."""
    mailbox.answers["b@example.org"] = [reply]
    found = outcomes(mailbox, "a@example.org", "b@example.org", "c@example.org")
    assert found == [SendOutcome.SENT, expected, SendOutcome.SENT]


def test_the_servers_words_are_kept(mailbox: Mailbox) -> None:
    """An operator reads why."""
    mailbox.answers["b@example.org"] = ["550 5.1.1 no such person"]
    (result,) = SmtpMailer(mailbox.settings()).send([mail("b@example.org")])
    assert (result.code, result.text) == (550, "5.1.1 no such person")


def test_a_connection_lost_after_data_is_uncertain(mailbox: Mailbox) -> None:
    """The mail arrived and nobody said so."""
    mailbox.drop_after_data.add("b@example.org")
    found = outcomes(mailbox, "a@example.org", "b@example.org", "c@example.org")
    assert found == [SendOutcome.SENT, SendOutcome.UNCERTAIN, SendOutcome.SENT]
    assert len(mailbox.to("b@example.org")) == 1


def test_a_connection_lost_before_data_is_deferred(mailbox: Mailbox) -> None:
    """Nothing of it can have arrived."""
    mailbox.drop_before_data.add("b@example.org")
    found = outcomes(mailbox, "a@example.org", "b@example.org", "c@example.org")
    assert found == [SendOutcome.SENT, SendOutcome.DEFERRED, SendOutcome.SENT]
    assert not mailbox.to("b@example.org")


def test_a_server_that_keeps_breaking_off_is_left_alone(mailbox: Mailbox) -> None:
    """After three in a row the rest of the batch waits without being tried."""
    people = [f"p{number}@example.org" for number in range(10)]
    mailbox.drop_before_data.update(people)
    assert outcomes(mailbox, *people) == [SendOutcome.DEFERRED] * 10
    assert mailbox.connections == 3


def test_a_server_that_is_not_there_is_one_clear_error(mailbox: Mailbox) -> None:
    """Nothing was tried, and the text says where to look."""
    settings = mailbox.settings(port=1)
    with pytest.raises(MailError, match=r"127\.0\.0\.1:1 cannot be reached .* check smtp\.host"):
        SmtpMailer(settings).send([mail("a@example.org")])


@pytest.mark.parametrize("text", ["one\r\n.two\r\n..three", ".", "\r\n.\r\n", "a\r\n.\r\nQUIT\r\n", "....\r\n\r\n."])
def test_a_line_that_begins_with_a_dot_arrives_whole(mailbox: Mailbox, text: str) -> None:
    """RFC 5321's transparency, both ways; nothing in a text ends the mail."""
    SmtpMailer(mailbox.settings()).send([mail("a@example.org", text)])
    assert mailbox.arrived[0].content == mail("a@example.org", text)[2]


@pytest.mark.parametrize("end", ["\n", "\r", "\n\r\n", "\r\r\n", "\n.\n", "\n.\r\n", "\r.\r\n"])
def test_a_bare_line_end_smuggles_nothing(mailbox: Mailbox, end: str) -> None:
    """Servers disagree about what a bare CR or LF means: it becomes CRLF, so that one mail stays one."""
    hidden = f"one{end}MAIL FROM:<x@example.org>\r\nRCPT TO:<y@example.org>\r\nDATA\r\nhello{end}"
    assert outcomes_of(mailbox, hidden) == [SendOutcome.SENT]
    (arrived,) = mailbox.arrived
    assert not re.search(rb"(?<!\r)\n|\r(?!\n)", arrived.content)
    assert b"RCPT TO:<y@example.org>" in arrived.content


def outcomes_of(mailbox: Mailbox, text: str) -> list[SendOutcome]:
    """What became of one mail with this text."""
    return [result.outcome for result in SmtpMailer(mailbox.settings()).send([mail("a@example.org", text)])]


def test_login_and_mail_go_over_starttls(secure_mailbox: Secure) -> None:
    """The certificate is checked against an authority, then the password is sent, then the mail."""
    box = secure_mailbox.mailbox
    settings = box.settings(
        encryption=Encryption.STARTTLS, username="monitor", password="open sesame", host="localhost"
    )
    (result,) = SmtpMailer(settings, tls=secure_mailbox.tls).send([mail("a@example.org")])
    assert result.outcome is SendOutcome.SENT
    assert box.logins == [("monitor", "open sesame")]


def test_a_wrong_password_is_one_clear_error(secure_mailbox: Secure) -> None:
    """And it does not show the password."""
    settings = secure_mailbox.mailbox.settings(encryption=Encryption.STARTTLS, username="monitor", password="wrong")
    with pytest.raises(MailError, match=r"refused the login .* check smtp\.username") as caught:
        SmtpMailer(settings, tls=secure_mailbox.tls).send([mail("a@example.org")])
    assert "wrong" not in str(caught.value)


def test_an_unknown_certificate_is_refused_before_any_password(secure_mailbox: Secure) -> None:
    """Verification is on by default."""
    box = secure_mailbox.mailbox
    settings = box.settings(encryption=Encryption.STARTTLS, username="monitor", password="open sesame")
    with pytest.raises(MailError, match="certificate"):
        SmtpMailer(settings).send([mail("a@example.org")])
    assert box.logins == []


@pytest.mark.parametrize("encryption", [Encryption.STARTTLS, Encryption.TLS])
def test_no_password_is_sent_when_the_offer_of_tls_was_taken_out(stripper: Stripper, encryption: Encryption) -> None:
    """A stripped STARTTLS ends the conversation: neither login nor mail go over the bare line."""
    settings = Mailbox(port=stripper.port).settings(
        encryption=encryption, username="monitor", password="open sesame", timeout=2.0
    )
    with pytest.raises(MailError, match=r"STARTTLS|cannot be"):
        SmtpMailer(settings).send([mail("a@example.org")])
    said = b"".join(stripper.heard)
    assert b"AUTH" not in said
    assert b"MAIL" not in said
    assert b"bW9uaXRvcg" not in said  # "monitor" in base64


def test_a_password_without_encryption_is_refused_at_once() -> None:
    """Not at the first mail, at the start."""
    with pytest.raises(MailError, match="would travel in clear"):
        SmtpMailer(Mailbox().settings(username="monitor", password="open sesame"))
