"""Train the two small models of `monitor.evidence.article.result`; write `monitor/evidence/result_model.json`.

Needs the group `train` (scikit-learn) and the labelled abstracts beside the checkout.

    python evaluation/results/train.py
"""

from __future__ import annotations

import argparse
import json
import warnings
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
from labelled import DATA, FOLDS, Row, load
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression

from monitor.evidence.article.result import features, votes
from monitor.evidence.article.result.doubts import against
from monitor.evidence.article.result.forest import FIRST, SCALE, STEPS, Forest, Tree, as_plain
from monitor.model import Direction

#: The directions that the model votes on; harm and noninferior have too few rows.
DIRECTIONS = (Direction.BENEFIT, Direction.NO_DIFFERENCE, Direction.MIXED)
LEAST_SENTENCES = 8
C_SENTENCE = 0.03
#: More trees, and smaller leaves, were no better.
TREES, LEAST_LEAF = 50, 8


def label_of(row: Row, start: int, end: int) -> str:
    """What the labelled sentence that most overlaps with these offsets states; "none" where there is none."""
    best, label = 0, "none"
    for one in row.sentences:
        shared = min(end, one["end"]) - max(start, one["start"])
        if shared > best and shared > 0.4 * min(end - start, one["end"] - one["start"]):
            best = shared
            label = "none" if one["role"] in ("wish", "background") else one["direction"]
    return "not_comparative" if label == "not_stated" else label


def train_sentences(rows: Sequence[Row]) -> votes.Linear:
    """The model of what one sentence states."""
    found, labels = [], []
    for row in rows:
        for one in row.said if row.sentences else []:
            if one.part != "title":
                found.append(sorted(features.of_sentence(one)))
                labels.append(label_of(row, one.start, one.end))
    seen = Counter(name for names in found for name in names)
    columns = {
        name: n for n, name in enumerate(sorted(name for name, count in seen.items() if count >= LEAST_SENTENCES))
    }
    matrix = np.zeros((len(found), len(columns)))
    for number, names in enumerate(found):
        matrix[number, [columns[name] for name in names if name in columns]] = 1
    fitted = LogisticRegression(C=C_SENTENCE, max_iter=200, tol=1e-3).fit(matrix, labels)
    weights = {name: fitted.coef_[:, n] for name, n in columns.items()}
    return _linear(fitted.classes_, fitted.intercept_, weights)


def article_features(model: votes.Linear, row: Row) -> dict[str, float]:
    """What the model of abstracts sees of one row."""
    chances = votes.Model(model, Forest((), (), ()), {}).sentence_chances(row.said)
    return features.of_article(row.said, chances, against(row.said), is_randomized=row.is_randomized)


def train_articles(rows: Sequence[Row], found: Sequence[Mapping[str, float]]) -> Forest:
    """One forest that answers for each direction whether stating it is false, and whether it is right."""
    names = sorted({name for one in found for name in one})
    matrix = np.array([[one.get(name, 0.0) for name in names] for one in found])
    asked = [(direction, key) for direction in DIRECTIONS for key in ("false", "ok")]
    labels = [[_name(direction) in row.gold[key] for direction, key in asked] for row in rows]
    fitted = ExtraTreesClassifier(TREES, min_samples_leaf=LEAST_LEAF, max_features="sqrt", random_state=0)
    fitted.fit(matrix, np.array(labels))
    trees = tuple(_tree(one.tree_) for one in fitted.estimators_)
    return Forest(tuple(names), tuple(f"{direction.value} {key}" for direction, key in asked), trees)


def _name(direction: Direction) -> str:
    return direction.value.replace(" ", "_")


def _tree(grown: Any) -> Tree:
    """A tree of scikit-learn, whose nodes are numbered depth first, the left one next."""
    feature, limit, right, leaves = [], [], [], []
    for node, (left, other) in enumerate(zip(grown.children_left, grown.children_right, strict=True)):
        is_leaf = left < 0
        if not is_leaf and left != node + 1:
            raise ValueError(f"node {node} of a tree is followed by {left}")
        feature.append(-1 if is_leaf else int(grown.feature[node]))
        limit.append(0 if is_leaf else round(SCALE * float(grown.threshold[node])))
        right.append(len(leaves) if is_leaf else int(other))
        if is_leaf:
            shares = grown.value[node][:, 1] / grown.value[node].sum(axis=1)
            leaves.append("".join(chr(FIRST + round(STEPS * float(share))) for share in shares))
    return Tree(tuple(feature), tuple(limit), tuple(right), tuple(leaves))


def _linear(classes: Sequence[str], bias: Sequence[float], weights: Mapping[str, Any]) -> votes.Linear:
    rounded = {name: tuple(round(float(w), 3) for w in row) for name, row in sorted(weights.items())}
    return votes.Linear(tuple(map(str, classes)), tuple(round(float(b), 3) for b in bias), rounded)


def cross_validated(rows: Sequence[Row]) -> dict[int, votes.Model]:
    """For each fold the model trained on the others; a training row's sentences are scored by models blind to it."""
    blind = {pair: train_sentences([r for r in rows if r.fold not in pair]) for pair in _pairs()}
    models = {}
    for fold in range(FOLDS):
        others = [row for row in rows if row.fold != fold]
        found = [article_features(blind[min(fold, row.fold), max(fold, row.fold)], row) for row in others]
        models[fold] = votes.Model(blind[fold, fold], train_articles(others, found), {})
    return models


def _pairs() -> list[tuple[int, int]]:
    return [*combinations(range(FOLDS), 2), *((fold, fold) for fold in range(FOLDS))]


def final(rows: Sequence[Row]) -> votes.Model:
    """The model that is shipped: of all rows, its abstracts scored by sentence models that had not seen them."""
    blind = {fold: train_sentences([r for r in rows if r.fold != fold]) for fold in range(FOLDS)}
    forest = train_articles(rows, [article_features(blind[row.fold], row) for row in rows])
    card = {
        "what": "doubts a direction read from an abstract; it states none by itself",
        "sees": "signs of a result in each sentence (signs.py) and their pairs; no word of any topic",
        "rows": len(rows),
        "pools": dict(Counter(row.gold["pool"] for row in rows)),
        "labels": "each row read by one reader, once; `false` and `ok` of dev.jsonl and read_by_us.jsonl, "
        "directions of sentences.jsonl",
        "limits": "open-access trials, many small, of anaesthesia, surgery, nutrition; older drug trials; "
        "few of harm or noninferior",
        "trained_by": "python evaluation/results/train.py",
        "measured_by": "python evaluation/results/evaluate.py",
    }
    return votes.Model(train_sentences(rows), forest, card)


def as_json(model: votes.Model) -> str:
    """The file of one model, the same bytes for the same model."""
    sentence = {"classes": model.sentence.classes, "bias": model.sentence.bias, "weights": model.sentence.weights}
    content = {"card": model.card, "sentence": sentence, "article": as_plain(model.article)}
    return json.dumps(content, separators=(",", ":")) + "\n"


def main() -> None:
    """Fit on all labelled rows and write the file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--write", type=Path, default=votes.PATH)
    options = parser.parse_args()
    warnings.simplefilter("ignore", ConvergenceWarning)
    options.write.write_text(as_json(final(load(options.data))), encoding="utf-8")


if __name__ == "__main__":
    main()
