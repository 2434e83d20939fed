"""Structs of the JSON API and of webhooks from the values of `monitor.model`."""

from __future__ import annotations

from datetime import datetime

from monitor import model
from monitor.model import Direction, Statement
from monitor.render import structs, urls


def topic(value: model.Topic, url: str) -> structs.Topic:
    """A topic; `url` is where the site is."""
    return structs.Topic(
        key=value.key,
        name=value.name,
        question=value.question.text,
        seed=structs.Seed(value.seed.doi, value.seed.citation, value.seed.claim) if value.seed else None,
        page=urls.topic_page(url, value.key),
    )


def answer(record: model.AnswerRecord) -> structs.Answer:
    """An answer with its trials and its reasons."""
    value = record.answer
    return structs.Answer(
        at=record.at.isoformat(),
        previous=record.previous,
        is_baseline=record.is_baseline,
        state=value.state,
        sentence=value.sentence,
        since=value.since,
        lines=list(value.lines),
        association=value.association,
        is_appraised=value.appraised,
        causes=list(value.causes),
        basis=list(value.basis),
        rules_version=value.rules_version,
        trials=[trial(each) for each in value.trials],
        silent_trials=[trial(each) for each in value.silent_trials],
    )


def trial(value: model.Trial) -> structs.Trial:
    """A trial with its reports; its direction is "not stated" where no sentence states one."""
    statement = value.statement or Statement(Direction.NOT_STATED, "", "")
    return structs.Trial(
        key=value.key,
        name=value.name,
        registry_numbers=list(value.numbers),
        is_randomized=value.randomized,
        control=value.control,
        blinding=value.blinding,
        sample_size=value.sample_size,
        status=value.status,
        registry_status=value.registry,
        direction=statement.direction,
        quote=statement.sentence,
        first_public_on=value.first_public_on,
        flags=list(value.flags),
        appraised_by=value.appraised_by,
        reports=[report(each) for each in value.reports],
    )


def report(value: model.TrialReport) -> structs.Report:
    """One article about a trial."""
    return structs.Report(
        pmid=value.pmid,
        role=value.role,
        title=value.title,
        journal=value.journal,
        first_public_on=value.first_public_on,
        doi=value.doi,
        why=value.why,
    )


def change(value: model.Change, article: model.Article | None) -> structs.Change:
    """One change; `article` is the one it concerns, None for a change of the answer, a search or the question."""
    return structs.Change(
        id=value.id,
        kind=value.kind,
        at=value.at.isoformat(),
        pmid=value.pmid or None,
        title=article.title if article else None,
        search=value.search,
        why=value.why,
        revisions=[structs.Revision(each.field, each.old, each.new) for each in value.revisions],
        merged_into=value.merged_into or None,
        item=outside_item(value.item) if value.item else None,
    )


def outside_item(value: model.OutsideItem) -> structs.OutsideItem:
    """What PubMed does not hold: a registry entry, a preprint, a citing work."""
    return structs.OutsideItem(
        key=value.key,
        title=value.title,
        url=value.url,
        source=value.source,
        sentences=list(value.sentences),
        details=value.details,
        on=value.on,
        pmids=list(value.pmids),
    )


def article(value: model.Article, by_rules: model.Verdict | None, by_person: model.Verdict | None) -> structs.Article:
    """The record of an article with the verdict of the rules and that of a person."""
    return structs.Article(
        pmid=value.pmid,
        doi=value.doi,
        pmcid=value.pmcid,
        title=value.title,
        authors=[str(author) for author in value.authors],
        journal=value.journal,
        first_public_on=value.first_public_on,
        publication_types=[kind.name for kind in value.publication_types],
        registry_numbers=list(value.registry_numbers),
        is_retracted=value.is_retracted,
        verdict=verdict(by_rules) if by_rules else None,
        screening=verdict(by_person) if by_person else None,
    )


def verdict(value: model.Verdict) -> structs.Verdict:
    """A verdict with the rules that matched."""
    return structs.Verdict(
        design=value.design,
        level=value.level,
        role=value.role,
        is_relevant=value.relevance.is_match,
        why_not_relevant=value.relevance.why_not,
        score=value.score,
        by=value.by,
        because=value.because,
        rules_version=value.rules_version,
        basis=[structs.MatchedRule(each.rule, each.field, each.words) for each in value.basis],
    )


def digest(value: model.ArchivedDigest, url: str) -> structs.Digest:
    """One digest of the archive; `url` is where the site is."""
    return structs.Digest(
        id=value.id,
        kind=value.kind,
        frequency=value.frequency,
        since=instant_or_none(value.since),
        until=value.until.isoformat(),
        subject=value.subject,
        answer_changed=value.answer_changed,
        page=urls.digest_page(url, value.id),
    )


def instant_or_none(at: datetime | None) -> structs.Instant | None:
    """An instant as text, None for none."""
    return at.isoformat() if at else None
