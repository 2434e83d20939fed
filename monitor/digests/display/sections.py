"""Which section of a digest an article belongs to, in which order, and how many each shows. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date

from monitor.digests.display.revision import reversal
from monitor.model import Change, ChangeKind, Design, DigestItem, Frequency, Role, Verdict

#: The sections in reading order, each with the number of articles it shows. Trials beyond it are named with title and
#: links, articles of other sections are only counted and linked.
SHOWN = {
    "trials": 15,
    "notices": 15,
    "reinstated": 15,
    "reviews": 10,
    "citing": 10,
    "new": 20,
    "other_trials": 20,
    "unread": 20,
    "revised": 8,
    "back": 8,
    "merged": 8,
    "gone": 8,
}
#: The sections that list articles of which nothing was told before.
ARRIVALS = ("trials", "reviews", "citing", "new", "other_trials")

_NOTICES = (ChangeKind.RETRACTED, ChangeKind.CONCERN, ChangeKind.CORRECTED)
_ARRIVED = frozenset({ChangeKind.NEW, ChangeKind.CITING})
_TRIAL_DESIGNS = frozenset({Design.RANDOMIZED, Design.CONTROLLED, Design.PROTOCOL, Design.SECONDARY_ANALYSIS})
_TRIAL_ROLES = frozenset({Role.MAIN_RESULT, Role.EXTENSION, Role.PROTOCOL, Role.SECONDARY_ANALYSIS})
_REVIEW_DESIGNS = frozenset(
    {
        Design.SYSTEMATIC_REVIEW,
        Design.META_ANALYSIS_TREATMENT,
        Design.META_ANALYSIS_ASSOCIATION,
        Design.GUIDELINE,
    }
)


def section_of(changes: Sequence[Change], verdict: Verdict | None, *, is_cause: bool) -> str:
    """The key in `SHOWN` of the section an article belongs to: one only, that of its most important change.

    `is_cause`: the article is why the answer changed. A trial whose authors now state another result is news too.
    """
    kinds = {change.kind for change in changes}
    has_arrived = bool(kinds & _ARRIVED)
    is_trial = _says_trial(verdict)
    is_match = bool(verdict and verdict.relevance.is_match)
    if is_cause or (is_trial and is_match and (has_arrived or _is_reversed(changes, verdict))):
        return "trials"
    if kinds.intersection(_NOTICES):
        return "notices"
    if ChangeKind.REINSTATED in kinds:
        return "reinstated"
    if ChangeKind.GONE in kinds:
        return "gone"
    if has_arrived:
        return _of_arrival(kinds, verdict, is_trial=is_trial)
    if ChangeKind.UNREAD in kinds:
        return "unread"
    if ChangeKind.MERGED in kinds:
        return "merged"
    return "back" if ChangeKind.REAPPEARED in kinds else "revised"


def _of_arrival(kinds: Collection[ChangeKind], verdict: Verdict | None, *, is_trial: bool) -> str:
    if verdict and verdict.design in _REVIEW_DESIGNS:
        return "reviews"
    if is_trial:
        return "other_trials"
    return "citing" if ChangeKind.CITING in kinds else "new"


def _says_trial(verdict: Verdict | None) -> bool:
    """Does the verdict say that the article is about a controlled trial, of whatever question?"""
    return verdict is not None and (verdict.design in _TRIAL_DESIGNS or verdict.role in _TRIAL_ROLES)


def _is_reversed(changes: Sequence[Change], verdict: Verdict | None) -> bool:
    return any(change.kind is ChangeKind.REVISED and reversal(change, verdict) for change in changes)


def order(item: DigestItem, causes: Collection[str]) -> tuple[int, int, int, float, int, str]:
    """Sort key: section, causes of the answer, gravest notice, likeliest trial, newest; the PMID breaks ties."""
    kinds = {change.kind for change in item.changes}
    gravity = next((rank for rank, kind in enumerate(_NOTICES) if kind in kinds), len(_NOTICES))
    newest = item.article.first_public_on or date.min
    likely = item.verdict.score if item.verdict and item.section == "trials" else 0.0
    is_match = bool(item.verdict and item.verdict.relevance.is_match)
    return (
        list(SHOWN).index(item.section),
        0 if item.article.pmid in causes else 1,
        gravity if item.section == "notices" else int(not is_match),
        -likely,
        -newest.toordinal(),
        item.article.pmid,
    )


def limits(frequency: Frequency, *, is_news: bool) -> Mapping[str, int]:
    """How many articles each section shows. "At once" lists only what can bear on the answer, and only with news."""
    if frequency is not Frequency.AT_ONCE:
        return SHOWN
    return {section: SHOWN[section] if is_news else 0 for section in ("trials", "notices", "reviews")}
