"""The sentences of an abstract with the part of it they stand in: what concludes, what reports a result. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from monitor.evidence.article.result.patterns import pattern
from monitor.evidence.article.result.signs import signs
from monitor.evidence.article.text import Reading, category_of, lowered, sentences


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
    categories = _categories(reading, body)
    labelled = "CONCLUSIONS" in categories
    has_begun = False
    for number, (start, text) in enumerate(body):
        bare = pattern("spoken.label").sub("", text.strip())
        place = _Place(number, len(body), labelled, has_begun)
        part = _part(categories[number], lowered(bare), place)
        has_begun = has_begun or part == "result"
        found.append(Spoken(bare, part, start, start + len(text)))
    return found


def _categories(reading: Reading, body: list[tuple[int, str]]) -> list[str]:
    """The section of each sentence, by its label; in running text a label may be a word: "Results. Of 60 ..."."""
    found, running = [], ""
    for start, text in body:
        category = reading.section_at(start)
        label = None if category else pattern("spoken.running_label").match(text)
        running = category_of(label[1]) if label else running
        found.append(category or running)
    return found


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a sentence stands among the `count` of the abstract, and whether a result was told before it."""

    number: int
    count: int
    is_labelled: bool
    has_begun: bool

    def is_among_last(self, few: int) -> bool:
        """Whether it may conclude: among the last `few`, where no label says what concludes."""
        return not self.is_labelled and self.number >= self.count - few


def _is_note(text: str) -> bool:
    """A last sentence about registration, money or rights, or one in brackets, concludes nothing."""
    if pattern("spoken.in_brackets").fullmatch(text.strip()):
        return True
    return bool(pattern("spoken.registered").search(text)) and not pattern("spoken.result").search(lowered(text))


def _part(category: str, low: str, place: _Place) -> str:
    if category == "CONCLUSIONS":
        return "conclusion"
    if category == "RESULTS":
        return "conclusion" if place.is_among_last(2) and _concludes(low) else "result"
    if category:
        return "other"
    if place.is_among_last(1) or (place.is_among_last(3) and place.number > 1 and _concludes(low)):
        return "conclusion"
    return "result" if _tells_result(low, place) else "other"


def _concludes(low: str) -> bool:
    return bool(pattern("spoken.concludes").search(low))


def _tells_result(low: str, place: _Place) -> bool:
    """In running text: words of a result once results have begun or in the later part, figures of one anywhere."""
    if pattern("spoken.figures").search(low):
        return place.number > 0
    if pattern("spoken.plans").search(low) or not pattern("spoken.result").search(low):
        return False
    return place.has_begun or place.number >= place.count * 0.4
