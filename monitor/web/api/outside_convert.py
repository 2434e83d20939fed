"""Structs of the JSON API from what sources besides PubMed hold of a topic."""

from __future__ import annotations

from monitor import model
from monitor.render.as_json import instant_or_none
from monitor.reports.other_sources import OtherSources, SourceHealth
from monitor.web.api import outside_bodies


def other_sources(value: OtherSources) -> outside_bodies.OtherSources:
    """What sources besides PubMed hold of a topic."""
    return outside_bodies.OtherSources(
        sources=[source(each) for each in value.sources],
        registry_entries=[
            *(registry_entry(each, is_of_question=True) for each in value.trials),
            *(registry_entry(each, is_of_question=False) for each in value.entries),
        ],
        preprints=[preprint(each) for each in value.preprints],
        citing_works=[citing_work(each) for each in value.works],
    )


def source(value: SourceHealth) -> outside_bodies.Source:
    """A source and its state."""
    return outside_bodies.Source(
        name=value.state.source,
        freshness=value.freshness.state,
        last_success_at=instant_or_none(value.state.last_success_at),
        failures_in_row=value.state.failures_in_row,
        next_due_at=value.state.due_at.isoformat(),
    )


def registry_entry(value: model.RegistryEntry, *, is_of_question: bool) -> outside_bodies.RegistryEntry:
    """A trial as a registry shows it."""
    return outside_bodies.RegistryEntry(
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


def preprint(value: model.HeldPreprint) -> outside_bodies.Preprint:
    """A preprint, and its article where that is known."""
    held = value.preprint
    return outside_bodies.Preprint(
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


def citing_work(value: model.ListedWork) -> outside_bodies.CitingWork:
    """A work outside PubMed that cites the seed, with who lists it."""
    work = value.work
    seen = [outside_bodies.SeenBy(each.source, each.at.isoformat()) for each in value.seen_by]
    return outside_bodies.CitingWork(
        title=work.title, dois=list(work.dois), year=work.year, kind=work.kind, seen_by=seen
    )
