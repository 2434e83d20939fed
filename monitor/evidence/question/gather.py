"""All that was judged for a topic, sorted by what it can change in the answer. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from monitor.evidence.question import absence, trial_grouping
from monitor.evidence.question.registered import Registered, registered, silent_trials, with_status
from monitor.evidence.question.synthesis import Weighed, silent, weigh
from monitor.model import Design, Judged, Outside, ReviewLine, Role, Topic, Trial, TrialLink

_TREATMENT_REVIEWS = frozenset({Design.SYSTEMATIC_REVIEW, Design.META_ANALYSIS_TREATMENT})
_REVIEWS = _TREATMENT_REVIEWS | {Design.GUIDELINE}
_TREATED = frozenset({Design.SINGLE_ARM})
_GIVEN = _TREATED | {Design.RANDOMIZED, Design.CONTROLLED, Design.SECONDARY_ANALYSIS}
#: Reports that a trial has after its main result, which is therefore held or missing.
_FURTHER = frozenset({Role.SECONDARY_ANALYSIS, Role.EXTENSION})
#: Of these a record that matches the question may tell of people who were treated.
_OBSERVED = frozenset({Design.COHORT, Design.CASE_CONTROL, Design.CASE_REPORT, Design.UNCLEAR})


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything that bears on the answer, sorted by what it can change.

    `possible` are the PMIDs of reports that may be trials, `told` of articles that speak of a trial that is not held.
    `registered` have no report; `in_registries` are all trials that registries show, with a report or without.
    """

    counted: tuple[Weighed, ...]
    compared: tuple[Weighed, ...]
    waiting: tuple[Weighed, ...]
    possible: tuple[str, ...]
    told: tuple[str, ...]
    retracted: tuple[Weighed, ...]
    planned: tuple[Trial, ...]
    unreported: tuple[Trial, ...]
    secondary: tuple[Trial, ...]
    registered: tuple[Trial, ...]
    in_registries: tuple[Registered, ...]
    reviews: tuple[ReviewLine, ...]
    has_uncontrolled: bool
    is_given: bool
    first_uncontrolled: Judged | None
    outside: Outside

    @property
    def silent(self) -> tuple[Trial, ...]:
        """Registered trials of whose result nothing is known, neither from articles nor from a link of a registry."""
        linked = {number for one in self.in_registries if one.linked for number in one.entry.numbers}
        return tuple(trial for trial in self.registered if not linked.intersection(trial.numbers))

    @property
    def included(self) -> ReviewLine | None:
        """The first systematic review to include the most trials; a later one with as many changes nothing."""
        counts = [r for r in self.reviews if r.design in _TREATMENT_REVIEWS and r.included_trials is not None]
        return max(counts, key=lambda r: (r.included_trials or 0, -ordinal(r.first_public_on)), default=None)


def gather(
    topic: Topic, judged: list[Judged], links: Sequence[TrialLink], today: date | None, outside: Outside
) -> Evidence:
    """The evidence on the topic; `today` hides registry entries of later days."""
    grouped = [weigh(g) for g in trial_grouping.group(judged, links, topic.question)]
    weighed = with_status(grouped, outside.registry_entries)
    in_registries = registered(topic, outside, judged, weighed, today)
    numbers = _numbers(judged, weighed)
    standing = [w for w in weighed if w.has_result]
    admitted = [w for w in standing if w.is_stated and (w.trial.appraised_by or not topic.requires_screening)]
    unreported = [w.trial for w in weighed if w.main is None]
    treated = [j for j in judged if j.effective.design in _TREATED and j.effective.relevance.is_match]
    treated.sort(key=lambda j: ordinal(j.article.first_public_on))
    planned = [t for t in unreported if t.randomized and t.status == "protocol only"]
    waiting = tuple(w for w in standing if w not in admitted)
    reviews = tuple(_reviews(judged))
    return Evidence(
        counted=tuple(w for w in admitted if w.trial.randomized),
        compared=tuple(w for w in admitted if not w.trial.randomized),
        waiting=waiting,
        possible=(*(w.main.article.pmid for w in waiting if w.main), *map(_pmid, filter(absence.may_be_trial, judged))),
        told=absence.uncounted(filter(absence.tells_of_trial, judged), reviews),
        retracted=tuple(w for w in weighed if w.is_retracted),
        planned=tuple(planned),
        unreported=tuple(t for t in unreported if t not in planned),
        secondary=tuple(t for t in unreported if any(report.role in _FURTHER for report in t.reports)),
        registered=silent_trials(in_registries, silent(topic.known_trials, numbers, today), numbers),
        in_registries=in_registries,
        reviews=reviews,
        has_uncontrolled=bool(treated),
        is_given=any(map(_is_given, judged)),
        first_uncontrolled=treated[0] if treated else None,
        outside=outside,
    )


def _is_given(judged: Judged) -> bool:
    """Whether these people had the intervention, or may have had it, without its being tested."""
    relevance, design = judged.effective.relevance, judged.effective.design
    names_both = relevance.intervention and relevance.population
    return names_both and (design in _OBSERVED or (design in _GIVEN and not relevance.is_match))


def _pmid(judged: Judged) -> str:
    return judged.article.pmid


def _numbers(judged: list[Judged], weighed: Sequence[Weighed]) -> set[str]:
    """The registry numbers of trials and of every main result, also of one that lists several."""
    mains = (j.article for j in judged if j.effective.role is Role.MAIN_RESULT and j.effective.relevance.is_match)
    return {n for w in weighed for n in w.trial.numbers} | {n for one in mains for n in one.registry_numbers}


def _reviews(judged: list[Judged]) -> list[ReviewLine]:
    found = [
        ReviewLine(
            j.article.pmid,
            j.article.title,
            j.article.first_public_on,
            j.effective.design,
            j.effective.included_trials,
        )
        for j in judged
        if j.effective.design in _REVIEWS and j.effective.relevance.is_match and not j.article.is_retracted
    ]
    return sorted(found, key=lambda r: (ordinal(r.first_public_on), r.pmid))


def ordinal(day: date | None) -> int:
    """A number that orders days; an unknown day is the last."""
    return day.toordinal() if day else date.max.toordinal()
