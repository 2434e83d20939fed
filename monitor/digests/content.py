"""What goes into one digest, and in which order. Pure: the caller passes the stored data, and the time.

Read `compose` first. No change is ever dropped: articles beyond a section's limit are counted and
named in `Digest.left_out_pmids`, so that they can be linked; trials of the question are always named.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from monitor.digests.display import outside
from monitor.digests.display.sections import SHOWN, limits, order, section_of
from monitor.model import (
    Answer,
    Article,
    Change,
    ChangeKind,
    Digest,
    DigestItem,
    DigestKind,
    Frequency,
    Role,
    SearchReport,
    Topic,
    Verdict,
)

#: Changes of the question and of searches, told in lines of their own.
_NOTES = (ChangeKind.QUESTION_CHANGED, ChangeKind.SEARCH_CHANGED)
#: Changes that are told at once when they are about a trial that the answer counts.
_ALARMS = frozenset({ChangeKind.RETRACTED, ChangeKind.REINSTATED, ChangeKind.CONCERN})


@dataclass(frozen=True, slots=True)
class Standing:
    """The state of a topic when a digest is composed: what every digest says, whatever has changed.

    `answer_before` is the answer that held before the changes that the digest reports, None when unknown;
    `article_count` is the number of the topic's articles on record, `unlisted_count` of those among them that no
    search lists any more.
    """

    answer: Answer
    search_reports: tuple[SearchReport, ...] = ()
    article_count: int = 0
    answer_before: Answer | None = None
    unlisted_count: int = 0
    source_reports: tuple[str, ...] = ()


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
        notes=tuple(sorted((c for c in changes if c.kind in _NOTES), key=lambda c: (_NOTES.index(c.kind), c.at, c.id))),
        search_reports=standing.search_reports,
        change_ids=tuple(change.id for change in changes),
        article_count=standing.article_count,
        unlisted_count=standing.unlisted_count,
        outside=outside.news(changes),
        source_reports=standing.source_reports,
    )
    return _reduce(digest, _over_limit(items, limits(frequency, is_news=is_news)))


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
        unlisted_count=standing.unlisted_count,
        source_reports=standing.source_reports,
    )


def shorten(digest: Digest) -> Digest:
    """The same digest with fewer words: the last tenth of what can go (at least one article) is reduced.

    First articles that are not trials are counted instead of shown, then trials lose everything but title and links.
    Unchanged when nothing can go.
    """
    others = [item for item in digest.items if item.section != "trials"]
    whole = others or [item for item in digest.items if not item.is_brief]
    return _reduce(digest, whole[-max(1, len(whole) // 10) :])


def is_urgent(changes: Iterable[Change], answer: Answer) -> bool:
    """Is there a changed answer or question, or a retraction, concern or reinstatement of a trial that was counted?"""
    counted = {
        report.pmid
        for trial in answer.trials
        for report in trial.reports
        if report.role in (Role.MAIN_RESULT, Role.RETRACTED)
    }
    always = (ChangeKind.ANSWER, ChangeKind.QUESTION_CHANGED)
    return any(change.kind in always or (change.kind in _ALARMS and change.pmid in counted) for change in changes)


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
    return tuple(sorted(items, key=lambda item: order(item, causes)))


def _has_caused(pmid: str, changes: Sequence[Change], causes: Collection[str]) -> bool:
    """Is this article a cause of the answer, and did the answer change in this period (not in an earlier one)?"""
    return pmid in causes and any(change.kind is ChangeKind.ANSWER for change in changes)


def _item(
    pmid: str, changes: list[Change], article: Article | None, verdict: Verdict | None, *, is_cause: bool
) -> DigestItem:
    section = section_of(changes, verdict, is_cause=is_cause)
    return DigestItem(
        section=section,
        article=_without_unshown_fields(article or Article(pmid=pmid, version=1, title=f"PMID {pmid}")),
        changes=tuple(sorted(changes, key=lambda change: (change.at, change.id))),
        verdict=verdict,
        is_brief=section == "other_trials",
    )


def _without_unshown_fields(article: Article) -> Article:
    """The article without what a digest never shows, so that a stored digest stays small."""
    return replace(
        article, abstract=(), other_abstracts=(), references=(), mesh=(), investigators=(), substances=(), keywords=()
    )


def _over_limit(items: Iterable[DigestItem], limits: Mapping[str, int]) -> tuple[DigestItem, ...]:
    """The items beyond the limit of their section."""
    seen: dict[str, int] = defaultdict(int)
    excess = []
    for item in items:
        seen[item.section] += 1
        if seen[item.section] > limits.get(item.section, 0):
            excess.append(item)
    return tuple(excess)


def _reduce(digest: Digest, excess: Sequence[DigestItem]) -> Digest:
    """The digest with the items `excess` counted and linked instead of shown; trials are still named, briefly."""
    if not excess:
        return digest
    reduced = {item.article.pmid: item.section for item in excess}
    brief = {pmid for pmid, section in reduced.items() if section == "trials"}
    names = {section: list(pmids) for section, pmids in digest.left_out_pmids}
    for section in SHOWN:
        new = [pmid for pmid, of in reduced.items() if of == section and pmid not in brief]
        if new:
            names[section] = new + names.get(section, [])  # items left out later came earlier in the section
    ordered = tuple((section, tuple(names[section])) for section in SHOWN if section in names)
    return replace(
        digest,
        items=tuple(
            replace(item, is_brief=item.is_brief or item.article.pmid in brief)
            for item in digest.items
            if item.article.pmid not in reduced or item.article.pmid in brief
        ),
        left_out=tuple((section, len(pmids)) for section, pmids in ordered),
        left_out_pmids=ordered,
    )
