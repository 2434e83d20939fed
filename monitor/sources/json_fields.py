"""Values out of the JSON of a service, each with its path and the type that is expected there.

    answer = Json.of(source, service.json("studies"))
    for study in answer.items("studies"):
        number = study.text("protocolSection.identificationModule.nctId")
        why = study.maybe_text("protocolSection.statusModule.whyStopped")

A path leads through objects by their keys, with a dot between. What must be there and is not, or is of another type,
raises UpstreamError: "ClinicalTrials.gov: studies[3].protocolSection: an object was expected". What may be missing is
absent when its key, or one before it, is missing or null.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

from monitor.errors import UpstreamError
from monitor.model import SourceName

T = TypeVar("T")
#: Digits of a number that is believed.
_DIGITS = 15


@dataclass(frozen=True, slots=True)
class Json:
    """One value of an answer of `source`, which stands at `path` in it ("" for the whole)."""

    value: object
    source: str
    path: str = ""

    @classmethod
    def of(cls, source: SourceName, value: object) -> Json:
        """The whole answer of a source."""
        return cls(value, source.label)

    # --- what must be there; raises UpstreamError ----------------------------------------------------

    def at(self, path: str) -> Json:
        """What stands at `path`, whatever it is."""
        return self._required(self.maybe(path), path, "something")

    def text(self, path: str = "") -> str:
        """A text."""
        return self._required(self._typed(path, str, "a text"), path, "a text")

    def number(self, path: str = "") -> int:
        """A whole number, or a text of digits."""
        return self._required(self.maybe_number(path), path, "a whole number")

    def flag(self, path: str = "") -> bool:
        """True or false."""
        return self._required(self.maybe_flag(path), path, "true or false")

    def items(self, path: str = "") -> list[Json]:
        """The elements of a list."""
        return self._required(self._items(path), path, "a list")

    # --- what may be missing; another type raises UpstreamError --------------------------------------

    def maybe(self, path: str) -> Json | None:
        """What stands at `path`; None where it is absent."""
        value, where = self.value, self.path
        for key in path.split(".") if path else ():
            if not isinstance(value, dict):
                raise Json(value, self.source, where)._wrong("an object")
            value, where = value.get(key), f"{where}.{key}".lstrip(".")
            if value is None:
                return None
        return None if value is None else Json(value, self.source, where)

    def maybe_text(self, path: str) -> str:
        """A text, "" where it is absent."""
        return self._typed(path, str, "a text") or ""

    def maybe_number(self, path: str) -> int | None:
        """A whole number, or a text of digits; None where it is absent."""
        found = self.maybe(path)
        if found is None:
            return None
        digits = found.value if isinstance(found.value, str) else ""
        if digits.isascii() and digits.isdigit() and len(digits) <= _DIGITS:
            return int(digits)
        if isinstance(found.value, int) and not isinstance(found.value, bool):
            return found.value
        raise found._wrong("a whole number")

    def maybe_flag(self, path: str) -> bool | None:
        """True or false; None where it is absent."""
        return self._typed(path, bool, "true or false")

    def maybe_items(self, path: str) -> list[Json]:
        """The elements of a list, none where it is absent."""
        return self._items(path) or []

    def _items(self, path: str) -> list[Json] | None:
        """The elements of a list; converters from XML write a list of one object as that object."""
        found = self.maybe(path)
        if found is None:
            return None
        if isinstance(found.value, dict):
            return [found]
        if not isinstance(found.value, list):
            raise found._wrong("a list")
        return [Json(one, self.source, f"{found.path}[{number}]") for number, one in enumerate(found.value)]

    def _typed(self, path: str, kind: type[T], what: str) -> T | None:
        found = self.maybe(path)
        if found is None:
            return None
        if not isinstance(found.value, kind):
            raise found._wrong(what)
        return found.value

    def _required(self, value: T | None, path: str, what: str) -> T:
        if value is None:
            raise Json(None, self.source, f"{self.path}.{path}".strip("."))._wrong(what)
        return value

    def _wrong(self, what: str) -> UpstreamError:
        return UpstreamError(f"{self.source}: {self.path or 'the answer'}: {what} was expected.")
