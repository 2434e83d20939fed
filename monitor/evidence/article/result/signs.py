"""Signs of a result in one sentence: words of difference, of no difference, of comparison, of doubt. Pure.

A sign is a word for the model and a fact for the rules: it says what is written, not yet what it means.
"""

from __future__ import annotations

import re
from functools import lru_cache

from monitor.evidence.article.result.patterns import family, pattern
from monitor.evidence.article.text import lowered

#: Words of no difference; any of them gives the sign "null".
NULLS = ("null_diff", "null_effect", "null_differ", "null_verb", "null_fail", "null_ns", "null_same")

#: Signs that hold one of the plainer ones: most sentences have neither, and these, the slowest, need not be tried.
_HOLDING = {
    **dict.fromkeys(("down_bad", "bad_down", "down_good", "good_down"), ("down",)),
    **dict.fromkeys(("up_good", "good_up", "up_bad"), ("up",)),
    "bad_up": ("up", "down"),
}


def p_values(low: str) -> list[tuple[float, bool]]:
    """The probabilities a sentence states, each with whether it is called larger than the figure ("p > 0.05")."""
    found = []
    for match in pattern("sign_p").finditer(low):
        value = float(match[1].replace("·", "."))
        if value <= 1:
            found.append((value, bool(re.search(r"[>≥]", match[0]))))
    return found


def includes_no_effect(sentence: str) -> bool:
    """Whether a confidence interval in it holds 0 or, of a ratio, 1: "95% CI -0.1 to 0.4"."""
    low = lowered(sentence)
    null = 1.0 if pattern("interval.ratio").search(low) else 0.0
    return any(
        _number(match["low"]) <= null <= _number(match["high"]) for match in pattern("interval.ends").finditer(low)
    )


def _number(text: str) -> float:
    return float(re.sub("[−–]", "-", text).replace("·", "."))


@lru_cache(maxsize=256)
def signs(sentence: str) -> frozenset[str]:
    """The names of all signs in one sentence, with "p_low" and "p_high" for the probabilities it states."""
    low = lowered(sentence)
    plain = {name for name in ("up", "down") if pattern(f"sign.{name}").search(low)}
    idle = {name for name, held in _HOLDING.items() if plain.isdisjoint(held)}
    found = {name for name, one in family("sign").items() if name not in idle and one.search(low)}
    for value, is_above in p_values(low):
        found.add("p_high" if is_above or value > 0.05 else "p_low")
    if found.intersection(NULLS):
        found.add("null")
    return frozenset(found)
