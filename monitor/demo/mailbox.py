"""A loopback mail server: a real SMTP conversation, every mail kept in memory and as an .eml file."""

from __future__ import annotations

import asyncio
import re
import threading
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from types import TracebackType

from aiosmtpd.smtp import SMTP, Envelope, Session

HOST = "127.0.0.1"
_UNSAFE = re.compile(r"[^\w@.+-]")


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail as accepted: envelope sender, one recipient, RFC 5322 bytes, and its file (None without a folder)."""

    sender: str
    recipient: str
    content: bytes
    path: Path | None = None

    @property
    def message(self) -> EmailMessage:
        """The content, parsed."""
        return message_from_bytes(self.content, policy=policy.default)


@dataclass(slots=True)
class _Rule:
    """A fault for one recipient, and how many more times it occurs (None: always)."""

    reply: str
    times: int | None
    is_kept: bool = False

    def applies(self) -> bool:
        if self.times is None:
            return True
        self.times -= 1
        return self.times >= 0


@dataclass(slots=True)
class MailFaults:
    """Recipients that are rejected, and connections that end after DATA. Addresses compare without case."""

    refused: dict[str, _Rule] = field(default_factory=dict)
    dropped: dict[str, _Rule] = field(default_factory=dict)

    def refuse(self, recipient: str, reply: str = "550 5.1.1 no such mailbox", times: int | None = None) -> None:
        """Reply to RCPT TO with `reply` (4xx or 5xx), the next `times` times or always."""
        self.refused[recipient.lower()] = _Rule(reply, times)

    def drop_after_data(self, recipient: str, times: int | None = 1, *, is_kept: bool = True) -> None:
        """Close the connection without a reply after DATA; the mail is delivered nevertheless if `is_kept`."""
        self.dropped[recipient.lower()] = _Rule("", times, is_kept)

    def clear(self) -> None:
        """Remove all faults."""
        self.refused.clear()
        self.dropped.clear()

    def reply_to(self, recipient: str) -> str:
        """The rejection of `recipient`, "" when it is accepted."""
        rule = self.refused.get(recipient.lower())
        return rule.reply if rule and rule.applies() else ""

    def drop_for(self, recipients: list[str]) -> _Rule | None:
        """The rule by which a mail to `recipients` is dropped."""
        rules = (self.dropped.get(recipient.lower()) for recipient in recipients)
        return next((rule for rule in rules if rule and rule.applies()), None)


class Mailbox:
    """An SMTP server on 127.0.0.1 that keeps every mail. A context manager.

    With a `folder`, each mail is written to `folder/<recipient>/0001.eml` as it arrived. `messages` are
    all mails in the order of arrival, one entry for each recipient; `faults` injects failures.
    """

    def __init__(self, folder: Path | None = None, port: int = 0) -> None:
        self.folder = folder
        self.faults = MailFaults()
        self.host = HOST
        self.port = port
        self.messages: list[Mail] = []
        self._counts: dict[Path, int] = {}
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="mailbox", daemon=True)
        self._server: asyncio.Server | None = None

    def __enter__(self) -> Mailbox:
        self._thread.start()
        self._server = asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result()
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _listen(self) -> asyncio.Server:
        return await self._loop.create_server(
            lambda: SMTP(_Postman(self), hostname="mailbox.localhost", ident="Monitor sandbox", enable_SMTPUTF8=True),
            HOST,
            self.port,
        )

    async def _close(self) -> None:
        if self._server:
            self._server.close()
        rest = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in rest:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)

    def accept(self, sender: str, recipient: str, content: bytes) -> None:
        """Keep one mail for one recipient."""
        self.messages.append(Mail(sender, recipient, content, self._write(recipient, content)))

    def _write(self, recipient: str, content: bytes) -> Path | None:
        if self.folder is None:
            return None
        home = self.folder / (_UNSAFE.sub("_", recipient).lstrip(".") or "_")
        if home not in self._counts:
            home.mkdir(parents=True, exist_ok=True)
            self._counts[home] = sum(1 for _ in home.glob("*.eml"))
        self._counts[home] += 1
        path = home / f"{self._counts[home]:04}.eml"
        path.write_bytes(content)
        return path

    def to(self, recipient: str) -> list[Mail]:
        """The mails for one recipient, in the order of arrival."""
        return [mail for mail in self.messages if mail.recipient.lower() == recipient.lower()]


class _Postman:
    """aiosmtpd's handler: one method for each SMTP command of interest."""

    def __init__(self, mailbox: Mailbox) -> None:
        self._mailbox = mailbox

    async def handle_RCPT(
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        refusal = self._mailbox.faults.reply_to(address)
        if refusal:
            return refusal
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:
        content = envelope.original_content or b""
        drop = self._mailbox.faults.drop_for(envelope.rcpt_tos)
        if drop is None or drop.is_kept:
            for recipient in envelope.rcpt_tos:
                self._mailbox.accept(envelope.mail_from or "", recipient, content)
        if drop is not None and isinstance(server.transport, asyncio.WriteTransport):
            server.transport.abort()
        return "250 2.0.0 OK"
