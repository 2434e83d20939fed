"""A report as one HTML page that loads nothing from elsewhere and runs no script. Pure."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable
from html import escape

from monitor.export.document import Block, Document, Grid, Heading, Paragraph, Verbatim

_HEAD = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="{made_by}">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark }}
body {{ font: 1rem/1.5 system-ui, sans-serif; max-width: 60rem; margin: 0 auto; padding: 1rem }}
pre {{ white-space: pre-wrap; overflow-wrap: anywhere; border: 1px solid GrayText; padding: .5rem }}
div.table {{ overflow-x: auto }}
table {{ border-collapse: collapse }}
th, td {{ border: 1px solid GrayText; padding: .25rem .5rem; text-align: left; vertical-align: top }}
td {{ overflow-wrap: anywhere; min-width: 3rem }}
img {{ max-width: 100%; height: auto; background: #fff }}
</style>
</head>
<body>
<main>
<h1>{title}</h1>
"""


def text(document: Document) -> str:
    """The whole page."""
    head = _HEAD.format(title=escape(document.title), made_by=escape(document.made_by))
    return f"{head}{''.join(map(_block, document.blocks))}</main>\n</body>\n</html>\n"


def _block(block: Block) -> str:
    if isinstance(block, Heading):
        return f"<h{block.level + 1}>{escape(block.text)}</h{block.level + 1}>\n"
    if isinstance(block, Paragraph):
        return f"<p>{escape(block.text)}</p>\n"
    if isinstance(block, Verbatim):
        return f"<pre>{escape(block.text)}</pre>\n"
    if isinstance(block, Grid):
        return _table(block)
    source = f"data:image/png;base64,{b64encode(block.png).decode()}"
    return f'<p><img src="{source}" width="{block.width}" alt="{escape(block.alternative)}"></p>\n'


def _table(grid: Grid) -> str:
    """A table; one without headings has those of its rows in its first column."""
    if not any(grid.columns):
        rows = (f'<tr><th scope="row">{escape(name)}</th>{_cells(rest, "td")}</tr>\n' for name, *rest in grid.rows)
        return f'<div class="table"><table>\n{"".join(rows)}</table></div>\n'
    heads = _cells(grid.columns, 'th scope="col"')
    rows = (f"<tr>{_cells(row, 'td')}</tr>\n" for row in grid.rows)
    return (
        f'<div class="table"><table>\n<thead><tr>{heads}</tr></thead>\n<tbody>\n{"".join(rows)}</tbody></table></div>\n'
    )


def _cells(texts: Iterable[str], tag: str) -> str:
    return "".join(f"<{tag}>{escape(words)}</{tag.split()[0]}>" for words in texts)
