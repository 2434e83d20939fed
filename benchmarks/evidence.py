"""Milliseconds to judge a record, its design alone and with its result, beside the design alone at revision 274a859.

    python benchmarks/evidence.py [--records 3000] [--rounds 3]

That revision read no results; its files are taken from git into a folder that is removed afterwards. Both run in turn,
each in a process of its own, on the same labelled records of `../shared/data/rct`; the best round of each counts, by
processor time. The aim: the design no slower than then, design and result in at most twice the time.
"""

from __future__ import annotations

import argparse
import gzip
import io
import json
import os
import subprocess
import sys
import tarfile
import tempfile
import time
from importlib import import_module
from itertools import islice
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parents[1]
DATA = HERE.parent / "shared" / "data" / "rct" / "dev_and_train.jsonl.gz"
BEFORE = "274a859"

#: Where the modules stand now, and where they stood then.
_ASSESS = ("monitor.evidence.article.assess", "monitor.evidence.assess")
_JSON_LINES = ("monitor.evidence.article.json_lines", "monitor.evidence.rows")


def measure(records: int) -> dict[str, float]:
    """Milliseconds of processor time a record in whatever `monitor` can be imported here."""
    assess, lines = _first(_ASSESS), _first(_JSON_LINES)
    score = getattr(assess, "score_of", None) or assess._score
    with gzip.open(DATA, "rt", encoding="utf-8") as file:
        articles = [lines.article_of(json.loads(line)) for line in islice(file, records)]

    def design(article: Any) -> None:
        score(*assess.reading_and_finding(article))

    for article in articles[:200]:
        assess.assess(article, None)  # compiles the expressions, loads the models
    return {"design": _milliseconds(design, articles), "all": _milliseconds(lambda a: assess.assess(a, None), articles)}


def _first(names: tuple[str, ...]) -> Any:
    """The first of these modules that exists."""
    for name in names[:-1]:
        try:
            return import_module(name)
        except ModuleNotFoundError:
            continue
    return import_module(names[-1])


def _milliseconds(judge: Any, articles: list[Any]) -> float:
    started = time.process_time()
    for article in articles:
        judge(article)
    return 1000 * (time.process_time() - started) / len(articles)


def take(revision: str, folder: Path) -> None:
    """Write the package of a revision into a folder."""
    packed = subprocess.run(["git", "archive", revision, "monitor"], cwd=HERE, check=True, capture_output=True).stdout  # noqa: S607
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        archive.extractall(folder, filter="data")


def in_a_process(tree: Path, records: int) -> dict[str, float]:
    """What `measure` gives for the package in a folder."""
    command = [sys.executable, __file__, "--records", str(records), "--here"]
    done = subprocess.run(
        command, env={**os.environ, "PYTHONPATH": str(tree)}, cwd=tree, check=True, capture_output=True, text=True
    )
    return dict(json.loads(done.stdout))


def main() -> None:
    """Measure both in turn and print the best of each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", type=int, default=3000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.here:
        sys.stdout.write(json.dumps(measure(options.records)))
        return
    with tempfile.TemporaryDirectory() as folder:
        take(BEFORE, Path(folder))
        rounds = [[in_a_process(tree, options.records) for tree in (Path(folder), HERE)] for _ in range(options.rounds)]
    then, design, both = (
        min(each[n][name] for each in rounds) for n, name in ((0, "design"), (1, "design"), (1, "all"))
    )
    sys.stdout.write(
        f"design at {BEFORE}  {then:.2f} ms a record\n"
        f"design now         {design:.2f} ms, {design / then:.2f} of that time\n"
        f"design and result  {both:.2f} ms, {both / then:.2f} of that time\n"
    )


if __name__ == "__main__":
    main()
