"""A small linear text model: how much a record reads like the main report of a randomised trial.

It sees only words of method: every word outside its lexicon is "_" and every number "#", so that
it cannot learn topics. It ranks, and it may demote a weak claim; it is never the stated reason.
Trained by `evaluation/evidence/train.py`; data card and operating points are in `model.json`.
"""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

from monitor.evidence.article.text import Reading
from monitor.model import Design

PATH = Path(__file__).parents[2] / "model.json"

#: A record without any of these has no words that the model could weigh; it gets the floor score unless the
#: rules call it a randomised trial. Reading the others word by word would take half of all the time.
SIGNALS = (
    "random",
    " trial",
    "placebo",
    " sham",
    "blind",
    "allocat",
    "assigned",
    " rct",
    "crossover",
    "cross-over",
    "control group",
    " arms",
    "two groups",
    " versus ",
    "compared two",
)

_TOKEN = re.compile(r"[a-z]+(?:-[a-z]+)*|\d+")


@dataclass(frozen=True, slots=True)
class Model:
    """Weights of n-grams in steps of `scale`; `points` are the named operating points on the score."""

    lexicon: frozenset[str]
    weights: dict[str, int]
    bias: float
    scale: float
    points: dict[str, float]
    card: dict[str, Any]

    def score(self, features: set[str]) -> float:
        """Probability-like score in [0, 1] of a set of features."""
        total = sum(map(self.weights.__getitem__, filter(self.weights.__contains__, features)))
        return 1 / (1 + math.exp(-max(-30.0, min(30.0, self.bias + self.scale * total))))


@cache
def load() -> Model:
    """The packaged model, read once."""
    raw = json.loads(PATH.read_text(encoding="utf-8"))
    return Model(frozenset(raw["lexicon"]), raw["weights"], raw["bias"], raw["scale"], raw["points"], raw["card"])


def features(reading: Reading, design: str, rules: tuple[str, ...], lexicon: frozenset[str]) -> set[str]:
    """N-grams of the title (marked "t ") and of title and abstract, with what the rules found."""
    found = {f"design={design}", *(f"rule={rule}" for rule in rules)}
    title = _grams(reading.title, lexicon)
    found.update(f"t {gram}" for gram in title)
    found |= title
    found |= _grams(reading.abstract, lexicon)
    return found


def has_signal(reading: Reading, design: Design) -> bool:
    """True when the rules found a randomised trial or at least one word is there that one could be told by."""
    if design is Design.RANDOMIZED:
        return True
    return any(word in reading.title or word in reading.abstract for word in SIGNALS)


def _grams(text: str, lexicon: frozenset[str]) -> set[str]:
    tokens = [t if t in lexicon else "#" if t[0].isdigit() else "_" for t in _TOKEN.findall(text)]
    pairs, triples = set(pairwise(tokens)), set(zip(tokens, tokens[1:], tokens[2:], strict=False))
    return {*tokens, *map(" ".join, pairs), *map(" ".join, triples)}
