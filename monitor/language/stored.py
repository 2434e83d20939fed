"""Sentences that are stored in English, said in the language that is spoken: found by the messages they are made of.

The English text is the key, as everywhere in gettext. A text that was made of no message that is declared (an older
version's, or a person's own words) is shown as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache

from babel.dates import format_date

from monitor.language import speech
from monitor.language.messages import DAY, INSTANT, NUMBER, QUOTED, ListOf, Message, Part, of_context
from monitor.model import Catalogue

NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_PLACEHOLDER = re.compile(r"%\((\w+)\)s")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d UTC")
_DIGITS = re.compile(r"\d{1,3}(?:,\d{3})+|\d+")
#: Where one sentence may end and the next begin.
_SENTENCE_END = re.compile(r"(?<=[.”?!]) ")


@dataclass(frozen=True, slots=True)
class _Reading:
    """A message with the values that it was made with; `number` chose its plural form."""

    message: Message
    number: int
    values: tuple[tuple[str, _Value], ...]


_Several = tuple[_Reading, ...]
_Value = str | int | date | _Reading | _Several


def stored(text: str, *contexts: str) -> str:
    """A stored English `text`, made of messages of these contexts, in the language that is spoken."""
    catalogue = speech.current()
    return _said(catalogue, text, contexts) if catalogue.forms else text


def answer_text(sentence: str) -> str:
    """A sentence of an answer: its headline, or one of its further lines."""
    return stored(sentence, "answer")


def change_text(why: str) -> str:
    """Why a change is reported."""
    return stored(why, "change")


@lru_cache(maxsize=4096)
def _said(catalogue: Catalogue, text: str, contexts: tuple[str, ...]) -> str:
    found = _sentences(text, contexts)
    return " ".join(_say(catalogue, one) for one in found) if found else text


# --- reading -----------------------------------------------------------------------------------------


@lru_cache(maxsize=4096)
def _sentences(text: str, contexts: tuple[str, ...]) -> _Several:
    """The messages that `text` was made of, one after the other; () when it was made of none."""
    if whole := _read(text, contexts):
        return (whole,)
    for end in _SENTENCE_END.finditer(text):
        first = _read(text[: end.start()], contexts)
        if first and (others := _sentences(text[end.end() :], contexts)):
            return (first, *others)
    return ()


@lru_cache(maxsize=4096)
def _read(text: str, contexts: tuple[str, ...]) -> _Reading | None:
    """The one message that `text` was made of, None for none."""
    for context in contexts:
        for declared in of_context(context):
            for form in declared.forms:
                for values in _fits(declared, _PLACEHOLDER.split(form), text):
                    return _Reading(declared, _number_of(values), values)
    return None


def _number_of(values: tuple[tuple[str, _Value], ...]) -> int:
    """The number that chooses a plural form: the message's own, else that of a phrase in it."""
    own = [value for _, value in values if isinstance(value, int)]
    return next(iter([*own, *(value.number for _, value in values if isinstance(value, _Reading))]), 1)


def _fits(declared: Message, pieces: list[str], text: str) -> Iterator[tuple[tuple[str, _Value], ...]]:
    """Every way in which `text` consists of the pieces: fixed text, and between two of them the name of a value."""
    fixed, *rest = pieces
    fixed = fixed.replace("%%", "%")
    if not text.startswith(fixed):
        return
    text = text[len(fixed) :]
    if not rest:
        if not text:
            yield ()
        return
    name, *following = rest
    for end in _ends(text, following[0].replace("%%", "%"), is_last=len(following) == 1):
        value = _value(name, declared.parts.get(name), text[:end])
        if value is not None:
            yield from (((name, value), *others) for others in _fits(declared, following, text[end:]))


def _ends(text: str, following: str, *, is_last: bool) -> Iterator[int]:
    """Where a value at the beginning of `text` may end, so that the fixed text `following` comes after it."""
    if is_last:
        if text.endswith(following) and len(text) > len(following):
            yield len(text) - len(following)
        return
    end = text.find(following, 1)
    while end > 0:
        yield end
        end = text.find(following, end + 1)


def _value(name: str, part: Part | None, text: str) -> _Value | None:
    """What a value is; None when it is not of the kind that it has to be."""
    if name == "count" or part == NUMBER:
        return _number(text)
    if part in (None, QUOTED):
        return text
    if isinstance(part, ListOf) and part.separator == " ":
        return _sentences(text, (part.context,)) or None
    if isinstance(part, ListOf):
        read = [_read(one, (part.context,)) for one in text.split(part.separator)]
        found = tuple(one for one in read if one)
        return found if len(found) == len(read) else None
    if part == INSTANT:
        return text if _INSTANT.fullmatch(text) else None
    return _day(text) if part == DAY else _read(text, (part,))


class _InDigits(int):
    """A number that the English text has in digits: so it is in every language."""


def _number(text: str) -> int | None:
    if text.lower() in NUMBERS:
        return NUMBERS.index(text.lower())
    return _InDigits(text.replace(",", "")) if _DIGITS.fullmatch(text) else None


def _day(text: str) -> date | None:
    try:
        return datetime.strptime(text, "%d %B %Y").date()  # noqa: DTZ007  a day, not an instant
    except ValueError:
        return None


# --- saying ------------------------------------------------------------------------------------------


def _say(catalogue: Catalogue, read: _Reading) -> str:
    declared = read.message
    if declared.many:
        text = catalogue.find_plural(declared.text, declared.many, read.number, declared.context)
    else:
        text = catalogue.find(declared.text, declared.context)
    starts = text.startswith("%(count)s")
    values = {"count": _count(catalogue, read.number, starts=starts)}
    for name, value in read.values:
        values[name] = _write(catalogue, declared.parts.get(name), value, starts=starts)
    return text % values


def _write(catalogue: Catalogue, part: Part | None, value: _Value, *, starts: bool) -> str:
    match value:
        case str():
            return speech.quoted(value) if part == QUOTED else value
        case int():
            return _count(catalogue, value, starts=starts)
        case date():
            return format_date(value, "long", locale=speech.locale_of(catalogue.language))
        case _Reading():
            return _say(catalogue, value)
    said = [_say(catalogue, one) for one in value]
    is_plain_list = isinstance(part, ListOf) and part.separator == ", "
    return speech.listed(said) if is_plain_list or not isinstance(part, ListOf) else part.separator.join(said)


def _count(catalogue: Catalogue, number: int, *, starts: bool) -> str:
    """A number that is a word in English as a word where the catalogue has one, else in digits."""
    if number < len(NUMBERS) and not isinstance(number, _InDigits):
        english = NUMBERS[number].capitalize() if starts else NUMBERS[number]
        found = catalogue.forms.get(("number that begins a sentence" if starts else "number", english))
        if found:
            return found[0]
    return speech.decimal(number)
