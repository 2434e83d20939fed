"""What a person decides over the rules: a screening, its withdrawal, which reports are one trial; and new rules.

Each unit is one transaction that ends with the topic's answer drawn anew. A person's word is told to
readers when it changes the answer; new rules are not: the past is never mailed as news.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from monitor import evidence, store
from monitor.conclude import conclude
from monitor.errors import ConfigError
from monitor.evidence.rules import RULES_VERSION
from monitor.model import (
    AnswerRecord,
    Article,
    Control,
    Design,
    Direction,
    Judged,
    Role,
    Statement,
    Topic,
    TrialLink,
    Verdict,
)
from monitor.ports import Progress, silent
from monitor.store import Database, Tx

_CHUNK = 500
_MAIN = frozenset({Design.RANDOMIZED, Design.CONTROLLED})
_ROLES = {
    Design.PROTOCOL: Role.PROTOCOL,
    Design.SECONDARY_ANALYSIS: Role.SECONDARY_ANALYSIS,
    Design.ERRATUM: Role.ERRATUM,
}


@dataclass(frozen=True, slots=True)
class Reassessed:
    """What new rules change: verdicts before and after, and the answer if it would be another."""

    looked_at: int
    changed: tuple[tuple[Verdict | None, Verdict], ...]
    answer_before: str
    answer_after: str
    was_applied: bool

    @property
    def is_other_answer(self) -> bool:
        """True when the topic's sentence is another under the new rules."""
        return self.answer_before != self.answer_after


def article_of(db: Database, topic: Topic, pmid: str) -> Article:
    """The stored article; raises ConfigError with what to do when it is not held."""
    with db.read() as tx:
        held = store.articles.known(tx, [pmid]).get(pmid)
    if held is None:
        raise ConfigError(
            f"PMID {pmid} is not stored for {topic.name}. Only articles that a search found can be judged."
        )
    return held


def appraisal(topic: Topic, article: Article, design: Design, *, is_match: bool, by: str, because: str) -> Verdict:
    """A person's verdict: the rules' reading of the record with the design and the bearing that the person gives it."""
    read = evidence.assess(article, topic)
    role = Role.MAIN_RESULT if design in _MAIN else _ROLES.get(design)
    bearing = replace(read.relevance, is_match=is_match, why_not="" if is_match else f"{by}: {because}")
    return replace(read, design=design, role=role, relevance=bearing, by=by, because=because)


def amended(
    verdict: Verdict,
    article: Article,
    *,
    control: Control | None = None,
    people: int | None = None,
    direction: Direction | None = None,
    sentence: str = "",
) -> Verdict:
    """The verdict with what the person read otherwise than the rules; None leaves the rules' reading.

    Raises ConfigError for a direction without the authors' own sentence, or a sentence that is not theirs.
    """
    quoted = " ".join(sentence.split())
    if bool(direction) != bool(quoted):
        raise ConfigError("A direction and the authors' sentence that states it go together: give both, or neither.")
    if quoted not in " ".join(article.abstract_text.split()):
        raise ConfigError("This sentence does not stand in the record's abstract word for word. Directions are quoted.")
    return replace(
        verdict,
        control=control or verdict.control,
        sample_size=verdict.sample_size if people is None else people,
        statement=Statement(direction, quoted, "abstract") if direction else verdict.statement,
    )


def screen(db: Database, topic: Topic, verdict: Verdict, now: datetime) -> AnswerRecord | None:
    """Record a person's verdict; it outranks the rules until withdrawn. The new answer, None if it stays."""
    with db.begin() as tx:
        store.topics.lock(tx, topic.key)
        store.screenings.add(tx, verdict, now)
        return conclude(tx, topic, now, why=f"{verdict.by} appraised PMID {verdict.pmid}: {verdict.because}")


def withdraw(db: Database, topic: Topic, pmid: str, by: str, now: datetime) -> AnswerRecord | None:
    """Take a person's verdict back, so that the rules' counts again; raises ConfigError when there is none."""
    with db.begin() as tx:
        store.topics.lock(tx, topic.key)
        if not store.screenings.withdraw(tx, topic.key, pmid, by, now):
            raise ConfigError(f"Nobody has screened PMID {pmid} for {topic.name}.")
        return conclude(tx, topic, now, why=f"{by} withdrew the appraisal of PMID {pmid}")


