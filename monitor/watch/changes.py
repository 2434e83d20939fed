"""What differs between what we hold and what PubMed says now, and which differences are worth a word.

Pure: everything is an argument, `now` included. Nothing here decides what an article *means*;
that is `monitor.evidence`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from monitor.model import Article, Change, ChangeKind, Notice, NoticeKind, Revision, Search

#: A change in any other field (an ORCID, a respelled journal) is stored and never announced.
WATCHED = ("title", "abstract", "publication_types", "registry_numbers", "notices")

#: Notices that say something is wrong with an article, and what they are told as.
_ALARMS = {
    NoticeKind.RETRACTION: ChangeKind.RETRACTED,
    NoticeKind.CONCERN: ChangeKind.CONCERN,
    NoticeKind.ERRATUM: ChangeKind.CORRECTED,
}


def detect(
    search: Search,
    held: Mapping[str, Article],
    articles: Iterable[Article],
    *,
    arrived: frozenset[str] = frozenset(),
    citing: frozenset[str] = frozenset(),
    gone: Mapping[str, str] | None = None,
    now: datetime,
) -> list[Change]:
    """What readers of the search's topic must be told about `articles`, as PubMed gives them now.

    `held` are the states the topic's readers know. `arrived` are PMIDs new to the topic,
    `citing` those newly seen to cite the seed (both empty for a baseline, which only records);
    `gone` maps a PMID to why it is believed gone. An article sent long ago is compared like
    any other: that is how its retraction is told.
    """
    told: list[Change] = []
    for article in articles:
        blank = Change(search.topic, ChangeKind.NEW, now, pmid=article.pmid, search=search.name)
        if article.pmid in arrived:
            told.append(blank)
        if article.pmid in citing:
            told.append(replace(blank, kind=ChangeKind.CITING))
        old = held.get(article.pmid)
        if old is not None:
            told += _revised(blank, old, article)
        elif article.pmid in arrived | citing:
            told += _alarms(blank, None, article)
    told += [
        Change(search.topic, ChangeKind.GONE, now, pmid=pmid, search=search.name, why=reason)
        for pmid, reason in sorted((gone or {}).items())
    ]
    return told


def revised_fields(old: Article, new: Article) -> tuple[Revision, ...]:
    """The watched fields in which `new` differs from `old`, with both values as text."""
    pairs = ((name, _as_text(old, name), _as_text(new, name)) for name in WATCHED)
    return tuple(Revision(name, before, after) for name, before, after in pairs if before != after)


def _revised(blank: Change, old: Article, new: Article) -> list[Change]:
    """Alarms as lines of their own; whatever else was revised as one line."""
    alarms = _alarms(blank, old, new)
    # The retracted type says the same as the retraction notice: one line, not two.
    covered = {"notices", "publication_types"} if new.is_retracted and not old.is_retracted else {"notices"}
    rest = tuple(r for r in revised_fields(old, new) if not (alarms and r.field in covered))
    return [*alarms, replace(blank, kind=ChangeKind.REVISED, revisions=rest)] if rest else alarms


def _alarms(blank: Change, old: Article | None, new: Article) -> list[Change]:
    """Retraction, concern and correction notices about the article that were not there before."""
    seen = _alarming(old) if old else []
    fresh = [notice for notice in _alarming(new) if not any(_is_same(notice, other) for other in seen)]
    return [replace(blank, kind=_ALARMS[notice.kind], notice=notice) for notice in fresh]


def _alarming(article: Article) -> list[Notice]:
    notices = [n for n in article.notices if n.about_this and n.kind in _ALARMS]
    if article.is_retracted and not any(n.kind is NoticeKind.RETRACTION for n in notices):
        # NLM sets the type and the link at different times; either alone is already a retraction.
        notices.append(Notice(NoticeKind.RETRACTION, "Retracted Publication", about_this=True))
    return notices


def _is_same(notice: Notice, other: Notice) -> bool:
    """The same notice, though NLM may add its PMID or tidy its citation later; one retraction is enough."""
    if notice.kind is not other.kind:
        return False
    is_same_pmid = bool(notice.pmid) and notice.pmid == other.pmid
    return is_same_pmid or notice.kind is NoticeKind.RETRACTION or _place(notice) == _place(other)


def _place(notice: Notice) -> str:
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
