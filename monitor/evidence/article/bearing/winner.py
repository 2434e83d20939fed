"""Which arm does a concluding sentence call better: the question's intervention, or what it was compared with? Pure.

"A lowered the pressure more than B" states a benefit of A. Where B is the question's intervention, the sentence
says nothing good of it, however positive its words are.
"""

from __future__ import annotations

from monitor.evidence.article.bearing.arms import names
from monitor.evidence.article.bearing.concept import concept, marked, matcher
from monitor.evidence.article.classification.rules import pattern as named
from monitor.evidence.article.text import Reading, lowered
from monitor.model import Question


def is_of_comparator(sentence: str, reading: Reading, question: Question) -> bool:
    """Does the sentence, or the title, call better what the intervention was compared with?"""
    return _is_loser(lowered(sentence), reading, question) or _is_outdone(lowered(reading.raw_title), reading, question)


def is_of_combination(sentence: str, reading: Reading, question: Question) -> bool:
    """Does the sentence speak of the intervention together with something, where another arm had it alone?"""
    intervention = concept(question.intervention, reading)
    told, alone = marked(sentence, intervention), named("winner.alone")
    is_alone = alone.search(marked(f"{reading.raw_title}. {reading.raw_abstract}", intervention))
    return bool(is_alone and named("winner.together").search(told) and not alone.search(told))


def _is_loser(low: str, reading: Reading, question: Question) -> bool:
    """Some clause measures something else against the intervention; or the sentence names only the comparator."""
    intervention, comparator = concept(question.intervention, reading), matcher(question.comparator)

    def named_in(text: str) -> bool:
        return names(text, intervention, question.intervention)

    if any(named_in(against) and not named_in(better) for better, against in _comparisons(low)):
        return True
    better = " ".join(better for better, _ in _comparisons(low))
    return not named_in(low) and bool(comparator and comparator.search(better))


def _comparisons(low: str) -> list[tuple[str, str]]:
    """Clause by clause the words of what is compared, and of what with; "" for the second where nothing is compared."""
    if leading := named("winner.leading").match(low):
        return [(low[leading.end() :], leading["against"])]
    return [_sides(clause) for clause in named("winner.clause_end").split(low)]


def _is_outdone(title: str, reading: Reading, question: Question) -> bool:
    intervention = concept(question.intervention, reading)
    parts = named("winner.outdone").split(title, maxsplit=1)
    return len(parts) == 2 and not intervention.first(parts[0]) and bool(intervention.first(parts[1]))


def _sides(clause: str) -> tuple[str, str]:
    """The words of what is compared, and of what it is compared with; without a comparison all are of the first."""
    found = named("winner.against").search(clause)
    return (clause[: found.start()], clause[found.end() :]) if found else (clause, "")
