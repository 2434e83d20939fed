"""The trials of two answers compared: which were lost, which were gained, and which count in both. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from monitor.model import Answer, Change, ChangeKind, Trial

_PMID = re.compile(r"\bPMID (\d+)")


@dataclass(frozen=True, slots=True)
class Difference:
    """The trials of two answers. `kept` pairs those that count in both.

    `judged` are PMIDs that a person judged in the period, `arrived` those of articles that were new in it.
    """

    before: Answer
    after: Answer
    lost: tuple[Trial, ...]
    gained: tuple[Trial, ...]
    kept: tuple[tuple[Trial, Trial], ...]
    judged: frozenset[str]
    arrived: frozenset[str] = frozenset()

    def was(self, trial: Trial) -> Trial | None:
        """The trial as the answer before listed it, whether it counted or not; None when it is new."""
        return next((old for old in self.before.trials if is_same(old, trial)), None)

    def becomes(self, trial: Trial) -> Trial | None:
        """The trial as the new answer lists it, whether it counts or not; None when it is not listed any more."""
        return next((new for new in self.after.trials if is_same(trial, new)), None)

    def is_judged(self, trial: Trial) -> bool:
        """Has a person judged one of its reports?"""
        return any(report.pmid in self.judged for report in trial.reports)

    def has_arrived(self, trial: Trial) -> bool:
        """Is one of its reports new in the period?"""
        return any(report.pmid in self.arrived for report in trial.reports)


def is_same(one: Trial, other: Trial) -> bool:
    """Are they one trial? By key, or by a report: a trial without a number gets one when a report names it."""
    return one.key == other.key or not {report.pmid for report in one.reports}.isdisjoint(
        report.pmid for report in other.reports
    )


def counted(answer: Answer) -> list[Trial]:
    """The trials on which the answer's headline rests."""
    return [t for t in answer.trials if t.is_counted and t.status == "reported" and "retracted" not in t.flags]


def compare(before: Answer, after: Answer, changes: Sequence[Change]) -> Difference:
    """What the trials that count in one answer became in the next, in a period with these changes."""
    old, new = counted(before), counted(after)
    pairs: list[tuple[Trial, Trial]] = []
    for trial in new:  # each trial has one counterpart: of two that were joined, or split, one is lost, or gained
        taken = [was.key for was, _ in pairs]
        same = [was for was in old if is_same(was, trial) and was.key not in taken]
        pairs += [(was, trial) for was in sorted(same, key=lambda was: was.key != trial.key)[:1]]
    whys = [change.why for change in changes if change.kind is ChangeKind.ANSWER]
    return Difference(
        before,
        after,
        lost=tuple(t for t in old if t.key not in {was.key for was, _ in pairs} and not _is_outranked(t, after)),
        gained=tuple(t for t in new if t.key not in {now.key for _, now in pairs} and not _is_outranked(t, before)),
        kept=tuple(pairs),
        judged=frozenset(pmid for why in whys for pmid in _PMID.findall(why)),
        arrived=frozenset(change.pmid for change in changes if change.kind in (ChangeKind.NEW, ChangeKind.CITING)),
    )


def _is_outranked(trial: Trial, other: Answer) -> bool:
    """Does the other answer list this comparison, and only not count it because randomised trials do?

    It is neither lost nor gained then: the news is the randomised trials.
    """
    is_standing = any(is_same(trial, one) and one.status == "reported" and not one.randomized for one in other.trials)
    return not trial.randomized and is_standing and any(one.randomized for one in counted(other))
