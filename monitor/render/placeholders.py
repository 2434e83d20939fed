"""Marked places: what differs from one subscriber to the next, left open in a digest that is rendered once.

A place is a link's name or a date in ISO 8601 between two SUB characters (U+001A). XML 1.0 forbids
that character, so no PubMed record holds it, and `clean` takes it out of every text that is not
ours: a title can therefore never make a place.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from markupsafe import Markup, escape

_MARK = "\x1a"


class Place(StrEnum):
    """A link that is filled in at delivery. All are URLs; UNSUBSCRIBE may be a `mailto:`."""

    UNSUBSCRIBE = "unsubscribe"
    PREFERENCES = "preferences"
    DIGEST = "digest"


@dataclass(frozen=True, slots=True)
class When:
    """A date that is written at delivery: "2018-09-28", a month "2018-09", or an instant "2026-11-23T07:00Z"."""

    iso: str


#: Writes a date for one reader.
Writer = Callable[[When], str]

#: Control characters (but tab and newline), and those that turn the direction of the text around them.
_UNWANTED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
_OPEN = re.compile(rf"{_MARK}({'|'.join(Place)}|\d{{4}}-\d\d(?:-\d\d(?:T\d\d:\d\dZ)?)?){_MARK}")


def mark(place: Place | When) -> str:
    """The mark that stands for `place` until delivery."""
    return f"{_MARK}{place.iso if isinstance(place, When) else place}{_MARK}"


def clean(text: str) -> str:
    """`text` without control characters, marks, direction overrides and halves of surrogate pairs."""
    return text if text.isascii() and text.isprintable() else _UNWANTED.sub(" ", text)


def clean_between(text: str) -> str:
    """The same for what we composed: its marks stay."""
    if _MARK not in text:
        return clean(text)
    return "".join(mark(part) if isinstance(part, Place | When) else clean(part) for part in parts(text))


def clean_markup(safe: str) -> Markup:
    """`clean` for HTML that is already safe."""
    return Markup(clean(str(safe)))  # noqa: S704  was safe before, and only lost characters


def parts(text: str) -> list[str | Place | When]:
    """`text` cut at its marks, in order; the texts between them may be empty."""
    return [_opened(part) if number % 2 else part for number, part in enumerate(_OPEN.split(text))]


def _opened(name: str) -> Place | When:
    return When(name) if name[0].isdigit() else Place(name)


def fill(text: str, links: Mapping[Place, str], write: Writer, *, is_html: bool) -> str:
    """`text` with each link in its place ("#" for none) and each date as `write` has it; escaped when `is_html`."""

    def value(part: str | Place | When) -> str:
        if isinstance(part, When):
            found = write(part)
        elif isinstance(part, Place):
            found = links.get(part, "#")
        else:
            return part
        return str(escape(found)) if is_html else found

    return "".join(value(part) for part in parts(text))
