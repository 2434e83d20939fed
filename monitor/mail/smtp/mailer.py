"""`ports.Mailer` over SMTP: messages distributed over a few connections, which may stay open between calls."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from monitor.errors import MailError
from monitor.mail.smtp.connection import Connection
from monitor.mail.smtp.explain import unwanted
from monitor.mail.smtp.worker import ConnectionWorker, Run, ServerLimits
from monitor.model import Encryption, SendOutcome, SendResult, SmtpSettings
from monitor.ports import Mailer, Message, Outbox

#: Prepends a DKIM signature to a mail.
Sign = Callable[[bytes], bytes]


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
        self._settings = settings
        self._tls = tls
        self._sign = sign
        self._limits = ServerLimits()

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
        with asyncio.Runner() as runner:
            kept = _Kept(self, runner)
            try:
                yield kept
            finally:
                kept.quit()

    def probe(self) -> str:
        """Connect, log in and name the sender as for sending, then quit; a line for the operator. Raises MailError."""
        return asyncio.run(self._probe())

    async def _probe(self) -> str:
        settings, connection = self._settings, await self._connect()
        login = f"logged in as {settings.username}" if settings.username else "no login"
        is_plain = settings.encryption is Encryption.NONE
        protection = "not encrypted" if is_plain else f"encrypted by {settings.encryption}"
        await connection.check_sender(settings)
        await connection.quit()
        return f"{settings.host}:{settings.port} responds, {protection}, {login}"

    async def _connect(self) -> Connection:
        return await Connection.open(self._settings, self._tls)

    def _run(self) -> Run:
        return Run(
            open_connection=self._connect,
            explain=lambda refusal: unwanted(self._settings, refusal),
            sign=self._sign or (lambda mail: mail),
            limits=self._limits,
        )


class _Kept:
    """`ports.Mailer` over a connection that is kept for the next call; opened anew when the server has closed it."""

    def __init__(self, mailer: SmtpMailer, runner: asyncio.Runner) -> None:
        self._mailer, self._runner = mailer, runner
        self._connection: Connection | None = None

    def send(self, messages: Iterable[Message]) -> list[SendResult]:
        """See `SmtpMailer.send`."""
        queue = _ListQueue(messages)
        try:
            self.send_queue(queue)
        except MailError:
            if not queue.has_begun():
                raise
        return queue.results()

    def send_queue(self, outbox: Outbox) -> None:
        """See `SmtpMailer.send_queue`."""
        self._runner.run(self._send_queue(outbox))

    def quit(self) -> None:
        """Send QUIT and close."""
        if self._connection is not None:
            self._runner.run(self._connection.quit())

    async def _send_queue(self, outbox: Outbox) -> None:
        first = await self._alive() or await self._mailer._connect()
        run = self._mailer._run()
        open_now = [first, *[None] * (self._mailer._settings.connections - 1)]
        tasks = [asyncio.create_task(ConnectionWorker(run, outbox, one).run()) for one in open_now]
        try:
            self._connection = (await asyncio.gather(*tasks))[0]
        finally:  # when one fails the others end too, as they would with the loop
            for task in tasks:
                task.cancel()
            for ended in await asyncio.gather(*tasks, return_exceptions=True):
                if isinstance(ended, Connection) and ended is not self._connection:
                    await ended.quit()
        if error := run.why_it_ended():
            raise error

    async def _alive(self) -> Connection | None:
        """The connection of the last call, if the server still answers on it."""
        kept, self._connection = self._connection, None
        return kept if kept is not None and await kept.is_alive() else None


class _ListQueue:
    """`ports.Outbox` over a sequence of messages."""

    def __init__(self, messages: Iterable[Message]) -> None:
        self._queue = enumerate(messages)
        self._results: dict[int, SendResult] = {}

    def next_message(self) -> tuple[int, Message] | None:
        """The next message with its number; None at the end."""
        return next(self._queue, None)

    def record_reply(self, number: int, result: SendResult) -> None:
        """Store the result of one message."""
        self._results[number] = result

    def has_begun(self) -> bool:
        """Did the server judge any of the messages?"""
        return any(result.is_attempt for result in self._results.values())

    def results(self) -> list[SendResult]:
        """The results in the order of the messages; those that were not sent are DEFERRED."""
        for number, _ in self._queue:
            self._results[number] = SendResult(SendOutcome.DEFERRED, 0, "the mail server stopped responding")
        return [self._results[number] for number in sorted(self._results)]
