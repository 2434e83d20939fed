"""Where a record names a concept of the question and means it. Pure.

An abbreviation can stand for something else in a record ("LC-MS", "mitral stenosis (MS)", "300 ms"), and people
can be described by what they do not have. Such mentions are no reason to call a record relevant.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from monitor.evidence.article.bearing.abbreviations import defined, written_out
from monitor.evidence.article.bearing.spelling import spelled
from monitor.evidence.article.classification.rules import pattern as named
from monitor.evidence.article.text import Reading, lowered
from monitor.model import Terms

#: A word of the configuration in capitals, and no longer than this, abbreviates a longer one beside it.
_LONGEST_ABBREVIATION = 6
#: Stands for any mention of a concept in the expressions of `rules.toml`.
_HERE = "¤"
#: "LC-MS", "chromatography-MS", "non-MS" and "MS-based" are words of their own; "post-COVID" and "long-COVID" are not.
_JOINED_BEFORE, _JOINED_AFTER = re.compile(r"(?:[A-Z0-9]|[a-z]{6}|\b[Nn]on)[-/–‐]$"), re.compile(r"/|-based\b")
#: How far before a mention a denial of it can begin, in characters.
_REACH = 80


@lru_cache(maxsize=256)
def matcher(terms: Terms) -> re.Pattern[str] | None:
    """One expression for the free-text words of a concept; `*` truncates. None when there are no words.

    However it is spelled it is the same word (`spelling`).
    """
    words = sorted({w.strip().lower() for w in terms.words if w.strip()}, key=len, reverse=True)
    if not words:
        return None
    return re.compile("|".join(rf"(?<!\w){spelled(word)}" for word in words))


@lru_cache(maxsize=256)
def _abbreviations(terms: Terms) -> frozenset[str]:
    short = {w.lower() for w in terms.words if w.isupper() and len(w) <= _LONGEST_ABBREVIATION}
    return frozenset(short) if len(short) < len(terms.words) else frozenset()


@lru_cache(maxsize=256)
def _in_full(terms: Terms) -> re.Pattern[str] | None:
    return matcher(Terms(tuple(w for w in terms.words if w.lower() not in _abbreviations(terms))))


@dataclass(frozen=True, slots=True)
class Concept:
    """The words of one concept as one record uses them.

    `redefined` are abbreviations that it uses otherwise, `own` those that it defines for the concept itself, as
    written. A mention inside words that the question `excludes` ("prevention of COVID-19") is none.
    """

    pattern: re.Pattern[str] | None
    abbreviations: frozenset[str] = frozenset()
    redefined: frozenset[str] = frozenset()
    excludes: re.Pattern[str] | None = None
    own: frozenset[str] = frozenset()

    def mentions(self, raw: str) -> Iterator[re.Match[str]]:
        """The places in `raw` where the concept is named and meant; offsets are those of `raw`."""
        if self.pattern is None:
            return
        low = lowered(raw)
        other = [found.span() for found in self.excludes.finditer(low)] if self.excludes else []
        for match in self.pattern.finditer(low):
            is_inside = any(start <= match.start() and match.end() <= end for start, end in other)
            if not is_inside and not self._is_other_word(match, raw) and not _is_denied(low, *match.span()):
                yield match

    def first(self, raw: str) -> re.Match[str] | None:
        """The first place in `raw` where the concept is meant."""
        return next(self.mentions(raw), None)

    def _is_other_word(self, match: re.Match[str], raw: str) -> bool:
        own = {short.lower() for short in self.own}
        if match[0] not in self.abbreviations | own:
            return False
        written = raw[match.start() : match.end()]
        is_lowered = raw == lowered(raw)  # the words of an arm, whose capitals are lost
        is_written_so = written in self.own or is_lowered if match[0] in own else written.isupper()
        before = raw[max(0, match.start() - _REACH) : match.start()]
        is_joined = (
            _JOINED_BEFORE.search(before)
            or named("question.instrument_before").search(lowered(before))
            or _JOINED_AFTER.match(raw[match.end() :])
        )
        return not is_written_so or match[0] in self.redefined or bool(is_joined)


def _is_denied(low: str, start: int, end: int) -> bool:
    before, after = low[max(0, start - _REACH) : start], low[end : end + _REACH]
    return before.endswith("non-") or bool(
        named("question.denied_before").search(before) or named("question.denied_after").match(after)
    )


def concept(terms: Terms, reading: Reading, exclude: Terms | None = None) -> Concept:
    """The concept as this record uses its words, outside the words that the question excludes."""
    short = _abbreviations(terms)
    text = f"{reading.raw_title}. {reading.raw_abstract}"
    redefined = frozenset(word for word in short if _is_redefined(word, terms, text))
    if not short and (full := written_out(text, (word for word in terms.words if word.isupper()))):
        terms = replace(terms, words=(*terms.words, *sorted(full)))  # a question that knows the abbreviation alone
    found = Concept(matcher(terms), short, redefined, matcher(exclude) if exclude else None)
    own = defined(text, found.mentions(text)) if found.pattern else frozenset()
    return replace(found, pattern=_with(terms, own), own=own) if own else found


@lru_cache(maxsize=256)
def _with(terms: Terms, own: frozenset[str]) -> re.Pattern[str] | None:
    """The words of a concept, and the abbreviations that a record defines for it."""
    short = "|".join(rf"(?<!\w){re.escape(word)}(?!\w)" for word in sorted(map(str.lower, own), key=len, reverse=True))
    given = matcher(terms)
    return re.compile(f"{short}|{given.pattern}") if given else None


def _is_redefined(word: str, terms: Terms, text: str) -> bool:
    """Whether the record spells the abbreviation out as something else, and nowhere as the concept."""
    capitals = re.escape(word.upper())
    if word.upper() not in text:
        return False
    meanings = [m[1] for m in re.finditer(rf"((?:[\w'’-]+ ){{1,6}})[(\[](?:[\w-]+[,;] )?{capitals}[)\],;]", text)]
    meanings += [m[1] for m in re.finditer(rf"\b{capitals} [(\[]([A-Za-z][\w' -]{{5,60}})[)\]]", text)]
    meanings += [m[1] for m in re.finditer(rf"\b{capitals}(?:,| =| stands for|:) ([a-z]+ [a-z]+)[;.,]", text)]
    in_full = _in_full(terms)
    is_own = any(in_full and in_full.search(lowered(one)) for one in meanings)
    return not is_own and any(_abbreviates(word, one) for one in meanings)


def _abbreviates(word: str, meaning: str) -> bool:
    """Whether the last words before a bracket can be what the letters stand for."""
    first, initials = word[0], [part[0].lower() for part in re.split(r"[\s-]+", meaning.strip()) if part]
    return first in initials[-len(word) - 1 :] and bool(set(word) & set(meaning.lower()))


def marked(raw: str, meant: Concept) -> str:
    """The sentence in lower case with each mention of the concept replaced by one sign."""
    low, done, parts = lowered(raw), 0, []
    for match in meant.mentions(raw):
        parts += [low[done : match.start()], _HERE]
        done = match.end()
    return "".join([*parts, low[done:]])
