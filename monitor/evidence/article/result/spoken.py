"""The sentences of an abstract with the part of it they stand in: what concludes, what reports a result. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from monitor.evidence.article.result.patterns import pattern
from monitor.evidence.article.result.signs import signs
from monitor.evidence.article.text import Reading, lowered, sentences


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
        bare = pattern("spoken.label").sub("", text.strip())
        part = _part(reading, start, bare, number, len(body), labelled=labelled)
        found.append(Spoken(bare, part, start, start + len(text)))
    return found


def _is_note(text: str) -> bool:
    """A last sentence about registration, money or rights, or one in brackets, concludes nothing."""
    if pattern("spoken.in_brackets").fullmatch(text.strip()):
        return True
    return bool(pattern("spoken.registered").search(text)) and not pattern("spoken.result").search(lowered(text))


def _part(reading: Reading, start: int, text: str, number: int, count: int, *, labelled: bool) -> str:
    category = reading.section_at(start)
    low = lowered(text)
    if category == "CONCLUSIONS":
        return "conclusion"
    if category == "RESULTS":
        return (
            "conclusion"
            if not labelled and number >= count - 2 and pattern("spoken.concludes").search(low)
            else "result"
        )
    if category:
        return "other"
    if not labelled and number >= count - 3 and number > 1 and pattern("spoken.concludes").search(low):
        return "conclusion"
    if not labelled and number == count - 1:
        return "conclusion"
    is_late = number >= count * 0.4
    return (
        "result"
        if is_late and pattern("spoken.result").search(low) and not pattern("spoken.plans").search(low)
        else "other"
    )
