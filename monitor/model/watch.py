"""Poll, Change, Revision, Freshness: the results of polling, and those of requests to PubMed."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from monitor.model.article import Article, Notice
from monitor.model.outside.works import OutsideItem
from monitor.model.topic import SearchKind


class Outcome(StrEnum):
    """The outcome of a Poll.

    INCOMPLETE: PubMed answered, but the answer is doubted, or the record of an article could not be read for the first
    time. A record that is known to be unreadable makes no further poll incomplete: it is held as Unread.
    """

    OK = "ok"
    INCOMPLETE = "incomplete"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class SearchResult:
    """PubMed's complete and checked response to one query.

    `pmids` is the full set; `translation` is PubMed's QueryTranslation; `warnings` are
    FieldNotFound, PhraseNotFound, QuotedPhraseNotFound and the like, as texts of PubMed.
    """

    pmids: frozenset[str]
    count: int
    query_sent: str
    translation: str = ""
    warnings: tuple[str, ...] = ()
    requests: int = 1


@dataclass(frozen=True, slots=True)
class LinkResult:
    """An ELink response for several articles: target PMIDs by source PMID, () where there are none.

    `in_order` has them in the order of the response; for similar articles the most similar is first. `refused` says
    why the links of a source could not be read; it is in one of the two.
    """

    in_order: dict[str, tuple[str, ...]]
    link_name: str
    requests: int = 1
    refused: dict[str, str] = field(default_factory=dict)

    @property
    def links(self) -> dict[str, frozenset[str]]:
        """The targets as sets."""
        return {pmid: frozenset(targets) for pmid, targets in self.in_order.items()}


@dataclass(frozen=True, slots=True)
class FetchResult:
    """The result of EFetch for a list of PMIDs.

    `missing` were requested but not returned; `unreadable` has pairs of a PMID and why its record could
    not be read. Both are not stored and are requested again at the next poll.
    `notes` are remarks on records that were returned without being requested.
    """

    articles: tuple[Article, ...]
    missing: frozenset[str] = frozenset()
    unreadable: tuple[tuple[str, str], ...] = ()
    requests: int = 0
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Poll:
    """One execution of a Search, with the details that PRISMA-S asks to report.

    `unread` is how many articles of the search are Unread after it; `doubt` says why the answer was not believed;
    `version` is that of Monitor.
    """

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
    unread: int = 0
    doubt: str = ""
    version: str = ""


class SearchEditKind(StrEnum):
    """What a configuration did to a search. RESTORED: it is named again after it was removed."""

    ADDED = "added"
    CHANGED = "changed"
    REMOVED = "removed"
    RESTORED = "restored"


@dataclass(frozen=True, slots=True)
class SearchEdit:
    """One change of a search by its configuration, as it first took effect at `at` under a `version` of Monitor.

    `strategy` is the query, or what a search by links asks for; `by` is "" where it was not recorded.
    """

    topic: str
    search: str
    at: datetime
    what: SearchEditKind
    kind: SearchKind
    strategy: str
    by: str = ""
    version: str = ""


@dataclass(frozen=True, slots=True)
class Unread:
    """An article that a search of a topic lists and whose record could not be read, `tries` times since `since`.

    `cause` is for the operator. `is_held`: an earlier state of the record is stored. `is_news`: readers are to be
    told; not of what a baseline listed. `missing_since` is when the search first did not list it any more.
    """

    topic: str
    pmid: str
    search: str
    cause: str
    since: datetime
    due_at: datetime
    tries: int = 1
    is_held: bool = False
    is_news: bool = False
    missing_since: datetime | None = None


class ChangeKind(StrEnum):
    """The kinds of reportable changes.

    UNREAD is an article that PubMed lists and whose record could not be read yet. REAPPEARED and MERGED
    follow GONE: held again, and held under another PMID. REINSTATED takes back a retraction. REGISTRY, PREPRINT and
    CITING_OUTSIDE are about an `OutsideItem`.
    """

    NEW = "new"
    CITING = "citing"
    UNREAD = "unread"
    REVISED = "revised"
    RETRACTED = "retracted"
    REINSTATED = "reinstated"
    CONCERN = "concern"
    CORRECTED = "corrected"
    GONE = "gone"
    REAPPEARED = "reappeared"
    MERGED = "merged"
    ANSWER = "answer"
    REGISTRY = "registry"
    PREPRINT = "preprint"
    CITING_OUTSIDE = "citing outside PubMed"
    SEARCH_CHANGED = "search changed"
    QUESTION_CHANGED = "question changed"


@dataclass(frozen=True, slots=True)
class Revision:
    """One watched field that differs between two states of an Article, with both values as text."""

    field: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Change:
    """One reportable change. `pmid` is "" for a change of the answer, of a search, of the question and of an `item`.

    `search` is the search that saw it first; `why` is the reason as text, and the whole sentence for
    SEARCH_CHANGED and QUESTION_CHANGED. `revisions` belong to REVISED, `notice` to RETRACTED, REINSTATED,
    CONCERN and CORRECTED, `answer_id` to ANSWER, `merged_into` (a PMID) to MERGED, `item` to what PubMed does not hold.
    Of CITING, `sources` are who lists the citation (see `store.citations`), and `is_clinical` says that one of them
    calls it a clinical article.
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
    merged_into: str = ""
    id: int = 0
    item: OutsideItem | None = None
    sources: tuple[str, ...] = ()
    is_clinical: bool = False


@dataclass(frozen=True, slots=True)
class SearchState:
    """The stored state of one Search: when it is due, and the results of its polls.

    `warnings_seen` are PubMed's warnings that were already reported to the operator. `doubt` says since `doubt_since`
    why the last answer is not believed, "" while it is; `translation`, `warnings_seen` and `last_success_at` are those
    of the last answer that was. `polls_ended` counts all polls, failed ones too.
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
    doubt: str = ""
    doubt_since: datetime | None = None
    polls_ended: int = 0


class FreshnessState(StrEnum):
    """How current the results of a search are."""

    CURRENT = "current"
    STALE = "stale"
    BROKEN = "broken"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Freshness:
    """How current one search is, as a state and as a sentence for the search report.

    `doubt` says why the last answer of PubMed was not believed, since `doubt_since`; such a search is stale.
    """

    topic: str
    search: str
    state: FreshnessState
    sentence: str
    last_success_at: datetime | None = None
    doubt: str = ""
    doubt_since: datetime | None = None
