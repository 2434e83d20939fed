"""A topic under surveillance, its PubMed and its preprint server, on a clock that a test moves."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

from monitor import evidence, store
from monitor.model import (
    Answer,
    Article,
    Author,
    ChangeKind,
    HeldPreprint,
    Preprint,
    PubMedSettings,
    Settings,
    SmtpSettings,
    SourceName,
    SourceSettings,
    Topic,
)
from monitor.store import Database
from monitor.watch.outside import plan, preprints
from monitor.watch.outside.rounds import Asked
from tests.support.fake_pubmed import FakePubMed
from tests.support.poll_harness import PollHarness
from tests.support.preprints import TEXT, TITLE, FakePreprints
from tests.support.records import DAY, RANDOMIZED, START, article, query, topic

AUTHORS = (Author("Doe", "Jane"), Author("Roe", "Rick"))
SETTINGS = Settings(
    path=Path("monitor.yaml"),
    pubmed=PubMedSettings("jane@example.org"),
    smtp=SmtpSettings("mail.example.org", "jane@example.org"),
    topics=(),
    database_url="",
    postal_address="",
    operator_email="jane@example.org",
    sources={SourceName.PREPRINTS: SourceSettings(SourceName.PREPRINTS, "http://127.0.0.1:9", DAY / 2)},
)


@dataclass
class Watched:
    """A topic whose searches have been polled once and whose preprints have been asked for once; nothing was found."""

    db: Database
    topic: Topic = field(default_factory=lambda: topic(query()))
    server: FakePreprints = field(default_factory=FakePreprints)
    pubmed: FakePubMed = field(default_factory=FakePubMed)
    start: datetime = START
    seen: int = 0

    def __post_init__(self) -> None:
        self.harness = PollHarness(self.db, self.pubmed, (), self.start)
        self.pubmed.list(article("1", "Iron in the brain"), "veins")
        self.harness.configure(self.topic)
        self.harness.poll(timedelta())
        self.ask()

    @property
    def now(self) -> datetime:
        """The present."""
        return self.harness.now

    def ask(self, *listed: Preprint) -> list[tuple[str, ...]]:
        """A day later the server lists these too; what readers are told, as the sentences of each item."""
        self.harness.now += DAY
        self.server.listed += listed
        self.asked = self.ask_due()
        return self.told()

    def ask_due(self) -> Asked:
        """What the unit of work does, of this topic."""
        settings = replace(SETTINGS, topics=(self.topic,))
        sources = replace(self.pubmed.sources, preprints=self.server)
        with self.db.begin() as tx:
            plan.configure(tx, settings, self.now)
        (asked,) = preprints.ask_due(settings, sources, self.db, self.now)
        return asked

    def publish(self, pmid: str, title: str = TITLE, **fields: object) -> list[tuple[str, ...]]:
        """PubMed lists an article of the authors, and is polled; what readers are told of preprints."""
        made = {"text": TEXT, "authors": AUTHORS, "publication_types": (RANDOMIZED,), "created_at": self.now, **fields}
        return self.poll(article(pmid, title, **made))

    def poll(self, *arrived: Article) -> list[tuple[str, ...]]:
        """A day later PubMed lists these too, and is polled; what readers are told of preprints."""
        for one in arrived:
            self.pubmed.list(one, "veins")
        self.harness.poll()
        return self.told()

    def told(self) -> list[tuple[str, ...]]:
        """What readers are told of preprints since the last call."""
        with self.db.read() as tx:
            found = [
                c for c in store.changes.since(tx, self.topic.key, self.start - DAY) if c.kind is ChangeKind.PREPRINT
            ]
        new, self.seen = found[self.seen :], len(found)
        return [change.item.sentences for change in new if change.item]

    def held(self) -> HeldPreprint:
        """The only preprint held."""
        with self.db.read() as tx:
            (found,) = store.preprints.of_topic(tx, self.topic.key)
        return found

    def answer(self) -> Answer:
        """The answer as a page shows it now."""
        with self.db.read() as tx:
            judged = store.verdicts.judged(tx, self.topic.key)
            return evidence.answer(self.topic, judged, (), self.now.date(), store.held.of_topic(tx, self.topic.key))
