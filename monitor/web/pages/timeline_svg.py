"""The layout of the timeline of trials, which a template draws as SVG that screen readers can read. Pure.

It follows the same rules as the picture in the mails: numbered discs over the years; filled where the control was
sham or placebo; the area of a disc grows with the number of participants. All lengths are SVG user units.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from monitor.model import Control, Direction, Trial
from monitor.render.dates import spoken
from monitor.render.drawing.timeline_png import describe

WIDTH = 360
_LEFT, _RIGHT = 20.0, 340.0
_TOP, _ROW, _ROWS = 6.0, 40.0, 4
_SMALLEST, _LARGEST = 11.0, 18.0


@dataclass(frozen=True, slots=True)
class Tick:
    """A labelled year on the axis."""

    x: float
    text: str


@dataclass(frozen=True, slots=True)
class Disc:
    """One trial on the day its result was first public; `direction` is a CSS class."""

    number: int
    x: float
    y: float
    radius: float
    is_filled: bool
    is_retracted: bool
    direction: str
    description: str


@dataclass(frozen=True, slots=True)
class Timeline:
    """All there is to draw; `axis_y` is the y of the axis, `undated` the number of trials that have no date."""

    discs: tuple[Disc, ...]
    ticks: tuple[Tick, ...]
    axis_y: float
    undated: int
    width: int = WIDTH

    @property
    def height(self) -> float:
        """The height of the whole picture."""
        return self.axis_y + 24


def draw(trials: Sequence[Trial], until: date) -> Timeline | None:
    """The timeline of `trials`, numbered from 1 in the order given; None when none of them has a date."""
    dated = [(number, trial, trial.first_public_on) for number, trial in enumerate(trials, 1)]
    shown = sorted(((n, t, on) for n, t, on in dated if on), key=lambda entry: entry[2])
    if not shown:
        return None
    first, last = shown[0][2].year - 1, max(until.year, shown[-1][2].year) + 1
    places: list[tuple[float, float, int]] = []
    discs = []
    for number, trial, on in shown:
        x, radius = _x(on, first, last), _radius(trial)
        row = _free_row(x, radius, places)
        places.append((x, radius, row))
        discs.append((number, trial, x, radius, row))
    rows = max(row for *_, row in places) + 1
    axis_y = _TOP + rows * _ROW + 4
    drawn = tuple(_disc(*disc, axis_y) for disc in discs)
    return Timeline(drawn, _ticks(first, last), axis_y, len(trials) - len(shown))


def _x(on: date, first: int, last: int) -> float:
    years = on.year - first + (on.timetuple().tm_yday - 1) / 366
    return round(_LEFT + (_RIGHT - _LEFT) * years / (last - first), 1)


def _radius(trial: Trial) -> float:
    return round(min(_LARGEST, max(_SMALLEST, math.sqrt(trial.sample_size or 0) * 1.5)), 1)


def _free_row(x: float, radius: float, places: Sequence[tuple[float, float, int]]) -> int:
    """The lowest row in which a disc touches no other; the first when all are full."""
    for row in range(_ROWS):
        if all(row != other_row or abs(x - other) > radius + size + 2 for other, size, other_row in places):
            return row
    return 0


def _disc(number: int, trial: Trial, x: float, radius: float, row: int, axis_y: float) -> Disc:
    direction = trial.statement.direction if trial.statement else Direction.NOT_STATED
    return Disc(
        number=number,
        x=x,
        y=axis_y - 4 - _ROW / 2 - row * _ROW,
        radius=radius,
        is_filled=trial.control in (Control.SHAM, Control.PLACEBO),
        is_retracted="retracted" in trial.flags,
        direction=direction.replace(" ", "-"),
        description=describe(trial, spoken().day),
    )


def _ticks(first: int, last: int) -> tuple[Tick, ...]:
    step = next(step for step in (1, 2, 5, 10, 25, 100) if (last - first) / step <= 7)
    return tuple(
        Tick(_x(date(year, 1, 1), first, last), str(year)) for year in range(first, last + 1) if not year % step
    )
