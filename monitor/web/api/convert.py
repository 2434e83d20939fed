"""Structs of the JSON API from the values of the pages; those from `monitor.model` alone are in `render.as_json`."""

from __future__ import annotations

from monitor import model
from monitor.render.as_json import answer, instant_or_none, topic
from monitor.web.api import bodies
from monitor.web.pages.seed_card import CitedBy, SeedCard
from monitor.web.pages.seed_context import ArticleList
from monitor.web.pages.topic import SearchHealth


def topic_details(
    value: model.Topic, url: str, record: model.AnswerRecord | None, articles: int, searches: list[SearchHealth]
) -> bodies.TopicDetails:
    """A topic with its current answer, the number of articles its searches match, and the searches."""
    listed = topic(value, url)
    return bodies.TopicDetails(
        key=listed.key,
        name=listed.name,
        question=listed.question,
        seed=listed.seed,
        page=listed.page,
        answer=answer(record) if record else None,
        articles=articles,
        searches=[search(each) for each in searches],
    )


def seed_details(value: SeedCard) -> bodies.SeedDetails:
    """The seed as its card shows it."""
    context = value.context
    return bodies.SeedDetails(
        pmid=value.pmid or None,
        doi=value.seed.doi,
        citation=value.seed.citation,
        claim=value.seed.claim,
        cited_by=[cited_by(each) for each in value.cited_by],
        references=article_list(context.references),
        similar=article_list(context.similar),
        full_texts=[bodies.FullText(each.provider, each.url, each.access) for each in context.full_texts],
        full_texts_seen_at=instant_or_none(context.full_texts_seen_at),
        asked_at=instant_or_none(context.asked_at),
    )


def cited_by(value: CitedBy) -> bodies.CitedBy:
    """The citation counts of one source, without years that have none."""
    years = [bodies.YearCount(bar.year, bar.count) for bar in value.bars if bar.count]
    return bodies.CitedBy(value.source, value.total, years)


def article_list(value: ArticleList) -> bodies.ArticleList:
    """A list of articles, the first of which are named."""
    named = [
        bodies.ListedArticle(each.pmid, each.title, each.journal, each.year, each.doi)
        for each in (listed.summary for listed in value.named)
    ]
    return bodies.ArticleList(value.total, instant_or_none(value.seen_at), named)


def search(value: SearchHealth) -> bodies.Search:
    """A search as it is run, and its state."""
    return bodies.Search(
        name=value.search.name,
        kind=value.search.kind,
        query=value.state.query,
        translation=value.state.translation,
        count=value.last_poll.count if value.last_poll else None,
        freshness=value.freshness.state,
        last_success_at=instant_or_none(value.state.last_success_at),
        failures_in_row=value.state.failures_in_row,
        next_due_at=value.state.due_at.isoformat(),
    )
