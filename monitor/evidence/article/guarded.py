"""A regular expression that is only tried on a text that holds one of some words, which is quickly seen. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Guarded:
    """An expression, and words of which every text that it matches holds one; none where it is cheap."""

    regex: re.Pattern[str]
    needs: tuple[str, ...]

    def search(self, text: str) -> re.Match[str] | None:
        """The first match in a lower-case text."""
        if self.needs and not any(map(text.__contains__, self.needs)):
            return None
        return self.regex.search(text)


def guarded(patterns: Mapping[str, re.Pattern[str]], needs: Mapping[str, Sequence[str]]) -> dict[str, Guarded]:
    """Each expression with what it needs, by its id. Raises KeyError where needs are of no expression."""
    if unknown := needs.keys() - patterns.keys():
        raise KeyError(f"[needs] of no expression: {sorted(unknown)}")
    return {name: Guarded(one, tuple(needs.get(name, ()))) for name, one in patterns.items()}
