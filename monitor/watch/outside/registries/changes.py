"""What changed in a registry entry that readers want to hear, in sentences. Pure.

What is not told: dates of verification, sites, contacts, index terms, an update that changes nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import date, timedelta

import msgspec

from monitor.evidence.question.overdue import day
from monitor.language.messages import DAY, message, plural
from monitor.model import ReferenceKind, RegistryEntry, RegistryStatus, Revision, SourceName

_C = "outside"
#: A primary completion that moves by less is not told.
_MOVED = timedelta(days=28)
_MONTH = 30.44

REGISTERED = message(_C, "Registered on %(day)s.", day=DAY)
NOW_LISTED = message(_C, "Now listed by the registry.")
AFTER_ITS_END = message(_C, "It was registered after it had ended.")
_PLANNED = plural(_C, "It is to have %(count)s participant.", "It is to have %(count)s participants.")
_STATUS = {
    RegistryStatus.NOT_YET_RECRUITING: message(_C, "It is not recruiting yet."),
    RegistryStatus.RECRUITING: message(_C, "It started recruiting."),
    RegistryStatus.ACTIVE: message(_C, "It stopped recruiting; those who take part are still followed."),
    RegistryStatus.NOT_RECRUITING: message(_C, "It is not recruiting."),
    RegistryStatus.COMPLETED: message(_C, "It is completed."),
    RegistryStatus.SUSPENDED: message(_C, "It was suspended; no reason is given."),
    RegistryStatus.TERMINATED: message(_C, "It was terminated early; no reason is given."),
    RegistryStatus.WITHDRAWN: message(_C, "It was withdrawn before anyone took part; no reason is given."),
    RegistryStatus.UNKNOWN: message(_C, "Its status is unknown: the registry does not say how it stands."),
}
_NO_LONGER = message(_C, "It is no longer recruiting.")
_AGAIN = message(_C, "It is recruiting again.")
_NOW = message(_C, "It is recruiting now.")
#: How it stood before it recruits: whether that is a start, or is not known.
_RECRUITS = {
    RegistryStatus.NOT_YET_RECRUITING: _STATUS[RegistryStatus.RECRUITING],
    RegistryStatus.NOT_RECRUITING: _NOW,
    RegistryStatus.UNKNOWN: _NOW,
}
_RENUMBERED = message(_C, "Its number is now %(number)s; it was %(before)s.")
_WHY = {
    RegistryStatus.SUSPENDED: message(_C, "It was suspended. The reason given: “%(reason)s”."),
    RegistryStatus.TERMINATED: message(_C, "It was terminated early. The reason given: “%(reason)s”."),
    RegistryStatus.WITHDRAWN: message(_C, "It was withdrawn before anyone took part. The reason given: “%(reason)s”."),
}
#: Of a registry that has no reasons in what it sends to programs.
_SEE_THERE = {
    RegistryStatus.SUSPENDED: message(_C, "It was suspended; its page in the registry may say why."),
    RegistryStatus.TERMINATED: message(_C, "It was terminated early; its page in the registry may say why."),
    RegistryStatus.WITHDRAWN: message(
        _C, "It was withdrawn before anyone took part; its page in the registry may say why."
    ),
}
#: What stands where a reason is asked for and none is given; the last is the register's own definition of the status.
_NO_REASONS = frozenset({"", "n/a", "na", "none", "not applicable", "not available", "unknown", "not provided"})
_DEFINITION = "halted prematurely and will not resume"
_REASON = message(_C, "The reason now given: “%(reason)s”.")
_NOT_UPDATED = message(_C, "Its status is unknown: it was not updated since %(day)s.", day=DAY)
_LATER = plural(
    _C,
    "Its primary completion moved from %(before)s to %(after)s, %(count)s month later.",
    "Its primary completion moved from %(before)s to %(after)s, %(count)s months later.",
    before=DAY,
    after=DAY,
)
_EARLIER = plural(
    _C,
    "Its primary completion moved from %(before)s to %(after)s, %(count)s month earlier.",
    "Its primary completion moved from %(before)s to %(after)s, %(count)s months earlier.",
    before=DAY,
    after=DAY,
)
_CUT = message(_C, "Its planned number of participants was cut from %(before)s to %(after)s.")
_RAISED = message(_C, "Its planned number of participants was raised from %(before)s to %(after)s.")
_HAS = plural(_C, "It has %(count)s participant.", "It has %(count)s participants.")
_ENROLLED = message(_C, "It has %(after)s participants; %(before)s were planned.")
_CORRECTED = message(_C, "The registry now gives %(after)s as its number of participants; it gave %(before)s.")
_OUTCOME = message(_C, "Its primary outcome was changed after it had started.")
_POSTED = message(_C, "Results are posted in the registry.")
_POSTED_ON = message(_C, "Results were posted in the registry on %(day)s.", day=DAY)
_NOT_POSTED = message(_C, "The registry no longer shows results of it.")
_NOT_SUBMITTED = message(_C, "The registry no longer says that results were sent to it.")
_SUBMITTED = message(_C, "Results were sent to the registry on %(day)s and are not public yet.", day=DAY)
_DELAYED = message(_C, "A certificate of %(day)s lets its results come later.", day=DAY)
_PAPER = message(_C, "The registry links an article to it: PMID %(pmid)s.")
NO_RESULT = {
    12: message(_C, "We found no result more than 12 months after its primary completion of %(day)s.", day=DAY),
    24: message(_C, "We found no result more than 24 months after its primary completion of %(day)s.", day=DAY),
}

#: Where the registry does not say that it ended.
NO_RESULT_PLANNED = {
    12: message(_C, "We found no result more than 12 months after its planned primary completion of %(day)s.", day=DAY),
    24: message(_C, "We found no result more than 24 months after its planned primary completion of %(day)s.", day=DAY),
}


@dataclass(frozen=True, slots=True)
class News:
    """What to tell of an entry, in sentences; `pmids` are articles that belong to it. No sentences: nothing."""

    sentences: tuple[str, ...] = ()
    pmids: tuple[str, ...] = ()


def registered(entry: RegistryEntry) -> News:
    """What is told of an entry that was not held before."""
    told = [REGISTERED(day=day(entry.registered_on)) if entry.registered_on else NOW_LISTED()]
    ended = entry.primary_completion.last_day if entry.primary_completion else None
    if ended and entry.registered_on and ended < entry.registered_on:
        told.append(AFTER_ITS_END())
    elif entry.enrolment and not entry.is_enrolment_actual:
        told.append(_PLANNED(entry.enrolment, count=f"{entry.enrolment:,}"))
    if entry.status in _WHY:
        told.append(_status(entry))
    if entry.has_results:
        told.append(_POSTED())
    return News(tuple(told))


def changed(before: RegistryEntry, after: RegistryEntry) -> News:
    """What is told of an entry that was held as `before`."""
    papers = _new_papers(before, after)
    told = (
        *([_RENUMBERED(number=after.number, before=before.number)] if before.number != after.number else []),
        *_statuses(before, after),
        *_completion(before, after),
        *_enrolment(before, after),
        *_outcome(before, after),
        *_results(before, after),
        *(_PAPER(pmid=pmid) for pmid in papers),
    )
    return News(told, tuple(papers))


def revisions(before: RegistryEntry, after: RegistryEntry) -> list[Revision]:
    """Every field that differs, both values as JSON: the entry's own history."""
    pairs = ((one.name, getattr(before, one.name), getattr(after, one.name)) for one in fields(after))
    return [Revision(name, _as_json(old), _as_json(new)) for name, old, new in pairs if old != new]


