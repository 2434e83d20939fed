"""Which sentence of a report is quoted: the one that bears its direction out, else what its authors conclude. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from monitor.evidence.article.classification.rules import pattern as rule_pattern
from monitor.evidence.article.result.clauses import COMPARED, GOOD, is_better, is_null
from monitor.evidence.article.result.direction import supports
from monitor.evidence.article.result.patterns import pattern
from monitor.evidence.article.result.spoken import Spoken
from monitor.evidence.article.text import Reading, lowered
from monitor.model import Direction

_OF_OTHER = frozenset({"safety", "baseline", "cost"})
_BETWEEN_ARMS = frozenset({"than", "against", "between"})
_IN_ARMS = frozenset({"in_group", "control_arm"})
_DIFFERS = GOOD | {"null", "p_low", "p_high", "up", "down"}


def quoted(said: Sequence[Spoken], found: Direction | None) -> Spoken | None:
    """The first sentence that states the direction; without one the first in which the authors conclude something.

    A result is quoted instead where they only ask for more research, or praise the treatment and leave out that the
    arms did not differ. None where nothing could be quoted.
    """
    concluding = [one for one in said if one.part == "conclusion" and not _is_no_conclusion(one)]
    results = [one for one in said if one.part == "result"]
    if found:
        return next((one for one in [*concluding, *results] if supports(found, one)), next(iter(concluding), None))
    reporting = [one for one in concluding if not _is_aside(one, said[0]) and _reports(one)]
    first = next((one for one in reporting if "wish" not in one.signs), None)
    if first is None:
        wished = next(iter(reporting), None)
        return (_compared(results) if wished else None) or wished
    return (_left_out(results) if _is_praise(first) else None) or first


def whole(said: Sequence[Spoken], one: Spoken, reading: Reading) -> str:
    """The sentence, after the one that it turns against: "However, X was better in some" alone would mislead."""
    before = said[said.index(one) - 1]
    tells = before.part != "title" and bool(before.signs & (GOOD | {"null"}))
    if tells and pattern("report.turns").match(lowered(one.text)):
        return f"{before.text.strip()} {reading.raw_abstract[one.start : one.end].strip()}"
    return one.text


def _reports(one: Spoken) -> bool:
    return bool(rule_pattern("says.reports").search(lowered(one.text)))


def _is_no_conclusion(one: Spoken) -> bool:
    """Whether a sentence where a conclusion stands only announces, sets a condition, or is of a part alone.

    One that turns against the sentence before it is quoted with that one (`whole`), and so does not mislead.
    """
    low = lowered(one.text)
    is_effect = bool(one.signs & (GOOD | {"up", "down"})) and "null" not in one.signs
    if pattern("report.announces").search(low) or (is_effect and pattern("report.of_a_part").search(low)):
        return True
    return bool(pattern("report.other_analysis").search(low)) and not pattern("report.turns").match(low)


def _is_aside(one: Spoken, title: Spoken) -> bool:
    """Whether a lack of difference in what the title does not name stands last, between nothing that is named."""
    is_bare = one.signs & {"null_diff", "null_differ"} and one.signs.isdisjoint(COMPARED | {"conclude"})
    words = (set(re.findall(r"[a-z]{5,}", lowered(each.text))) for each in (one, title))
    return bool(is_bare) and set.isdisjoint(*words)


def _is_praise(one: Spoken) -> bool:
    """Whether a conclusion calls the treatment good, and compares it with nothing."""
    return bool(one.signs & GOOD) and one.signs.isdisjoint(_BETWEEN_ARMS | {"null"})


def _left_out(results: Sequence[Spoken]) -> Spoken | None:
    """The result in which the arms did not differ, or only one of them changed; None where an arm was better in any."""
    if any(is_better(one) or _is_found(one) for one in results):
        return None
    return _first_of_primary([one for one in results if is_null(one) and one.signs & (_BETWEEN_ARMS | _IN_ARMS)])


def _is_found(one: Spoken) -> bool:
    """Whether a probability is low, of something else than a change within the arms."""
    return "p_low" in one.signs and one.signs.isdisjoint({"within", "both_arms", "null"})


def _compared(results: Sequence[Spoken]) -> Spoken | None:
    """The result that compares the arms."""
    told = (one for one in results if one.signs & (_IN_ARMS | {"primary"}) and one.signs & _DIFFERS)
    return _first_of_primary([one for one in told if one.signs.isdisjoint(_OF_OTHER)])


def _first_of_primary(told: Sequence[Spoken]) -> Spoken | None:
    return next((one for one in told if "primary" in one.signs), next(iter(told), None))