def link(db: Database, topic: Topic, decision: TrialLink, now: datetime) -> AnswerRecord | None:
    """Record that two reports are one trial, or are not; it outranks every other tie."""
    if decision.pmid == decision.other_pmid:
        raise ConfigError(f"PMID {decision.pmid} is one report. Name another to join it with, or to split it from.")
    for pmid in (decision.pmid, decision.other_pmid):
        article_of(db, topic, pmid)
    with db.begin() as tx:
        store.topics.lock(tx, topic.key)
        store.screenings.add_link(tx, topic.key, decision, now)
        what = "are one trial" if decision.joined else "are not one trial"
        why = f"{decision.by}: PMID {decision.pmid} and PMID {decision.other_pmid} {what}: {decision.because}"
        return conclude(tx, topic, now, why=why)


def unlink(db: Database, topic: Topic, pmid: str, other: str, by: str, now: datetime) -> AnswerRecord | None:
    """Take back what was said of two reports, so that the rules tie them or not; raises ConfigError without any."""
    with db.begin() as tx:
        store.topics.lock(tx, topic.key)
        if not store.screenings.withdraw_link(tx, topic.key, pmid, other, by, now):
            raise ConfigError(f"Nobody has joined or split PMID {pmid} and PMID {other} for {topic.name}.")
        return conclude(tx, topic, now, why=f"{by} took back what was said of PMID {pmid} and PMID {other}")


def reassess(
    db: Database, topic: Topic, now: datetime, *, is_dry: bool = True, progress: Progress = silent
) -> Reassessed:
    """Judge every stored article of a topic with the present rules; apply only when asked, and mail nothing."""
    with db.read() as tx:
        total = store.articles.count(tx, topic.key)
        held = {verdict.pmid: verdict for verdict in store.verdicts.all_current(tx, topic.key)}
        fresh = _judge(store.articles.in_topic(tx, topic.key), topic, total, progress)
        answer_after = _answer(tx, topic, fresh, now)
        record = store.answers.current(tx, topic.key)
    changed = tuple((held.get(v.pmid), v) for v in fresh.values() if _differs(held.get(v.pmid), v))
    before = record.answer.sentence if record else ""
    if not is_dry:
        with db.begin() as tx:
            store.topics.lock(tx, topic.key)
            for start in range(0, len(fresh), _CHUNK):
                store.verdicts.save(tx, list(fresh.values())[start : start + _CHUNK], now)
            conclude(tx, topic, now, why=f"rules {RULES_VERSION}", is_quiet=True)
    return Reassessed(total, changed, before, answer_after, was_applied=not is_dry)


def _judge(articles: Iterable[Article], topic: Topic, total: int, progress: Progress) -> dict[str, Verdict]:
    fresh: dict[str, Verdict] = {}
    for done, article in enumerate(articles, 1):
        fresh[article.pmid] = evidence.assess(article, topic)
        if done % 50 == 0 or done == total:
            progress(done, total, f"judging {topic.name}")
    return fresh


def _answer(tx: Tx, topic: Topic, fresh: dict[str, Verdict], now: datetime) -> str:
    """The sentence that the topic would have with these verdicts."""
    screened = store.screenings.current(tx, topic.key)
    bearing = [
        v.pmid
        for v in fresh.values()
        if v.relevance.is_match or v.design in store.verdicts.BEARING or v.pmid in screened
    ]
    held = store.articles.known(tx, bearing)
    judged = [Judged(held[pmid], fresh[pmid], screened.get(pmid)) for pmid in bearing]
    links: Sequence[TrialLink] = store.screenings.links(tx, topic.key)
    return evidence.answer(topic, judged, links, now.date()).sentence


def _differs(old: Verdict | None, new: Verdict) -> bool:
    """True when design, level, role or bearing is another; a new score alone is not worth a line."""
    if old is None:
        return True
    told = (old.design, old.level, old.role, old.relevance.is_match)
    return told != (new.design, new.level, new.role, new.relevance.is_match)
