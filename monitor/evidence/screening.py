"""What a person decides over the rules: a verdict, its retraction, and which reports are one trial.

Each decision is one transaction that ends with a new answer where it changes the answer, which readers are told.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from monitor import evidence, store
from monitor.errors import ConfigError
from monitor.evidence.conclude import conclude
from monitor.language.messages import message
from monitor.model import (
    AnswerRecord,
    Article,
    Control,
    Design,
    Direction,
    Role,
    Statement,
    Topic,
    TrialLink,
    Verdict,
)
from monitor.store import Database

_MAIN = frozenset({Design.RANDOMIZED, Design.CONTROLLED})
_ROLES = {
    Design.PROTOCOL: Role.PROTOCOL,
    Design.SECONDARY_ANALYSIS: Role.SECONDARY_ANALYSIS,
    Design.ERRATUM: Role.ERRATUM,
}
_APPRAISED = message("change", "%(person)s appraised PMID %(pmid)s: %(reason)s")
_WITHDREW = message("change", "%(person)s withdrew the appraisal of PMID %(pmid)s")
_JOINED = message("change", "%(person)s: PMID %(pmid)s and PMID %(other)s are one trial: %(reason)s")
_SPLIT = message("change", "%(person)s: PMID %(pmid)s and PMID %(other)s are not one trial: %(reason)s")
_UNLINKED = message("change", "%(person)s took back what was said of PMID %(pmid)s and PMID %(other)s")
_SAYS = message("why not this question", "%(person)s: %(reason)s")


def article_of(db: Database, topic: Topic, pmid: str) -> Article:
    """The stored article; raises ConfigError with what to do when it is not held."""
    with db.read() as tx:
        held = store.articles.known(tx, [pmid]).get(pmid)
    if held is None:
        raise ConfigError(
            f"PMID {pmid} is not stored for {topic.name}. Only articles that a search found can be judged."
        )
    return held


def verdict_of_person(
    topic: Topic, article: Article, design: Design, *, is_match: bool, by: str, because: str
) -> Verdict:
    """A person's verdict: the rules' reading of the record with the design and the bearing that the person gives it."""
    read = evidence.assess(article, topic)
    role = Role.MAIN_RESULT if design in _MAIN else _ROLES.get(design)
    bearing = replace(read.relevance, is_match=is_match, why_not="" if is_match else _SAYS(person=by, reason=because))
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
        return conclude(tx, topic, now, why=_APPRAISED(person=verdict.by, pmid=verdict.pmid, reason=verdict.because))


def retract_screening(db: Database, topic: Topic, pmid: str, by: str, now: datetime) -> AnswerRecord | None:
    """Take a person's verdict back, so that the rules' counts again; raises ConfigError when there is none."""
    with db.begin() as tx:
        store.topics.lock(tx, topic.key)
        if not store.screenings.retract(tx, topic.key, pmid, by, now):
            raise ConfigError(f"Nobody has screened PMID {pmid} for {topic.name}.")
        return conclude(tx, topic, now, why=_WITHDREW(person=by, pmid=pmid))


def link(db: Database, topic: Topic, decision: TrialLink, now: datetime) -> AnswerRecord | None:
    """Record that two reports are one trial, or are not; it outranks every other tie."""
    if decision.pmid == decision.other_pmid:
        raise ConfigError(f"PMID {decision.pmid} is one report. Name another to join it with, or to split it from.")
    for pmid in (decision.pmid, decision.other_pmid):
        article_of(db, topic, pmid)
    with db.begin() as tx:
        store.topics.lock(tx, topic.key)
        store.screenings.add_link(tx, topic.key, decision, now)
        told = _JOINED if decision.joined else _SPLIT
        why = told(person=decision.by, pmid=decision.pmid, other=decision.other_pmid, reason=decision.because)
        return conclude(tx, topic, now, why=why)


def unlink(db: Database, topic: Topic, pmid: str, other: str, by: str, now: datetime) -> AnswerRecord | None:
    """Take back what was said of two reports, so that the rules tie them or not; raises ConfigError without any."""
    with db.begin() as tx:
        store.topics.lock(tx, topic.key)
        if not store.screenings.retract_link(tx, topic.key, pmid, other, by, now):
            raise ConfigError(f"Nobody has joined or split PMID {pmid} and PMID {other} for {topic.name}.")
        return conclude(tx, topic, now, why=_UNLINKED(person=by, pmid=pmid, other=other))
