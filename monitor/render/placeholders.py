"""Placeholders: a digest is rendered once, and links and dates are filled in for each subscriber at delivery.

A placeholder is the name of a link, or a date in ISO 8601, between two SUB characters (U+001A). XML 1.0 forbids
that character, so no PubMed record contains it, and `clean` removes it from all text of other origin:
a title can never create a placeholder.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from markupsafe import Markup, escape

from monitor.model.values import clean_text

_SUB = "\x1a"


class Placeholder(StrEnum):
    """A link filled in at delivery: an http(s) URL; UNSUBSCRIBE may be a `mailto:` URL."""

    UNSUBSCRIBE = "unsubscribe"
    PREFERENCES = "preferences"
    DIGEST = "digest"


@dataclass(frozen=True, slots=True)
class DatePlaceholder:
    """A date formatted at delivery: a day "2018-09-28", a month "2018-09", or an instant "2026-11-23T07:00Z"."""

    iso: str


#: Formats a date for one reader.
DateFormatter = Callable[[DatePlaceholder], str]

_PLACEHOLDER = re.compile(rf"{_SUB}({'|'.join(Placeholder)}|\d{{4}}-\d\d(?:-\d\d(?:T\d\d:\d\dZ)?)?){_SUB}")


def placeholder(kind: Placeholder | DatePlaceholder) -> str:
    """The text that represents `kind` in a rendered digest until delivery."""
    return f"{_SUB}{kind.iso if isinstance(kind, DatePlaceholder) else kind}{_SUB}"


def clean(text: str) -> str:
    """`text` without control characters (placeholders' SUBs too) and what XML forbids: see `clean_text`."""
    return clean_text.clean(text)


def clean_keeping_placeholders(text: str) -> str:
    """`clean` for text that we composed ourselves: its placeholders are kept."""
    if _SUB not in text:
        return clean(text)
    return "".join(
        placeholder(part) if isinstance(part, Placeholder | DatePlaceholder) else clean(part) for part in parts(text)
    )


def clean_markup(safe: str) -> Markup:
    """`clean` for HTML that is already safe."""
    return Markup(clean(str(safe)))  # noqa: S704  it was safe before, and only characters were removed


def parts(text: str) -> list[str | Placeholder | DatePlaceholder]:
    """`text` split at its placeholders, in order; the text between two of them may be empty."""
    return [_parsed(part) if number % 2 else part for number, part in enumerate(_PLACEHOLDER.split(text))]


def _parsed(name: str) -> Placeholder | DatePlaceholder:
    return DatePlaceholder(name) if name[0].isdigit() else Placeholder(name)


def fill(text: str, links: Mapping[Placeholder, str], write: DateFormatter, *, is_html: bool) -> str:
    """`text` with every link ("#" where there is none) and every date filled in, escaped when `is_html`."""

    def value(part: str | Placeholder | DatePlaceholder) -> str:
        if isinstance(part, DatePlaceholder):
            found = write(part)
        elif isinstance(part, Placeholder):
            found = links.get(part, "#")
        else:
            return part
        return str(escape(found)) if is_html else found

    return "".join(value(part) for part in parts(text))
