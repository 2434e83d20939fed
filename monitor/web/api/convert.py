"""Structs of the JSON API from the values of the pages; those from `monitor.model` alone are in `render.as_json`."""

from __future__ import annotations

from monitor import model
from monitor.render import outside_structs, structs
from monitor.render.as_json import answer, instant_or_none, topic
from monitor.web.pages.other_sources import OtherSources, SourceHealth
from monitor.web.pages.seed_card import CitedBy, SeedCard
from monitor.web.pages.seed_context import ArticleList
from monitor.web.pages.topic import SearchHealth


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
        full_texts_seen_at=instant_or_none(context.full_texts_seen_at),
        asked_at=instant_or_none(context.asked_at),
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
    return structs.ArticleList(value.total, instant_or_none(value.seen_at), named)


def other_sources(value: OtherSources) -> outside_structs.OtherSources:
    """What sources besides PubMed hold of a topic."""
    return outside_structs.OtherSources(
        sources=[source(each) for each in value.sources],
        registry_entries=[
            *(registry_entry(each, is_of_question=True) for each in value.trials),
            *(registry_entry(each, is_of_question=False) for each in value.entries),
        ],
        preprints=[preprint(each) for each in value.preprints],
        citing_works=[citing_work(each) for each in value.works],
    )


def source(value: SourceHealth) -> outside_structs.Source:
    """A source and its state."""
    return outside_structs.Source(
        name=value.state.source,
        freshness=value.freshness.state,
        last_success_at=instant_or_none(value.state.last_success_at),
        failures_in_row=value.state.failures_in_row,
        next_due_at=value.state.due_at.isoformat(),
    )


def registry_entry(value: model.RegistryEntry, *, is_of_question: bool) -> outside_structs.RegistryEntry:
    """A trial as a registry shows it."""
    return outside_structs.RegistryEntry(
        source=value.source,
        number=value.number,
        other_numbers=list(value.other_numbers),
        title=value.title,
        url=value.url,
        status=value.status,
        is_of_question=is_of_question,
        registered_on=value.registered_on,
        primary_completion=value.primary_completion.written if value.primary_completion else "",
        enrolment=value.enrolment,
        has_results=value.has_results,
        why_stopped=value.why_stopped,
        pmids=[each.pmid for each in value.references if each.pmid],
    )


def preprint(value: model.HeldPreprint) -> outside_structs.Preprint:
    """A preprint, and its article where that is known."""
    held = value.preprint
    return outside_structs.Preprint(
        id=held.id,
        doi=held.doi,
        title=held.title,
        server=held.server,
        posted_on=held.posted_on,
        is_trial=value.is_trial,
        is_withdrawn=held.is_withdrawn,
        article_pmid=(held.article.pmid if held.article else "") or None,
        article_doi=held.article.doi if held.article else "",
    )


def citing_work(value: model.ListedWork) -> outside_structs.CitingWork:
    """A work outside PubMed that cites the seed, with who lists it."""
    work = value.work
    seen = [outside_structs.SeenBy(each.source, each.at.isoformat()) for each in value.seen_by]
    return outside_structs.CitingWork(
        title=work.title, dois=list(work.dois), year=work.year, kind=work.kind, seen_by=seen
    )


def search(value: SearchHealth) -> structs.Search:
    """A search as it is run, and its state."""
    return structs.Search(
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
