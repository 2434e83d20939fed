"""Are all participants of a trial the question's people, most of them, or a few? Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from monitor.evidence.article.bearing.concept import Concept, marked
from monitor.evidence.article.result.numbers import Number, numbers
from monitor.evidence.article.result.patterns import pattern
from monitor.evidence.article.rules import pattern as named
from monitor.evidence.article.text import Reading, sentences
from monitor.language.messages import message
from monitor.model import Basis, Question

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
        if after["whole"]:
            yield number.value, int(after["whole"].replace(",", ""))
        elif named("question.part_before").search(low[: number.start]):
            yield number.value, 0


def _is_of_people(number: Number, low: str) -> bool:
    is_named = pattern("size.unit_after").match(low, number.end) or pattern("size.n_of").search(low[: number.start])
    return bool(is_named) and number.value < _MOST
