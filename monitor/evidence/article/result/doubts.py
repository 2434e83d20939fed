"""What title, results and conclusion of a report say against each direction. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from monitor.evidence.article.result.clauses import (
    BAD,
    COMPARED,
    GOOD,
    LOST,
    clauses,
    is_better,
    is_good,
    is_null,
    is_null_effect,
    is_null_primary,
    is_significant,
)
from monitor.evidence.article.result.patterns import find
from monitor.evidence.article.result.plain import (
    denies_primary,
    is_no_benefit,
    is_no_null,
    is_of_one_arm,
    is_of_one_dose,
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

_BETWEEN_ARMS = frozenset({"than", "against", "between"})
_STRONG_GOOD = frozenset({"better_than", "improve", "down_bad", "up_good"})
_FOUND = GOOD | {"p_low", "signif", "up", "down"}
_KEPT = frozenset({"null", "equal_like", "improve", "better_than"})
_NO_EFFECT = frozenset({"null", "maybe", "within", "both_arms", "safety", "cost", "trend", "noninf", "aim", "wish"})
_NOT_FOUND = frozenset({"null", "p_high", "trend"})


#: What speaks against each direction, in words for `monitor explain`; nothing where the list is empty.
Against = Mapping[Direction, Sequence[str]]


def against(said: Sequence[Spoken]) -> Against:
    """What title, results and conclusion say against each direction."""
    parts = Parts(said)
    anyway = [why for why, holds in _against_any(parts) if holds]
    return {one: anyway + [why for why, holds in doubts(parts) if holds] for one, doubts in _DOUBTS.items()}


class Parts:
    """The sentences by the part of the record they stand in."""

    def __init__(self, said: Sequence[Spoken]) -> None:
        self.title = next(one for one in said if one.part == "title")
        self.results = [one for one in said if one.part == "result"]
        self.conclusion = [one for one in said if one.part == "conclusion"]
        self.told = [*self.conclusion, *self.results]
        self.body = [one for one in said if one.part != "title"]

    def concludes(self, *names: str) -> bool:
        """Whether a concluding sentence has one of these signs."""
        return any(not one.signs.isdisjoint(names) for one in self.conclusion)

    def has(self, name: str) -> bool:
        """Whether any sentence of the abstract has an expression of `result.toml`."""
        return any(find(name, lowered(one.text)) for one in self.body)

    @property
    def is_of_a_part(self) -> bool:
        """Whether a concluding sentence is about some of the people only, or about what goes with what."""
        return any(find("direction.part", lowered(one.text)) for one in self.conclusion)

    @property
    def asks_something_else(self) -> bool:
        """Whether the title asks of a part of the people, of what goes with what, or of doses."""
        return bool(find("direction.other_question", lowered(self.title.text)))

    @property
    def has_better_title(self) -> bool:
        """Whether the title says that something is better, and neither asks nor denies it."""
        is_told = self.title.signs & {"improve", "better_than"} and "null" not in self.title.signs
        return bool(is_told) and not find("direction.title_asks", lowered(self.title.text))

    @property
    def is_unsure(self) -> bool:
        """Whether every concluding sentence of a better result only says that it may be so."""
        good = [one for one in self.conclusion if one.signs & GOOD]
        return bool(good) and all("maybe" in one.signs for one in good)

    def says(self, name: str) -> bool:
        """Whether title or conclusion has an expression of `result.toml`."""
        return any(find(name, lowered(one.text)) for one in (self.title, *self.conclusion))

    @property
    def compares_only_null(self) -> bool:
        """Whether a result is null and nothing is called better than in a comparator."""
        return any(map(is_null, self.results)) and not any(map(is_better, self.told))

    @property
    def beats_inactive(self) -> bool:
        """Whether a significant result is better than with an inactive control, and no primary outcome is null."""
        better = (one for one in self.results if is_better(one) and "control_arm" in one.signs)
        return any(one.signs & {"p_low", "signif"} for one in better) and not any(map(is_null_primary, self.body))

    @property
    def tells_arms_one_by_one(self) -> bool:
        """Whether the change of one arm is told by itself, with its probability, and no sentence compares the arms."""
        alone = any(is_of_one_arm(one) for one in self.results)
        return alone and not any(one.signs & _BETWEEN_ARMS and not is_of_one_arm(one) for one in self.told)

    @property
    def has_both_improved(self) -> bool:
        """Whether the arms improved together, and no sentence says that one of them improved significantly more."""
        both = any("both_arms" in one.signs and one.signs & (GOOD | {"p_low", "within"}) for one in self.results)
        return both and not any(map(_is_better_in_one, self.told))

    @property
    def has_only_null_results(self) -> bool:
        """Whether results are given, some of them null or a trend and none of them positive."""
        null = [one for one in self.results if not one.signs.isdisjoint(_NOT_FOUND)]
        good = [one for one in self.results if one.signs & _FOUND and one.signs.isdisjoint(_NOT_FOUND)]
        return bool(null) and not good


def _against_any(parts: Parts) -> list[tuple[str, bool]]:
    """What allocation did not compare."""
    return [
        ("it asks what goes with what", parts.has("direction.association")),
        ("no group was a control", parts.has("direction.no_control")),
        ("people with a disease are compared with people without it", parts.has("direction.other_people")),
    ]


def _against_benefit(parts: Parts) -> list[tuple[str, bool]]:
    title = lowered(parts.title.text)
    return [
        ("the conclusion names no better result", not any(one.signs & GOOD for one in parts.conclusion)),
        ("the conclusion states a lack of difference", any(map(is_null, parts.conclusion))),
        ("the conclusion calls it not inferior", parts.concludes("noninf") or "noninf" in parts.title.signs),
        (
            "the conclusion names a worse result",
            any(one.signs & BAD and not one.signs & GOOD for one in parts.conclusion),
        ),
        ("the named primary outcome did not differ", any(map(is_null_primary, parts.body))),
        ("the effect depends on who was treated", parts.says("direction.depends")),
        ("only a lack of difference is compared", parts.compares_only_null),
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
        (OTHER_EFFECT, any(map(_has_effect, parts.conclusion))),
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
        (
            ONE_SIDED,
            not any(is_better(one) and "maybe" not in one.signs and _is_sure(one) for one in parts.told),
        ),
        (NOTHING_BETTER, not any(_tells_better(one) for one in (parts.title, *parts.told))),
        (NULL_PRIMARY, any(map(denies_primary, parts.body))),
        ("one dose of several did not differ", any(map(is_of_one_dose, parts.conclusion))),
        (OTHER_QUESTION, parts.asks_something_else),
    ]


_DOUBTS = {
    Direction.BENEFIT: _against_benefit,
    Direction.NO_DIFFERENCE: _against_no_difference,
    Direction.MIXED: _against_mixed,
}


def _tells_better(one: Spoken) -> bool:
    return _is_sure(one) and (is_good(one) or _has_effect(one))


def _is_better_in_one(one: Spoken) -> bool:
    if one.part == "conclusion":
        return bool(one.signs & _BETWEEN_ARMS and one.signs & GOOD)
    is_found = one.signs & COMPARED and one.signs & {"p_low", "found_so"}
    return bool(is_found) and one.signs.isdisjoint({"null", "both_arms", "within"})


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


def _is_sure(one: Spoken) -> bool:
    """Whether a sentence concludes, or calls its result significant: figures alone say nothing of one."""
    return one.part != "result" or bool(one.signs & {"p_low", "found_so", "signif"})


def _is_compared(one: Spoken) -> bool:
    return bool(one.signs & COMPARED) and bool(one.signs & _FOUND) and "within" not in one.signs
