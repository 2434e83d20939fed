"""The result of sending one message: what the server replied, at which stage, and whom it meant; and a chat message."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from monitor.model.catalogue import Catalogue
from monitor.model.values.clean_text import one_line


class SendOutcome(StrEnum):
    """The result of sending one message."""

    SENT = "sent"
    DEFERRED = "deferred"
    FAILED = "failed"
    UNCERTAIN = "uncertain"


class Stage(StrEnum):
    """Where in the SMTP conversation a server replied (RFC 5321). DATA: to the command; CONTENT: to the message.

    HTTP: the reply is that of a channel, to an HTTP request.
    """

    BANNER = "banner"
    EHLO = "EHLO"
    STARTTLS = "STARTTLS"
    AUTH = "AUTH"
    MAIL = "MAIL"
    RCPT = "RCPT"
    DATA = "DATA"
    CONTENT = "after DATA"
    HTTP = "HTTP"


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
    heard of the recipient, or because of a limit on what we send: that says nothing about this message. `retry_after`
    is how long the server asked to be left alone, None when it did not say.
    """

    outcome: SendOutcome
    code: int = 0
    text: str = ""
    stage: Stage | None = None
    whom: Whom = Whom.UNCLEAR
    is_attempt: bool = True
    retry_after: timedelta | None = None

    def __post_init__(self) -> None:
        """Clean what a server of anybody's wrote."""
        object.__setattr__(self, "text", one_line(self.text))


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One paragraph of a message to a channel: plain text, and where it leads ("" for nowhere), called `label`."""

    text: str
    url: str = ""
    label: str = ""


@dataclass(frozen=True, slots=True)
class ChannelMessage:
    """One digest for a channel. `message_id` is the delivery's and the same in every copy; `at` is when it is sent.

    For people: `subject`, `paragraphs` in reading order, and `page`, the URL of the whole digest ("" without pages).
    `catalogue` is that of their language. For programs: `document`, the digest's content as JSON, also the same in
    every copy.
    """

    message_id: str
    at: datetime
    subject: str
    paragraphs: tuple[Paragraph, ...]
    page: str
    document: bytes
    catalogue: Catalogue = field(default_factory=Catalogue, repr=False, compare=False)
