"""Ask for the preprints of each topic, compare them with what is held, and record what readers are to be told.

The whole list is asked for and compared, so that no time without the source loses one. Nothing is taken away: one that
is no longer listed stays as it was.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from monitor import evidence, store
from monitor.errors import UpstreamError
from monitor.evidence.reassess import version_of
from monitor.language.messages import message
from monitor.model import Change, ChangeKind, HeldPreprint, Preprint, PreprintList, PublishedAs, Topic
from monitor.ports import PreprintServer
from monitor.store import Database, Tx
from monitor.watch.outside import preprint_articles, preprint_sentences
from monitor.watch.outside.preprint_news import News
from monitor.watch.outside.preprint_versions import together

#: How often Crossref is asked for the article of one preprint, and for how many of a topic at a time.
LOOK_UP_EVERY, LOOK_UP_MOST = timedelta(days=7), 20

#: So many preprints are judged again in one transaction: others must not wait long for the database.
_BATCH = 100
#: A day later than this from now is a mistake; servers in the east are half a day ahead.
_AHEAD = timedelta(days=2)
_BY_CROSSREF = message("outside", "Crossref records the preprint of it")


@dataclass(frozen=True, slots=True)
class Told:
    """What was answered for one topic: the preprints found by `query`, and the DOIs of articles by id of preprint.

    `looked_up` are the ids of those whose article was asked for; `remark` is for the operator.
    """

    query: str
    found: PreprintList
    articles: Mapping[str, str] = field(default_factory=dict)
    looked_up: frozenset[str] = frozenset()
    requests: int = 0
    remark: str = ""


def query_of(topic: Topic, server: PreprintServer) -> str:
    """What is asked for: the operator's own query, else the question's words; "" when it has too few."""
    return topic.preprints_query or server.query(topic.question)


def ask(topic: Topic, server: PreprintServer, db: Database, now: datetime) -> Told:
    """Ask for the topic's preprints, and for the articles of those that are trials.

    Raises UpstreamError; not when only the articles could not be asked for, which the remark tells.
    """
    query = query_of(topic, server)
    found = server.matching(query)
    with db.read() as tx:
        due = store.preprints.to_look_up(tx, topic.key, now - LOOK_UP_EVERY, LOOK_UP_MOST)
    articles, remark = dict[str, str](), found.remark
    try:
        for one in (held.preprint for held in due if held.preprint.doi):
            articles[one.id] = server.article_of(one.doi)
    except UpstreamError as error:
        remark = "; ".join(filter(None, (remark, str(error))))
    return Told(query, found, articles, frozenset(articles), found.requests + len(articles), remark)


def save(tx: Tx, topic: Topic, told: Told, now: datetime, *, is_baseline: bool) -> list[Change]:
    """Store what differs from what is held, and the changes to tell; returns these."""
    held = {one.preprint.id: one for one in store.preprints.of_topic(tx, topic.key)}
    shelf = preprint_articles.shelf(tx, topic.key)
    asked_before, asked_at = store.preprints.query(tx, topic.key)
    news = News(is_baseline, asked_at if asked_before != told.query else None, shelf.pmids)
    changed: list[HeldPreprint] = []
    changes: list[Change] = []
    for preprint in _all(held.values(), told, now):
        before = held.get(preprint.id)
        after = _state(before, _with_article(tx, preprint, told, shelf), topic, told, now)
        if sentences := news.of(before, after):
            after = after if before else replace(after, told_at=now)
            item = preprint_sentences.item(after.preprint, *sentences)
            changes.append(Change(topic.key, ChangeKind.PREPRINT, now, item=item))
        changed += [after] if after != before else []
    store.preprints.save(tx, topic.key, changed, now)
    store.preprints.set_query(tx, topic.key, told.query, told.found.count, now)
    return store.changes.add(tx, changes)


def _all(held: Iterable[HeldPreprint], told: Told, now: datetime) -> Iterable[Preprint]:
    """Everything held, as the answer says it is now, and what is new in it."""
    known = {one.preprint.id: one.preprint for one in held}
    return (known | together((_dated(one, now) for one in told.found.preprints), known.values())).values()


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
    asked_at = now if preprint.id in told.looked_up else before.asked_at if before else None
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
