"""What is claimed of one report's result: with the words, where they were read, how sure, and by whom. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from monitor.evidence.article.details import control_words
from monitor.evidence.article.text import sentences
from monitor.model import Article, Control, Direction, Verdict

STATED, QUOTED = "stated", "quoted, not classified"


@dataclass(frozen=True, slots=True)
class Claim:
    """One thing read from a report. `where` is "title", "abstract", "conclusion" or "registry"; `sure` is STATED where
    the words say so with certainty, QUOTED where they are shown and nothing is concluded; `by` is "rules" or a person.
    """

    what: str
    value: str
    words: str
    where: str
    sure: str
    by: str


def claims(article: Article, verdict: Verdict) -> tuple[Claim, ...]:
    """Direction, size, control, blinding, primary outcome, stage and registry number, as far as they are claimed."""
    by = verdict.by
    found = [_direction(verdict)]
    if verdict.sample_size is not None:
        found.append(Claim("size", f"{verdict.sample_size:,}", *_size_words(article, verdict.sample_size), STATED, by))
    if verdict.control is not Control.NOT_STATED:
        found.append(Claim("control", str(verdict.control), *control_words(article), STATED, by))
    if verdict.blinding:
        found.append(Claim("blinding", verdict.blinding, *_place(article, verdict.blinding), STATED, by))
    if verdict.primary:
        found.append(Claim("primary outcome", verdict.primary, *_place(article, verdict.primary), STATED, by))
    if verdict.stage:
        found.append(Claim("stage", verdict.stage, article.title, "title", STATED, by))
    found += [Claim("registry", r.number, r.number, r.found_in, STATED, by) for r in article.registrations]
    return tuple(claim for claim in found if claim)


def _direction(verdict: Verdict) -> Claim | None:
    said = verdict.statement
    if said is None:
        return None
    is_certain = said.direction is not Direction.NOT_STATED
    value = str(said.direction) if is_certain else ""
    return Claim("direction", value, said.sentence, said.field, STATED if is_certain else QUOTED, verdict.by)


def _place(article: Article, words: str) -> tuple[str, str]:
    return words, "title" if words in article.title else "abstract"


def _size_words(article: Article, size: int) -> tuple[str, str]:
    """The first sentence with the number in digits; "" where it is a sum or is written in words."""
    digits = re.compile(rf"(?<![\d.,]){size}(?![\d.,]*\d)|(?<!\d){size:,}(?!\d)")
    spoken = (text.strip() for _, text in sentences(article.abstract_text))
    return next((text for text in spoken if digits.search(text)), ""), "abstract"
