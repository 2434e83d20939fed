"""Structs of the JSON API from the values of `monitor.model` and of the pages."""

from __future__ import annotations

from datetime import datetime

from monitor import model
from monitor.model import Direction, Statement
from monitor.render import urls
from monitor.web.api import structs
from monitor.web.pages.seed_card import Card, CitedBy
from monitor.web.pages.seed_context import Entries
from monitor.web.pages.topic import Health


def topic(one: model.Topic, url: str) -> structs.Topic:
    """A topic; `url` is where the site is."""
    return structs.Topic(
        key=one.key,
        name=one.name,
        question=one.question.text,
        seed=structs.Seed(one.seed.doi, one.seed.citation, one.seed.claim) if one.seed else None,
        page=urls.topic_page(url, one.key),
    )


def topic_details(
    one: model.Topic, url: str, record: model.AnswerRecord | None, articles: int, searches: list[Health]
) -> structs.TopicDetails:
    """A topic with its current answer, the number of articles its searches match, and the searches."""
    listed = topic(one, url)
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


def seed_details(one: Card) -> structs.SeedDetails:
    """The seed as its card shows it."""
    around = one.around
    return structs.SeedDetails(
        pmid=one.pmid or None,
        doi=one.seed.doi,
        citation=one.seed.citation,
        claim=one.seed.claim,
        cited_by=[cited_by(each) for each in one.cited_by],
        references=article_list(around.references),
        similar=article_list(around.similar),
        full_texts=[structs.FullText(each.provider, each.url, each.access) for each in around.full_texts],
        full_texts_seen_at=_instant_or_none(around.full_texts_seen_at),
        asked_at=_instant_or_none(around.asked_at),
    )


def cited_by(one: CitedBy) -> structs.CitedBy:
    """The citation counts of one source, without years that have none."""
    years = [structs.YearCount(bar.year, bar.count) for bar in one.bars if bar.count]
    return structs.CitedBy(one.source, one.total, years)


def article_list(one: Entries) -> structs.ArticleList:
    """A list of articles, the first of which are named."""
    named = [
        structs.ListedArticle(each.pmid, each.title, each.journal, each.year, each.doi)
        for each in (entry.told for entry in one.named)
    ]
    return structs.ArticleList(one.total, _instant_or_none(one.seen_at), named)


def search(one: Health) -> structs.Search:
    """A search as it is run, and its state."""
    return structs.Search(
        name=one.search.name,
        kind=one.search.kind,
        query=one.state.query,
        translation=one.state.translation,
        count=one.last_poll.count if one.last_poll else None,
        freshness=one.freshness.state,
        last_success_at=_instant_or_none(one.state.last_success_at),
        failures_in_row=one.state.failures_in_row,
        next_due_at=one.state.due_at.isoformat(),
    )


def answer(record: model.AnswerRecord) -> structs.Answer:
    """An answer with its trials and its reasons."""
    one = record.answer
    return structs.Answer(
        at=record.at.isoformat(),
        previous=record.previous,
        is_baseline=record.is_baseline,
        state=one.state,
        sentence=one.sentence,
        since=one.since,
        lines=list(one.lines),
        association=one.association,
        is_appraised=one.appraised,
        causes=list(one.causes),
        basis=list(one.basis),
        rules_version=one.rules_version,
        trials=[trial(each) for each in one.trials],
        silent_trials=[trial(each) for each in one.silent_trials],
    )


def trial(one: model.Trial) -> structs.Trial:
    """A trial with its reports; its direction is "not stated" where no sentence states one."""
    statement = one.statement or Statement(Direction.NOT_STATED, "", "")
    return structs.Trial(
        key=one.key,
        name=one.name,
        registry_numbers=list(one.numbers),
        is_randomized=one.randomized,
        control=one.control,
        blinding=one.blinding,
        sample_size=one.sample_size,
        status=one.status,
        direction=statement.direction,
        quote=statement.sentence,
        first_public_on=one.first_public_on,
        flags=list(one.flags),
        appraised_by=one.appraised_by,
        reports=[report(each) for each in one.reports],
    )


def report(one: model.TrialReport) -> structs.Report:
    """One article about a trial."""
    return structs.Report(
        pmid=one.pmid,
        role=one.role,
        title=one.title,
        journal=one.journal,
        first_public_on=one.first_public_on,
        doi=one.doi,
        why=one.why,
    )


def change(one: model.Change, article: model.Article | None) -> structs.Change:
    """One change; `article` is the one it concerns, None for a change of the answer."""
    return structs.Change(
        id=one.id,
        kind=one.kind,
        at=one.at.isoformat(),
        pmid=one.pmid or None,
        title=article.title if article else None,
        search=one.search,
        why=one.why,
        revisions=[structs.Revision(each.field, each.old, each.new) for each in one.revisions],
    )


def article(one: model.Article, by_rules: model.Verdict | None, by_person: model.Verdict | None) -> structs.Article:
    """The record of an article with the verdict of the rules and that of a person."""
    return structs.Article(
        pmid=one.pmid,
        doi=one.doi,
        pmcid=one.pmcid,
        title=one.title,
        authors=[str(author) for author in one.authors],
        journal=one.journal,
        first_public_on=one.first_public_on,
        publication_types=[kind.name for kind in one.publication_types],
        registry_numbers=list(one.registry_numbers),
        is_retracted=one.is_retracted,
        verdict=verdict(by_rules) if by_rules else None,
        screening=verdict(by_person) if by_person else None,
    )


def verdict(one: model.Verdict) -> structs.Verdict:
    """A verdict with the rules that matched."""
    return structs.Verdict(
        design=one.design,
        level=one.level,
        role=one.role,
        is_relevant=one.relevance.is_match,
        why_not_relevant=one.relevance.why_not,
        score=one.score,
        by=one.by,
        because=one.because,
        rules_version=one.rules_version,
        basis=[structs.MatchedRule(each.rule, each.field, each.words) for each in one.basis],
    )


def digest(one: model.ArchivedDigest, url: str) -> structs.Digest:
    """One digest of the archive; `url` is where the site is."""
    return structs.Digest(
        id=one.id,
        kind=one.kind,
        frequency=one.frequency,
        since=_instant_or_none(one.since),
        until=one.until.isoformat(),
        subject=one.subject,
        answer_changed=one.answer_changed,
        page=urls.digest_page(url, one.id),
    )


def _instant_or_none(at: datetime | None) -> structs.Instant | None:
    return at.isoformat() if at else None
