"""Send messages over SMTP; each server reply becomes a value. The sole importer of aiosmtplib.

Whether TLS is used is always explicit: the library's default upgrades only if the server offers STARTTLS, and an
attacker who removes the offer would get the password. RFC 5321 section 4.2.1: 4xx replies are transient, 5xx permanent.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress

import aiosmtplib

from monitor.errors import MailError
from monitor.model import Encryption, SendOutcome, SendResult, SmtpSettings
from monitor.model.clean_text import one_line
from monitor.ports import Mailer, Message, Outbox

#: Prepends a DKIM signature to a mail.
Sign = Callable[[bytes], bytes]
_Smtp = aiosmtplib.SMTP

#: Consecutive broken connections after which the rest of a batch is deferred.
_MAX_BROKEN_IN_A_ROW = 3


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

    def send(self, messages: Iterable[Message]) -> list[SendResult]:
        """Send the messages, one recipient each, over at most `connections` connections.

        Returns one result for each of `messages`, in its order. Raises MailError when the first
        connection cannot be made (refused TLS, refused login, unreachable): nothing was sent.
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
        """Connect, start TLS and log in as for sending, then quit; a line for the operator. Raises MailError."""
        return asyncio.run(self._probe())

    async def _probe(self) -> str:
        settings, smtp = self._settings, await self._connect()
        login = f"logged in as {settings.username}" if settings.username else "no login"
        is_plain = settings.encryption is Encryption.NONE
        protection = "not encrypted" if is_plain else f"encrypted by {settings.encryption}"
        await _quit(smtp)
        return f"{settings.host}:{settings.port} responds, {protection}, {login}"

    def _signed(self, mail: bytes) -> bytes:
        return self._sign(mail) if self._sign else mail

    async def _connect(self) -> aiosmtplib.SMTP:
        """A connection, encrypted and logged in as configured; raises MailError."""
        settings = self._settings
        smtp = aiosmtplib.SMTP(
            hostname=settings.host,
            port=settings.port,
            timeout=settings.timeout,
            use_tls=settings.encryption is Encryption.TLS,
            start_tls=settings.encryption is Encryption.STARTTLS,
            tls_context=None if settings.encryption is Encryption.NONE else self._tls or ssl.create_default_context(),
            username=settings.username or None,
            password=settings.password or None,
        )
        try:
            await smtp.connect()
        except (aiosmtplib.SMTPException, OSError) as error:
            smtp.close()
            raise MailError(one_line(f"The mail server {settings.host}:{settings.port} {_reason(error)}")) from error
        return smtp


class _Kept:
    """`ports.Mailer` over a connection that is kept for the next call; a server that has hung up is called anew."""

    def __init__(self, mailer: SmtpMailer, runner: asyncio.Runner) -> None:
        self._mailer, self._runner = mailer, runner
        self._smtp: _Smtp | None = None

    def send(self, messages: Iterable[Message]) -> list[SendResult]:
        """See `SmtpMailer.send`."""
        queue = _ListQueue(messages)
        self.send_queue(queue)
        return queue.results()

    def send_queue(self, outbox: Outbox) -> None:
        """See `SmtpMailer.send_queue`."""
        self._runner.run(self._send_queue(outbox))

    def quit(self) -> None:
        """Send QUIT and close."""
        if self._smtp is not None:
            self._runner.run(_quit(self._smtp))

    async def _send_queue(self, outbox: Outbox) -> None:
        first = await self._alive() or await self._mailer._connect()
        has_more = asyncio.Event()  # a second connection for a single message would only cost a login
        open_now = [first, *[None] * (self._mailer._settings.connections - 1)]
        tasks = [
            asyncio.create_task(_ConnectionWorker(self._mailer, outbox, has_more, smtp).run()) for smtp in open_now
        ]
        try:
            self._smtp = (await asyncio.gather(*tasks))[0]
        finally:  # when one fails the others end too, as they would with the loop
            for task in tasks:
                task.cancel()
            for ended in await asyncio.gather(*tasks, return_exceptions=True):
                if isinstance(ended, aiosmtplib.SMTP) and ended is not self._smtp:
                    await _quit(ended)

    async def _alive(self) -> _Smtp | None:
        """The connection of the last call, if the server still answers on it: servers hang up on who is idle."""
        smtp, self._smtp = self._smtp, None
        if smtp is not None:
            with suppress(aiosmtplib.SMTPException, OSError):
                await smtp.noop()
                return smtp
            smtp.close()
        return None


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

    def results(self) -> list[SendResult]:
        """The results in the order of the messages; those that were not sent are DEFERRED."""
        for number, _ in self._queue:
            self._results[number] = SendResult(SendOutcome.DEFERRED, 0, "the mail server stopped responding")
        return [self._results[number] for number in sorted(self._results)]


