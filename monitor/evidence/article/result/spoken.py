"""The sentences of an abstract with the part of it they stand in: what concludes, what reports a result. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from monitor.evidence.article.result.signs import signs
from monitor.evidence.article.text import Reading, lowered, sentences

_LABEL = re.compile(r"^(?:[A-Z][A-Za-z /&,()'’-]{2,60}|[A-Z ]{3,60}): ")
_CONCLUDES = re.compile(
    r"^(?:in )?conclusions?\b|\bwe (?:therefore )?conclude\b|\bin (?:conclusion|summary)\b|^(?:taken together|thus|therefore|overall|in short)\b|"
    r"\b(?:these|our|the present|present|the) (?:\w+ )?(?:results|findings|data|study|trial|evidence) (?:\w+ )?(?:suggest|indicat|show|demonstrat|support|confirm|provid|reveal|impl)\w*|"
    r"\b(?:this|the present|our|the current) (?:[\w-]+ ){0,3}(?:study|trial|findings|analysis) (?:\w+ )?(?:suggest|indicat|show|demonstrat|support|confirm|provid|reveal|impl|found|add)\w*|\bit (?:is|can be|was) concluded\b"
)
_RESULT = re.compile(
    r"\b(?:significan\w+|p ?[<=>]|95 ?% ?ci|(?:was|were) (?:\w+ )?(?:higher|lower|greater|similar|observed|found|reduced|increased|improved|longer|shorter|better|comparable)|"
    r"increased|decreased|improved|differ\w*|reduced|compared (?:with|to)|than|respectively)\b|%"
)
_PLANS = re.compile(r"\b(?:aim\w*|objective|purpose|we (?:evaluated|compared|investigated|examined|assessed|hypothesi\w+)|to (?:determine|evaluate|compare|assess|investigate|examine)|were randomi[sz]ed|randomly|was to|will be|whether)\b")
_REGISTERED = re.compile(r"\b(?:clinicaltrials\.gov|trial registration|registered|registration|isrctn\w*|nct\d+|copyright|©|funding|funded by)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Spoken:
    """One sentence; `part` is "title", "conclusion", "result" or "other".

    `start` and `end` are its place in the abstract, 0 for the title.
    """

    text: str
    part: str
    start: int = 0
    end: int = 0

    @property
    def signs(self) -> frozenset[str]:
        """What it says of a result; read only where it is asked for, for it takes most of the time."""
        return signs(self.text)


def spoken(reading: Reading) -> list[Spoken]:
    """Title and sentences in order. Without labels the concluding words tell, else the last sentence concludes."""
    found = [Spoken(reading.raw_title, "title")]
    body = [(start, text) for start, text in sentences(reading.raw_abstract) if text.strip()]
    while len(body) > 1 and _is_note(body[-1][1]):
        body.pop()
    labelled = any(category == "CONCLUSIONS" for category, _, _ in reading.sections)
    for number, (start, text) in enumerate(body):
        bare = _LABEL.sub("", text.strip())
        part = _part(reading, start, bare, number, len(body), labelled=labelled)
        found.append(Spoken(bare, part, start, start + len(text)))
    return found


def _is_note(text: str) -> bool:
    """A last sentence about registration, money or rights, or one in brackets, concludes nothing."""
    if re.fullmatch(r"[(\[].*[)\]]\.?", text.strip()):
        return True
    return bool(_REGISTERED.search(text)) and not _RESULT.search(lowered(text))


def _part(reading: Reading, start: int, text: str, number: int, count: int, *, labelled: bool) -> str:
    category = reading.section_at(start)
    low = lowered(text)
    if category == "CONCLUSIONS":
        return "conclusion"
    if category == "RESULTS":
        return "conclusion" if not labelled and number >= count - 2 and _CONCLUDES.search(low) else "result"
    if category:
        return "other"
    if not labelled and number >= count - 3 and number > 1 and _CONCLUDES.search(low):
        return "conclusion"
    if not labelled and number == count - 1:
        return "conclusion"
    is_late = number >= count * 0.4
    return "result" if is_late and _RESULT.search(low) and not _PLANS.search(low) else "other"
