"""Which words can occur in a record: each of its words is looked at once, not each rule's words searched for. Pure.

A rule names words without which it has nothing to say, some thousand for all rules. The stem of one is its longest run
of letters and digits: where no word of the record holds the stem, the rule need not be tried.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from functools import lru_cache

#: Letters by which stems are looked up; what is shorter may occur anywhere.
_LEAST = 3
_ANYWHERE = b""
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
        self._starting = dict(starting)
        self._held_by = lru_cache(maxsize=50_000)(self._held)

    def found(self, text: str) -> frozenset[bytes]:
        """The stems that the words of a lower-case text hold."""
        words = set(text.encode("ascii", "replace").translate(_PARTED).split())
        return frozenset((_ANYWHERE,)).union(*map(self._held_by, words))

    def _held(self, word: bytes) -> tuple[bytes, ...]:
        starts = (word[at : at + _LEAST] for at in range(len(word) - _LEAST + 1))
        known = [(at, self._starting[start]) for at, start in enumerate(starts) if start in self._starting]
        return tuple(one for at, several in known for one in several if word.startswith(one, at))


def _stem(word: str) -> bytes:
    longest = max(re.findall("[a-z0-9]+", word), key=len, default="")
    return longest.encode() if len(longest) >= _LEAST else _ANYWHERE
