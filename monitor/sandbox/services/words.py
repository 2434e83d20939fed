"""The query languages of ClinicalTrials.gov and Europe PMC, as far as a query of words and fields needs them.

AND, OR, NOT and brackets; words side by side are joined by AND; "phrases"; a trailing * truncates; FIELD:word,
FIELD:(…), FIELD:[a TO b] as Europe PMC writes fields, AREA[Field]word and AREA[Field]RANGE[a, b] as
ClinicalTrials.gov does.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache


@dataclass(frozen=True, slots=True)
class Term:
    """One word or phrase of a query, or a range with `low` and `high`; `field` is "" for every field."""

    field: str
    text: str = ""
    low: str = ""
    high: str = ""

    def is_in(self, text: str) -> bool:
        """True when the word or phrase stands in `text`, whatever the letter case and the punctuation."""
        return bool(_pattern(self.text).search(_plain(text)))

    def holds_of(self, value: str) -> bool:
        """True when `value` (a date such as 2020-04-10, or a word) is in the range, or is the word asked for."""
        if self.low:
            low, high = self.low.replace("MIN", "0"), self.high.replace("MAX", "9")
            return bool(value) and low.replace("*", "0") <= value <= high.replace("*", "9")
        return value.casefold() == self.text.casefold()


#: Decides whether one term holds of the record in question.
Holds = Callable[[Term], bool]
Query = Callable[[Holds], bool]

_TOKEN = re.compile(
    r"""\s*(?:
      AREA\[(?P<area>\w+)\](?:RANGE\[\s*(?P<low>[^,\]\s]+)\s*,\s*(?P<high>[^\]\s]+)\s*\])?
    | (?P<field>[A-Za-z_]+):(?:\[\s*(?P<from>\S+)\s+TO\s+(?P<to>\S+?)\s*\])?
    | (?P<open>\() | (?P<close>\))
    | "(?P<phrase>[^"]*)"
    | (?P<word>[^\s()"]+)
    )""",
    re.VERBOSE,
)


class QueryError(ValueError):
    """A query that cannot be read."""


@lru_cache(maxsize=64)  # asked of every record of the corpus
def parse(text: str) -> Query:
    """The query as a function. Raises QueryError for brackets that do not match and for an empty query."""
    tokens = [found.groupdict() for found in _TOKEN.finditer(text) if found.group().strip()]
    query, rest = _any_of(tokens, "")
    if rest:
        raise QueryError("brackets do not match")
    return query


def _any_of(tokens: list[dict[str, str | None]], field: str) -> tuple[Query, list[dict[str, str | None]]]:
    parts = []
    part, tokens = _all_of(tokens, field)
    parts.append(part)
    while tokens and tokens[0]["word"] == "OR":
        part, tokens = _all_of(tokens[1:], field)
        parts.append(part)
    return (lambda holds: any(part(holds) for part in parts)), tokens


def _all_of(tokens: list[dict[str, str | None]], field: str) -> tuple[Query, list[dict[str, str | None]]]:
    parts = []
    while tokens and tokens[0]["word"] != "OR" and not tokens[0]["close"]:
        if tokens[0]["word"] == "AND":
            tokens = tokens[1:]
            continue
        part, tokens = _one(tokens, field)
        parts.append(part)
    if not parts:
        raise QueryError("a word is missing")
    return (lambda holds: all(part(holds) for part in parts)), tokens


def _one(tokens: list[dict[str, str | None]], field: str) -> tuple[Query, list[dict[str, str | None]]]:
    token, rest = tokens[0], tokens[1:]
    if token["word"] == "NOT":
        part, rest = _one(rest, field) if rest else _any_of(rest, field)
        return (lambda holds: not part(holds)), rest
    if token["open"]:
        inner, rest = _any_of(rest, field)
        if not rest or not rest[0]["close"]:
            raise QueryError("brackets do not match")
        return inner, rest[1:]
    named = token["area"] or token["field"]
    if named:
        low, high = token["low"] or token["from"], token["high"] or token["to"]
        if low and high:
            term = Term(named, low=low, high=high)
            return (lambda holds: holds(term)), rest
        return _one(rest, named) if rest else _any_of(rest, named)
    word = Term(field, text=token["phrase"] if token["phrase"] is not None else token["word"] or "")
    return (lambda holds: holds(word)), rest


def _plain(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold()))


@lru_cache(maxsize=1000)
def _pattern(phrase: str) -> re.Pattern[str]:
    words = re.findall(r"\w+\*?|\*", phrase.casefold())
    inner = " ".join(re.escape(word.rstrip("*")) + (r"\w*" if word.endswith("*") else "") for word in words)
    return re.compile(rf"\b{inner}\b")
