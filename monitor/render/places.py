"""Marked places: what differs from one subscriber to the next, left open in a digest that is rendered once.

A place is its name between two SUB characters (U+001A). XML 1.0 forbids that character, so no
PubMed record holds it, and `clean` takes it out of everything else that is rendered: a title
can therefore never make a place.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum

from markupsafe import Markup, escape

_MARK = "\x1a"


class Place(StrEnum):
    """What is filled in at delivery. All are URLs; UNSUBSCRIBE may be a `mailto:`."""

    UNSUBSCRIBE = "unsubscribe"
    PREFERENCES = "preferences"
    DIGEST = "digest"


#: Control characters (but tab and newline), and those that turn the direction of the text around them.
_UNWANTED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
_PLACES = re.compile(_MARK + "(" + "|".join(Place) + ")" + _MARK)


def mark(place: Place) -> Markup:
    """The mark that stands for `place` until delivery."""
    return Markup(f"{_MARK}{place}{_MARK}")  # noqa: S704  one of our own three words


def clean(text: str) -> str:
    """`text` without control characters, direction overrides and halves of surrogate pairs."""
    return text if text.isascii() and text.isprintable() else _UNWANTED.sub(" ", text)


def clean_markup(safe: str) -> Markup:
    """The same for HTML that is already safe."""
    return Markup(clean(str(safe)))  # noqa: S704  was safe before, and only lost characters


def parts(text: str) -> list[str | Place]:
    """`text` cut at its places, in order; the texts between them may be empty."""
    cut = _PLACES.split(text)
    return [Place(part) if number % 2 else part for number, part in enumerate(cut)]


def fill(text: str, values: Mapping[Place, str], *, is_html: bool) -> str:
    """`text` with each place replaced by its value (escaped when `is_html`); a place without value becomes "#"."""

    def value(place: Place) -> str:
        found = values.get(place, "#")
        return str(escape(found)) if is_html else found

    return "".join(value(part) if isinstance(part, Place) else part for part in parts(text))
