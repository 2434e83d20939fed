"""Which words can occur in a record: each of its words is looked at once, not each rule's words searched for. Pure.

A rule names words without which it has nothing to say, some thousand for all rules. The stem of one is its longest run
of letters and digits: where no word of the record holds the stem, the rule need not be tried.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable

#: Letters by which stems are looked up; what is shorter may occur anywhere.
_LEAST = 3
_ANYWHERE = b""
_ALWAYS = frozenset((_ANYWHERE,))
#: Words whose stems are kept.
_MOST_KEPT = 100_000
#: ASCII letters and digits stay, all else parts words.
_PARTED = bytes(byte if byte < 128 and chr(byte).isalnum() else 32 for byte in range(256))


class Needs:
    """Words of which one must occur, with their stems."""

    def __init__(self, words: Iterable[str]) -> None:
        self.words = tuple(words)
        self._stemmed = tuple((word, _stem(word)) for word in self.words)
        self.stems = frozenset(stem for _, stem in self._stemmed)

    def among(self, stems: frozenset[bytes] | None) -> tuple[str, ...]:
        """Those that a record with these stems can hold; all of them where its stems are not known."""
        if stems is None:
            return self.words
        if self.stems.isdisjoint(stems):
            return ()  # most rules end here, so it is the cheapest way to say no
        return tuple(word for word, stem in self._stemmed if stem in stems)


class Stems:
    """The stems of all that a set of rules needs, found in a text at once."""

    def __init__(self, needs: Iterable[Needs]) -> None:
        starting: dict[bytes, set[bytes]] = defaultdict(set)
        for stem in frozenset[bytes]().union(*(need.stems for need in needs)):
            starting[stem[:_LEAST]].add(stem)
        self._held_by = _HeldBy(dict(starting))

    def found(self, text: str) -> frozenset[bytes]:
        """The stems that the words of a lower-case text hold."""
        if len(self._held_by) > _MOST_KEPT:
            self._held_by.clear()
        words = set(text.encode("ascii", "replace").translate(_PARTED).split())
        return _ALWAYS.union(*map(self._held_by.__getitem__, words))


class _HeldBy(dict[bytes, tuple[bytes, ...]]):
    """The stems that a word holds, kept for the next record: a new word takes ten times as long."""

    def __init__(self, starting: dict[bytes, set[bytes]]) -> None:
        super().__init__()
        self._starting = starting

    def __missing__(self, word: bytes) -> tuple[bytes, ...]:
        found: list[bytes] = []
        for at in range(len(word) - _LEAST + 1):
            if known := self._starting.get(word[at : at + _LEAST]):
                found += [stem for stem in known if word.startswith(stem, at)]
        self[word] = held = tuple(found)
        return held


def _stem(word: str) -> bytes:
    longest = max(re.findall("[a-z0-9]+", word), key=len, default="")
    return longest.encode() if len(longest) >= _LEAST else _ANYWHERE
