"""Words of a question as a search expression that the registries read alike."""

from __future__ import annotations

import re
from collections.abc import Iterable

#: What needs no quotation marks.
_WORD = re.compile(r"\w+")


def either(words: Iterable[str]) -> str:
    """An expression for any of these words, quoted where they are more than a word.

    PubMed's truncation (`*`) is left out: registries find the forms of a word by themselves.
    """
    plain = [word.strip().rstrip("*").replace('"', " ").strip() for word in words]
    return " OR ".join(word if _WORD.fullmatch(word) else f'"{word}"' for word in dict.fromkeys(plain) if word)
