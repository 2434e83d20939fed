"""Run one search and record what changed. Read this first.

A poll reconciles, it does not query a time window: it asks for every PMID that matches,
compares with every PMID stored, and stores the difference in one transaction. So no outage,
back-dated entry date, result limit, sort order or clock can lose an article. Requests are made
first, with no transaction open; after a failed response only the failure is recorded.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from monitor import __version__, store
from monitor.errors import ConflictError, UpstreamError
from monitor.evidence import reassess
from monitor.evidence.conclude import conclude
from monitor.model import Outcome, Poll, Search, SearchState, Topic
from monitor.ports import Guard, IsStopping, Progress, Sources, Unguarded, never, silent
from monitor.store import Database
from monitor.watch import schedule
from monitor.watch.ask import Asking, Due
from monitor.watch.reconcile import record


def poll_due(
    topics: Sequence[Topic],
    sources: Sources,
    db: Database,
    now: datetime,
    progress: Progress = silent,
    *,
    only: Collection[tuple[str, str]] | None = None,
    is_accepted: bool = False,
    is_stopping: IsStopping = never,
    guard: Guard | None = None,
) -> list[Poll]:
    """Run every search that is due, each claimed just before, so that two services never run it twice.

    `only` names (topic, search) pairs to run now, due or not, as an operator asks for; with `is_accepted` the operator
    has looked, and their answers are believed. Returns the polls, failed ones included; a search that another process
    is polling is left to it. When `is_stopping`, the searches not yet begun stay due. A search that meets a bug of
    Monitor fails alone when there is a `guard`.
    """
    wanted = _wanted(topics, db, now, only)
    guard = guard or Unguarded()
    run = _Run(topics, Asking(sources, db, now, progress, wanted), db, now, guard)
    polls: list[Poll] = []
    for number, (topic, search, _) in enumerate(wanted):
        if is_stopping():
            break
        if due := run.claim(topic, search, early=only is not None, is_accepted=is_accepted):
            progress(number, len(wanted), f"{topic.key}/{search.name}")
            polls += run.poll(due)
    progress(len(wanted), len(wanted), "searches asked")
    polled = {poll.topic for poll in polls}
    for topic in topics:
        if topic.key in polled:
            guard.attempt(f"{topic.key}, first answer", partial(_answer_first, topic, db, now), lambda _: None)
    return polls


def _wanted(
    topics: Sequence[Topic], db: Database, now: datetime, only: Collection[tuple[str, str]] | None
) -> list[tuple[Topic, Search, SearchState]]:
    """The configured searches to run with their states: those of `only`, else those due, longest overdue first."""
    with db.read() as tx:
        if only is None:
            states = store.searches.due(tx, now)
        else:
            states = [one for key, name in only for one in store.searches.states(tx, key) if one.name == name]
    configured = {(t.key, s.name): (t, s) for t in topics for s in t.searches} if states else {}
    return [(*configured[key], one) for one in states if (key := (one.topic, one.name)) in configured]


def _answer_first(topic: Topic, db: Database, now: datetime) -> None:
    """Conclude a topic's first answer, once every search has its baseline or has failed."""
    with db.begin() as tx:
        store.topics.lock(tx, topic.key)
        states = store.searches.states(tx, topic.key)
        is_settled = all(s.has_baseline or s.failures_in_row for s in states)
        has_any = any(s.has_baseline for s in states)
        if is_settled and has_any and store.answers.current(tx, topic.key) is None:
            conclude(tx, topic, now)


class _Run:
    """What the polls of one call of `poll_due` share."""

    def __init__(self, topics: Sequence[Topic], asking: Asking, db: Database, now: datetime, guard: Guard) -> None:
        self._topics = {topic.key: topic for topic in topics}
        self._asking, self._db, self._now, self._guard = asking, db, now, guard
        self._started = time.monotonic()

    def claim(self, topic: Topic, search: Search, *, early: bool, is_accepted: bool) -> Due | None:
        """Claim the search; None while another process polls it, or when it is no longer due.

        None also when it was changed since this process read its configuration: whoever has the new one polls it.
        """
        at = self._now + timedelta(seconds=time.monotonic() - self._started)  # a lease must not begin in the past
        with self._db.begin() as tx:
            state = store.searches.state(tx, topic.key, search.name)
            is_ours = state.query == search.query and reassess.is_configured(tx, topic)
            token = store.searches.claim(tx, topic.key, search.name, at, early=early) if is_ours else None
        return Due(topic, search, state, token, is_accepted) if token else None

    def poll(self, due: Due) -> list[Poll]:
        """One poll; none when our lease ran out and another process took over the search."""
        started = time.monotonic()

        def took() -> timedelta:
            return timedelta(seconds=time.monotonic() - started)

        def work() -> Poll:
            try:
                return record(self._topics, due, self._asking.ask(due), self._db, self._now, took())
            except UpstreamError as error:
                return self._record_failure(due, took(), str(error), error.requests)

        def failed(reason: str) -> Poll:
            return self._record_failure(due, took(), reason)

        with suppress(ConflictError):
            return [self._guard.attempt(f"{due.topic.key}/{due.search.name}", work, failed)]
        return []

    def _record_failure(self, due: Due, took: timedelta, reason: str, requests: int = 0) -> Poll:
        """Record only that the poll failed; the next one is due sooner than the interval."""
        failed = Poll(
            due.topic.key,
            due.search.name,
            started_at=self._now,
            finished_at=self._now + took,
            outcome=Outcome.FAILED,
            is_baseline=not due.state.has_baseline,
            query_sent=due.search.query,
            requests=requests,
            error=reason,
            version=__version__,
        )
        due_at = schedule.next_poll(due.search, self._now, due.state.failures_in_row + 1)
        with self._db.begin() as tx:
            failed = replace(failed, id=store.polls.add(tx, failed))
            store.searches.finish(tx, failed, due.token, due_at, self._now)
        return failed
