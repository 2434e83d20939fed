"""Subscription, Digest, Delivery, Bounce: what is mailed to whom, and the result."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from monitor.model.article import Article
from monitor.model.evidence import Answer, Verdict
from monitor.model.outside.works import OutsideNews
from monitor.model.topic import Frequency
from monitor.model.values.clean_text import one_line
from monitor.model.watch import Change, Freshness, Poll


class SubscriptionState(StrEnum):
    """The state of a Subscription; only ACTIVE ones get digests."""

    UNCONFIRMED = "unconfirmed"
    ACTIVE = "active"
    UNSUBSCRIBED = "unsubscribed"
    SUSPENDED = "suspended"


@dataclass(frozen=True, slots=True)
class Subscription:
    """A standing request for one Topic at one frequency: a person's, or that of the `channel` of this name.

    `language` (of LANGUAGES) is that of dates; `attachments` are "ris", "bibtex", "csv". `next_frequency` is a pending
    change of frequency, applied as soon as no change would be missed or sent twice; None when none is pending.
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
    channel: str = ""

    @property
    def wanted(self) -> Frequency:
        """The frequency last chosen, applied or pending."""
        return self.next_frequency or self.frequency


class DigestKind(StrEnum):
    """Why a Digest is sent: to a new subscriber, with news, or after a long time without any."""

    WELCOME = "welcome"
    NEWS = "news"
    QUIET = "quiet"


#: The digests that the archive lists. A welcome goes to one subscriber: listed, welcomes would bury the others and
#: disclose when people signed up.
LISTED_KINDS = (DigestKind.NEWS, DigestKind.QUIET)


@dataclass(frozen=True, slots=True)
class DigestItem:
    """One article in a digest with every change about it. `section` is its heading's key.

    Of an article that `is_brief` only title, source and links are shown.
    """

    section: str
    article: Article
    changes: tuple[Change, ...]
    verdict: Verdict | None = None
    is_brief: bool = False


@dataclass(frozen=True, slots=True)
class SearchReport:
    """The polls of one search since the last digest, so that no news is distinguishable from failed polls.

    `failures` counts failed polls since the last digest, on `failure_days` days; `gaps` are sentences on the periods
    without a successful poll. On `idle_days` days nobody asked, since Monitor itself did not run: `idle` says which.
    `count` is how many articles PubMed listed, `held` how many of the search are on record.
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
    held: int | None = None
    idle_days: int = 0
    idle: str = ""


@dataclass(frozen=True, slots=True)
class Digest:
    """The content of one issue for one topic, frequency and period (`since`, `until`].

    `items` are in reading order, `left_out` counts per section the articles that did not fit and are only linked,
    `left_out_pmids` are their PMIDs; `outside` is what is told of things that PubMed does not hold; `notes` are changes
    of the question and of searches, told in lines of their own; `change_ids` are all changes this digest reports, shown
    or counted. `answer_before` is the answer at `since`, if different, and `answer_whys` are the actions of people that
    changed it; `replies_to` is the digest that first reported the article this one updates. `article_count` is how many
    articles are on record, `unlisted_count` how many of them no search lists any more.
    `source_reports` are sentences on sources besides PubMed that gave no usable answer.
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
    notes: tuple[Change, ...] = ()
    unlisted_count: int = 0
    outside: tuple[OutsideNews, ...] = ()
    source_reports: tuple[str, ...] = ()


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
    """A digest as mail in `language`: subject, text and HTML, with placeholders (see `monitor.render.placeholders`)."""

    subject: str
    text: str
    html: str
    language: str = "en"


class DeliveryState(StrEnum):
    """The state of a Delivery. UNCERTAIN: the connection broke after DATA, so the mail may have arrived."""

    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    DEFERRED = "deferred"
    FAILED = "failed"
    UNCERTAIN = "uncertain"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Delivery:
    """The delivery of one Digest to one mailbox, in one or more attempts, which share `message_id`.

    `uncertain` counts the attempts that may have arrived; `attachments` are the kinds of files the
    subscriber chose, `language` and `timezone` are for its dates, `in_reply_to`
    the Message-ID of the mail this reader has that it updates, "" where there is none. `lease_token`
    is the fencing token of the claim.
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
    last_reply: str = ""
    uncertain: int = 0
    attachments: tuple[str, ...] = ()
    language: str = "en"
    timezone: str = "UTC"
    in_reply_to: str = ""
    lease_token: str = ""


class ConsentEvent(StrEnum):
    """A subscriber's action on a Subscription."""

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
    """HARD: a permanent failure of the address. SOFT: any other failure. COMPLAINT: reported as spam (RFC 5965)."""

    HARD = "hard"
    SOFT = "soft"
    COMPLAINT = "complaint"


@dataclass(frozen=True, slots=True)
class Bounce:
    """A bounce or complaint. `status` is an enhanced status code (RFC 3463, "5.1.1"), `key` identifies the report.

    `diagnostic`, which a server of anybody's wrote, becomes one line of clean text.
    """

    subscription_id: int
    kind: BounceKind
    received_at: datetime
    key: str
    delivery_id: int | None = None
    status: str = ""
    diagnostic: str = ""

    def __post_init__(self) -> None:
        """Clean the diagnostic."""
        object.__setattr__(self, "diagnostic", one_line(self.diagnostic))


class TransactionalKind(StrEnum):
    """CONFIRM: the confirmation of a sign-up. LINK: the link to the preferences page."""

    CONFIRM = "confirm"
    LINK = "link"


@dataclass(frozen=True, slots=True)
class TransactionalMail:
    """A mail requested by a form on a page. `address` is "" if the subscriber was erased meanwhile.

    `lease_token` is the fencing token of the claim; `uncertain` attempts before it may have arrived.
    """

    id: int
    kind: TransactionalKind
    subscription_id: int
    address: str
    added_at: datetime
    attempts: int = 0
    lease_token: str = ""
    uncertain: int = 0
