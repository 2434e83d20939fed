"""Words as the index holds them: lower case, without accents, split at everything that is not a letter or digit."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_ACCENT = re.compile(r"[\u0300-\u036f]")
_WORD = re.compile(r"\w+")

#: Words PubMed leaves out of an unquoted search.
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


def line(text: str) -> str:
    """`text` as its words between single blanks, with a blank at both ends, so that a phrase is a substring."""
    found = split(text)
    return f" {' '.join(found)} " if found else ""


@lru_cache(maxsize=4096)
def phrase(text: str) -> str:
    """The needle for `text` in a `line`: its words with a blank on both sides; a final `*` leaves the end open."""
    needle = line(text)
    return needle[:-1] if text.rstrip().endswith("*") else needle


def key(text: str) -> str:
    """`text` as an exact key: folded, with single blanks, and without full stops at the end."""
    return " ".join(fold(text).split()).rstrip(".")
