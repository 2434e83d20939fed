"""The ledger of an installation: every article for every subscriber, from PubMed to the mailbox."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from email.message import EmailMessage

from monitor import store
from monitor.demo.mailbox import Mailbox
from monitor.model import ChangeKind, DigestKind
from monitor.store import Database, Tx
from tests.support.operated import Literature

#: From a day on the words with which titles begin that a topic's query lists.
Listed = Mapping[date, tuple[str, ...]]


@dataclass(frozen=True)
class Stay:
    """A subscriber was there from the morning of `first` to that of `last`."""

    topic: str
    reader: str
    first: date
    last: date


@dataclass
class Told:
    """What the database has of one topic: articles stored, and by Message-ID the articles told as new."""

    stored: set[str]
    news: dict[str, set[str]] = field(default_factory=dict)
    uncertain: dict[str, int] = field(default_factory=dict)


@dataclass
class Post:
    """What came: by subscriber the Message-IDs, by Message-ID the number of copies, and what each part names."""

    mails: defaultdict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    copies: Counter[str] = field(default_factory=Counter)
    named: dict[str, set[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Row:
    """One article for one subscriber. `mails` tell of it, and when it `is_named` both parts of each lead to it.

    `copies` is how often the most frequent of them came, `flagged` how many of those are on record as uncertain.
    """

    topic: str
    pmid: str
    reader: str
    published: date
    is_stored: bool
    mails: tuple[str, ...]
    is_named: bool
    copies: int
    flagged: int

    @property
    def is_whole(self) -> bool:
        """Is it stored, and named in one mail that came once, or more often only as it is on record?"""
        return self.is_stored and len(self.mails) == 1 and self.is_named and 1 <= self.copies <= 1 + self.flagged


def told_in(db: Database, topic: str, articles: Iterable[str]) -> Told:
    """What a database has of a topic."""
    with db.read() as tx:
        told = Told(set(store.articles.which_known(tx, articles)))
        news = {digest: set(pmids) for digest, pmids in _news(tx, topic)}
        for row in tx.exec_driver_sql("SELECT message_id, digest_id, uncertain FROM deliveries").all():
            if row.digest_id in news:
                told.news[row.message_id], told.uncertain[row.message_id] = news[row.digest_id], row.uncertain
    return told


def _news(tx: Tx, topic: str) -> Iterator[tuple[int, Iterator[str]]]:
    """Each digest with the articles that it tells as new."""
    changes = {one.id: one for one in store.changes.recent(tx, topic, 1_000_000)}
    for line in store.digests.archive(tx, topic, 1_000_000):
        digest = store.digests.get(tx, line.id)[0]
        told = (changes[number] for number in digest.change_ids if digest.kind is not DigestKind.WELCOME)
        yield line.id, (change.pmid for change in told if change.kind is ChangeKind.NEW)


def post_of(mailbox: Mailbox) -> Post:
    """Every mail of a mailbox."""
    found = Post()
    for mail in mailbox.messages:
        message = mail.message
        name = str(message["Message-ID"])
        found.copies[name] += 1
        if found.copies[name] == 1:
            found.mails[mail.recipient].append(name)
            found.named[name] = _named(message, "plain") & _named(message, "html")
    return found


def text_of(message: EmailMessage, kind: str = "plain") -> str:
    """One part of a mail in one line; "" where it has none."""
    part = message.get_body([kind])
    return " ".join(part.get_content().split()) if part else ""


def _named(message: EmailMessage, kind: str) -> set[str]:
    """The PMIDs in one part of a mail, in a link of their own or in one to several."""
    return set(re.findall(r"\d{5,8}", text_of(message, kind)))


def rows(
    literature: Literature, listed: Mapping[str, Listed], stays: Iterable[Stay], told: Mapping[str, Told], post: Post
) -> list[Row]:
    """The ledger: what was published during each stay, and how far it came."""
    return [
        _row(literature, stay, pmid, told[stay.topic], post)
        for stay in stays
        for pmid in sorted(_published(literature, listed[stay.topic], stay))
    ]


def _published(literature: Literature, listed: Listed, stay: Stay) -> Iterator[str]:
    """What the query in force listed as it appeared: a query that was changed on a day is in force from the next."""
    for begin, words in listed.items():
        until = min((other for other in listed if other > begin), default=stay.last)
        for pmid in literature.matching(*words):
            if max(begin, stay.first) < literature.days[pmid] <= min(until, stay.last):
                yield pmid


def _row(literature: Literature, stay: Stay, pmid: str, told: Told, post: Post) -> Row:
    mails = tuple(name for name in post.mails[stay.reader] if pmid in told.news.get(name, ()))
    return Row(
        stay.topic,
        pmid,
        stay.reader,
        literature.days[pmid],
        is_stored=pmid in told.stored,
        mails=mails,
        is_named=all(pmid in post.named[name] for name in mails),
        copies=max((post.copies[name] for name in mails), default=0),
        flagged=max((told.uncertain[name] for name in mails), default=0),
    )
