"""The fixed sentences of mails and pages in the language of the present unit of work, or of the request.

The language is a context variable, set with `speaking` where a unit begins: two topics, or two requests that are
answered at the same time, never share it. Without it everything is English.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from typing import Any

from babel import Locale, UnknownLocaleError
from babel.core import get_global

from monitor.model import Catalogue

ENGLISH = Catalogue()
_current: ContextVar[Catalogue] = ContextVar("catalogue", default=ENGLISH)


@contextmanager
def speaking(catalogue: Catalogue) -> Iterator[None]:
    """Within this block everything is said in the language of `catalogue`."""
    token = _current.set(catalogue)
    try:
        yield
    finally:
        _current.reset(token)


def speak(catalogue: Catalogue) -> None:
    """From here to the end of the request (or of the enclosing `speaking`) speak another language."""
    _current.set(catalogue)


def current() -> Catalogue:
    """The catalogue of the language that is spoken."""
    return _current.get()


def language() -> str:
    """The tag (BCP 47) of the language that is spoken."""
    return _current.get().language


@cache
def locale_of(tag: str) -> Locale:
    """What Unicode CLDR knows of a language; of one that it does not know, what it knows of English."""
    try:
        return Locale.parse(tag, sep="-")
    except (UnknownLocaleError, ValueError):
        return Locale("en")


def language_of_marc(code: str) -> str:
    """The tag (BCP 47) of a language of a PubMed record (MARC 21, such as "ger"); "" for one that has none."""
    return str(get_global("language_aliases").get(code.lower(), ""))


def text_direction(tag: str) -> str:
    """Either "ltr" or "rtl"."""
    if tag == "en":
        return "ltr"  # without the data of its locale: 5 MB
    return locale_of(tag).text_direction


# --- messages --------------------------------------------------------------------------------------


def gettext(text: str, /, **values: Any) -> str:
    """The message `text` with `values` in place of each %(name)s."""
    return _filled(_current.get().find(text), values)


def pgettext(context: str, text: str, /, **values: Any) -> str:
    """As `gettext`, for a word or phrase that means something only in a context."""
    return _filled(_current.get().find(text, context), values)


def ngettext(one: str, many: str, number: int, /, **values: Any) -> str:
    """The form of the message for `number`, which is %(number)s in it, written as the language writes numbers."""
    return _filled(_current.get().find_plural(one, many, number), {"number": decimal(number), **values})


def npgettext(context: str, one: str, many: str, number: int, /, **values: Any) -> str:
    """`ngettext` in a context."""
    return _filled(_current.get().find_plural(one, many, number, context), {"number": decimal(number), **values})


def quoted(text: str) -> str:
    """A technical text, which is English, as a plain text in the language that is spoken quotes it: marked there."""
    return text if language() == "en" else gettext("In English: %(text)s", text=text)


def _filled(text: str, values: dict[str, Any]) -> str:
    return text % values if values else text


def later(text: str) -> str:
    """Marks a constant as a message that is said with `gettext` where it is shown."""
    return text


def later_plural(one: str, many: str) -> tuple[str, str]:
    """Marks two constants as a message with a plural that is said with `ngettext` where it is shown."""
    return one, many


# --- numbers and lists ------------------------------------------------------------------------------


def decimal(number: int) -> str:
    """ "1,204" as the language writes it."""
    tag = _current.get().language
    if tag == "en":
        return f"{number:,}"
    from babel.numbers import format_decimal  # slow to import: only for other languages

    return format_decimal(number, locale=locale_of(tag))


def listed(words: Sequence[str]) -> str:
    """ "a", "a and b", "a, b and c" as the language joins them."""
    tag = _current.get().language
    if tag == "en":
        return f"{', '.join(words[:-1])} and {words[-1]}" if len(words) > 1 else "".join(words)
    from babel.lists import format_list  # only for other languages

    return format_list(list(words), locale=locale_of(tag))
