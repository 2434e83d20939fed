"""Who cites an article, as citation indexes other than PubMed's answer."""

from __future__ import annotations

from dataclasses import dataclass


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
