"""Words of a question as each registry is sent them. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable

from monitor.model import RegistryQuestion

#: What needs no quotation marks.
_WORD = re.compile(r"\w+")


def either(words: Iterable[str]) -> str:
    """An expression for any of these words, quoted where they are more than a word.

    PubMed's truncation (`*`) is left out: registries find the forms of a word by themselves.
    """
    plain = [word.strip().rstrip("*").replace('"', " ").strip() for word in words]
    return " OR ".join(word if _WORD.fullmatch(word) else f'"{word}"' for word in dict.fromkeys(plain) if word)


def clinical_trials(asked: RegistryQuestion) -> dict[str, str]:
    """The parameters for ClinicalTrials.gov: the operator's own expression, else words where there are any."""
    if asked.query:
        return {"query.term": asked.query}
    words = {"query.cond": either(asked.conditions), "query.intr": either(asked.interventions)}
    return {name: value for name, value in words.items() if value}


def isrctn(asked: RegistryQuestion) -> str:
    """Free text for ISRCTN: its field names are not reliable (`trial_id:` finds nothing)."""
    parts = [f"({words})" for words in (either(asked.conditions), either(asked.interventions)) if words]
    return asked.query or " AND ".join(parts)
