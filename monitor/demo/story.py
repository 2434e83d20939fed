"""What happened in a replay, read back from its database: the history of the answer, the digests, the counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from monitor import store
from monitor.demo.moments import Outage
from monitor.model import Answer, AnswerRecord, ArchivedDigest, Article, Outcome, Topic, Trial
from monitor.store import Database, Tx

#: More digests than any replay composes.
_ALL = 1_000_000


@dataclass(frozen=True, slots=True)
class Cause:
    """An article that changed the answer, and the trial it reports, where it reports one."""

    article: Article
    trial: Trial | None


@dataclass(frozen=True, slots=True)
class Step:
    """One answer of the history with the answer before it and what caused the change."""

    record: AnswerRecord
    before: Answer | None
    causes: tuple[Cause, ...]

    @property
    def on(self) -> date:
        """The day of the change, as the replay's clock had it."""
        return self.record.at.date()


@dataclass(frozen=True, slots=True)
class Counts:
    """Totals of the replay. The failed polls are those of the outage."""

    articles: int
    changes: int
    digests: int
    deliveries: int
    polls: int
    failed_polls: int


@dataclass(frozen=True, slots=True)
class Story:
    """One replay from its first day to its last.

    `looks` counts the days on which PubMed was asked. `digests` are oldest first; `mailboxes` are
    addresses with how often they get mail, in words; `took_s` is wall-clock seconds.
    """

    topic: Topic
    start: date
    until: date
    outage: Outage
    looks: int
    steps: tuple[Step, ...]
    digests: tuple[ArchivedDigest, ...]
    mailboxes: tuple[tuple[str, str], ...]
    counts: Counts
    took_s: float

    def as_json(self) -> dict[str, Any]:
        """The history and the counts as plain values, for `monitor demo --json FILE`."""
        return {
            "topic": self.topic.key,
            "from": str(self.start),
            "until": str(self.until),
            "looks": self.looks,
            "took_s": round(self.took_s, 1),
            "answers": [step_as_json(step) for step in self.steps],
            "counts": {name: getattr(self.counts, name) for name in Counts.__slots__},
            "outage": {"first": str(self.outage.first), "last": str(self.outage.last)},
        }


def step(tx: Tx, record: AnswerRecord, before: Answer | None) -> Step:
    """One answer with the articles that made it differ from the one before."""
    pmids = record.answer.causes
    articles = store.articles.known(tx, pmids)
    found = [articles[pmid] for pmid in pmids if pmid in articles]
    return Step(record, before, tuple(Cause(article, _trial(record.answer, article.pmid)) for article in found))


def steps(tx: Tx, topic: str) -> tuple[Step, ...]:
    """The whole history of the answer, oldest first."""
    records = store.answers.history(tx, topic)
    before: list[Answer | None] = [None, *(record.answer for record in records)]
    return tuple(step(tx, record, held) for record, held in zip(records, before, strict=False))


@dataclass(frozen=True, slots=True)
class Frame:
    """The part of a Story that is not in its database."""

    start: date
    until: date
    outage: Outage
    looks: int
    mailboxes: tuple[tuple[str, str], ...]
    deliveries: int
    took_s: float


def read(db: Database, topic: Topic, frame: Frame) -> Story:
    """Read the story of a finished replay from its database."""
    with db.read() as tx:
        digests = tuple(reversed(store.digests.archive(tx, topic.key, _ALL)))
        return Story(
            topic=topic,
            start=frame.start,
            until=frame.until,
            outage=frame.outage,
            looks=frame.looks,
            steps=steps(tx, topic.key),
            digests=digests,
            mailboxes=frame.mailboxes,
            counts=_counts(tx, topic, len(digests), frame.deliveries),
            took_s=frame.took_s,
        )


def _counts(tx: Tx, topic: Topic, digests: int, deliveries: int) -> Counts:
    polls = [poll for search in topic.searches for poll in store.polls.since(tx, topic.key, search.name, None)]
    return Counts(
        articles=store.articles.count(tx, topic.key),
        changes=len(store.changes.recent(tx, topic.key, _ALL)),
        digests=digests,
        deliveries=deliveries,
        polls=len(polls),
        failed_polls=sum(poll.outcome is Outcome.FAILED for poll in polls),
    )


def _trial(answer: Answer, pmid: str) -> Trial | None:
    trials: Sequence[Trial] = (*answer.trials, *answer.silent_trials)
    return next((trial for trial in trials if any(report.pmid == pmid for report in trial.reports)), None)


def step_as_json(one: Step) -> dict[str, Any]:
    """One answer of the history with its causes, as plain values."""
    answer = one.record.answer
    return {
        "date": str(one.on),
        "from": str(one.before.state) if one.before else None,
        "to": str(answer.state),
        "sentence": answer.sentence,
        "lines": list(answer.lines),
        "association": answer.association,
        "causes": [_cause_as_json(cause) for cause in one.causes],
        "basis": list(answer.basis),
        "is_baseline": one.record.is_baseline,
    }


def _cause_as_json(cause: Cause) -> dict[str, Any]:
    article, trial = cause.article, cause.trial
    known = {"key": trial.key, "name": trial.name, "numbers": list(trial.numbers)} if trial else None
    public = str(article.first_public_on) if article.first_public_on else None
    return {"pmid": article.pmid, "title": article.title, "doi": article.doi, "first_public_on": public, "trial": known}
