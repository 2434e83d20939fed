"""What an IMAP server, or somebody on the way to it, may send that no real server here does."""

from __future__ import annotations

import ssl
from contextlib import suppress

import pytest

from monitor.errors import MailError
from monitor.mail import mailbox
from monitor.model import Encryption
from tests.support.imap_server import serving


@pytest.mark.parametrize(
    "response",
    [
        b"* 1 FETCH (UID 7 BODY[]<0> {4}\r\nmail)\r\n",
        b'* 1 FETCH (UID 7 BODY[]<0> "mail")\r\n',
        b"* 2 FETCH (UID 8 FLAGS (\\Seen))\r\n* 1 FETCH (BODY[]<0> {4}\r\nmail UID 7 FLAGS ())\r\n",
        b"* 2 FETCH (UID 8 BODY[]<0> {5}\r\nother)\r\n* 1 FETCH (UID 7 BODY[]<0> {4}\r\nmail)\r\n",
    ],
)
def test_a_mail_is_found_however_the_server_sends_it(certificate: ssl.SSLContext, response: bytes) -> None:
    """As a literal, as a quoted string, its UID behind it, beside responses nobody asked for (RFC 3501 section 7)."""
    with serving(certificate, {b"FETCH": response}) as (imap, received):
        assert list(mailbox.imap(imap)) == [b"mail"]
    assert sum(b"UID STORE 7 +FLAGS" in line for line in received) == 1


def test_a_mail_that_the_server_cannot_send_holds_up_none_behind_it(certificate: ssl.SSLContext) -> None:
    """It is damaged there; it stays unseen, and the operator learns of it."""
    replies = {
        b"SEARCH": b"* SEARCH 7 8\r\n",
        b"FETCH 7": b"NO [SERVERBUG] Internal error\r\n",
        b"FETCH 8": b"* 2 FETCH (UID 8 BODY[]<0> {5}\r\nother)\r\n",
    }
    with serving(certificate, replies) as (imap, received):
        reading = mailbox.imap(imap)
        assert next(reading) == b"other"
        with pytest.raises(MailError, match="SERVERBUG"):
            next(reading)
    assert [line for line in received if b"+FLAGS" in line and b" 7 " in line] == []


def test_a_mail_that_another_client_deleted_is_skipped(certificate: ssl.SSLContext) -> None:
    """Between SEARCH and FETCH."""
    with serving(certificate, {b"FETCH": b""}) as (imap, _):
        assert list(mailbox.imap(imap)) == []


@pytest.mark.parametrize(
    "replies",
    [
        {b"SEARCH": b"* SEARCH all of them\r\n"},
        {b"FETCH": b"* 1 FETCH (UID 7 BODY[]<0>\r\n"},
        {b"FETCH": b"* 1 FETCH nothing\r\n"},
        {b"FETCH": b"* 1 FETCH (UID \xff BODY[]<0> {4}\r\nmail)\r\n"},
    ],
)
def test_a_response_that_is_not_imap_fails_the_visit_only(
    certificate: ssl.SSLContext, replies: dict[bytes, bytes]
) -> None:
    """An error for the operator, not a crash; the mail stays unseen."""
    with serving(certificate, replies) as (imap, received), pytest.raises(MailError, match="refused"):
        list(mailbox.imap(imap))
    assert not any(b"STORE" in line for line in received)


@pytest.mark.parametrize("encryption", [Encryption.TLS, Encryption.STARTTLS])
def test_the_password_follows_tls(certificate: ssl.SSLContext, encryption: Encryption) -> None:
    """LOGIN is sent once, after STARTTLS where that is used."""
    with serving(certificate, {}, encryption) as (imap, received):
        assert mailbox.probe(imap).startswith("1 unseen mail")
    commands = [line.split()[1] for line in received]
    assert commands.count(b"LOGIN") == 1
    if encryption is Encryption.STARTTLS:
        assert commands.index(b"STARTTLS") < commands.index(b"LOGIN")


def test_what_was_injected_before_the_handshake_is_not_believed(certificate: ssl.SSLContext) -> None:
    """Somebody on the way appends responses to the OK of STARTTLS (CVE-2011-0411, CVE-2026-115559)."""
    injected = b"* SEARCH 7\r\n* 1 FETCH (UID 7 BODY[]<0> {6}\r\nforged)\r\n"
    mails: list[bytes] = []
    server = serving(certificate, {b"STARTTLS": injected, b"FETCH": b""}, Encryption.STARTTLS)
    with server as (imap, _), suppress(MailError):  # some versions of Python refuse the connection instead
        mails.extend(mailbox.imap(imap))
    assert mails == []
