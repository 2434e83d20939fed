"""Which answers of a registry are held back, at which number of trials, and why, in words for the operator."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from monitor.model import RegistryAnswer, RegistryDate, RegistryEntry, RegistryStatus, SourceName
from monitor.watch.outside.registries.belief import STANDS, STANDS_LONG, Doubt, doubt, is_ahead, with_lasting
from tests.support.registry import entry

TODAY = date(2026, 11, 29)


def trials(number: int, first: int = 0, **fields: Any) -> list[RegistryEntry]:
    """So many trials, with numbers of their own."""
    return [entry(f"NCT{first + n:08}", **fields) for n in range(number)]


def doubted(held: Sequence[RegistryEntry], found: Sequence[RegistryEntry], **fields: Any) -> Doubt | None:
    """Why the answer `found` is not believed where `held` are held."""
    return doubt({one.number: one for one in held}, RegistryAnswer(tuple(found), "", **fields), TODAY)


def test_an_answer_that_contradicts_itself_stands_for_two_months_before_it_is_believed() -> None:
    """Whatever it lists."""
    assert doubted(trials(3), trials(3), doubt="it says 5 and lists 3") == Doubt("it says 5 and lists 3", STANDS_LONG)


def test_a_list_of_nothing_is_not_believed() -> None:
    """Unless it is only of what changed, nothing is held, or what is held was asked for by number."""
    assert doubted(trials(3), []) == Doubt("it lists none of the 3 trials held", STANDS)
    assert doubted(trials(3), [], is_full=False) is None
    assert doubted([], []) is None
    numbers = frozenset(one.number for one in trials(3))
    assert doubted(trials(3), [], by_number=numbers) is None
    assert doubted(trials(4), trials(3), by_number=numbers) == Doubt("it lists none of the 1 trials held", STANDS)


@pytest.mark.parametrize(
    ("found", "reason"),
    [
        (
            trials(1, registered_on=date(2010, 4, 3)),
            "day and month of the registration dates of 1 trials are exchanged",
        ),
        (trials(2, registered_on=date(2030, 1, 1)), "the registration dates of 2 trials are in the future"),
        (trials(2, enrolment=0), "the numbers of participants of 2 trials have become 0"),
        (trials(2, enrolment=None), "2 trials have no number of participants any more"),
        (trials(2, registered_on=None), "2 trials have no day of registration any more"),
        (trials(2, conditions=()), "2 trials have no conditions any more"),
        (trials(2, interventions=()), "2 trials have no interventions any more"),
        (trials(2, arms=()), "2 trials have no arms any more"),
        (trials(2, start=None), "2 trials have no start any more"),
        (trials(2, primary_completion=None), "2 trials have no primary completion any more"),
        (trials(2, primary_outcomes=()), "2 trials have no primary outcomes any more"),
    ],
)
def test_values_that_cannot_be_right_are_not_believed(found: list[RegistryEntry], reason: str) -> None:
    """A shape that changed, dates of another country; for two months, because nobody takes such things back."""
    held = trials(3, registered_on=date(2010, 3, 4), primary_outcomes=("Walking",))
    same = {"registered_on": held[0].registered_on, "primary_outcomes": held[0].primary_outcomes}
    found = [
        replace(one, **{name: value for name, value in same.items() if name.split("_")[-1] not in reason})
        if "registration" not in reason
        else one
        for one in found
    ]
    assert doubted(held, found) == Doubt(reason, STANDS_LONG)


@pytest.mark.parametrize(
    "found",
    [
        [*trials(1, enrolment=0), *trials(2, first=1)],
        trials(2, enrolment=0, status=RegistryStatus.WITHDRAWN),
        trials(2, enrolment=0, status=RegistryStatus.TERMINATED),
        [*trials(1, registered_on=date(2030, 1, 1)), *trials(2, first=1)],
        [*trials(1, start=None), *trials(2, first=1)],
        [*trials(2, start=None), *trials(2, first=2)],
    ],
)
def test_one_among_several_is_wrong_alone(found: list[RegistryEntry]) -> None:
    """And a trial that nobody took part in has nobody; half is not most."""
    assert doubted(trials(4), found) is None


def test_the_only_trial_of_an_answer_is_doubted_where_one_among_several_is_not() -> None:
    """There is nothing to compare it with."""
    for fields, words in (({"enrolment": 0}, "have become 0"), ({"registered_on": date(2030, 1, 1)}, "in the future")):
        told = doubted(trials(1), trials(1, **fields))
        assert told
        assert words in told.reason


@pytest.mark.parametrize(
    ("held", "new", "is_doubted"), [(0, 500, False), (3, 20, False), (3, 21, True), (60, 30, False), (60, 31, True)]
)
def test_more_new_trials_than_a_registry_brings_are_held_back(held: int, new: int, is_doubted: bool) -> None:
    """Not those that were asked for by number, and never the first list."""
    known, others = trials(held), trials(new, first=1_000)
    reason = f"{new} trials are new at once, beside {held} held"
    assert doubted(known, [*known, *others]) == (Doubt(reason) if is_doubted else None)
    numbers = frozenset(one.number for one in others)
    assert doubted(known, [*known, *others], by_number=numbers) is None


@pytest.mark.parametrize(
    ("held", "changed", "is_doubted"), [(3, 3, False), (4, 4, True), (10, 5, False), (10, 6, True)]
)
def test_something_to_tell_of_most_trials_is_held_back(held: int, changed: int, is_doubted: bool) -> None:
    """What changes and is not told does not count."""
    before = trials(held, status=RegistryStatus.RECRUITING)
    after = [*trials(changed), *before[changed:]]
    assert doubted(before, after) == (Doubt(f"{changed} of {held} trials have changed at once") if is_doubted else None)
    assert doubted(before, [replace(one, updated_on=TODAY) for one in before]) is None


def test_a_day_of_registration_may_be_that_of_another_time_zone() -> None:
    """Two days ahead; none is no day."""
    for days, is_late in ((0, False), (2, False), (3, True)):
        assert is_ahead(entry(registered_on=TODAY + timedelta(days=days)), TODAY) is is_late
    assert not is_ahead(entry(registered_on=None), TODAY)


def test_what_a_trial_once_had_it_keeps() -> None:
    """Results stay shown where an export has no column for them; a value that changes is the new one."""
    before = entry(start=RegistryDate("2010-03"), has_results=True, results_posted_on=date(2012, 1, 6))
    bare = entry(start=None, arms=(), enrolment=20)
    kept = with_lasting(before, bare)
    assert (kept.start, kept.arms, kept.enrolment, kept.has_results) == (before.start, before.arms, 20, False)
    exported = with_lasting(before, replace(bare, source=SourceName.ICTRP))
    assert (exported.has_results, exported.results_posted_on) == (True, date(2012, 1, 6))
    assert with_lasting(before, before) is before
