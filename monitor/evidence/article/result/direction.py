"""Which way a trial's result points, stated only where the words are certain; else None. Pure.

Two votes must agree. The rules look for anything in title, results and conclusion that speaks against a
direction (a doubt); the trained model (`votes.py`) says how likely the direction is to be false. A direction
without a doubt needs a small chance, one with a slight doubt a smaller one, any other doubt forbids it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from monitor.evidence.article.result.clauses import is_better_in_effect, is_good, is_null
from monitor.evidence.article.result.doubts import HEDGED, Parts, doubts
from monitor.evidence.article.result.patterns import pattern
from monitor.evidence.article.result.spoken import Spoken
from monitor.evidence.article.result.votes import Vote
from monitor.evidence.article.text import lowered
from monitor.model import Design, Direction

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
_HEDGED_LIMIT = 0.10
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
    elif found == {HEDGED} and Parts(said).has_better_results:
        limit = _HEDGED_LIMIT
    elif found:
        limit = _SLIGHT[one].get(next(iter(found)), 0.0) if len(found) == 1 else 0.0
    return vote.false < limit and vote.right > _LEAST_RIGHT[one]


def supports(one: Direction, sentence: Spoken) -> bool:
    """Whether this sentence is one that states the direction."""
    if one is Direction.BENEFIT:
        return is_good(sentence)
    if one is Direction.MIXED:
        return is_null(sentence) or is_good(sentence)
    return is_null(sentence) or "noninf" in sentence.signs


def _is_not_inferior(said: Sequence[Spoken]) -> bool:
    """Said in the conclusion, of an active comparator, and nothing but safety is said to be better."""
    if any(pattern("direction.inactive").search(lowered(one.text)) for one in said):
        return False
    concluding = [one for one in said if one.part == "conclusion"]
    if any(map(is_better_in_effect, concluding)):
        return False
    return any(
        pattern("direction.not_inferior").search(low) and not pattern("direction.not_so").search(low)
        for low in (lowered(one.text) for one in concluding)
    )
