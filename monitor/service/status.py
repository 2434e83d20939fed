"""How the service is doing: how current each search is, the answers, what waits and what failed, read at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from monitor import store
from monitor.bounces import collect
from monitor.bounces.collect import MailboxState
from monitor.delivery.channels import state as channel_state
from monitor.delivery.channels.state import ChannelState
from monitor.evidence import reassess
from monitor.model import (
    AnswerRecord,
    DeliveryState,
    Engine,
    Freshness,
    FreshnessState,
    Queue,
    Search,
    SearchState,
    Settings,
    SourceName,
    SourceState,
    Topic,
    Unread,
)
from monitor.service import integrity, rehearsal, request_load
from monitor.service.alerting import failures
from monitor.service.alerting.failures import Bug, Failure
from monitor.service.reload import reports
from monitor.service.reload.reports import ServiceReport
from monitor.service.request_load import RequestLoad
from monitor.service.running import heartbeat
from monitor.store import Database, Tx
from monitor.watch import freshness
from monitor.watch.outside import freshness as of_sources


@dataclass(frozen=True, slots=True)
class SearchStatus:
    """One search: how current it is, when it is polled next, its last error."""

    name: str
    freshness: Freshness | None
    due_at: datetime | None
    failures_in_row: int = 0
    last_error: str = ""


@dataclass(frozen=True, slots=True)
class SourceStatus:
    """One source besides PubMed, for one topic: how current it is, when it is asked next, its last error.

    `watermark` is up to which moment of its own data everything was seen; `requests` is how many the last answer took.
    """

    source: SourceName
    name: str
    freshness: Freshness
    due_at: datetime
    failures_in_row: int
    last_error: str
    watermark: str
    requests: int
    remark: str


@dataclass(frozen=True, slots=True)
class TopicStatus:
    """One topic: its searches, its articles, its answer, the articles that cannot be read yet, its sources
    besides PubMed.

    `is_reassessment_due`: its question or the rules have changed, and its articles are not judged by them yet.
    """

    topic: str
    name: str
    articles: int
    answer: AnswerRecord | None
    searches: tuple[SearchStatus, ...]
    unread: tuple[Unread, ...] = ()
    is_reassessment_due: bool = False
    sources: tuple[SourceStatus, ...] = ()


@dataclass(frozen=True, slots=True)
class ChannelStatus:
    """One channel: its kind, what it gets, its deliveries by state, and why it took nothing the last time ("": it did).

    `is_configured` is False of one that was removed; it gets nothing more.
    """

    name: str
    kind: str
    topics: tuple[str, ...]
    deliveries: dict[DeliveryState, int]
    state: ChannelState
    is_configured: bool = True


@dataclass(frozen=True, slots=True)
class Status:
    """Everything `monitor status` reports; the JSON of `--json`. `services` are those that run on this database."""

    at: datetime
    last_sign_of_life_at: datetime | None
    topics: tuple[TopicStatus, ...]
    deliveries: dict[DeliveryState, int]
    sending_paused_at: datetime | None
    returned_mail: MailboxState | None = None
    failures: tuple[Failure, ...] = ()
    bugs: tuple[Bug, ...] = ()
    damage: str = ""
    rehearsal_at: datetime | None = None
    requests_per_second: RequestLoad | None = None
    queues: tuple[Queue, ...] = ()
    services: tuple[ServiceReport, ...] = ()
    channels: tuple[ChannelStatus, ...] = ()

    @property
    def is_current(self) -> bool:
        """True when every search is current, every article that one lists was read, and the database is whole."""
        if self.damage or any(topic.unread for topic in self.topics):
            return False
        found = [search.freshness for topic in self.topics for search in topic.searches]
        return all(one is not None and one.state is FreshnessState.CURRENT for one in found)


def read_status(settings: Settings, db: Database, at: datetime) -> Status:
    """Read the status from the database."""
    with db.read() as tx:
        counts, states = store.matches.counts(tx), store.searches.all_states(tx)
        unread, answers = store.unread.topics(tx), store.answers.all_current(tx)
        to_reassess, asked = reassess.due(tx, settings.topics), store.source_states.all_states(tx)
        return Status(
            at=at,
            last_sign_of_life_at=heartbeat.last_beat(tx),
            topics=tuple(
                TopicStatus(
                    topic.key,
                    topic.name,
                    counts.get(topic.key, 0),
                    answers.get(topic.key),
                    _searches(topic, states.get(topic.key, ()), at),
                    tuple(store.unread.watched(tx, topic.key)) if topic.key in unread else (),
                    topic.key in to_reassess,
                    _sources(topic, settings, asked, at),
                )
                for topic in settings.topics
            ),
            deliveries=store.delivery_counts.counts(tx),
            sending_paused_at=store.deliveries.paused_at(tx),
            returned_mail=collect.state(tx, settings),
            failures=tuple(failures.all_failures(tx)),
            bugs=tuple(failures.bugs(tx, at)),
            damage=integrity.damage(tx),
            rehearsal_at=rehearsal.stands_at(tx),
            requests_per_second=request_load.of(settings),
            queues=_queues(settings, db),
            services=tuple(reports.running(tx, at).values()),
            channels=_channels(tx, settings),
        )


def _sources(topic: Topic, settings: Settings, states: Iterable[SourceState], at: datetime) -> tuple[SourceStatus, ...]:
    return tuple(
        SourceStatus(
            one.source,
            one.source.label,
            of_sources.judge(one, settings.sources[one.source].every, at),
            one.due_at,
            one.failures_in_row,
            one.last_error,
            one.watermark,
            one.requests,
            one.remark,
        )
        for one in states
        if one.topic == topic.key and one.source in settings.sources
    )


def _channels(tx: Tx, settings: Settings) -> tuple[ChannelStatus, ...]:
    """The channels of the configuration, and those removed that something was sent to."""
    counts, states = store.delivery_counts.channel_counts(tx), channel_state.read_all(tx)
    configured = {one.name: one for one in settings.channels}
    return tuple(
        ChannelStatus(
            name,
            one.kind if one else "",
            one.topics if one else (),
            counts.get(name, {}),
            states.get(name, ChannelState()),
            one is not None,
        )
        for name in (*configured, *sorted(counts.keys() - configured.keys()))
        for one in (configured.get(name),)
    )


def _queues(settings: Settings, db: Database) -> tuple[Queue, ...]:
    """What waits in the queues; none where each process has its own clock."""
    if settings.engine is Engine.BUILT_IN:
        return ()
    from monitor.service.cluster import database

    database.check(db)
    return tuple(database.queues(db))


def _searches(topic: Topic, states: Iterable[SearchState], at: datetime) -> tuple[SearchStatus, ...]:
    by_name = {state.name: state for state in states}

    def one(search: Search) -> SearchStatus:
        state = by_name.get(search.name)
        if state is None:
            return SearchStatus(search.name, None, None)
        judged = freshness.judge(state, search.every, at)
        return SearchStatus(search.name, judged, state.due_at, state.failures_in_row, state.last_error)

    return tuple(one(search) for search in topic.searches)
