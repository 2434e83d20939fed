"""Seed context: the articles that PubMed links to a seed, shown on its card; they do not affect answers or digests."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Access(StrEnum):
    """The access to a full text, as stated by its provider."""

    FREE = "free"
    PAID = "subscription or fee"
    NOT_STATED = "access not said"


@dataclass(frozen=True, slots=True)
class FullText:
    """A full text listed by LinkOut; `url` is http or https."""

    provider: str
    url: str
    access: Access = Access.NOT_STATED


@dataclass(frozen=True, slots=True)
class FullTextResult:
    """A LinkOut response for several articles: the full texts by PMID, () where there are none."""

    links: dict[str, tuple[FullText, ...]]
    requests: int = 1


@dataclass(frozen=True, slots=True)
class ArticleSummary:
    """An article as shown in a list, without its record; `title_html` as in Article, `year` None if unknown."""

    pmid: str
    title: str
    title_html: str = ""
    journal: str = ""
    year: int | None = None
    doi: str = ""


@dataclass(frozen=True, slots=True)
class RelatedArticles:
    """PMIDs linked to a seed, in display order; `seen_at` is the time of the last response that had any."""

    pmids: tuple[str, ...] = ()
    seen_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class SeedContext:
    """The context of one seed as last seen.

    `asked_at` is the time of the last complete update, also if it found nothing.
    """

    seed: str
    references: RelatedArticles = RelatedArticles()
    similar: RelatedArticles = RelatedArticles()
    full_texts: tuple[FullText, ...] = ()
    full_texts_seen_at: datetime | None = None
    asked_at: datetime | None = None
