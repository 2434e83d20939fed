"""Train the small text model of `monitor.evidence` and write `monitor/evidence/model.json`.

Needs the group `train` (scikit-learn). Reads the labelled records beside the checkout; rows of the
sets `hedges2000` and `ovid2016` come from a GPL project and are never trained on.

    python evaluation/evidence/train.py --data ../shared/data/rct/dev_and_train.jsonl.gz
"""

from __future__ import annotations

import argparse
import json
import re
from collections import Counter
from pathlib import Path

import numpy as np
from dataset import Row, load_rows
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from monitor.evidence.article.assess import reading_and_finding
from monitor.evidence.article.classification import classifier
from monitor.model import Design

FORBIDDEN = frozenset({"hedges2000", "ovid2016"})
#: Weak labels count less than the day that was read by hand.
TRUST = {"dev2021": 1.0, "ei": 0.3, "cohen": 0.3, "y1975": 0.3, "small": 0.3}
TOPICAL = re.compile((Path(__file__).parent / "topical_words.txt").read_text().strip().replace("\n", "|"))
METHOD = (Path(__file__).parent / "method_words.txt").read_text().split()
#: Scores of the day's records by models that had not seen them; small ones are left out. `measure.py` reads it.
HELD_OUT = Path(__file__).parent / "held_out_scores.json"
SIZE = 12_000
FOLDS = 5


def lexicon(rows: list[Row]) -> frozenset[str]:
    """Words frequent in any kind of record, without those that name a topic, and the words of method."""
    seen: Counter[str] = Counter()
    for row in rows:
        seen.update(set(re.findall(r"[a-z]+(?:-[a-z]+)*", f"{row.title} {row.abstract}".lower())))
    common = [word for word, _ in seen.most_common(1150) if not TOPICAL.fullmatch(word)]
    return frozenset([*common, *METHOD])


def matrix(texts: list[set[str]], vocabulary: dict[str, int]) -> csr_matrix:
    """A sparse matrix of 0 and 1, one row per text."""
    indices = [[vocabulary[f] for f in text if f in vocabulary] for text in texts]
    ends = np.cumsum([0, *map(len, indices)])
    flat = np.fromiter((i for row in indices for i in row), dtype=np.int32)
    return csr_matrix((np.ones(len(flat), dtype=np.float32), flat, ends), shape=(len(texts), len(vocabulary)))


def fit(texts: list[set[str]], labels: np.ndarray, trust: np.ndarray) -> tuple[dict[str, int], float, float]:
    """Weights in int8 steps, the bias and the step: choose by document frequency, fit, keep the largest."""
    seen = Counter(f for text in texts for f in text)
    vocabulary = {f: i for i, f in enumerate(sorted(f for f, n in seen.items() if n >= 8))}
    first = LogisticRegression(C=0.3, solver="liblinear", tol=1e-3)
    first.fit(matrix(texts, vocabulary), labels, sample_weight=trust)
    best = np.argsort(-np.abs(first.coef_[0]))[:SIZE]
    names = sorted(vocabulary)
    kept = {names[i]: number for number, i in enumerate(sorted(best))}
    last = LogisticRegression(C=0.3, solver="liblinear", tol=1e-3)
    last.fit(matrix(texts, kept), labels, sample_weight=trust)
    scale = float(np.abs(last.coef_[0]).max()) / 127
    weights = {name: round(float(last.coef_[0][i]) / scale) for name, i in kept.items()}
    return {n: w for n, w in weights.items() if w}, float(last.intercept_[0]), scale


def scores(texts: list[set[str]], fitted: tuple[dict[str, int], float, float]) -> np.ndarray:
    """Scores as the product computes them."""
    judge = classifier.Model(frozenset(), fitted[0], fitted[1], fitted[2], {}, {})
    return np.array([judge.score(text) for text in texts])


def points(labels: np.ndarray, held_out: np.ndarray) -> dict[str, float]:
    """Thresholds with recall .99 (sensitive), .97 (balanced) and .90 (precise) on records held out of training."""
    positives = np.sort(held_out[labels == 1])
    return {
        name: round(float(positives[int(len(positives) * missed)]), 4)
        for name, missed in (("sensitive", 0.01), ("balanced", 0.03), ("precise", 0.1))
    }


def is_usable(row: Row, design: Design) -> bool:
    """Weak labels are used where the rules do not contradict them: those sets label whole trials, not reports."""
    if row.set == "dev2021":
        return True
    is_claimed = design is Design.RANDOMIZED
    return is_claimed if row.label == "rct" else not (is_claimed and row.set == "cohen")


def prepared(path: Path) -> tuple[list[Row], list[set[str]], frozenset[str]]:
    """The usable rows that the product would score at all, their features and the lexicon."""
    rows = [r for r in load_rows(path) if r.set not in FORBIDDEN and r.label != "uncertain"]
    judged = [(row, *reading_and_finding(row.article)) for row in rows]
    judged = [
        (row, reading, finding)
        for row, reading, finding in judged
        if is_usable(row, finding.design) and classifier.has_signal(reading, finding.design)
    ]
    words = lexicon([row for row, _, _ in judged])
    texts = [
        classifier.features(reading, finding.design, tuple(b.rule for b in finding.basis), words)
        for _, reading, finding in judged
    ]
    return [row for row, _, _ in judged], texts, words


def held_out_scores(rows: list[Row], texts: list[set[str]], labels: np.ndarray, trust: np.ndarray) -> np.ndarray:
    """Each record of the day scored by a model that has not seen it; other sets are always in training."""
    fold = np.array([int(r.pmid) % FOLDS if r.set == "dev2021" else -1 for r in rows])
    found = np.zeros(len(rows))
    for number in range(FOLDS):
        train, test = np.flatnonzero(fold != number), np.flatnonzero(fold == number)
        fitted = fit([texts[i] for i in train], labels[train], trust[train])
        found[test] = scores([texts[i] for i in test], fitted)
    return found


def main() -> None:
    """Cross-validate on the day read by hand, then fit on everything that may be shipped."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--write", type=Path, default=classifier.PATH)
    options = parser.parse_args()
    rows, texts, words = prepared(options.data)
    labels = np.array([int(r.label in ("rct_results", "rct")) for r in rows])
    trust = np.array([TRUST[r.set] * (0.5 if r.label == "unread_candidate" else 1) for r in rows])
    is_day = np.array([r.set == "dev2021" for r in rows])
    held_out = held_out_scores(rows, texts, labels, trust)
    auc = roc_auc_score(labels[is_day], held_out[is_day])
    print(f"held-out AUC among the scored records of the day read by hand: {auc:.5f}")
    weights, bias, scale = fit(texts, labels, trust)
    card = {
        "what": "ranks PubMed records by how much they read like the main report of a randomised trial",
        "trained_on": dict(Counter(r.set for r in rows)),
        "never_trained_on": sorted(FORBIDDEN),
        "labels": "main reports are positive; secondary analyses, protocols and all else negative",
        "held_out_auc_among_scored": round(float(auc), 5),
        "folds": FOLDS,
        "n_grams": len(weights),
    }
    content = {"card": card, "points": points(labels[is_day], held_out[is_day]), "bias": bias, "scale": scale}
    content |= {"lexicon": sorted(words), "weights": dict(sorted(weights.items()))}
    options.write.write_text(json.dumps(content, separators=(",", ":")) + "\n", encoding="utf-8")
    kept = {r.pmid: round(s, 4) for r, s, d in zip(rows, held_out.tolist(), is_day, strict=True) if d and s >= 0.002}
    HELD_OUT.write_text(json.dumps(kept, separators=(",", ":"), sort_keys=True) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
