"""Lexer of PubMed queries."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum


class Piece(Enum):
    """The kinds of token."""

    OPEN = "("
    CLOSE = ")"
    OPERATOR = "AND, OR, NOT"
    COLON = ":"
    HISTORY = "#1"
    TERM = "words or a quoted phrase, with its tag"


@dataclass(frozen=True, slots=True)
class Token:
    """One token of a query. `tag` is the text in brackets after a term, None without brackets."""

    piece: Piece
    text: str
    tag: str | None = None
    is_quoted: bool = False


# A quotation mark without its partner is taken as a blank, as PubMed does.
_TOKEN = re.compile(
    r"""\s*(?:
        (?P<open>\() | (?P<close>\)) |
        (?P<operator>(?:AND|OR|NOT)(?![^\s()"\[])) |
        (?P<history>\#\d+(?![^\s()])) |
        (?P<colon>:(?=[\s"(]|$)) |
        "(?P<quoted>[^"]*)" |
        \[(?P<tag>[^\]]*)\] |
        (?P<word>[^\s()"\[\]]+) |
        (?P<stray>["\]\[])
    )""",
    re.VERBOSE,
)


def lex(query: str) -> list[Token]:
    """The tokens of `query`; adjacent words become one term, a tag belongs to the term before it."""
    return list(_joined(_raw(query)))


def _raw(query: str) -> Iterator[tuple[str, str]]:
    for found in _TOKEN.finditer(query.strip()):
        kind = found.lastgroup or ""
        if kind and kind != "stray":
            yield kind, found[kind]


def _joined(raw: Iterator[tuple[str, str]]) -> Iterator[Token]:
    words: list[str] = []
    quoted: str | None = None
    for kind, text in raw:
        if kind == "tag":
            if quoted is not None or words:
                yield _term(words, quoted, text)
            words, quoted = [], None
        elif kind == "word" and quoted is None:
            words.append(text)
        else:
            if quoted is not None or words:
                yield _term(words, quoted, None)
            words, quoted = ([text] if kind == "word" else []), (text if kind == "quoted" else None)
            if kind not in ("word", "quoted"):
                yield Token(Piece[kind.upper()], text)
    if quoted is not None or words:
        yield _term(words, quoted, None)


def _term(words: list[str], quoted: str | None, tag: str | None) -> Token:
    if quoted is not None:
        return Token(Piece.TERM, quoted, tag, is_quoted=True)
    return Token(Piece.TERM, " ".join(words), tag)
