"""`monitor status`: how current each search is, the answer, and what waits to be sent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from monitor import store
from monitor.bounces import collect
from monitor.bounces.collect import MailboxState
from monitor.commands._shared import (
    DEFAULT_CONFIG,
    AtOption,
    ConfigOption,
    JsonOption,
    console,
    load_settings,
    moment,
    now,
    open_database,
    print_json,
)
from monitor.errors import MonitorError
from monitor.evidence import reassess
from monitor.model import AnswerRecord, DeliveryState, Freshness, FreshnessState, Search, Settings, Topic, Unread
from monitor.model.instants import is_future
from monitor.render.text import count
from monitor.service import guard, heartbeat, rehearsal
from monitor.service.guard import Failure
from monitor.store import Database, Tx
from monitor.watch import freshness

HealthOption = Annotated[bool, typer.Option("--health", help="Check only whether the service is alive.")]


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
    """One topic: its searches, the number of its articles, its answer, and the articles that cannot be read yet.

    `is_reassessment_due`: its question or the rules have changed, and its articles are not judged by them yet.
    """

    topic: str
    name: str
    articles: int
    answer: AnswerRecord | None
    searches: tuple[SearchStatus, ...]
    unread: tuple[Unread, ...] = ()
    is_reassessment_due: bool = False


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


def status(
    config_file: ConfigOption = DEFAULT_CONFIG,
    health: HealthOption = False,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """How current each search is, the answer, and what waits to be sent.

    Exit 1 when a search is not current or in doubt, or the record of an article cannot be read.
    """
    settings = load_settings(config_file)
    with open_database(settings) as db:
        if health:
            _check_health(db)
            return
        found = read_status(settings, db, moment(db, at))
    if as_json:
        print_json(found)
    else:
        _print(found)
    if not found.is_current:
        raise typer.Exit(1)


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
        reassess.is_due(tx, topic),
    )


def _check_health(db: Database) -> None:
    with db.read() as tx:
        seen_at = heartbeat.last_beat(tx)
    if seen_at is None:
        raise MonitorError("No service has run on this database yet. Start one with: monitor run")
    age = now() - seen_at
    if is_future(seen_at, now()):
        raise MonitorError(f"The last heartbeat is dated {seen_at:%Y-%m-%d %H:%M} UTC, which is later than now.")
    if age > heartbeat.MAX_AGE:
        raise MonitorError(f"The last heartbeat of the service is {freshness.in_words(age)} old.")
    console.print(f"alive, last heartbeat {freshness.in_words(age)} ago")


def _print(found: Status) -> None:
    if found.rehearsal_at:
        text = "Rehearsal: this database was first written under --at. It stands at"
        console.print(f"{text} {found.rehearsal_at:%Y-%m-%d %H:%M} UTC and is never ticked in real time.", markup=False)
    for topic in found.topics:
        console.print(f"{topic.name} ({topic.topic}): {topic.articles:,} articles", style="bold", markup=False)
        answer = topic.answer.answer.sentence if topic.answer else "No answer yet: nothing has been polled."
        console.print(f"  {answer}", markup=False, soft_wrap=True)
        console.print(_table(topic, found.at))
        if topic.is_reassessment_due:
            text = "  The question or Monitor's rules have changed: its articles are judged again at the next tick."
            console.print(text, markup=False, soft_wrap=True, style="yellow")
        for search in topic.searches:
            _print_trouble(topic, search)
        for one in topic.unread:
            tries = count(one.tries, "try", "tries")
            text = f"  Not read yet: PMID {one.pmid}, since {one.since:%Y-%m-%d %H:%M} UTC, {tries}: {one.cause}"
            console.print(text, markup=False, soft_wrap=True, style="yellow")
    _print_outbox(found)


def _print_trouble(topic: TopicStatus, search: SearchStatus) -> None:
    """What is wrong with a search, and how to accept an answer that is doubted."""
    is_doubted = bool(search.freshness and search.freshness.doubt)
    if search.failures_in_row or is_doubted:
        console.print(f"  {search.name}: {search.last_error}", markup=False, soft_wrap=True, style="red")
    if is_doubted:
        hint = f"  To accept the answer: monitor poll --accept {topic.topic}/{search.name}"
        console.print(hint, markup=False, soft_wrap=True)


def _table(topic: TopicStatus, at: datetime) -> Table:
    styles = {FreshnessState.CURRENT: "green", FreshnessState.STALE: "yellow"}
    table = Table("search", "state", "what happened", "next poll", box=None, padding=(0, 2))
    for search in topic.searches:
        state = search.freshness.state if search.freshness else FreshnessState.NEVER
        sentence = search.freshness.sentence if search.freshness else "Never polled."
        style = styles.get(state, "red")
        table.add_row(search.name, Text(state, style), sentence, _until(search.due_at, at))
    return table


def _until(due_at: datetime | None, at: datetime) -> str:
    if due_at is None:
        return "with the first tick"
    return "now" if due_at <= at else f"in {freshness.in_words(due_at - at)}"


def _print_outbox(found: Status) -> None:
    waiting = ", ".join(f"{number:,} {state}" for state, number in found.deliveries.items() if number)
    console.print(f"Mail: {waiting or 'none yet'}.", markup=False)
    if found.sending_paused_at:
        console.print(f"Sending has been paused since {found.sending_paused_at:%Y-%m-%d %H:%M} UTC.", style="yellow")
    if found.returned_mail:
        _print_returned(found.returned_mail, found.at)
    for failure in found.failures:
        told = f"Failed at {failure.at:%Y-%m-%d %H:%M} UTC: {failure.unit}. {failure.error}"
        console.print(told, style="red", markup=False, soft_wrap=True)
    if found.last_sign_of_life_at:
        age = freshness.in_words(found.at - found.last_sign_of_life_at)
        console.print(f"Service: last heartbeat {age} ago.", markup=False)
    else:
        console.print("Service: none has run on this database; `monitor tick` needs none.", markup=False)


def _print_returned(mailbox: MailboxState, at: datetime) -> None:
    if mailbox.first_failure_at:
        lasting = freshness.in_words(at - mailbox.first_failure_at)
        text = f"Returned mail: cannot be read for {lasting}. {mailbox.last_error}"
        console.print(text, style="red", markup=False, soft_wrap=True)
        return
    read = f"read {freshness.in_words(at - mailbox.last_success_at)} ago" if mailbox.last_success_at else "not yet read"
    console.print(f"Returned mail: {read} ({mailbox.mailbox}).", markup=False, soft_wrap=True)
