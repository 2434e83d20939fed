"""What awaits a person: the reports that bear on the answer and that nobody has screened, the weightiest first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from monitor.evidence.question.absence import may_be_trial
from monitor.evidence.question.synthesis import weigh
from monitor.evidence.question.trial_grouping import TRIAL_DESIGNS, group
from monitor.model import Design, Judged, Level, Question, TrialLink

_MAYBE = TRIAL_DESIGNS | {Design.UNCLEAR}
_REVIEWS = frozenset({Design.SYSTEMATIC_REVIEW, Design.META_ANALYSIS_TREATMENT, Design.GUIDELINE})


@dataclass(frozen=True, slots=True)
class Awaiting:
    """Reports nobody has screened, each in one pile, newest first; and those that a person has.

    `stated`: main results whose own words state their design, so that they count, or wait only for a person.
    `possible`: what may be a trial's report: its words do not state so, or do not say what it is at all.
    """

    stated: tuple[Judged, ...]
    possible: tuple[Judged, ...]
    protocols: tuple[Judged, ...]
    reviews: tuple[Judged, ...]
    screened: tuple[Judged, ...]


def awaiting(judged: Iterable[Judged], links: Sequence[TrialLink] = (), question: Question | None = None) -> Awaiting:
    """The piles among everything judged for a topic; what is not about its question is in none."""
    everything = list(judged)
    standing = [w for w in map(weigh, group(everything, links, question)) if w.has_result]
    stated = [w.main for w in standing if w.main and w.is_stated and not w.main.screening]
    taken = {one.article.pmid for one in stated}
    open_ = [j for j in everything if not j.screening and _is_about(j) and j.article.pmid not in taken]
    unstated = {w.main.article.pmid for w in standing if w.main and not w.is_stated}
    possible = [j for j in open_ if j.article.pmid in unstated or _may_be_trial(j)]
    rest = [j for j in open_ if j not in possible]
    return Awaiting(
        stated=_newest_first(stated),
        possible=_newest_first(possible),
        protocols=_newest_first(j for j in rest if j.verdict.design is Design.PROTOCOL),
        reviews=_newest_first(j for j in rest if j.verdict.design in _REVIEWS),
        screened=_newest_first(j for j in everything if j.screening),
    )


def _is_about(judged: Judged) -> bool:
    return judged.verdict.relevance.is_match or may_be_trial(judged)


def _may_be_trial(judged: Judged) -> bool:
    is_unsaid = judged.verdict.level is Level.POSSIBLE and judged.verdict.design in _MAYBE
    return is_unsaid or may_be_trial(judged)


def _newest_first(found: Iterable[Judged]) -> tuple[Judged, ...]:
    def age(judged: Judged) -> tuple[date, str]:
        return judged.article.first_public_on or date.min, judged.article.pmid

    return tuple(sorted(found, key=age, reverse=True))
