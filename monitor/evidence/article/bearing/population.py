"""Are all participants of a trial the question's people, most of them, or a few? Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from monitor.evidence.article.bearing.concept import Concept, marked
from monitor.evidence.article.bearing.spelling import spelled
from monitor.evidence.article.classification.rules import pattern as named
from monitor.evidence.article.result.patterns import pattern
from monitor.evidence.article.result.size.numbers import Number, numbers
from monitor.evidence.article.text import Reading, sentences
from monitor.language.messages import message
from monitor.model import Basis, Question, Terms

#: No trial has as many participants; a larger number is something else.
_MOST = 1_000_000

_ONLY_PART = message("why not this question", "Only %(part)s of %(whole)s participants had %(population)s.")


def why_only_part(reading: Reading, question: Question, people: Concept) -> str:
    """In one sentence why a minority with the condition does not make a trial of it, "" when they are not one."""
    if people.first(reading.raw_title):
        return ""
    part, whole = _counts(reading, people)
    if not part or 2 * part > whole:
        return ""
    return _ONLY_PART(part=f"{part:,}", whole=f"{whole:,}", population=question.population_name)


def mixed(reading: Reading, people: Concept) -> tuple[Basis, ...]:
    """The words that tell of participants without the condition beside those with it; () when there are none."""
    for field, raw in (
        ("title", reading.raw_title),
        *(("abstract", text) for _, text in sentences(reading.raw_abstract)),
    ):
        if people.first(raw) and named("question.mixed").search(marked(raw, people)):
            return (Basis("question.mixed", field, raw.strip()),)
    part, whole = _counts(reading, people)
    return (Basis("question.mixed", "abstract", f"{part:,} of {whole:,} participants"),) if 0 < part < whole else ()


def _counts(reading: Reading, people: Concept) -> tuple[int, int]:
    """How many participants are said to have the condition, and how many there are; (0, 0) when nothing is said."""
    part = whole = percent = 0
    for _, raw in sentences(reading.raw_abstract):
        low = marked(raw, people)
        found = numbers(low)
        whole = max([whole, *(number.value for number in found if _is_of_people(number, low))])
        percent += sum(int(match["n"]) for match in named("question.part_percent").finditer(low))
        for number, total in _parts(found, low):
            part, whole = part + number, max(whole, total)
    return part or whole * percent // 100, whole


def _parts(found: Sequence[Number], low: str) -> Iterator[tuple[int, int]]:
    """Numbers said to be those with the condition, each with the total named beside it, 0 where none is."""
    for number in found:
        after = named("question.part_after").match(low[number.end :])
        if not after:
            continue
        if after["whole"] and named("question.screened_after").match(low, number.end + after.end("whole")):
            yield number.value, 0
        elif after["whole"]:
            yield number.value, int(after["whole"].replace(",", ""))
        elif named("question.part_before").search(low[: number.start]):
            yield number.value, 0


def _is_of_people(number: Number, low: str) -> bool:
    is_named = pattern("size.unit_after").match(low, number.end) or pattern("size.n_of").search(low[: number.start])
    is_screened = named("question.screened_after").match(low, number.end) or named("question.screened_before").search(
        low[: number.start]
    )
    return bool(is_named) and not is_screened and number.value < _MOST


def in_short(reading: Reading, terms: Terms, people: Concept) -> re.Pattern[str] | None:
    """The last word of a term by which the record goes on to call it: "groin hernia … hernia occurred in 12".

    None where the term stands nowhere in full, or the word also stands for another kind ("umbilical hernia").
    """
    low = marked(f"{reading.raw_title}. {reading.raw_abstract}", people)
    last, before = _last_words(terms), named("question.before_short")
    found = list(last.finditer(low)) if last and people.first(f"{reading.raw_title}. {reading.raw_abstract}") else []
    return last if found and all(before.search(low[: place.start()]) for place in found) else None


@lru_cache(maxsize=64)
def _last_words(terms: Terms) -> re.Pattern[str] | None:
    words = {term.lower().split()[-1].rstrip("*") for term in terms.words if len(term.split()) > 1}
    return re.compile("|".join(rf"\b{spelled(word)}" for word in sorted(words))) if words else None
