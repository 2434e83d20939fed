"""The abbreviations that a record itself defines for a concept of the question: "pelvic floor training (PFT)". Pure.

Most abstracts write a term out once and abbreviate it from then on, also in the sentence that tells what people
were allocated to.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

#: An abbreviation: no more than this many signs, with two capitals.
_ABBREVIATION = r"(?=[\w+-]*[A-Z][\w+-]*[A-Z])[A-Za-z][\w+-]{1,9}"
#: What the brackets after a term begin with; the noun that a term may be followed by: "(the PFT group; n = 40)".
_AFTER = re.compile(
    r"(?P<noun>(?: (?:groups?|arms?|therapy|treatment|intervention|programme|program|training|supplementation))?)"
    rf" ?[(\[](?:the )?(?P<short>{_ABBREVIATION})(?: group| arm)?[)\],;:]"
)
_BEFORE = re.compile(rf"(?<![\w-])(?P<short>{_ABBREVIATION}) ?[(\[](?:[a-z-]+ )?$")
_WORD_BEFORE = re.compile(r"([A-Za-z][\w-]*)[ -]$")
#: Words that end what an abbreviation can stand for together with the term: "risk of …", "placebo …".
_ENDS = re.compile(
    r"(?:of|to|in|on|by|for|from|with|without|and|or|versus|vs|than|after|before|during|no|not|non|anti|post|placebo|sham|"
    r"dummy|control|usual|standard|the|an?)",
    re.I,
)
#: How many words before the term the abbreviation may include: "real-time …", "high-dose oral …".
_MOST_BEFORE = 3


def defined(raw: str, mentions: Iterable[re.Match[str]]) -> frozenset[str]:
    """The abbreviations, as written, that `raw` gives for a concept at one of its `mentions`."""
    found = set()
    for mention in mentions:
        term = raw[mention.start() : mention.end()]
        if after := _AFTER.match(raw, mention.end()):
            if _stands_for(after["short"], raw[: mention.start()], term + after["noun"]):
                found.add(after["short"])
        elif (before := _BEFORE.search(raw, 0, mention.start())) and _is_cut_from(_letters(before["short"]), term):
            found.add(before["short"])
    return frozenset(found)


def _stands_for(short: str, before: str, term: str) -> bool:
    """Whether the letters are cut from the term, or from it and a few words before it."""
    letters, words = _letters(short), ""
    if _is_cut_from(letters, term):
        return True
    for _ in range(_MOST_BEFORE):
        word = _WORD_BEFORE.search(before)
        if not word or _ENDS.fullmatch(word[1]):
            return False
        before, words = before[: word.start()], f"{word[1]} {words}"
        if any(
            _is_cut_from(letters[:cut], words) and _is_cut_from(letters[cut:], term) for cut in range(1, len(letters))
        ):
            return True
    return False


def _letters(short: str) -> str:
    return re.sub(r"[^a-z]", "", short.lower())


def _is_cut_from(letters: str, words: str) -> bool:
    """Whether the letters stand in the words in this order, and the first of them at the beginning."""
    rest = iter(words.lower())
    return bool(letters) and letters[0] == words[:1].lower() and all(letter in rest for letter in letters)


def written_out(raw: str, shorts: Iterable[str]) -> frozenset[str]:
    """What `raw` says that abbreviations of the question stand for, letter by word: "… (CGM)", in lower case."""
    found = set()
    for short in shorts:
        for place in re.finditer(rf"((?:[\w'’-]+[ -])+)[(\[]{re.escape(short)}[)\],;]", raw):
            words = re.findall(r"[^\W\d_][\w'’]*", place[1].lower())[-len(short) :]
            if "".join(word[0] for word in words) == short.lower():
                found.add(" ".join(words))
    return frozenset(found)
