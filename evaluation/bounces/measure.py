"""How often returned mail is known as such and classed rightly, beside flufl.bounce, on any folder of mails.

    python evaluation/bounces/measure.py FOLDER EXPECTED [--errors] [--json]

FOLDER holds one mail a file. EXPECTED is CSV with the columns `file` and `kind`, or JSON: {"file": "kind"} or
[{"file": …, "kind": …}]. A kind is `hard`, `soft`, `bounce` (one of the two, unknown which), `complaint`, `leaves` (a
mailed wish to leave) or `none`. Exit code 1 when a file is missing or a kind is none of these.
"""

from __future__ import annotations

import argparse
import csv
import json
import logging
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from email import message_from_bytes
from pathlib import Path

from flufl.bounce import all_failures

from monitor.mail import dsn

KINDS = ("hard", "soft", "bounce", "complaint", "leaves", "none")
BOUNCES = ("hard", "soft", "bounce")

Read = Callable[[bytes], str]


@dataclass(frozen=True)
class Figures:
    """What one reader made of the mails. `errors`: (file, expected, found)."""

    bounces: int
    known: int
    classed: int
    rightly_classed: int
    complaints: int
    known_complaints: int
    others: int
    false_alarms: int
    ms_per_mail: float
    errors: tuple[tuple[str, str, str], ...]


def monitor(raw: bytes) -> str:
    """The kind that Monitor gives to a mail."""
    read = dsn.read(raw)
    if read.kind is None:
        return "leaves" if read.unsubscribe_tokens or read.is_wish else "none"
    return str(read.kind)


def flufl(raw: bytes) -> str:
    """The kind that flufl.bounce gives to a mail: it knows permanent and temporary failures, and nothing else."""
    try:
        temporary, permanent = all_failures(message_from_bytes(raw))
    except (AttributeError, LookupError, RecursionError, TypeError, ValueError):
        return "none"
    return "hard" if permanent else "soft" if temporary else "none"


def expected(file: Path) -> dict[str, str]:
    """The expected kind by file name. Raises ValueError when a kind is unknown."""
    text = file.read_text(encoding="utf-8-sig")
    rows = json.loads(text) if file.suffix == ".json" else list(csv.DictReader(text.splitlines()))
    kinds = rows if isinstance(rows, dict) else {row["file"]: row["kind"] for row in rows}
    if unknown := {kind for kind in kinds.values() if kind not in KINDS}:
        raise ValueError(f"{', '.join(sorted(unknown))}: no such kind. Write one of: {', '.join(KINDS)}.")
    return kinds


def measure(read: Read, mails: Mapping[str, bytes], kinds: Mapping[str, str]) -> Figures:
    """Compare what `read` says of each mail with what is expected."""
    begun = time.perf_counter()
    found = {name: read(mails[name]) for name in kinds}
    seconds = time.perf_counter() - begun
    pairs = [(kinds[name], found[name]) for name in kinds]
    wrong = [(name, kinds[name], found[name]) for name in kinds if not _agrees(kinds[name], found[name])]
    return Figures(
        bounces=_count(pairs, lambda right, _: right in BOUNCES),
        known=_count(pairs, lambda right, got: right in BOUNCES and got in BOUNCES),
        classed=_count(pairs, lambda right, _: right in ("hard", "soft")),
        rightly_classed=_count(pairs, lambda right, got: right in ("hard", "soft") and got == right),
        complaints=_count(pairs, lambda right, _: right == "complaint"),
        known_complaints=_count(pairs, lambda right, got: right == got == "complaint"),
        others=_count(pairs, lambda right, _: right in ("none", "leaves")),
        false_alarms=_count(pairs, lambda right, got: right in ("none", "leaves") and got in (*BOUNCES, "complaint")),
        ms_per_mail=round(1_000 * seconds / max(1, len(kinds)), 2),
        errors=tuple(wrong),
    )


def _count(pairs: Iterable[tuple[str, str]], counts: Callable[[str, str], bool]) -> int:
    return sum(counts(right, got) for right, got in pairs)


def _agrees(right: str, got: str) -> bool:
    return right == got or (right == "bounce" and got in BOUNCES)


def table(by_reader: Mapping[str, Figures]) -> str:
    """The figures, a column for each reader."""
    rows = (
        ("bounces known as such", "known", "bounces"),
        ("classed hard or soft rightly", "rightly_classed", "classed"),
        ("complaints known as such", "known_complaints", "complaints"),
        ("other mail taken for one (false alarms)", "false_alarms", "others"),
    )
    lines = ["| |" + "".join(f" {name} |" for name in by_reader), "|---|" + "---:|" * len(by_reader)]
    for title, part, whole in rows:
        cells = (_share(getattr(figures, part), getattr(figures, whole)) for figures in by_reader.values())
        lines.append(f"| {title} |" + "".join(f" {cell} |" for cell in cells))
    lines.append("| ms a mail |" + "".join(f" {figures.ms_per_mail} |" for figures in by_reader.values()))
    return "\n".join(lines)


def _share(part: int, whole: int) -> str:
    return f"{part} of {whole} ({100 * part / whole:.1f} %)" if whole else "no such mail"


def main() -> int:
    """Read the arguments, print the figures."""
    parser = argparse.ArgumentParser(description="Compare how returned mail is read with what is expected.")
    parser.add_argument("folder", type=Path, help="one mail a file")
    parser.add_argument("expected", type=Path, help="CSV or JSON: the expected kind of each file")
    parser.add_argument("--errors", action="store_true", help="list what Monitor reads otherwise")
    parser.add_argument("--json", action="store_true", help="print all figures as JSON")
    given = parser.parse_args()
    logging.disable(logging.CRITICAL)  # flufl.bounce logs a traceback for each mail that it cannot read
    try:
        kinds = expected(given.expected)
        mails = {name: (given.folder / name).read_bytes() for name in kinds}
    except (OSError, ValueError, KeyError) as error:
        print(error, file=sys.stderr)
        return 1
    by_reader = {"Monitor": measure(monitor, mails, kinds), "flufl.bounce": measure(flufl, mails, kinds)}
    if given.json:
        print(json.dumps({name: asdict(figures) for name, figures in by_reader.items()}, indent=2))
        return 0
    print(table(by_reader))
    for name, right, got in by_reader["Monitor"].errors if given.errors else ():
        print(f"{name}: expected {right}, read as {got}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
