"""Which arm does a concluding sentence call better: the question's intervention, or what it was compared with? Pure.

"A lowered the pressure more than B" states a benefit of A. Where B is the question's intervention, the sentence
says nothing good of it, however positive its words are.
"""

from __future__ import annotations

from monitor.evidence.article.bearing.concept import concept, matcher
from monitor.evidence.article.rules import pattern as named
from monitor.evidence.article.text import Reading, lowered
from monitor.model import Question


def is_of_comparator(sentence: str, reading: Reading, question: Question) -> bool:
    """Does the sentence, or the title, call better what the intervention was compared with?"""
    return _is_loser(lowered(sentence), reading, question) or _is_outdone(lowered(reading.raw_title), reading, question)


def _is_loser(low: str, reading: Reading, question: Question) -> bool:
    """The intervention is named only as what something else is measured against; or only its comparator is named."""
    intervention, comparator = concept(question.intervention, reading), matcher(question.comparator)
    better, against = _sides(low)
    if intervention.first(better):
        return False
    return bool(intervention.first(against)) or bool(comparator and comparator.search(better))


def _is_outdone(title: str, reading: Reading, question: Question) -> bool:
    intervention = concept(question.intervention, reading)
    parts = named("winner.outdone").split(title, maxsplit=1)
    return len(parts) == 2 and not intervention.first(parts[0]) and bool(intervention.first(parts[1]))


def _sides(low: str) -> tuple[str, str]:
    """The words of what is compared, and of what it is compared with; without a comparison all are of the first."""
    if leading := named("winner.leading").match(low):
        return low[leading.end() :], leading["against"]
    if found := named("winner.against").search(low):
        end = named("winner.clause_end").search(low, found.end())
        stop = end.start() if end else len(low)
        return low[: found.start()] + low[stop:], low[found.end() : stop]
    return low, ""
