"""Who cites an article, as citation indexes other than PubMed's answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from monitor.model.outside.source_name import SourceName


@dataclass(frozen=True, slots=True)
class CitingWork:
    """A work that cites the seed, as one index knows it.

    `key` is the index's own name for it ("PPR:PPR123", "W2741809807", "omid:br/061"). `dois` are in lower case; a work
    may have several, an article's and its preprint's. `kind` is what the index calls it ("preprint", "book").
    `is_clinical`: the index says that it is a clinical article.
    """

    key: str
    pmid: str = ""
    dois: tuple[str, ...] = ()
    title: str = ""
    authors: str = ""
    year: int | None = None
    kind: str = ""
    is_clinical: bool = False


@dataclass(frozen=True, slots=True)
class CitedBy:
    """The answer of one index about one article: the works it lists, and how many it says there are.

    `is_known`: the index knows the article at all; no works of an article that is not known is no answer. `remark` is
    what the operator should know of the answer, "" for nothing; `requests` were made for it.
    """

    works: tuple[CitingWork, ...]
    count: int
    is_known: bool = True
    remark: str = ""
    requests: int = 0


@dataclass(frozen=True, slots=True)
class SeenBy:
    """That an index lists a work, under its own name `key` for it, and when it was first seen to."""

    source: SourceName
    key: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ListedWork:
    """A work that indexes list as citing a topic's seed: what all of them know of it, as one work.

    `key` identifies it for good ("pmid:12", "doi:10.1/a", "openalex:W1"), whatever becomes known of it later.
    `work.pmid` is confirmed by PubMed's own record, "" while PubMed has none; `seen_by` has the first index first.
    `is_news`: readers are to be told of it, as an article of PubMed or, at `told_at`, as a work outside PubMed.
    PubMed has been asked for its DOIs `lookups` times and is asked again at `lookup_at`, None without a DOI.
    """

    key: str
    work: CitingWork
    seen_by: tuple[SeenBy, ...]
    is_news: bool = False
    told_at: datetime | None = None
    lookups: int = 0
    lookup_at: datetime | None = None
