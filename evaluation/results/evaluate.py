"""How often a stated direction or size is wrong: the reader of results against the labelled abstracts.

No row is judged by a model that has seen it (five-fold cross-validation); the rules were written with the rows of the
parts "development" and "opened" in sight, and the errors of the shared rows "held back" were mended too: see README.md.

    python evaluation/results/evaluate.py
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import warnings
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from labelled import DATA, READ_POOLS, Row, load
from sklearn.exceptions import ConvergenceWarning
from train import cross_validated

from monitor.evidence.article.assess import SIZED
from monitor.evidence.article.result.report import certain_direction, may_compare
from monitor.evidence.article.result.size.stated import sample_size
from monitor.evidence.article.result.votes import Model
from monitor.model import Design

#: What the rules of revision 1d6df83 read from the same rows: direction and size.
BEFORE = Path(__file__).with_name("rules_before.json")

Read = Callable[[Row], "Reading"]


@dataclass(frozen=True)
class Reading:
    """What was stated of one row; None where nothing was."""

    direction: str | None
    size: int | None


@dataclass(frozen=True)
class Score:
    """Rows, rows stated, and those wrong and right among them."""

    rows: int
    stated: int
    wrong: int
    right: int

    def line(self) -> str:
        """Coverage, wrong of stated with its Wilson 95 % interval, right of stated."""
        low, high = wilson(self.wrong, self.stated)
        share = 100 * self.wrong / self.stated if self.stated else 0.0
        right = 100 * self.right / self.stated if self.stated else 0.0
        return (
            f"stated {self.stated:3d}/{self.rows:3d} = {100 * self.stated / self.rows:4.1f} %   "
            f"wrong {self.wrong:3d} = {share:4.1f} % ({100 * low:.1f} to {100 * high:.1f})   right {right:5.1f} %"
        )


def wilson(hits: int, total: int, z: float = 1.959964) -> tuple[float, float]:
    """The 95 % interval of a share."""
    if not total:
        return 0.0, 1.0
    share = hits / total
    middle = (share + z * z / (2 * total)) / (1 + z * z / total)
    half = z * math.sqrt(share * (1 - share) / total + z * z / (4 * total * total)) / (1 + z * z / total)
    return max(0.0, middle - half), min(1.0, middle + half)


def directions(rows: Sequence[Row], read: Read) -> Score:
    """A stated direction is wrong where the labels call it false, right where they allow it, else loose."""
    stated = [(row, said) for row in rows if (said := read(row).direction)]
    wrong = sum(said in row.gold["false"] for row, said in stated)
    return Score(len(rows), len(stated), wrong, sum(said in row.gold["ok"] for row, said in stated))


def sizes(rows: Sequence[Row], read: Read) -> Score:
    """A stated size is right where it is one of those the labels accept, else wrong."""
    stated = [(row, said) for row in rows if (said := read(row).size) is not None]
    right = sum(said in row.gold["n_ok"] for row, said in stated)
    return Score(len(rows), len(stated), len(stated) - right, right)


def reader(rows: Sequence[Row]) -> Read:
    """The product's reader, with models blind to the row they vote on."""
    models = cross_validated(rows)
    return lambda row: reading(row, models[row.fold])


def reading(row: Row, model: Model) -> Reading:
    """What the product states of one report with this model."""
    found = certain_direction(row.reading, row.said, row.design, model)
    is_sized = row.design in SIZED or (row.design is Design.UNCLEAR and may_compare(row.reading))
    size = sample_size(row.reading.raw_abstract) if is_sized else None
    return Reading(found.replace(" ", "_") if found else None, size)


def before() -> Read:
    """The rules as they were, on the shared rows."""
    held = json.loads(BEFORE.read_text(encoding="utf-8"))
    return lambda row: Reading(*held[row.id])


def by_what_was_stated(rows: Sequence[Row], read: Read) -> list[str]:
    """Right, loose and false for each direction."""
    counts: Counter[tuple[str, str]] = Counter()
    for row in rows:
        if said := read(row).direction:
            how = "false" if said in row.gold["false"] else "right" if said in row.gold["ok"] else "loose"
            counts[said, how] += 1
    names = sorted({name for name, _ in counts})
    return [
        f"  {name:14s} " + "  ".join(f"{how} {counts[name, how]:3d}" for how in ("right", "loose", "false"))
        for name in names
    ]


def main() -> None:
    """Print direction and size, by part and by pool, beside the rules as they were and the majority class."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--errors", action="store_true", help="name the rows that are read wrongly")
    options = parser.parse_args()
    warnings.simplefilter("ignore", ConvergenceWarning)
    rows = load(options.data)
    now = reader(rows)
    told = [*_compared(rows, now), *_by_part(rows, now), *by_what_was_stated(rows, now)]
    if options.errors:
        told += errors(rows, now)
    sys.stdout.write("\n".join(told) + "\n")


def _compared(rows: Sequence[Row], now: Read) -> list[str]:
    shared = [row for row in rows if row.gold["pool"] not in READ_POOLS]
    told = [f"all rows:  direction {directions(rows, now).line()}", f"all rows:  size      {sizes(rows, now).line()}"]
    readers = {"this reader": now, "rules before": before(), "always benefit": lambda _: Reading("benefit", None)}
    told += [f"shared rows: direction, {name:14s} {directions(shared, read).line()}" for name, read in readers.items()]
    return told + [
        f"shared rows: size,      {name:14s} {sizes(shared, readers[name]).line()}"
        for name in ("this reader", "rules before")
    ]


def _by_part(rows: Sequence[Row], now: Read) -> list[str]:
    told = []
    for part in (*sorted({row.half for row in rows}), *sorted({row.gold["pool"] for row in rows})):
        among = [row for row in rows if part in (row.half, row.gold["pool"])]
        told.append(f"{part:12s} direction {directions(among, now).line()}")
        told.append(f"{part:12s} size      {sizes(among, now).line()}")
    return told


def errors(rows: Sequence[Row], read: Read) -> list[str]:
    """The rows whose direction or size is read wrongly."""
    found = []
    for row in rows:
        said = read(row)
        if said.direction in row.gold["false"]:
            found.append(f"{row.id}: {said.direction}, allowed {row.gold['ok']}, {row.gold['traps']}")
        if said.size is not None and said.size not in row.gold["n_ok"]:
            found.append(f"{row.id}: {said.size}, allowed {row.gold['n_ok']}")
    return found


if __name__ == "__main__":
    main()
