"""Registered trials that ended and of whose result nothing was found, and what else registries say of results. Pure.

The periods are those of the WHO's joint statement on public disclosure of results of 2017: 12 months after the primary
completion in a registry, 24 in a journal. What is said is that nothing was found, never that nothing exists.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from monitor.evidence.question.in_words.wording import number
from monitor.evidence.question.registered import Registered
from monitor.language.messages import DAY, NUMBER, ListOf, message, plural
from monitor.model import RegistryEntry, RegistryStatus

#: Months after the primary completion at which a line says that no result was found.
PERIODS = (12, 24)
#: A certificate lets results come up to two years later (42 CFR 11.44).
_DELAY = 24
_HAS_ENDED = frozenset({RegistryStatus.COMPLETED, RegistryStatus.TERMINATED})
_MAY_HAVE_ENDED = _HAS_ENDED | {RegistryStatus.ACTIVE, RegistryStatus.UNKNOWN}
_A, _T = "answer", "registered trial that ended"
_TRIALS = ListOf(_T, "; ")
_TRIAL = message(
    _T, "%(trial)s (%(number)s, %(status)s, primary completion %(day)s)", status="status of a trial", day=DAY
)
_PLANNED = message(
    _T, "%(trial)s (%(number)s, %(status)s, planned primary completion %(day)s)", status="status of a trial", day=DAY
)
_NOT_UPDATED = message(
    _T, "%(trial)s (%(number)s, primary completion %(day)s, not updated since %(updated)s)", day=DAY, updated=DAY
)
NOTHING_FOUND = {
    12: plural(
        _A,
        "%(count)s registered trial ended more than 12 months ago, and we found no result of it: %(trials)s.",
        "%(count)s registered trials ended more than 12 months ago, and we found no result of them: %(trials)s.",
        trials=_TRIALS,
    ),
    24: plural(
        _A,
        "%(count)s registered trial ended more than 24 months ago, and we found no result of it: %(trials)s.",
        "%(count)s registered trials ended more than 24 months ago, and we found no result of them: %(trials)s.",
        trials=_TRIALS,
    ),
}
#: Where of some of them it is not stated that they ended: their planned end has passed.
NOTHING_FOUND_PLANNED = {
    12: plural(
        _A,
        "%(count)s registered trial was to end more than 12 months ago, and we found no result of it: %(trials)s.",
        "%(count)s registered trials ended or were to end more than 12 months ago, and we found no result of them: "
        "%(trials)s.",
        trials=_TRIALS,
    ),
    24: plural(
        _A,
        "%(count)s registered trial was to end more than 24 months ago, and we found no result of it: %(trials)s.",
        "%(count)s registered trials ended or were to end more than 24 months ago, and we found no result of them: "
        "%(trials)s.",
        trials=_TRIALS,
    ),
}
_P = "registered trial and its registry"
_IN_REGISTRY = message(_P, "%(trial)s (%(number)s, %(registry)s)")
POSTED = plural(
    _A,
    "Results of %(count)s trial are reported in its registry; we found no article with them: %(trials)s.",
    "Results of %(count)s trials are reported in their registries; we found no articles with them: %(trials)s.",
    trials=ListOf(_P, "; "),
    count=NUMBER,
)
_L = "registered trial and its articles"
_ARTICLES = message(_L, "%(trial)s (%(number)s: %(pmids)s)")
LINKED = plural(
    _A,
    "The registry of %(count)s trial links articles that are not among those found: %(trials)s.",
    "The registries of %(count)s trials link articles that are not among those found: %(trials)s.",
    trials=ListOf(_L, "; "),
    count=NUMBER,
)
SUBMITTED = message(
    _A,
    "Results of %(trial)s (%(number)s) were sent to its registry on %(day)s and are not public yet.",
    day=DAY,
)
DELAYED = message(
    _A,
    "A certificate of %(day)s lets the results of %(trial)s (%(number)s) come later; we found none yet.",
    day=DAY,
)


def lines(trials: Sequence[Registered], today: date | None) -> list[str]:
    """What registries say of the results of trials of which no article is held."""
    unread = [one.entry for one in trials if not one.is_reported]
    posted = [entry for entry in unread if entry.has_results]
    found = [POSTED(len(posted), count=number(len(posted), starts=False), trials=_named(posted))] if posted else []
    linked = [one for one in trials if one.linked and not one.pmids]
    if linked:
        told = [_with_articles(one) for one in linked]
        found.append(LINKED(len(linked), count=number(len(linked), starts=False), trials=told))
    if today is None:
        return found
    for months in reversed(PERIODS):
        late = [one.entry for one in trials if overdue(one, today) == months]
        if late:
            ended = [trial_that_ended(entry) for entry in late]
            said = NOTHING_FOUND if all(map(is_stated, late)) else NOTHING_FOUND_PLANNED
            found.append(said[months](len(late), count=number(len(late)), trials=ended))
    return [*found, *(line for entry in unread for line in _expected(entry, today))]


def _named(entries: Iterable[RegistryEntry]) -> list[str]:
    return [_IN_REGISTRY(trial=e.name, number=e.number, registry=e.source.label) for e in entries]


def _with_articles(one: Registered) -> str:
    named = ", ".join(f"PMID {pmid}" for pmid in one.linked)
    return _ARTICLES(trial=one.entry.name, number=one.entry.number, pmids=named)


def _expected(entry: RegistryEntry, today: date) -> list[str]:
    named = {"trial": entry.name, "number": entry.number}
    if entry.has_results:
        return []
    if entry.results_submitted_on:
        return [SUBMITTED(**named, day=day(entry.results_submitted_on))]
    if _is_delayed(entry, today) and entry.delay_certified_on:
        return [DELAYED(**named, day=day(entry.delay_certified_on))]
    return []


def trial_that_ended(entry: RegistryEntry) -> str:
    """A trial with its number, its status and when it ended, or was to end."""
    ended = ended_on(entry)
    named = {"trial": entry.name, "number": entry.number, "day": day(ended) if ended else ""}
    if entry.status is RegistryStatus.UNKNOWN and entry.updated_on:
        return _NOT_UPDATED(**named, updated=day(entry.updated_on))
    is_planned = entry.primary_completion is not None and entry.primary_completion.is_actual is False
    return (_PLANNED if is_planned else _TRIAL)(**named, status=entry.status)


def day(of: date) -> str:
    """A day as messages have it: "23 November 2026"."""
    return f"{of.day} {of:%B %Y}"


def overdue(trial: Registered, today: date) -> int:
    """How many months, of PERIODS, have passed since the trial ended without a result; 0 where a result is due later.

    A trial that was withdrawn had nobody in it. A planned end counts where the status says that it has come, or when
    it passed so long ago that it must have. What was sent to the registry, or may come later by a certificate, is not
    missing.
    """
    entry = trial.entry
    if trial.is_reported or entry.has_results or entry.results_submitted_on or _is_delayed(entry, today):
        return 0
    return max((months for months in PERIODS if _is_past(entry, months, today)), default=0)


def next_day(trial: Registered, today: date) -> date | None:
    """The next day on which `overdue` can become larger without anything new; None when there is none."""
    ended = ended_on(trial.entry)
    months = (*PERIODS, PERIODS[0] + _DELAY)
    days = [after(ended, many) + timedelta(days=1) for many in months] if ended else []
    return min((one for one in days if one > today), default=None)


def ended_on(entry: RegistryEntry) -> date | None:
    """The last day that its primary completion can mean."""
    return entry.primary_completion.last_day if entry.primary_completion else None


def _is_past(entry: RegistryEntry, months: int, today: date) -> bool:
    ended = ended_on(entry)
    if ended is None or entry.status not in _MAY_HAVE_ENDED or today <= after(ended, months):
        return False
    return is_stated(entry) or today > after(ended, PERIODS[-1])


def is_stated(entry: RegistryEntry) -> bool:
    """Whether the registry says that it ended, not only when it was to end."""
    return entry.status in _HAS_ENDED or bool(entry.primary_completion and entry.primary_completion.is_actual)


def _is_delayed(entry: RegistryEntry, today: date) -> bool:
    ended = ended_on(entry)
    return bool(entry.delay_certified_on and ended and today <= after(ended, PERIODS[0] + _DELAY))


def after(ended: date, months: int) -> date:
    """The same day so many months later; the last of the month where it has none."""
    year, month = ended.year + (ended.month - 1 + months) // 12, (ended.month - 1 + months) % 12 + 1
    return date(year, month, min(ended.day, calendar.monthrange(year, month)[1]))