class _ConnectionWorker:
    """Sends messages from the shared outbox over one connection at a time."""

    def __init__(self, mailer: SmtpMailer, outbox: Outbox, has_more: asyncio.Event, smtp: _Smtp | None) -> None:
        self._mailer, self._outbox, self._has_more, self._smtp = mailer, outbox, has_more, smtp
        self._broken_in_a_row = 0
        self._drawn = 0

    async def run(self) -> _Smtp | None:
        """Send until the outbox is empty or the connection broke too often; returns what is still open."""
        if self._smtp is None:
            await self._has_more.wait()
        while self._broken_in_a_row < _MAX_BROKEN_IN_A_ROW and await self._is_connected():
            drawn = self._outbox.next_message()
            if drawn is None:
                break
            if isinstance(drawn, tuple):
                await self._send_one(*drawn)
            else:
                await asyncio.sleep(drawn)
        self._has_more.set()
        return self._smtp

    async def _send_one(self, number: int, message: Message) -> None:
        sender, recipient, content = message
        self._drawn += 1
        if self._drawn > 1:
            self._has_more.set()
        self._outbox.record_reply(number, await self._transmit(sender, recipient, self._mailer._signed(content)))

    async def _is_connected(self) -> bool:
        """Reconnect if needed; False when there is no connection."""
        if self._smtp is None or not self._smtp.is_connected:
            try:
                self._smtp = await self._mailer._connect()
            except MailError:
                self._smtp = None
        return self._smtp is not None

    async def _transmit(self, sender: str, recipient: str, content: bytes) -> SendResult:
        """Send one message. If the connection breaks before DATA it is DEFERRED, afterwards UNCERTAIN."""
        assert self._smtp is not None  # noqa: S101  see run()
        in_data = False
        try:
            await self._smtp.mail(
                sender, options=[f"SIZE={len(content)}"] if self._smtp.supports_extension("size") else []
            )
            await self._smtp.rcpt(recipient)
            in_data = True
            reply = await _data(self._smtp, content)
        except aiosmtplib.SMTPResponseException as refusal:
            return await self._rejected(refusal.code, refusal.message)
        except (aiosmtplib.SMTPServerDisconnected, aiosmtplib.SMTPTimeoutError, OSError) as error:
            self._broken_in_a_row += 1
            self._drop()
            outcome = SendOutcome.UNCERTAIN if in_data else SendOutcome.DEFERRED
            return SendResult(outcome, 0, f"the connection {'broke after DATA' if in_data else 'broke'}: {error}")
        except (UnicodeEncodeError, ValueError) as error:
            self._drop()
            return SendResult(SendOutcome.FAILED, 0, f"the address cannot be used: {error}")
        self._broken_in_a_row = 0
        return SendResult(SendOutcome.SENT, reply.code, reply.message)

    async def _rejected(self, code: int, text: str) -> SendResult:
        """The result of a 4xx or 5xx reply. 421 closes the connection (RFC 5321 section 3.8); others need RSET."""
        self._broken_in_a_row = self._broken_in_a_row + 1 if code == 421 else 0
        if code == 421:
            self._drop()
        else:
            await self._reset()
        return SendResult(SendOutcome.FAILED if code >= 500 else SendOutcome.DEFERRED, code, text)

    async def _reset(self) -> None:
        try:
            if self._smtp is not None:
                await self._smtp.rset()
        except (aiosmtplib.SMTPException, OSError):
            self._drop()

    def _drop(self) -> None:
        if self._smtp is not None:
            self._smtp.close()
        self._smtp = None


async def _quit(smtp: aiosmtplib.SMTP) -> None:
    """Say goodbye; a server that does not listen any more has lost nothing."""
    try:
        await smtp.quit()
    except (aiosmtplib.SMTPException, OSError):
        smtp.close()


async def _data(smtp: aiosmtplib.SMTP, content: bytes) -> aiosmtplib.SMTPResponse:
    """Send DATA and the message; returns and raises as `smtp.data`.

    The library applies two regular expressions to every line, which costs more than the rest of the session.
    If every line already ends in CRLF, only leading dots need to be doubled (RFC 5321 section 4.5.2).
    """
    ends = content.count(b"\r\n")
    is_normalized = content.endswith(b"\r\n") and content.count(b"\n") == ends == content.count(b"\r")
    if smtp.protocol is None or not is_normalized or content.startswith(b"."):
        return await smtp.data(content)
    reply = await smtp.protocol.execute_command(b"DATA", timeout=smtp.timeout)
    if reply.code != aiosmtplib.SMTPStatus.start_input:
        raise aiosmtplib.SMTPDataError(reply.code, reply.message)
    smtp.protocol.write(content.replace(b"\r\n.", b"\r\n..") + b".\r\n")
    reply = await smtp.protocol.read_response(timeout=smtp.timeout)
    if reply.code != aiosmtplib.SMTPStatus.completed:
        raise aiosmtplib.SMTPDataError(reply.code, reply.message)
    return reply


def _reason(error: Exception) -> str:
    """Why a connection could not be made, and which settings to check."""
    match error:
        case aiosmtplib.SMTPAuthenticationError():
            return f"refused the login ({error.code} {error.message}): check smtp.username and the password."
        case aiosmtplib.SMTPConnectTimeoutError() | aiosmtplib.SMTPReadTimeoutError():
            return "did not respond in time: check smtp.host, smtp.port and the firewall."
        case aiosmtplib.SMTPConnectError():
            return f"cannot be reached ({error}): check smtp.host, smtp.port and smtp.encryption."
        case aiosmtplib.SMTPResponseException():
            return f"refused the connection ({error.code} {error.message})."
    return (
        f"cannot be used as configured ({error}): nothing was sent. Check smtp.encryption; "
        "if the server no longer offers STARTTLS, somebody may be intercepting the connection."
    )
