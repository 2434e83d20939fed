"""Draw a topic's answer from everything judged so far, and append it to the history when a reader must be told.

The one place where an Answer is stored: after a poll, a screening, a new question, or new rules.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

from monitor import evidence, store
from monitor.model import Answer, AnswerRecord, Change, ChangeKind, Topic
from monitor.store import Tx


def conclude(
    tx: Tx, topic: Topic, now: datetime, *, poll_id: int | None = None, why: str = "", is_quiet: bool = False
) -> AnswerRecord | None:
    """Store the topic's answer if it differs from the one held; returns the new record, else None.

    The change is told to readers unless this is the first answer, `is_quiet` (a new question or new rules must
    not mail the past as news), or no digest ever told the answer before. An answer that is again what it was before
    the next digest could tell of a change is not told as one. While the articles are being judged
    again no answer is drawn from the half of them, unless `is_quiet`: that is the last step of it.
    """
    if not is_quiet and store.topics.is_being_reassessed(tx, topic.key):
        return None
    held = store.answers.current(tx, topic.key)
    answer = _draw(tx, topic, now)
    if held and held.answer.fingerprint == answer.fingerprint:
        return None
    is_baseline = held is None or not store.digests.archive(tx, topic.key, 1)
    before = held.answer if held else None
    since = answer.since if is_baseline else _since(before, answer, now.date(), is_quiet=is_quiet)
    answer = replace(answer, causes=evidence.causes(before, answer), since=since)
    record = AnswerRecord(
        answer, now, poll_id=poll_id, previous=held.answer.state if held else None, is_baseline=is_baseline
    )
    record = replace(record, id=store.answers.add(tx, record))
    if not (is_baseline or is_quiet):
        told = Change(topic.key, ChangeKind.ANSWER, now, why=why, answer_id=record.id, poll_id=poll_id)
        store.changes.add(tx, [told])
        store.reversals.settle_answers(tx, topic.key, answer.fingerprint, now)
    return record


def standing(tx: Tx, topic: Topic, now: datetime) -> AnswerRecord | None:
    """The answer that holds, its lines as of `now`; None before the first.

    Registry entries, work on association and the like are shown and change no answer, so they
    are drawn anew whenever they are shown. What was told stays as it was stored.
    """
    held = store.answers.current(tx, topic.key)
    if held is None:
        return None
    drawn = _draw(tx, topic, now)
    is_same = drawn.fingerprint == held.answer.fingerprint
    return replace(held, answer=replace(drawn, causes=held.answer.causes, since=held.answer.since)) if is_same else held


def _since(before: Answer | None, answer: Answer, today: date, *, is_quiet: bool) -> date | None:
    """Since when the sentence of `answer` is true: the first day of the newest trial, if that is what changed it.

    Otherwise `today`: a retraction changed it, a person's verdict, another question, or a trial that was found late.
    """
    if before is None or (answer.since and not is_quiet and (before.since is None or answer.since > before.since)):
        return answer.since
    return before.since if answer.sentence == before.sentence else today


def _draw(tx: Tx, topic: Topic, now: datetime) -> Answer:
    judged = store.verdicts.judged(tx, topic.key)
    links, outside = store.screenings.links(tx, topic.key), store.held.of_topic(tx, topic.key)
    return evidence.answer(topic, judged, links, now.date(), outside)
