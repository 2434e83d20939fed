"""A small canvas for one small picture: discs, strokes and digits with smooth edges, written as PNG.

An image library would weigh a hundred times more than the two shapes a timeline is made of.
PNG: ISO/IEC 15948; 8-bit RGB, no filter, one IDAT chunk.
"""

from __future__ import annotations

import itertools
import struct
import zlib
from collections.abc import Callable
from math import ceil, floor, hypot

Colour = tuple[int, int, int]
Point = tuple[float, float]

#: Each digit as one line through points of a box 4 wide and 6 high.
_DIGITS: dict[str, tuple[Point, ...]] = {
    "0": ((0, 1), (0, 5), (1, 6), (3, 6), (4, 5), (4, 1), (3, 0), (1, 0), (0, 1)),
    "1": ((0.9, 1.3), (2.4, 0), (2.4, 6)),
    "2": ((0, 1.2), (1, 0), (3, 0), (4, 1), (4, 2.2), (0, 6), (4, 6)),
    "3": ((0, 0), (4, 0), (1.8, 2.4), (3, 2.4), (4, 3.4), (4, 5), (3, 6), (1, 6), (0, 5.2)),
    "4": ((3, 6), (3, 0), (0, 4.2), (4, 4.2)),
    "5": ((3.8, 0), (0.4, 0), (0.2, 2.6), (3, 2.4), (4, 3.4), (4, 5), (3, 6), (1, 6), (0, 5.2)),
    "6": (
        (3.6, 0.5),
        (3, 0),
        (1.2, 0),
        (0, 1.5),
        (0, 5),
        (1, 6),
        (3, 6),
        (4, 5),
        (4, 3.6),
        (3, 2.6),
        (1, 2.6),
        (0, 3.6),
    ),
    "7": ((0, 0), (4, 0), (1.5, 6)),
    "8": (
        (1, 3),
        (0, 2),
        (0, 1),
        (1, 0),
        (3, 0),
        (4, 1),
        (4, 2),
        (3, 3),
        (1, 3),
        (0, 4),
        (0, 5),
        (1, 6),
        (3, 6),
        (4, 5),
        (4, 4),
        (3, 3),
    ),
    "9": (
        (0.4, 5.5),
        (1, 6),
        (2.8, 6),
        (4, 4.5),
        (4, 1),
        (3, 0),
        (1, 0),
        (0, 1),
        (0, 2.4),
        (1, 3.4),
        (3, 3.4),
        (4, 2.4),
    ),
}
_ADVANCE = 6.0  # width of a digit with the gap after it, in the box's units


class Canvas:
    """A picture of `width` by `height` units; each unit is `scale` pixels, so that fine screens show it sharp."""

    def __init__(self, width: int, height: int, background: Colour, scale: int = 2) -> None:
        self.width, self.height, self.scale = width * scale, height * scale, scale
        self._rows = [bytearray(background * self.width) for _ in range(self.height)]

    def disc(self, centre: Point, radius: float, colour: Colour) -> None:
        """A filled circle."""
        (x, y), r = self._scaled(centre), radius * self.scale
        self._paint((x - r, y - r, x + r, y + r), colour, lambda px, py: r - hypot(px - x, py - y))

    def ring(self, centre: Point, radius: float, width: float, colour: Colour) -> None:
        """A circle's outline, `width` wide and inside `radius`."""
        (x, y), r, half = self._scaled(centre), (radius - width / 2) * self.scale, width * self.scale / 2
        far = r + half
        box = (x - far, y - far, x + far, y + far)
        self._paint(box, colour, lambda px, py: half - abs(hypot(px - x, py - y) - r))

    def stroke(self, start: Point, end: Point, width: float, colour: Colour) -> None:
        """A straight line with round ends."""
        (x1, y1), (x2, y2), half = self._scaled(start), self._scaled(end), width * self.scale / 2
        dx, dy = x2 - x1, y2 - y1
        length = dx * dx + dy * dy or 1.0

        def depth(px: float, py: float) -> float:
            along = min(1.0, max(0.0, ((px - x1) * dx + (py - y1) * dy) / length))
            return half - hypot(px - x1 - along * dx, py - y1 - along * dy)

        box = (min(x1, x2) - half, min(y1, y2) - half, max(x1, x2) + half, max(y1, y2) + half)
        self._paint(box, colour, depth)

    def number(self, digits: str, centre: Point, height: float, width: float, colour: Colour) -> None:
        """`digits` in strokes `width` wide, `height` units high, centred."""
        unit = height / 6
        left = centre[0] - (len(digits) * _ADVANCE - 2) * unit / 2
        top = centre[1] - height / 2
        for place, digit in enumerate(digits):
            line = [(left + (place * _ADVANCE + x) * unit, top + y * unit) for x, y in _DIGITS[digit]]
            for start, end in itertools.pairwise(line):
                self.stroke(start, end, width, colour)

    def png(self) -> bytes:
        """The picture as a PNG file."""
        header = struct.pack(">IIBBBBB", self.width, self.height, 8, 2, 0, 0, 0)
        pixels = zlib.compress(b"".join(b"\0" + row for row in self._rows), 9)
        chunks = ((b"IHDR", header), (b"IDAT", pixels), (b"IEND", b""))
        return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, content) for kind, content in chunks)

    def _scaled(self, point: Point) -> Point:
        return point[0] * self.scale, point[1] * self.scale

    def _paint(
        self, box: tuple[float, float, float, float], colour: Colour, depth: Callable[[float, float], float]
    ) -> None:
        """Mix `colour` into the pixels of `box` as far as each lies inside (`depth`: pixels from the shape's edge)."""
        left, top, right, bottom = box
        for y in range(max(0, floor(top)), min(self.height, ceil(bottom) + 1)):
            row = self._rows[y]
            for x in range(max(0, floor(left)), min(self.width, ceil(right) + 1)):
                cover = min(1.0, max(0.0, depth(x + 0.5, y + 0.5) + 0.5))
                if cover:
                    for part, value in enumerate(colour, start=3 * x):
                        row[part] += round((value - row[part]) * cover)


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
