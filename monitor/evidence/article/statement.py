"""The direction of a result in the authors' own words: one sentence quoted from the record, never composed."""

from __future__ import annotations

import re

from monitor.evidence.article.rules import pattern
from monitor.evidence.article.text import Reading, lowered, sentences
from monitor.model import Direction, Statement


def statement(reading: Reading) -> Statement | None:
    """The authors' concluding sentence and the direction it states; None when the record concludes nothing.

    Read first in the conclusion section, else in the last sentences of the abstract. Where words of
    benefit and of no difference stand side by side the direction is "mixed".
    """
    concluding = reading.section("CONCLUSIONS")
    candidates = [text for _, text in sentences(concluding)] if concluding else _last(reading.raw_abstract)
    best: Statement | None = None
    for sentence in candidates:
        found = direction(sentence)
        if found is not Direction.NOT_STATED:
            return Statement(found, _clean(sentence), "conclusion" if concluding else "abstract")
        if best is None and pattern("says.reports").search(lowered(sentence)):
            best = Statement(found, _clean(sentence), "conclusion" if concluding else "abstract")
    return best


def association(reading: Reading) -> Statement | None:
    """What a meta-analysis of association concludes, in its own sentence; it has no direction of treatment."""
    concluding = reading.section("CONCLUSIONS")
    candidates = [text for _, text in sentences(concluding)] if concluding else _last(reading.raw_abstract)
    for sentence in candidates:
        if pattern("says.association").search(lowered(sentence)):
            return Statement(Direction.NOT_STATED, _clean(sentence), "conclusion" if concluding else "abstract")
    return None


def direction(sentence: str) -> Direction:
    """The direction one sentence states, by its own words."""
    low = lowered(sentence)
    without = pattern("says.no_difference").sub(lambda m: " " * len(m[0]), low)
    null, good = (
        pattern("says.no_difference").search(low) is not None,
        pattern("says.benefit").search(without) is not None,
    )
    harm = pattern("says.harm").search(without) is not None and not pattern("says.hedge").search(low)
    if harm:
        return Direction.MIXED if good else Direction.HARM
    if null and good:
        return Direction.MIXED if pattern("says.contrast").search(low) else Direction.NO_DIFFERENCE
    if null:
        return Direction.NO_DIFFERENCE
    return Direction.BENEFIT if good else Direction.NOT_STATED


def _last(abstract: str) -> list[str]:
    """The last three sentences of an abstract without labels, the last one first, further ones only if it is silent."""
    texts = [text for _, text in sentences(abstract)]
    return texts[-1:] + texts[-2:-1] + texts[-3:-2]


def _clean(sentence: str) -> str:
    return re.sub(r"^[A-Z][A-Z ,/&-]+: ", "", sentence.strip())
