"""PMIDs in one form, however a service writes them, so that they can be compared and joined."""

from __future__ import annotations

import re

#: Eight digits today; services and spreadsheets also write "012", and "12.0" where a number became a float.
_PMID = re.compile(r"\s*0*([1-9][0-9]{0,14})(?:\.0+)?\s*")


def normal_pmid(value: object) -> str:
    """The PMID in a number or a text; "" for nought, which means unknown, and for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return ""
    found = _PMID.fullmatch(value) if isinstance(value, str) else _PMID.fullmatch(f"{value:.15g}")
    return found[1] if found else ""
