"""Is the question about animals, and is the record about the same ones? Pure."""

from __future__ import annotations

from monitor.evidence.article.classification.rules import pattern as named
from monitor.evidence.article.text import Reading, lowered
from monitor.model import Question

_ANY = "any"


def asked(question: Question) -> frozenset[str]:
    """The kinds of animals that the question's own words name; none for a question about people."""
    return _kinds(question.population_name, *question.population.words)


def is_of_them(reading: Reading, question: Question) -> bool:
    """Whether the record names one of the kinds of animals that are asked about."""
    kinds = asked(question)
    return bool(kinds) and (_ANY in kinds or bool(kinds & _kinds(reading.raw_title, reading.raw_abstract)))


def _kinds(*texts: str) -> frozenset[str]:
    found = (match.lastgroup for text in texts for match in named("question.of_animals").finditer(lowered(text)))
    return frozenset(kind for kind in found if kind)
