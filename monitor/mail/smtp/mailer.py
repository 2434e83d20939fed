"""`ports.Mailer` over SMTP: messages distributed over a few connections, which may stay open between calls."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from monitor.errors import MailError
from monitor.mail.smtp.server import Server, Sign
from monitor.model import Encryption, SendResult, SmtpSettings
from monitor.ports import Mailer, Message, Outbox


class SmtpMailer:
    """`ports.Mailer` over SMTP. `tls` replaces the system's certificate authorities, `sign` signs each mail.

    Raises MailError when the settings would send a password without encryption.
    """

    def __init__(self, settings: SmtpSettings, tls: ssl.SSLContext | None = None, sign: Sign | None = None) -> None:
        if settings.encryption is Encryption.NONE and (settings.username or settings.password):
            raise MailError(
                "smtp.encryption is none and a username or password is set: it would travel in clear. "
                "Use starttls or tls, or remove the username and password."
            )
        self._server = Server(settings, tls, sign)

    def send(self, messages: Iterable[Message]) -> list[SendResult]:
        """Send the messages, one recipient each, over at most `connections` connections.

        Returns one result for each of `messages`, in its order. Raises MailError when the server cannot be used
        (unreachable, refused login, refused sender) and took none of them.
        """
        with self.kept() as mailer:
            return mailer.send(messages)

    def send_queue(self, outbox: Outbox) -> None:
        """The same for whatever the outbox gives, told one by one; ends early when the server stops answering."""
        with self.kept() as mailer:
            mailer.send_queue(outbox)

    @contextmanager
    def kept(self) -> Iterator[Mailer]:
        """A mailer for one thread whose connection stays open from call to call, and is left when the block ends."""
        from monitor.mail.smtp.kept import Kept  # imported here: aiosmtplib, 1 MB until a first mail

        with asyncio.Runner() as runner:
            kept = Kept(self._server, runner)
            try:
                yield kept
            finally:
                kept.quit()

    def probe(self) -> str:
        """Connect, log in and name the sender as for sending, then quit; a line for the operator. Raises MailError."""
        from monitor.mail.smtp.kept import probe  # see `kept`

        return asyncio.run(probe(self._server))
