"""A connection to the mail server that is kept from call to call, and the others beside it while many mails wait."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from functools import partial

from monitor.errors import MailError
from monitor.mail.smtp.connection import Connection
from monitor.mail.smtp.explain import unwanted
from monitor.mail.smtp.server import Server
from monitor.mail.smtp.worker import ConnectionWorker, Run
from monitor.model import Encryption, SendOutcome, SendResult
from monitor.ports import Message, Outbox


class Kept:
    """`ports.Mailer` over a connection that is kept for the next call; opened anew when the server has closed it."""

    def __init__(self, server: Server, runner: asyncio.Runner) -> None:
        self._server, self._runner = server, runner
        self._connection: Connection | None = None

    def send(self, messages: Iterable[Message]) -> list[SendResult]:
        """See `mailer.SmtpMailer.send`."""
        queue = _ListQueue(messages)
        try:
            self.send_queue(queue)
        except MailError:
            if not queue.has_begun():
                raise
        return queue.results()

    def send_queue(self, outbox: Outbox) -> None:
        """See `mailer.SmtpMailer.send_queue`."""
        self._runner.run(self._send_queue(outbox))

    def quit(self) -> None:
        """Send QUIT and close."""
        if self._connection is not None:
            self._runner.run(self._connection.quit())

    async def _send_queue(self, outbox: Outbox) -> None:
        first = await self._alive() or await _connect(self._server)
        run = _run(self._server)
        open_now = [first, *[None] * (self._server.settings.connections - 1)]
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


async def probe(server: Server) -> str:
    """See `mailer.SmtpMailer.probe`."""
    settings, connection = server.settings, await _connect(server)
    login = f"logged in as {settings.username}" if settings.username else "no login"
    is_plain = settings.encryption is Encryption.NONE
    protection = "not encrypted" if is_plain else f"encrypted by {settings.encryption}"
    await connection.check_sender(settings)
    await connection.quit()
    return f"{settings.host}:{settings.port} responds, {protection}, {login}"


async def _connect(server: Server) -> Connection:
    return await Connection.open(server.settings, server.tls)


def _run(server: Server) -> Run:
    return Run(
        open_connection=partial(_connect, server),
        explain=partial(unwanted, server.settings),
        sign=server.sign or (lambda mail: mail),
        limits=server.limits,
    )


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
