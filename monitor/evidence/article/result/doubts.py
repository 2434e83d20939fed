"""What title, results and conclusion of a report say against each direction. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from monitor.evidence.article.result.clauses import (
    BAD,
    COMPARED,
    GOOD,
    LOST,
    clauses,
    is_good,
    is_null,
    is_null_effect,
    is_null_primary,
    is_significant,
)
from monitor.evidence.article.result.parts import FOUND, Parts, is_sure
from monitor.evidence.article.result.patterns import find
from monitor.evidence.article.result.plain import (
    denies_primary,
    is_no_benefit,
    is_no_null,
    is_of_one_dose,
    is_other_null,
    is_own_change,
)
from monitor.evidence.article.result.spoken import Spoken
from monitor.evidence.article.text import lowered
from monitor.model import Direction

#: Doubts that `direction.py` names.
HEDGED = "the conclusion is not sure"
UNCOMPARED = "nothing is compared"
A_PART = "the conclusion is about a part of the people"
OWN_CHANGES = "each arm is told with its own change"
OTHER_NULL = "the lack of difference is not one between the treatment and its comparator"
NULL_PRIMARY = "the primary outcome did not differ"
OTHER_QUESTION = "the title asks something else"
OTHER_EFFECT = "the conclusion names an effect beside it"
BOTH_IMPROVED = "both arms improved, and none is said to have improved more"
CALLED_WORSE = "title or conclusion calls something worse"
LOST_GOOD = "the conclusion names something good that became less"
NOTHING_BETTER = "nothing is said to be better"
ONE_SIDED = "nothing states a better result against a comparator"
ALIKE = "no significant result tells the arms apart"
UNCOMPARED_END = "a result denies a difference between the arms, and the conclusion compares nothing"
EXTENSION = "people of a trial are followed further, or treated openly"
ONE_ARM = "no second arm is named"
EQUIVALENT = "it tests whether the treatment is not inferior"
OF_COSTS = "the title asks of costs"
NAMED_DIFFERENCE = "the conclusion calls something higher or lower"

_STRONG_GOOD = frozenset({"better_than", "improve", "down_bad", "up_good"})
_KEPT = frozenset({"null", "equal_like", "improve", "better_than"})
_NO_EFFECT = frozenset({"null", "maybe", "within", "both_arms", "safety", "cost", "trend", "noninf", "aim", "wish"})


#: What speaks against each direction, in words for `monitor explain`; nothing where the list is empty.
Against = Mapping[Direction, Sequence[str]]


def against(said: Sequence[Spoken]) -> Against:
    """What title, results and conclusion say against each direction."""
    parts = Parts(said)
    anyway = [why for why, holds in _against_any(parts) if holds]
    return {one: anyway + [why for why, holds in doubts(parts) if holds] for one, doubts in _DOUBTS.items()}


def _against_any(parts: Parts) -> list[tuple[str, bool]]:
    """What allocation did not compare."""
    return [
        ("it asks what goes with what", parts.has("direction.association")),
        ("no group was a control", parts.has("direction.no_control")),
        ("people with a disease are compared with people without it", parts.has("direction.other_people")),
        (EXTENSION, parts.has("direction.extension") or bool(find("direction.extension", lowered(parts.title.text)))),
        (ONE_ARM, parts.has_one_arm),
        ("people were not allocated", parts.has("direction.observational")),
        (OF_COSTS, "cost" in parts.title.signs),
    ]


def _against_benefit(parts: Parts) -> list[tuple[str, bool]]:
    title = lowered(parts.title.text)
    return [
        ("the conclusion names no better result", not any(one.signs & GOOD for one in parts.conclusion)),
        (EQUIVALENT, parts.has("direction.tests_noninferiority")),
        ("the conclusion states a lack of difference", any(map(is_null, parts.conclusion))),
        ("the conclusion calls it not inferior", parts.concludes("noninf") or "noninf" in parts.title.signs),
        (
            "the conclusion names a worse result",
            any(one.signs & BAD and not one.signs & GOOD for one in parts.conclusion),
        ),
        ("the named primary outcome did not differ", any(map(is_null_primary, parts.body))),
        ("the effect depends on who was treated", parts.says("direction.depends")),
        ("only a lack of difference is compared", parts.compares_only_null),
        ("the title denies an effect", bool(find("direction.title_denies", title)) and not parts.has_better_title),
        ("the title names a harm", "harm" in parts.title.signs or bool(find("direction.harm_title", title))),
        (A_PART, parts.is_of_a_part),
        (OTHER_QUESTION, parts.asks_something_else),
        ("the conclusion calls it a trend", parts.concludes("trend")),
        (HEDGED, parts.is_unsure),
        ("no result bears it out", parts.has_only_null_results),
        (UNCOMPARED, not any(_is_compared(one) for one in parts.told)),
        ("the conclusion favours the comparator", parts.says("plain.against_experimental")),
        ("the conclusion tells each arm's own change", parts.says("plain.each_arm")),
        ("the conclusion takes the gain back", parts.says("plain.taken_back")),
        ("plain words of the conclusion deny a benefit", any(map(is_no_benefit, parts.conclusion))),
        (BOTH_IMPROVED, parts.has_both_improved),
        (ONE_SIDED, parts.is_one_sided),
        (ALIKE, parts.has_arms_alike),
        (UNCOMPARED_END, parts.ends_without_comparison),
        (CALLED_WORSE, parts.says("direction.worse")),
        (LOST_GOOD, any(map(_takes_away, parts.conclusion))),
        (OWN_CHANGES, any(map(is_own_change, parts.body)) or parts.tells_arms_one_by_one),
    ]


def _against_no_difference(parts: Parts) -> list[tuple[str, bool]]:
    return [
        ("nothing states a lack of difference", not any(map(is_null_effect, parts.told))),
        ("the conclusion states no lack of difference", not any(map(is_null_effect, parts.conclusion))),
        ("a result is better than with an inactive control", parts.beats_inactive),
        (
            "the conclusion names a better result",
            any(one.signs & _STRONG_GOOD and "null" not in one.signs for one in parts.conclusion),
        ),
        ("the title names a better result", parts.has_better_title),
        ("treatments improved alike, and there was an arm without any", parts.is_alike_beside_inactive),
        ("it is called effective", parts.is_called_effective),
        (OTHER_EFFECT, any(map(_has_effect, parts.conclusion))),
        (NAMED_DIFFERENCE, any(map(_names_difference, parts.conclusion))),
        ("the conclusion names a significant result", any(map(is_significant, parts.conclusion))),
        (OTHER_NULL, is_no_null([parts.title, *parts.body], parts.conclusion)),
        (UNCOMPARED, not any(one.signs & COMPARED for one in parts.told)),
        (OTHER_QUESTION, parts.asks_something_else),
    ]


def _against_mixed(parts: Parts) -> list[tuple[str, bool]]:
    """Both must be said: a better result against the comparator, and a lack of difference."""
    return [
        ("nothing states a lack of difference", not any(map(is_null, parts.told))),
        (A_PART, parts.is_of_a_part),
        (ONE_SIDED, parts.is_one_sided),
        (ALIKE, parts.has_arms_alike),
        (NOTHING_BETTER, not any(_tells_better(one) for one in (parts.title, *parts.told))),
        (NULL_PRIMARY, any(map(denies_primary, parts.body))),
        (OTHER_NULL, is_other_null([parts.title, *parts.body], parts.told)),
        ("one dose of several did not differ", any(map(is_of_one_dose, parts.conclusion))),
        (OTHER_QUESTION, parts.asks_something_else),
    ]


_DOUBTS = {
    Direction.BENEFIT: _against_benefit,
    Direction.NO_DIFFERENCE: _against_no_difference,
    Direction.MIXED: _against_mixed,
}


def _tells_better(one: Spoken) -> bool:
    return is_sure(one) and (is_good(one) or _has_effect(one))


def _takes_away(one: Spoken) -> bool:
    """Whether a sentence says that something good became less: "shortened the time to relapse"."""
    return (
        bool(one.signs & LOST)
        and one.signs.isdisjoint(_KEPT)
        and find("plain.less_good", lowered(one.text)) is not None
    )


def _has_effect(one: Spoken) -> bool:
    """Whether a clause says plainly that the treatment changed something, for the worse or in safety excepted."""
    return any(
        find("direction.effect", clause.low)
        and clause.signs.isdisjoint(_NO_EFFECT)
        and (clause.signs.isdisjoint(BAD) or not clause.signs.isdisjoint(GOOD))
        for clause in clauses(one)
    )


def _names_difference(one: Spoken) -> bool:
    """Whether a clause says that something was higher, shorter, better, and denies nothing; safety excepted.

    A sentence that cannot be taken apart may do both: "lower than in the controls ..., triglycerides unchanged".
    """
    if {"against", "null", "found_so"} <= one.signs and one.signs & GOOD:
        return True
    return any(
        find("direction.differs", clause.low) and clause.signs.isdisjoint({"null", "safety", "cost"})
        for clause in clauses(one)
    )


def _is_compared(one: Spoken) -> bool:
    return bool(one.signs & COMPARED) and bool(one.signs & FOUND) and "within" not in one.signs
