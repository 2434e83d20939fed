"""What a revised abstract says now and did not say before: its conclusion, else sentences with numbers. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache

from monitor.evidence.article.classification.rules import book
from monitor.evidence.article.text import read, sentences
from monitor.model import AbstractSection, Article, Change, Design, Direction, Statement, Verdict

#: How many sentences of one abstract are compared in a mail.
SENTENCES = 2
#: Unchanged words kept on each side of a changed one.
_AROUND = 8
_LABEL = re.compile(r"(?:^|(?<=[.!?]) )([A-Z][A-Z /&,-]{3,60}): ")
_NUMBER = re.compile(r"\d[\d.,]*")


@dataclass(frozen=True, slots=True)
class Piece:
    """Some words of a sentence, and whether they differ from the other state of it."""

    text: str
    is_changed: bool = False


@dataclass(frozen=True, slots=True)
class Difference:
    """One sentence before and now; () where it did not exist. `is_conclusion`: the authors conclude with it."""

    before: tuple[Piece, ...]
    now: tuple[Piece, ...]
    is_conclusion: bool = False


def differences(old: str, new: str, design: Design) -> tuple[Difference, ...]:
    """The sentences of two abstracts that differ, at most SENTENCES: the conclusion first, then those with numbers."""
    said = [one.sentence if one else "" for one in (stated(old, design), stated(new, design))]
    pairs = sorted(_changed_sentences(old, new), key=lambda pair: _NUMBER.findall(pair[0]) == _NUMBER.findall(pair[1]))
    if not all(said) or said[0] == said[1]:
        return tuple(_difference(*pair) for pair in pairs[:SENTENCES])
    others = [pair for pair in pairs if said[0] not in pair[0] and said[1] not in pair[1]]
    conclusion = _difference(said[0], said[1], is_conclusion=True)
    return (conclusion, *(_difference(*pair) for pair in others[: SENTENCES - 1]))


def reversal(change: Change, verdict: Verdict | None) -> tuple[Direction, Direction] | None:
    """The directions that the authors stated before and state now, where both are certain and differ; else None."""
    for revision in change.revisions:
        if revision.field == "abstract" and verdict:
            old, new = stated(revision.old, verdict.design), stated(revision.new, verdict.design)
            found = tuple(said.direction if said else Direction.NOT_STATED for said in (old, new))
            if Direction.NOT_STATED not in found and found[0] is not found[1]:
                return found[0], found[1]
    return None


@lru_cache(maxsize=256)  # a mail that must be shortened is rendered many times
def stated(abstract: str, design: Design) -> Statement | None:
    """What the authors conclude in an abstract given as one text ("LABEL: …"), for a report of this design."""
    # Imported here: words and patterns that nothing needs until an abstract is revised.
    from monitor.evidence.article.result.report import statement

    parts = _LABEL.split(abstract)  # text before the first label, then label and text in turn
    labelled = zip(parts[1::2], parts[2::2], strict=True)
    sections = [AbstractSection(parts[0])] * bool(parts[0]) + [
        AbstractSection(text, label=name) for name, text in labelled
    ]
    return statement(read(Article("", 1, "", abstract=tuple(sections)), book().blanks), design)


def _changed_sentences(old: str, new: str) -> Iterator[tuple[str, str]]:
    """Pairs of a sentence before and now, "" where there was or is none."""
    before, now = ([text for _, text in sentences(" ".join(_LABEL.sub(" ", text).split()))] for text in (old, new))
    for what, start, end, first, last in SequenceMatcher(None, before, now, autojunk=False).get_opcodes():
        if what != "equal":
            removed, added = before[start:end], now[first:last]
            for place in range(max(len(removed), len(added))):
                yield (removed[place] if place < len(removed) else "", added[place] if place < len(added) else "")


def _difference(old: str, new: str, *, is_conclusion: bool = False) -> Difference:
    before, now = old.split(), new.split()
    matcher = SequenceMatcher(None, before, now, autojunk=False)
    codes = matcher.get_opcodes()
    old_runs = [(what != "equal", before[start:end]) for what, start, end, _, _ in codes]
    new_runs = [(what != "equal", now[start:end]) for what, _, _, start, end in codes]
    return Difference(_pieces(old_runs), _pieces(new_runs), is_conclusion)


def _pieces(runs: Sequence[tuple[bool, list[str]]]) -> tuple[Piece, ...]:
    """The runs of words as pieces; of long unchanged runs only the words beside a changed one."""
    pieces = []
    for place, (is_changed, words) in enumerate(runs):
        kept = words if is_changed else _shortened(words, is_first=place == 0, is_last=place == len(runs) - 1)
        if kept:
            pieces.append(Piece(" ".join(kept), is_changed))
    return tuple(pieces)


def _shortened(words: list[str], *, is_first: bool, is_last: bool) -> list[str]:
    if len(words) <= _AROUND * 2:
        return words
    head = [] if is_first else words[:_AROUND]
    tail = [] if is_last else words[-_AROUND:]
    return [*head, "…", *tail]
