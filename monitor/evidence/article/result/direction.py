"""Which way a trial's result points, stated only where the words are certain; else None. Pure.

Two votes must agree. The rules look for anything in title, results and conclusion that speaks against a
direction (a doubt); the trained model (`votes.py`) says how likely the direction is to be false. A direction
without a doubt needs a small chance, one with a slight doubt a smaller one, any other doubt forbids it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from monitor.evidence.article.result.clauses import BAD, COMPARED, GOOD, is_better, is_good, is_null
from monitor.evidence.article.result.patterns import pattern
from monitor.evidence.article.result.spoken import Spoken
from monitor.evidence.article.result.votes import Vote
from monitor.evidence.article.text import lowered
from monitor.model import Design, Direction

_STRONG_GOOD = frozenset({"better_than", "improve", "down_bad", "up_good"})
_FOUND = GOOD | {"p_low", "signif", "up", "down"}
_TRIALS = frozenset({Design.RANDOMIZED, Design.CONTROLLED})

#: Chances of being false below which a direction is stated: without a doubt, and in a report that is not a
#: trial's main one. Set on rows held out of training (evaluation/results/README.md).
_LIMITS = {
    Direction.BENEFIT: (0.25, 0.06),
    Direction.NO_DIFFERENCE: (0.20, 0.10),
    Direction.MIXED: (0.05, 0.0),
}
#: The least chance of being right.
_LEAST_RIGHT = {Direction.BENEFIT: 0.55, Direction.NO_DIFFERENCE: 0.55, Direction.MIXED: 0.35}
#: Doubts that a surer vote outweighs, each with the limit below which it does.
_SLIGHT: dict[Direction, dict[str, float]] = {
    Direction.BENEFIT: {
        "the conclusion names no better result": 0.20,
        "nothing is compared": 0.20,
        "the title asks something else": 0.10,
    },
    Direction.NO_DIFFERENCE: {
        "the conclusion states no lack of difference": 0.11,
        "the title names a better result": 0.11,
        "the conclusion names a better result": 0.11,
    },
    Direction.MIXED: {},
}
#: A hedge in the conclusion is outweighed by a surer vote, where the results themselves are of a better result.
_HEDGED, _HEDGED_LIMIT = "the conclusion is not sure", 0.10
_OTHER_REPORT = "not the main report of a trial"


def direction(said: Sequence[Spoken], design: Design, votes: Mapping[str, Vote]) -> Direction | None:
    """The direction that rules and model agree on, None when it is not certain."""
    certain = {one: votes[name].right for one, name in _NAMES.items() if _is_certain(one, said, design, votes[name])}
    if _is_not_inferior(said) and Direction.BENEFIT not in certain:
        return Direction.NONINFERIOR
    if Direction.BENEFIT in certain and Direction.NO_DIFFERENCE in certain:
        return Direction.MIXED if Direction.MIXED in certain else None
    return max(certain, key=lambda one: certain[one], default=None)


_NAMES = {Direction.BENEFIT: "benefit", Direction.NO_DIFFERENCE: "no_difference", Direction.MIXED: "mixed"}


def _is_certain(one: Direction, said: Sequence[Spoken], design: Design, vote: Vote) -> bool:
    found = set(doubts(one, said))
    if design not in _TRIALS:
        found.add(_OTHER_REPORT)
    limit, other = _LIMITS[one]
    if found == {_OTHER_REPORT}:
        limit = other
    elif found == {_HEDGED} and _Parts(said).has_better_results:
        limit = _HEDGED_LIMIT
    elif found:
        limit = _SLIGHT[one].get(next(iter(found)), 0.0) if len(found) == 1 else 0.0
    return vote.false < limit and vote.right > _LEAST_RIGHT[one]


def doubts(one: Direction, said: Sequence[Spoken]) -> list[str]:
    """What title, results and conclusion say against this direction, in words for `monitor explain`."""
    return [why for why, holds in _DOUBTS[one](_Parts(said)) if holds]


def supports(one: Direction, sentence: Spoken) -> bool:
    """Whether this sentence is one that states the direction."""
    if one is Direction.BENEFIT:
        return is_good(sentence)
    if one is Direction.MIXED:
        return is_null(sentence) or is_good(sentence)
    return is_null(sentence) or "noninf" in sentence.signs


class _Parts:
    """The sentences by the part of the record they stand in."""

    def __init__(self, said: Sequence[Spoken]) -> None:
        self.title = next(one for one in said if one.part == "title")
        self.results = [one for one in said if one.part == "result"]
        self.conclusion = [one for one in said if one.part == "conclusion"]
        self.told = [*self.conclusion, *self.results]

    def concludes(self, *names: str) -> bool:
        """Whether a concluding sentence has one of these signs."""
        return any(not one.signs.isdisjoint(names) for one in self.conclusion)

    @property
    def is_unsure(self) -> bool:
        """Whether every concluding sentence of a better result only says that it may be so."""
        good = [one for one in self.conclusion if one.signs & GOOD]
        return bool(good) and all("maybe" in one.signs for one in good)

    def says(self, name: str) -> bool:
        """Whether title or conclusion has an expression of `result.toml`."""
        return any(pattern(name).search(lowered(one.text)) for one in (self.title, *self.conclusion))

    @property
    def has_better_results(self) -> bool:
        """Whether a result is better and significant, and none is null."""
        better = any(is_good(one) and one.signs & {"p_low", "signif"} for one in self.results)
        return better and not any(map(is_null, self.results))

    @property
    def has_only_null_results(self) -> bool:
        """Whether results are given, some of them null and none of them positive."""
        null = [one for one in self.results if not one.signs.isdisjoint({"null", "p_high"})]
        good = [one for one in self.results if one.signs & _FOUND and one.signs.isdisjoint({"null", "p_high"})]
        return bool(null) and not good


def _against_benefit(parts: _Parts) -> list[tuple[str, bool]]:
    title = lowered(parts.title.text)
    return [
        ("the conclusion names no better result", not any(one.signs & GOOD for one in parts.conclusion)),
        ("the conclusion states a lack of difference", any(map(is_null, parts.conclusion))),
        ("the conclusion calls it not inferior", parts.concludes("noninf") or "noninf" in parts.title.signs),
        (
            "the conclusion names a worse result",
            any(one.signs & BAD and not one.signs & GOOD for one in parts.conclusion),
        ),
        ("the title names a harm", "harm" in parts.title.signs or bool(pattern("direction.harm_title").search(title))),
        ("the conclusion is about a part of the people", parts.concludes("subgroup")),
        ("the title asks something else", bool(pattern("direction.other_question").search(title))),
        ("the conclusion calls it a trend", parts.concludes("trend")),
        (_HEDGED, parts.is_unsure),
        ("no result bears it out", parts.has_only_null_results),
        ("nothing is compared", not any(_is_compared(one) for one in parts.told)),
        ("the conclusion favours the comparator", parts.says("plain.against_experimental")),
        ("the conclusion names a good thing that became less", parts.says("plain.less_good")),
        ("the conclusion tells each arm's own change", parts.says("plain.each_arm")),
        ("the conclusion takes the gain back", parts.says("plain.taken_back")),
    ]


def _against_no_difference(parts: _Parts) -> list[tuple[str, bool]]:
    return [
        ("nothing states a lack of difference", not any(map(is_null, parts.told))),
        ("the conclusion states no lack of difference", not any(map(is_null, parts.conclusion))),
        (
            "the conclusion names a better result",
            any(one.signs & _STRONG_GOOD and "null" not in one.signs for one in parts.conclusion),
        ),
        ("the title names a better result", bool(parts.title.signs & {"improve", "better_than"})),
        ("the conclusion names a significant result", parts.concludes("found_so", "p_low")),
    ]


def _against_mixed(parts: _Parts) -> list[tuple[str, bool]]:
    """Both must be said: a better result against the comparator, and a lack of difference."""
    return [
        ("nothing states a lack of difference", not any(map(is_null, parts.told))),
        ("the conclusion is about a part of the people", parts.concludes("subgroup")),
        (
            "nothing states a better result against a comparator",
            not any(map(is_better, parts.told)),
        ),
    ]


_DOUBTS = {
    Direction.BENEFIT: _against_benefit,
    Direction.NO_DIFFERENCE: _against_no_difference,
    Direction.MIXED: _against_mixed,
}


def _is_compared(one: Spoken) -> bool:
    return bool(one.signs & COMPARED) and bool(one.signs & _FOUND) and "within" not in one.signs


def _is_not_inferior(said: Sequence[Spoken]) -> bool:
    """Said in the conclusion, of an active comparator."""
    if any(pattern("direction.inactive").search(lowered(one.text)) for one in said):
        return False
    concluding = (lowered(one.text) for one in said if one.part == "conclusion")
    return any(
        pattern("direction.not_inferior").search(low) and not pattern("direction.not_so").search(low)
        for low in concluding
    )