def _as_json(value: object) -> str:
    return msgspec.json.encode(value).decode()


def _statuses(before: RegistryEntry, after: RegistryEntry) -> Iterator[str]:
    if before.status is not after.status and after.status is RegistryStatus.RECRUITING:
        yield _RECRUITS.get(before.status, _AGAIN)()
    elif after.status is RegistryStatus.NOT_RECRUITING and before.status is RegistryStatus.RECRUITING:
        yield _NO_LONGER()
    elif before.status is not after.status:
        yield _status(after)
    elif after.status in _WHY and _reason(after) not in ("", _reason(before)):
        yield _REASON(reason=_reason(after))


def _status(entry: RegistryEntry) -> str:
    if entry.status in _WHY and _reason(entry):
        return _WHY[entry.status](reason=_reason(entry))
    if entry.status is RegistryStatus.UNKNOWN and entry.updated_on:
        return _NOT_UPDATED(day=day(entry.updated_on))
    if entry.status in _WHY and entry.source is not SourceName.CLINICAL_TRIALS:
        return _SEE_THERE[entry.status]()
    return _STATUS[entry.status]()


def _reason(entry: RegistryEntry) -> str:
    """In the sponsor's words, without a full stop: the sentence it stands in has one. "" where none is given."""
    said = entry.why_stopped.strip(" .-–—")
    low = said.casefold()
    return "" if low in _NO_REASONS or low.endswith(_DEFINITION) else said


