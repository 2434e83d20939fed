"""The boolean structure of a PubMed query: its parts, and the query without one of them. Pure.

PubMed evaluates operators from left to right, and joins with AND where none stands (PubMed User Guide,
"Combining search terms with Boolean operators"), so that any part joined by OR can be cut out of the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from monitor.config.pubmed_fields import name_of
from monitor.config.query_lint import PIECE

_OPERATORS = ("AND", "OR", "NOT")
_HEADINGS = frozenset({"mh", "mesh", "mesh terms", "mesh term", "majr", "mesh major topic", "sh", "subheading", "nm"})

#: A piece with where it begins and ends in the query.
_Piece = tuple[str, int, int]


@dataclass(frozen=True, slots=True)
class Part:
    """One operand: a term, or a group with `parts` of its own; `operator` joins it to what stands before it.

    `start` and `end` are its place in the query, `cut_from` where its operator begins.
    """

    text: str
    operator: str
    start: int
    end: int
    cut_from: int
    parts: tuple[Part, ...] = ()

    @property
    def tag(self) -> str:
        """The field of a term, in lower case, without brackets; "" for a group and where none is given."""
        found = re.search(r"(\[[^\]]*\])\s*$", self.text)
        return name_of(found[1])[0] if found and not self.parts else ""

    @property
    def is_heading(self) -> bool:
        """Is it a term that a record matches only once it is indexed: a MeSH heading, a subheading, a substance?"""
        return self.tag in _HEADINGS

    @property
    def is_alternatives(self) -> bool:
        """Is it a group of parts that are all joined by OR?"""
        return len(self.parts) > 1 and all(part.operator == "OR" for part in self.parts[1:])

    def terms(self) -> Iterator[Part]:
        """Every term in it, in order."""
        if not self.parts:
            yield self
        for part in self.parts:
            yield from part.terms()


@dataclass(frozen=True, slots=True)
class Alternative:
    """A part that is joined by OR, and the whole query without it; `excludes`: it stands behind a NOT."""

    part: Part
    without: str
    excludes: bool = False


def read(query: str) -> Part:
    """The whole query as a group, whose parts are its operands; what PubMed repairs is repaired."""
    pieces = [(found[0], found.start(), found.end()) for found in PIECE.finditer(query)]
    return Part(query, "", 0, len(query), 0, tuple(_unwrapped(_Reader(query, pieces).operands())))


def alternatives(query: str) -> list[Alternative]:
    """Each part joined by OR, from the outside to the inside; a group of nothing but alternatives is not one itself."""
    return [Alternative(part, _cut(query, *span), excludes) for part, span, excludes in _joined_by_or(read(query))]


def blocks(query: str) -> list[str]:
    """The parts of which a record must match every one; the query itself where it does not consist of such."""
    parts = read(query).parts
    if any(part.operator == "OR" for part in parts[1:]):
        return [query]
    return [f"NOT {part.text}" if part.operator == "NOT" else part.text for part in parts]


def without_headings(query: str) -> str:
    """`query` without the alternatives that match only indexed records; "" when nothing else can match."""
    while True:
        headings = (one for one in alternatives(query) if not one.excludes and is_of_headings(one.part))
        first = next(headings, None)
        if first is None:
            asked = (read(block) for block in blocks(query) if not block.startswith("NOT "))
            return "" if any(map(is_of_headings, asked)) else query
        query = first.without


def is_of_headings(part: Part) -> bool:
    """Does it match only records that are indexed?"""
    return all(term.is_heading for term in part.terms())


def _unwrapped(parts: list[Part]) -> list[Part]:
    """The operands inside parentheses that enclose the whole query."""
    while len(parts) == 1 and parts[0].parts:
        parts = list(parts[0].parts)
    return parts


def _joined_by_or(group: Part, *, excludes: bool = False) -> Iterator[tuple[Part, tuple[int, int], bool]]:
    parts = group.parts
    for at, part in enumerate(parts):
        follower = parts[at + 1] if at + 1 < len(parts) else None
        is_first = at == 0 and follower is not None and follower.operator == "OR"
        if (part.operator == "OR" or is_first) and not part.is_alternatives:
            span = (part.start, follower.start) if is_first and follower else (part.cut_from, part.end)
            yield part, span, excludes
        yield from _joined_by_or(part, excludes=excludes is not (part.operator == "NOT"))


def _cut(query: str, start: int, end: int) -> str:
    return " ".join((query[:start] + " " + query[end:]).split())


class _Reader:
    """Reads pieces from left to right."""

    def __init__(self, query: str, pieces: list[_Piece]) -> None:
        self._query, self._pieces, self._at = query, pieces, 0

    def operands(self) -> list[Part]:
        """The operands up to the end of the group."""
        found: list[Part] = []
        operator, cut_from = "", -1
        while (text := self._peek()) not in ("", ")"):
            if text in _OPERATORS:
                cut_from = self._pieces[self._at][1] if cut_from < 0 else cut_from
                operator = text
                self._at += 1
                continue
            found.append(self._operand(operator or ("AND" if found else ""), cut_from))
            operator, cut_from = "", -1
        return found

    def _peek(self) -> str:
        return self._pieces[self._at][0] if self._at < len(self._pieces) else ""

    def _operand(self, operator: str, cut_from: int) -> Part:
        start = self._pieces[self._at][1]
        if self._peek() == "(":
            self._at += 1
            parts = self.operands()
            end = self._pieces[min(self._at, len(self._pieces) - 1)][2]
            self._at += 1
        else:
            parts, end = [], self._term()
        return Part(self._query[start:end], operator, start, end, start if cut_from < 0 else cut_from, tuple(parts))

    def _term(self) -> int:
        """Read one term: words or a phrase, its tag, and the other end of a range; returns where it ends."""
        end, is_tagged = self._pieces[self._at][2], False
        while (text := self._peek()) not in ("", "(", ")", *_OPERATORS):
            if is_tagged and text != ":":
                break
            end, is_tagged = self._pieces[self._at][2], text.startswith("[")
            self._at += 1
        return end
