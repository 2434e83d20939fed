"""Which registry entries are trials of the question, and what is held of their results. Pure.

A registry finds by words; whether an entry tests the question's intervention in its population is decided here, with
the terms and the reading by which articles are judged.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING

from monitor.evidence.article.text import Reading, lowered
from monitor.language.messages import message
from monitor.model import (
    Judged,
    Outside,
    Question,
    ReferenceKind,
    RegistryEntry,
    Role,
    SourceName,
    Topic,
    Trial,
)

if TYPE_CHECKING:
    from monitor.evidence.article.bearing.concept import Concept
    from monitor.evidence.question.synthesis import Weighed

#: Whose entry speaks for a trial that several registries hold.
_FIRST = (SourceName.CLINICAL_TRIALS, SourceName.ISRCTN, SourceName.ICTRP)


_IN_REGISTRY = message("status in a registry", "%(status)s (%(registry)s)", status="status of a trial")


@dataclass(frozen=True, slots=True)
class Registered:
    """A trial in the registries, as one entry. `pmids` are its main results that are held.

    `linked` are articles that the registry names, that may be its result and are not held.
    """

    entry: RegistryEntry
    pmids: tuple[str, ...] = ()
    linked: tuple[str, ...] = ()

    @property
    def is_reported(self) -> bool:
        """Whether an article with its result is held, or one that may be."""
        return bool(self.pmids or self.linked)


def registered(
    topic: Topic, outside: Outside, judged: Sequence[Judged], weighed: Sequence[Weighed], today: date | None
) -> tuple[Registered, ...]:
    """The controlled trials of the question that registries show by `today`, oldest first."""
    named = {trial.number for trial in topic.known_trials}
    entries = [
        entry
        for entry in merged(outside.registry_entries)
        if not (today and entry.registered_on and entry.registered_on > today)
        and (named.intersection(entry.numbers) or (is_of_question(entry, topic.question) and is_controlled(entry)))
    ]
    entries.sort(key=lambda entry: (entry.registered_on or date.max, entry.number))
    held = _Held(judged, weighed)
    return tuple(map(held.of, entries))


def merged(entries: Iterable[RegistryEntry]) -> list[RegistryEntry]:
    """One entry for each trial: what several registries hold under each other's numbers is one."""
    groups: dict[str, list[RegistryEntry]] = {}
    for entry in entries:
        same = {id(group): group for number in entry.numbers if (group := groups.get(number))}
        group = [*(one for known in same.values() for one in known), entry]
        groups |= {number: group for one in group for number in one.numbers}
    return [_as_one(group) for group in {id(group): group for group in groups.values()}.values()]


def _as_one(group: list[RegistryEntry]) -> RegistryEntry:
    """The first entry with the numbers, papers and results of all; one under an earlier number is not the first."""
    earlier = {number for one in group for number in one.other_numbers}
    lead = min(group, key=lambda one: (_FIRST.index(one.source), one.number in earlier, one.number))
    if len(group) == 1:
        return lead
    numbers = dict.fromkeys(number for one in (lead, *group) for number in one.numbers)
    return replace(
        lead,
        other_numbers=tuple(number for number in numbers if number != lead.number),
        references=tuple(dict.fromkeys(reference for one in group for reference in one.references)),
        has_results=any(one.has_results for one in group),
    )


# --- does it bear on the question? -------------------------------------------------------------------


def is_of_question(entry: RegistryEntry, question: Question) -> bool:
    """Whether the entry is of a trial that gives the question's intervention to its people, and tests it."""
    return not why_not_of_question(entry, question)


@lru_cache(maxsize=4096)
def why_not_of_question(entry: RegistryEntry, question: Question) -> str:
    """Why it is not, for the operator; "" for one that is."""
    from monitor.evidence.article.bearing.arms import names  # imported here: the reading, for those who ask registries
    from monitor.evidence.article.bearing.concept import concept, matcher

    if entry.is_interventional is False:
        return "The registry does not call it interventional."
    titles = (entry.title, entry.official_title, entry.acronym)
    reading = _reading(entry)
    people = concept(question.population, reading, question.exclude)
    given = concept(question.intervention, reading, question.exclude)
    excluded = matcher(question.exclude)
    is_in_title = all(any(one.first(title) for title in titles) for one in (people, given))
    if excluded and excluded.search(lowered(reading.raw_title)) and not is_in_title:
        return "Its title names what the question excludes."
    if not any(people.first(text) for text in (*titles, *entry.conditions)):
        return "Neither its title nor its conditions name the population."
    told = [lowered(text) for text in (*entry.interventions, *(arm.text for arm in entry.arms))]
    is_named = any(map(given.first, titles)) or any(names(text, given, question.intervention) for text in told)
    if not is_named:
        return "Neither its title nor what it gives names the intervention."
    return "Each of its arms has the intervention, so that something else is tested." * _has_in_each_arm(entry, given)


