"""Whole numbers in running text, in digits or in English words, with their places."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from monitor.evidence.article.result.patterns import pattern

_UNITS = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen"
_SMALL = {word: n for n, word in enumerate(f"{_UNITS} seventeen eighteen nineteen".split())}
_TENS = {
    word: 10 * n
    for n, word in enumerate(["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"], 2)
} | {"fourty": 40}
_SCALES = {"hundred": 100, "thousand": 1000}


@dataclass(frozen=True, slots=True)
class Number:
    """A whole number and the place of its words in the text."""

    value: int
    start: int
    end: int
    is_word: bool = False


@lru_cache(maxsize=64)
def numbers(low: str) -> tuple[Number, ...]:
    """All whole numbers of a lower-case text, in order; "fifty nine and sixty" are two."""
    found: list[Number] = []
    for match in pattern("numbers.number").finditer(low):
        if match["digits"]:
            value = int(re.sub(r"\D", "", match[0]))
            found.append(Number(value, match.start(), match.end()))
        elif not low[max(0, match.start() - 2) : match.start() - 1].isdigit():  # "1.5 thousand" is not read
            found += _in_words(match[0], match.start())
    return tuple(found)


def _in_words(text: str, offset: int) -> list[Number]:
    """The numbers of a run of number words: "one hundred and twenty" is one, "ten and twelve" are two."""
    found: list[Number] = []
    thousands, below, start, end = 0, 0, -1, 0
    for match in re.finditer(r"[a-z]+", text):
        word = "one" if match[0] == "a" else match[0]
        if word == "and":
            continue
        if word == "hundred" and 0 < below < 100:
            below *= 100
        elif word == "thousand" and below and not thousands:
            thousands, below = below * 1000, 0
        elif start >= 0 and _fits(thousands, below, word):
            below += _value(word)
        else:
            if start >= 0:
                found.append(Number(thousands + below, offset + start, offset + end, is_word=True))
            thousands, below, start = 0, _value(word), match.start()
        end = match.end()
    return [*found, Number(thousands + below, offset + start, offset + end, is_word=True)]


def _value(word: str) -> int:
    return _SMALL.get(word) or _TENS.get(word) or _SCALES.get(word, 0)


def _fits(thousands: int, below: int, word: str) -> bool:
    """Whether a word goes on with the number: anything below a hundred after "hundred", a unit after a ten."""
    if word in _SCALES or (not thousands and not below):
        return False
    if below == 0 or (below >= 100 and below % 100 == 0):
        return True
    return below % 100 >= 20 and below % 10 == 0 and _value(word) < 10
