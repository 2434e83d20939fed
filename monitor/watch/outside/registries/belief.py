"""Whether a registry's answer is believed, compared with what is held. Pure.

Registries are copied, converted and rebuilt: an export of ICTRP of August 2020 exchanged day and month of every date
and set every target to 0, and was right again three weeks later. Such an answer is held back, and told to nobody but
the operator, until a later one contradicts it or it has stood for long enough.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from monitor.language.messages import message
from monitor.model import RegistryAnswer, RegistryEntry, RegistryStatus, SourceName
from monitor.model.outside.registry import are_swapped
from monitor.watch.outside.registries.changes import changed

#: So long the same doubt must have stood before the answer is believed after all: a list that is shorter or longer,
#: and values that cannot be right.
STANDS, STANDS_LONG = timedelta(days=3), timedelta(days=60)

#: So many entries may always be new, or have something to tell, at once.
FEW_NEW, FEW_CHANGED = 20, 3
#: Clocks and time zones.
_AHEAD = timedelta(days=2)
_C = "doubt about a source"
_NONE = message(_C, "it lists none of the %(count)s trials held")
_SWAPPED = message(_C, "day and month of the registration dates of %(count)s trials are exchanged")
_FUTURE = message(_C, "the registration dates of %(count)s trials are in the future")
_ZERO = message(_C, "the numbers of participants of %(count)s trials have become 0")
_LOST = message(_C, "%(count)s trials have no %(what)s any more", what="part of a registry entry")
#: What a trial has once it is registered, in words for the operator: a shape that changed takes it from many at once.
LASTING = {
    "registered_on": message("part of a registry entry", "day of registration"),
    "conditions": message("part of a registry entry", "conditions"),
    "interventions": message("part of a registry entry", "interventions"),
    "arms": message("part of a registry entry", "arms"),
    "start": message("part of a registry entry", "start"),
    "primary_completion": message("part of a registry entry", "primary completion"),
    "enrolment": message("part of a registry entry", "number of participants"),
    "primary_outcomes": message("part of a registry entry", "primary outcomes"),
}
_MANY_NEW = message(_C, "%(count)s trials are new at once, beside %(held)s held")
_MANY_CHANGED = message(_C, "%(count)s of %(held)s trials have changed at once")
_MAY_BE_EMPTY = frozenset({RegistryStatus.WITHDRAWN, RegistryStatus.TERMINATED})


@dataclass(frozen=True, slots=True)
class Doubt:
    """Why an answer is not believed, and how long it must stand before it is."""

    reason: str
    stands: timedelta = STANDS


def doubt(held: Mapping[str, RegistryEntry], answer: RegistryAnswer, today: date) -> Doubt | None:
    """Why `answer` is not believed, None when it is."""
    if answer.doubt:
        return Doubt(answer.doubt, STANDS_LONG)
    listed = [entry for entry in answer.entries if entry.number not in answer.by_number]
    lost = held.keys() - answer.by_number
    if answer.is_full and lost and not listed:
        return Doubt(_NONE(count=str(len(lost))))
    pairs = [(held[entry.number], entry) for entry in answer.entries if entry.number in held]
    return _impossible(pairs, answer.entries, today) or _lost(pairs) or _flood(held, listed, pairs)


def with_lasting(before: RegistryEntry, entry: RegistryEntry) -> RegistryEntry:
    """The entry with what it had and does not show any more: nobody takes back when a trial began.

    An export of ICTRP in XML lacks columns about results that one in CSV has: results shown once stay shown.
    """
    kept = {name: getattr(before, name) for name in LASTING if _is_lost(name, before, entry)}
    if before.has_results and entry.source is SourceName.ICTRP:
        kept |= {"has_results": True, "results_posted_on": entry.results_posted_on or before.results_posted_on}
    return replace(entry, **kept) if kept else entry


def is_ahead(entry: RegistryEntry, today: date) -> bool:
    """Whether it is registered on a day that is still to come: of one among several, that entry alone is wrong."""
    return bool(entry.registered_on and entry.registered_on > today + _AHEAD)


def _is_lost(name: str, before: RegistryEntry, entry: RegistryEntry) -> bool:
    return getattr(entry, name) in (None, ()) and getattr(before, name) not in (None, ())


def _lost(pairs: Sequence[tuple[RegistryEntry, RegistryEntry]]) -> Doubt | None:
    """What most of several trials had and none of them shows."""
    for name, words in LASTING.items():
        had = [pair for pair in pairs if getattr(pair[0], name) not in (None, ())]
        lost = sum(_is_lost(name, *pair) for pair in had)
        if lost > 1 and 2 * lost > len(had):
            return Doubt(_LOST(count=str(lost), what=words()), STANDS_LONG)
    return None


def _impossible(
    pairs: Sequence[tuple[RegistryEntry, RegistryEntry]], entries: Sequence[RegistryEntry], today: date
) -> Doubt | None:
    """A trial is registered once, on a day that has been, and for somebody."""
    swapped = sum(are_swapped(old.registered_on, new.registered_on) for old, new in pairs)
    if swapped:
        return Doubt(_SWAPPED(count=str(swapped)), STANDS_LONG)
    future = sum(is_ahead(entry, today) for entry in entries)
    if future > 1 or (future and future == len(entries)):
        return Doubt(_FUTURE(count=str(future)), STANDS_LONG)
    had = [(old, new) for old, new in pairs if old.enrolment]
    zero = sum(new.enrolment == 0 and new.status not in _MAY_BE_EMPTY for _, new in had)
    if zero > 1 or (zero and zero == len(had)):
        return Doubt(_ZERO(count=str(zero)), STANDS_LONG)
    return None


def _flood(
    held: Mapping[str, RegistryEntry],
    listed: Sequence[RegistryEntry],
    pairs: Sequence[tuple[RegistryEntry, RegistryEntry]],
) -> Doubt | None:
    """More at once than registries bring: so many new ones, or something to tell of most."""
    if not held:
        return None
    new = sum(entry.number not in held for entry in listed)
    if new > max(FEW_NEW, len(held) // 2):
        return Doubt(_MANY_NEW(count=str(new), held=str(len(held))))
    told = sum(bool(changed(old, after).sentences) for old, after in pairs)
    if told > max(FEW_CHANGED, len(held) // 2):
        return Doubt(_MANY_CHANGED(count=str(told), held=str(len(held))))
    return None
