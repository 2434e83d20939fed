"""Recorded changes → a digest and its deliveries in the outbox: one transaction for each topic and frequency.

Safe to run twice and to be cut off at any point: a change is told by the row that says so, written
together with the digest and the deliveries, or not at all.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar

from monitor import store
from monitor.digests import content as digest
from monitor.digests import render, schedule
from monitor.digests.search_reports import search_reports
from monitor.digests.view import Site
from monitor.errors import ConflictError, MonitorError
from monitor.evidence.conclude import standing
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
from monitor.ports import OnFailure, unheard
from monitor.store import Database, Tx

T = TypeVar("T")

#: Ticks come a little early or late; a quiet digest must not wait for another whole frequency because of that.
_SLACK = timedelta(hours=1)
#: How long the first digest waits for a search that fails from the start.
_PATIENCE = timedelta(days=1)
_ARRIVALS = (ChangeKind.NEW, ChangeKind.CITING)


#: Composes in an open transaction; the ids of the digests.
_Make = Callable[[Tx], list[int]]


def compose_due(settings: Settings, db: Database, now: datetime, on_failure: OnFailure = unheard) -> list[int]:
    """Compose every digest that is due, each in a transaction of its own; their ids.

    A digest that meets a bug of Monitor stays due, and `on_failure` is told of it; the others are composed.
    """
    composed: list[int] = []
    for topic in settings.topics:
        for name, make in _attempt(topic.key, partial(_due, settings, topic, db, now), on_failure):
            composed += _attempt(name, partial(_commit, db, make), on_failure)
    return composed


def _attempt(name: str, work: Callable[[], list[T]], on_failure: OnFailure) -> list[T]:
    """What `work` makes, nothing when it fails alone. Raises StoreError, after which no other could go well."""
    try:
        return work()
    except ConflictError:  # another process composed it; its transaction stands, ours is rolled back
        pass
    except MonitorError:
        raise
    except Exception as error:  # noqa: BLE001  a bug that one digest brings out must not stop the others
        on_failure(name, error)
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
    """The topic's next digest as it would be sent now, stored nowhere; None before the first answer.

    When nothing waits to be told it is the digest that a new subscriber would get.
    """
    with db.read() as tx:
        frequency = topic.digest.frequency
        due = store.digests.schedule(tx, topic.key, frequency)
        answer = _answer(tx, topic, now)
        if answer is None:
            return None
        since = (due.last_sent_at or due.started_at) if due else None
        waiting = store.changes.undigested(tx, topic.key, frequency)
        made = _news(tx, topic, frequency, since, now, answer, waiting, is_quiet_due=False)
        return fitting(made or _welcoming(tx, topic, frequency, now, answer), settings, topic)


def fitting(content: Digest, settings: Settings, topic: Topic) -> tuple[Digest, Rendered]:
    """The digest, shortened until its HTML fits, and as rendered."""
    site = Site(settings.postal_address, settings.operator_email, settings.web.public_url)
    rendered = render.render(content, topic, site)
    while content.items and not render.fits(rendered):
        content = digest.shorten(content)
        rendered = render.render(content, topic, site)
    return content, rendered


def _is_ready(tx: Tx, topic: Topic, now: datetime) -> bool:
    """Has every search of the topic a baseline, and the question an answer? Nothing can be said before.

    A search that keeps failing is not waited for beyond a day: the search report tells of it.
    """
    states = store.searches.states(tx, topic.key)
    settled = (s.has_baseline or (s.first_failure_at and now - s.first_failure_at >= _PATIENCE) for s in states)
    return all(settled) and store.answers.current(tx, topic.key) is not None


def _wanted(tx: Tx, topic: Topic, now: datetime) -> list[Frequency]:
    """The frequencies to look at: those that began and are due, and those that somebody asked for and did not begin."""
    asked = store.subscribers.frequencies(tx, topic.key) | store.frequency_changes.pending(tx, topic.key)
    begun = store.digests.schedules(tx, topic.key)
    return [
        frequency
        for frequency in Frequency
        if (_may_be_due(tx, topic, begun[frequency], now) if frequency in begun else frequency in asked)
    ]


def _may_be_due(tx: Tx, topic: Topic, found: DigestSchedule, now: datetime) -> bool:
    """Is it time? For "at once" it always is, so there the question is whether anything can be said."""
    is_time = found.due_at <= now
    return is_time and (found.frequency is not Frequency.AT_ONCE or _may_be_urgent(tx, topic, found, now))


def _may_be_urgent(tx: Tx, topic: Topic, found: DigestSchedule, now: datetime) -> bool:
    """Is there anything that a digest "at once" could be made of? Reads one row, for it is asked every minute."""
    return _is_quiet_due(topic, found, now) or store.changes.has_undigested(
        tx, topic.key, Frequency.AT_ONCE, store.frequency_changes.URGENT
    )


def _compose(tx: Tx, settings: Settings, topic: Topic, frequency: Frequency, now: datetime) -> list[int]:
    """Begin the frequency, or compose its digest if we get the claim; the digest's id, if there is one."""
    plan = topic.digest
    if store.digests.schedule(tx, topic.key, frequency) is None:
        store.digests.start_schedule(tx, topic.key, frequency, schedule.next_issue(plan, frequency, now), now)
        return []
    token = store.digests.claim_due(tx, topic.key, frequency, now)
    claimed = store.digests.schedule(tx, topic.key, frequency)
    answer = _answer(tx, topic, now)
    if token is None or claimed is None or answer is None:
        return []
    content = _news(
        tx,
        topic,
        frequency,
        claimed.last_sent_at or claimed.started_at,
        now,
        answer,
        store.changes.undigested(tx, topic.key, frequency),
        is_quiet_due=_is_quiet_due(topic, claimed, now),
    )
    made = [_store(tx, settings, topic, content, None, now)] if content else []
    for number in made:
        _hold(tx, topic, frequency, number, claimed.due_at, now)
    store.digests.finish_schedule(
        tx, topic.key, frequency, token, schedule.next_issue(plan, frequency, now), now, sent=bool(made)
    )
    return made


