"""What is told of notices that sources besides PubMed have, and what of it PubMed has said already. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from monitor.model import Article, Change, ChangeKind, Nature, Notice, NoticeKind, OutsideNotice
from monitor.model.outside.notice import is_same, reinstatement, standing

_KINDS = {
    Nature.RETRACTION: ChangeKind.RETRACTED,
    Nature.CONCERN: ChangeKind.CONCERN,
    Nature.CORRECTION: ChangeKind.CORRECTED,
}
_ALARMS = frozenset(_KINDS.values())


def told(
    topic: str, article: Article, before: Sequence[OutsideNotice], after: Sequence[OutsideNotice], now: datetime
) -> Iterator[Change]:
    """The changes to tell of an article of which these sources had the notices `before` and have those `after`.

    Of one that is retracted nothing lesser is told, and of one notice only the gravest of what it is called. Nothing is
    told that PubMed's record says already.
    """
    base = Change(topic, ChangeKind.RETRACTED, now, pmid=article.pmid)
    stood, stands = standing(before), standing(after)
    was_retracted, is_retracted = _is_retracted(stood), _is_retracted(stands)
    if article.is_retracted or (is_retracted and was_retracted):
        return
    if is_retracted:
        yield _change(base, ChangeKind.RETRACTED, _shown(stands))
        return
    if was_retracted and (taken_back := reinstatement(after)):
        yield _change(base, ChangeKind.REINSTATED, taken_back)
    named: set[str] = set()
    for one in stands:
        is_known = any(is_same(one, other) for other in before) or is_in_record(one, article.notices)
        if not is_known and not (one.doi and one.doi in named):
            yield _change(base, _KINDS[one.nature], one)
        named.add(one.doi)


def is_in_record(outside: OutsideNotice, notices: Iterable[Notice]) -> bool:
    """Does PubMed's record link this notice? Where it has neither PMID nor DOI of it, its kind and year decide."""
    return any(_is_linked(outside.as_notice(), one) for one in notices if one.about_this and not one.source)


def untold(changes: Iterable[Change], earlier: Sequence[Change]) -> list[Change]:
    """The changes that PubMed's record brings, without those that another source was told of before.

    `earlier` are all changes of the same articles that were ever stored, oldest first.
    """
    return [one for one in changes if not _was_told(one, [e for e in earlier if e.pmid == one.pmid])]


def _was_told(change: Change, earlier: Sequence[Change]) -> bool:
    if change.kind in (ChangeKind.RETRACTED, ChangeKind.REINSTATED):
        last = [one for one in earlier if one.kind in (ChangeKind.RETRACTED, ChangeKind.REINSTATED)][-1:]
        return any(one.kind is change.kind and _is_outside(one) for one in last)
    if change.kind not in _ALARMS or change.notice is None:
        return False
    same_kind = [one.notice for one in earlier if one.kind is change.kind and _is_outside(one)]
    return any(_is_linked(notice, change.notice) for notice in same_kind if notice)


def _is_outside(change: Change) -> bool:
    return bool(change.notice and change.notice.source)


def _is_linked(outside: Notice, linked: Notice) -> bool:
    """Is the notice of another source the one that PubMed links?"""
    if outside.kind is not linked.kind:
        return False
    if outside.kind is NoticeKind.RETRACTION:
        return True
    if outside.pmid and linked.pmid:
        return outside.pmid == linked.pmid
    doi = outside.citation.removeprefix("doi: ")
    if doi and "doi" in linked.citation.lower():
        return doi in linked.citation.lower()
    return not outside.on or outside.on[:4] in linked.citation


def _is_retracted(notices: Sequence[OutsideNotice]) -> bool:
    return any(one.nature is Nature.RETRACTION for one in notices)


def _shown(notices: Sequence[OutsideNotice]) -> OutsideNotice:
    """Of several notices of one retraction the one with a reason, else the one with the latest date."""
    found = [one for one in notices if one.nature is Nature.RETRACTION]
    return max(found, key=lambda one: (bool(one.reason), one.on.isoformat() if one.on else ""))


def _change(base: Change, kind: ChangeKind, notice: OutsideNotice) -> Change:
    return Change(base.topic, kind, base.at, pmid=base.pmid, notice=notice.as_notice())
