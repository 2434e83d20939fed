"""A whole service in one process, with a PubMed and a mail server in memory, and what its readers have been told."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from monitor import store
from monitor.errors import MailError
from monitor.model import (
    ChangeKind,
    DigestKind,
    Frequency,
    NoticeKind,
    SendOutcome,
    SendResult,
    SmtpSettings,
    Stage,
    SubscriptionState,
)
from monitor.ports import Message, Outbox
from monitor.service import connections, tick
from monitor.service.connections import Connections
from monitor.store import Database
from tests.support import records
from tests.support.crashing import Crash, Died
from tests.support.fake_pubmed import FakePubMed
from tests.support.settings import links, settings

_MESSAGE_ID = re.compile(rb"^Message-ID:\s+(\S+)", re.MULTILINE | re.IGNORECASE)
RETRACTION = records.notice("RetractionIn", NoticeKind.RETRACTION, "99")
BASELINE = tuple(str(number) for number in range(1, 13))
QUERY = "veins"


@dataclass
class Person:
    """What a person has done, and what that entitles to. `period` counts the times of being active."""

    address: str
    frequency: Frequency = Frequency.DAILY
    state: SubscriptionState = SubscriptionState.UNSUBSCRIBED
    id: int = 0
    requested_at: datetime | None = None
    period: int = 0
    settled_at: datetime | None = None
    bounced: int = 0
    is_at_once_mixed: bool = False

    @property
    def is_active(self) -> bool:
        """May she be sent a digest?"""
        return self.state is SubscriptionState.ACTIVE


@dataclass
class Post:
    """A mail server in memory. It is away, defers or drops the next mails, or the sender dies over one of them."""

    crash: Crash
    taken: list[tuple[str, bytes]] = field(default_factory=list)
    is_away: bool = False
    deferring: int = 0
    dropping: int = 0
    dies_over: int = 0

    def send(self, messages: Iterable[Message]) -> list[SendResult]:
        """Each message."""
        self._reach()
        return [self._transmit(message) for message in messages]

    def send_queue(self, outbox: Outbox) -> None:
        """Each message of the outbox."""
        self._reach()
        while isinstance(drawn := outbox.next_message(), tuple):
            outbox.record_reply(drawn[0], self._transmit(drawn[1]))

    def _reach(self) -> None:
        if self.is_away:
            raise MailError("The mail server cannot be reached.")

    def _transmit(self, message: Message) -> SendResult:
        _, recipient, content = message
        if self.deferring:
            self.deferring -= 1
            return SendResult(SendOutcome.DEFERRED, 451, "4.3.0 try later", Stage.CONTENT)
        self.taken.append((recipient, content))
        if self.dies_over:
            self.dies_over -= 1
            if not self.dies_over:
                self.crash.strike()
        if self.dropping:
            self.dropping -= 1
            return SendResult(SendOutcome.UNCERTAIN, 0, "the connection broke")
        return SendResult(SendOutcome.SENT, 250, "2.0.0 queued")


class History:
    """The world and the service, from a baseline of twelve articles on."""

    def __init__(self, db: Database, crash: Crash) -> None:
        self.db, self.crash = db, crash
        self.now = records.START
        self.pubmed, self.post = FakePubMed(), Post(crash)
        self.published: dict[str, datetime] = {}
        self.touched: set[str] = set()
        self.retracted: set[str] = set()
        self.told: defaultdict[tuple[str, int, str, str], set[str]] = defaultdict(set)
        self.copies: Counter[str] = Counter()
        self.people: dict[str, Person] = {}
        self._read = 0
        for pmid in BASELINE:
            self.list(pmid)
        self.works = self._works()
        self.tick(timedelta())

    def _works(self) -> Connections:
        topic = records.topic(records.query(every=timedelta(hours=6)))
        configured = settings(SmtpSettings("127.0.0.1", "Monitor <monitor@example.org>"), topic)
        connections.prepare(configured, self.db, self.now)
        return Connections(configured, self.db, self.pubmed.sources, links(configured), self.post)

    def move(self, db: Database) -> None:
        """The service goes on with another database, to which everything was copied."""
        self.db, self.crash = db, Crash(db)
        self.works = self._works()

    # --- the literature ---

    def list(self, pmid: str, title: str = "", doi: str = "") -> None:
        """PubMed lists an article, as it is today."""
        blank = records.article(pmid, title, doi=doi or f"10.1000/{pmid}", revised_on=self.tomorrow)
        notices = (RETRACTION,) if pmid in self.retracted else ()
        self.pubmed.list(replace(blank, notices=notices), QUERY)

    @property
    def tomorrow(self) -> date:
        """NCBI's day may be the next one."""
        return (self.now + records.DAY).date()

    # --- the service ---

    def tick(self, after: timedelta) -> None:
        """Time passes, and a process does whatever is due; it may die over it."""
        self.now += after
        try:
            done = tick.run_due(self.works, self.now)
            assert not [failure for failure in done.failures if failure.is_bug], done.failures
        except Died:
            self.crash.restart()
        self.crash.commits = self.post.dies_over = 0
        self.pubmed.meanwhile = None
        self._look()

    def _look(self) -> None:
        """What has come since: to whom, and what it told."""
        with self.db.read() as tx:
            for recipient, content in self.post.taken[self._read :]:
                found = _MESSAGE_ID.search(content)
                assert found
                self._arrived(tx, recipient, found[1].decode())
            self._read = len(self.post.taken)
            begun = store.digests.schedules(tx, "ccsvi")
            waiting = {number for number, _ in store.subscribers.unwelcomed(tx, "ccsvi")}
        for person in self.people.values():
            if person.is_active and not person.settled_at and person.frequency in begun and person.id not in waiting:
                person.settled_at = self.now

    def _arrived(self, tx: store.Tx, recipient: str, name: str) -> None:
        row = tx.exec_driver_sql(
            f"SELECT digest_id, uncertain FROM deliveries WHERE message_id = '{name}'"  # noqa: S608  a name of ours
        ).one_or_none()
        if row is None:
            return  # a transactional mail, or one to the operator
        person = self.people[recipient]
        assert person.is_active, f"a digest for {person}"
        self.copies[name] += 1
        assert self.copies[name] - 1 <= row.uncertain, f"{self.copies[name]} copies, {row.uncertain} uncertain"
        digest = store.digests.get(tx, row.digest_id)[0]
        if digest.kind is DigestKind.WELCOME:
            return
        changes = {change.id: change for change in store.changes.recent(tx, "ccsvi", 100_000)}
        for number in digest.change_ids:
            about = "" if changes[number].kind in (ChangeKind.NEW, ChangeKind.CITING) else str(number)
            ids = self.told[recipient, person.period, changes[number].pmid, about]
            ids.add(name)
            assert len(ids) == 1 or person.is_at_once_mixed, f"{changes[number]} was told to {person} in {ids}"

    # --- the end ---

    def heal(self) -> None:
        """Everything works again; five weeks pass."""
        self.post.is_away, self.pubmed.is_down = False, False
        self.post.deferring = self.post.dropping = 0
        self.pubmed.unreadable.clear()
        for days in (0.1, 0.3, 1, 1, 1, 7, 7, 16, 1, 1):
            self.tick(timedelta(days=days))

    def untold(self) -> list[tuple[str, str]]:
        """Which reader was not told of which article, though both were there all the time."""
        return [
            (person.address, pmid)
            for person in self.people.values()
            for pmid, at in self.published.items()
            if person.is_active and person.settled_at and person.settled_at < at and pmid not in self.touched
            if not person.is_at_once_mixed and not self.told.get((person.address, person.period, pmid, ""))
        ]
