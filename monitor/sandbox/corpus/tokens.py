"""Words as the index has them: lower case, without accents, split at everything that is not a letter or digit."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

_ACCENT = re.compile(r"[\u0300-\u036f]")
_WORD = re.compile(r"\w+")

#: Words that PubMed ignores in an unquoted search.
_STOPWORDS = "a an and are as at be by for from in is it its of on or that the this to was were with"
STOPWORDS = frozenset(_STOPWORDS.split())


def fold(text: str) -> str:
    """`text` in lower case and without accents."""
    if not text.isascii():
        text = _ACCENT.sub("", unicodedata.normalize("NFKD", text))
    return text.lower()


def split(text: str) -> list[str]:
    """The words of `text`, in order."""
    return _WORD.findall(fold(text))


def has_words(texts: Iterable[str]) -> bool:
    """Is there a word in one of the texts?"""
    return any(_WORD.search(text) for text in texts)


def line(text: str) -> str:
    """The words of `text` separated by single spaces, with a space at both ends, so that a phrase is a substring."""
    found = split(text)
    return f" {' '.join(found)} " if found else ""


@lru_cache(maxsize=4096)
def phrase(text: str) -> str:
    """What to search a `line` for: the words of `text` between spaces, without the last space for a final `*`."""
    needle = line(text)
    return needle[:-1] if text.rstrip().endswith("*") else needle


@lru_cache(maxsize=1 << 16)  # headings, journals and publication types recur
def key(text: str) -> str:
    """`text` as an exact key: folded, with single spaces, and without full stops at the end."""
    return " ".join(fold(text).split()).rstrip(".")
