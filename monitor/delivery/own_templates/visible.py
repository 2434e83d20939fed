"""What a reader sees of an HTML mail: its text and its links, without what is hidden. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

_VOID = frozenset(("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"))
_UNSEEN = frozenset(("head", "style", "script", "title", "template", "noscript"))
_HIDING = re.compile(
    r"display:none|visibility:hidden|opacity:0(?![.\d])|(?:^|;|max-|line-)(?:font-size|height|width):0(?![.\d])"
    r"|mso-hide:all|(?:text-indent|left|top):-\d{3}|clip:rect"
)
_COLOUR = re.compile(r"(?:^|;)color:([^;!]+)")
_BACKGROUND = re.compile(r"(?:^|;)background(?:-color)?:([^;!]+)")


@dataclass(slots=True)
class Visible:
    """The text that is seen, and the addresses of the links that can be clicked."""

    text: str = ""
    links: set[str] = field(default_factory=set)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found = Visible()
        self._open: list[tuple[str, bool]] = []  # each element, and whether it hides what is in it
        self._link = ""

    @property
    def _is_hidden(self) -> bool:
        return any(hides for _, hides in self._open)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        style = "".join((values.get("style") or "").lower().split())
        hides = tag in _UNSEEN or "hidden" in values or _is_hiding(style)
        if tag not in _VOID:
            self._open.append((tag, hides))
        if tag == "a":
            self._link = values.get("href") or ""
        elif tag == "img" and not hides:
            self.handle_data(values.get("alt") or "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "a":
            self._link = ""
        names = [name for name, _ in self._open]
        if tag in names:
            del self._open[len(names) - 1 - names[::-1].index(tag) :]

    def handle_data(self, data: str) -> None:
        if not self._is_hidden and data.strip():
            self.found.text += f" {data}"
            self.found.links.update([self._link] if self._link else [])


def _is_hiding(style: str) -> bool:
    """Does this style, without spaces and in lower case, keep an element from being seen?"""
    colour, background = _COLOUR.search(style), _BACKGROUND.search(style)
    is_same = bool(colour and background and colour[1] == background[1])
    return is_same or bool(_HIDING.search(style))


def visible(html: str) -> Visible:
    """What is seen of `html`; a link counts when there is something in it to click."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.found
