"""A real mail server on loopback for the tests, with the moods that real ones have."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from typing import Any

import pytest
import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

from monitor.model import Encryption, SmtpSettings

HOST = "127.0.0.1"


@dataclass(frozen=True)
class Arrived:
    """One mail as it came in."""

    sender: str
    recipients: tuple[str, ...]
    content: bytes

    @property
    def message(self) -> EmailMessage:
        """The mail, parsed by the standard library."""
        parsed = BytesParser(policy=policy.default).parsebytes(self.content)
        assert isinstance(parsed, EmailMessage)
        return parsed


@dataclass
class Mailbox:
    """An aiosmtpd server: what came in, and how it treats whom.

    `answers` gives a recipient's replies to RCPT one after the other ("250 ok" once they are used
    up); recipients in `drop_after_data` lose the connection when their mail has come.
    """

    host: str = HOST
    port: int = 0
    arrived: list[Arrived] = field(default_factory=list)
    answers: dict[str, list[str]] = field(default_factory=dict)
    drop_before_data: set[str] = field(default_factory=set)
    drop_after_data: set[str] = field(default_factory=set)
    logins: list[tuple[str, str]] = field(default_factory=list)
    connections: int = 0
    on_arrival: Callable[[Arrived], None] | None = None

    def settings(self, **changes: Any) -> SmtpSettings:
        """Settings that reach this server in clear."""
        known: dict[str, Any] = {"encryption": Encryption.NONE, "timeout": 5.0, "connections": 1}
        known |= {"host": self.host, "port": self.port, "sender": "Monitor <monitor@example.org>"}
        return SmtpSettings(**{**known, **changes})

    def to(self, recipient: str) -> list[Arrived]:
        """What came for one recipient."""
        return [mail for mail in self.arrived if recipient in mail.recipients]


class _Handler:
    """aiosmtpd's hooks."""

    def __init__(self, mailbox: Mailbox) -> None:
        self.mailbox = mailbox

    async def handle_EHLO(
        self, _server: SMTP, session: Session, _envelope: Envelope, hostname: str, lines: list[str]
    ) -> Any:
        session.host_name = hostname
        self.mailbox.connections += 1
        return lines

    async def handle_RCPT(
        self, server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if address in self.mailbox.drop_before_data:
            self.mailbox.drop_before_data.discard(address)
            server.transport.abort()
        replies = self.mailbox.answers.get(address)
        reply = replies.pop(0) if replies else "250 ok"
        if reply.startswith("250"):
            envelope.rcpt_tos.append(address)
        return reply

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:
        content = envelope.content
        assert isinstance(content, bytes)
        mail = Arrived(envelope.mail_from or "", tuple(envelope.rcpt_tos), content)
        self.mailbox.arrived.append(mail)
        if self.mailbox.on_arrival:
            self.mailbox.on_arrival(mail)
        dropped = self.mailbox.drop_after_data & set(mail.recipients)
        if dropped:
            self.mailbox.drop_after_data -= dropped
            server.transport.abort()
        return "250 2.0.0 queued"


@contextmanager
def serving(mailbox: Mailbox, **options: Any) -> Iterator[Mailbox]:
    """The mailbox, listening; `options` go to aiosmtpd's controller."""
    controller = Controller(_Handler(mailbox), hostname=HOST, port=_free_port(), ready_timeout=10, **options)
    controller.start()
    mailbox.port = controller.port
    try:
        yield mailbox
    finally:
        controller.stop()


def _free_port() -> int:
    with socket.socket() as found:
        found.bind((HOST, 0))
        return int(found.getsockname()[1])


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    """A mail server that takes mail in clear and asks for nothing."""
    with serving(Mailbox()) as box:
        yield box


@dataclass(frozen=True)
class Secure:
    """A server that offers STARTTLS, asks for a login, and the context that trusts its certificate."""

    mailbox: Mailbox
    tls: ssl.SSLContext


@pytest.fixture
def secure_mailbox() -> Iterator[Secure]:
    """A mail server with STARTTLS and AUTH; the password is "open sesame"."""
    authority = trustme.CA()
    certificate = authority.issue_cert("localhost", HOST)
    offered = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    certificate.configure_cert(offered)
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    box = Mailbox()

    def authenticate(server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
        box.logins.append((data.login.decode(), data.password.decode()))
        is_right = data.password == b"open sesame"
        return AuthResult(success=is_right, handled=is_right)  # not handled: aiosmtpd answers 535

    options = {"require_starttls": True, "auth_required": True, "authenticator": authenticate}
    with serving(box, tls_context=offered, **options):
        yield Secure(box, trusting)


class Stripper:
    """Somebody in between: speaks for the server, but takes STARTTLS out of what it offers, and keeps every line."""

    def __init__(self) -> None:
        self._socket = socket.create_server((HOST, 0))
        self.port = int(self._socket.getsockname()[1])
        self.heard: list[bytes] = []
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def _listen(self) -> None:
        with suppress(OSError):
            while True:
                self._talk(self._socket.accept()[0])

    def _talk(self, connection: socket.socket) -> None:
        with connection, connection.makefile("rwb") as lines:
            lines.write(b"220 mail.example.org ESMTP\r\n")
            lines.flush()
            for line in lines:
                self.heard.append(line)
                word = line[:4].upper()
                lines.write(b"250-mail.example.org\r\n250 AUTH PLAIN LOGIN\r\n" if word == b"EHLO" else b"250 ok\r\n")
                lines.flush()

    def close(self) -> None:
        """Stop listening."""
        self._socket.close()


@pytest.fixture
def stripper() -> Iterator[Stripper]:
    """A server whose offer of STARTTLS was taken out on the way."""
    between = Stripper()
    yield between
    between.close()
