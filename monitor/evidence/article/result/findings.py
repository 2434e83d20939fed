"""Does an abstract tell anything that was found, or only what is planned, expected or believed? Pure."""

from __future__ import annotations

from collections.abc import Sequence

from monitor.evidence.article.result.patterns import find
from monitor.evidence.article.result.plain import is_short
from monitor.evidence.article.result.spoken import Spoken, spoken
from monitor.evidence.article.text import Reading, lowered

_TOLD = frozenset({"result", "conclusion"})


def reports_findings(reading: Reading) -> bool:
    """As `tells_a_finding`, for a record whose sentences nobody has read yet."""
    return tells_a_finding(spoken(reading), reading)


def tells_a_finding(said: Sequence[Spoken], reading: Reading) -> bool:
    """Whether the abstract gives figures of a test, or says in results or conclusions what came of it."""
    return any(_is_finding(one, reading) for one in said if one.part != "title")


def _is_finding(one: Spoken, reading: Reading) -> bool:
    """Whether a sentence tells what was found.

    Under the heading of results any word of an effect tells it. Elsewhere (the discussion of a protocol praises its
    treatment, too) it takes figures, the past tense or a comparison. A few sentences have no parts.
    """
    low = lowered(reading.raw_abstract[one.start : one.end])
    if find("finding.foreseen", low):
        return False
    if find("finding.tested", low):
        return True
    section = reading.section_at(one.start)
    if one.part not in _TOLD and (section or not is_short(reading.raw_abstract)):
        return False
    is_result = section == "RESULTS" and bool(find("finding.in_results", low))
    return is_result or any(find(f"finding.{name}", low) for name in ("figures", "told"))
