"""What a meta-analysis of association concludes, in the words of its authors. Pure."""

from __future__ import annotations

import re

from monitor.evidence.article.classification.rules import pattern
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


def _last(abstract: str) -> list[str]:
    """The last three sentences of an abstract without labels, the last one first, further ones only if it is silent."""
    texts = [text for _, text in sentences(abstract)]
    return texts[-1:] + texts[-2:-1] + texts[-3:-2]


def _clean(sentence: str) -> str:
    return re.sub(r"^[A-Z][A-Z ,/&-]+: ", "", sentence.strip())
