"""Subscriber, Digest, Delivery: who is told what, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from monitor.model.article import Article
from monitor.model.evidence import Answer, Verdict
from monitor.model.topic import Rhythm
from monitor.model.watch import Change, Freshness, Poll


class SubscriptionState(StrEnum):
    """Where a Subscription stands; only ACTIVE ones are mailed."""

    UNCONFIRMED = "unconfirmed"
    ACTIVE = "active"
    UNSUBSCRIBED = "unsubscribed"
    SUSPENDED = "suspended"


@dataclass(frozen=True, slots=True)
class Subscription:
    """A person's standing request for one Topic at one rhythm. `attachments` are "ris", "bibtex", "csv"."""

    topic: str
    address: str
    rhythm: Rhythm
    state: SubscriptionState
    timezone: str = "UTC"
    language: str = "en"
    attachments: tuple[str, ...] = ()
    reason: str = ""
    id: int = 0


class DigestKind(StrEnum):
    """Why a Digest exists."""

    WELCOME = "welcome"
    NEWS = "news"
    QUIET = "quiet"


@dataclass(frozen=True, slots=True)
class DigestItem:
    """One article in a digest with every change about it. `section` is its heading's key."""

    section: str
    article: Article
    changes: tuple[Change, ...]
    verdict: Verdict | None = None


@dataclass(frozen=True, slots=True)
class Receipt:
    """How one search has gone since the last digest: the part that makes silence mean one thing.

    `failures` counts failed polls since the last digest, `gaps` says in words from when to when
    PubMed could not be asked.
    """

    search: str
    query: str
    translation: str
    count: int | None
    freshness: Freshness
    failures: int = 0
    gaps: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    next_due_at: datetime | None = None
    last_poll: Poll | None = None


@dataclass(frozen=True, slots=True)
class Digest:
    """The frozen content of one issue for one topic, rhythm and period (`since`, `until`].

    `items` are in reading order, `left_out` counts per section what did not fit and is only
    linked, `left_out_pmids` names them; `change_ids` are all changes this digest accounts for,
    shown or counted. `answer_before` is the answer that held at `since`, where it differs.
    """

    topic: str
    kind: DigestKind
    rhythm: Rhythm
    since: datetime | None
    until: datetime
    answer: Answer
    answer_changed: bool
    items: tuple[DigestItem, ...] = ()
    left_out: tuple[tuple[str, int], ...] = ()
    receipts: tuple[Receipt, ...] = ()
    change_ids: tuple[int, ...] = ()
    article_count: int = 0
    id: int = 0
    answer_before: Answer | None = None
    left_out_pmids: tuple[tuple[str, tuple[str, ...]], ...] = ()


@dataclass(frozen=True, slots=True)
class Rendered:
    """A digest as mail: subject, text and HTML; per-subscriber places are marked, not filled (see `monitor.render`)."""

    subject: str
    text: str
    html: str


class DeliveryState(StrEnum):
    """Where a Delivery stands. UNCERTAIN: the connection broke after DATA, it may have arrived."""

    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    DEFERRED = "deferred"
    FAILED = "failed"
    UNCERTAIN = "uncertain"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Delivery:
    """The attempt to bring one Digest to one mailbox. `message_id` never changes between attempts."""

    id: int
    digest_id: int
    subscription_id: int
    address: str
    message_id: str
    state: DeliveryState
    attempts: int = 0
    next_try_at: datetime | None = None
    sent_at: datetime | None = None
    last_answer: str = ""


class SendOutcome(StrEnum):
    """What the mail server's answer means for one message."""

    SENT = "sent"
    DEFERRED = "deferred"
    FAILED = "failed"
    UNCERTAIN = "uncertain"


@dataclass(frozen=True, slots=True)
class SendResult:
    """The SMTP answer to one message, as a value; `code` is 0 when there was no answer."""

    outcome: SendOutcome
    code: int = 0
    text: str = ""
