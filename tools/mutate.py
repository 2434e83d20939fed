"""Mutation check: break the code in one line at a time, and see whether a test fails.

    python tools/mutate.py --lines 60 --seed 7 monitor/evidence monitor/watch/poll.py

All of it happens in copies below the temporary folder. One run of the tests records which test executes which line
(`--map FILE` keeps that for the next seed). Then each mutant meets the tests that execute its line, then those beside
them, the quickest first, until one fails. Exit 1 when fewer than `--least` are killed.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import queue
import random
import shutil
import signal
import subprocess
import sys
import tempfile
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from mutants import Mutant, mutants

#: What is mutated when nothing is named: files, or folders with all below them. And the tests that are asked.
PACKAGES = ("watch", "evidence", "digests", "delivery", "subscribers", "bounces")
TARGETS = [f"monitor/{name}" for name in PACKAGES]
TESTS = [f"tests/{name}" for name in (*PACKAGES, "store", "web", "language")]
FAST = ["-k", "not postgresql", "-m", "not postfix and not chromium and not edirect"]
#: The profile "ci" of Hypothesis: the same examples each time, and no deadline that a busy machine would miss.
PYTEST = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "--hypothesis-profile=ci"]
ROOT = Path(__file__).parents[1]
PARALLEL = 2


def nearest(mutant: Mutant, tests: dict[str, Any]) -> list[str]:
    """The tests that may notice the mutant: those that execute its line first, and of these the quickest first.

    What runs on import or is cached is executed by no test, or by one of many: so those beside any test of the module
    follow. Where none executes anything of the module it is the tests of its package.
    """
    package = mutant.file.rpartition("/")[0] + "/"
    homes = {name.partition("::")[0] for name, test in tests.items() if mutant.file in test["lines"]}
    beside = [name for name in tests if name.partition("::")[0] in homes]
    found = beside or [name for name, test in tests.items() if any(file.startswith(package) for file in test["lines"])]

    def distance(name: str) -> tuple[bool, float]:
        executed = tests[name]["lines"].get(mutant.file, ())
        return set(mutant.lines).isdisjoint(executed), tests[name]["seconds"]

    return sorted(found, key=distance)


def copied(folder: Path) -> Path:
    """A copy of the checkout in `folder`, with the recorded data beside it."""
    ignored = shutil.ignore_patterns(".*", "__pycache__", "*.egg-info", "build", "dist")
    shutil.copytree(ROOT, folder / "tree", ignore=ignored)
    (folder / "shared").symlink_to((ROOT.parent / "shared").resolve())
    return folder / "tree"


def succeeds(command: list[str], tree: Path, timeout: float, **environ: str) -> bool:
    """Does `command` succeed within `timeout` seconds? What it started ends with it."""
    output = (tree.parent / "output").open("wb")
    env = {**os.environ, **environ}
    with output, subprocess.Popen(command, cwd=tree, stdout=output, stderr=output, env=env, process_group=0) as process:
        try:
            return process.wait(timeout) == 0
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            return False


def measured(files: list[str], kept: Path) -> dict[str, Any]:
    """Which test executes which lines, as `line_map.py` wrote it to `kept`; made when there is none."""
    if not kept.exists():
        environ = {"PYTHONPATH": str(ROOT / "tools"), "LINE_MAP": str(kept), "LINE_MAP_FILES": os.pathsep.join(files)}
        with tempfile.TemporaryDirectory() as folder:
            tree = copied(Path(folder))
            if not succeeds([*PYTEST, "-p", "line_map", *FAST, *TESTS], tree, 3600, **environ):
                raise SystemExit((tree.parent / "output").read_text(encoding="utf-8"))
    return json.loads(kept.read_text(encoding="utf-8"))


def is_killed(mutant: Mutant, trees: queue.SimpleQueue[Path], tests: dict[str, Any]) -> bool:
    """Does one of the nearest tests fail, or take much too long, with the mutant in one of `trees`?"""
    if not (names := nearest(mutant, tests)):
        return False
    tree = trees.get()
    path = tree / mutant.file
    whole = path.read_bytes()
    compiled = Path(importlib.util.cache_from_source(str(path)))  # Python tells versions apart by size and second only
    try:
        path.write_bytes(whole[: mutant.start] + mutant.new + whole[mutant.start + len(mutant.old) :])
        compiled.unlink(missing_ok=True)
        is_dead = not succeeds([*PYTEST, *names], tree, 60 + 5 * sum(tests[name]["seconds"] for name in names))
        if "no match in any of" in (tree.parent / "output").read_text(encoding="utf-8", errors="replace"):
            raise SystemExit("The map names tests that are gone: make it anew.")
        return is_dead
    finally:
        path.write_bytes(whole)
        compiled.unlink(missing_ok=True)
        trees.put(tree)


def chosen(files: list[str], lines: int, seed: int) -> list[Mutant]:
    """A random mutant on each of so many random lines."""
    by_line = defaultdict(list)
    for file in files:
        for mutant in mutants(ROOT, file):
            by_line[file, mutant.line].append(mutant)
    dice = random.Random(seed)  # noqa: S311 - no secret
    picked = dice.sample(sorted(by_line), min(lines, len(by_line)))
    return [dice.choice(by_line[line]) for line in picked]


def main() -> None:
    """Pick, break, test, report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("targets", nargs="*", default=TARGETS)
    parser.add_argument("--lines", type=int, default=60)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--least", type=int, help="how many must be killed; 56 of 60 unless said")
    parser.add_argument("--map", type=Path, help="where to keep, or find, which test executes which line")
    given = parser.parse_args()
    paths = [ROOT / target for target in given.targets]
    found = (path.rglob("*.py") if path.is_dir() else [path] for path in paths)
    files = sorted({str(path.relative_to(ROOT)) for some in found for path in some})
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(PARALLEL) as pool:
        tests = measured(files, (given.map or Path(folder) / "map.json").resolve())
        trees: queue.SimpleQueue[Path] = queue.SimpleQueue()
        for number in range(PARALLEL):
            trees.put(copied(Path(folder) / str(number)))
        picked = chosen(files, given.lines, given.seed)
        killed = 0
        fates = pool.map(lambda mutant: is_killed(mutant, trees, tests), picked)
        for mutant, is_dead in zip(picked, fates, strict=True):
            killed += is_dead
            fate = "killed  " if is_dead else "SURVIVED"
            print(f"{fate} {mutant.file}:{mutant.line}  {mutant.old.decode()}  →  {mutant.new.decode()}", flush=True)
    print(f"{killed} of {len(picked)} killed, seed {given.seed}")
    sys.exit(killed < (given.least if given.least is not None else len(picked) * 56 / 60))


if __name__ == "__main__":
    main()
