"""A PubMed, a database and a clock for tests of polls."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from monitor import store
from monitor.model import Change, Frequency, Poll, SearchState, Topic
from monitor.store import Database
from monitor.watch.poll import poll_due
from tests.support.factories import RENDERED, digest
from tests.support.fake_pubmed import FakePubMed
from tests.support.records import DAY, START, article, query, topic

Reported = list[tuple[str, str]]


@dataclass
class PollHarness:
    """A PubMed, a database and a clock that a test moves."""

    db: Database
    pubmed: FakePubMed
    topics: Sequence[Topic]
    now: datetime = START
    seen: set[int] = field(default_factory=set)

    def configure(self, *topics: Topic) -> None:
        """The operator edits the configuration and restarts the service."""
        self.topics = topics
        with self.db.begin() as tx:
            store.searches.sync(tx, topics, self.now)

    def poll(self, after: timedelta = DAY) -> list[Poll]:
        """Time passes; every search that is due is polled."""
        self.now += after
        return poll_due(self.topics, self.pubmed.sources, self.db, self.now)

    def accept(self, search: str = "veins", key: str = "ccsvi") -> list[Poll]:
        """The operator has looked at what PubMed answers, and types `monitor poll --accept`."""
        return poll_due(self.topics, self.pubmed.sources, self.db, self.now, only=[(key, search)], is_accepted=True)

    def state(self, search: str = "veins", key: str = "ccsvi") -> SearchState:
        """What is stored about a search."""
        with self.db.read() as tx:
            return store.searches.state(tx, key, search)

    def told(self, frequency: Frequency = Frequency.WEEKLY, key: str = "ccsvi") -> Reported:
        """A digest of this frequency goes out with all that waits for it, as (kind, pmid)."""
        with self.db.begin() as tx:
            waiting = store.changes.undigested(tx, key, frequency)
            if waiting:
                store.digests.add(tx, digest(waiting, frequency), RENDERED, self.now)
        return sorted((c.kind.value, c.pmid) for c in waiting)

    def change(self, kind: str, pmid: str, key: str = "ccsvi") -> Change:
        """The last change of this kind about an article."""
        with self.db.read() as tx:
            return [c for c in store.changes.for_article(tx, key, pmid) if c.kind == kind][-1]

    def reported(self, key: str = "ccsvi") -> Reported:
        """The changes of a topic since the last call, as (kind, pmid)."""
        with self.db.read() as tx:
            unseen = [c for c in store.changes.recent(tx, key, 1000) if c.id not in self.seen]
        self.seen |= {c.id for c in unseen}
        return sorted((c.kind.value, c.pmid) for c in unseen)


def polled_once(db: Database) -> PollHarness:
    """Three articles match the search; they have been polled once, as a baseline."""
    pubmed = FakePubMed()
    for pmid in ("1", "2", "3"):
        pubmed.list(article(pmid), "veins")
    harness = PollHarness(db, pubmed, ())
    harness.configure(topic(query()))
    harness.poll(timedelta())
    return harness
