"""The flow of records as a picture: in a column of boxes what remains after each step, beside them what it excluded."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO

from PIL import Image, ImageDraw, ImageFont

#: Of the picture on a page of 96 pixels an inch; the file has twice as many, so that print is sharp.
WIDTH = 640
_SCALE = 2
_INK, _PAPER, _FILL, _LEFT_OUT = (31, 41, 51), (255, 255, 255), (232, 240, 248), (245, 245, 245)
_FONT, _LINE, _PAD, _GAP = 13, 18, 10, 26
_MAIN, _SIDE = (10, 320), (370, 630)

#: A step: the lines on what remains, and the lines on what is excluded here (() for nothing).
Step = tuple[Sequence[str], Sequence[str]]


def draw(steps: Sequence[Step]) -> bytes:
    """The picture as PNG."""
    wrapped = [(_wrapped(main, _MAIN), _wrapped(side, _SIDE)) for main, side in steps]
    heights = [max(len(main), len(side)) * _LINE + 2 * _PAD for main, side in wrapped]
    picture = Image.new("RGB", (WIDTH * _SCALE, (sum(heights) + _GAP * len(steps)) * _SCALE), _PAPER)
    canvas = ImageDraw.Draw(picture)
    top = _GAP // 2
    for number, ((main, side), height) in enumerate(zip(wrapped, heights, strict=True)):
        middle = sum(_MAIN) // 2
        _box(canvas, _MAIN, top, height, main, _FILL)
        if side:
            _box(canvas, _SIDE, top, height, side, _LEFT_OUT)
            _arrow(canvas, (_MAIN[1], top + height // 2), (_SIDE[0], top + height // 2))
        if number + 1 < len(steps):
            _arrow(canvas, (middle, top + height), (middle, top + height + _GAP))
        top += height + _GAP
    file = BytesIO()
    picture.save(file, "PNG", optimize=True)
    return file.getvalue()


def _box(
    canvas: ImageDraw.ImageDraw,
    span: tuple[int, int],
    top: int,
    height: int,
    lines: Sequence[str],
    fill: tuple[int, int, int],
) -> None:
    corners = [(span[0] * _SCALE, top * _SCALE), (span[1] * _SCALE, (top + height) * _SCALE)]
    canvas.rectangle(corners, fill, _INK, _SCALE)
    for number, line in enumerate(lines):
        place = ((span[0] + _PAD) * _SCALE, (top + _PAD + number * _LINE) * _SCALE)
        canvas.text(place, line, _INK, _font())


def _arrow(canvas: ImageDraw.ImageDraw, start: tuple[int, int], end: tuple[int, int]) -> None:
    """A line to the right or down, with a tip."""
    (x0, y0), (x1, y1) = ((value * _SCALE for value in point) for point in (start, end))
    canvas.line([(x0, y0), (x1, y1)], _INK, _SCALE)
    tip = 5 * _SCALE
    back = [(x1 - tip, y1 - tip), (x1 - tip, y1 + tip)] if y0 == y1 else [(x1 - tip, y1 - tip), (x1 + tip, y1 - tip)]
    canvas.polygon([(x1, y1), *back], _INK)


def _wrapped(lines: Sequence[str], span: tuple[int, int]) -> list[str]:
    """The lines broken at words so that each fits its box."""
    room = (span[1] - span[0] - 2 * _PAD) * _SCALE
    done: list[str] = []
    for line in lines:
        current = ""
        for word in line.split():
            longer = f"{current} {word}".strip()
            if current and _font().getlength(longer) > room:
                done.append(current)
                longer = word
            current = longer
        done.append(current)
    return done


def _font() -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """Aileron, the font that ships with Pillow."""
    return ImageFont.load_default(_FONT * _SCALE)
