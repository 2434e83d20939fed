"""The trained second vote: how likely each direction is false, or right, for what an abstract says. Pure Python.

Two models in `result_model.json`, with its data card: a linear one of sentences, a forest of whole abstracts.
Trained by `evaluation/results/train.py`. It states nothing by itself: it may only doubt what the rules read.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from monitor.evidence.article.result import features
from monitor.evidence.article.result.doubts import Against
from monitor.evidence.article.result.forest import Forest, forest_of
from monitor.evidence.article.result.spoken import Spoken
from monitor.model import Direction

PATH = Path(__file__).parents[2] / "result_model.json"


@dataclass(frozen=True, slots=True)
class Linear:
    """Weights of named features, one row a class."""

    classes: tuple[str, ...]
    bias: tuple[float, ...]
    weights: Mapping[str, Sequence[float]]

    def chances(self, found: Mapping[str, float]) -> dict[str, float]:
        """The chance of each class; sums are taken in the order of names, so that they are always the same."""
        totals = list(self.bias)
        for name in sorted(found.keys() & self.weights.keys()):
            value = found[name]
            for number, weight in enumerate(self.weights[name]):
                totals[number] += value * weight
        top = max(totals)
        raised = [math.exp(total - top) for total in totals]
        return {name: value / sum(raised) for name, value in zip(self.classes, raised, strict=True)}


@dataclass(frozen=True, slots=True)
class Vote:
    """For one direction of one abstract: the chance that stating it is false, and that it is right."""

    false: float
    right: float


@dataclass(frozen=True, slots=True)
class Model:
    """The sentence model, and the forest whose answers are "benefit false", "benefit ok" and so on."""

    sentence: Linear
    article: Forest
    card: Mapping[str, Any]

    def sentence_chances(self, said: Sequence[Spoken]) -> list[Mapping[str, float]]:
        """What each sentence that tells a result states; nothing for the others."""
        return [
            self.sentence.chances(dict.fromkeys(features.of_sentence(one), 1.0)) if one.part != "other" else {}
            for one in said
        ]

    def votes(self, said: Sequence[Spoken], against: Against, *, is_randomized: bool) -> dict[Direction, Vote]:
        """The vote on each direction that has doubts (or none) in `against`."""
        chances = self.sentence_chances(said)
        shares = self.article.shares(features.of_article(said, chances, against, is_randomized=is_randomized))
        return {one: Vote(shares[f"{one.value} false"], shares[f"{one.value} ok"]) for one in against}


@cache
def load() -> Model:
    """The packaged model, read once."""
    return model_of(json.loads(PATH.read_text(encoding="utf-8")))


def model_of(raw: Mapping[str, Any]) -> Model:
    """A model from its JSON."""
    return Model(_linear(raw["sentence"]), forest_of(raw["article"]), raw["card"])


def _linear(raw: Mapping[str, Any]) -> Linear:
    return Linear(tuple(raw["classes"]), tuple(raw["bias"]), raw["weights"])
