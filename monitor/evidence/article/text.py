"""The text of one record, made ready for rules: lower-cased, non-statements blanked, offsets kept."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

from monitor.evidence.article.stems import Needs, Stems
from monitor.model import AbstractSection, Article

#: A sentence ends at . ! ? followed by space and something that can start a sentence; not after "vs." or an initial.
_SENTENCE_END = re.compile(r"[.!?](?<!\bvs\.)(?<!\b[A-Z]\.)(?<!\be\.g\.)(?<!\bi\.e\.)(?<!\bal\.)\s+(?=[A-Z0-9\[(\"“])")

#: Typographic hyphens read as the plain one ("double‐blind"); one character for one, so offsets hold.
_HYPHENS = "\u2010\u2011\u2012"

#: What is expected is a hypothesis, whatever a publisher files it under: "EXPECTED RESULTS/CONCLUSION".
_EXPECTED = re.compile(r"\b(?:expected|anticipated|predicted)\b", re.I)

_LABELS = (
    ("CONCLUSIONS", ("conclu", "interpretation", "implication", "significance", "discussion", "summary")),
    ("RESULTS", ("result", "finding", "main outcome and result")),
    ("METHODS", ("method", "design", "setting", "participant", "patient", "intervention", "procedure", "subjects")),
    ("OBJECTIVE", ("objective", "aim", "purpose", "hypothes", "goal", "question")),
    ("BACKGROUND", ("background", "introduction", "context", "rationale", "importance", "trial registration")),
)


class Blanker(Protocol):
    """A pattern with the words that make it worth trying."""

    @property
    def field(self) -> str:
        """ "abstract" or "any"."""

    @property
    def needs(self) -> Needs:
        """Words of which one must occur."""

    @property
    def also(self) -> tuple[str, ...]:
        """Further words of which the same sentence must hold one; any sentence may do where there are none."""

    @property
    def pattern(self) -> re.Pattern[str]:
        """What to blank."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One record's words. `title` and `abstract` are lower-case and blanked, the plain texts lower-case only.

    All texts of one field have the same offsets. `sections` are (category, start, end) in the abstract;
    category is NLM's word, "" where unknown. `stems` are those of the rules that can occur, None where not looked up.
    """

    title: str
    abstract: str
    raw_title: str
    raw_abstract: str
    plain_title: str
    plain_abstract: str
    sections: tuple[tuple[str, int, int], ...] = ()
    stems: frozenset[bytes] | None = None

    def section(self, category: str) -> str:
        """The raw text of the sections of one category, "" when there is none."""
        return " ".join(self.raw_abstract[start:end] for name, start, end in self.sections if name == category)

    def section_at(self, position: int) -> str:
        """The category of the section that holds this offset of the abstract."""
        return next((name for name, start, end in self.sections if start <= position < end), "")


def read(article: Article, blanks: Iterable[Blanker], known: Stems | None = None) -> Reading:
    """The words of `article`, with the same offsets in the raw and in the prepared text; with the `known` stems."""
    raw_title = article.title.strip().strip("[]")
    raw_abstract, sections = _joined(article.abstract)
    title, abstract = plain_title, plain_abstract = lowered(raw_title), lowered(raw_abstract)
    stems = known.found(f"{plain_title} {plain_abstract}") if known else None
    for blank in blanks:
        needs = blank.needs.among(stems)
        if blank.field != "abstract":
            title = blanked(title, blank.pattern, needs, blank.also)
        abstract = blanked(abstract, blank.pattern, needs, blank.also)
    return Reading(title, abstract, raw_title, raw_abstract, plain_title, plain_abstract, sections, stems)


def lowered(text: str) -> str:
    """Lower case of the same length: the few letters whose lower case is longer stay as they are."""
    low = text.lower()
    if len(low) != len(text):
        low = "".join(c.lower() if len(c.lower()) == 1 else c for c in text)
    if not low.isascii():
        for hyphen in _HYPHENS:
            low = low.replace(hyphen, "-")
    return low


@lru_cache(maxsize=16)
def sentences(text: str) -> tuple[tuple[int, str], ...]:
    """The sentences of `text` with their offsets; kept, for several readers take those of one abstract in turn."""
    found: list[tuple[int, str]] = []
    start = 0
    for end in _SENTENCE_END.finditer(text):
        found.append((start, text[start : end.start() + 1]))
        start = end.end()
    if start < len(text):
        found.append((start, text[start:]))
    return tuple(found)


def category_of(label: str) -> str:
    """NLM's category of a section label ("MAIN OUTCOME MEASURES" → "METHODS"), "" where it says nothing."""
    if _EXPECTED.search(label):
        return "OBJECTIVE"
    low = label.lower()
    return next((category for category, cues in _LABELS if any(cue in low for cue in cues)), "")


def _joined(parts: tuple[AbstractSection, ...]) -> tuple[str, tuple[tuple[str, int, int], ...]]:
    text, sections = "", []
    for part in parts:
        if text:
            text += " "
        start = len(text)
        text += f"{part.label}: {part.text}" if part.label else part.text
        sections.append((_category(part), start, len(text)))
    return text, tuple(sections)


def _category(part: AbstractSection) -> str:
    is_unknown = part.category in ("", "UNASSIGNED") or _EXPECTED.search(part.label)
    return category_of(part.label) if is_unknown else part.category


def windows(text: str, needs: Sequence[str]) -> Iterator[tuple[int, int]]:
    """The sentences of `text` that hold one of `needs`, as offsets: an expression is only tried on these.

    Sentences end at ". " here, which is cheap and errs only towards shorter ones.
    """
    seen: set[int] = set()
    for word in needs:
        position = text.find(word)
        while position >= 0:
            start = text.rfind(". ", 0, position) + 1
            end = text.find(". ", position)
            end = len(text) if end < 0 else end + 1
            if start not in seen:
                seen.add(start)
                yield start, end
            position = text.find(word, end)


def blanked(text: str, pattern: re.Pattern[str], needs: Sequence[str], also: Sequence[str] = ()) -> str:
    """The text with every match of `pattern` replaced by dots, in each sentence with one of `needs`; offsets hold.

    Where `also` names words, the sentence must hold one of these, too.
    """
    for start, end in windows(text, needs):
        sentence = text[start:end]
        if also and not any(map(sentence.__contains__, also)):
            continue
        part = pattern.sub(_dots, sentence)
        if part != sentence:
            text = text[:start] + part + text[end:]
    return text


def _dots(match: re.Match[str]) -> str:
    return "·" * (match.end() - match.start())
