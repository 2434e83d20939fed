"""Text from outside without what repaints a terminal, reverses a line or is refused by XML, mail or a database."""

from __future__ import annotations

import re

#: Sequences that command a terminal (ECMA-48): colours and movements, window titles and other strings, single commands.
_TERMINAL = re.compile("\x1b(?:\\[[0-?]*[ -/]*[@-~]?|[\\]PX^_][^\x07\x1b\x9c]*(?:\x07|\x1b\\\\|\x9c)|[ -/]*[0-~]?)")
#: Line ends other than "\n", and other control characters that separate words.
_BREAKS = re.compile("\r\n|[\r\x0b\x0c\x1c-\x1f\x85\u2028\u2029]")
#: Control characters (C0 but tab and line feed, DEL, C1), bidirectional controls, characters without width or image,
#: surrogates, and what XML 1.0 forbids or Unicode calls no character.
_UNWANTED = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x9f\xad\u061c\u200b\u202a-\u202e\u2060\u2066-\u2069\ufdd0-\ufdef\ufeff\ufff9-\ufffb\ufffe\uffff\ud800-\udfff]"
)
#: Any character that one of these expressions could find; most texts of several lines have none.
_ANY = re.compile(_UNWANTED.pattern[:-1] + "\x0b-\x1f\u2028\u2029]")


def clean(text: str) -> str:
    """`text` with its lines and tabs, without terminal sequences, control characters and non-characters."""
    if text.replace("\n", "").isprintable() or not _ANY.search(text):  # the first is a tenth of the work
        return text
    lines = _BREAKS.sub(lambda found: "\n" if found[0] == "\r\n" else " ", _TERMINAL.sub("", text))
    return _UNWANTED.sub("", lines)


def one_line(text: str) -> str:
    """`clean` on one line with single spaces."""
    line = " ".join(text.split())
    return line if line.isprintable() else " ".join(clean(text).split())


def escaped_json(json: str) -> str:
    r"""`json` with the same characters written as \uXXXX, so that nothing is lost and a terminal is not commanded."""
    return json if json.isprintable() else _UNWANTED.sub(lambda found: f"\\u{ord(found[0]):04x}", json)