def _completion(before: RegistryEntry, after: RegistryEntry) -> Iterator[str]:
    """Not for a trial that was withdrawn, whose dates say nothing; nor where a month becomes a day of that month."""
    was, is_ = before.primary_completion, after.primary_completion
    old, new = was.last_day if was else None, is_.last_day if is_ else None
    if old is None or new is None or abs(new - old) < _MOVED or after.status is RegistryStatus.WITHDRAWN:
        return
    if was and is_ and (is_.written.startswith(was.written) or was.written.startswith(is_.written)):
        return
    months = max(1, round(abs((new - old).days) / _MONTH))
    yield (_LATER if new > old else _EARLIER)(months, before=day(old), after=day(new), count=str(months))


def _enrolment(before: RegistryEntry, after: RegistryEntry) -> Iterator[str]:
    """How many take part, once that is known; until then a plan that changes."""
    old, new = before.enrolment or 0, after.enrolment
    if new is None or after.status is RegistryStatus.WITHDRAWN:
        return
    sizes = {"before": f"{old:,}", "after": f"{new:,}"}
    is_plan = before.is_enrolment_actual is False
    if after.is_enrolment_actual and not before.is_enrolment_actual:
        yield _ENROLLED(**sizes) if old and is_plan else _HAS(new, count=f"{new:,}")
    elif old and old != new:
        is_plan = is_plan and after.is_enrolment_actual is False
        yield (_CORRECTED if not is_plan else _CUT if new < old else _RAISED)(**sizes)


def _outcome(before: RegistryEntry, after: RegistryEntry) -> Iterator[str]:
    has_started = before.status not in (RegistryStatus.NOT_YET_RECRUITING, RegistryStatus.WITHDRAWN)
    old, new = _words(before.primary_outcomes), _words(after.primary_outcomes)
    if has_started and old and new and old != new:
        yield _OUTCOME()


def _words(outcomes: Sequence[str]) -> set[str]:
    return {" ".join(text.casefold().split()).rstrip(".") for text in outcomes}


def _results(before: RegistryEntry, after: RegistryEntry) -> Iterator[str]:
    if after.has_results and not before.has_results:
        yield _POSTED_ON(day=day(after.results_posted_on)) if after.results_posted_on else _POSTED()
    elif before.has_results and not after.has_results:
        yield _NOT_POSTED()
    if after.results_submitted_on and not before.results_submitted_on:
        yield _SUBMITTED(day=day(after.results_submitted_on))
    elif before.results_submitted_on and not after.results_submitted_on and not after.has_results:
        yield _NOT_SUBMITTED()
    if after.delay_certified_on and not before.delay_certified_on:
        yield _DELAYED(day=day(after.delay_certified_on))


def _new_papers(before: RegistryEntry, after: RegistryEntry) -> list[str]:
    """Articles that name the number, and results that the investigator names and that are younger than the trial."""
    had = {reference.pmid for reference in before.references}
    start = (after.start.last_day if after.start else None) or after.registered_on
    return [
        reference.pmid
        for reference in after.references
        if reference.pmid not in had
        and (
            reference.kind is ReferenceKind.DERIVED
            or (reference.kind is ReferenceKind.RESULT and _is_younger(reference.year, start))
        )
    ]


def _is_younger(year: int | None, start: date | None) -> bool:
    return year is not None and (start is None or year > start.year)
