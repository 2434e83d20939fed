"""One SMTP connection: opened step by step, so that a refusal belongs to the step at which it came.

Whether TLS is used is always explicit: the library's default upgrades only if the server offers STARTTLS, and an
attacker who removes the offer would get the password. RFC 5321 section 4.2.1: 4xx replies are transient, 5xx permanent.
"""

from __future__ import annotations

import ssl
from contextlib import suppress
from email.utils import parseaddr

import aiosmtplib

from monitor.mail.identifiers import ehlo_name
from monitor.mail.reply_meaning import BEFORE_ANY_RECIPIENT, meaning
from monitor.mail.smtp.explain import unusable
from monitor.model import Encryption, SendOutcome, SendResult, SmtpSettings, Stage, Whom
from monitor.ports import Message

#: The server closes the connection (RFC 5321 section 3.8), whatever it was asked.
CLOSING = 421


class Connection:
    """An open connection, encrypted and logged in as configured. `accepted` counts the mails the server took on it."""

    def __init__(self, smtp: aiosmtplib.SMTP) -> None:
        self._smtp = smtp
        self.accepted = 0

    @classmethod
    async def open(cls, settings: SmtpSettings, tls: ssl.SSLContext | None) -> Connection:
        """Connect; `tls` replaces the system's certificate authorities. Raises MailError, naming the step."""
        is_plain = settings.encryption is Encryption.NONE
        smtp = aiosmtplib.SMTP(
            hostname=settings.host,
            port=settings.port,
            timeout=settings.timeout,
            use_tls=settings.encryption is Encryption.TLS,
            start_tls=False,
            tls_context=None if is_plain else tls or ssl.create_default_context(),
            local_hostname=ehlo_name(settings),
        )
        stage = Stage.BANNER
        try:
            await smtp.connect()
            stage = Stage.EHLO
            await _greet(smtp)
            if settings.encryption is Encryption.STARTTLS:
                stage = Stage.STARTTLS
                await smtp.starttls()
                stage = Stage.EHLO
                await _greet(smtp)
            stage = Stage.AUTH
            if settings.username:
                await smtp.login(settings.username, settings.password)
        except (aiosmtplib.SMTPException, OSError) as error:
            smtp.close()
            raise unusable(settings, stage, error) from error
        return cls(smtp)

    @property
    def is_open(self) -> bool:
        """False once either side has closed it."""
        return self._smtp.is_connected

    async def transmit(self, message: Message) -> SendResult:
        """Send one message. If the connection breaks before DATA the result is DEFERRED, afterwards UNCERTAIN."""
        sender, recipient, content = message
        stage = Stage.MAIL
        try:
            await self._smtp.mail(sender, options=self._size(content))
            stage = Stage.RCPT
            await self._smtp.rcpt(recipient)
            stage = Stage.DATA
            await _start_data(self._smtp)
            stage = Stage.CONTENT
            reply = await _content(self._smtp, content)
        except aiosmtplib.SMTPResponseException as refusal:
            return await self._refused(stage, refusal.code, refusal.message)
        except (aiosmtplib.SMTPServerDisconnected, aiosmtplib.SMTPTimeoutError, OSError) as error:
            self.close()
            return _broken(stage, error)
        except (UnicodeEncodeError, ValueError) as error:
            self.close()
            return SendResult(SendOutcome.FAILED, 0, f"the address cannot be used: {error}")
        self.accepted += 1
        return SendResult(SendOutcome.SENT, reply.code, reply.message, Stage.CONTENT)

    async def check_sender(self, settings: SmtpSettings) -> None:
        """Begin a mail of the configured sender and take it back; raises MailError when the server refuses that."""
        try:
            await self._smtp.mail(parseaddr(settings.sender)[1])
            await self._smtp.rset()
        except (aiosmtplib.SMTPException, OSError) as error:
            self.close()
            raise unusable(settings, Stage.MAIL, error) from error

    async def is_alive(self) -> bool:
        """Does the server still answer? Servers hang up on who is idle."""
        with suppress(aiosmtplib.SMTPException, OSError):
            await self._smtp.noop()
            return True
        self.close()
        return False

    async def quit(self) -> None:
        """Say goodbye; a server that does not listen any more has lost nothing."""
        try:
            await self._smtp.quit()
        except (aiosmtplib.SMTPException, OSError):
            self.close()

    def close(self) -> None:
        """Close without a word."""
        self._smtp.close()

    def _size(self, content: bytes) -> list[str]:
        """The size, announced where the server wants to know (RFC 1870)."""
        return [f"SIZE={len(content)}"] if self._smtp.supports_extension("size") else []

    async def _refused(self, stage: Stage, code: int, text: str) -> SendResult:
        """The result of a 4xx or 5xx reply. After 421 the connection is closed; other replies need RSET."""
        if code == CLOSING:
            self.close()
        else:
            try:
                await self._smtp.rset()
            except (aiosmtplib.SMTPException, OSError):
                self.close()
        return refused(stage, code, text)


