"""Entries of trial registries: how a registered trial stands, in one shape for every registry. No contact persons."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from monitor.model.evidence import Control
from monitor.model.outside.source_name import SourceName

_WRITTEN = re.compile(r"(\d{4})(?:-(\d\d))?(?:-(\d\d))?")


class RegistryStatus(StrEnum):
    """How a registered trial stands, in the words that `known_trials` uses too."""

    NOT_YET_RECRUITING = "not yet recruiting"
    RECRUITING = "recruiting"
    ACTIVE = "active"
    COMPLETED = "completed"
    SUSPENDED = "suspended"
    TERMINATED = "terminated"
    WITHDRAWN = "withdrawn"
    NOT_RECRUITING = "not recruiting"  # ICTRP does not say whether it has not begun or has ended
    UNKNOWN = "unknown"


class ReferenceKind(StrEnum):
    """Why a registry lists an article: NLM found the number in it (DERIVED), or the investigator named it."""

    BACKGROUND = "background"
    RESULT = "result"
    DERIVED = "derived"


@dataclass(frozen=True, slots=True)
class RegistryDate:
    """A date as a registry writes it: "2015", "2015-06" or "2015-06-30". `is_actual` is None where it does not say."""

    written: str
    is_actual: bool | None = None

    @property
    def last_day(self) -> date | None:
        """The last day that it can mean; None when it is no date."""
        found = _WRITTEN.fullmatch(self.written)
        if not found:
            return None
        year, month = int(found[1]), int(found[2] or 12)
        try:
            return date(year, month, int(found[3] or calendar.monthrange(year, month)[1]))
        except ValueError:
            return None

    @property
    def is_exact(self) -> bool:
        """Whether it names a day, not only a month or a year."""
        return len(self.written) == len("2015-06-30")


@dataclass(frozen=True, slots=True)
class RegistryReference:
    """An article that an entry lists. `year` is that of its citation, None where none is read."""

    pmid: str
    kind: ReferenceKind
    year: int | None = None


@dataclass(frozen=True, slots=True)
class RegistryArm:
    """One group of a trial: its label and what it is given, as one text; `is_control` as the registry types it."""

    text: str
    is_control: bool = False


@dataclass(frozen=True, slots=True)
class RegistryEntry:
    """A trial as one registry shows it.

    `other_numbers` are the numbers that it has elsewhere, and earlier numbers of the same registry. `is_interventional`
    and `is_randomized` are None where the registry does not say. `enrolment` is in people. `registered_on` and
    `results_posted_on` are the days of being public. `results_submitted_on`: sent to the registry and not yet public.
    `delay_certified_on`: a certificate allows results to come later. `version` changes with the entry, where the
    registry has one; `updated_on` is the registry's day of the last update.
    """

    source: SourceName
    number: str
    title: str
    url: str
    status: RegistryStatus
    official_title: str = ""
    acronym: str = ""
    other_numbers: tuple[str, ...] = ()
    conditions: tuple[str, ...] = ()
    interventions: tuple[str, ...] = ()
    arms: tuple[RegistryArm, ...] = ()
    is_interventional: bool | None = None
    is_randomized: bool | None = None
    control: Control = Control.NOT_STATED
    blinding: str = ""
    why_stopped: str = ""
    registered_on: date | None = None
    start: RegistryDate | None = None
    primary_completion: RegistryDate | None = None
    enrolment: int | None = None
    is_enrolment_actual: bool | None = None
    primary_outcomes: tuple[str, ...] = ()
    has_results: bool = False
    results_posted_on: date | None = None
    results_submitted_on: date | None = None
    delay_certified_on: date | None = None
    references: tuple[RegistryReference, ...] = ()
    updated_on: date | None = None
    version: str = ""

    @property
    def numbers(self) -> tuple[str, ...]:
        """Its own number and those that it has elsewhere."""
        return (self.number, *self.other_numbers)

    @property
    def name(self) -> str:
        """What people call it: its acronym, else its title."""
        return self.acronym or self.title


@dataclass(frozen=True, slots=True)
class RegistryQuestion:
    """What a registry is asked for a topic: words for condition and intervention, or the operator's own `query`.

    `numbers` are trials asked for by number, whatever words they have.
    """

    conditions: tuple[str, ...] = ()
    interventions: tuple[str, ...] = ()
    query: str = ""
    numbers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RegistryAnswer:
    """What a registry answered. `watermark` is what to send it next time; the same one means that nothing is new.

    `is_full`: `entries` is everything that the registry lists for the words, not only what changed. `by_number` are
    the numbers of entries found by number alone. `unreadable` are pairs of a number and why its record could not be
    read; `missing` are numbers unknown there.
    `doubt` says why the answer contradicts itself, "" where it does not.
    """

    entries: tuple[RegistryEntry, ...]
    watermark: str
    is_full: bool = True
    by_number: frozenset[str] = frozenset()
    unreadable: tuple[tuple[str, str], ...] = ()
    missing: tuple[str, ...] = ()
    doubt: str = ""
    requests: int = 0


def are_swapped(one: date | None, other: date | None) -> bool:
    """Whether two different days are each other with day and month exchanged."""
    if one is None or other is None or one == other:
        return False
    return (one.year, one.month, one.day) == (other.year, other.day, other.month)
