"""What the work layer needs from the outside world, as protocols, so that tests can supply their own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Protocol, TypeVar

from monitor.errors import ConflictError
from monitor.model import (
    ChannelMessage,
    FetchResult,
    FullTextResult,
    LinkResult,
    OutsideNotice,
    SearchResult,
    SendResult,
    SourceName,
)

T = TypeVar("T")

#: Called during long work to report progress: (done, total, description).
Progress = Callable[[int, int, str], None]


#: Called between two units of work; True when no further one should be started.
IsStopping = Callable[[], bool]


def never() -> bool:
    """An IsStopping for work that is never stopped early."""
    return False


def silent(done: int, total: int, what: str) -> None:
    """A Progress that reports nothing."""


class Guard(Protocol):
    """Runs the parts of a unit of work (a search, a topic's digest, a mail), so that one that fails stops no other.

    A part is named by the operator's words for it, never by a person's address. Not for use in an open transaction.
    """

    def attempt(
        self,
        part: str,
        work: Callable[[], T],
        otherwise: Callable[[str], T],
        *,
        lets_through: type[Exception] = ConflictError,
    ) -> T:
        """What `work` returns; when it fails, what `otherwise` makes of the words for that. The failure is recorded.

        Raises what `work` raises when it is a `lets_through`, and StoreError when nothing can be recorded either.
        """

    def is_resting(self, part: str) -> bool:
        """Has this part failed again and again, and not yet rested for as long as it must before the next try?"""


class Unguarded:
    """A Guard for who wants to see the failure itself: it raises whatever the work raises."""

    def attempt(
        self,
        _part: str,
        work: Callable[[], T],
        _otherwise: Callable[[str], T],
        *,
        lets_through: type[Exception] = ConflictError,  # noqa: ARG002  the protocol's name
    ) -> T:
        """What `work` returns."""
        return work()

    def is_resting(self, _part: str) -> bool:
        """Never."""
        return False


class Literature(Protocol):
    """A bibliographic database. Every method raises UpstreamError, or QueryError when the query is rejected."""

    def search(self, query: str) -> SearchResult:
        """Every PMID that matches `query`: the full set, checked against the count that the source states."""

    def count(self, query: str) -> int:
        """How many articles match `query`."""

    def modified_since(self, query: str, day: date) -> SearchResult:
        """The PMIDs matching `query` whose record was modified on or after `day` ([mdat], NCBI's calendar)."""

    def modified_among(self, pmids: Sequence[str], day: date) -> SearchResult:
        """Those of `pmids` whose record was modified on or after `day`."""

    def fetch(self, pmids: Sequence[str], progress: Progress = silent) -> FetchResult:
        """The records of `pmids`; one bad record does not lose the others."""

    def resolve_doi(self, doi: str) -> str:
        """The PMID of `doi`; raises QueryError when none or several are known."""


class CitationIndex(Protocol):
    """A citation index. Raises UpstreamError."""

    def citing(self, pmids: Sequence[str]) -> LinkResult:
        """The PMIDs that cite each of `pmids` (ELink pubmed_pubmed_citedin); an empty set may mean none or unknown."""


class RelatedArticles(Protocol):
    """What a source links to an article. Every method raises UpstreamError."""

    def similar(self, pmids: Sequence[str]) -> LinkResult:
        """The articles similar to each of `pmids`, without the article itself."""

    def references(self, pmids: Sequence[str]) -> LinkResult:
        """The PMIDs that each of `pmids` cites, as far as the source knows (ELink pubmed_pubmed_refs)."""

    def full_texts(self, pmids: Sequence[str]) -> FullTextResult:
        """Where the full text of each of `pmids` is, free or not, according to its providers (LinkOut)."""


class Turns(Protocol):
    """Who may send the next request to an upstream that allows only so many a second."""

    def wait(self, sleep: Callable[[float], None]) -> None:
        """Sleep until it is this caller's turn."""

    def hold(self, seconds: float) -> None:
        """Let nobody have a turn for `seconds` from now, after the upstream refused a request for its rate."""


class TrialRegistry(Protocol):
    """A registry of clinical trials. Raises UpstreamError."""


@dataclass(frozen=True, slots=True)
class NoticesFound:
    """What a list of retractions has on some articles: by PMID, in no order; an article without any is not in it.

    `watermark` is how far the list reaches, as it was now; `remark` what its operator should know; `doubt` why it is
    not to be believed, "" if it is.
    """

    by_pmid: Mapping[str, Sequence[OutsideNotice]]
    watermark: str = ""
    remark: str = ""
    requests: int = 0
    doubt: str = ""


class RetractionList(Protocol):
    """A list of retractions, concerns, corrections and reinstatements."""

    def notices(self, dois: Mapping[str, str], watermark: str) -> NoticesFound:
        """The notices about articles: `dois` has the DOI of each by PMID, "" where it has none.

        `watermark` is that of the last answer, "" for none. Raises UpstreamError.
        """


class PreprintServer(Protocol):
    """A database of preprints. Raises UpstreamError."""


class CitingWorks(Protocol):
    """A citation index beside PubMed's. Raises UpstreamError."""


@dataclass(frozen=True, slots=True)
class Sources:
    """The sources by capability; one upstream may provide several.

    Those besides PubMed are the ones that are on, by their names.
    """

    literature: Literature
    citations: CitationIndex
    related: RelatedArticles
    indexes: Mapping[SourceName, CitingWorks] = field(default_factory=dict)
    registries: Mapping[SourceName, TrialRegistry] = field(default_factory=dict)
    retractions: Mapping[SourceName, RetractionList] = field(default_factory=dict)
    preprints: PreprintServer | None = None


#: One message: (envelope sender, recipient, RFC 5322 bytes).
Message = tuple[str, str, bytes]


class Outbox(Protocol):
    """A queue of messages: the mailer takes each just before it sends it, and reports the server's reply.

    So the outbox can check at the last moment whether a message is still wanted, and controls order and rate.
    """

    def next_message(self) -> tuple[int, Message] | float | None:
        """The next message with its number; or seconds after which to call again; None when the queue is empty.

        It returns seconds also while the rest must wait for messages already taken: `record_reply` may release them.
        """

    def record_reply(self, number: int, result: SendResult) -> None:
        """Record the server's reply to the message with this number."""


class Mailer(Protocol):
    """SMTP sessions with one server, one recipient for each message.

    Raises MailError only when the server cannot be used as configured; a rejected message is a SendResult.
    """

    def send(self, messages: Iterable[Message]) -> list[SendResult]:
        """Send these messages, each taken just before it is sent; returns the results in their order."""

    def send_queue(self, outbox: Outbox) -> None:
        """Send the messages of the outbox until it is empty or the server stops responding.

        Every message taken is reported by `record_reply`, also when MailError is raised.
        """


class Channel(Protocol):
    """A chat room or a program that takes digests, one request for each."""

    def send(self, message: ChannelMessage) -> SendResult:
        """Send one message; what became of it. It ends within seconds, and raises nothing for what a server does.

        `SendResult.is_attempt` is False when the channel cannot be used as configured, or takes no more for now.
        """
