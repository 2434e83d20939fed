"""Text of a registry without the markup that people paste into its forms."""

from __future__ import annotations

import html
import re

from monitor.model.values.clean_text import one_line

#: A tag without attributes, such as <br/> or </i>; "<18 years" is none.
_TAG = re.compile(r"</?[A-Za-z]{1,10}\d?\s*/?>")
#: Tags that separate lines; the others stand within words.
_BREAK = re.compile(r"<(?:br|/?p|/?li|/?div)\s*/?>", re.IGNORECASE)


def plain(text: str) -> str:
    """`text` on one line, without tags, its character references resolved."""
    return one_line(html.unescape(_TAG.sub("", _BREAK.sub(" ", text))))
