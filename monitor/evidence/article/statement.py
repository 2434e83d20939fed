"""What one sentence says by its own words: the yardstick that the reader of results is measured against."""

from __future__ import annotations

import re

from monitor.evidence.article.rules import pattern
from monitor.evidence.article.text import Reading, lowered, sentences
from monitor.model import Direction, Statement


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
