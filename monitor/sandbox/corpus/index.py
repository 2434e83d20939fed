"""The inverted index over all states of a corpus: words, exact keys and dates → numbers of Facts."""

from __future__ import annotations

import threading
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property

from monitor.sandbox.corpus import tokens
from monitor.sandbox.corpus.index_keys import Facts

Numbers = frozenset[int]
NOTHING: Numbers = frozenset()


class Index:
    """Finds Facts, by their number in `contents`, of all times."""

    def __init__(self, contents: Sequence[Facts]) -> None:
        self.contents = contents
        self._lines: dict[str, list[str]] = {}
        self._words = _Tables(lambda field: (set(line.split()) for line in self.lines(field)))
        self._keys = _Tables(lambda field: (facts.exact(field) for facts in contents))
        days: dict[str, list[tuple[int, int]]] = defaultdict(list)
        for number, facts in enumerate(contents):
            for field, found in facts.dates.items():
                days[field] += [(day, number) for day in found]
        self._days = {field: sorted(found) for field, found in days.items()}
        self._by_pmid = sorted((facts.pmid, number) for number, facts in enumerate(contents))

    @cached_property
    def everything(self) -> Numbers:
        """The numbers of all Facts."""
        return frozenset(range(len(self.contents)))

    def lines(self, field: str) -> list[str]:
        """The words of a text field of all Facts, by their number; made when they are first asked for."""
        if field not in self._lines:
            self._lines[field] = [facts.line(field) for facts in self.contents]
        return self._lines[field]

    def word(self, field: str, word: str) -> set[int]:
        """Facts with `word` in the text field `field`; a final `*` is a wildcard."""
        return self._words.lookup(field, word)

    def key(self, field: str, value: str) -> set[int]:
        """Facts whose key field `field` has exactly `value`; a final `*` is a wildcard."""
        return self._keys.lookup(field, value)

    def keys_starting(self, field: str, start: str) -> list[str]:
        """All values of key field `field` that begin with `start`, sorted."""
        return self._keys.starting(field, start)

    def has_key(self, field: str, value: str) -> bool:
        """True when some Facts have `value` in key field `field`."""
        return value in self._keys.of(field)

    def phrase(self, field: str, text: str) -> set[int]:
        """Facts whose text field contains the words of `text` in sequence; a final `*` is a wildcard."""
        parts = tokens.split(text)
        if not parts:
            return set()
        last = f"{parts[-1]}*" if text.rstrip().endswith("*") else parts[-1]
        found = self._all_of(field, [*parts[:-1], last])
        if len(parts) == 1:
            return found
        needle, lines = tokens.phrase(text), self.lines(field)
        return {number for number in found if needle in lines[number]}

    def near(self, field: str, text: str, distance: int) -> set[int]:
        """Facts with all words of `text`, in any order, with at most `distance` other words between them."""
        wanted = tokens.split(text)
        found, lines = self._all_of(field, wanted), self.lines(field)
        return {number for number in found if _is_near(lines[number].split(), wanted, distance)}

    def _all_of(self, field: str, wanted: Iterable[str]) -> set[int]:
        return set.intersection(*(self.word(field, word) for word in wanted))

    def days(self, field: str, first: int, last: int) -> set[int]:
        """Facts with a date of `field` from `first` to `last` (yyyymmdd, both included)."""
        days = self._days.get(field, [])
        return {number for _, number in days[bisect_left(days, (first, -1)) : bisect_right(days, (last, 1 << 60))]}

    def pmids(self, first: int, last: int) -> set[int]:
        """Facts of the records with PMIDs from `first` to `last`, both included."""
        found = self._by_pmid
        return {number for _, number in found[bisect_left(found, (first, -1)) : bisect_right(found, (last, 1 << 60))]}


class _Tables:
    """Which Facts have which value in a field, by field; a field's table is made when it is first asked for.

    Most corpora are asked about a few fields only, and the table of a large one takes seconds.
    """

    def __init__(self, values: Callable[[str], Iterable[Iterable[str]]]) -> None:
        """`values` of a field: those of each of the Facts, in order."""
        self._values = values
        self._tables: dict[str, dict[str, list[int]]] = {}
        self._sorted: dict[str, list[str]] = {}
        self._lock = threading.Lock()

    def of(self, field: str) -> Mapping[str, list[int]]:
        """The numbers of the Facts by value."""
        with self._lock:
            if field not in self._tables:
                table: defaultdict[str, list[int]] = defaultdict(list)
                for number, values in enumerate(self._values(field)):
                    for value in values:
                        table[value].append(number)
                self._tables[field] = dict(table)
            return self._tables[field]

    def starting(self, field: str, start: str) -> list[str]:
        """The values of a field that begin with `start`, sorted."""
        if field not in self._sorted:
            self._sorted[field] = sorted(self.of(field))
        return _prefixed(self._sorted[field], start)

    def lookup(self, field: str, value: str) -> set[int]:
        """The Facts with `value`; a final `*` is a wildcard."""
        table = self.of(field)
        if not value.endswith("*"):
            return set(table.get(value, ()))
        return {number for found in self.starting(field, value[:-1]) for number in table[found]}


def _prefixed(sorted_values: list[str], start: str) -> list[str]:
    first = bisect_left(sorted_values, start)
    return sorted_values[first : bisect_left(sorted_values, start + "\U0010ffff")]


def _is_near(text: list[str], wanted: list[str], distance: int) -> bool:
    """True when a window of len(wanted) + distance words holds all wanted words."""
    width = len(wanted) + distance
    needed = set(wanted)
    starts = (i for i, word in enumerate(text) if word in needed)
    return any(needed <= set(text[i : i + width]) for i in starts)
