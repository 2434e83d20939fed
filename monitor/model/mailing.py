"""Subscriber, Digest, Delivery: who is told what, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from monitor.model.article import Article
from monitor.model.evidence import Answer, Verdict
from monitor.model.topic import Frequency
from monitor.model.watch import Change, Freshness, Poll


class SubscriptionState(StrEnum):
    """Where a Subscription stands; only ACTIVE ones are mailed."""

    UNCONFIRMED = "unconfirmed"
    ACTIVE = "active"
    UNSUBSCRIBED = "unsubscribed"
    SUSPENDED = "suspended"


@dataclass(frozen=True, slots=True)
class Subscription:
    """A person's standing request for one Topic at one frequency.

    `language` (of LANGUAGES) is that of dates; `attachments` are "ris", "bibtex", "csv". `next_frequency` was asked for
    and holds as soon as nothing is missed or told twice by it; None when nothing is pending.
    """

    topic: str
    address: str
    frequency: Frequency
    state: SubscriptionState
    timezone: str = "UTC"
    language: str = "en"
    attachments: tuple[str, ...] = ()
    reason: str = ""
    id: int = 0
    next_frequency: Frequency | None = None

    @property
    def wanted(self) -> Frequency:
        """The frequency last asked for, whether or not it holds yet."""
        return self.next_frequency or self.frequency


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
class SearchReport:
    """How one search has gone since the last digest: the part that makes silence mean one thing.

    `failures` counts failed polls since the last digest, on `failure_days` days; `gaps` says in words from when to when
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
    failure_days: int = 0


@dataclass(frozen=True, slots=True)
class Digest:
    """The frozen content of one issue for one topic, frequency and period (`since`, `until`].

    `items` are in reading order, `left_out` counts per section what did not fit and is only
    linked, `left_out_pmids` names them; `change_ids` are all changes this digest accounts for,
    shown or counted. `answer_before` is the answer that held at `since`, where it differs, and
    `answer_whys` what people did that changed it;
    `replies_to` the digest that first told of the article this one updates.
    """

    topic: str
    kind: DigestKind
    frequency: Frequency
    since: datetime | None
    until: datetime
    answer: Answer
    answer_changed: bool
    items: tuple[DigestItem, ...] = ()
    left_out: tuple[tuple[str, int], ...] = ()
    search_reports: tuple[SearchReport, ...] = ()
    change_ids: tuple[int, ...] = ()
    article_count: int = 0
    id: int = 0
    answer_before: Answer | None = None
    answer_whys: tuple[str, ...] = ()
    left_out_pmids: tuple[tuple[str, tuple[str, ...]], ...] = ()
    replies_to: int | None = None


@dataclass(frozen=True, slots=True)
class DigestSchedule:
    """When the digests of one topic and frequency are due, and when the last ones were composed and sent."""

    topic: str
    frequency: Frequency
    started_at: datetime
    due_at: datetime
    last_composed_at: datetime | None = None
    last_sent_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ArchivedDigest:
    """One line of the archive: a digest without its content."""

    id: int
    topic: str
    kind: DigestKind
    frequency: Frequency
    since: datetime | None
    until: datetime
    subject: str
    answer_changed: bool


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
    """The attempt to bring one Digest to one mailbox. `message_id` never changes between attempts.

    `uncertain` counts how often it may have arrived without our knowing; `attachments` are the
    files its reader wants with it, `language` and `timezone` how its dates are written, `in_reply_to`
    the Message-ID of the mail this reader has that it updates, "" where there is none.
    """

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
    uncertain: int = 0
    attachments: tuple[str, ...] = ()
    language: str = "en"
    timezone: str = "UTC"
    in_reply_to: str = ""


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


class ConsentEvent(StrEnum):
    """What a person did about a Subscription."""

    REQUESTED = "requested"
    CONFIRMED = "confirmed"
    CHANGED = "changed"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Consent:
    """One entry of the consent record: what was shown, where, when. `ip` is kept only if the operator allows."""

    subscription_id: int
    event: ConsentEvent
    at: datetime
    form: str = ""
    text: str = ""
    text_version: str = ""
    ip: str = ""


class BounceKind(StrEnum):
    """HARD: the address will not work. SOFT: it may work later. COMPLAINT: the person called it unwanted."""

    HARD = "hard"
    SOFT = "soft"
    COMPLAINT = "complaint"


@dataclass(frozen=True, slots=True)
class Bounce:
    """A notice that came back after acceptance. `status` is RFC 3463's ("5.1.1"), `key` the notice's own id."""

    subscription_id: int
    kind: BounceKind
    received_at: datetime
    key: str
    delivery_id: int | None = None
    status: str = ""
    diagnostic: str = ""


class TransactionalKind(StrEnum):
    """Why a person gets a mail that is no digest. CONFIRM: asked to sign up. LINK: asked for their preferences page."""

    CONFIRM = "confirm"
    LINK = "link"


@dataclass(frozen=True, slots=True)
class TransactionalMail:
    """A mail somebody asked for on a page. `address` is "" when its owner was erased meanwhile."""

    id: int
    kind: TransactionalKind
    subscription_id: int
    address: str
    added_at: datetime
    attempts: int = 0
