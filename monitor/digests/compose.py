"""Recorded changes → a digest and its deliveries in the outbox: one transaction for each topic and frequency.

Safe to run twice and to be interrupted at any point: the rows that mark changes as digested are written in the
same transaction as the digest and its deliveries.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar

from monitor import store
from monitor.digests import render, schedule
from monitor.digests.content import Standing, compose, shorten, welcome
from monitor.digests.display.search_reports import search_reports
from monitor.digests.display.view import Site
from monitor.errors import ConflictError
from monitor.evidence.conclude import standing
from monitor.language.speech import speaking
from monitor.mail import identifiers
from monitor.model import (
    Answer,
    Change,
    ChangeKind,
    Digest,
    DigestSchedule,
    Frequency,
    Rendered,
    Settings,
    Topic,
    Verdict,
)
from monitor.ports import Guard, Unguarded
from monitor.store import Database, Tx
from monitor.watch.outside import freshness

T = TypeVar("T")

#: How long the first digest waits for a search that fails from the start.
_PATIENCE = timedelta(days=1)
_ARRIVALS = (ChangeKind.NEW, ChangeKind.CITING)


#: Composes in an open transaction; the ids of the digests.
_Make = Callable[[Tx], list[int]]


def compose_due(settings: Settings, db: Database, now: datetime, guard: Guard | None = None) -> list[int]:
    """Compose every digest that is due, each in a transaction of its own; returns their ids.

    With a `guard` a digest that fails stays due, and the others are composed.
    """
    guard = guard or Unguarded()
    composed: list[int] = []
    for topic in _to_look_at(settings.topics, db, now):
        for name, make in _attempt(topic.key, partial(_due, settings, topic, db, now), guard):
            composed += _attempt(name, partial(_commit, db, make), guard)
    return composed


def _to_look_at(topics: Sequence[Topic], db: Database, now: datetime) -> list[Topic]:
    """The topics for which something may be due, so that a minute in which nothing happens costs little."""
    pauses = {every for topic in topics if (every := topic.digest.quiet_every)}
    with db.read() as tx:
        found = store.due_topics.may_be_due(tx, now)
        silent = {every: store.due_topics.silent_since(tx, now - every) for every in pauses}
    return [t for t in topics if t.key in found or t.key in silent.get(t.digest.quiet_every or timedelta(), ())]


def _attempt(name: str, work: Callable[[], list[T]], guard: Guard) -> list[T]:
    """What `work` makes; nothing when it fails alone, or has done so again and again."""
    if not guard.is_resting(name):
        with suppress(ConflictError):  # another process composed it; its transaction stands, ours is rolled back
            return guard.attempt(name, work, lambda _: [])
    return []


def _due(settings: Settings, topic: Topic, db: Database, now: datetime) -> list[tuple[str, _Make]]:
    """What is to be composed for a topic, each with its name."""
    with db.read() as tx:
        if not _is_ready(tx, topic, now):
            return []
        wanted = _wanted(tx, topic, now)
        has_new_people = next(store.subscribers.unwelcomed(tx, topic.key), None) is not None
    welcome = partial(_welcome, settings=settings, topic=topic, now=now)
    made: list[tuple[str, _Make]] = [(f"{topic.key}, welcome", welcome)] if has_new_people else []
    for frequency in wanted:
        make = partial(_compose, settings=settings, topic=topic, frequency=frequency, now=now)
        made.append((f"{topic.key}, {frequency}", make))
    return made


def _commit(db: Database, make: _Make) -> list[int]:
    with db.begin() as tx:
        return make(tx)


def preview(settings: Settings, db: Database, topic: Topic, now: datetime) -> tuple[Digest, Rendered] | None:
    """The topic's next digest as it would be sent now; nothing is stored. None before the first answer.

    When no change waits to be digested, it is the welcome digest that a new subscriber would get.
    """
    with db.read() as tx:
        frequency = topic.digest.frequency
        due = store.digests.schedule(tx, topic.key, frequency)
        answer = _answer(tx, topic, now)
        if answer is None:
            return None
        since = (due.last_sent_at or due.started_at) if due else None
        waiting = store.changes.undigested(tx, topic.key, frequency)
        made = _news(tx, topic, frequency, since, now, waiting, is_quiet_due=False)
        return fitting(made or _welcoming(tx, topic, frequency, now, answer), settings, topic)


def fitting(content: Digest, settings: Settings, topic: Topic) -> tuple[Digest, Rendered]:
    """The digest, shortened until its HTML fits, with its rendering in the language of its topic."""
    site = Site(settings.postal_address, settings.operator_email, settings.web.public_url, settings.branding)
    with speaking(settings.catalogue(topic.key)):
        rendered = render.render(content, topic, site)
        while not render.fits(rendered) and (shorter := shorten(content)) != content:
            content, rendered = shorter, render.render(shorter, topic, site)
    return content, rendered


def _is_ready(tx: Tx, topic: Topic, now: datetime) -> bool:
    """Has every search of the topic a baseline, and the question an answer? Before that there is nothing to report.

    A search that has failed from the start is waited for no longer than `_PATIENCE`; the search report then says so.
    """
    states = store.searches.states(tx, topic.key)
    settled = (s.has_baseline or (s.first_failure_at and now - s.first_failure_at >= _PATIENCE) for s in states)
    return all(settled) and store.answers.current(tx, topic.key) is not None


def _wanted(tx: Tx, topic: Topic, now: datetime) -> list[Frequency]:
    """The frequencies to process: those whose schedule is due, and those in demand that have no schedule yet."""
    asked = store.subscribers.frequencies(tx, topic.key) | store.frequency_changes.pending(tx, topic.key)
    begun = store.digests.schedules(tx, topic.key)
    return [
        frequency
        for frequency in Frequency
        if (_may_be_due(tx, topic, begun[frequency], now) if frequency in begun else frequency in asked)
    ]


def _may_be_due(tx: Tx, topic: Topic, found: DigestSchedule, now: datetime) -> bool:
    """Is the schedule due? "At once" always is, so there the question is whether there is anything to report."""
    is_time = found.due_at <= now
    return is_time and (found.frequency is not Frequency.AT_ONCE or _may_be_urgent(tx, topic, found, now))


def _may_be_urgent(tx: Tx, topic: Topic, found: DigestSchedule, now: datetime) -> bool:
    """Is there anything that an "at once" digest could report? Reads only one row, because it is asked every minute."""
    return schedule.is_quiet_due(topic.digest, found, now) or store.changes.has_undigested(
        tx, topic.key, Frequency.AT_ONCE, store.frequency_changes.URGENT
    )


def _compose(tx: Tx, settings: Settings, topic: Topic, frequency: Frequency, now: datetime) -> list[int]:
    """Start the frequency's schedule, or compose its digest if we get the claim; returns the digest's id, if any."""
    token = store.digests.claim_due(tx, topic.key, frequency, now)
    claimed = store.digests.schedule(tx, topic.key, frequency)
    next_at = schedule.next_issue(topic.digest, frequency, now)
    if claimed is None:
        store.digests.start_schedule(tx, topic.key, frequency, next_at, now)
    if token is None or claimed is None:
        return []
    content = _news(
        tx,
        topic,
        frequency,
        claimed.last_sent_at or claimed.started_at,
        now,
        store.changes.undigested(tx, topic.key, frequency),
        is_quiet_due=schedule.is_quiet_due(topic.digest, claimed, now),
    )
    made = [_store(tx, settings, topic, content, None, now)] if content else []
    for number in made:
        _hold(tx, topic, frequency, number, claimed.due_at, now)
    store.digests.finish_schedule(tx, topic.key, frequency, token, next_at, now, sent=bool(made))
    return made


def _news(
    tx: Tx,
    topic: Topic,
    frequency: Frequency,
    since: datetime | None,
    now: datetime,
    changes: Sequence[Change],
    *,
    is_quiet_due: bool,
) -> Digest | None:
    """The digest of these changes, in reply to the digest it updates; None when there is nothing to report."""
    answer = _answer(tx, topic, now) if changes or is_quiet_due else None
    if answer is None:
        return None
    pmids = {change.pmid for change in changes if change.pmid}
    standing = replace(_standing(tx, topic, answer, since, now), answer_before=_answer_before(tx, topic, changes))
    made = compose(
        topic,
        frequency,
        since,
        now,
        standing,
        changes=changes,
        articles=store.articles.known(tx, pmids),
        verdicts=_verdicts(tx, topic, pmids),
        is_quiet_due=is_quiet_due,
    )
    return replace(made, replies_to=_first_told(tx, made)) if made else None


def _verdicts(tx: Tx, topic: Topic, pmids: set[str]) -> dict[str, Verdict]:
    """The verdicts that apply: a person's screening where there is one, else the rules'."""
    screened = store.screenings.current(tx, topic.key)
    found = store.verdicts.current(tx, topic.key, pmids)
    return found | {pmid: screened[pmid] for pmid in pmids if pmid in screened}


def _standing(tx: Tx, topic: Topic, answer: Answer, since: datetime | None, now: datetime) -> Standing:
    on_record = store.articles.count_on_record(tx, topic.key)
    unlisted = on_record - store.matches.count(tx, topic.key)
    outages = freshness.outages(store.source_states.states(tx, topic.key), since, now)
    reports = search_reports(tx, topic, since, now)
    return Standing(answer, reports, on_record, unlisted_count=unlisted, source_reports=tuple(outages))


def _answer(tx: Tx, topic: Topic, now: datetime) -> Answer | None:
    record = standing(tx, topic, now)
    return record.answer if record else None


def _answer_before(tx: Tx, topic: Topic, changes: Sequence[Change]) -> Answer | None:
    """The answer that held before the first answer change among `changes`; None when there is none."""
    told = [change.answer_id for change in changes if change.kind is ChangeKind.ANSWER and change.answer_id]
    if not told:
        return None
    before = [record for record in store.answers.history(tx, topic.key) if record.id < min(told)]
    return before[-1].answer if before else None


def _first_told(tx: Tx, made: Digest) -> int | None:
    """The digest of this frequency that first reported the top article, when `made` only updates it; else None."""
    if not made.items or any(change.kind in _ARRIVALS for change in made.items[0].changes):
        return None
    earlier = store.changes.for_article(tx, made.topic, made.items[0].article.pmid)
    told = (store.digests.digested_in(tx, change.id).get(made.frequency) for change in earlier)
    return next((number for number in told if number is not None), None)


def _welcome(tx: Tx, settings: Settings, topic: Topic, now: datetime) -> list[int]:
    """One welcome digest for each frequency that new subscribers chose; returns their ids."""
    answer = _answer(tx, topic, now)
    if answer is None:
        return []
    new: defaultdict[Frequency, list[int]] = defaultdict(list)
    for subscription_id, frequency in store.subscribers.unwelcomed(tx, topic.key):
        new[frequency].append(subscription_id)
    made = []
    for frequency, people in sorted(new.items()):
        store.subscribers.mark_welcomed(tx, people, now)
        made.append(_store(tx, settings, topic, _welcoming(tx, topic, frequency, now, answer), people, now))
    return made


def _welcoming(tx: Tx, topic: Topic, frequency: Frequency, now: datetime, answer: Answer) -> Digest:
    return welcome(topic, frequency, now, _standing(tx, topic, answer, None, now))


def _store(tx: Tx, settings: Settings, topic: Topic, content: Digest, people: list[int] | None, now: datetime) -> int:
    """Store the digest with its deliveries, for the subscriptions `people` or all of its frequency; returns its id."""
    content, rendered = fitting(content, settings, topic)
    number = store.digests.add(tx, content, rendered, now)
    name = identifiers.message_ids(settings.secret_keys, identifiers.mail_domain(settings.smtp), now)
    if people is None:
        store.deliveries.enqueue(tx, number, now, name)
    else:
        store.deliveries.enqueue_for(tx, number, people, now, name)
    return number


def _hold(tx: Tx, topic: Topic, frequency: Frequency, digest_id: int, due_at: datetime, now: datetime) -> None:
    """Defer each delivery to the topic's hour in its subscriber's time zone; "at once" digests are not deferred."""
    if frequency is not Frequency.AT_ONCE:
        store.deliveries.postpone(tx, digest_id, lambda zone: schedule.arrival(topic.digest, zone, due_at, now), now)
