"""Ask for the preprints of each topic, compare them with what is held, and record what readers are to be told.

The whole list is asked for and compared, so that no time without the source loses one. Nothing is taken away: one that
is no longer listed stays as it was.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from monitor import evidence, store
from monitor.errors import UpstreamError
from monitor.evidence.reassess import version_of
from monitor.language.messages import message
from monitor.model import (
    Change,
    ChangeKind,
    HeldPreprint,
    Preprint,
    PreprintList,
    PublishedAs,
    Settings,
    SourceName,
    SourceState,
    Topic,
)
from monitor.ports import Guard, IsStopping, PreprintServer, Sources, never
from monitor.store import Database, Tx
from monitor.watch.outside import preprint_articles, preprint_belief, preprint_sentences
from monitor.watch.outside.preprint_news import News
from monitor.watch.outside.preprint_versions import together
from monitor.watch.outside.rounds import Asked, Round, Saved, run_due

#: How often Crossref is asked for the article of one preprint, and for how many of a topic at a time.
LOOK_UP_EVERY, LOOK_UP_MOST = timedelta(days=7), 20

#: So many preprints are judged again in one transaction: others must not wait long for the database.
_BATCH = 100
#: A day later than this from now is a mistake; servers in the east are half a day ahead.
_AHEAD = timedelta(days=2)
_NO_WORDS = "Preprints are not searched for: the question lacks words; write preprints_query"
_BY_CROSSREF = message("outside", "Crossref records the preprint of it")


@dataclass(frozen=True, slots=True)
class Told:
    """What was answered for one topic: the preprints found, and the DOIs of articles by id of preprint.

    Of those of `articles` whose DOI is "" none is recorded; `remark` is for the operator.
    """

    found: PreprintList
    articles: Mapping[str, str] = field(default_factory=dict)
    requests: int = 0
    remark: str = ""


def ask_due(
    settings: Settings,
    sources: Sources,
    db: Database,
    now: datetime,
    guard: Guard | None = None,
    is_stopping: IsStopping = never,
) -> list[Asked]:
    """Ask for every topic that is due, after those that were judged by another question or other rules are again."""
    server = sources.preprints
    if server is None:
        return []
    for topic in settings.topics:
        judge_again(db, topic)
    round_ = Round(lambda topic, _: ask(topic, server, db, now), save)
    return run_due(settings, db, SourceName.PREPRINTS, round_, now, guard, is_stopping)


def ask(topic: Topic, server: PreprintServer, db: Database, now: datetime) -> Told:
    """Ask for the topic's preprints, and for the articles of those that are trials.

    Raises UpstreamError; not when only the articles could not be asked for, which the remark tells.
    """
    query = topic.preprints_query or server.query(topic.question)
    if not query:
        return Told(PreprintList((), 0, 0), remark=_NO_WORDS)
    found = server.matching(query)
    with db.read() as tx:
        due = store.preprints.to_look_up(tx, topic.key, now - LOOK_UP_EVERY, LOOK_UP_MOST)
    articles, remark = dict[str, str](), found.remark
    try:
        for one in (held.preprint for held in due if held.preprint.doi):
            articles[one.id] = server.article_of(one.doi)
    except UpstreamError as error:
        remark = "; ".join(filter(None, (remark, str(error))))
    return Told(found, articles, found.requests + len(articles), remark)


def save(tx: Tx, topic: Topic, state: SourceState, told: Told, now: datetime) -> Saved:
    """Store what differs from what is held, and what there is to tell; nothing of an answer beyond belief."""
    held = {one.preprint.id: one for one in store.preprints.of_topic(tx, topic.key)}
    found = together((_dated(one, now) for one in told.found.preprints), [one.preprint for one in held.values()])
    if doubt := preprint_belief.doubt(state, held.keys(), found.keys(), now):
        return Saved(state.watermark, doubt=doubt, requests=told.requests)
    shelf = preprint_articles.shelf(tx, topic.key)
    news = News.after(state, shelf.pmids)
    changed: list[HeldPreprint] = []
    changes: list[Change] = []
    for preprint in ({one.preprint.id: one.preprint for one in held.values()} | found).values():
        before = held.get(preprint.id)
        after = _state(before, _with_article(tx, preprint, told, shelf), topic, told, now)
        if sentences := news.of(before, after):
            after = after if before else replace(after, told_at=now)
            item = preprint_sentences.item(after.preprint, *sentences)
            changes.append(Change(topic.key, ChangeKind.PREPRINT, now, item=item))
        changed += [after] if after != before else []
    store.preprints.save(tx, topic.key, changed, now)
    return Saved(remark=told.remark, requests=told.requests, news=len(store.changes.add(tx, changes)))


def _dated(preprint: Preprint, now: datetime) -> Preprint:
    """Without a day that has not come yet."""
    posted_on = preprint.posted_on
    return replace(preprint, posted_on=None) if posted_on and posted_on > (now + _AHEAD).date() else preprint


def _with_article(tx: Tx, preprint: Preprint, told: Told, shelf: preprint_articles.Shelf) -> Preprint:
    """With the article that Crossref names, or that is on record."""
    doi = told.articles.get(preprint.id)
    if doi and not preprint.article:
        preprint = replace(preprint, article=PublishedAs(doi=doi, why=_BY_CROSSREF()))
    alike = sorted(shelf.alike(preprint))
    return preprint_articles.joined(preprint, store.articles.known(tx, alike).values()) if alike else preprint


def _state(before: HeldPreprint | None, preprint: Preprint, topic: Topic, told: Told, now: datetime) -> HeldPreprint:
    """What is held of it now; judged when its words are new."""
    asked_at = now if preprint.id in told.articles else before.asked_at if before else None
    if before and (before.preprint.title, before.preprint.abstract) == (preprint.title, preprint.abstract):
        return replace(before, preprint=preprint, asked_at=asked_at)
    verdict, version = evidence.assess(preprint.as_article(), topic), version_of(topic)
    seen_at, told_at = (before.seen_at, before.told_at) if before else (now, None)
    return HeldPreprint(preprint, verdict, version, seen_at, told_at, asked_at)


def judge_again(db: Database, topic: Topic) -> None:
    """Judge the topic's preprints by its question and rules as they are now, those that were judged by others."""
    version = version_of(topic)
    while True:
        with db.begin() as tx:
            others = store.preprints.judged_otherwise(tx, topic.key, version, _BATCH)
            verdicts = [evidence.assess(one.preprint.as_article(), topic) for one in others]
            judged = [replace(o, verdict=v, judged_by=version) for o, v in zip(others, verdicts, strict=True)]
            store.preprints.rejudge(tx, topic.key, judged)
        if len(others) < _BATCH:
            return
