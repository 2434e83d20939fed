"""A service that watches PubMed and every other source on one sandbox, on a clock that a test moves."""

from __future__ import annotations

import shutil
from collections.abc import Collection, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path

from monitor import store
from monitor.demo.mailbox import Mailbox
from monitor.demo.outside import asking
from monitor.mail.smtp import SmtpMailer
from monitor.model import (
    Answer,
    ArchivedDigest,
    Change,
    ChangeKind,
    Encryption,
    Frequency,
    SourceName,
    SourceState,
    Subscription,
    SubscriptionState,
    Topic,
)
from monitor.sandbox import Server
from monitor.service import connections, tick
from monitor.service.connections import Connections
from monitor.sources.pubmed import Client
from monitor.watch.outside import plan
from tests.support import strategies

READER = "weekly@reader.example"
_MOST = 100_000


@dataclass
class Watched:
    """The service at work. `every` is how often it asks the other sources."""

    server: Server
    works: Connections
    mailbox: Mailbox

    def tick(self, at: datetime, asks: Collection[SourceName] = ()) -> None:
        """Whatever is due at `at`; these other sources are asked even before they are."""
        self.server.at = at
        with self.works.db.begin() as tx:
            plan.configure(tx, self.works.settings, at)
            plan.configure(tx, asking.at_once(self.works.settings, asks), at)
        tick.poll_and_mail(self.works, at)

    def changes(self, topic: str, kind: ChangeKind) -> list[Change]:
        """What was told of one kind, oldest first."""
        with self.works.db.read() as tx:
            return [change for change in reversed(store.changes.recent(tx, topic, _MOST)) if change.kind is kind]

    def items(self, topic: str, kind: ChangeKind) -> list[tuple[str, str, tuple[str, ...]]]:
        """Of each item told: the day, its key, and what is said of it."""
        found = [(str(change.at.date()), change.item) for change in self.changes(topic, kind)]
        return [(day, item.key, item.sentences) for day, item in found if item]

    def answers(self, topic: str) -> list[tuple[date, Answer]]:
        """The history of the answer, oldest first."""
        with self.works.db.read() as tx:
            return [(record.at.date(), record.answer) for record in store.answers.history(tx, topic)]

    def state(self, topic: str, source: SourceName) -> SourceState:
        """How a source stands with a topic."""
        with self.works.db.read() as tx:
            return store.source_states.state(tx, source, topic)

    def digests(self, topic: str) -> list[tuple[ArchivedDigest, str]]:
        """Each digest with its text, oldest first."""
        with self.works.db.read() as tx:
            archived = list(reversed(store.digests.archive(tx, topic, _MOST)))
            return [(one, store.digests.get(tx, one.id)[1].text) for one in archived]


@contextmanager
def watching(
    template: Path, folder: Path, server: Server, topics: Sequence[Topic], every: timedelta
) -> Iterator[Watched]:
    """A service with a fresh database and one weekly reader of each topic; it has not looked yet."""
    file = folder / "monitor.db"
    shutil.copyfile(template, file)
    with Mailbox() as mailbox:
        settings = strategies.settings(server.url)
        smtp = replace(settings.smtp, host=mailbox.host, port=mailbox.port, encryption=Encryption.NONE)
        settings = replace(
            settings,
            path=folder / "monitor.yaml",
            smtp=smtp,
            topics=tuple(topics),
            database_url=f"sqlite:///{file}",
            secret_keys=("k" * 32,),
            sources=asking.sources_of(server, settings.operator_email, every, key="k"),
        )
        with (
            closing(store.open(settings.database_url, durable=False)) as db,
            closing(Client(settings.pubmed, sleep=lambda _: None)) as pubmed,
            SmtpMailer(smtp).kept() as mailer,
        ):
            connections.prepare(settings, db, server.at)
            with db.begin() as tx:
                for topic in topics:
                    wanted = Subscription(topic.key, READER, Frequency.WEEKLY, SubscriptionState.ACTIVE, reason="test")
                    store.subscribers.add(tx, wanted, server.at)
            works = Connections(
                settings, db, asking.opened(settings, server, pubmed), connections.open_links(settings), mailer
            )
            yield Watched(server, works, mailbox)
