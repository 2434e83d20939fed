"""Evaluate a query tree: the records that match, and PubMed's translation of the query."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

from monitor.sandbox.corpus.index import Index
from monitor.sandbox.query import dates, fields
from monitor.sandbox.query.fields import Field, Kind
from monitor.sandbox.query.parse import Both, Earlier, Node, Range, Term
from monitor.sandbox.query.terms import Found, Remarks, Terms


@dataclass(slots=True)
class Moment:
    """What depends on the instant and the session: the day, modification days, earlier results."""

    today: date
    modified: Callable[[int, int], set[int]]
    earlier: Callable[[int], set[int]]


@dataclass(frozen=True, slots=True)
class SearchResult:
    """The numbers of the matching Facts (of any time) and PubMed's remarks on the query."""

    numbers: frozenset[int]
    translation: str
    translated: tuple[tuple[str, str], ...] = ()
    phrases_not_found: tuple[str, ...] = ()
    fields_not_found: tuple[str, ...] = ()
    quoted_not_found: tuple[str, ...] = ()


@dataclass(slots=True)
class Evaluator:
    """Evaluates queries on one index. Results of single terms are cached: they do not depend on the instant."""

    index: Index
    _terms: Terms = field(init=False)

    def __post_init__(self) -> None:
        self._terms = Terms(self.index)

    def result(self, node: Node, moment: Moment) -> SearchResult:
        """What `node` finds at `moment`."""
        remarks = Remarks()
        found = self._find(node, moment, remarks)
        return SearchResult(
            frozenset(found.numbers),
            found.translation,
            tuple(dict.fromkeys(remarks.translated)),
            tuple(dict.fromkeys(remarks.phrases)),
            tuple(dict.fromkeys(remarks.fields)),
            tuple(dict.fromkeys(remarks.quoted)),
        )

    def _find(self, node: Node, moment: Moment, remarks: Remarks) -> Found:
        if isinstance(node, Both):
            return self._combine(node, moment, remarks)
        if isinstance(node, Earlier):
            return Found(moment.earlier(node.number), f"#{node.number}")
        if isinstance(node, Range):
            return self._range(node, moment, remarks)
        named = fields.by_tag(node.tag) if node.tag is not None else None
        if named is not None and named.kind is Kind.DATE:
            return self._date(node, named, moment, remarks)
        return self._terms.find(node, remarks)

    def _combine(self, top: Both, moment: Moment, remarks: Remarks) -> Found:
        """A chain of operators, evaluated in a loop: recursion would be too deep for a thousand terms."""
        chain: list[Both] = []
        node: Node = top
        while isinstance(node, Both):
            chain.append(node)
            node = node.left
        found = self._find(node, moment, remarks)
        for link in reversed(chain):
            found = _joined(link.operator, found, self._find(link.right, moment, remarks))
        return found

    def _date(self, term: Term, named: Field, moment: Moment, remarks: Remarks) -> Found:
        found = dates.period(term.text, moment.today)
        if found is None:
            remarks.phrases.append(f"{term.text}[{term.tag}]")
            return Found(set(), f"{term.text}[{named.name}]")
        return self._days(named, *found, moment)

    def _days(self, named: Field, first: int, last: int, moment: Moment) -> Found:
        part = named.parts[0]
        numbers = moment.modified(first, last) if part == "mdat" else self.index.days(part, first, last)
        return Found(numbers, f"{dates.written(first)}:{dates.written(last)}[{named.name}]")

    def _range(self, node: Range, moment: Moment, remarks: Remarks) -> Found:
        named = fields.by_tag(node.tag) if node.tag is not None else fields.ALL
        if named is not None and named.kind is Kind.UID and node.low.isdigit() and node.high.isdigit():
            numbers = self.index.pmids(int(node.low), int(node.high))
            return Found(numbers, f"{int(node.low):08}:{int(node.high):08}[UID]")
        if named is not None and named.kind is Kind.DATE:
            low, high = dates.period(node.low, moment.today), dates.period(node.high, moment.today)
            if low and high:
                return self._days(named, low[0], high[1], moment)
        remarks.phrases.append(f"{node.low}:{node.high}[{node.tag or 'All Fields'}]")
        return Found(set(), f"{node.low}:{node.high}[{node.tag or 'All Fields'}]")


def _joined(operator: str, left: Found, right: Found) -> Found:
    numbers = {
        "AND": lambda: left.numbers & right.numbers,
        "OR": lambda: left.numbers | right.numbers,
        "NOT": lambda: left.numbers - right.numbers,
    }[operator]()
    first = left.translation if left.operator in ("", operator) else f"({left.translation})"
    second = f"({right.translation})" if right.operator else right.translation
    return Found(numbers, f"{first} {operator} {second}", operator)


def limited(result: SearchResult, numbers: set[int], words: str) -> SearchResult:
    """`result` restricted by the date parameters of ESearch, which PubMed appends to the translation."""
    translation = f"({result.translation})" if " OR " in result.translation else result.translation
    return SearchResult(
        result.numbers & numbers,
        f"{translation} AND {words}",
        result.translated,
        result.phrases_not_found,
        result.fields_not_found,
        result.quoted_not_found,
    )
