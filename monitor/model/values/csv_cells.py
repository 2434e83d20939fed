"""Lines of CSV that a spreadsheet reads as text, whether it separates cells by commas or by semicolons. Pure.

A cell that starts with "=", "+", "-" or "@" is a formula to a spreadsheet; one that it does not split at commas starts
anew behind every semicolon. The guard against both is an apostrophe, which spreadsheets take for "this is text".
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from monitor.model.values.clean_text import one_line

#: The start of a formula, also in full-width and small forms; spreadsheets skip white space and quotation marks.
_START = '[\\s"]*[=+\\-@＝＋－＠﹢﹣﹦﹫]'
_FORMULA = re.compile(rf"'*{_START}")
_BEHIND_SEMICOLON = re.compile(rf";(?={_START})")


def line(cells: Iterable[str], end: str = "\r\n") -> str:
    """One line; cells with a separator of any kind are in quotation marks."""
    return ",".join(_quoted(guarded(cell)) for cell in cells) + end


def _quoted(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"' if re.search('[,;|"]', cell) else cell


def guarded(cell: str) -> str:
    """`cell` on one line, with an apostrophe wherever a spreadsheet would begin a formula."""
    text = one_line(cell)
    if cell[:1] in tuple("\t\r\n") or _FORMULA.match(text):
        text = f"'{text}"
    return _BEHIND_SEMICOLON.sub(";'", text)


def unguarded(cell: str) -> str:
    """A cell that was read back, without the apostrophe that `guarded` put at its start."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell
