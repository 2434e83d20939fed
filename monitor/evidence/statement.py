"""The direction of a result in the authors' own words: one sentence quoted from the record, never composed."""

from __future__ import annotations

import re

from monitor.evidence.text import Reading, lowered, sentences
from monitor.model import Direction, Statement

_NO_DIFFERENCE = re.compile(
    r"\b(?:no (?:\w+[ -]){0,4}(?:difference|benefit|effect|improvement|advantage|evidence of (?:a )?(?:benefit|effect|difference))|not (?:\w+ ){0,3}(?:differ|superior|improve|effective|beneficial|better|reduce|significantly|significant|different|support)\w*|(?:did|does|do|was|were|is|are|has|have|had|could|failed) ?(?:not|n't)\b[^.;]{0,40}\b(?:improv|reduc|differ|benefit|effective|superior|show|increase|decrease|prevent|affect|result)\w*|failed to|ineffective|similar (?:in|between|to)|comparable|non-?inferior|equivalent|neither\b|unlikely to (?:benefit|be)|non-?significant)"
)
_BENEFIT = re.compile(
    r"\b(?:improv(?:ed?|es|ing|ement)\w*|reduc(?:ed?|es|tion)|effective(?:ly)?|efficacious|superior|benefi(?:t|ts|cial|ted)|better|decreas(?:ed|es)|favou?red|lower (?:\w+ ){0,3}(?:rate|risk|score|pain|mortality)\w*|prevent(?:ed|s)|relie(?:f|ved|ves)|enhanc\w+|prolong\w+|alleviat\w+|encouraging)\b"
)
_HARM = re.compile(
    r"\b(?:harm(?:ed|ful)?|worse(?:n|ned|ning)?|exacerbat\w+|increased (?:mortality|risk|adverse|death)\w*|detrimental|unsafe|higher (?:mortality|risk|rate of adverse))\b"
)
_HEDGED_HARM = re.compile(r"\b(?:non-?significant|trend|may|might|could)\b")
_CONTRAST = re.compile(r"\b(?:but|however|while|whereas|although|though|except)\b")
_REPORTS = re.compile(
    r"\b(?:conclu|show|improv|differ|effective|benefit|reduc|superior|efficac|result|decreas|increas|safe|similar|found)\w*"
)


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
        if best is None and _REPORTS.search(lowered(sentence)):
            best = Statement(found, _clean(sentence), "conclusion" if concluding else "abstract")
    return best


def direction(sentence: str) -> Direction:
    """The direction one sentence states, by its own words."""
    low = lowered(sentence)
    without = _NO_DIFFERENCE.sub(lambda m: " " * len(m[0]), low)
    null, good = _NO_DIFFERENCE.search(low) is not None, _BENEFIT.search(without) is not None
    harm = _HARM.search(without) is not None and not _HEDGED_HARM.search(low)
    if harm:
        return Direction.MIXED if good else Direction.HARM
    if null and good:
        return Direction.MIXED if _CONTRAST.search(low) else Direction.NO_DIFFERENCE
    if null:
        return Direction.NO_DIFFERENCE
    return Direction.BENEFIT if good else Direction.NOT_STATED


def _last(abstract: str) -> list[str]:
    """The last three sentences of an abstract without labels, the last one first, further ones only if it is silent."""
    texts = [text for _, text in sentences(abstract)]
    return texts[-1:] + texts[-2:-1] + texts[-3:-2]


def _clean(sentence: str) -> str:
    return re.sub(r"^[A-Z][A-Z ,/&-]+: ", "", sentence.strip())
