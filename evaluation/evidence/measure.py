"""Measure the evidence rules on labelled records, beside published search filters, and write docs/evidence.md.

    python evaluation/evidence/measure.py --write docs/evidence.md

Figures for the day read by hand use the model's held-out scores (evaluation/evidence/train.py): every
record is scored by a model that was not trained on it. The rules themselves were written while reading
that day, so its figures are a development result, not a promise.
"""

from __future__ import annotations

import argparse
import csv
import json
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import confusion_matrix
from dataset import Row, load_rows
from filters import FILTERS

from monitor import evidence
from monitor.evidence.article.assess import doubted, reading_and_finding
from monitor.evidence.article.classification import classifier
from monitor.evidence.question.in_words import sentence_table
from monitor.model import Design

HERE = Path(__file__).parent
DATA = HERE.parents[2] / "shared" / "data" / "rct" / "dev_and_train.jsonl.gz"
MAIN = "rct_results"
FAMILY = ("rct_secondary", "rct_protocol")
RECALLS = (0.95, 0.97, 0.98, 0.99, 0.995)
SHOWN = (
    "randomized trial",
    "secondary analysis of a trial",
    "protocol",
    "animal or in vitro",
    "controlled, not randomized",
)


@dataclass(frozen=True, slots=True)
class Judged:
    """One labelled record with the held-out score and the design after the model's doubt."""

    row: Row
    design: Design
    score: float

    @property
    def is_main(self) -> bool:
        """A main report of a randomised trial, by the reader."""
        return self.row.label == MAIN


def judged_day(rows: Sequence[Row]) -> list[Judged]:
    """The day read by hand; records that its reader left undecided are not measured."""
    scores: dict[str, float] = json.loads((HERE / "held_out_scores.json").read_text())
    found = []
    for row in rows:
        if row.set != "dev2021" or row.label == "uncertain":
            continue
        score = scores.get(row.pmid, 0.0)
        found.append(Judged(row, doubted(reading_and_finding(row.article)[1], score).design, score))
    return found


def auc(marks: Sequence[tuple[float, bool]]) -> float:
    """Area under the ROC curve; ties count half."""
    order = sorted(marks, key=lambda mark: mark[0])
    positives = sum(is_positive for _, is_positive in order)
    total, start = 0.0, 0
    while start < len(order):
        end = start
        while end < len(order) and order[end][0] == order[start][0]:
            end += 1
        total += sum(is_positive for _, is_positive in order[start:end]) * (start + end + 1) / 2
        start = end
    negatives = len(order) - positives
    return (total - positives * (positives + 1) / 2) / (positives * negatives)


def precision_at(marks: Sequence[tuple[float, bool]], recall: float) -> float:
    """Precision of the smallest set of top ranks that reaches `recall`."""
    order = sorted(marks, key=lambda mark: -mark[0])
    wanted = recall * sum(is_positive for _, is_positive in order)
    hits = 0
    for rank, (_, is_positive) in enumerate(order, 1):
        hits += is_positive
        if hits >= wanted:
            return hits / rank
    return 0.0


def figures(day: Sequence[Judged], says: Callable[[Judged], bool]) -> tuple[float, float, float]:
    """Recall, precision and strict precision (secondary reports and protocols count as false) for main reports."""
    said = [one for one in day if says(one)]
    hits = sum(one.is_main for one in said)
    family = sum(one.row.label in FAMILY for one in said)
    mains = sum(one.is_main for one in day)
    return hits / mains, hits / max(1, len(said) - family), hits / max(1, len(said))


def speed(rows: Sequence[Row]) -> float:
    """Articles judged per second of processor time on one core."""
    articles = [row.article for row in rows[:3000]]
    started = time.process_time()
    for article in articles:
        evidence.assess(article, None)
    return len(articles) / (time.process_time() - started)


def with_and_without_types(rows: Sequence[Row]) -> tuple[float, float, int]:
    """AUC against the indexer's own type on sets never trained on, with the types shown to the rules and without."""
    measured = [r for r in rows if r.set in ("hedges2000", "ovid2016")]
    blind = [replace(r.article, publication_types=()) for r in measured]
    seeing = [replace(r.article, status="MEDLINE") for r in measured]
    labels = [r.label == "rct" for r in measured]
    pairs = (
        [(evidence.assess(a, None).score, y) for a, y in zip(some, labels, strict=True)] for some in (blind, seeing)
    )
    without, having = (auc(pair) for pair in pairs)
    return without, having, len(measured)


def report(rows: Sequence[Row], picture: Path) -> str:
    """The whole page."""
    day = judged_day(rows)
    mains = sum(one.is_main for one in day)
    marks = [(one.score, one.is_main) for one in day]
    counts = Counter((one.row.label, _column(one.design)) for one in day)
    labels = [name for name, _ in Counter(one.row.label for one in day).most_common()]
    picture.write_text(confusion_matrix.draw(counts, labels, [*SHOWN, "other"]), encoding="utf-8")
    parts = [
        (HERE / "intro.md").read_text(encoding="utf-8").strip(),
        f"## Every sentence that the headline can be\n\n{sentence_table.table()}",
        _measured(day, mains),
        _ranking(marks, rows),
        _points(day),
        f"## Confusion matrix\n\n![A reader's label by row, the rules' design by column]({picture.name})",
        _named(day),
        _errors(day),
        _disagreements(),
        f"Speed: {speed(rows):,.0f} articles/s of processor time on one core of this machine while it was shared; "
        f"model {classifier.PATH.stat().st_size / 1000:,.0f} kB; rules {evidence.RULES_VERSION}.",
        "This page is written by `python evaluation/evidence/measure.py --write docs/evidence.md`.",
    ]
    return "\n\n".join(parts) + "\n"


