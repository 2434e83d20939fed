"""Parser of PubMed queries: operators are evaluated from left to right, with equal precedence."""

from __future__ import annotations

from dataclasses import dataclass

from monitor.sandbox.query import fields
from monitor.sandbox.query.fields import Kind
from monitor.sandbox.query.lex import Piece, Token, lex

#: Brackets nested deeper than this are rejected.
DEEPEST = 100


class QuerySyntaxError(ValueError):
    """A query that cannot be parsed; the message is NCBI's."""


@dataclass(frozen=True, slots=True)
class Term:
    """Words or a phrase in one field; `tag` is None where none was given."""

    text: str
    tag: str | None = None
    is_quoted: bool = False


@dataclass(frozen=True, slots=True)
class Range:
    """Everything from `low` to `high`, both included, in one field."""

    low: str
    high: str
    tag: str | None


@dataclass(frozen=True, slots=True)
class Earlier:
    """The result of an earlier query (#1) of the same WebEnv."""

    number: int


@dataclass(frozen=True, slots=True)
class Both:
    """`left` operator `right`; `operator` is AND, OR or NOT."""

    operator: str
    left: Node
    right: Node


Node = Term | Range | Earlier | Both


def parse(query: str) -> Node:
    """The tree of `query`. Raises QuerySyntaxError for an empty query; repairs what PubMed repairs."""
    tokens = lex(query)
    reader = _Reader(tokens)
    found = reader.expression()
    while reader.position < len(tokens):
        reader.position += 1  # an unmatched closing bracket: PubMed ignores it
        rest = reader.expression()
        found = _and(found, rest)
    if found is None:
        raise QuerySyntaxError("Empty term and query_key - nothing todo")
    return found


def _and(left: Node | None, right: Node | None) -> Node | None:
    if left is None or right is None:
        return left or right
    return Both("AND", left, right)


class _Reader:
    """Reads tokens from left to right."""

    def __init__(self, tokens: list[Token]) -> None:
        self.tokens = tokens
        self.position = 0
        self.depth = 0

    def peek(self) -> Piece | None:
        return self.tokens[self.position].piece if self.position < len(self.tokens) else None

    def take(self) -> Token:
        self.position += 1
        return self.tokens[self.position - 1]

    def expression(self) -> Node | None:
        """Operands joined by operators (AND where none stands), up to a closing bracket or the end."""
        found: Node | None = None
        operator = "AND"
        while self.peek() not in (None, Piece.CLOSE):
            if self.peek() is Piece.OPERATOR:
                operator = self.take().text
                continue
            operand = self.operand()
            if operand is not None:
                found = Both(operator, found, operand) if found is not None else operand
            operator = "AND"
        return found

    def operand(self) -> Node | None:
        token = self.take()
        if token.piece is Piece.OPEN:
            self.depth += 1
            if self.depth > DEEPEST:
                raise QuerySyntaxError(f"Search Backend failed: brackets are nested more than {DEEPEST} deep")
            inside = self.expression()
            self.depth -= 1
            if self.peek() is Piece.CLOSE:
                self.take()
            return inside
        if token.piece is Piece.HISTORY:
            return Earlier(int(token.text[1:]))
        if token.piece is Piece.COLON:
            return None
        if self.peek() is Piece.COLON:
            return self.range_from(token)
        return _inner_range(token) or Term(token.text, token.tag, token.is_quoted)

    def range_from(self, low: Token) -> Node:
        self.take()
        if self.peek() is not Piece.TERM:
            return Term(low.text, low.tag, low.is_quoted)
        high = self.take()
        return Range(low.text, high.text, high.tag if high.tag is not None else low.tag)


def _inner_range(token: Token) -> Range | None:
    """2009:2012[dp] and 1:500[uid] are one word to the lexer."""
    field = fields.by_tag(token.tag) if token.tag is not None else None
    if field is None or field.kind not in (Kind.DATE, Kind.UID) or ":" not in token.text:
        return None
    low, _, high = token.text.partition(":")
    return Range(low.strip(), high.strip(), token.tag)