def _is_quiet_due(topic: Topic, found: DigestSchedule, now: datetime) -> bool:
    """Has it been silent for as long as the topic allows?

    "At once" is always due: "with every digest that is due" would be a mail every minute, so zero means never there.
    """
    every, silent = topic.digest.quiet_every, now - (found.last_sent_at or found.started_at)
    if every is None:
        return False
    if found.frequency is Frequency.AT_ONCE:
        return bool(every) and silent >= every
    return silent >= every - _SLACK


def _news(
    tx: Tx,
    topic: Topic,
    frequency: Frequency,
    since: datetime | None,
    now: datetime,
    answer: Answer,
    changes: Sequence[Change],
    *,
    is_quiet_due: bool,
) -> Digest | None:
    """The digest of these changes with what was stored about their articles, threaded to what it updates."""
    pmids = {change.pmid for change in changes if change.pmid}
    standing = replace(_standing(tx, topic, answer, since, now), answer_before=_answer_before(tx, topic, changes))
    made = digest.compose(
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
    """The effective verdicts: a person's where there is one, else the rules'."""
    screened = store.screenings.current(tx, topic.key)
    found = store.verdicts.current(tx, topic.key, pmids)
    return found | {pmid: screened[pmid] for pmid in pmids if pmid in screened}


def _standing(tx: Tx, topic: Topic, answer: Answer, since: datetime | None, now: datetime) -> digest.Standing:
    return digest.Standing(answer, search_reports(tx, topic, since, now), store.articles.count(tx, topic.key))


def _answer(tx: Tx, topic: Topic, now: datetime) -> Answer | None:
    record = standing(tx, topic, now)
    return record.answer if record else None


def _answer_before(tx: Tx, topic: Topic, changes: Sequence[Change]) -> Answer | None:
    """The answer that held before the first of these changes of it, None when none of them is one."""
    told = [change.answer_id for change in changes if change.kind is ChangeKind.ANSWER and change.answer_id]
    before = [record for record in store.answers.history(tx, topic.key) if told and record.id < min(told)]
    return before[-1].answer if before else None


def _first_told(tx: Tx, made: Digest) -> int | None:
    """The digest of this frequency that first told of the article at the top, when this one only updates it."""
    if not made.items or any(change.kind in _ARRIVALS for change in made.items[0].changes):
        return None
    earlier = store.changes.for_article(tx, made.topic, made.items[0].article.pmid)
    told = (store.digests.digested_in(tx, change.id).get(made.frequency) for change in earlier)
    return next((number for number in told if number is not None), None)


def _welcome(tx: Tx, settings: Settings, topic: Topic, now: datetime) -> list[int]:
    """One welcome digest for each frequency that somebody new asked for."""
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
    return digest.welcome(topic, frequency, now, _standing(tx, topic, answer, None, now))


def _store(tx: Tx, settings: Settings, topic: Topic, content: Digest, people: list[int] | None, now: datetime) -> int:
    """Keep the digest and put its deliveries in the outbox, for `people` or for all of its frequency; its id."""
    content, rendered = fitting(content, settings, topic)
    number = store.digests.add(tx, content, rendered, now)
    name = identifiers.message_ids(settings.secret_keys, identifiers.mail_domain(settings.smtp))
    if people is None:
        store.deliveries.enqueue(tx, number, now, name)
    else:
        store.deliveries.enqueue_for(tx, number, people, now, name)
    return number


def _hold(tx: Tx, topic: Topic, frequency: Frequency, digest_id: int, due_at: datetime, now: datetime) -> None:
    """Let each copy wait for the topic's hour on its reader's clock; what is told at once waits for nobody's."""
    if frequency is not Frequency.AT_ONCE:
        store.deliveries.postpone(tx, digest_id, lambda zone: schedule.arrival(topic.digest, zone, due_at, now), now)
