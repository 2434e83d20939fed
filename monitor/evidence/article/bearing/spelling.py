"""One word of a question in all its spellings: hyphened, joined, divided, British, American, plural. Pure.

Records and operators spell alike things differently ("post-partum", "birthweight", "Crohn’s", "tumor"). The
expression built here is the same whichever of these the operator wrote.
"""

from __future__ import annotations

import re

#: What may stand between two words of a term, or where one word can be divided; and between two joined by a sign.
_GAP, _APART, _HYPHEN = r"[\s/–-]*", r"[\s/–-]+", "-?"
_SPLIT = r"[\s–-]?"
_JOINT = r"\s*(?:[/+&–-]|\b(?:and|plus)\b|\s)\s*"
#: A word is divided only where each part has so many letters; after fewer only a hyphen may stand ("re-operation").
_LEAST_PART = 3
#: Shorter words are mostly abbreviations, whose plural is another one.
_LEAST_FOR_PLURAL = 5
_SEPARATOR = re.compile(r"(\s*(?:[/+&]|\b(?:and|plus)\b)\s*|[\s–-]+)(?=\w)")

#: Endings and letters that are spelled in two ways, as found, and the expression for both.
_BOTH_WAYS: tuple[tuple[str, str], ...] = (
    (r"['’]s$", "(?:['’]?s)?"),
    (r"['’]", "['’]?"),
    (r"\*", r"\w*"),
    (r"\+$", r"\+?"),
    (r"(?<=[a-z]{2})ou?r(?=(?:s|ed|ing|al)?$)", "ou?r"),
    (r"(?<=[bt])(?:re|er)(?=s?$)", "(?:re|er)"),
    (r"(?<=[iy])[sz](?=(?:e[drs]?|ing|ations?|ers?)$)", "[sz]"),
    (r"(?<=[aeiou])ll?(?=(?:ed|ing|ers?|ors?)$)", "ll?"),
    (r"(?<=sul)(?:ph|f)", "(?:ph|f)"),
    (r"(?<=prog)ram(?:me)?$", "ram(?:me)?"),
    (r"[ao]e(?=[a-z])|(?<=rrh)e|(?<![aeiouy])e(?=[b-df-hj-np-tv-z])", "[ao]?e"),
)
_UNIT = re.compile("|".join(f"({found})" for found, _ in _BOTH_WAYS) + "|.")
_PLURALS = (
    (re.compile(r"(?<=\w{3})ies$"), "(?:y|ies)"),
    (re.compile(r"(?<=[^aeiou\W])y$"), "(?:y|ies)"),
    (re.compile(r"(?<=\w{4})[ie]s$"), "(?:[ie]s)?"),
    (re.compile(r"(?<=\w{4}[^siu\W])s$"), "s?"),
    (re.compile(r"(?<=[a-z])$"), "(?:e?s)?"),
)


def spelled(term: str) -> str:
    """The expression for a term of the configuration in lower-case text; `*` truncates.

    A number may follow a single letter at the end ("vitamin D3"), and a grade an abbreviation ("CIN2+").
    """
    parts = _SEPARATOR.split(term.strip().lower())
    words, separators = parts[::2], parts[1::2]
    found = [_word(word) for word in words[:-1]] + [_last(words[-1])]
    joints = [_joint(*around) for around in zip(words, separators, words[1:], strict=False)]
    return found[0] + "".join(joint + word for joint, word in zip(joints, found[1:], strict=True))


def _joint(before: str, between: str, after: str) -> str:
    """What may stand between two words: nothing where they were hyphened, or are too long to be one by accident."""
    if re.search(r"[/+&]|and|plus", between):
        return _JOINT
    can_be_joined = "-" in between or min(len(before), len(after)) >= _LEAST_PART
    return _GAP if can_be_joined else _APART


def _last(word: str) -> str:
    """The last word of a term, with what may follow it: the other number, or the number of a kind."""
    if word.endswith("*"):
        return _word(word)
    if len(word) == 1:
        return rf"{_word(word)}\d{{0,2}}(?!\w)"
    if len(word) < _LEAST_FOR_PLURAL:
        return rf"{_word(word)}(?:[1-4](?=[+/]))?(?!\w)"
    for plural, both in _PLURALS:
        if found := plural.search(word):
            return rf"{_word(word[: found.start()])}{both}(?!\w)"
    return rf"{_word(word)}(?!\w)"


def _word(word: str) -> str:
    """One word letter by letter, with both ways to spell it and the places where it may be divided."""
    text = ""
    for unit in _UNIT.finditer(word):
        gap = _gap(unit.start(), len(word)) if word[unit.start() - 1 : unit.start() + 1].isalpha() else ""
        text += gap + (_BOTH_WAYS[unit.lastindex - 1][1] if unit.lastindex else re.escape(unit[0]))
    return text


def _gap(position: int, length: int) -> str:
    if not position or length - position < _LEAST_PART:
        return ""
    return _SPLIT if position >= _LEAST_PART else _HYPHEN
