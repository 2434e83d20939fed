"""A language made of English: accented, 40 % longer, each run of fixed text in brackets; with three plural forms.

What stands outside brackets in a page or mail is data, or a sentence that was left out. Values stand between brackets,
never within them: "%(topic)s: nothing new" is "%(topic)s[: ñöţħïñĝ ñéŵ~~~~]".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

from babel.messages.catalog import Message

from monitor.language import reading, template
from monitor.language.messages import MARKUP
from monitor.model import Catalogue

TAG = "tlh"
#: One, two to four, the others: as in many Slavic languages.
PLURALS = "nplurals=3; plural=(n==1 ? 0 : n>=2 && n<=4 ? 1 : 2);"
MARKS = "①②③"

_ACCENTED = str.maketrans("AEIOUYaeiouycdghjklnrstwz", "ÀÉÎÖÛÝàéîöûýçđĝĥĵķļñŕšţŵž")
_KEPT = re.compile(rf"(%\(\w+\)s|%%|{MARKUP.pattern}|\s*\n\s*)")
_BRACKETS = re.compile(r"\[[^\[\]]*\]|\[[^\[\]]*…|\[[^\[\]]*$")
_READ_OUT = {"title", "alt", "aria-label", "placeholder"}


def said(text: str, mark: str = "") -> str:
    """A message in the pseudo-language."""
    pieces = (piece if _KEPT.fullmatch(piece) else _run(piece, mark) for piece in _KEPT.split(text) if piece)
    return "".join(pieces)


def _run(text: str, mark: str) -> str:
    """A run of fixed text: spaces at its ends stay outside."""
    core = text.strip()
    if not any(letter.isalpha() for letter in core):
        return text
    before, after = text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]
    longer = "~" * round(0.4 * len(core))
    return f"{before}[{core.translate(_ACCENTED)}{longer}{mark}]{after}"


def written(language: str = TAG, plurals: str = PLURALS) -> bytes:
    """The catalogue as a file, with every message."""
    head = f"Language: {language}\nContent-Type: text/plain; charset=utf-8\nPlural-Forms: {plurals}\n"
    lines = [f'msgid ""\nmsgstr {_quoted(head)}']
    for message in _messages():
        if message.id:
            lines.append("\n".join(_entry(message)))
    return "\n\n".join(lines).encode()


@cache
def _messages() -> tuple[Message, ...]:
    """All messages, looked for once: that takes a second."""
    return tuple(template.template())


def _entry(message: Message) -> Iterator[str]:
    if message.context:
        yield f"msgctxt {_quoted(message.context)}"
    string = _string(message)
    if isinstance(string, str):
        yield f"msgid {_quoted(message.id)}"
        yield f"msgstr {_quoted(string)}"
        return
    yield f"msgid {_quoted(message.id[0])}"
    yield f"msgid_plural {_quoted(message.id[1])}"
    yield from (f"msgstr[{number}] {_quoted(form)}" for number, form in enumerate(string))


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def _string(message: Message) -> str | tuple[str, ...]:
    if isinstance(message.id, str):
        return said(message.id)
    one, many = message.id
    return (said(one, MARKS[0]), said(many, MARKS[1]), said(many, MARKS[2]))


def write(folder: Path, language: str = TAG) -> Path:
    """Write the catalogue where an operator would put it."""
    path = reading.path_of(folder, language)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(_file(language))
    return path


@cache
def _file(language: str) -> bytes:
    return written(language)


@cache
def catalogue(language: str = TAG) -> Catalogue:
    """The catalogue as Monitor reads it."""
    forms: dict[tuple[str, str], tuple[str, ...]] = {}
    for message in _messages():
        if message.id:
            string = _string(message)
            text = message.id if isinstance(message.id, str) else message.id[0]
            forms[message.context or "", text] = (string,) if isinstance(string, str) else string
    return Catalogue(language, forms, lambda number: 0 if number == 1 else 1 if 2 <= number <= 4 else 2)


def left_out(text: str) -> list[str]:
    """What stands outside brackets, as far as it has words."""
    outside = _BRACKETS.sub("\n", text)
    return [part.strip(" \n.,;:·()“”\"'*!?–-") for part in outside.split("\n") if re.search("[^\\W\\d_]{2}", part)]


def texts_of(html: str) -> list[str]:
    """Every text that a reader or a screen reader meets in a page."""
    reader = _Texts()
    reader.feed(html)
    return reader.found


class _Texts(HTMLParser):
    """Collects text, and attributes that are read out; not styles, nor what is marked as another language."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._open: list[tuple[str, bool]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a beginning, and the attributes that are read out."""
        given = dict(attrs)
        self.found += [value for name, value in attrs if name in _READ_OUT and value]
        is_left_out = tag in ("style", "script", "pre", "code") or (tag != "html" and "lang" in given)
        if tag not in ("meta", "link", "br", "img", "input", "hr", "wbr", "line", "circle", "rect"):
            self._open.append((tag, is_left_out))

    def handle_endtag(self, tag: str) -> None:
        """Note an end."""
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        """Keep a text."""
        if data.strip() and not any(is_left_out for _, is_left_out in self._open):
            self.found.append(data)
