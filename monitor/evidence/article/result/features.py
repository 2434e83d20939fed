"""What the model of results sees: signs of each sentence, and what they add up to in the abstract. Pure.

It never sees a word of a topic: a sentence is the set of its signs (`signs.py`) and their pairs.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import combinations

from monitor.evidence.article.result.doubts import Against
from monitor.evidence.article.result.patterns import family
from monitor.evidence.article.result.spoken import Spoken
from monitor.evidence.article.text import lowered

#: What a sentence may state of the experimental against the comparing arm; "none" is aim, method or background.
KINDS = ("benefit", "no_difference", "mixed", "noninferior", "harm", "not_comparative", "none")
_STATED = KINDS[:-1]
_PARTS = ("conclusion", "result", "title")

#: Signs too common to say anything in pairs.
_ALONE = frozenset({"also", "conclude", "aim", "method", "ci_one"})


def of_sentence(one: Spoken) -> frozenset[str]:
    """Signs, pairs of signs, and signs marked with the part of the abstract they stand in."""
    found = one.signs
    paired = sorted(found - _ALONE)
    features = found | {f"{a}+{b}" for a, b in combinations(paired, 2)} | {f"{one.part[0]}:{name}" for name in found}
    return features | {f"part={one.part}"}


def of_article(
    said: Sequence[Spoken], chances: Sequence[Mapping[str, float]], against: Against, *, is_randomized: bool
) -> dict[str, float]:
    """The chances and signs of title, results and conclusion, added up, and the doubts about each direction.

    `chances` holds one mapping a sentence.
    """
    features: dict[str, float] = {"randomized": float(is_randomized)}
    features |= {f"{one.value}, but {why}": 1.0 for one, reasons in against.items() for why in reasons}
    found = [(one.part, chance, one.signs) for one, chance in zip(said, chances, strict=True) if one.part != "other"]
    for part in _PARTS:
        rows = [(chance, seen) for where, chance, seen in found if where == part]
        features |= _added(part, [chance for chance, _ in rows])
        share = 3.0 if part == "result" else 1.0
        features |= {f"{part} {name}": sum(name in seen for _, seen in rows) / share for name in _counted()}
    primary = [chance for part, chance, seen in found if part == "result" and "primary" in seen]
    features |= {f"primary {kind}": max((c[kind] for c in primary), default=0.0) for kind in _STATED[:4]}
    features["primary"] = float(bool(primary))
    return features | _words(said)


def _counted() -> list[str]:
    """The signs that are counted by part of the abstract."""
    return [name for name in [*family("sign"), "p_low", "p_high", "null"] if name not in _ALONE]


def _added(part: str, chances: list[Mapping[str, float]]) -> dict[str, float]:
    features: dict[str, float] = {}
    stating = [c for c in chances if c["none"] < 0.7]
    for kind in _STATED:
        features[f"{part} most {kind}"] = max((c[kind] for c in chances), default=0.0)
        features[f"{part} first {kind}"] = chances[0][kind] if chances else 0.0
        features[f"{part} mean {kind}"] = sum(c[kind] for c in chances) / max(1, len(chances))
        features[f"{part} share {kind}"] = sum(c[kind] / (1 - c["none"]) for c in stating) / max(1, len(stating))
    good, null = (sum(c[kind] for c in chances) for kind in ("benefit", "no_difference"))
    features[f"{part} balance"] = math.log1p(good) - math.log1p(null)
    return features


def _words(said: Sequence[Spoken]) -> dict[str, float]:
    title = lowered(" ".join(one.text for one in said if one.part == "title"))
    whole = lowered(" ".join(one.text for one in said))
    features = {f"title has {name}": float(bool(word.search(title))) for name, word in family("result_word").items()}
    return features | {
        f"text has {name}": float(bool(word.search(whole))) for name, word in family("result_word").items()
    }
