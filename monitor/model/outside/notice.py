"""A notice about an article as a source besides PubMed has it, and which of several notices stand. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from monitor.model.article import Notice, NoticeKind
from monitor.model.outside.source_name import SourceName

#: Notices of two sources without a common identifier are one when they are dated within so many days of each other.
#: Crossref has a retraction of 5 June 2020 also as of 22 May, the birthday of the article.
_NEAR = timedelta(days=45)


class Nature(StrEnum):
    """What a notice says of the article, the gravest first."""

    RETRACTION = "retraction"
    CONCERN = "expression of concern"
    CORRECTION = "correction"
    REINSTATEMENT = "reinstatement"


#: NLM's words for the same.
_NLM = {
    Nature.RETRACTION: (NoticeKind.RETRACTION, "RetractionIn"),
    Nature.CONCERN: (NoticeKind.CONCERN, "ExpressionOfConcernIn"),
    Nature.CORRECTION: (NoticeKind.ERRATUM, "ErratumIn"),
    Nature.REINSTATEMENT: (NoticeKind.OTHER, "ReinstatementIn"),
}
_GRAVITY = {nature: number for number, nature in enumerate(Nature)}


@dataclass(frozen=True, slots=True)
class OutsideNotice:
    """A notice about one article. `key` identifies it at its source, `doi` and `pmid` are those of the notice itself.

    `dates` are all dates that the source has for it, each with who says so, the latest last; `on` and `asserted_by`
    are of those the one that is shown, None and "" where there is none.
    """

    source: SourceName
    key: str
    nature: Nature
    doi: str = ""
    pmid: str = ""
    reason: str = ""
    asserted_by: str = ""
    on: date | None = None
    dates: tuple[tuple[str, date], ...] = ()

    @property
    def told_by(self) -> str:
        """Who says so, for people."""
        watch = SourceName.RETRACTION_WATCH.label
        return f"{watch} ({self.source.label})" if self.asserted_by == watch != self.source.label else self.source.label

    def as_notice(self) -> Notice:
        """The same as PubMed would link it."""
        kind, ref_type = _NLM[self.nature]
        return Notice(
            kind=kind,
            ref_type=ref_type,
            about_this=True,
            pmid=self.pmid,
            citation=f"doi: {self.doi}" if self.doi else "",
            source=self.told_by,
            reason=self.reason,
            on=self.on.isoformat() if self.on else "",
        )


def standing(notices: Iterable[OutsideNotice]) -> list[OutsideNotice]:
    """The notices that hold, the gravest first, then by date: a reinstatement cancels the retractions before it.

    A correction or a concern cancels nothing. A retraction that is over stays so when another source has the same
    notice with a later date: publishers date some by the day of deposit. Of unknown dates that of a reinstatement is
    the latest, since something was reinstated by it, any other the earliest.
    """
    found = list(notices)
    reinstated_on = max((_when(one) for one in found if one.nature is Nature.REINSTATEMENT), default=None)
    over = [one for one in found if one.nature is Nature.RETRACTION and reinstated_on and _when(one) <= reinstated_on]
    held = [
        one
        for one in found
        if one.nature is not Nature.REINSTATEMENT and not any(one is each or _is_told_late(one, each) for each in over)
    ]
    return sorted(held, key=lambda one: (_GRAVITY[one.nature], _when(one), one.key))


def reinstatement(notices: Iterable[OutsideNotice]) -> OutsideNotice | None:
    """The latest reinstatement; None when there is none."""
    found = [one for one in notices if one.nature is Nature.REINSTATEMENT]
    return max(found, key=_when) if found else None


def is_same(one: OutsideNotice, other: OutsideNotice) -> bool:
    """Are they one notice, told by two sources?"""
    if one.nature is not other.nature:
        return False
    if one.doi and other.doi:
        return one.doi == other.doi
    if one.pmid and other.pmid:
        return one.pmid == other.pmid
    return one.on is None or other.on is None or abs(one.on - other.on) <= _NEAR


def _is_told_late(one: OutsideNotice, other: OutsideNotice) -> bool:
    """Is it the same notice, of another source?"""
    is_elsewhere = one.nature is other.nature and one.source is not other.source
    return is_elsewhere and bool(one.doi) and one.doi == other.doi


def shown(dates: Sequence[tuple[str, date]], preferred: str) -> tuple[str, date | None]:
    """Of several dates the one that is shown, with who says so: the latest of `preferred`, else the latest."""
    ordered = sorted(dates, key=lambda one: (one[0] == preferred, one[1]))
    return ordered[-1] if ordered else ("", None)


def _when(notice: OutsideNotice) -> date:
    unknown = date.max if notice.nature is Nature.REINSTATEMENT else date.min
    return notice.on or unknown
