"""Draw the confusion matrix of docs/evidence.md as an SVG."""

from __future__ import annotations

import textwrap
from collections import Counter
from html import escape

_CELL, _ROW, _LEFT, _TOP, _EDGE = 96, 36, 300, 112, 16
_INK, _FAINT, _BLUE = "#1f2933", "#5b6770", "#1f5fa8"

#: A reader's labels in words.
NAMES = {
    "rct_results": "randomised trial, main report",
    "rct_secondary": "secondary analysis of a trial",
    "rct_protocol": "protocol of a trial",
    "controlled_not_random": "controlled, not randomised",
    "random_experiment_nonhealth": "experiment, no health question",
    "animal_or_bench_random": "animal or bench experiment",
    "review": "review",
    "notice_or_comment": "notice or comment",
    "unread_candidate": "not read, taken for none",
    "none": "none of these",
}


def draw(counts: Counter[tuple[str, str]], labels: list[str], columns: list[str]) -> str:
    """Rows are what a reader said, columns what the rules said; the shade is the share of the row."""
    rows = [name for name in NAMES if name in labels] + [name for name in labels if name not in NAMES]
    width, height = _LEFT + _CELL * len(columns) + _EDGE, _TOP + _ROW * len(rows) + 40
    said = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        'role="img" font-family="system-ui, sans-serif" font-size="13">',
        "<title>Confusion matrix: a reader's label by row, the rules' design by column</title>",
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
        _text(_LEFT - 12, _TOP - 12, "a reader said", "end", _FAINT),
        _text(_LEFT + _CELL * len(columns) / 2, 26, "Monitor says", "middle", _FAINT),
    ]
    for number, name in enumerate(columns):
        said += _heading(name, _LEFT + _CELL * number + _CELL / 2)
    for number, name in enumerate(rows):
        said += _row(counts, name, columns, _TOP + _ROW * number)
    said.append(_text(_LEFT, height - 16, "Counts; the darker, the larger the share of its row.", "start", _FAINT))
    return "\n".join([*said, "</svg>"]) + "\n"


def _heading(name: str, x: float) -> list[str]:
    """The name of a column in short lines that end above the first row."""
    lines = textwrap.wrap(name, 13)
    first = _TOP - 12 - 16 * (len(lines) - 1)
    return [_text(x, first + 16 * number, line, "middle", _INK) for number, line in enumerate(lines)]


def _row(counts: Counter[tuple[str, str]], name: str, columns: list[str], y: int) -> list[str]:
    total = sum(counts[name, column] for column in columns)
    said = [_text(_LEFT - 12, y + 22, f"{NAMES.get(name, name)} ({total:,})", "end", _INK)]
    for number, column in enumerate(columns):
        count = counts[name, column]
        share = count / (total or 1)
        x = _LEFT + _CELL * number
        said.append(
            f'<rect x="{x + 1}" y="{y + 1}" width="{_CELL - 2}" height="{_ROW - 2}" rx="3" '
            f'fill="{_BLUE}" fill-opacity="{share:.3f}" stroke="#d5dbe3"/>'
        )
        if count:
            said.append(_text(x + _CELL / 2, y + 23, f"{count:,}", "middle", "#ffffff" if share > 0.55 else _INK))
    return said


def _text(x: float, y: float, words: str, anchor: str, ink: str) -> str:
    return f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}" fill="{ink}">{escape(words)}</text>'
