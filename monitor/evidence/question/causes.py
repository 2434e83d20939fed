"""Which reports made one answer differ from the one before: what a reader asks first. Pure."""

from __future__ import annotations

from monitor.model import Answer, ReviewLine, Role, Trial

_NOTICES = (Role.ERRATUM, Role.RETRACTED)


def causes(before: Answer | None, after: Answer) -> tuple[str, ...]:
    """PMIDs, the weightiest kind only: a trial's result or notice, else a review that includes more, else a protocol.

    Falls back on the newest reports the answer rests on, as for a first answer.
    """
    if before is None:
        return after.causes
    return _of_trials(before, after) or _of_reviews(before, after) or _of_plans(before, after) or after.causes


def _of_trials(before: Answer, after: Answer) -> tuple[str, ...]:
    known = {trial.key: trial for trial in before.trials if trial.status == "reported"}
    reported = [trial for trial in after.trials if trial.status == "reported"]
    return tuple(pmid for trial in reported for pmid in _of_trial(known.get(trial.key), trial))


def _of_trial(old: Trial | None, new: Trial) -> tuple[str, ...]:
    """Its main result when the trial is new or says something else; its notices when only its flags differ."""
    main = tuple(r.pmid for r in new.reports if r.role is Role.MAIN_RESULT)
    if old is None or (old.statement, old.control, old.sample_size, old.randomized) != (
        new.statement,
        new.control,
        new.sample_size,
        new.randomized,
    ):
        return main
    if old.flags == new.flags:
        return ()
    had = {r.pmid for r in old.reports}
    return tuple(r.pmid for r in new.reports if r.role in _NOTICES and r.pmid not in had) or main


def _of_reviews(before: Answer, after: Answer) -> tuple[str, ...]:
    """The new review that says it included the most trials."""
    had = {review.pmid for review in before.reviews}
    new = [r for r in after.reviews if r.pmid not in had and r.included_trials is not None]
    most = max(new, key=_included, default=None)
    is_more = most is not None and _included(most) > max(map(_included, before.reviews), default=-1)
    return (most.pmid,) if most is not None and is_more else ()


def _included(review: ReviewLine) -> int:
    return -1 if review.included_trials is None else review.included_trials


def _of_plans(before: Answer, after: Answer) -> tuple[str, ...]:
    """The new protocols: of a trial that was not known, or was known from a registry only."""
    had = {report.pmid for trial in before.silent_trials for report in trial.reports}
    new = [report for trial in after.silent_trials for report in trial.reports if report.pmid not in had]
    return tuple(report.pmid for report in new if report.role is Role.PROTOCOL)
