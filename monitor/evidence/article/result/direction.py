"""Which way a trial's result points, stated only where the words are certain; else None. Pure.

Two votes must agree. The trained model (`votes.py`) says of each direction how likely it is false and how likely
it is right. The rules look for anything in title, results and conclusion that speaks against it (a doubt): without
a doubt a good vote is enough, slight doubts need a better one, any other doubt forbids it. The direction whose vote
most exceeds what it needs is stated.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from monitor.evidence.article.result.clauses import is_better_in_effect, is_good, is_null
from monitor.evidence.article.result.doubts import (
    A_PART,
    ALIKE,
    BOTH_IMPROVED,
    CALLED_WORSE,
    EQUIVALENT,
    EXTENSION,
    HEDGED,
    LOST_GOOD,
    NAMED_DIFFERENCE,
    NOTHING_BETTER,
    NULL_PRIMARY,
    OF_COSTS,
    ONE_SIDED,
    OTHER_NULL,
    OTHER_QUESTION,
    OWN_CHANGES,
    UNCOMPARED,
    UNCOMPARED_END,
    Against,
)
from monitor.evidence.article.result.patterns import find
from monitor.evidence.article.result.spoken import Spoken
from monitor.evidence.article.result.votes import Vote
from monitor.evidence.article.text import lowered
from monitor.model import Design, Direction

_TRIALS = frozenset({Design.RANDOMIZED, Design.CONTROLLED})
OTHER_REPORT = "not the main report of a trial"

#: What a vote must be worth for a direction without a doubt (see `_worth`), chosen with the cross-validated votes of
#: all labelled rows in sight (evaluation/results/README.md).
_ENOUGH = {Direction.BENEFIT: 0.09, Direction.NO_DIFFERENCE: 0.07, Direction.MIXED: 0.10}
#: Doubts that a better vote outweighs, each with what it must be worth then: never less than without a doubt.
SLIGHT: dict[Direction, dict[str, float]] = {
    Direction.BENEFIT: {
        HEDGED: 0.14,
        "the conclusion names no better result": 0.12,
        UNCOMPARED: 0.21,
        OWN_CHANGES: 0.32,
        BOTH_IMPROVED: 0.40,
        CALLED_WORSE: 0.36,
        LOST_GOOD: 0.32,
        ONE_SIDED: 0.13,
        ALIKE: 0.13,
        EQUIVALENT: 0.22,
        UNCOMPARED_END: 0.20,
        EXTENSION: 0.25,
        OF_COSTS: 0.30,
        OTHER_REPORT: 0.22,
    },
    Direction.NO_DIFFERENCE: {
        "the conclusion states no lack of difference": 0.07,
        "the title names a better result": 0.07,
        "the conclusion names a better result": 0.07,
        "the conclusion names a significant result": 0.10,
        UNCOMPARED: 0.15,
        OTHER_NULL: 0.28,
        NAMED_DIFFERENCE: 0.20,
        EXTENSION: 0.20,
        OF_COSTS: 0.25,
        OTHER_QUESTION: 0.15,
        OTHER_REPORT: 0.15,
    },
    Direction.MIXED: {
        A_PART: 0.21,
        NOTHING_BETTER: 0.30,
        NULL_PRIMARY: 0.17,
        ONE_SIDED: 0.14,
        ALIKE: 0.15,
        OTHER_NULL: 0.33,
        EXTENSION: 0.25,
        OF_COSTS: 0.30,
        OTHER_QUESTION: 0.30,
        OTHER_REPORT: 0.20,
    },
}
#: What each further doubt adds.
_ONE_MORE = 0.02


def direction(
    said: Sequence[Spoken], design: Design, against: Against, votes: Mapping[Direction, Vote]
) -> Direction | None:
    """The direction that rules and model agree on, None when it is not certain."""
    others = [] if design in _TRIALS else [OTHER_REPORT]
    spare = {one: _worth(vote) - _needed(one, [*against[one], *others]) for one, vote in votes.items()}
    best = max(spare, key=spare.__getitem__)
    is_certain = spare[best] > 0
    if _is_not_inferior(said) and not (is_certain and best is Direction.BENEFIT):
        return Direction.NONINFERIOR
    if is_certain and best is Direction.MIXED and NULL_PRIMARY in against[best] and not _has_several_primaries(said):
        # where one outcome is the primary, the others do not decide, unless it was alike in two active arms
        return None if OTHER_NULL in against[Direction.NO_DIFFERENCE] else Direction.NO_DIFFERENCE
    return best if is_certain else None


def _has_several_primaries(said: Sequence[Spoken]) -> bool:
    return any(find("direction.several_primaries", lowered(one.text)) for one in said)


def _worth(vote: Vote) -> float:
    """How good a vote is: 0.5 where the direction is right for certain, down to -1 where it is false."""
    return 0.5 * vote.right - vote.false


def _needed(one: Direction, doubts: Sequence[str]) -> float:
    """What the vote must be worth; more than any can be where the doubts forbid the direction."""
    if not doubts:
        return _ENOUGH[one]
    return max(SLIGHT[one].get(doubt, 1.0) for doubt in doubts) + _ONE_MORE * (len(doubts) - 1)


def supports(one: Direction, sentence: Spoken) -> bool:
    """Whether this sentence is one that states the direction."""
    if one is Direction.BENEFIT:
        return is_good(sentence)
    if one is Direction.MIXED:
        return is_null(sentence) or is_good(sentence)
    return is_null(sentence) or "noninf" in sentence.signs


def _is_not_inferior(said: Sequence[Spoken]) -> bool:
    """Said in the conclusion, of an active comparator, and nothing but safety is said to be better."""
    if any(find("direction.inactive", lowered(one.text)) for one in said):
        return False
    concluding = [one for one in said if one.part == "conclusion"]
    if any(map(is_better_in_effect, concluding)):
        return False
    return any(
        find("direction.not_inferior", low) and not find("direction.not_so", low)
        for low in (lowered(one.text) for one in concluding)
    )
