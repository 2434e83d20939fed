"""Words of a question as a search expression that the registries read alike."""

from __future__ import annotations

from collections.abc import Iterable


def either(words: Iterable[str]) -> str:
    """An expression for any of these words; a phrase is quoted, the truncation of PubMed (`*`) left to the registry."""
    plain = [word.strip().rstrip("*").replace('"', " ").strip() for word in words]
    return " OR ".join(f'"{word}"' if " " in word or "-" in word else word for word in dict.fromkeys(plain) if word)