def refused(stage: Stage, code: int, text: str) -> SendResult:
    """The result of a 4xx or 5xx reply at `stage`.

    It is an attempt to deliver this mail only if the server knew the recipient or judged the message: what it refuses
    before, and what it refuses because we sent too much, it would refuse for anybody.
    """
    whom = meaning(text, code=code, stage=stage).whom
    is_ours = whom is Whom.LIMIT or (stage in BEFORE_ANY_RECIPIENT and whom is not Whom.MESSAGE)
    outcome = SendOutcome.DEFERRED if code < 500 or is_ours else SendOutcome.FAILED
    return SendResult(outcome, code, text, stage, whom, is_attempt=not is_ours)


def _broken(stage: Stage, error: Exception) -> SendResult:
    """The result when there was no reply. Before RCPT nobody's mail was begun."""
    if stage in (Stage.DATA, Stage.CONTENT):
        return SendResult(SendOutcome.UNCERTAIN, 0, f"the connection broke after DATA: {error}", stage)
    text, is_attempt = f"the connection broke: {error}", stage is not Stage.MAIL
    return SendResult(SendOutcome.DEFERRED, 0, text, stage, Whom.SERVER, is_attempt=is_attempt)


async def _greet(smtp: aiosmtplib.SMTP) -> None:
    """EHLO, or HELO for a server that knows no other."""
    try:
        await smtp.ehlo()
    except aiosmtplib.SMTPHeloError as refusal:
        if not smtp.is_connected or refusal.code < 500:
            raise
        await smtp.helo()


async def _start_data(smtp: aiosmtplib.SMTP) -> None:
    reply = await smtp.execute_command(b"DATA")
    if reply.code != aiosmtplib.SMTPStatus.start_input:
        raise aiosmtplib.SMTPDataError(reply.code, reply.message)


async def _content(smtp: aiosmtplib.SMTP, content: bytes) -> aiosmtplib.SMTPResponse:
    """The message in answer to 354, with every line ended by CRLF and leading dots doubled (RFC 5321 section 4.5.2)."""
    if smtp.protocol is None:
        raise aiosmtplib.SMTPServerDisconnected("Connection lost")
    smtp.protocol.write((b"\r\n" + _with_crlf(content)).replace(b"\r\n.", b"\r\n..")[2:] + b".\r\n")
    reply = await smtp.protocol.read_response(timeout=smtp.timeout)
    if reply.code != aiosmtplib.SMTPStatus.completed:
        raise aiosmtplib.SMTPDataError(reply.code, reply.message)
    return reply


def _with_crlf(content: bytes) -> bytes:
    """`content` with CRLF at each line's end and at its own. Ours has it already, so counting is all it costs.

    A bare CR or LF would be the end of a line for some servers and not for others, who could be made to see two mails.
    """
    ends = content.count(b"\r\n")
    if not content.count(b"\n") == ends == content.count(b"\r"):
        content = content.replace(b"\r\n", b"\n").replace(b"\r", b"\n").replace(b"\n", b"\r\n")
    return content if content.endswith(b"\r\n") else content + b"\r\n"
