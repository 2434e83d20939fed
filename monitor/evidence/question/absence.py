"""The one gate before "no trial exists": which held records could contradict it, and what is said instead. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from monitor.evidence.article.bearing.hints import MAY_BE, TELLS
from monitor.model import Judged, ReviewLine


def may_be_trial(judged: Judged) -> bool:
    """Whether the report may be of a trial of the question, and no person has said what it is.

    It is about the question and compares, but does not say what it is; or its people may be the question's.
    """
    return not judged.screening and not judged.article.is_retracted and _says(judged, MAY_BE)


def tells_of_trial(judged: Judged) -> bool:
    """Whether an article that is no trial speaks of one, which then must be among those found or is missing."""
    return not judged.screening and not judged.article.is_retracted and _says(judged, TELLS)


def uncounted(tellers: Iterable[Judged], reviews: Iterable[ReviewLine]) -> tuple[str, ...]:
    """The articles that speak of a trial, without reviews that say how many they include: these are told by number."""
    numbered = {review.pmid for review in reviews if review.included_trials is not None}
    return tuple(one.article.pmid for one in tellers if one.article.pmid not in numbered)


def _says(judged: Judged, rule: str) -> bool:
    return any(reason.rule == rule for reason in judged.verdict.relevance.basis)
