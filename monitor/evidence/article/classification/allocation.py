"""What people were allocated to, in the words of the record: the one reader of arms. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from monitor.evidence.article.classification.rules import pattern
from monitor.evidence.article.text import Reading, lowered, sentences

_BRACKETS = re.compile(r" ?\([^)]*\)")


def allocations(reading: Reading) -> Iterator[str]:
    """The arms in each sentence on allocation, in lower case: "zinc (n = 30) or placebo for six weeks".

    What people had before, or beside it, is left out: "received X and were randomised to Y or Z".
    """
    for _, sentence in sentences(reading.raw_abstract):
        if match := pattern("question.allocated_to").search(lowered(sentence)):
            told = pattern("question.then_to").split(match["arms"])[-1]
            yield pattern("question.around_arms").sub("", told)


def arms(told: str) -> list[str]:
    """Each arm of one allocation by itself, without what stands in brackets."""
    return [part for part in pattern("question.either").split(_BRACKETS.sub("", told)) if part and part.strip()]
