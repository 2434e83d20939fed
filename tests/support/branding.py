"""Branding for tests: a logo, colours other than the shipped ones, and templates of an operator's."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

from PIL import Image

from monitor.config.branding import contrast
from monitor.model import Branding, Logo, OwnTemplate


def picture(width: int = 480, height: int = 110, kind: str = "PNG", mode: str = "L") -> bytes:
    """A picture file with something in it."""
    image = Image.effect_noise((width, height), 40).convert(mode)
    file = BytesIO()
    image.save(file, kind)
    return file.getvalue()


def own(name: str, text: str) -> OwnTemplate:
    """A template of the operator's."""
    return OwnTemplate(name, Path("/operator/templates") / name, text)


BRAND = Branding(
    name="Vein Watch of Example Hospital",
    logo=Logo(picture(120, 28), "image/png", 120, 28),
    light=contrast.colours("light", "#7a1450", "#fffaf2"),
    dark=contrast.colours("dark", "#f0a8d0", "#181014"),
    footer="Run by the library of Example Hospital.\nOpen on weekdays.",
    reply_to="library@example.org",
)
