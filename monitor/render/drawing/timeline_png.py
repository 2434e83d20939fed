"""The timeline of trials as a small picture for mail: numbered discs over the years, and the same in words.

Read by shape first: a filled disc had a sham or placebo control, a ring had not. Its size
follows the number of people. Colour only repeats what the list beside it says in words.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from math import sqrt
from typing import TYPE_CHECKING

from monitor.language.speech import gettext as _
from monitor.language.speech import later, ngettext
from monitor.language.terms import term
from monitor.model import Control, Direction, Trial, Verdict
from monitor.render.dates import ENGLISH
from monitor.render.text import clip

if TYPE_CHECKING:
    from monitor.render.drawing.canvas import Canvas, Colour, Point

#: Its Content-ID in a mail (RFC 2392).
CONTENT_ID = "timeline@monitor"

WIDTH, HEIGHT = 400, 104  # units
SHOWN = 12
_CARD, _AXIS, _LABEL, _DIGIT = (31, 41, 51), (100, 116, 133), (203, 213, 225), (17, 26, 35)
_COLOURS: dict[Direction, Colour] = {
    Direction.BENEFIT: (125, 211, 168),
    Direction.NO_DIFFERENCE: (188, 200, 214),
    Direction.HARM: (243, 150, 134),
    Direction.MIXED: (242, 208, 122),
    Direction.NONINFERIOR: (188, 200, 214),
    Direction.NOT_STATED: (242, 208, 122),
}
_LEFT, _RIGHT, _AXIS_Y = 24.0, WIDTH - 24.0, 76.0


@dataclass(frozen=True, slots=True)
class _Span:
    """The years shown, first and last (the end of the last one is the right margin)."""

    first: int
    last: int

    def x(self, on: date) -> float:
        """Where a day stands."""
        years = on.year - self.first + (on.timetuple().tm_yday - 1) / 366
        return _LEFT + (_RIGHT - _LEFT) * years / (self.last - self.first)


def draw(trials: Sequence[Trial], until: date) -> bytes:
    """The picture as PNG, b"" when no trial has a date. Trials are numbered from 1 in the order given."""
    dated = [(number, trial, trial.first_public_on) for number, trial in enumerate(trials[:SHOWN], 1)]
    shown = [(number, trial, on) for number, trial, on in dated if on]
    if not shown:
        return b""
    return _drawn(tuple(shown), max(until.year, *(on.year for *_, on in shown)) + 1)


@lru_cache(maxsize=16)
def _drawn(shown: tuple[tuple[int, Trial, date], ...], last_year: int) -> bytes:
    """The picture of numbered trials up to `last_year`; kept, for it changes far more seldom than digests are sent."""
    span = _Span(min(on.year for *_, on in shown) - 1, last_year)
    from monitor.render.drawing.canvas import Canvas  # imported here: 4 MB of Pillow until a first picture is drawn

    canvas = Canvas(WIDTH, HEIGHT, _CARD)
    _draw_axis(canvas, span)
    taken: list[tuple[float, float, float]] = []
    for number, trial, on in sorted(shown, key=lambda entry: entry[2]):
        radius = _radius(trial)
        x = span.x(on)
        y = _free_height(x, radius, taken)
        taken.append((x, y, radius))
        _draw_trial(canvas, trial, number, (x, y), radius)
    return canvas.png()


def alternative(trials: Sequence[Trial], day: Callable[[date], str] = ENGLISH.day) -> str:
    """Everything the picture tells, in words; `day` writes its dates."""
    told = [f"{number}, {describe(trial, day)}" for number, trial in enumerate(trials[:SHOWN], 1)]
    if not told:
        return ""
    head = ngettext(
        "Timeline of %(number)s controlled trial.", "Timeline of %(number)s controlled trials.", len(trials)
    )
    return f"{head} {'. '.join(told)}."


def describe(trial: Trial, day: Callable[[date], str] = ENGLISH.day) -> str:
    """ "PREMiSe: 27 Jun 2014, 19 people, sham control, authors report no difference"."""
    facts = [day(trial.first_public_on) if trial.first_public_on else _("date unknown")]
    if trial.sample_size:
        facts.append(ngettext("%(number)s person", "%(number)s people", trial.sample_size))
    facts.append(control_in_words(trial))
    facts.append(direction_in_words(trial))
    facts += [clip(term("status of a trial", flag), 40) for flag in trial.flags[:3]]
    return f"{clip(trial.name, 90)}: {', '.join(facts)}"


_CONTROLS = {
    Control.SHAM: later("sham control"),
    Control.PLACEBO: later("placebo control"),
    Control.ACTIVE: later("active control"),
    Control.WAIT_LIST: later("wait-list control"),
    Control.USUAL_CARE: later("usual-care control"),
    Control.NO_TREATMENT: later("untreated control"),
    Control.HISTORICAL: later("historical control"),
    Control.NONE: later("no control"),
    Control.NOT_STATED: later("control not stated"),
}
_DIRECTIONS = {
    Direction.BENEFIT: later("authors report benefit"),
    Direction.NO_DIFFERENCE: later("authors report no difference"),
    Direction.HARM: later("authors report harm"),
    Direction.MIXED: later("authors report mixed results"),
    Direction.NONINFERIOR: later("authors report noninferior"),
    Direction.NOT_STATED: later("direction not stated"),
}


def control_in_words(trial: Trial | Verdict) -> str:
    """What the comparison group received, in words that stand alone."""
    return _(_CONTROLS[trial.control])


def direction_in_words(trial: Trial) -> str:
    """What the authors report, as their statement says."""
    direction = trial.statement.direction if trial.statement else Direction.NOT_STATED
    return _(_DIRECTIONS[direction])


def _draw_axis(canvas: Canvas, span: _Span) -> None:
    canvas.stroke((_LEFT - 8, _AXIS_Y), (_RIGHT + 8, _AXIS_Y), 1, _AXIS)
    step = next(step for step in (1, 2, 5, 10, 25, 100) if (span.last - span.first) / step <= 8)
    for year in range(span.first, span.last + 1):
        x = span.x(date(year, 1, 1))
        is_named = year % step == 0
        canvas.stroke((x, _AXIS_Y), (x, _AXIS_Y + (5 if is_named else 3)), 1, _AXIS)
        if is_named:
            canvas.number(year, (x, _AXIS_Y + 15), 12, _LABEL)


def _draw_trial(canvas: Canvas, trial: Trial, number: int, centre: Point, radius: float) -> None:
    colour = _COLOURS[trial.statement.direction if trial.statement else Direction.NOT_STATED]
    x, y = centre
    canvas.stroke((x, y + radius), (x, _AXIS_Y), 1, _AXIS)
    is_filled = trial.control in (Control.SHAM, Control.PLACEBO)
    canvas.disc(centre, radius, colour if is_filled else _CARD, colour)
    canvas.number(number, centre, 13.5, _DIGIT if is_filled else colour)
    if "retracted" in trial.flags:
        canvas.stroke((x - radius - 3, y + radius + 3), (x + radius + 3, y - radius - 3), 2.5, _COLOURS[Direction.HARM])


def _radius(trial: Trial) -> float:
    """9 to 17 units; the area follows the number of people, as far as a digit still fits."""
    return min(17.0, max(9.0, sqrt(trial.sample_size or 0) * 1.3))


def _free_height(x: float, radius: float, taken: Sequence[tuple[float, float, float]]) -> float:
    """The lowest of three heights at which a disc touches no other."""
    heights = (_AXIS_Y - 12 - radius, _AXIS_Y - 34 - radius, 6 + radius)
    for y in heights:
        if all((x - ox) ** 2 + (y - oy) ** 2 > (radius + other + 2) ** 2 for ox, oy, other in taken):
            return max(radius + 3, y)
    return heights[0]