def _column(design: Design) -> str:
    return design.value if design.value in SHOWN else "other"


def _measured(day: Sequence[Judged], mains: int) -> str:
    lines = [
        f"## Main reports of randomised trials: {mains} among {len(day):,} records of one June day",
        "",
        "| on the same records, in the same run | recall | precision | strict precision |",
        "|---|---|---|---|",
        _line(
            "**Monitor** (rules, thin claims doubted by the held-out model)",
            day,
            lambda one: one.design is Design.RANDOMIZED,
        ),
    ]
    for name, says in FILTERS.items():
        lines.append(_line(name, day, lambda one, says=says: says(one.row)))
    note = (
        "Strict: secondary analyses and protocols count as false. On the day they arrive, records hardly carry types."
    )
    return "\n".join([*lines, "", note])


def _line(name: str, day: Sequence[Judged], says: Callable[[Judged], bool]) -> str:
    return f"| {name} | " + " | ".join(f"{figure:.3f}" for figure in figures(day, says)) + " |"


def _ranking(marks: list[tuple[float, bool]], rows: Sequence[Row]) -> str:
    at = " · ".join(f"{recall:g}: {precision_at(marks, recall):.3f}" for recall in RECALLS)
    without, having, count = with_and_without_types(rows)
    return (
        f"## Ranking\n\nHeld-out AUC of the score for main reports: {auc(marks):.4f}. "
        f"Strict precision at recall {at}.\n\n"
        f"On {count:,} older indexed records that were never trained on (labels are the indexer's own type, so the "
        f"second figure measures the indexer): AUC {without:.4f} from the text alone, {having:.4f} with types.\n\n"
        "Published by others on other records: RobotReviewer .982 text, .987 with types; 98.5 % sensitivity at 11.5 % "
        "precision from text, 23.6 % with types (Marshall 2018, PMC6030513) · Cochrane classifier recall .99, "
        "precision .08 (Thomas 2021, PMC8168828) · highly sensitive strategy .96 / .14 (Glanville 2020, PMC7524635)."
    )


def _points(day: Sequence[Judged]) -> str:
    lines = [
        "## Three operating points on the score",
        "",
        "| point | score at least | recall | precision | strict |",
        "|---|---|---|---|---|",
    ]
    for name, least in classifier.load().points.items():
        recall, precision, strict = figures(day, lambda one, least=least: one.score >= least)
        lines.append(f"| {name} | {least} | {recall:.3f} | {precision:.3f} | {strict:.3f} |")
    return "\n".join(lines)


def _named(day: Sequence[Judged]) -> str:
    wanted = (
        (FAMILY[0], Design.SECONDARY_ANALYSIS),
        (FAMILY[1], Design.PROTOCOL),
        ("animal_or_bench_random", Design.ANIMAL),
    )
    lines = ["## Named as what they are", ""]
    for label, design in wanted:
        found = [one for one in day if one.row.label == label]
        lines.append(f"- {design}: {sum(one.design is design for one in found)} of {len(found)}")
    return "\n".join(lines)


#: What the rules should call a record that its reader labelled so.
EXPECTED = {
    MAIN: Design.RANDOMIZED,
    "rct_secondary": Design.SECONDARY_ANALYSIS,
    "rct_protocol": Design.PROTOCOL,
    "animal_or_bench_random": Design.ANIMAL,
    "controlled_not_random": Design.CONTROLLED,
}


def _worst(day: Sequence[Judged]) -> list[Judged]:
    """Wrong about main reports first, the surest first; then trials and animals named as something else."""
    wrong = [one for one in day if (one.design is Design.RANDOMIZED) != one.is_main]
    wrong.sort(key=lambda one: -abs(one.score - one.is_main))
    misnamed = [one for one in day if one.design is not EXPECTED.get(one.row.label, one.design)]
    return wrong + sorted((one for one in misnamed if one not in wrong), key=lambda one: -one.score)


def _errors(day: Sequence[Judged]) -> str:
    notes = _table("errors.tsv")
    lines = [
        "## The worst errors, read",
        "",
        "| PMID | reader | rules | score | what happened |",
        "|---|---|---|---|---|",
    ]
    for one in _worst(day)[:20]:
        note = notes.get(one.row.pmid, {}).get("note", "not yet read")
        lines.append(f"| {one.row.pmid} | {one.row.label} | {one.design} | {one.score:.2f} | {note} |")
    return "\n".join(lines)


def _disagreements() -> str:
    table = _table("disagreements.tsv")
    sides = Counter(row["right"] for row in table.values())
    return (
        f"## {len(table)} disagreements read by hand\n\n"
        "Between a label (publication type, or membership in a set of trials) that says randomised trial and rules "
        f"that call the record something else: the label was right {sides['label']} times, the text {sides['text']} "
        f"times, and {sides['unclear']} times the record does not say. "
        f"{sum('mended' in row['note'] for row in table.values())} of the first kind led to a better rule. Each with "
        "its reason: `evaluation/evidence/disagreements.tsv`."
    )


def _table(name: str) -> dict[str, dict[str, str]]:
    with (HERE / name).open(encoding="utf-8") as lines:
        return {row["pmid"]: row for row in csv.DictReader(lines, delimiter="\t")}


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--write", type=Path, required=True)
    options = parser.parse_args()
    rows = [r for r in load_rows(options.data) if r.set in ("dev2021", "hedges2000", "ovid2016")]
    options.write.write_text(report(rows, options.write.with_name("evidence-matrix.svg")), encoding="utf-8")


if __name__ == "__main__":
    main()
