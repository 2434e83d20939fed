"""The confusion matrix as a self-drawn SVG."""

from __future__ import annotations

from collections import Counter
from html import escape

_CELL, _LEFT, _TOP = 74, 210, 92


def matrix(counts: Counter[tuple[str, str]], rows: list[str], columns: list[str]) -> str:
    """Rows are what a reader said, columns what the rules said; the shade is the share of the row."""
    width, height = _LEFT + _CELL * len(columns) + 10, _TOP + 34 * len(rows) + 16
    said = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        'role="img" font-family="system-ui, sans-serif" font-size="12">',
        "<title>Confusion matrix: a reader's label by row, the rules' design by column</title>",
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
    ]
    for number, name in enumerate(columns):
        x = _LEFT + _CELL * number + _CELL / 2
        for line, word in enumerate(name.split(" ", 1)):
            said.append(f'<text x="{x}" y="{50 + 15 * line}" text-anchor="middle" fill="#222">{escape(word)}</text>')
    for number, name in enumerate(rows):
        said += _row(counts, name, columns, _TOP + 34 * number)
    return "\n".join([*said, "</svg>"]) + "\n"


def _row(counts: Counter[tuple[str, str]], name: str, columns: list[str], y: int) -> list[str]:
    total = sum(counts[name, column] for column in columns) or 1
    said = [f'<text x="{_LEFT - 10}" y="{y + 21}" text-anchor="end" fill="#222">{escape(name)}</text>']
    for number, column in enumerate(columns):
        count = counts[name, column]
        share = count / total
        x, ink = _LEFT + _CELL * number, "#ffffff" if share > 0.55 else "#222222"
        said.append(
            f'<rect x="{x}" y="{y}" width="{_CELL - 2}" height="32" '
            f'fill="#1f5fa8" fill-opacity="{share:.3f}" stroke="#ccd"/>'
        )
        if count:
            said.append(
                f'<text x="{x + _CELL / 2 - 1}" y="{y + 21}" text-anchor="middle" fill="{ink}">{count:,}</text>'
            )
    return said
