"""Draw the packages of `monitor` and who imports whom into docs/pictures/house.svg.

    python tools/house_picture.py

A package, or a module that stands beside the packages, is a room. Its floor is one above the highest
room that it imports, so every arrow points down. An arrow from A to C is left out where A also
reaches C by way of another room: what is drawn is the transitive reduction of the imports.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from itertools import pairwise
from pathlib import Path
from statistics import fmean

ROOT = Path(__file__).parents[1]
PICTURE = ROOT / "docs" / "pictures" / "house.svg"
WIDTH, MARGIN, STOREY = 900, 16, 78
ROOM, HEIGHT, LANE, GAP = 104, 34, 10, 14
INK, FAINT, FLOOR, FILL = "#1f2933", "#5b6770", "#f3f6f9", "#ffffff"

Imports = dict[str, set[str]]


@dataclass(frozen=True, slots=True)
class Stop:
    """A room on a floor, or the lane through which one arrow passes a floor (`room` is then empty)."""

    floor: int
    room: str
    arrow: tuple[str, str] = ("", "")

    @property
    def half(self) -> float:
        """Half of its width in pixels."""
        return (ROOM if self.room else LANE) / 2


def imports(package: Path) -> Imports:
    """Which rooms each room imports, read from the source of every module; every room is a key."""
    rooms = {path.stem for path in package.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()}
    rooms.discard("__init__")
    found: Imports = {room: set() for room in rooms}
    for room in rooms:
        folder = package / room
        for file in folder.rglob("*.py") if folder.is_dir() else [package / f"{room}.py"]:
            found[room] |= {name for name in _imported(file, package.name) if name in rooms and name != room}
    return found


def _imported(file: Path, package: str) -> Iterator[str]:
    """The first name below `package` of each import in the file, also of those inside functions."""
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        yield from (name.split(".")[1] for name in names if name.startswith(f"{package}."))


def floors(found: Imports) -> dict[str, int]:
    """The floor of each room, 0 at the bottom. Raises ValueError where rooms import each other in a circle."""
    levels: dict[str, int] = {}
    while len(levels) < len(found):
        ready = [room for room, below in found.items() if room not in levels and below <= levels.keys()]
        if not ready:
            raise ValueError(f"these import each other: {', '.join(sorted(found.keys() - levels.keys()))}")
        levels |= {room: 1 + max((levels[name] for name in found[room]), default=-1) for room in ready}
    return levels


def reduced(found: Imports) -> list[tuple[str, str]]:
    """The transitive reduction: imports that no chain of other imports implies."""
    reach: Imports = {}
    for room in sorted(found, key=floors(found).__getitem__):
        reach[room] = found[room].union(*(reach[name] for name in found[room]))
    return sorted(
        (room, name)
        for room, below in found.items()
        for name in below
        if not any(name in reach[other] for other in below)
    )


def ways(arrows: list[tuple[str, str]], levels: dict[str, int]) -> list[list[Stop]]:
    """Each arrow from its room down to the other, with a lane on every floor between."""
    return [
        [
            Stop(levels[high], high),
            *(Stop(floor, "", (high, low)) for floor in range(levels[high] - 1, levels[low], -1)),
            Stop(levels[low], low),
        ]
        for high, low in arrows
    ]


def placed(stops: list[list[Stop]], near: dict[Stop, list[Stop]]) -> dict[Stop, float]:
    """The centre of each stop in pixels: near the mean of the stops it is connected to, without overlaps."""
    at = {stop: x for row in stops for stop, x in zip(row, _spread(row, [WIDTH / 2] * len(row)), strict=True)}
    for turn in range(60):
        for row in stops if turn % 2 else reversed(stops):
            wanted = {stop: fmean(at[one] for one in near[stop] or [stop]) for stop in row}
            if turn < 40:  # afterwards the order is fixed and only the distances change
                row.sort(key=lambda stop: (wanted[stop], stop.room, stop.arrow))
            at |= zip(row, _spread(row, [wanted[stop] for stop in row]), strict=True)
    return at


def _spread(row: list[Stop], wanted: list[float]) -> list[float]:
    """Positions as near to the wanted ones as the order, the widths and the edges of the picture allow."""
    steps = [left.half + GAP + right.half for left, right in pairwise(row)]
    to_right = [wanted[0]]
    for step, want in zip(steps, wanted[1:], strict=True):
        to_right.append(max(want, to_right[-1] + step))
    to_left = [wanted[-1]]
    for step, want in zip(reversed(steps), reversed(wanted[:-1]), strict=True):
        to_left.append(min(want, to_left[-1] - step))
    middle = [(a + b) / 2 for a, b in zip(to_right, reversed(to_left), strict=True)]
    left, right = MARGIN + row[0].half, WIDTH - MARGIN - row[-1].half
    for number, step in enumerate([0.0, *steps]):
        left += step
        middle[number] = max(middle[number], left)
    for number, step in reversed(list(enumerate([*steps, 0.0]))):
        right -= step
        middle[number] = min(middle[number], right)
    return middle


def draw(package: Path) -> str:
    """The whole picture."""
    found = imports(package)
    levels = floors(found)
    routes = ways(reduced(found), levels)
    near: dict[Stop, list[Stop]] = {Stop(level, room): [] for room, level in sorted(levels.items())}
    for route in routes:
        for high, low in pairwise(route):
            near.setdefault(high, []).append(low)
            near.setdefault(low, []).append(high)
    top = max(levels.values())
    at = placed([[stop for stop in near if stop.floor == floor] for floor in range(top + 1)], near)
    height = STOREY * (top + 1) + 40
    drawn = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
        'role="img" font-family="system-ui, sans-serif" font-size="14">',
        f"<title>The packages of {package.name}; arrows are imports</title>",
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto">'
        f'<path d="M0 0L8 4L0 8z" fill="{FAINT}"/></marker></defs>',
        f'<rect width="{WIDTH}" height="{height}" fill="{FILL}"/>',
    ]
    drawn += [_floor(top - floor) for floor in range(top + 1)]
    drawn += [_arrow([(at[stop], _y(top - stop.floor)) for stop in route]) for route in routes]
    drawn += [_room(stop.room, at[stop], _y(top - stop.floor)) for stop in near if stop.room]
    count = sum(map(len, found.values()))
    note = f"{len(levels)} packages and modules on {top + 1} floors. "
    note += f"{len(routes)} of {count} imports are drawn; the others follow from these."
    drawn.append(_text(MARGIN, height - 14, note, "start", FAINT))
    return "\n".join([*drawn, "</svg>"]) + "\n"


def _y(row: int) -> int:
    """The upper edge of the rooms in a row; row 0 is the top."""
    return row * STOREY + 24


def _floor(row: int) -> str:
    return f'<rect x="0" y="{_y(row) - 8}" width="{WIDTH}" height="{HEIGHT + 16}" fill="{FLOOR}"/>'


def _arrow(points: list[tuple[float, int]]) -> str:
    """From the lower edge of the first room to the upper edge of the last, straight down through each lane."""
    path = f"M{points[0][0]:.0f} {points[0][1] + HEIGHT}"
    for (from_x, from_y), (x, y) in pairwise(points):
        begin, half = from_y + HEIGHT, (y - from_y - HEIGHT) / 2
        path += f"C{from_x:.0f} {begin + half:.0f} {x:.0f} {y - half:.0f} {x:.0f} {y}"
        if (x, y) != points[-1]:
            path += f"V{y + HEIGHT}"
    return f'<path d="{path}" fill="none" stroke="{FAINT}" stroke-width="1.2" marker-end="url(#tip)"/>'


def _room(name: str, x: float, y: int) -> str:
    box = f'<rect x="{x - ROOM / 2:.0f}" y="{y}" width="{ROOM}" height="{HEIGHT}" rx="4" fill="{FILL}" stroke="{INK}"/>'
    return box + _text(x, y + 22, name, "middle", INK)


def _text(x: float, y: float, words: str, anchor: str, ink: str) -> str:
    return f'<text x="{x:.0f}" y="{y:.0f}" text-anchor="{anchor}" fill="{ink}">{escape(words)}</text>'


def main() -> int:
    """Write the picture."""
    PICTURE.write_text(draw(ROOT / "monitor"), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
