"""Surroundings: what PubMed ties to a seed. Told on its card; never matched, judged or announced."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Access(StrEnum):
    """What the provider of a full text says of getting at it."""

    FREE = "free"
    PAID = "subscription or fee"
    NOT_STATED = "access not said"


@dataclass(frozen=True, slots=True)
class FullText:
    """One place where a provider says the full text is, as LinkOut tells; `url` is http or https."""

    provider: str
    url: str
    access: Access = Access.NOT_STATED


@dataclass(frozen=True, slots=True)
class FullTextResult:
    """LinkOut's answer for several articles at once: full texts per PMID, none where it knows none."""

    links: dict[str, tuple[FullText, ...]]
    requests: int = 1


@dataclass(frozen=True, slots=True)
class ArticleSummary:
    """What a list says of an article that we need not hold; `title_html` as in Article, `year` None when unknown."""

    pmid: str
    title: str
    title_html: str = ""
    journal: str = ""
    year: int | None = None
    doi: str = ""


@dataclass(frozen=True, slots=True)
class RelatedArticles:
    """PMIDs tied to a seed in one way, in the order to show; `seen_at` is PubMed's last answer that named any."""

    pmids: tuple[str, ...] = ()
    seen_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class SeedContext:
    """What PubMed has told of one seed so far.

    `asked_at` is when it last answered all of it, whether or not there was anything to tell.
    """

    seed: str
    references: RelatedArticles = RelatedArticles()
    similar: RelatedArticles = RelatedArticles()
    full_texts: tuple[FullText, ...] = ()
    full_texts_seen_at: datetime | None = None
    asked_at: datetime | None = None
