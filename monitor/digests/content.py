"""What goes into one digest, and in which order. Pure: the caller brings what was stored, and the time.

Read `compose` first. Nothing that changed is ever dropped: what has no place is counted per
section and named in `Digest.left_out_pmids`, so that it can be linked.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from monitor.model import (
    Answer,
    Article,
    Change,
    ChangeKind,
    Design,
    Digest,
    DigestItem,
    DigestKind,
    Frequency,
    Role,
    SearchReport,
    Topic,
    Verdict,
)

#: The sections in reading order, each with how many articles a reader is shown before the rest is counted.
SHOWN = {"trials": 15, "notices": 15, "reviews": 10, "citing": 10, "new": 20, "revised": 8, "gone": 8}

_NOTICES = (ChangeKind.RETRACTED, ChangeKind.CONCERN, ChangeKind.CORRECTED)
_ARRIVALS = frozenset({ChangeKind.NEW, ChangeKind.CITING})
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


@dataclass(frozen=True, slots=True)
class Standing:
    """How a topic stands at the moment of composing: what every digest says, whatever has changed.

    `answer_before` is the answer that held when the last digest was composed, None when unknown;
    `article_count` counts the topic's articles.
    """

    answer: Answer
    search_reports: tuple[SearchReport, ...] = ()
    article_count: int = 0
    answer_before: Answer | None = None


def compose(
    topic: Topic,
    frequency: Frequency,
    since: datetime | None,
    until: datetime,
    standing: Standing,
    *,
    changes: Sequence[Change],
    articles: Mapping[str, Article],
    verdicts: Mapping[str, Verdict],
    is_quiet_due: bool = False,
) -> Digest | None:
    """The digest of the period (`since`, `until`], or None when there is nothing to say.

    `changes` are those no digest of this frequency has told; `articles` and `verdicts` (the
    effective ones) are looked up by PMID. With `is_quiet_due` a digest is due even when nothing
    changed. A subscriber "at once" is told when it is urgent (see `is_urgent`); what else
    happened is then only counted, as it is in that frequency's quiet digest.
    """
    is_news = is_urgent(changes, standing.answer) if frequency is Frequency.AT_ONCE else bool(changes)
    if not is_news and not is_quiet_due:
        return None
    items = _items(changes, articles, verdicts, standing.answer)
    digest = Digest(
        topic=topic.key,
        kind=DigestKind.NEWS if is_news else DigestKind.QUIET,
        frequency=frequency,
        since=since,
        until=until,
        answer=standing.answer,
        answer_changed=any(change.kind is ChangeKind.ANSWER for change in changes),
        answer_before=standing.answer_before,
        answer_whys=tuple(dict.fromkeys(c.why for c in changes if c.kind is ChangeKind.ANSWER and c.why)),
        items=items,
        search_reports=standing.search_reports,
        change_ids=tuple(change.id for change in changes),
        article_count=standing.article_count,
    )
    return _leave_out(digest, _beyond(items, _room(frequency, is_news)))


def welcome(topic: Topic, frequency: Frequency, until: datetime, standing: Standing) -> Digest:
    """The first digest of a subscription: where the topic stands, never a list of what was there before."""
    return Digest(
        topic=topic.key,
        kind=DigestKind.WELCOME,
        frequency=frequency,
        since=None,
        until=until,
        answer=standing.answer,
        answer_changed=False,
        search_reports=standing.search_reports,
        article_count=standing.article_count,
    )


def shorten(digest: Digest) -> Digest:
    """The same digest with its last tenth of items (at least one) counted instead of shown; unchanged without items."""
    keep = len(digest.items) - max(1, len(digest.items) // 10) if digest.items else 0
    return _leave_out(digest, digest.items[keep:])


def is_urgent(changes: Iterable[Change], answer: Answer) -> bool:
    """Must someone be told at once? Yes for a changed answer, a retraction or concern about a counted trial."""
    counted = {
        report.pmid
        for trial in answer.trials
        for report in trial.reports
        if report.role in (Role.MAIN_RESULT, Role.RETRACTED)
    }
    alarms = (ChangeKind.RETRACTED, ChangeKind.CONCERN)
    return any(
        change.kind is ChangeKind.ANSWER or (change.kind in alarms and change.pmid in counted) for change in changes
    )


def section_of(changes: Sequence[Change], verdict: Verdict | None, *, is_cause: bool) -> str:
    """The section an article belongs to: the first in reading order that one of its changes calls for."""
    kinds = {change.kind for change in changes}
    has_arrived = bool(kinds & _ARRIVALS)
    if is_cause or (has_arrived and _is_trial(verdict)):
        return "trials"
    if kinds.intersection(_NOTICES):
        return "notices"
    if ChangeKind.GONE in kinds:
        return "gone"
    if has_arrived and verdict and verdict.design in _REVIEW_DESIGNS:
        return "reviews"
    if has_arrived:
        return "citing" if ChangeKind.CITING in kinds else "new"
    return "revised"


def _is_trial(verdict: Verdict | None) -> bool:
    """Does the verdict say: about a controlled trial of this question?"""
    if not verdict or not verdict.relevance.is_match:
        return False
    return verdict.design in _TRIAL_DESIGNS or verdict.role in _TRIAL_ROLES


def _items(
    changes: Sequence[Change], articles: Mapping[str, Article], verdicts: Mapping[str, Verdict], answer: Answer
) -> tuple[DigestItem, ...]:
    """One item per article with all its changes, in reading order."""
    by_pmid: dict[str, list[Change]] = defaultdict(list)
    for change in changes:
        if change.pmid:
            by_pmid[change.pmid].append(change)
    causes = frozenset(answer.causes)
    items = [
        _item(pmid, own, articles.get(pmid), verdicts.get(pmid), is_cause=_has_caused(pmid, changes, causes))
        for pmid, own in by_pmid.items()
    ]
    return tuple(sorted(items, key=lambda item: _order(item, causes)))


def _has_caused(pmid: str, changes: Sequence[Change], causes: Collection[str]) -> bool:
    """Did this article change the answer in this period (and not in one told long ago)?"""
    return pmid in causes and any(change.kind is ChangeKind.ANSWER for change in changes)


def _item(
    pmid: str, changes: list[Change], article: Article | None, verdict: Verdict | None, *, is_cause: bool
) -> DigestItem:
    return DigestItem(
        section=section_of(changes, verdict, is_cause=is_cause),
        article=_card(article or Article(pmid=pmid, version=1, title=f"PMID {pmid}: no record held")),
        changes=tuple(sorted(changes, key=lambda change: (change.at, change.id))),
        verdict=verdict,
    )


def _card(article: Article) -> Article:
    """The article without what a digest never shows, so that a stored digest stays small."""
    return replace(
        article, abstract=(), other_abstracts=(), references=(), mesh=(), investigators=(), substances=(), keywords=()
    )


def _order(item: DigestItem, causes: Collection[str]) -> tuple[int, int, int, float, int, str]:
    """Section, then causes of the answer, gravest notice, likeliest trial, newest; the PMID makes it stable."""
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


def _room(frequency: Frequency, is_news: bool) -> Mapping[str, int]:
    """How many articles each section shows. "At once" lists only what can bear on the answer."""
    if frequency is not Frequency.AT_ONCE:
        return SHOWN
    return {section: SHOWN[section] if is_news else 0 for section in ("trials", "notices", "reviews")}


def _beyond(items: Iterable[DigestItem], room: Mapping[str, int]) -> tuple[DigestItem, ...]:
    """The items for which their section has no room."""
    seen: dict[str, int] = defaultdict(int)
    beyond = []
    for item in items:
        seen[item.section] += 1
        if seen[item.section] > room.get(item.section, 0):
            beyond.append(item)
    return tuple(beyond)


def _leave_out(digest: Digest, beyond: Sequence[DigestItem]) -> Digest:
    """Count and name the items `beyond` instead of showing them."""
    if not beyond:
        return digest
    names = {section: list(pmids) for section, pmids in digest.left_out_pmids}
    gone = {item.article.pmid for item in beyond}
    for section in SHOWN:
        new = [item.article.pmid for item in beyond if item.section == section]
        if new:
            names[section] = new + names.get(section, [])  # what is left out later stood before the rest
    ordered = tuple((section, tuple(names[section])) for section in SHOWN if section in names)
    return replace(
        digest,
        items=tuple(item for item in digest.items if item.article.pmid not in gone),
        left_out=tuple((section, len(pmids)) for section, pmids in ordered),
        left_out_pmids=ordered,
    )