def _reading(entry: RegistryEntry) -> Reading:
    title = f"{entry.title}. {entry.official_title}"
    rest = ". ".join((*entry.conditions, *entry.interventions, *(arm.text for arm in entry.arms)))
    return Reading(lowered(title), lowered(rest), title, rest, lowered(title), lowered(rest))


def _has_in_each_arm(entry: RegistryEntry, given: Concept) -> bool:
    """Whether each of several arms has the intervention, so that something else is tested."""
    has = [not arm.is_control and bool(given.first(arm.text)) for arm in entry.arms]
    return len(has) > 1 and all(has)


def is_controlled(entry: RegistryEntry) -> bool:
    """Whether it compares: at random, or one arm with another."""
    return bool(entry.is_randomized) or len(entry.arms) > 1


# --- what is held of its result ----------------------------------------------------------------------


class _Held:
    """The articles that are held: which are main results, under which numbers."""

    def __init__(self, judged: Sequence[Judged], weighed: Sequence[Weighed]) -> None:
        mains = [j for j in judged if j.effective.role is Role.MAIN_RESULT and j.effective.relevance.is_match]
        self.pmids = {j.article.pmid for j in judged}
        self.mains = {j.article.pmid for j in mains}
        self.by_number: defaultdict[str, list[str]] = defaultdict(list)
        reported = [(one.main.article.pmid, one.trial.numbers) for one in weighed if one.main]
        reported += [(one.article.pmid, one.article.registry_numbers) for one in mains]
        for pmid, numbers in reported:
            for number in numbers:
                self.by_number[number].append(pmid)

    def of(self, entry: RegistryEntry) -> Registered:
        """The entry with what is held of its results."""
        linked = _linked(entry)
        named = [pmid for number in entry.numbers for pmid in self.by_number.get(number, ())]
        pmids = tuple(dict.fromkeys((*named, *sorted(linked & self.mains))))
        return Registered(entry, pmids, tuple(sorted(linked - self.pmids)))


def _linked(entry: RegistryEntry) -> set[str]:
    """The articles that the registry names and that can be of its result.

    An investigator also names older work as a result, and a result as background: the year decides.
    """
    began = entry.start.last_day if entry.start else None
    ended = entry.primary_completion.last_day if entry.primary_completion else None
    return {
        reference.pmid
        for reference in entry.references
        if reference.kind is ReferenceKind.DERIVED
        or (reference.kind is ReferenceKind.RESULT and _is_after(reference.year, began))
        or (reference.kind is ReferenceKind.BACKGROUND and ended and _is_after(reference.year, ended))
    }


def _is_after(year: int | None, day: date | None) -> bool:
    return year is None or day is None or year > day.year


# --- beside the operator's word ----------------------------------------------------------------------


def silent_trials(
    of_registries: Iterable[Registered], known: Iterable[Trial], numbers: Collection[str]
) -> tuple[Trial, ...]:
    """Registered trials that no report names: the registry's, and the operator's where no registry shows them.

    `numbers` are those of all reports held. What the operator says of a trial stays beside the registry's status.
    """
    shown = list(of_registries)
    operators = {trial.key: trial for trial in known}
    found = [
        _silent(one.entry, next((operators[n] for n in one.entry.numbers if n in operators), None))
        for one in shown
        if not one.pmids and not set(one.entry.numbers) & set(numbers)
    ]
    in_registries = {number for one in shown for number in one.entry.numbers}
    return (*(trial for trial in operators.values() if trial.key not in in_registries), *found)


def _silent(entry: RegistryEntry, operators: Trial | None) -> Trial:
    is_withdrawn = entry.status == "withdrawn"
    return Trial(
        key=operators.key if operators else entry.number,
        name=operators.name if operators and operators.name != operators.key else entry.name,
        numbers=entry.numbers,
        randomized=entry.is_randomized,
        control=entry.control,
        blinding=entry.blinding,
        sample_size=0 if is_withdrawn else entry.enrolment if entry.is_enrolment_actual else None,
        primary="; ".join(entry.primary_outcomes),
        status=entry.status,
        first_public_on=entry.registered_on or (operators.first_public_on if operators else None),
        note=operators.note if operators else "",
        registry=_status(entry),
    )


def with_status(trials: Iterable[Weighed], entries: Iterable[RegistryEntry]) -> list[Weighed]:
    """The trials, each with its status in the registry that holds one of its numbers."""
    by_number = {number: entry for entry in merged(entries) for number in entry.numbers}
    return [_with_status(one, by_number) for one in trials]


def _with_status(weighed: Weighed, by_number: Mapping[str, RegistryEntry]) -> Weighed:
    entry = next((by_number[number] for number in weighed.trial.numbers if number in by_number), None)
    if entry is None:
        return weighed
    return replace(weighed, trial=replace(weighed.trial, registry=_status(entry)))


def _status(entry: RegistryEntry) -> str:
    return _IN_REGISTRY(status=str(entry.status), registry=entry.source.label)
