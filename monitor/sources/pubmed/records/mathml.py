"""MathML as text on one line: x^2, a_1, (a + b)/c, √(x)."""

from __future__ import annotations

from collections.abc import Callable

from lxml import etree

#: Nesting deeper than any formula seen; below it only the text is kept.
MAX_DEPTH = 40

#: U+2061 to U+2064: function application, invisible times, separator and plus, which have no glyph.
INVISIBLE = dict.fromkeys(range(0x2061, 0x2065))

#: Plain text and safe HTML of one part.
Pair = tuple[str, str]
Escape = Callable[[str], str]


def read(math: etree._Element, escape: Escape) -> Pair:
    """Plain text and safe HTML of a formula; the HTML uses <sup> and <sub> where the text uses ^ and _."""
    text, html = _node(math, escape, 0)
    return text.translate(INVISIBLE), html.translate(INVISIBLE)


def _node(node: etree._Element, escape: Escape, depth: int) -> Pair:
    if depth > MAX_DEPTH:
        text = str(etree.tostring(node, method="text", encoding="unicode", with_tail=False))
        return text, escape(text)
    name = str(node.tag).rpartition("}")[2].rpartition(":")[2]
    children = [child for child in node if isinstance(child.tag, str)]
    parts = [_node(child, escape, depth + 1) for child in children]
    if name == "semantics" and len(parts) > 1:
        parts = parts[:1]  # the rest repeats the formula in another notation
    shape = SHAPES.get((name, len(parts)))
    if shape:
        return shape(*parts)
    if name in {"msqrt", "menclose"} and parts:
        return _root(_join(parts))
    return _flow(node, children, parts, escape)


def _flow(node: etree._Element, children: list[etree._Element], parts: list[Pair], escape: Escape) -> Pair:
    """Text, children and tails in sequence; white space between MathML tags is only indentation."""
    pieces = [_own(node.text, escape, keep=not children)]
    for child, part in zip(children, parts, strict=False):
        pieces.append(part)
        pieces.append(_own(child.tail, escape, keep=False))
    joined = _join(pieces)
    return (" ", " ") if _is_space(node) and not joined[0] else joined


def _own(text: str | None, escape: Escape, *, keep: bool) -> Pair:
    if not text or not (keep or text.strip()):
        return "", ""
    return text, escape(text)


def _is_space(node: etree._Element) -> bool:
    return str(node.tag).endswith("mspace")


def _join(parts: list[Pair]) -> Pair:
    return "".join(part[0] for part in parts), "".join(part[1] for part in parts)


def _bracket(part: Pair) -> Pair:
    """The part in parentheses, unless it is one character, a number or a word."""
    text = part[0].strip()
    return part if len(text) < 2 or text.isalnum() else (f"({part[0]})", f"({part[1]})")


def _fraction(above: Pair, below: Pair) -> Pair:
    a, b = _bracket(above), _bracket(below)
    return f"{a[0]}/{b[0]}", f"{a[1]}/{b[1]}"


def _power(base: Pair, raised: Pair) -> Pair:
    return f"{base[0]}^{_bracket(raised)[0]}", f"{base[1]}<sup>{raised[1]}</sup>"


def _index(base: Pair, lowered: Pair) -> Pair:
    return f"{base[0]}_{_bracket(lowered)[0]}", f"{base[1]}<sub>{lowered[1]}</sub>"


def _both(base: Pair, lowered: Pair, raised: Pair) -> Pair:
    return _power(_index(base, lowered), raised)


def _root(part: Pair) -> Pair:
    return f"√({part[0]})", f"√({part[1]})"


def _nth_root(part: Pair, degree: Pair) -> Pair:
    return f"{degree[0]}√({part[0]})", f"<sup>{degree[1]}</sup>√({part[1]})"


SHAPES: dict[tuple[str, int], Callable[..., Pair]] = {
    ("mfrac", 2): _fraction,
    ("msup", 2): _power,
    ("msub", 2): _index,
    ("msubsup", 3): _both,
    ("munderover", 3): _both,
    ("mroot", 2): _nth_root,
}
