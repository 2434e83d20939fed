"""A small forest of decision trees in pure Python: the shares of several yes-or-no answers for one set of features."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

#: A share is kept as one letter: "!" is 0, the letter this many places behind it 1.
STEPS, FIRST = 90, 33
#: Limits are kept as whole thousandths.
SCALE = 1000


@dataclass(frozen=True, slots=True)
class Tree:
    """Nodes in depth-first order: `feature` is -1 in a leaf, else what is compared with `limit` (thousandths).

    What is not larger goes to the next node, the rest to the node `right`; in a leaf `right` counts the leaves.
    """

    feature: tuple[int, ...]
    limit: tuple[int, ...]
    right: tuple[int, ...]
    leaves: tuple[str, ...]

    def leaf(self, values: Sequence[float]) -> str:
        """The letters of the leaf that these values, in thousandths, lead to."""
        at = 0
        while (feature := self.feature[at]) >= 0:
            at = at + 1 if values[feature] <= self.limit[at] else self.right[at]
        return self.leaves[self.right[at]]


@dataclass(frozen=True, slots=True)
class Forest:
    """The mean of its trees for each of `answers`; `features` names what the trees number."""

    features: tuple[str, ...]
    answers: tuple[str, ...]
    trees: tuple[Tree, ...]

    def shares(self, found: Mapping[str, float]) -> dict[str, float]:
        """For each answer how many of 1 say yes; a feature that is not found is 0."""
        values = [SCALE * found.get(name, 0.0) for name in self.features]
        leaves = [tree.leaf(values) for tree in self.trees]
        most = STEPS * len(leaves)
        return {
            name: sum(ord(leaf[n]) - FIRST for leaf in leaves) / most if leaves else 0.0
            for n, name in enumerate(self.answers)
        }


def forest_of(raw: Mapping[str, Any]) -> Forest:
    """A forest from its JSON."""
    trees = tuple(Tree(*map(tuple, tree)) for tree in raw["trees"])
    return Forest(tuple(raw["features"]), tuple(raw["answers"]), trees)


def as_plain(forest: Forest) -> dict[str, Any]:
    """What `forest_of` reads."""
    trees = [[tree.feature, tree.limit, tree.right, tree.leaves] for tree in forest.trees]
    return {"features": forest.features, "answers": forest.answers, "trees": trees}
