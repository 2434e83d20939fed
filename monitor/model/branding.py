"""Branding: how an operator's service presents itself: name, logo, colours, footer, and templates of the operator's."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Colours:
    """The colours of one mode, as "#rrggbb". `on_accent` is the text on a surface of the accent colour."""

    accent: str
    background: str
    on_accent: str


#: The colours of pages where the operator sets none: those in templates/pages/style.css.
LIGHT = Colours("#0a5c4d", "#ffffff", "#ffffff")
DARK = Colours("#5fd0b4", "#131917", "#0c1a16")


@dataclass(frozen=True, slots=True)
class Logo:
    """The operator's logo, a PNG or JPEG file; `width` and `height` are its pixels."""

    content: bytes = field(repr=False)
    media_type: str
    width: int
    height: int

    @property
    def file_name(self) -> str:
        """A file name for it, with the ending of its format."""
        return "logo.jpg" if self.media_type == "image/jpeg" else "logo.png"

    def scaled(self, width: int, height: int) -> tuple[int, int]:
        """Its width and height when it is made to fit into `width` by `height`, never larger than it is."""
        factor = min(1.0, width / self.width, height / self.height)
        return max(1, round(self.width * factor)), max(1, round(self.height * factor))


@dataclass(frozen=True, slots=True)
class OwnTemplate:
    """A template of the operator's, as it was when it was checked; it replaces the shipped one of the same name."""

    name: str
    file: Path
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Branding:
    """How the service presents itself; "" and None where the operator sets nothing.

    `reply_to` is where answers to mails go, `footer` stands below every mail and page, `files` are all files and
    folders that this was read from.
    """

    name: str = ""
    logo: Logo | None = None
    light: Colours = LIGHT
    dark: Colours = DARK
    footer: str = ""
    reply_to: str = ""
    templates: tuple[OwnTemplate, ...] = ()
    files: tuple[Path, ...] = ()

    @property
    def footer_lines(self) -> tuple[str, ...]:
        """The lines of the footer that are not empty."""
        return tuple(line.strip() for line in self.footer.splitlines() if line.strip())

    @property
    def has_colours(self) -> bool:
        """Does any colour differ from the shipped ones?"""
        return (self.light, self.dark) != (LIGHT, DARK)


#: Where the operator sets nothing.
NO_BRANDING = Branding()
