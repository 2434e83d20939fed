"""The corpus as the endpoints use it: at one instant, with a query evaluator and a history server."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property

from monitor.sandbox.corpus.corpus import Corpus, View
from monitor.sandbox.corpus.index_keys import number_of
from monitor.sandbox.corpus.lifecycle import State
from monitor.sandbox.endpoints.history import History
from monitor.sandbox.query import Evaluator, SearchResult, dates, parse
from monitor.sandbox.query.evaluate import Moment, limited
from monitor.sandbox.query.fields import DATE_TYPES
from monitor.sandbox.query.parse import Node
from monitor.sandbox.request import Request

Key = Callable[[State], tuple[object, ...]]


@dataclass(frozen=True, slots=True)
class Search:
    """The result of a search: all matching PMIDs in order, PubMed's translation and warnings."""

    pmids: list[str]
    result: SearchResult


class Library:
    """The corpus with its evaluator and history server, at the instant `at` (aware, settable)."""

    def __init__(self, corpus: Corpus, at: datetime) -> None:
        self.corpus = corpus
        self.at = at
        self.history = History()
        self._evaluator: Evaluator | None = None
        self._parsed: dict[str, Node] = {}

    @property
    def view(self) -> View:
        """The corpus now."""
        return self.corpus.at(self.at)

    @property
    def today(self) -> date:
        """The virtual day, UTC."""
        return self.at.astimezone(UTC).date()

    @property
    def evaluator(self) -> Evaluator:
        """Evaluator on the corpus's index; rebuilt when the corpus has changed."""
        index = self.corpus.index
        if self._evaluator is None or self._evaluator.index is not index:
            self._evaluator = Evaluator(index)
        return self._evaluator

    def search(self, request: Request) -> Search:
        """Run the `term` of an ESearch request. Raises QuerySyntaxError and HistoryError."""
        return self.find(request.get("term"), request)

    def find(self, term: str, request: Request) -> Search:
        """Run `term` with the date limits and the WebEnv of `request`."""
        if request.get("field") and term and "[" not in term:
            term = f"{term}[{request.get('field')}]"
        if request.get("query_key"):  # "the intersection of the set specified by query_key and the set retrieved"
            term = f"({term}) AND #{request.get('query_key')}" if term else f"#{request.get('query_key')}"
        if term not in self._parsed:
            self._parsed[term] = parse(term)
        moment = _Moment(self, request)
        result = self.evaluator.result(self._parsed[term], Moment(self.today, moment.modified, moment.earlier))
        for limit in date_limits(request, self.today):
            found = self.evaluator.result(parse(limit), Moment(self.today, moment.modified, moment.earlier))
            result = limited(result, set(found.numbers), found.translation)
        public = self.view.by_number
        states = sorted((public[n] for n in result.numbers & self.view.numbers), key=sort_key(request.get("sort")))
        return Search([state.record.pmid for state in states], result)

    def public(self, pmids: list[str]) -> list[str]:
        """Those of `pmids` that are public now, in the order given, each once."""
        states = self.view.states
        return [pmid for pmid in dict.fromkeys(pmids) if pmid in states]


@dataclass
class _Moment:
    """What a query means beyond its words: modification dates at this instant and #numbers of this WebEnv."""

    library: Library
    request: Request

    @cached_property
    def _days(self) -> list[tuple[int, int]]:
        return [(number_of(state.at), state.content) for state in self.library.view.states.values()]

    def modified(self, first: int, last: int) -> set[int]:
        return {content for day, content in self._days if first <= day <= last}

    def earlier(self, number: int) -> set[int]:
        kept = self.library.history.get(self.request.get("WebEnv"), str(number))
        states = self.library.view.states
        return {states[pmid].content for pmid in kept if pmid in states}


def date_limits(request: Request, today: date) -> list[str]:
    """The date parameters of a request as query text; empty when they are incomplete."""
    kind = request.get("datetype", "pdat").lower()
    tag = kind if kind in DATE_TYPES else "pdat"
    if request.get("reldate").isdigit():
        first = today - timedelta(days=int(request.get("reldate")))
        return [f"{first:%Y/%m/%d}:{today:%Y/%m/%d}[{tag}]"]
    low, high = request.get("mindate"), request.get("maxdate")
    if low and high and dates.period(low, today) and dates.period(high, today):
        return [f"{low}:{high}[{tag}]"]
    return []


def sort_key(sort: str) -> Key:
    """How ESearch orders: newest first by date, by first author, journal or title, else by "relevance".

    Relevance is unrelated to age; a fixed order that looks random stands for it.
    """
    return {
        "pub_date": _newest("pdat"),
        "pub date": _newest("pdat"),
        "date": _newest("pdat"),
        "most recent": _newest("crdt"),
        "recently added": _newest("crdt"),
        "author": _first("1au"),
        "first author": _first("1au"),
        "journalname": _first("ta"),
        "journal": _first("ta"),
        "title": lambda state: (state.facts.line("ti"), state.facts.pmid),
    }.get(sort.lower().replace("+", " "), shuffled)


def _newest(field: str) -> Key:
    return lambda state: (-max(state.facts.dates.get(field, (0,))), -state.facts.pmid)


def _first(field: str) -> Key:
    return lambda state: ((state.facts.exact(field) or ("",))[0], -state.facts.pmid)


def shuffled(state: State) -> tuple[object, ...]:
    """An order that looks random and is always the same."""
    return (zlib.crc32(state.record.pmid.encode()),)
