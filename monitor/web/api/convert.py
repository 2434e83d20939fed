"""Structs of the JSON API from the values of `monitor.model` and of the pages."""

from __future__ import annotations

from datetime import datetime

from monitor import model
from monitor.model import Direction, Statement
from monitor.render import urls
from monitor.web.api import structs
from monitor.web.pages.seed_card import CitedBy, SeedCard
from monitor.web.pages.seed_context import ArticleList
from monitor.web.pages.topic import SearchHealth


def topic(value: model.Topic, url: str) -> structs.Topic:
    """A topic; `url` is where the site is."""
    return structs.Topic(
        key=value.key,
        name=value.name,
        question=value.question.text,
        seed=structs.Seed(value.seed.doi, value.seed.citation, value.seed.claim) if value.seed else None,
        page=urls.topic_page(url, value.key),
    )


def topic_details(
    value: model.Topic, url: str, record: model.AnswerRecord | None, articles: int, searches: list[SearchHealth]
) -> structs.TopicDetails:
    """A topic with its current answer, the number of articles its searches match, and the searches."""
    listed = topic(value, url)
    return structs.TopicDetails(
        key=listed.key,
        name=listed.name,
        question=listed.question,
        seed=listed.seed,
        page=listed.page,
        answer=answer(record) if record else None,
        articles=articles,
        searches=[search(each) for each in searches],
    )


def seed_details(value: SeedCard) -> structs.SeedDetails:
    """The seed as its card shows it."""
    context = value.context
    return structs.SeedDetails(
        pmid=value.pmid or None,
        doi=value.seed.doi,
        citation=value.seed.citation,
        claim=value.seed.claim,
        cited_by=[cited_by(each) for each in value.cited_by],
        references=article_list(context.references),
        similar=article_list(context.similar),
        full_texts=[structs.FullText(each.provider, each.url, each.access) for each in context.full_texts],
        full_texts_seen_at=_instant_or_none(context.full_texts_seen_at),
        asked_at=_instant_or_none(context.asked_at),
    )


def cited_by(value: CitedBy) -> structs.CitedBy:
    """The citation counts of one source, without years that have none."""
    years = [structs.YearCount(bar.year, bar.count) for bar in value.bars if bar.count]
    return structs.CitedBy(value.source, value.total, years)


def article_list(value: ArticleList) -> structs.ArticleList:
    """A list of articles, the first of which are named."""
    named = [
        structs.ListedArticle(each.pmid, each.title, each.journal, each.year, each.doi)
        for each in (listed.summary for listed in value.named)
    ]
    return structs.ArticleList(value.total, _instant_or_none(value.seen_at), named)


def search(value: SearchHealth) -> structs.Search:
    """A search as it is run, and its state."""
    return structs.Search(
        name=value.search.name,
        kind=value.search.kind,
        query=value.state.query,
        translation=value.state.translation,
        count=value.last_poll.count if value.last_poll else None,
        freshness=value.freshness.state,
        last_success_at=_instant_or_none(value.state.last_success_at),
        failures_in_row=value.state.failures_in_row,
        next_due_at=value.state.due_at.isoformat(),
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
        since=_instant_or_none(value.since),
        until=value.until.isoformat(),
        subject=value.subject,
        answer_changed=value.answer_changed,
        page=urls.digest_page(url, value.id),
    )


def _instant_or_none(at: datetime | None) -> structs.Instant | None:
    return at.isoformat() if at else None
