"""Mixed content of a record as plain text and as safe HTML; no text between tags is lost."""

from __future__ import annotations

from lxml import etree

from monitor.model.values.clean_text import one_line
from monitor.sources.pubmed.records import mathml

#: The inline tags of PubMed, also as spelled in older records; other tags are removed, their text is kept.
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

#: Tags that separate words: they are replaced by a space.
BREAKS = frozenset(
    {"p", "br", "div", "li", "list-item", "sec", "title", "tr", "td", "th", "dispformula", "disp-formula"}
)

#: Nesting deeper than in any real record; below it only the text is kept.
MAX_DEPTH = 40


def normalize_space(text: str | None) -> str:
    """`text` on one line with single spaces, without characters that a database or a mail cannot contain."""
    if not text:
        return ""
    # Fast path for most texts; the only white space that is printable is the space itself.
    if text.isprintable() and "  " not in text and text[0] != " " and text[-1] != " ":
        return text
    return one_line(text)


def escape(text: str) -> str:
    """`text` escaped for HTML elements and for attribute values in double quotes."""
    if "&" in text:
        text = text.replace("&", "&amp;")
    if "<" in text or ">" in text:
        text = text.replace("<", "&lt;").replace(">", "&gt;")
    if '"' in text:
        text = text.replace('"', "&quot;")
    return text


def plain_text(element: etree._Element | None) -> str:
    """The text of an element and its descendants; "" for None."""
    if element is None:
        return ""
    if len(element):
        return text_and_html(element)[0]
    text = element.text
    return text if text and text.isalnum() else normalize_space(text)  # most fields are one word


def text_and_html(element: etree._Element) -> tuple[str, str]:
    """(plain text, safe HTML) of an element; superscripts are joined in the plain text, as in PubMed ("m2")."""
    if not len(element):
        text = normalize_space(element.text)
        return text, escape(text)
    words: list[str] = []
    html: list[str] = []
    _walk(element, words, html, 0)
    return normalize_space("".join(words)), normalize_space("".join(html))


def _walk(element: etree._Element, words: list[str], html: list[str], depth: int) -> None:
    _add(element.text, words, html)
    for child in element:
        _child(child, words, html, depth)
        _add(child.tail, words, html)


def _child(child: etree._Element, words: list[str], html: list[str], depth: int) -> None:
    tag: object = child.tag
    if not isinstance(tag, str):  # a comment or processing instruction, for which lxml's tag is a function
        return
    name = tag.rpartition("}")[2].rpartition(":")[2].lower()
    if depth >= MAX_DEPTH:
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
