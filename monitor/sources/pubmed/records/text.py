"""Mixed content of a record as plain text and as safe HTML: nothing between tags is ever lost."""

from __future__ import annotations

import re

from lxml import etree

from monitor.sources.pubmed.records import mathml

#: The inline tags PubMed uses, with spellings seen in older records; every other tag is left out, its text kept.
INLINE = {
    "i": "i",
    "em": "i",
    "italic": "i",
    "b": "b",
    "strong": "b",
    "bold": "b",
    "sub": "sub",
    "sup": "sup",
    "u": "u",
}

#: Tags that stand between words: without a space the words at both sides would run together.
BREAKS = frozenset(
    {"p", "br", "div", "li", "list-item", "sec", "title", "tr", "td", "th", "dispformula", "disp-formula"}
)

#: Nesting deeper than any real record has; below it markup is dropped and only the text is kept.
DEEPEST = 40

# C0, C1, surrogates and non-characters (PostgreSQL refuses NUL, JSON and mail the others); soft hyphen, zero-width
# space, byte order mark and the bidi controls (invisible, they break matching or turn a line of a digest around).
_UNWANTED = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\xad\u200b\u202a-\u202e\u2060\u2066-\u2069\ufdd0-\ufdef\ufeff\ufffe\uffff\ud800-\udfff]"
)


def squeeze(text: str | None) -> str:
    """`text` on one line with single spaces and without characters that a database or a mail cannot carry."""
    if not text:
        return ""
    # Nearly all text is clean already; of white space only the space itself is printable.
    if text.isprintable() and "  " not in text and text[0] != " " and text[-1] != " ":
        return text
    line = " ".join(text.split())
    return line if line.isprintable() else " ".join(_UNWANTED.sub("", line).split())


def escape(text: str) -> str:
    """`text` for HTML, safe inside elements and inside quoted attributes."""
    if "&" in text:
        text = text.replace("&", "&amp;")
    if "<" in text or ">" in text:
        text = text.replace("<", "&lt;").replace(">", "&gt;")
    if '"' in text:
        text = text.replace('"', "&quot;")
    return text


def plain(element: etree._Element | None) -> str:
    """The text of an element with everything below it."""
    if element is None:
        return ""
    if len(element):
        return both(element)[0]
    text = element.text
    return text if text and text.isalnum() else squeeze(text)  # most fields are one word


def both(element: etree._Element) -> tuple[str, str]:
    """Plain text and safe HTML of an element; superscripts are joined in the plain text as PubMed does ("m2")."""
    if not len(element):
        text = squeeze(element.text)
        return text, escape(text)
    words: list[str] = []
    html: list[str] = []
    _walk(element, words, html, 0)
    return squeeze("".join(words)), squeeze("".join(html))


def _walk(element: etree._Element, words: list[str], html: list[str], depth: int) -> None:
    _add(element.text, words, html)
    for child in element:
        _child(child, words, html, depth)
        _add(child.tail, words, html)


def _child(child: etree._Element, words: list[str], html: list[str], depth: int) -> None:
    tag: object = child.tag
    if not isinstance(tag, str):  # a comment or an instruction: lxml puts a function there
        return
    name = tag.rpartition("}")[2].rpartition(":")[2].lower()
    if depth >= DEEPEST:
        _add(str(etree.tostring(child, method="text", encoding="unicode", with_tail=False)), words, html)
    elif name == "math":
        text, marked = mathml.read(child, escape)
        words.append(text)
        html.append(marked)
    elif name in INLINE:
        html.append(f"<{INLINE[name]}>")
        _walk(child, words, html, depth + 1)
        html.append(f"</{INLINE[name]}>")
    else:
        gap = " " if name in BREAKS else ""
        _add(gap, words, html)
        _walk(child, words, html, depth + 1)
        _add(gap, words, html)


def _add(text: str | None, words: list[str], html: list[str]) -> None:
    if text:
        words.append(text)
        html.append(escape(text))
