"""The result of sending one message: what the mail server replied, at which stage, and whom it meant."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from monitor.model.clean_text import one_line


class SendOutcome(StrEnum):
    """The result of sending one message."""

    SENT = "sent"
    DEFERRED = "deferred"
    FAILED = "failed"
    UNCERTAIN = "uncertain"


class Stage(StrEnum):
    """Where in the SMTP conversation a server replied (RFC 5321). DATA: to the command; CONTENT: to the message."""

    BANNER = "banner"
    EHLO = "EHLO"
    STARTTLS = "STARTTLS"
    AUTH = "AUTH"
    MAIL = "MAIL"
    RCPT = "RCPT"
    DATA = "DATA"
    CONTENT = "after DATA"


class Whom(StrEnum):
    """Whom a mail server's reply is about.

    US: the sender, its name, login or reputation. LIMIT: how much may be sent. SERVER: the mail system or the network.
    """

    MAILBOX = "the mailbox"
    US = "us"
    MESSAGE = "the message"
    LIMIT = "a limit"
    SERVER = "the server"
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True)
class SendResult:
    """The SMTP reply to one message; `code` is 0 when there was no reply. `text` becomes one line of clean text.

    `stage` is where the reply came, `whom` whom it is about. `is_attempt` is False when the server refused before it
    heard of the recipient, or because of a limit on what we send: that says nothing about this message.
    """

    outcome: SendOutcome
    code: int = 0
    text: str = ""
    stage: Stage | None = None
    whom: Whom = Whom.UNCLEAR
    is_attempt: bool = True

    def __post_init__(self) -> None:
        """Clean what a server of anybody's wrote."""
        object.__setattr__(self, "text", one_line(self.text))
