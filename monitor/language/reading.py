"""The operator's catalogues (`translations/de/LC_MESSAGES/monitor.po`), read and checked before anyone is mailed."""

from __future__ import annotations

import gettext
import re
from codecs import BOM_UTF8
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import PoFileError, read_po

from monitor.language.messages import MARKUP
from monitor.model import Catalogue

#: A value in a message, and how a real percent sign is written in a message that has values.
_PLACEHOLDER = re.compile(r"%\((\w+)\)s")
_PERCENT = re.compile(r"%(?:\(\w+\)s|%)")
#: A line of a catalogue: empty, a comment, or text in quotes after a keyword or continuing the line before.
_LINE = re.compile(r'\s*(?:#.*|(?:msg(?:ctxt|id|id_plural|str(?:\[\d+\])?)\s+)?"(?:[^"\\]|\\.)*"\s*)?')
#: Values that a plural form may leave out: that for one says "one trial" in whatever way the language does.
_OPTIONAL = frozenset({"number", "count"})
#: Numbers for which the plural rule is tried: the rules of all languages repeat after a hundred.
_TRIED = range(1_001)


@dataclass(frozen=True, slots=True)
class Mistake:
    """Something wrong in a catalogue; `line` counts from 1."""

    line: int
    text: str


def path_of(folder: Path, language: str) -> Path:
    """Where the catalogue of a language is (the layout of GNU gettext)."""
    return folder / language.replace("-", "_") / "LC_MESSAGES" / "monitor.po"


def read(path: Path, language: str) -> tuple[Catalogue, list[Mistake]]:
    """The catalogue in a file, and all mistakes in it; with mistakes it is not to be used.

    Messages that are empty or marked as fuzzy are left out: they are said in English. Raises OSError.
    """
    raw = path.read_bytes().removeprefix(BOM_UTF8)
    if unreadable := _unreadable_line(raw):
        return Catalogue(language), [unreadable]
    try:
        found = parse(raw)
        rule = _plural_rule(found)
    except PoFileError as error:
        return Catalogue(language), [Mistake(error.lineno + 1, error.args[0])]
    except UnicodeDecodeError as error:
        return Catalogue(language), [Mistake(error.object[: error.start].count(b"\n") + 1, "not UTF-8 text.")]
    except (ValueError, LookupError, TypeError) as error:
        return Catalogue(language), [Mistake(1, f"its head cannot be read: {error}")]
    mistakes = [mistake for message in messages(found) for mistake in _mistakes(message, rule)]
    forms = {(message.context or "", _english(message)[0]): _forms(message) for message in messages(found)}
    return Catalogue(language, forms, rule, path), mistakes


def _unreadable_line(raw: bytes) -> Mistake | None:
    """The first line that is none of a catalogue: Babel would skip it, or lose a letter of it, without a word."""
    for number, line in enumerate(raw.decode("utf-8", "replace").split("\n"), 1):
        if not _LINE.fullmatch(line):
            return Mistake(number, "not a line of a catalogue: a comment, or msgid and the like with text in quotes.")
    return None


def parse(raw: bytes) -> Catalog:
    """The file as Babel reads it; raises PoFileError, ValueError, LookupError (an unknown charset) or TypeError."""
    return read_po(BytesIO(raw), abort_invalid=True)


def messages(catalog: Catalog) -> Iterator[Message]:
    """The messages that are translated and not marked as fuzzy."""
    for message in catalog:
        if message.id and not message.fuzzy and any(_forms(message)):
            yield message


def _plural_rule(catalog: Catalog) -> Callable[[int], int]:
    """The rule of the head's Plural-Forms; raises ValueError when it is none, or leads to forms that do not exist."""
    rule: Callable[[int], int] = gettext.c2py(catalog.plural_expr)
    if not all(0 <= rule(number) < catalog.num_plurals for number in _TRIED):
        raise ValueError(f"Plural-Forms: “{catalog.plural_expr}” gives a form beyond nplurals={catalog.num_plurals}.")
    return rule


def _english(message: Message) -> tuple[str, ...]:
    return tuple(message.id) if isinstance(message.id, list | tuple) else (message.id,)


def _forms(message: Message) -> tuple[str, ...]:
    return tuple(message.string) if isinstance(message.string, list | tuple) else (message.string or "",)


def _mistakes(message: Message, rule: Callable[[int], int]) -> Iterator[Mistake]:
    line, forms, english = message.lineno or 1, _forms(message), _english(message)
    if not all(forms):
        missing = sum(not form for form in forms)
        yield Mistake(line, f"{len(forms) - missing} plural forms, but Plural-Forms says {len(forms)}.")
    for index, form in enumerate(forms):
        allowed = english[:1] if index == rule(1) else english  # values that only several things have
        texts = [*_mistakes_of_values(english, allowed, form), *_mistakes_of_markup(english, form)] if form else []
        yield from (Mistake(line, text) for text in texts)


def _mistakes_of_values(english: tuple[str, ...], allowed: tuple[str, ...], form: str) -> Iterator[str]:
    """What is wrong with the values in one form of a translation. Each form needs those that every English form has."""
    known = {name for text in allowed for name in _PLACEHOLDER.findall(text)}
    needed = set.intersection(*(set(_PLACEHOLDER.findall(text)) for text in english))
    if len(english) > 1:
        number = "count" if "%(count)s" in "".join(english) else "number"
        known, needed = known | {number}, needed - _OPTIONAL
    found = set(_PLACEHOLDER.findall(form))
    yield from (f"%({name})s is not in the English message." for name in sorted(found - known))
    yield from (f"%({name})s is missing." for name in sorted(needed - found))
    if (known or needed) and "%" in _PERCENT.sub("", form):
        yield "a lone percent sign; write %%."


def _mistakes_of_markup(english: tuple[str, ...], form: str) -> Iterator[str]:
    known, marked = set(MARKUP.findall("".join(english))), set(MARKUP.findall(form))
    yield from (f"the markup {each} is not in the English message." for each in sorted(marked - known))
    yield from (f"the markup {each} is missing." for each in sorted(known - marked) if each.startswith("<"))
