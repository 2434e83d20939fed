"""How often the shipped reader of results is wrong on reports that nothing was trained on.

    PYTHONPATH=. python evaluation/results/blind.py

Labelled by people who had not seen what the reader states (`read_blind.jsonl`); README.md says which sets were opened
afterwards. Some of the records come from a project under the GPL: measure with them, train on none.
"""

from __future__ import annotations

from collections.abc import Sequence

from evaluate import Reading, directions, reading, sizes
from labelled import Row, read_blind

from monitor.evidence.article.result import votes


def shipped(row: Row) -> Reading:
    """What the product states of one report."""
    return reading(row, votes.load())


def main() -> None:
    """Print both figures for each set, for each pool, and for all."""
    rows = read_blind()
    _print("all", rows)
    for field in ("set", "pool"):
        for name in dict.fromkeys(row.gold[field] for row in rows):
            _print(f"{field} {name}", [row for row in rows if row.gold[field] == name])


def _print(name: str, rows: Sequence[Row]) -> None:
    print(f"{name}, {len(rows)} reports")
    print(f"  direction  {directions(rows, shipped).line()}")
    print(f"  size       {sizes(rows, shipped).line()}")


if __name__ == "__main__":
    main()
