"""Problem: a mistake in the configuration, with its line and what to write instead."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches

#: The path of a value: keys and list indexes from the top of the document.
Where = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Problem:
    """A mistake at a dotted `path`. `line` counts from 1; 0 is for the environment instead of the file."""

    line: int
    path: str
    text: str

    def __str__(self) -> str:
        return f"{self.path}: {self.text}" if self.path else self.text


def dotted(where: Where) -> str:
    """`("topics", "ccsvi", "searches", 0)` as text: `topics.ccsvi.searches[0]`."""
    text = ""
    for part in where:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else printable(part)
    return text


def printable(value: str) -> str:
    """`value` with unprintable characters (control characters, lone surrogates) escaped."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in value)


def shown(value: object, limit: int = 60) -> str:
    """A value in quotes for a message, truncated to `limit` characters."""
    text = printable(str(value))
    return f'"{text}"' if len(text) <= limit else f'"{text[: limit - 1]}…"'


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """` Did you mean "every"?` (with the leading space) if a known word is similar, else ""."""
    by_folded = {candidate.casefold(): candidate for candidate in known}
    near = get_close_matches(word.casefold().replace("-", "_"), by_folded, n=1, cutoff=0.6)
    return f' Did you mean "{by_folded[near[0]]}"?' if near else ""


def report(name: str, problems: Iterable[Problem]) -> str:
    """All problems as a message to the operator, one per line, in the order of the file."""
    listed = sorted(problems, key=lambda problem: (problem.line or 10**9, problem.path))
    places = [f"line {problem.line}" if problem.line else "environment" for problem in listed]
    width = max((len(place) for place in places), default=0)
    lines = [f"  {place:<{width}}  {problem}" for place, problem in zip(places, listed, strict=True)]
    count = "1 problem" if len(lines) == 1 else f"{len(lines)} problems"
    return "\n".join([f"{name} has {count}:", *lines])
