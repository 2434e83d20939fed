"""Discs, lines and numbers as a PNG picture. The sole importer of Pillow, and imported when a picture is drawn."""

from __future__ import annotations

from functools import lru_cache
from io import BytesIO

from PIL import Image, ImageDraw, ImageFont

#: Pixels in a unit, so that fine screens show it sharp; and how many times larger it is drawn, so that edges are smooth
#: once it is reduced (Pillow's own circles have steps).
_PIXELS, _FINER = 2, 3

Colour = tuple[int, int, int]
Point = tuple[float, float]


class Canvas:
    """A picture of `width` by `height` units, filled with `ground`."""

    def __init__(self, width: int, height: int, ground: Colour) -> None:
        self._image = Image.new("RGB", (_fine(width), _fine(height)), ground)
        self._draw = ImageDraw.Draw(self._image)

    def disc(self, centre: Point, radius: float, inside: Colour, edge: Colour) -> None:
        """A circle filled with `inside`, with an edge 2.2 wide."""
        self._draw.circle(_scaled(centre), _fine(radius), inside, edge, _fine(2.2))

    def stroke(self, start: Point, end: Point, width: float, colour: Colour) -> None:
        """A straight line."""
        self._draw.line([_scaled(start), _scaled(end)], colour, _fine(width))

    def number(self, number: int, centre: Point, size: float, colour: Colour) -> None:
        """A number in bold digits `size` high with their margins, centred."""
        self._draw.text(_scaled(centre), str(number), colour, _font(_fine(size)), anchor="mm", stroke_width=1)

    def png(self) -> bytes:
        """The picture as a PNG file."""
        file = BytesIO()
        self._image.reduce(_FINER).save(file, "PNG")
        return file.getvalue()


#: Aileron, which Pillow brings along; read from the library once for each size.
_font = lru_cache(ImageFont.load_default)


def _fine(units: float) -> int:
    return round(units * _PIXELS * _FINER)


def _scaled(point: Point) -> Point:
    return point[0] * _PIXELS * _FINER, point[1] * _PIXELS * _FINER
