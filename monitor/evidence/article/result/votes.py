"""The trained second vote: how likely each direction is false, or right, for what an abstract says. Pure Python.

Two linear models in `result_model.json`, with its data card: one of sentences, one of whole abstracts.
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
from monitor.evidence.article.result.spoken import Spoken

PATH = Path(__file__).parents[2] / "result_model.json"


@dataclass(frozen=True, slots=True)
class Linear:
    """Weights of named features, one row a class; with one class the score is the chance of it."""

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
        if len(totals) == 1:
            return {self.classes[0]: 1 / (1 + math.exp(-max(-30.0, min(30.0, totals[0]))))}
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
    """The sentence model, and for each direction the models of "false" and of "right"."""

    sentence: Linear
    false: Mapping[str, Linear]
    right: Mapping[str, Linear]
    card: Mapping[str, Any]

    def sentence_chances(self, said: Sequence[Spoken]) -> list[Mapping[str, float]]:
        """What each sentence that tells a result states; nothing for the others."""
        return [
            self.sentence.chances(dict.fromkeys(features.of_sentence(one), 1.0)) if one.part != "other" else {}
            for one in said
        ]

    def votes(self, said: Sequence[Spoken], *, is_randomized: bool) -> dict[str, Vote]:
        """The vote on each direction that the model knows."""
        found = features.of_article(said, self.sentence_chances(said), is_randomized=is_randomized)
        return {
            name: Vote(judge.chances(found)["yes"], self.right[name].chances(found)["yes"])
            for name, judge in self.false.items()
        }


@cache
def load() -> Model:
    """The packaged model, read once."""
    return model_of(json.loads(PATH.read_text(encoding="utf-8")))


def model_of(raw: Mapping[str, Any]) -> Model:
    """A model from its JSON."""
    return Model(
        _linear(raw["sentence"]),
        {name: _linear(one) for name, one in raw["false"].items()},
        {name: _linear(one) for name, one in raw["right"].items()},
        raw["card"],
    )


def _linear(raw: Mapping[str, Any]) -> Linear:
    return Linear(tuple(raw["classes"]), tuple(raw["bias"]), raw["weights"])
