"""How PubMed's present records differ from the stored ones, and which differences are reported to readers.

Pure: everything is an argument, `now` included. Nothing here decides what an article *means*;
that is `monitor.evidence`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from monitor.language.messages import message
from monitor.model import Article, Change, ChangeKind, Notice, NoticeKind, Revision, Search, Unread

#: A difference in any other field (an ORCID, a respelled journal) is stored and never reported.
WATCHED = ("title", "abstract", "publication_types", "registry_numbers", "notices")

#: Notices that say that something is wrong with an article, and the change each is reported as.
_ALARMS = {
    NoticeKind.RETRACTION: ChangeKind.RETRACTED,
    NoticeKind.CONCERN: ChangeKind.CONCERN,
    NoticeKind.ERRATUM: ChangeKind.CORRECTED,
}
_NOT_READ = message("change", "its record could not be read yet")
_NEVER_READ = message("change", "PubMed no longer lists it, and its record was never read")


def detect(
    search: Search,
    stored: Mapping[str, Article],
    articles: Iterable[Article],
    *,
    arrived: frozenset[str] = frozenset(),
    returned: frozenset[str] = frozenset(),
    citing: frozenset[str] = frozenset(),
    gone: Mapping[str, str] | None = None,
    merged: Mapping[str, str] | None = None,
    now: datetime,
) -> list[Change]:
    """The changes to report to readers of the search's topic about `articles`, in their present state.

    `stored` are the previous states, by PMID, of articles that the topic already has. `arrived`
    are PMIDs new to the topic, unless they are among those `returned` to it, `citing` those newly found to cite the
    seed (both empty for a baseline, which reports nothing). `gone` maps a PMID to the reason why it counts as gone,
    `merged` one that is gone, now or earlier, to the PMID held instead. An article that was reported long ago is
    compared like any other: so its retraction is reported.
    """
    changes: list[Change] = []
    for article in articles:
        base = Change(search.topic, ChangeKind.NEW, now, pmid=article.pmid, search=search.name)
        if article.pmid in arrived:
            changes.append(replace(base, kind=ChangeKind.REAPPEARED) if article.pmid in returned else base)
        if article.pmid in citing:
            changes.append(replace(base, kind=ChangeKind.CITING))
        old = stored.get(article.pmid)
        if old is not None:
            changes += _revised(base, old, article)
        elif article.pmid in arrived | citing:
            changes += _alarms(base, None, article)
    return changes + _departures(search, gone or {}, merged or {}, now)


def _departures(search: Search, gone: Mapping[str, str], merged: Mapping[str, str], now: datetime) -> list[Change]:
    """One change for each article that is gone, with the reason or with the PMID held instead."""
    base = Change(search.topic, ChangeKind.GONE, now, search=search.name)
    alone = [replace(base, pmid=pmid, why=why) for pmid, why in sorted(gone.items()) if pmid not in merged]
    return alone + [
        replace(base, kind=ChangeKind.MERGED, pmid=pmid, merged_into=into) for pmid, into in sorted(merged.items())
    ]


def unread(search: Search, first: Iterable[Unread], dropped: Iterable[Unread], now: datetime) -> list[Change]:
    """The articles held as unread from now on, and those no longer listed before they could be read."""
    base = Change(search.topic, ChangeKind.UNREAD, now, search=search.name, why=_NOT_READ())
    lost = replace(base, kind=ChangeKind.GONE, why=_NEVER_READ())
    return [replace(base, pmid=one.pmid) for one in first if one.is_news] + [
        replace(lost, pmid=one.pmid) for one in dropped if one.is_news
    ]


def revised_fields(old: Article, new: Article) -> tuple[Revision, ...]:
    """The fields among WATCHED in which `new` differs from `old`, with both values as text."""
    pairs = ((name, _as_text(old, name), _as_text(new, name)) for name in WATCHED)
    return tuple(Revision(name, before, after) for name, before, after in pairs if before != after)


def _revised(base: Change, old: Article, new: Article) -> list[Change]:
    """One change for each new alarm, one for a retraction taken back, and one for all other revised fields together."""
    if old == new:  # nearly always, and much cheaper than comparing what is reported field by field
        return []
    alarms = _alarms(base, old, new) + _reinstated(base, old, new)
    # The publication type "Retracted Publication" repeats the retraction notice: one change, not two.
    covered = {"notices", "publication_types"} if new.is_retracted is not old.is_retracted else {"notices"}
    rest = tuple(r for r in revised_fields(old, new) if not (alarms and r.field in covered))
    return [*alarms, replace(base, kind=ChangeKind.REVISED, revisions=rest)] if rest else alarms


def lifted(old: Article, new: Article) -> frozenset[ChangeKind]:
    """The kinds of alarm of which `old` carries a notice and `new` none; a lifted retraction is a change of its own."""
    had, has = ({_ALARMS[notice.kind] for notice in _alarm_notices(article)} for article in (old, new))
    return frozenset(had - has - {ChangeKind.RETRACTED})


def _alarms(base: Change, old: Article | None, new: Article) -> list[Change]:
    """One change for each retraction, concern or correction notice that `new` has and `old` has not."""
    seen = _alarm_notices(old) if old else []
    added = [notice for notice in _alarm_notices(new) if not any(_is_same(notice, other) for other in seen)]
    return [replace(base, kind=_ALARMS[notice.kind], notice=notice) for notice in added]


def _reinstated(base: Change, old: Article, new: Article) -> list[Change]:
    """The article is no longer retracted; the change has the notice of the retraction that was taken back."""
    if new.is_retracted or not old.is_retracted:
        return []
    (notice, *_) = [n for n in _alarm_notices(old) if n.kind is NoticeKind.RETRACTION]
    return [replace(base, kind=ChangeKind.REINSTATED, notice=notice)]


def _alarm_notices(article: Article) -> list[Notice]:
    notices = [n for n in article.notices if n.about_this and n.kind in _ALARMS]
    if article.is_retracted and not any(n.kind is NoticeKind.RETRACTION for n in notices):
        # NLM adds the publication type and the linked notice at different times; either alone means retracted.
        notices.append(Notice(NoticeKind.RETRACTION, "Retracted Publication", about_this=True))
    return notices


def _is_same(notice: Notice, other: Notice) -> bool:
    """Are they one notice, though NLM added its PMID or tidied its citation since? All retractions count as one."""
    if notice.kind is not other.kind:
        return False
    is_same_pmid = bool(notice.pmid) and notice.pmid == other.pmid
    return is_same_pmid or notice.kind is NoticeKind.RETRACTION or _citation_key(notice) == _citation_key(other)


def _citation_key(notice: Notice) -> str:
    return " ".join(notice.citation.split()).casefold().rstrip(".")


def _as_text(article: Article, name: str) -> str:
    match name:
        case "title":
            return article.title
        case "abstract":
            return article.abstract_text
        case "publication_types":
            return "; ".join(sorted(t.name for t in article.publication_types))
        case "registry_numbers":
            return "; ".join(sorted(set(article.registry_numbers)))
        case _:
            lines = {f"{n.ref_type}: {n.citation or n.pmid}" for n in article.notices if n.kind is not NoticeKind.OTHER}
            return "; ".join(sorted(lines))
