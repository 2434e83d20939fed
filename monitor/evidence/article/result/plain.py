"""The direction of a very short abstract, by its words alone: too little is written for the trained vote. Pure.

A summary of a few sentences states its result once and plainly, or it states nothing certain. What forbids a
direction here is a doubt about it in an abstract of any length (`doubts.py`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from monitor.evidence.article.result.clauses import BAD, GOOD, LOST, Clause, clauses
from monitor.evidence.article.result.patterns import find, pattern
from monitor.evidence.article.result.signs import includes_no_effect, p_values, signs
from monitor.evidence.article.result.spoken import Spoken
from monitor.evidence.article.text import lowered
from monitor.model import Direction

#: Words below which an abstract is short: the shortest of 520 labelled ones but two has 113.
SHORT = 100

#: Expressions of `result.toml` that make a sentence uncertain, or speak for the comparator.
_UNCERTAIN = (
    "plain.vague",
    "plain.not_said",
    "plain.against_experimental",
    "plain.less_good",
    "plain.fewer_helped",
    "plain.each_arm",
    "plain.taken_back",
    "plain.hardly",
    "plain.not_analysed",
    "plain.denied_twice",
)
#: The same, certain enough to outweigh what a whole abstract says.
_NO_BENEFIT = ("plain.fewer_helped", "plain.not_said_of_it", "plain.against_experimental", "plain.hardly")
#: A lack of difference in these denies no benefit.
_NO_OUTCOME = ("plain.denied_harm", "plain.no_outcome")
#: A lack of difference in such words is not one between the treatment and its comparator.
_NO_NULL = (
    "plain.between_doses",
    "plain.nobody",
    "plain.not_analysed",
    "plain.denied_twice",
    "plain.levels",
    "plain.between_people",
    *_NO_OUTCOME,
)
#: Any of these in a sentence that tells the result: it is not certain.
_UNSURE = frozenset({"maybe", "subgroup", "wish", "secondary", "noninf", "feasible"})
#: A clause of these tells no effect.
_OF_OTHER = frozenset({"safety", "baseline"})
#: Words of outcomes that tell none from another.
_COMMON = frozenset(
    {"patients", "between", "outcome", "primary", "change", "changes", "baseline", "treatment", "clinical"}
)
_COMPARED = frozenset({"than", "against", "between"})
#: In a clause of these, good words tell no better result.
_NOT_BETTER = frozenset({"null", "p_high", "trend", "within", "both_arms", "safety", "aim"})
_NO_COMPARISON = frozenset({"within", "both_arms", "trend", "p_high"})


def is_short(abstract: str) -> bool:
    """Whether so little is written that words alone must decide."""
    return len(abstract.split()) < SHORT


def is_unsure(said: Sequence[Spoken]) -> bool:
    """Whether no sentence tells the result, or one does in words that make it uncertain."""
    told = [one for one in said if one.part in ("conclusion", "result")]
    low = [lowered(one.text) for one in told]
    if not told or any(find(name, text) for name in _UNCERTAIN for text in low):
        return True
    return any(not one.signs.isdisjoint(_UNSURE) or _is_each_arm(one) for one in told)


def plain_direction(said: Sequence[Spoken]) -> Direction | None:
    """The direction that every sentence which tells the result agrees on; None where one is unsure or they differ."""
    told = [one for one in said if one.part in ("conclusion", "result")]
    if is_unsure(said):
        return None
    found = {one for sentence in told for one in _stated(sentence)}
    is_mixed = found == {Direction.BENEFIT, Direction.NO_DIFFERENCE} and _is_contrasted(told)
    if len(found) != 1 and not is_mixed:
        return None
    stated = Direction.MIXED if is_mixed else found.pop()
    return None if is_refuted(stated, said) else stated


def is_refuted(stated: Direction, said: Sequence[Spoken]) -> bool:
    """Whether anything in a short abstract does not allow a direction that its sentences state."""
    told = [one for one in said if one.part in ("conclusion", "result")]
    if stated is Direction.BENEFIT:
        is_denied = any("p_high" in one.signs or includes_no_effect(one.text) or is_no_benefit(one) for one in told)
        is_of_process = any(find("plain.process", lowered(one.text)) for one in told if one.signs & GOOD)
        is_worse = any(one.signs & (BAD | LOST) and Direction.BENEFIT not in _stated(one) for one in told)
        return is_denied or is_worse or is_of_process or any(map(is_own_change, said))
    if stated is Direction.NO_DIFFERENCE:
        return is_no_null(said, told) or any(map(_has_better, said[1:]))
    if stated is Direction.MIXED:
        return is_other_null(said, told) or any(denies_primary(one) or is_of_one_dose(one) for one in told)
    return False


def _is_each_arm(one: Spoken) -> bool:
    """Whether each arm is told with its own figure, and not one probability for both."""
    low = lowered(one.text)
    is_one = bool(one.signs & {"p_low", "null"}) and len(p_values(low)) == 1
    return not is_one and bool(find("plain.own_figures", low))


def is_own_change(one: Spoken) -> bool:
    """Whether each arm is told with its own change, in whatever part of the abstract."""
    return bool(find("plain.changed", lowered(one.text))) and _is_each_arm(one)


def is_of_one_arm(one: Spoken) -> bool:
    """Whether a sentence tells how one arm changed: "In the yoga group pain fell from 6 to 4 (P = 0.01)"."""
    return "in_group" in one.signs and find("plain.one_arm", lowered(one.text)) is not None


def is_no_benefit(one: Spoken) -> bool:
    """Whether a concluding sentence, good words and all, certainly states no benefit over the comparator."""
    if one.part != "conclusion" or one.signs.isdisjoint(GOOD):
        return False
    low = lowered(one.text)
    is_other = any(find(name, low) for name in _NO_BENEFIT)
    return is_other or _is_each_arm(one) or includes_no_effect(low)


def is_no_null(said: Sequence[Spoken], told: Sequence[Spoken]) -> bool:
    """Whether the lack of difference that these sentences tell is none between the treatment and its comparator.

    It is between two active arms or doses, of safety or levels in the blood, or a better result stands beside it.
    """
    is_other = any(map(_is_of_safety, said)) or any(map(_is_better_beside, told))
    return is_other or is_other_null(said, told)


def is_other_null(said: Sequence[Spoken], told: Sequence[Spoken]) -> bool:
    """Whether every lack of difference that these sentences tell is in something else, or between active arms."""
    is_three = any(find("plain.three_arms", lowered(one.text)) for one in said)
    primary = {
        word for one in said if (named := find("report.primary", lowered(one.text))) for word in _words(named["what"])
    }
    clauses_of = ((one, clause) for one in told for clause in clauses(one))
    nulls = [(one, clause) for one, clause in clauses_of if "null" in clause.signs and not clause.signs & _OF_OTHER]
    others = (
        _is_other_null(one, clause, is_three=is_three) for one, clause in nulls if not primary & _words(clause.low)
    )
    return bool(nulls) and not any(primary & _words(clause.low) for _, clause in nulls) and all(others)


def _words(low: str) -> set[str]:
    """The longer words of a text, by which an outcome is known again."""
    return set(re.findall(r"[a-z]{7,}", low)) - _COMMON


def _is_of_safety(one: Spoken) -> bool:
    """Whether the title names safety or levels and no effect, or the primary outcome is one of these."""
    low = lowered(one.text)
    if one.part == "title":
        return bool(find("plain.safety_title", low))
    primary = find("report.primary", low)
    return bool(primary and find("plain.safety_outcome", primary["what"]))


def _is_other_null(one: Spoken, clause: Clause, *, is_three: bool) -> bool:
    """Whether a clause denies a difference in something else, or between arms that are both active."""
    if any(find(name, clause.low) for name in _NO_NULL):
        return True
    if clause.low.lstrip(" ,").startswith("which") and "safety" in one.signs:
        return True
    return is_three and bool(find("plain.between_active", clause.low))


def _is_better_beside(one: Spoken) -> bool:
    """Whether a part of a sentence states a better result than an inactive comparator's, or in one arm."""
    if "aim" in one.signs or (one.signs & {"p_high", "trend", "within"} and "p_low" not in one.signs):
        return False
    low = lowered(one.text)
    if find("clauses.taken_back", low):
        return False
    pieces = re.split(r"[;,]|\b(?:and|but|while|whereas)\b", low)
    return any(find("plain.beats", piece) and not signs(piece) & {"null", "within", "safety"} for piece in pieces)


