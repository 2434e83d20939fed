"""The page of a backtest: one file with its style and pictures in it, no script, no network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby

from monitor.demo import picture
from monitor.language.messages import message
from monitor.language.speech import ENGLISH, gettext, speaking
from monitor.model import Catalogue
from monitor.render.dates import written_day
from monitor.render.templates import fill_template
from monitor.strategy.backtest import Backtest
from monitor.strategy.past import LIMITS
from monitor.strategy.replay import Issue

#: What `term` says of known trials and of searches.
DECLARED = (
    message("fate of a known trial", "counted"),
    message("fate of a known trial", "found, judged otherwise"),
    message("fate of a known trial", "matched, but not yet in the period"),
    message("fate of a known trial", "not matched by the query"),
    message("fate of a known trial", "never listed in PubMed"),
    message("search of a backtest", "citing the seed"),
    message("search of a backtest", "similar to the seed"),
)
WIDTH, HEIGHT = 360, 120
_LEFT, _RIGHT, _TOP, _BASE = 26, 350, 10, 96


@dataclass(frozen=True, slots=True)
class Bar:
    """The articles of one month, as a rectangle in SVG units."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Months:
    """The picture of the articles per month: `most` is the number at its highest bar, `years` are the axis."""

    bars: tuple[Bar, ...]
    years: tuple[tuple[float, str], ...]
    most: int
    most_y: float
    base: float = _BASE
    left: float = _LEFT
    right: float = _RIGHT
    width: int = WIDTH
    height: int = HEIGHT


def write(done: Backtest, catalogue: Catalogue = ENGLISH) -> str:
    """The page as HTML, in the language of `catalogue`; reasons and remarks, as the command tells them, in English."""
    with speaking(catalogue):
        return _page(done)


def _page(done: Backtest) -> str:
    years = [(year, list(issues)) for year, issues in groupby(done.issues, key=lambda issue: issue.at.year)]
    by_year = [(year, sum(count for month, count in found)) for year, found in _by_year(done.months)]
    return fill_template(
        "backtest/page.html",
        done=done,
        plan=done.plan,
        story=_Span(done.plan.start, done.plan.until),
        picture=picture.draw([step.record for step in done.steps], done.plan.start, done.plan.until),
        months=months(done.months),
        per_year=by_year,
        years=[(year, issues, any(map(_is_news, issues))) for year, issues in years],
        limits=[gettext(line) for line in LIMITS],
        day=_day,
    )


def months(counted: Sequence[tuple[date, int]]) -> Months:
    """The picture of the articles that appeared in each month. Pure."""
    most = max((count for _, count in counted), default=0)
    step = (_RIGHT - _LEFT) / max(1, len(counted))
    unit = (_BASE - _TOP) / max(1, most)
    bars = [
        Bar(round(_LEFT + n * step, 2), round(_BASE - count * unit, 2), round(step * 0.82, 2), round(count * unit, 2))
        for n, (_, count) in enumerate(counted)
    ]
    every = max(1, round(len(counted) / 12 / 6))
    marks = [
        (round(_LEFT + n * step, 1), f"{month:%Y}")
        for n, (month, _) in enumerate(counted)
        if month.month == 1 and month.year % every == 0
    ]
    return Months(tuple(bars), tuple(marks), most, _TOP)


@dataclass(frozen=True, slots=True)
class _Span:
    """The period, as the picture of the answers names it."""

    start: date
    until: date


def _by_year(counted: Sequence[tuple[date, int]]) -> list[tuple[int, list[tuple[date, int]]]]:
    return [(year, list(found)) for year, found in groupby(counted, key=lambda one: one[0].year)]


def _is_news(issue: Issue) -> bool:
    return issue.content.answer_changed


def _day(on: date) -> str:
    return written_day(on.date() if isinstance(on, datetime) else on)
