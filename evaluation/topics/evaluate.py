"""How near the answer to each topic that ships comes to the true history of its question.

    python evaluation/topics/evaluate.py [TOPIC …]

`timelines.json` has the true days, states and counts, from the histories that were gathered as facts; the
literatures are the demo's. Prints each true day with what the answer said, and exits 1 when one differs.
"""

from __future__ import annotations

import json
import sys
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

from evaluation.topics.replay import Stand, history
from monitor import config

TIMELINES: dict[str, Any] = json.loads(Path(__file__).with_name("timelines.json").read_text("utf-8"))


def differences(true: dict[str, Any], stands: list[Stand]) -> list[str]:
    """What the answer said wrongly on one true day; empty when it was right."""
    day = date.fromisoformat(true["day"])
    stand = next((one for one in reversed(stands) if one.day <= day), None)
    if stand is None:
        return ["no answer yet"]
    found = [] if stand.day == day else [f"no change on this day; the last was on {stand.day}"]
    if str(stand.answer.state) != true["state"]:
        found.append(f"state “{stand.answer.state}” instead of “{true['state']}”")
    for name, is_masked in (("masked", True), ("other", False)):
        if name in true and stand.directions(is_masked=is_masked) != true[name]:
            found.append(f"{name} trials {stand.directions(is_masked=is_masked)} instead of {true[name]}")
    if missing := set(true.get("sizes", ())) - stand.sizes():
        found.append(f"no trial of {', '.join(map(str, sorted(missing)))} people")
    return found


def untrue_changes(timeline: dict[str, Any], stands: list[Stand]) -> list[str]:
    """The days on which the answer's counts changed although the true answer stood."""
    return [
        f"{now.day}: {now.answer.sentence}"
        for before, now in pairwise(stands)
        if str(now.day) in timeline["unchanged"] and _counts(before) != _counts(now)
    ]


def _counts(stand: Stand) -> tuple[object, ...]:
    return stand.answer.state, stand.directions(is_masked=True), stand.directions(is_masked=False)


def main() -> int:
    """Print the comparison for the topics named, or for all; returns the exit code."""
    wrong = 0
    for key in sys.argv[1:] or TIMELINES:
        timeline = TIMELINES[key]
        stands = list(history(config.shipped_topics()[key], timeline["literature"]))
        print(f"\n{key}")
        for true in timeline["answers"]:
            found = differences(true, stands)
            wrong += bool(found)
            print(f"  {true['day']}  {'right' if not found else 'WRONG: ' + '; '.join(found)}")
        for line in untrue_changes(timeline, stands):
            wrong += 1
            print(f"  changed, and should not have: {line}")
    print(f"\n{wrong} differences from the true histories")
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
