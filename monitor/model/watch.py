"""Poll, Change, Revision, Citation: what watching produces."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from monitor.model.article import Article, Notice


class Outcome(StrEnum):
    """How a Poll ended. INCOMPLETE: believed, but some listed records could not be read and will be asked again."""

    OK = "ok"
    INCOMPLETE = "incomplete"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class SearchResult:
    """PubMed's complete and checked answer to one query.

    `pmids` is the full set; `translation` is PubMed's QueryTranslation; `warnings` are
    FieldNotFound, PhraseNotFound, QuotedPhraseNotFound and the like in PubMed's words.
    """

    pmids: frozenset[str]
    count: int
    query_sent: str
    translation: str = ""
    warnings: tuple[str, ...] = ()
    requests: int = 1


@dataclass(frozen=True, slots=True)
class LinkResult:
    """ELink's answer for several articles at once: target PMIDs per source PMID, none where there are none.

    `in_order` has them in the order of the answer, which for similar articles is the closest first.
    """

    in_order: dict[str, tuple[str, ...]]
    link_name: str
    requests: int = 1

    @property
    def links(self) -> dict[str, frozenset[str]]:
        """The targets as sets."""
        return {pmid: frozenset(targets) for pmid, targets in self.in_order.items()}


@dataclass(frozen=True, slots=True)
class FetchResult:
    """What EFetch returned for a list of PMIDs.

    `missing` were asked for and not returned; `unreadable` maps a PMID to why its record could
    not be read. Both stay unheld and are asked for again at the next poll.
    `notes` tell what came without being asked for.
    """

    articles: tuple[Article, ...]
    missing: frozenset[str] = frozenset()
    unreadable: tuple[tuple[str, str], ...] = ()
    requests: int = 0
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Poll:
    """One execution of a Search, with what PRISMA-S asks a searcher to report."""

    topic: str
    search: str
    started_at: datetime
    finished_at: datetime
    outcome: Outcome
    is_baseline: bool = False
    query_sent: str = ""
    translation: str = ""
    count: int | None = None
    new: int = 0
    revised: int = 0
    gone: int = 0
    requests: int = 0
    warnings: tuple[str, ...] = ()
    error: str = ""
    id: int = 0


class ChangeKind(StrEnum):
    """The kinds of thing worth telling."""

    NEW = "new"
    CITING = "citing"
    REVISED = "revised"
    RETRACTED = "retracted"
    CONCERN = "concern"
    CORRECTED = "corrected"
    GONE = "gone"
    ANSWER = "answer"


@dataclass(frozen=True, slots=True)
class Revision:
    """One watched field that differs between two states of an Article, with both values as text."""

    field: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Change:
    """One thing worth telling. `pmid` is "" for an answer change.

    `search` is the search that saw it first; `why` says in words why it is here. `revisions`
    belong to REVISED, `notice` to RETRACTED, CONCERN and CORRECTED, `answer_id` to ANSWER.
    """

    topic: str
    kind: ChangeKind
    at: datetime
    pmid: str = ""
    search: str = ""
    why: str = ""
    revisions: tuple[Revision, ...] = ()
    notice: Notice | None = None
    answer_id: int | None = None
    poll_id: int | None = None
    id: int = 0


@dataclass(frozen=True, slots=True)
class SearchState:
    """What the database knows of one Search: when it is due, how it has been going.

    `warnings_seen` are PubMed's complaints already told to the operator.
    """

    topic: str
    name: str
    due_at: datetime
    query: str = ""
    translation: str = ""
    last_success_at: datetime | None = None
    last_full_check_at: datetime | None = None
    failures_in_row: int = 0
    first_failure_at: datetime | None = None
    last_error: str = ""
    has_baseline: bool = False
    warnings_seen: tuple[str, ...] = ()


class FreshnessState(StrEnum):
    """How current the picture is."""

    CURRENT = "current"
    STALE = "stale"
    BROKEN = "broken"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Freshness:
    """How current one search is, in a state and in a sentence for the search report."""

    topic: str
    search: str
    state: FreshnessState
    sentence: str
    last_success_at: datetime | None = None
