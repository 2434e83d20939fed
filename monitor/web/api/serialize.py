"""What the JSON API says of each thing: plain objects with names that stay, whatever becomes of the classes inside."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from monitor.model import (
    Answer,
    AnswerRecord,
    ArchivedDigest,
    Article,
    ArticleSummary,
    Change,
    Direction,
    FullText,
    Statement,
    Topic,
    Trial,
    TrialReport,
    Verdict,
)
from monitor.render import urls
from monitor.web.pages.seed_card import Card, CitedBy
from monitor.web.pages.seed_context import Entries
from monitor.web.pages.topic import Health

Shape = dict[str, Any]


def topic(one: Topic, url: str) -> Shape:
    """A topic: what is asked, what is searched, where more is."""
    return {
        "key": one.key,
        "name": one.name,
        "question": one.question.text,
        "seed": {"doi": one.seed.doi, "citation": one.seed.citation, "claim": one.seed.claim} if one.seed else None,
        "page": urls.topic_page(url, one.key),
    }


def seed(one: Card) -> Shape:
    """The seed as its card shows it: who cites it, and what PubMed ties to it, each with when PubMed said so."""
    around = one.around
    return {
        "pmid": one.pmid or None,
        "doi": one.seed.doi,
        "citation": one.seed.citation,
        "claim": one.seed.claim,
        "cited_by": [cited_by(each) for each in one.cited_by],
        "references": entries(around.references),
        "similar": entries(around.similar),
        "full_texts": [full_text(each) for each in around.full_texts],
        "full_texts_seen_at": _instant(around.full_texts_seen_at),
        "asked_at": _instant(around.asked_at),
    }


def cited_by(one: CitedBy) -> Shape:
    """Who one source saw citing the seed, in numbers."""
    years = [{"year": bar.year, "count": bar.count} for bar in one.bars if bar.count]
    return {"source": one.source, "total": one.total, "by_year": years}


def entries(one: Entries) -> Shape:
    """A list of articles, the first of them named."""
    return {"total": one.total, "seen_at": _instant(one.seen_at), "named": [entry(each.told) for each in one.named]}


def entry(one: ArticleSummary) -> Shape:
    """One article in a list."""
    return {"pmid": one.pmid, "title": one.title, "journal": one.journal, "year": one.year, "doi": one.doi}


def full_text(one: FullText) -> Shape:
    """One place where the full text is said to be."""
    return {"provider": one.provider, "url": one.url, "access": one.access}


def search(one: Health) -> Shape:
    """A search as run, and how it is going."""
    return {
        "name": one.search.name,
        "kind": one.search.kind,
        "query": one.state.query,
        "translation": one.state.translation,
        "count": one.last_poll.count if one.last_poll else None,
        "freshness": one.freshness.state,
        "last_success_at": _instant(one.state.last_success_at),
        "failures_in_row": one.state.failures_in_row,
        "next_due_at": _instant(one.state.due_at),
    }


def answer_record(one: AnswerRecord) -> Shape:
    """An answer as it stood from `at` on."""
    return {"at": _instant(one.at), "previous": one.previous, "is_baseline": one.is_baseline, **answer(one.answer)}


def answer(one: Answer) -> Shape:
    """An answer with its trials and its reasons."""
    return {
        "state": one.state,
        "sentence": one.sentence,
        "since": _day(one.since),
        "lines": list(one.lines),
        "association": one.association,
        "is_appraised": one.appraised,
        "causes": list(one.causes),
        "basis": list(one.basis),
        "rules_version": one.rules_version,
        "trials": [trial(each) for each in one.trials],
        "silent_trials": [trial(each) for each in one.silent_trials],
    }


def trial(one: Trial) -> Shape:
    """A trial; `direction` is in the authors' own terms, and `quote` is their sentence."""
    said = one.statement or Statement(Direction.NOT_STATED, "", "")
    return {
        "key": one.key,
        "name": one.name,
        "registry_numbers": list(one.numbers),
        "is_randomized": one.randomized,
        "control": one.control,
        "blinding": one.blinding,
        "sample_size": one.sample_size,
        "status": one.status,
        "direction": said.direction,
        "quote": said.sentence,
        "first_public_on": _day(one.first_public_on),
        "flags": list(one.flags),
        "appraised_by": one.appraised_by,
        "reports": [report(each) for each in one.reports],
    }


def report(one: TrialReport) -> Shape:
    """One article about a trial."""
    return {
        "pmid": one.pmid,
        "role": one.role,
        "title": one.title,
        "journal": one.journal,
        "first_public_on": _day(one.first_public_on),
        "doi": one.doi,
        "why": one.why,
    }


def change(one: Change, about: Article | None) -> Shape:
    """One thing that was worth telling."""
    return {
        "id": one.id,
        "kind": one.kind,
        "at": _instant(one.at),
        "pmid": one.pmid or None,
        "title": about.title if about else None,
        "search": one.search,
        "why": one.why,
        "revisions": [{"field": each.field, "old": each.old, "new": each.new} for each in one.revisions],
    }


def article(one: Article, judged: Verdict | None, screened: Verdict | None) -> Shape:
    """The record of an article (without its abstract, which belongs to its publisher) and what was made of it."""
    return {
        "pmid": one.pmid,
        "doi": one.doi,
        "pmcid": one.pmcid,
        "title": one.title,
        "authors": [str(author) for author in one.authors],
        "journal": one.journal,
        "first_public_on": _day(one.first_public_on),
        "publication_types": [kind.name for kind in one.publication_types],
        "registry_numbers": list(one.registry_numbers),
        "is_retracted": one.is_retracted,
        "verdict": verdict(judged) if judged else None,
        "screening": verdict(screened) if screened else None,
    }


def verdict(one: Verdict) -> Shape:
    """What the rules, or a person, made of an article, and why."""
    return {
        "design": one.design,
        "level": one.level,
        "role": one.role,
        "is_relevant": one.relevance.is_match,
        "why_not_relevant": one.relevance.why_not,
        "score": one.score,
        "by": one.by,
        "because": one.because,
        "rules_version": one.rules_version,
        "basis": [{"rule": each.rule, "field": each.field, "words": each.words} for each in one.basis],
    }


def digest(one: ArchivedDigest, url: str) -> Shape:
    """One line of the archive."""
    return {
        "id": one.id,
        "kind": one.kind,
        "frequency": one.frequency,
        "since": _instant(one.since),
        "until": _instant(one.until),
        "subject": one.subject,
        "answer_changed": one.answer_changed,
        "page": urls.digest_page(url, one.id),
    }


def _instant(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def _day(on: date | None) -> str | None:
    return on.isoformat() if on else None
