"""Retractions, concerns, corrections and reinstatements that PubMed may not know yet: Crossref, Retraction Watch.

They are joined to the articles of each topic by DOI and PMID. A trial that one of them calls retracted does not count
in the answer, exactly as if PubMed's record said so; each notice names its source and its reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from monitor import evidence, store
from monitor.evidence.conclude import conclude
from monitor.model import Article, Change, ChangeKind, Nature, OutsideNotice, Settings, SourceState, Topic
from monitor.model.outside.notice import standing
from monitor.ports import Guard, IsStopping, NoticesFound, RetractionList, Sources, never
from monitor.store import Database, Tx
from monitor.watch.outside import notice_changes
from monitor.watch.outside.rounds import Asked, Round, Saved, run_due

#: More articles than this with a new notice at once, and more than a twentieth of the topic's, are a flood.
FEW, A_TWENTIETH = 10, 20
#: A doubt that has lasted so long is over, but for a list that has nothing any more: that only means waiting.
CONFIRMED_AFTER = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class _Answer:
    """What a source has, and of how many articles it was asked."""

    found: NoticesFound
    asked: int


def ask_due(
    settings: Settings,
    sources: Sources,
    db: Database,
    now: datetime,
    guard: Guard | None = None,
    is_stopping: IsStopping = never,
) -> list[Asked]:
    """Ask each list of retractions that is on for every topic that is due."""
    return [
        asked
        for name, source in sources.retractions.items()
        for asked in run_due(settings, db, name, Round(partial(_ask, db, source), _save), now, guard, is_stopping)
    ]


def untold(tx: Tx, changes: Sequence[Change]) -> list[Change]:
    """Changes of PubMed's records, without those of notices that another source was told of before.

    Nor is an article reinstated while another source calls it retracted.
    """
    noticed = [one for one in changes if one.notice]
    earlier = {(one.topic, one.pmid): store.changes.for_article(tx, one.topic, one.pmid) for one in noticed}
    found: list[Change] = []
    for one in changes:
        if one.kind is ChangeKind.REINSTATED and _is_retracted_elsewhere(tx, one):
            continue
        found += notice_changes.untold([one], earlier[one.topic, one.pmid]) if one.notice else [one]
    return found


def _is_retracted_elsewhere(tx: Tx, change: Change) -> bool:
    held = store.notices.of(tx, change.topic, [change.pmid]).get(change.pmid, ())
    return any(one.nature is Nature.RETRACTION for one in standing(held))


def _ask(db: Database, source: RetractionList, topic: Topic, state: SourceState) -> _Answer:
    with db.read() as tx:
        retired = store.verdicts.retired(tx, topic.key)  # the same report is asked for under its other PMID
        dois = {pmid: doi for pmid, doi in store.articles.dois_in_topic(tx, topic.key).items() if pmid not in retired}
    found = source.notices(dois, state.watermark) if dois else NoticesFound({}, state.watermark)
    return _Answer(found, len(dois))


def _save(tx: Tx, topic: Topic, state: SourceState, answer: _Answer, now: datetime) -> Saved:
    found = answer.found
    held = store.notices.of_topic(tx, topic.key)
    new = {pmid: kept for pmid, ones in found.by_pmid.items() if (kept := _unlike(ones, held.get(pmid, ())))}
    saved = Saved(found.watermark, _doubt(held, answer, new, state, now), found.remark, found.requests)
    if saved.doubt or not new:
        return saved
    store.notices.save(tx, topic.key, new, now)
    articles = store.articles.known(tx, new)
    told = [] if not state.has_baseline else _told(topic, articles, held, store.notices.of(tx, topic.key, new), now)
    store.changes.add(tx, told)
    as_they_stand = store.notices.overlaid(tx, topic.key, articles)
    store.verdicts.save(tx, [evidence.assess(article, topic) for article in as_they_stand.values()], now)
    if store.answers.current(tx, topic.key):
        conclude(tx, topic, now)
    return Saved(saved.watermark, remark=saved.remark, requests=saved.requests, news=len(told))


def _unlike(found: Iterable[OutsideNotice], held: Iterable[OutsideNotice]) -> list[OutsideNotice]:
    """Those that are not held, or not so."""
    known = set(held)
    return [one for one in found if one not in known]


def _told(
    topic: Topic,
    articles: Mapping[str, Article],
    before: Mapping[str, Sequence[OutsideNotice]],
    after: Mapping[str, Sequence[OutsideNotice]],
    now: datetime,
) -> list[Change]:
    return [
        change
        for pmid, article in sorted(articles.items())
        for change in notice_changes.told(topic.key, article, before.get(pmid, ()), after.get(pmid, ()), now)
    ]


def _doubt(
    held: Mapping[str, Sequence[OutsideNotice]],
    answer: _Answer,
    new: Mapping[str, Sequence[OutsideNotice]],
    state: SourceState,
    now: datetime,
) -> str:
    """Why an answer is beyond belief, "" when it is not: nothing where there was something, or a flood."""
    own = sum(one.source is state.source for ones in held.values() for one in ones)
    if own and not answer.found.by_pmid:
        return f"it has none of the {own} notices that it had"
    if state.doubt and state.doubt_since and now - state.doubt_since >= CONFIRMED_AFTER:
        return ""
    is_flood = len(new) > max(FEW, answer.asked // A_TWENTIETH)
    if answer.found.doubt or not (state.has_baseline and is_flood):
        return answer.found.doubt
    return f"it has new notices about {len(new)} of {answer.asked} articles at once"
