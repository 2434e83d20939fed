"""Run the product's own polls and digests through a span of the past, in a temporary database. Nothing is mailed."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from monitor import store
from monitor.demo import story
from monitor.demo.story import Step
from monitor.digests.compose import compose_due
from monitor.model import (
    Digest,
    Frequency,
    Search,
    SearchKind,
    Settings,
    Subscription,
    SubscriptionState,
    Topic,
    Verdict,
)
from monitor.ports import Progress, Sources
from monitor.store import Database
from monitor.strategy.collect import Collected
from monitor.watch.poll import poll_due

#: PubMed's new records are there in the morning, before digests are due at the shipped hour (07:00).
_POLLED = time(6, 30, tzinfo=UTC)

#: Without a change in PubMed the replay polls this often; the searches' intervals are set so that this is current.
_QUIET_POLL = timedelta(days=30)
_EVERY = timedelta(days=100)

_READER = "reader@backtest.example"
_ALL = 1_000_000


@dataclass(frozen=True, slots=True)
class Issue:
    """One digest that a subscriber would have got: `articles` is how many it names, `content` what it says."""

    at: datetime
    subject: str
    articles: int
    content: Digest


@dataclass(frozen=True, slots=True)
class Replayed:
    """What happened from the first day to the last: the digests, the answers, and the last verdicts by PMID."""

    issues: tuple[Issue, ...]
    steps: tuple[Step, ...]
    verdicts: dict[str, Verdict]
    polls: int


def replay(
    settings: Settings,
    topic: Topic,
    collected: Collected,
    start: date,
    until: date,
    frequency: Frequency,
    progress: Progress,
) -> Replayed:
    """Replay `topic` from `start` to `until`, both included, for a subscriber with this `frequency`."""
    with _database() as db:
        ours = replace(settings, topics=(topic,), secret_keys=("backtest",), subscribers_file=None)
        run = _Run(ours, topic, collected, frequency, db)
        run.begin(start)
        days = sorted(day for day in run.days() | {start, until} if start <= day <= until)
        for number, day in enumerate(days, 1):
            at = datetime.combine(day, _POLLED)
            run.issues_before(at)
            run.step(at)
            progress(number, len(days), f"{day:%B %Y}")
        run.issues_before(datetime.combine(until, time.max, tzinfo=UTC))
        return run.result()


class _Run:
    """One replay: the database, and the moment it is at."""

    def __init__(
        self, settings: Settings, topic: Topic, collected: Collected, frequency: Frequency, db: Database
    ) -> None:
        self._settings, self._topic, self._db, self._frequency = settings, topic, db, frequency
        self._past, self._seed = collected.past, collected.seed
        self._sources = Sources(self._past, self._past, self._past)
        self._days = {search.name: self._past.days(search) for search in topic.searches}
        self._polled: dict[str, datetime] = {}
        self._at = datetime.min.replace(tzinfo=UTC)
        self._polls = 0

    def days(self) -> set[date]:
        """Every day on which a poll finds something."""
        return {day for days in self._days.values() for day in days}

    def begin(self, start: date) -> None:
        """Subscribe the reader."""
        wanted = Subscription(self._topic.key, _READER, self._frequency, SubscriptionState.ACTIVE, reason="a backtest")
        with self._db.begin() as tx:
            store.subscribers.add(tx, wanted, datetime.combine(start, _POLLED))

    def issues_before(self, end: datetime) -> None:
        """Compose each digest that is due before `end`, at the instant it is due."""
        while (due := self._next_issue()) and self._at < due < end:
            self.step(due)

    def step(self, at: datetime) -> None:
        """Be at the instant `at`: poll what has changed, or was long not polled, then compose what is due."""
        self._past.day, self._at = at.date(), at
        topic = self._known_on(at.date())
        if wanted := [search for search in topic.searches if self._is_wanted(search, at)]:
            with self._db.begin() as tx:
                store.searches.sync(tx, [topic], at)
            only = [(search.topic, search.name) for search in wanted]
            self._polls += len(poll_due([topic], self._sources, self._db, at, only=only))
            self._polled |= {search.name: at for search in wanted}
        compose_due(replace(self._settings, topics=(topic,)), self._db, at)

    def _is_wanted(self, search: Search, at: datetime) -> bool:
        polled = self._polled.get(search.name)
        is_news = polled is not None and polled.date() < at.date() and at.date() in self._days[search.name]
        return polled is None or is_news or at - polled >= _QUIET_POLL

    def result(self) -> Replayed:
        """Read back what the database holds."""
        key = self._topic.key
        with self._db.read() as tx:
            issues = [store.digests.get(tx, one.id) for one in reversed(store.digests.archive(tx, key, _ALL))]
            verdicts = {verdict.pmid: verdict for verdict in store.verdicts.all_current(tx, key)}
            steps = story.steps(tx, key)
        return Replayed(
            tuple(Issue(d.until, r.subject, len(d.items) + sum(n for _, n in d.left_out), d) for d, r in issues),
            steps,
            verdicts,
            self._polls,
        )

    def _next_issue(self) -> datetime | None:
        """When the next digest of the reader's frequency is due; one "at once" is due with what it reports."""
        with self._db.read() as tx:
            planned = store.digests.schedule(tx, self._topic.key, self._frequency)
        if planned is None:
            return None
        if self._frequency is not Frequency.AT_ONCE:
            return planned.due_at
        quiet = self._topic.digest.quiet_every
        return (planned.last_sent_at or planned.started_at) + quiet if quiet else None

    def _known_on(self, day: date) -> Topic:
        """The topic as it could have been configured on `day`: before the seed was in PubMed nothing could cite it."""
        seed_on = self._past.public_on(self._seed)
        is_there = seed_on is not None and seed_on <= day
        searches = [s for s in self._topic.searches if s.kind is SearchKind.QUERY or is_there]
        return replace(self._topic, searches=tuple(map(_unhurried, searches)))


def _unhurried(search: Search) -> Search:
    return replace(search, every=_EVERY)


@contextmanager
def _database() -> Iterator[Database]:
    with tempfile.TemporaryDirectory(prefix="monitor-backtest-") as folder:
        db = store.open(f"sqlite:///{Path(folder) / 'backtest.db'}", durable=False)
        with closing(db):
            store.migrate.upgrade(db)
            yield db