def _has_better(one: Spoken) -> bool:
    """Whether a sentence tells a better result, beside what it or another denies."""
    if _is_better_beside(one):
        return True
    found = (clause.signs for clause in clauses(one))
    told = any(each & (GOOD | {"found_so", "p_low"}) and not each & _NOT_BETTER for each in found)
    return told and one.part in ("conclusion", "result")


def denies_primary(one: Spoken) -> bool:
    """Whether a clause denies a difference in the primary outcome."""
    return any(find("clauses.primary", clause.low) for clause in clauses(one) if "null" in clause.signs)


def is_of_one_dose(one: Spoken) -> bool:
    """Whether a concluding sentence denies a difference of one dose of several alone."""
    low = lowered(one.text)
    if one.part != "conclusion" or len(set(pattern("plain.dose").findall(low))) < 2:
        return False
    nulls = (clause.low for clause in clauses(one) if "null" in clause.signs)
    return bool(find("plain.comparator", low)) and any(find("plain.dose", null) for null in nulls)


def _is_contrasted(told: Sequence[Spoken]) -> bool:
    """Whether one sentence states both, one against the other."""
    return any("contrast" in one.signs and len(set(_stated(one))) > 1 for one in told)


def _stated(one: Spoken) -> list[Direction]:
    """What each clause of a sentence states."""
    low = lowered(one.text)
    if find("plain.harm", low) and not find("plain.less_harm", low) and not one.signs & {"null"}:
        return [Direction.HARM]
    is_contrast = "contrast" in one.signs
    return [stated for clause in clauses(one) if (stated := _of_clause(clause, is_contrast=is_contrast))]


def _of_clause(clause: Clause, *, is_contrast: bool) -> Direction | None:
    """Improvement from the start, in both arms or against nothing states nothing; set against a lack of it, it does."""
    found, low = clause.signs, clause.low
    if "null" in found:
        is_of_other = any(find(name, low) for name in _NO_OUTCOME)
        is_of_one = "in_group" in found and not found & _COMPARED and not found & {"null_diff", "null_differ"}
        return None if is_of_other or is_of_one or found & _OF_OTHER else Direction.NO_DIFFERENCE
    bad = found & BAD if not find("plain.longer", low) else found & {"harm"}
    is_compared = (is_contrast or _is_against(low, found)) and not found & _NO_COMPARISON
    is_lost = bool(found & LOST)
    if found & GOOD and not is_lost and not bad - {"bad_up"} and find("plain.better", low) and is_compared:
        return Direction.BENEFIT
    return None


def _is_against(low: str, found: frozenset[str]) -> bool:
    """Whether a clause tells a result of the comparison of the trial, by words or by a probability."""
    if find("plain.measured", low) or "between" in found:
        return bool(find("plain.comparator", low))
    return "p_low" in found or bool(find("plain.comparator", low) or find("plain.acts", low))
