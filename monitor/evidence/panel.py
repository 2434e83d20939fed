"""The evidence panel: the answer's trials as points on a line of time, for whoever draws it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from monitor.evidence.sentences import direction
from monitor.model import Answer, Control, Direction


@dataclass(frozen=True, slots=True)
class Point:
    """One trial: when it was first public, how large, how controlled, what its authors report, does it count.

    `pmid` is the main report, "" for a trial that has none; `label` is short enough for a picture.
    """

    day: date
    label: str
    people: int | None
    control: Control
    is_randomized: bool
    direction: Direction
    counts: bool
    pmid: str


def points(answer: Answer) -> list[Point]:
    """The trials of an answer by day, silent ones included; those without any date are left out."""
    found = [
        Point(
            day=trial.first_public_on,
            label=trial.name,
            people=trial.sample_size,
            control=trial.control,
            is_randomized=bool(trial.randomized),
            direction=direction(trial),
            counts=trial.status == "reported" and "retracted" not in trial.flags,
            pmid=trial.reports[0].pmid if trial.reports else "",
        )
        for trial in (*answer.trials, *answer.silent_trials)
        if trial.first_public_on
    ]
    return sorted(found, key=lambda point: (point.day, point.label))


def alt_text(answer: Answer) -> str:
    """The panel in words, for those who do not see it."""
    told = [f"{p.day:%B %Y} {p.label}, {p.control}, {p.direction}" for p in points(answer) if p.counts]
    return f"Timeline of trials: {'; '.join(told)}." if told else "Timeline of trials: none has reported."
