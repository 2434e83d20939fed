"""A round: one source is asked for one topic, and its answer saved in one transaction. Common to all sources."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Generic, TypeVar

from monitor import store
from monitor.errors import ConflictError, UpstreamError
from monitor.evidence import reassess
from monitor.model import Settings, SourceName, SourceState, Topic
from monitor.ports import Guard, IsStopping, Unguarded, never
from monitor.store import Database, Tx
from monitor.watch import schedule

A = TypeVar("A")

#: Sources that are one list for all topics, which are therefore due at the same time: it may be 70 MB.
LISTS = (SourceName.ICTRP, SourceName.RETRACTION_WATCH)
#: A source whose answer is doubted is asked again at least so often.
DOUBTED_EVERY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Saved:
    """What became of an answer: see the fields of `SourceState` with these names. `news` is how many changes it told.

    With a `doubt` the answer was held back: the watermark stays where it was, and a baseline is still to come.
    """

    watermark: str = ""
    doubt: str = ""
    remark: str = ""
    requests: int = 0
    news: int = 0


@dataclass(frozen=True, slots=True)
class Round(Generic[A]):
    """How one source is asked for one topic.

    `ask` asks, with no transaction open, and raises UpstreamError. `save` stores the answer and what there is to tell
    of it; the topic is locked.
    """

    ask: Callable[[Topic, SourceState], A]
    save: Callable[[Tx, Topic, SourceState, A, datetime], Saved]


@dataclass(frozen=True, slots=True)
class Asked:
    """One round that ended: what was saved, or why it failed ("" when it did not)."""

    source: SourceName
    topic: str
    saved: Saved = Saved()
    error: str = ""


def run_due(
    settings: Settings,
    db: Database,
    source: SourceName,
    round_: Round[A],
    now: datetime,
    guard: Guard | None = None,
    is_stopping: IsStopping = never,
) -> list[Asked]:
    """Ask `source` for every topic that is due, each claimed just before, so that two services never ask twice.

    One that fails, or meets a bug of Monitor when there is a `guard`, changes nothing and stops no other. When
    `is_stopping`, the topics not yet begun stay due.
    """
    if source not in settings.sources:
        return []
    with db.read() as tx:
        due = store.source_states.due(tx, (source,), now)
    topics = {topic.key: topic for topic in settings.topics}
    run = _Run(settings, db, round_, now, guard or Unguarded())
    done: list[Asked] = []
    for state in due:
        if is_stopping():
            break
        if topic := topics.get(state.topic):
            done += run.one(topic, state)
    return done


class _Run(Generic[A]):
    """What the rounds of one call of `run_due` share."""

    def __init__(self, settings: Settings, db: Database, round_: Round[A], now: datetime, guard: Guard) -> None:
        self._settings, self._db, self._round, self._now, self._guard = settings, db, round_, now, guard
        self._started = time.monotonic()

    def one(self, topic: Topic, state: SourceState) -> list[Asked]:
        """One round; none while another process has it, or uses a newer configuration of the topic than this one."""
        at = self._now + timedelta(seconds=time.monotonic() - self._started)  # a lease must not begin in the past
        with self._db.begin() as tx:
            is_ours = reassess.is_configured(tx, topic)
            token = store.source_states.claim(tx, state.source, topic.key, at) if is_ours else None
            state = store.source_states.state(tx, state.source, topic.key)
        if token is None:
            return []

        def work() -> Asked:
            try:
                answer = self._round.ask(topic, state)
            except UpstreamError as error:
                return self._fail(state, token, str(error), error)
            return self._save(topic, state, token, answer)

        with suppress(ConflictError):
            part = f"{state.source.label}, {topic.key}"
            return [self._guard.attempt(part, work, partial(self._fail, state, token))]
        return []

    def _save(self, topic: Topic, state: SourceState, token: str, answer: A) -> Asked:
        with self._db.begin() as tx:
            store.topics.lock(tx, topic.key)
            saved = self._round.save(tx, topic, state, answer, self._now)
            every = min(self._every(state), DOUBTED_EVERY) if saved.doubt else self._every(state)
            store.source_states.finish(
                tx,
                state,
                token,
                schedule.next_time(self._name(state), every, self._now),
                self._now,
                watermark=saved.watermark,
                doubt=saved.doubt,
                remark=saved.remark,
                requests=saved.requests,
            )
        return Asked(state.source, topic.key, saved)

    def _fail(self, state: SourceState, token: str, reason: str, error: UpstreamError | None = None) -> Asked:
        """Record only that it failed; it is asked again sooner, but not before it wants to be."""
        requests, wait = (error.requests, error.wait) if error else (0, 0.0)
        due_at = schedule.next_time(self._name(state), self._every(state), self._now, state.failures_in_row + 1)
        due_at = max(due_at, self._now + timedelta(seconds=wait))
        with self._db.begin() as tx:
            store.source_states.fail(tx, state, token, due_at, self._now, reason, requests)
        return Asked(state.source, state.topic, Saved(requests=requests), reason)

    def _name(self, state: SourceState) -> str:
        return str(state.source) if state.source in LISTS else f"{state.source}/{state.topic}"

    def _every(self, state: SourceState) -> timedelta:
        return self._settings.sources[state.source].every
