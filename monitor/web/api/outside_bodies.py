"""What the JSON API returns of sources besides PubMed: registry entries, preprints, citing works, and their state."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from msgspec import Meta, Struct

from monitor.model import FreshnessState, RegistryStatus, SourceName
from monitor.render.structs import Count, Doi, Instant, Pmid


class Source(Struct):
    """A source besides PubMed that is switched on, and its state."""

    name: SourceName
    freshness: FreshnessState
    last_success_at: Instant | None
    failures_in_row: Count
    next_due_at: Instant


class RegistryEntry(Struct):
    """A trial as a registry shows it."""

    source: SourceName
    number: str
    other_numbers: Annotated[list[str], Meta(description="Its numbers in other registries.")]
    title: str
    url: str
    status: RegistryStatus
    is_of_question: Annotated[bool, Meta(description="Whether it is a controlled trial of the question, by the rules.")]
    registered_on: date | None
    primary_completion: Annotated[str, Meta(description="As the registry writes it: 2015, 2015-06 or 2015-06-30.")]
    enrolment: Annotated[int | None, Meta(description="In people.")]
    has_results: Annotated[bool, Meta(description="Whether the registry shows results.")]
    why_stopped: str
    pmids: Annotated[list[Pmid], Meta(description="The articles that the registry names.")]


class Preprint(Struct):
    """A preprint: nobody has reviewed it."""

    id: Annotated[str, Meta(description="Europe PMC's.")]
    doi: Doi
    title: str
    server: str
    posted_on: date | None
    is_trial: Annotated[bool, Meta(description="Whether it is a randomised trial of the question, by the rules.")]
    is_withdrawn: bool
    article_pmid: Annotated[Pmid | None, Meta(description="The article that it became.")]
    article_doi: str


class SeenBy(Struct):
    """Who lists a citation, and since when."""

    source: SourceName
    at: Instant


class CitingWork(Struct):
    """A work that cites the seed and that PubMed does not have."""

    title: str
    dois: list[str]
    year: int | None
    kind: str
    seen_by: list[SeenBy]


class OtherSources(Struct):
    """What sources besides PubMed hold of a topic."""

    sources: list[Source]
    registry_entries: list[RegistryEntry]
    preprints: list[Preprint]
    citing_works: list[CitingWork]
