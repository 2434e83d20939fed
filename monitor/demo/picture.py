"""The history of the answer as a picture: the position of each mark in SVG units. Pure; the template draws."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from monitor.language.speech import gettext as _
from monitor.language.terms import term
from monitor.model import AnswerRecord, AnswerState, Control, Direction, Trial
from monitor.render.dates import written_day

WIDTH = 360
LEFT, RIGHT = 14, 346
_LABEL_ROWS = 3
_ROW = 19
#: Marks closer than this many units get different rows.
_TOO_CLOSE = 18
#: Width of an average character of a label, in units.
_LETTER = 5.9


@dataclass(frozen=True, slots=True)
class Year:
    """One tick of the axis."""

    x: float
    text: str


@dataclass(frozen=True, slots=True)
class Span:
    """The time during which one answer held; `strength` 0 to 8 follows AnswerState's order."""

    number: int
    x: float
    width: float
    strength: int
    since: date
    words: str
    row: int


@dataclass(frozen=True, slots=True)
class Dot:
    """One trial on the day its result was first public. `kind` names its shape, `direction` its colour."""

    x: float
    y: float
    kind: str
    direction: str
    label: str
    words: str
    anchor: str


@dataclass(frozen=True, slots=True)
class Picture:
    """Everything to be drawn."""

    years: tuple[Year, ...]
    spans: tuple[Span, ...]
    dots: tuple[Dot, ...]
    height: int
    width: int = WIDTH


def draw(records: Sequence[AnswerRecord], start: date, until: date) -> Picture:
    """The picture of the answers in `records`, oldest first, over the time from `start` to `until`."""
    scale = _Scale(start, until)
    dots = _dots(records[-1].answer.trials if records else (), scale)
    return Picture(_years(scale), _spans(records, scale), dots, height=118 + _ROW * len(dots))


@dataclass(frozen=True, slots=True)
class _Scale:
    start: date
    until: date

    def x(self, day: date) -> float:
        """The position of `day` on the axis; days outside are put at its ends."""
        part = (day - self.start).days / max(1, (self.until - self.start).days)
        return round(LEFT + (RIGHT - LEFT) * min(1.0, max(0.0, part)), 1)


def _years(scale: _Scale) -> tuple[Year, ...]:
    shown = [year for year in range(scale.start.year, scale.until.year + 1) if year % 3 == 0]
    return tuple(Year(scale.x(date(year, 1, 1)), str(year)) for year in shown if date(year, 1, 1) >= scale.start)


def _spans(records: Sequence[AnswerRecord], scale: _Scale) -> tuple[Span, ...]:
    starts = [record.at.date() for record in records]
    ends = [*starts[1:], scale.until][: len(starts)]
    spans: list[Span] = []
    last_x = [-100.0] * _LABEL_ROWS
    for number, (record, start, end) in enumerate(zip(records, starts, ends, strict=True)):
        x = scale.x(start)
        row = next((row for row in range(_LABEL_ROWS) if x - last_x[row] >= _TOO_CLOSE), number % _LABEL_ROWS)
        last_x[row] = x
        width = max(0.5, round(scale.x(end) - x, 1))
        strength = list(AnswerState).index(record.answer.state)
        spans.append(Span(number, x, width, strength, start, term("state of the answer", record.answer.state), row))
    return tuple(spans)


def _dots(trials: Iterable[Trial], scale: _Scale) -> tuple[Dot, ...]:
    reported = sorted((t for t in trials if t.first_public_on and t.status == "reported"), key=_first)
    return tuple(_dot(trial, scale, 112 + _ROW * row) for row, trial in enumerate(reported))


def _first(trial: Trial) -> date:
    return trial.first_public_on or date.max


def _dot(trial: Trial, scale: _Scale, y: float) -> Dot:
    x = scale.x(_first(trial))
    size = f", n = {trial.sample_size}" if trial.sample_size else ""
    control = "" if trial.control is Control.NOT_STATED else f", {term('control', trial.control)}"
    label = f"{trial.name}{control}{size}"
    direction = trial.statement.direction if trial.statement else Direction.NOT_STATED
    return Dot(
        x=x,
        y=y,
        kind=_kind(trial),
        direction=direction.replace(" ", "-"),
        label=label,
        words=_(
            "%(day)s: %(trial)s; authors report %(direction)s",
            day=written_day(_first(trial)),
            trial=label,
            direction=term("direction", direction),
        ),
        anchor="start" if x + 8 + _LETTER * len(label) < WIDTH else "end",
    )


def _kind(trial: Trial) -> str:
    if trial.control in (Control.SHAM, Control.PLACEBO):
        return "sham"
    return "randomized" if trial.randomized else "controlled"
