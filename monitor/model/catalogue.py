"""Catalogue: the translations of one language, as read from the operator's file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path


def two_forms(number: int) -> int:
    """The plural rule of English: form 0 for one, form 1 for all other numbers."""
    return 0 if number == 1 else 1


@dataclass(frozen=True, slots=True, eq=False)
class Catalogue:
    """The messages of one language (a BCP 47 tag). English has none: a message that is missing is said in English.

    `forms` has the translation of each message by its context ("" for none) and its English text: one form, or one for
    each plural form of the language. `plural` is the index of the form for a number. `file` is where it was read from.
    """

    language: str = "en"
    forms: Mapping[tuple[str, str], tuple[str, ...]] = field(default_factory=dict, repr=False)
    plural: Callable[[int], int] = field(default=two_forms, repr=False)
    file: Path | None = None

    def find(self, text: str, context: str = "") -> str:
        """The translation, else `text` itself."""
        found = self.forms.get((context, text))
        return found[0] if found else text

    def find_plural(self, one: str, many: str, number: int, context: str = "") -> str:
        """The form of the translation for `number`, else the English one."""
        found = self.forms.get((context, one))
        return found[self.plural(number)] if found else (one, many)[two_forms(number)]
