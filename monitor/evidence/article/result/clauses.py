"""One sentence clause by clause: "X improved, while Y did not differ" states two things. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from monitor.evidence.article.result.patterns import find, pattern
from monitor.evidence.article.result.signs import signs
from monitor.evidence.article.result.spoken import Spoken
from monitor.evidence.article.text import lowered

GOOD = frozenset({"better_than", "improve", "effective", "down_bad", "bad_down", "up_good", "good_up"})
BAD = frozenset({"harm", "up_bad", "bad_up"})
#: What is good became less: "pain relief was lower".
LOST = frozenset({"down_good", "good_down"})
COMPARED = frozenset({"than", "against", "between", "in_group", "control_arm"})
#: What a lack of difference is harmless in: adverse events, the start, costs.
SAFE = frozenset({"safety", "baseline", "equal_like"})


#: So many outcomes beside safety make a list that is not of safety.
OUTCOMES = 3


@dataclass(frozen=True, slots=True)
class Clause:
    """A part of a sentence that states one thing, in lower case, with its signs."""

    low: str
    signs: frozenset[str]


def clauses(one: Spoken) -> tuple[Clause, ...]:
    """The clauses of a sentence, in order; the sentence itself where it is one, or takes back what it says."""
    return _clauses(one.text)


@lru_cache(maxsize=512)
def _clauses(text: str) -> tuple[Clause, ...]:
    low = lowered(text)
    if not find("clauses.taken_back", low):
        pieces = [piece for piece in pattern("clauses.break").split(text) if piece and piece.strip()]
        if len(pieces) > 1:
            return tuple(Clause(lowered(piece), signs(piece)) for piece in pieces)
    return (Clause(low, signs(text)),)


def is_null(one: Spoken) -> bool:
    """A clause states a lack of difference in what the trial was for, not in safety or at the start."""
    return any("null" in clause.signs and _is_of_effect(clause) for clause in clauses(one))


def _is_of_effect(clause: Clause) -> bool:
    """Whether a clause is not of safety or the start alone: side effects may stand in a list of outcomes."""
    if clause.signs.isdisjoint(SAFE):
        return True
    if clause.signs & SAFE != {"safety"}:
        return False
    return len([piece for piece in _items(clause.low) if "safety" not in signs(piece)]) >= OUTCOMES


def _items(low: str) -> list[str]:
    return [piece for piece in re.split(r",|\b(?:and|or)\b", low) if piece.strip()] if low.count(",") > 1 else []


def is_null_effect(one: Spoken) -> bool:
    """As `is_null`, and the clause is of an effect: a lack of association or correlation is none."""
    return any(
        "null" in clause.signs and _is_of_effect(clause) and not find("clauses.association", clause.low)
        for clause in clauses(one)
    )


def is_null_primary(one: Spoken) -> bool:
    """The primary outcome is named and called null, or given with a probability that is high and no low one."""
    low = pattern("clauses.bracket").sub("", lowered(one.text))
    if not find("clauses.primary", low):
        return False
    if (is_null(one) or "p_high" in one.signs) and "p_low" not in one.signs and not is_better(one):
        return True
    named = (signs(piece) for piece in re.split("[,;]", low) if find("clauses.primary", piece))
    return any("null" in found and found.isdisjoint(SAFE | GOOD) for found in named)


def is_good(one: Spoken) -> bool:
    """A clause states a better result and denies nothing."""
    return any(
        not found.isdisjoint(GOOD) and "null" not in found for found in (clause.signs for clause in clauses(one))
    )


def is_better(one: Spoken) -> bool:
    """A clause states a better result against a comparator, or with a probability that tells of one.

    "Both arms improved (P = 0.01)" names arms and compares none.
    """
    return any(_is_better(clause.signs) for clause in clauses(one))


def _is_better(found: frozenset[str]) -> bool:
    if found.isdisjoint(GOOD) or not found.isdisjoint({"null", "p_high", "cost"}) or _is_within(found):
        return False
    told = {"than", "against", "between"} if "both_arms" in found else COMPARED | {"p_low"}
    return not found.isdisjoint(told)


def _is_within(found: frozenset[str]) -> bool:
    """Whether the start is all that a clause compares with: a change may be told against another arm's."""
    return "within" in found and found.isdisjoint({"than", "against", "between"})


def tells_apart(one: Spoken) -> bool:
    """A clause tells one arm from another, better or worse, and denies nothing."""
    return any(
        bool(found & {"than", "against", "between"})
        and bool(found & (GOOD | {"up", "down", "p_low"}))
        and found.isdisjoint({"null", "p_high", "baseline", "trend"})
        for found in (clause.signs for clause in clauses(one))
    )


def is_better_in_effect(one: Spoken) -> bool:
    """A clause states a better result than the comparator's in something other than safety or being as good."""
    return any(
        not found.isdisjoint(GOOD) and not found.isdisjoint(COMPARED) and found.isdisjoint({"null", "safety", "noninf"})
        for found in (clause.signs for clause in clauses(one))
    )


def is_significant(one: Spoken) -> bool:
    """A clause calls something significant, or gives a low probability, and denies nothing."""
    return any(clause.signs & {"found_so", "p_low"} and "null" not in clause.signs for clause in clauses(one))
