"""What only the JSON API returns: the seed and what surrounds it, searches, and lists of what webhooks get singly."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from monitor.model import Access, FreshnessState, SearchKind
from monitor.render.structs import Answer, Change, Count, Digest, Doi, Instant, Pmid, Topic, Url

SeenAt = Annotated[Instant | None, Meta(description="When PubMed last listed any; null if it never has.")]


class ListedArticle(Struct):
    """An article in a list. The searches of the topic need not have found it."""

    pmid: Pmid
    title: Annotated[str, Meta(description="Empty when PubMed returned no summary of it.")]
    journal: str
    year: Count | None
    doi: Doi


class ArticleList(Struct):
    """A list of articles, the first of which are named."""

    total: Count
    seen_at: SeenAt
    named: list[ListedArticle]


class YearCount(Struct):
    """Articles first public in one year."""

    year: Count
    count: Count


class CitedBy(Struct):
    """How many articles cite the seed according to one source, by the year the citing article was first public."""

    source: str
    total: Count
    by_year: list[YearCount]


class FullText(Struct):
    """A place where the full text can be read."""

    provider: str
    url: Url
    access: Access


class SeedDetails(Struct):
    """The seed, the articles that cite it, and its related articles in PubMed."""

    pmid: Annotated[Pmid | None, Meta(description="Null until it is known.")]
    doi: Doi
    citation: str
    claim: str
    cited_by: list[CitedBy]
    references: ArticleList
    similar: ArticleList
    full_texts: Annotated[list[FullText], Meta(description="Where providers offer the full text, from LinkOut.")]
    full_texts_seen_at: SeenAt
    asked_at: Annotated[Instant | None, Meta(description="When PubMed last answered all of it; null if it never has.")]


class Search(Struct):
    """A search strategy as it is run, and its state."""

    name: str
    kind: SearchKind
    query: Annotated[str, Meta(description="As sent to PubMed.")]
    translation: Annotated[str, Meta(description="How PubMed interpreted it.")]
    count: Annotated[Count | None, Meta(description="How many articles the last poll matched.")]
    freshness: FreshnessState
    last_success_at: Instant | None
    failures_in_row: Count
    next_due_at: Instant


class TopicDetails(Topic):
    """A topic with its current answer and its searches."""

    answer: Annotated[Answer | None, Meta(description="The current answer; null before the first poll.")]
    articles: Annotated[Count, Meta(description="How many articles its searches match.")]
    searches: list[Search]


class Topics(Struct):
    """Every topic."""

    topics: list[Topic]


class Answers(Struct):
    """The history of a topic's answer, oldest first."""

    answers: list[Answer]


class Changes(Struct):
    """The latest changes, newest first."""

    changes: list[Change]


class Digests(Struct):
    """The latest digests, newest first."""

    digests: list[Digest]


class Error(Struct):
    """Why a request was refused."""

    error: Annotated[str, Meta(description="A sentence for people.")]
