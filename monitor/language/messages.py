"""Sentences that are stored and compared in English, each declared as one message with named values. Pure.

Modules that decide write English: what is stored, compared and logged does not depend on a language. Where such a
sentence is shown, `monitor.language.stored` finds the message that it was made of and says it in the language.
A value of a message is data (a name, a number), or a complete phrase: then `parts` names the context of the messages
that can stand there.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from monitor.model.catalogue import two_forms

#: Tags and entities of HTML: a translation has those of the English message and no other.
MARKUP = re.compile(r"</?[a-zA-Z][^<>]*>|&#?\w+;")
_PLACEHOLDER = re.compile(r"%\((\w+)\)s")


@dataclass(frozen=True, slots=True)
class ListOf:
    """A value that is several phrases of one context, in English joined by `separator`: whole sentences by a space."""

    context: str
    separator: str = ", "


#: The value is a day as "23 November 2026"; a number as %(count)s, in words or digits.
DAY, NUMBER = "a day", "number"
#: The value is the technical cause of something, which stays English and is marked as such.
QUOTED = "quoted in English"
#: The value is an instant as "2026-11-23 07:00 UTC", which is data.
INSTANT = "an instant"

Part = str | ListOf


@dataclass(frozen=True, slots=True, eq=False)
class Message:
    """A sentence or phrase: its context, English text, English plural ("" for none), and which values are phrases."""

    context: str
    text: str
    many: str
    parts: Mapping[str, Part]

    def __call__(self, number: int = 1, /, **values: str | Sequence[str]) -> str:
        """The English text with the values; `number` chooses the plural form."""
        written = {
            name: value if isinstance(value, str) else self._joined(name, value) for name, value in values.items()
        }
        return self.forms[two_forms(number) if self.many else 0] % written

    def _joined(self, name: str, phrases: str | Sequence[str]) -> str:
        if isinstance(phrases, str):
            return phrases
        part = self.parts[name]
        return (part.separator if isinstance(part, ListOf) else ", ").join(phrases)

    @property
    def names(self) -> frozenset[str]:
        """The names of its values."""
        return frozenset(_PLACEHOLDER.findall(self.text + self.many))

    @property
    def forms(self) -> tuple[str, ...]:
        """The English text, and its plural when there is one."""
        return (self.text, self.many) if self.many else (self.text,)


_declared: defaultdict[str, list[Message]] = defaultdict(list)


def message(context: str, text: str, /, **parts: Part) -> Message:
    """Declare a message; `parts` are the values that are phrases themselves."""
    return _declare(Message(context, text, "", parts))


def plural(context: str, one: str, many: str, /, **parts: Part) -> Message:
    """Declare a message that depends on a number: %(count)s in it, in words or digits."""
    return _declare(Message(context, one, many, parts))


def _declare(declared: Message) -> Message:
    _declared[declared.context].append(declared)
    return declared


def of_context(context: str) -> Sequence[Message]:
    """The messages declared in a context, those with most fixed text first: the most specific one is tried first."""
    return sorted(_declared[context], key=lambda one: -len(_PLACEHOLDER.sub("", one.text)))


def everything() -> Iterator[Message]:
    """Every message that the modules imported so far have declared."""
    return (one for context in sorted(_declared) for one in _declared[context])
