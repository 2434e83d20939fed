"""What a report says of its own study: control, blinding, sample size, and the trials a review included."""

from __future__ import annotations

import re
from collections.abc import Iterator

from monitor.evidence.article.result import size
from monitor.evidence.article.rules import pattern
from monitor.evidence.article.text import Reading, lowered, sentences
from monitor.model import Article, Control

_NUMBER_WORDS = {
    word: number
    for number, word in enumerate(
        [
            "zero",
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
            "thirteen",
            "fourteen",
            "fifteen",
            "sixteen",
            "seventeen",
            "eighteen",
            "nineteen",
            "twenty",
        ]
    )
} | {"thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90, "hundred": 100}


#: In this order: the strongest kind of control that the words name wins.
_STRONGEST_FIRST = (
    Control.SHAM,
    Control.PLACEBO,
    Control.WAIT_LIST,
    Control.USUAL_CARE,
    Control.NO_TREATMENT,
    Control.HISTORICAL,
)
_INCLUDED = ("included.1", "included.2")


def control(reading: Reading) -> Control:
    """What the comparison group received, by the strongest kind the words name; the title before the abstract."""
    for text in (reading.raw_title.lower(), reading.raw_abstract.lower()):
        for kind in _STRONGEST_FIRST:
            if pattern(f"control.{kind.replace(' ', '_')}").search(text):
                return kind
    whole = f"{reading.raw_title} {reading.raw_abstract}".lower()
    if pattern("control.none").search(whole):
        return Control.NONE
    return Control.ACTIVE if _is_active(reading) else Control.NOT_STATED


def _is_active(reading: Reading) -> bool:
    """Whether the other group certainly had another treatment: both named, in the title or where people are allocated.

    Nothing is certain where one name holds the other ("A plus B or B"), or a word leaves open what the others had.
    """
    if pattern("control.active").search(lowered(f"{reading.raw_title} {reading.raw_abstract}")):
        return True
    if pattern("control.others").search(lowered(f"{reading.raw_title}. {reading.raw_abstract}")):
        return False
    found = (pattern("control.pair").search(text) for text in (lowered(reading.raw_title), *_allocations(reading)))
    return any(_are_two(*_sides(pair)) for pair in found if pair)


def _allocations(reading: Reading) -> Iterator[str]:
    """What people were allocated to, sentence by sentence, in lower case."""
    for _, sentence in sentences(reading.raw_abstract):
        if match := pattern("question.allocated_to").search(lowered(sentence)):
            yield f"to {match['arms']}"


def _are_two(one: str, two: str) -> bool:
    """Two names of treatments of which neither holds the other and neither leaves open what it was."""
    if any(pattern("control.open").search(text) for text in (one, two)):
        return False
    first, second = (set(re.findall(r"[a-z]{4,}", pattern("control.shared").sub(" ", text))) for text in (one, two))
    is_one = bool(first & second) and all(re.search(r"\d", text) for text in (one, two))  # the same, in two doses
    return bool(first - second) and bool(second - first) and not is_one


def _sides(pair: re.Match[str]) -> tuple[str, str]:
    return (pair["first"], pair["second"]) if pair["first"] else (pair["one"], pair["two"])


def control_words(article: Article) -> tuple[str, str]:
    """The words by which the kind of control was told, and the field they stand in; ("", "") where it is implied."""
    for field, text in (("title", article.title), ("abstract", article.abstract_text)):
        for kind in _STRONGEST_FIRST:
            if match := pattern(f"control.{kind.replace(' ', '_')}").search(lowered(text)):
                return text[match.start() : match.end()], field
    return "", ""


def blinding(reading: Reading) -> str:
    """Who was kept unaware of the allocation, in the record's own words; "" where it says nothing."""
    said = [
        text[match.start() : match.end()]
        for text in (reading.raw_title, reading.raw_abstract)
        for match in pattern("blinding.any").finditer(lowered(text))
    ]
    blinded = [words for words in said if not pattern("blinding.open").search(words.lower())]
    return (blinded or said or [""])[0]


def sample_size(reading: Reading) -> int | None:
    """How many people the whole trial allocated, else studied, where the abstract says so with certainty."""
    return size.sample_size(reading.raw_abstract)


def included_trials(reading: Reading) -> int | None:
    """How many randomised trials a review says it included; 0 when none was eligible, None when it is silent."""
    text = reading.raw_abstract.lower()
    if pattern("included.none").search(text):
        return 0
    for _, sentence in sentences(reading.raw_abstract):
        for included in map(pattern, _INCLUDED):
            if match := included.search(sentence.lower()):
                number = _number(match["n"])
                if number is not None:
                    return number
    return None


def _number(text: str) -> int | None:
    digits = text.replace(",", "").replace(" ", "")
    if digits.isdigit():
        return int(digits)
    parts = [_NUMBER_WORDS.get(part) for part in re.split(r"[- ]", text)]
    known = [part for part in parts if part is not None]
    return sum(known) if known and len(known) == len(parts) else None
