"""What the work layer needs from the outside world, as protocols: so each unit of work runs in a test."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from monitor.model import FetchResult, FullTextResult, LinkResult, SearchResult, SendResult

#: Told as long work goes on: (done, total, what).
Progress = Callable[[int, int, str], None]


#: Asked between two units of work; True when no further one is to be begun.
IsStopping = Callable[[], bool]


#: Told of a part of the work (its name) that failed alone and why, while the rest goes on.
OnFailure = Callable[[str, Exception], None]


def never() -> bool:
    """An IsStopping for work that nobody stops."""
    return False


def unheard(what: str, error: Exception) -> None:
    """An OnFailure for who asks the result or the database instead."""


def silent(done: int, total: int, what: str) -> None:
    """A Progress that says nothing."""


class Literature(Protocol):
    """A bibliographic database that is searched. Every method raises UpstreamError (QueryError when the query itself is
    refused).
    """

    def search(self, query: str) -> SearchResult:
        """Every PMID that matches `query` now: the full set, checked against the source's own count."""

    def modified_since(self, query: str, day: date) -> SearchResult:
        """The PMIDs matching `query` whose record was modified on or after `day` ([mdat], NCBI's calendar)."""

    def modified_among(self, pmids: Sequence[str], day: date) -> SearchResult:
        """Those of `pmids` whose record was modified on or after `day`."""

    def fetch(self, pmids: Sequence[str], progress: Progress = silent) -> FetchResult:
        """The records of `pmids`; one bad record does not lose the others."""

    def resolve_doi(self, doi: str) -> str:
        """The PMID of `doi`; raises QueryError when none or several are known."""


class CitationIndex(Protocol):
    """An index of who cites whom. Raises UpstreamError."""

    def citing(self, pmids: Sequence[str]) -> LinkResult:
        """Who cites each of `pmids` (pubmed_pubmed_citedin); an empty set may mean none, unknown or broken."""


class RelatedArticles(Protocol):
    """What is tied to an article. Every method raises UpstreamError."""

    def similar(self, pmids: Sequence[str]) -> LinkResult:
        """The similar articles of each of `pmids`, without the article itself."""

    def references(self, pmids: Sequence[str]) -> LinkResult:
        """What each of `pmids` cites, as far as the source knows (pubmed_pubmed_refs)."""

    def full_texts(self, pmids: Sequence[str]) -> FullTextResult:
        """Where providers say the full text of each of `pmids` is, free or not (LinkOut)."""


@dataclass(frozen=True, slots=True)
class Sources:
    """Where everything about the literature is asked, by what is asked; one upstream may answer several."""

    literature: Literature
    citations: CitationIndex
    related: RelatedArticles


#: One message: (envelope sender, recipient, RFC 5322 bytes).
Message = tuple[str, str, bytes]


class Outbox(Protocol):
    """Messages that wait, however many: a mailer draws each just before it goes out, and tells what became of it.

    So the maker of a message can look once more whether it should go, and decides the order and the pace.
    """

    def next_message(self) -> tuple[int, Message] | float | None:
        """The next message with its number; or seconds after which to ask again; None when there is nothing left.

        Seconds are also given while all that waits depends on messages drawn before: telling of one may free the next.
        """

    def record_reply(self, number: int, result: SendResult) -> None:
        """What the server said to the message of this number."""


class Mailer(Protocol):
    """SMTP conversations with one server, one recipient a message.

    Raises MailError only when the server cannot be used as configured; a refusal of one message is a SendResult.
    """

    def send(self, messages: Iterable[Message]) -> list[SendResult]:
        """Hand these messages over; the results in their order. They are drawn one by one, just before they go."""

    def send_queue(self, outbox: Outbox) -> None:
        """Hand over what the outbox gives until it gives no more, or the server stops answering.

        Every message drawn is told of, also when MailError is raised.
        """
