"""What the words of a registry say of a trial's design."""

from __future__ import annotations

import re

_IS_NOT = re.compile(r"\bnon[- ]?random|\bnot random|randomi[sz]ed:\s*no\b")


def is_randomized(design: str) -> bool | None:
    """Whether a design in free text is randomised; None where it does not say."""
    low = design.lower()
    return not _IS_NOT.search(low) if "random" in low else None
