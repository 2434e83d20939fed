"""A report as Markdown (GitHub's, with tables), without its pictures, which only repeat what tables say. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable

from monitor.export.document import Document, Grid, Heading, Paragraph, Picture, Verbatim

#: What means something to Markdown, also HTML; and what does only where a line begins.
_SPECIAL = re.compile(r"[\\`*_{}\[\]<>|#~&$!]")
_AT_START = re.compile(r"^(?=[-+=])|^(\d+)(?=[.)](?:\s|$))")


def text(document: Document) -> str:
    """The whole report."""
    blocks = (_block(block) for block in document.blocks if not isinstance(block, Picture))
    return "\n\n".join([f"# {escaped(document.title)}", *blocks]) + "\n"


def escaped(words: str) -> str:
    """One line of text in which nothing is a command."""
    safe = _SPECIAL.sub(r"\\\g<0>", words)
    return _AT_START.sub(lambda found: f"{found[1]}\\" if found[1] else "\\", safe)


def _block(block: Heading | Paragraph | Verbatim | Grid) -> str:
    if isinstance(block, Heading):
        return f"{'#' * (block.level + 1)} {escaped(block.text)}"
    if isinstance(block, Paragraph):
        return escaped(block.text)
    if isinstance(block, Verbatim):
        fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", block.text)), default=0))
        return f"{fence}\n{block.text}\n{fence}"
    return "\n".join([_row(block.columns), _row("---" for _ in block.columns), *map(_cells, block.rows)])


def _cells(row: Iterable[str]) -> str:
    return _row(map(escaped, row))


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"
