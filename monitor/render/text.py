"""Names, counts and lists as text for readers, and text truncated to a maximum size."""

from __future__ import annotations

import re
from collections.abc import Sequence

from markupsafe import Markup, escape

from monitor.language.messages import message
from monitor.language.speech import decimal, language, language_of_marc, pgettext
from monitor.language.speech import gettext as _
from monitor.model import Article, Author
from monitor.render.placeholders import clean, clean_markup

_INLINE = re.compile(r"</?(?:i|b|u|sub|sup)>")
_ORDINALS = (
    "",
    message("rank of a trial", "first").text,
    message("rank of a trial", "second").text,
    message("rank of a trial", "third").text,
    message("rank of a trial", "fourth").text,
    message("rank of a trial", "fifth").text,
    message("rank of a trial", "sixth").text,
    message("rank of a trial", "seventh").text,
    message("rank of a trial", "eighth").text,
    message("rank of a trial", "ninth").text,
    message("rank of a trial", "tenth").text,
)
_AUTHORS_SHOWN = 3


def clip(text: str, size: int) -> str:
    """`text` on one line, truncated with "…" to at most `size` bytes of escaped HTML in UTF-8."""
    line = " ".join(clean(text[: size + 1]).split())
    if _escaped_size(line) <= size:
        return line
    low, high = 0, len(line)
    while low < high:  # binary search for the longest prefix that fits
        middle = (low + high + 1) // 2
        low, high = (middle, high) if _escaped_size(line[:middle]) <= size - 3 else (low, middle - 1)
    return line[:low].rstrip() + "…"


def _escaped_size(text: str) -> int:
    return len(str(escape(text)).encode("utf-8", "replace"))


def title_markup(article: Article, size: int) -> Markup:
    """The title as HTML with its inline markup; without markup when that is over `size` bytes or not well formed."""
    safe = article.title_html
    if not safe or len(safe.encode("utf-8", "replace")) > size or not _is_well_formed(safe):
        return escape(clip(article.title or article.vernacular_title or _("(no title)"), size))
    return clean_markup(safe)


def title_language(article: Article) -> str:
    """The language (BCP 47) of the title that is shown: PubMed's are English; where it has only the original title, the
    record's language; "" where that is not known.
    """
    if article.title or article.title_html:
        return "en"
    return language_of_marc(article.languages[0]) if article.vernacular_title and article.languages else ""


def _is_well_formed(safe: str) -> bool:
    """True if it has only <i> <b> <u> <sub> <sup>, properly nested, and no other angle bracket."""
    open_tags: list[str] = []
    for tag in _INLINE.findall(safe):
        if not tag.startswith("</"):
            open_tags.append(tag[1:-1])
        elif not open_tags or open_tags.pop() != tag[2:-1]:
            return False
    return not open_tags and not re.search("[<>]", _INLINE.sub("", safe))


def authors(article: Article) -> str:
    """ "Siddiqui AH, Zivadinov R, Benedict RHB, et al." """
    return names(article.authors, is_complete=article.authors_complete)


def names(author_list: Sequence[Author], *, is_complete: bool = True) -> str:
    """The first three names; "et al." when there are more."""
    shown = [clip(str(author), 80) for author in author_list[:_AUTHORS_SHOWN]]
    if shown and (len(author_list) > _AUTHORS_SHOWN or not is_complete):
        shown.append("et al.")
    return ", ".join(shown)


def count(number: int, one: str, many: str = "") -> str:
    """ "1 article", "2 articles", "1,204 articles"."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def ordinal(number: int) -> str:
    """ "first" to "tenth", then "11th" (in other languages than English "11")."""
    if number < len(_ORDINALS):
        return pgettext("rank of a trial", _ORDINALS[number])
    if language() != "en":
        return decimal(number)
    suffix = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{suffix}"
