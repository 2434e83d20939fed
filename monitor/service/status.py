"""How the service is doing: how current each search is, the answers, what waits and what failed, read at once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from monitor import store
from monitor.bounces import collect
from monitor.bounces.collect import MailboxState
from monitor.model import AnswerRecord, DeliveryState, Freshness, FreshnessState, Search, Settings, Topic, Unread
from monitor.service import guard, heartbeat, rehearsal
from monitor.service.guard import Failure
from monitor.store import Database, Tx
from monitor.watch import freshness


@dataclass(frozen=True, slots=True)
class SearchStatus:
    """One search: how current it is, when it is polled next, its last error."""

    name: str
    freshness: Freshness | None
    due_at: datetime | None
    failures_in_row: int = 0
    last_error: str = ""


@dataclass(frozen=True, slots=True)
class TopicStatus:
    """One topic: its searches, the number of its articles, its answer, and the articles that cannot be read yet."""

    topic: str
    name: str
    articles: int
    answer: AnswerRecord | None
    searches: tuple[SearchStatus, ...]
    unread: tuple[Unread, ...] = ()


@dataclass(frozen=True, slots=True)
class Status:
    """Everything `monitor status` reports; the JSON of `--json`."""

    at: datetime
    last_sign_of_life_at: datetime | None
    topics: tuple[TopicStatus, ...]
    deliveries: dict[DeliveryState, int]
    sending_paused_at: datetime | None
    returned_mail: MailboxState | None = None
    failures: tuple[Failure, ...] = ()
    rehearsal_at: datetime | None = None

    @property
    def is_current(self) -> bool:
        """True when every search is current, and every article that one lists was read."""
        if any(topic.unread for topic in self.topics):
            return False
        found = [search.freshness for topic in self.topics for search in topic.searches]
        return all(one is not None and one.state is FreshnessState.CURRENT for one in found)


def read_status(settings: Settings, db: Database, at: datetime) -> Status:
    """Read the status from the database."""
    with db.read() as tx:
        return Status(
            at=at,
            last_sign_of_life_at=heartbeat.last_beat(tx),
            topics=tuple(_topic(tx, topic, at) for topic in settings.topics),
            deliveries=store.deliveries.counts(tx),
            sending_paused_at=store.deliveries.paused_at(tx),
            returned_mail=collect.state(tx, settings),
            failures=tuple(guard.failures(tx)),
            rehearsal_at=rehearsal.stands_at(tx),
        )


def _topic(tx: Tx, topic: Topic, at: datetime) -> TopicStatus:
    states = {state.name: state for state in store.searches.states(tx, topic.key)}

    def one(search: Search) -> SearchStatus:
        state = states.get(search.name)
        if state is None:
            return SearchStatus(search.name, None, None)
        judged = freshness.judge(state, search.every, at)
        return SearchStatus(search.name, judged, state.due_at, state.failures_in_row, state.last_error)

    return TopicStatus(
        topic.key,
        topic.name,
        store.articles.count(tx, topic.key),
        store.answers.current(tx, topic.key),
        tuple(one(search) for search in topic.searches),
        tuple(store.unread.watched(tx, topic.key)),
    )
