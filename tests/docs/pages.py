"""The documents for people, and what stands in them: links, anchors, code in spans and in blocks."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from tools.house_picture import ROOT

#: Of the changelog, which tells of what was, only the links are checked.
CHANGELOG = ROOT / "CHANGELOG.md"
DOCUMENTS = sorted(
    path
    for pattern in ("*.md", "docs/*.md", "evaluation/*.md", "evaluation/results/*.md", "monitor/**/*.md")
    for path in ROOT.glob(pattern)
    if path != CHANGELOG
)
_FENCE = re.compile(r"^( *)```([\w-]*)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_SPAN = re.compile(r"`([^`]+)`")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block of code: where it begins, its language ("" when none is named), its text without indentation."""

    document: Path
    line: int
    language: str
    text: str

    def __str__(self) -> str:
        return f"{name(self.document)}:{self.line}"


def name(document: Path) -> str:
    """How a test names it."""
    return str(document.relative_to(ROOT))


def read(document: Path) -> str:
    """Its text."""
    return document.read_text("utf-8")


def blocks(document: Path) -> list[Block]:
    """Every fenced block."""
    text = read(document)
    return [
        Block(document, text.count("\n", 0, found.start()) + 1, found[2], re.sub(f"(?m)^{found[1]}", "", found[3]))
        for found in _FENCE.finditer(text)
    ]


def prose(document: Path) -> str:
    """The text without fenced blocks."""
    return _FENCE.sub("", read(document))


def spans(document: Path) -> list[str]:
    """Every span of code in the prose; a line break in it is a space."""
    return [" ".join(span.split()) for span in _SPAN.findall(prose(document))]


def links(document: Path) -> list[str]:
    """The target of every link and picture in the prose."""
    return _LINK.findall(_SPAN.sub("", prose(document)))


def anchors(document: Path) -> set[str]:
    """The anchors of its headings, as GitHub makes them."""
    return {_anchor(heading) for heading in _HEADING.findall(prose(document))}


def _anchor(heading: str) -> str:
    words = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower()
    return re.sub(r"[^\w\- ]", "", words).strip().replace(" ", "-")
