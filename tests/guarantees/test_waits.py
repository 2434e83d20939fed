"""Every wait has an end: servers that say a byte now and then, for ever, and each byte in time.

PubMed's are in `test_upstream.py`, PostgreSQL's in `test_postgresql.py`, SQLite's in `test_machine.py`, visitors' in
`tests/web/test_slow_visitors.py`, the DNS in `tests/mail/authentication/test_resolver.py`.
"""

from __future__ import annotations

import os
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from monitor.errors import MailError
from monitor.mail import mailbox
from monitor.mail.smtp import SmtpMailer
from monitor.model import Encryption, ImapSettings, SendOutcome, SmtpSettings
from tests.support.mailboxes import maildir

#: What the servers here do once it is their turn to answer.
Answer = Callable[[socket.socket], None]


def drip(there: socket.socket) -> None:
    """A byte every twentieth of a second and never the end of the line."""
    while True:
        there.sendall(b"x")
        time.sleep(0.05)


def silence(there: socket.socket) -> None:
    """Nothing."""
    there.recv(1 << 16)
    time.sleep(5)


def flood(there: socket.socket) -> None:
    """Line after line, and never the last."""
    while True:
        there.sendall(b"250-more\r\n" * 100)
        time.sleep(0.02)


@contextmanager
def serving(lines: list[bytes], then: Answer, tls: ssl.SSLContext | None = None) -> Iterator[int]:
    """A server that says each of these lines in turn (TAG: that of the last command), then answers so; its port."""

    def talk(listening: socket.socket) -> None:
        with suppress(OSError):
            plain = listening.accept()[0]
            with tls.wrap_socket(plain, server_side=True) if tls else plain as there, there.makefile("rb") as heard:
                asked = b"-"
                for line in lines:
                    there.sendall(line.replace(b"TAG", asked.split()[0]))
                    asked = heard.readline()
                then(there)

    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=talk, args=(listening,), daemon=True).start()
        yield listening.getsockname()[1]


@pytest.mark.parametrize("answer", [drip, silence, flood])
@pytest.mark.parametrize("after", range(6), ids=["banner", "EHLO", "MAIL", "RCPT", "DATA", "content"])
def test_a_mail_server_that_never_comes_to_an_end_is_left(after: int, answer: Answer) -> None:
    """Before DATA it cannot be used, or the copy waits; after DATA nobody knows."""
    usual = [b"220 mx\r\n", b"250 mx\r\n", b"250 ok\r\n", b"250 ok\r\n", b"354 go on\r\n"]
    began = time.monotonic()
    with serving(usual[:after], answer) as port:
        known = SmtpSettings(
            host="127.0.0.1", port=port, sender="m@example.org", encryption=Encryption.NONE, timeout=0.3, connections=1
        )
        with suppress(MailError):
            (result,) = SmtpMailer(known).send([("m@example.org", "ann@example.org", b"Subject: x\r\n\r\nx\r\n")])
            assert result.outcome in {SendOutcome.DEFERRED, SendOutcome.UNCERTAIN}
    assert time.monotonic() - began < 4


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ([], "cannot be reached"),
        ([b"* OK ready\r\n"], "cannot be reached"),
        ([b"* OK ready\r\n", b"* CAPABILITY IMAP4rev1\r\nTAG OK done\r\n"], "refused"),
    ],
    ids=["greeting", "capabilities", "login"],
)
def test_an_imap_server_that_drips_is_left(certificate: ssl.SSLContext, lines: list[bytes], words: str) -> None:
    """Every byte comes in time, and its reply never ends."""
    began = time.monotonic()
    with serving(lines, drip, certificate) as port:
        known = ImapSettings("127.0.0.1", "bounces", "secret", port=port, encryption=Encryption.TLS)
        with pytest.raises(MailError, match=words):
            list(mailbox.imap(known, longest=0.5))
    assert time.monotonic() - began < 5


def test_a_pipe_in_a_maildir_is_not_waited_for(tmp_path: Path) -> None:
    """Nobody writes into it; the mail behind it is read."""
    folder = maildir(tmp_path / "returned")
    os.mkfifo(folder / "new" / "1.pipe")
    (folder / "new" / "2.host").write_bytes(b"Subject: x\r\n\r\n")
    assert list(mailbox.maildir(folder)) == [b"Subject: x\r\n\r\n"]
