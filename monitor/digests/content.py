"""What goes into one digest, and in which order. Pure: the caller passes the stored data, and the time.

Read `compose` first. No change is ever dropped: articles beyond a section's limit are counted and
named in `Digest.left_out_pmids`, so that they can be linked.
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

#: The sections in reading order, each with the number of articles it shows; further ones are only counted.
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
    """The state of a topic when a digest is composed: what every digest says, whatever has changed.

    `answer_before` is the answer that held before the changes that the digest reports, None when unknown;
    `article_count` is the number of the topic's articles.
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
    """The digest of the period (`since`, `until`], or None when there is nothing to report.

    `changes` are those that no digest of this frequency has reported. `articles` and `verdicts`
    are keyed by PMID; a verdict is a person's screening where there is one, else the rules'.
    With `is_quiet_due` there is a digest even when nothing changed. An "at once" digest is
    composed when a change is urgent (see `is_urgent`); it lists only what can bear on the
    answer and counts the rest, and its quiet digest counts everything.
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
    return _leave_out(digest, _over_limit(items, _limits(frequency, is_news)))


def welcome(topic: Topic, frequency: Frequency, until: datetime, standing: Standing) -> Digest:
    """The first digest of a subscription: the current answer, without a list of the articles found before."""
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
    """Is there a changed answer, or a retraction or expression of concern about a trial that the answer counts?"""
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
    """The key in `SHOWN` of the section an article belongs to: one only, that of its most important change.

    `is_cause`: the article is why the answer changed.
    """
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
    """Does the verdict say that the article is about a controlled trial of this question?"""
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
    """Is this article a cause of the answer, and did the answer change in this period (not in an earlier one)?"""
    return pmid in causes and any(change.kind is ChangeKind.ANSWER for change in changes)


def _item(
    pmid: str, changes: list[Change], article: Article | None, verdict: Verdict | None, *, is_cause: bool
) -> DigestItem:
    return DigestItem(
        section=section_of(changes, verdict, is_cause=is_cause),
        article=_without_unshown_fields(
            article or Article(pmid=pmid, version=1, title=f"PMID {pmid}: no record stored")
        ),
        changes=tuple(sorted(changes, key=lambda change: (change.at, change.id))),
        verdict=verdict,
    )


def _without_unshown_fields(article: Article) -> Article:
    """The article without what a digest never shows, so that a stored digest stays small."""
    return replace(
        article, abstract=(), other_abstracts=(), references=(), mesh=(), investigators=(), substances=(), keywords=()
    )


def _order(item: DigestItem, causes: Collection[str]) -> tuple[int, int, int, float, int, str]:
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


def _limits(frequency: Frequency, is_news: bool) -> Mapping[str, int]:
    """How many articles each section shows. "At once" lists only what can bear on the answer, and only with news."""
    if frequency is not Frequency.AT_ONCE:
        return SHOWN
    return {section: SHOWN[section] if is_news else 0 for section in ("trials", "notices", "reviews")}


def _over_limit(items: Iterable[DigestItem], limits: Mapping[str, int]) -> tuple[DigestItem, ...]:
    """The items beyond the limit of their section."""
    seen: dict[str, int] = defaultdict(int)
    excess = []
    for item in items:
        seen[item.section] += 1
        if seen[item.section] > limits.get(item.section, 0):
            excess.append(item)
    return tuple(excess)


def _leave_out(digest: Digest, excess: Sequence[DigestItem]) -> Digest:
    """The digest with the items `excess` counted and named instead of shown."""
    if not excess:
        return digest
    names = {section: list(pmids) for section, pmids in digest.left_out_pmids}
    left_out = {item.article.pmid for item in excess}
    for section in SHOWN:
        new = [item.article.pmid for item in excess if item.section == section]
        if new:
            names[section] = new + names.get(section, [])  # items left out later came earlier in the section
    ordered = tuple((section, tuple(names[section])) for section in SHOWN if section in names)
    return replace(
        digest,
        items=tuple(item for item in digest.items if item.article.pmid not in left_out),
        left_out=tuple((section, len(pmids)) for section, pmids in ordered),
        left_out_pmids=ordered,
    )
