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
from monitor.evidence.reassess import is_configured, version_of
from monitor.language.messages import message
from monitor.model import (
    AbstractSection,
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
    Verdict,
)
from monitor.ports import Guard, IsStopping, PreprintServer, Sources, never
from monitor.store import Database, Tx
from monitor.watch.outside.preprints import articles as on_record
from monitor.watch.outside.preprints import belief
from monitor.watch.outside.preprints import sentences as say
from monitor.watch.outside.preprints.news import News
from monitor.watch.outside.preprints.versions import together
from monitor.watch.outside.rounds import Asked, Round, Saved, run_due

#: How often Crossref is asked for the article of one preprint, and for how many of a topic at a time.
LOOK_UP_EVERY, LOOK_UP_MOST = timedelta(days=7), 20

#: So many preprints are judged again at a time; each takes some hundredths of a second.
_BATCH = 100
#: A day later than this from now is a mistake; servers in the east are half a day ahead.
_AHEAD = timedelta(days=2)
_NO_WORDS = "Preprints are not searched for: the question lacks words; write preprints_query"
_BY_CROSSREF = message("outside", "Crossref records the preprint of it")


#: What a preprint is judged by.
_Words = tuple[str, tuple[AbstractSection, ...]]


@dataclass(frozen=True, slots=True)
class Told:
    """What was answered for one topic: the preprints found, None when it was not asked, with verdicts by their words.

    `articles` has the DOI of the article by id of preprint, "" where none is recorded; `remark` is for the operator.
    """

    found: PreprintList | None
    verdicts: Mapping[_Words, Verdict] = field(default_factory=dict)
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
    """Ask for every topic that is due, after what was judged by another question or other rules is judged again."""
    server = sources.preprints
    if server is None:
        return []
    for topic in settings.topics:
        judge_again(db, topic, is_stopping)
    round_ = Round(lambda topic, _: ask(topic, server, db, now), save)
    return run_due(settings, db, SourceName.PREPRINTS, round_, now, guard, is_stopping)


def ask(topic: Topic, server: PreprintServer, db: Database, now: datetime) -> Told:
    """Ask for the topic's preprints, and for the articles of trials among those held; judge those not held.

    Raises UpstreamError; not when only the articles could not be asked for, which the remark tells.
    """
    query = topic.preprints_query or server.query(topic.question)
    if not query:
        return Told(None, remark=_NO_WORDS)
    found = server.matching(query)
    with db.read() as tx:
        held = store.preprints.of_topic(tx, topic.key)
    known = {_words(one.preprint) for one in held}
    new = {_words(one): one for one in found.preprints if _words(one) not in known}
    articles, failure = _articles(server, _to_look_up(held, now))
    verdicts = {words: evidence.assess(one.as_article(), topic) for words, one in new.items()}
    remark = "; ".join(filter(None, (found.remark, failure)))
    return Told(found, verdicts, articles, found.requests + len(articles), remark)


def _to_look_up(held: Iterable[HeldPreprint], now: datetime) -> list[Preprint]:
    """The trials for whose article Crossref is asked today, those never asked for first; a guess is to be confirmed."""
    due = [one for one in held if one.is_trial and (one.asked_at is None or now - one.asked_at >= LOOK_UP_EVERY)]
    due.sort(key=lambda one: one.asked_at or one.seen_at - LOOK_UP_EVERY)
    wanted = (one.preprint for one in due if one.preprint.doi and not one.preprint.is_withdrawn)
    return [one for one in wanted if one.article is None or one.article.is_guess][:LOOK_UP_MOST]


def _articles(server: PreprintServer, due: Iterable[Preprint]) -> tuple[dict[str, str], str]:
    """By id of preprint the DOI of its article, as far as could be asked, and why not further.

    An answer that cannot be read concerns its own preprint; one that did not come keeps the others from being asked.
    """
    articles: dict[str, str] = {}
    failure = ""
    for preprint in due:
        try:
            articles[preprint.id] = server.article_of(preprint.doi)
        except UpstreamError as error:
            failure = failure or str(error)
            if error.retryable:
                break
    return articles, failure


def save(tx: Tx, topic: Topic, state: SourceState, told: Told, now: datetime) -> Saved:
    """Store what differs from what is held, and what there is to tell; nothing of an answer beyond belief."""
    held = {one.preprint.id: one for one in store.preprints.of_topic(tx, topic.key)}
    before = {number: one.preprint for number, one in held.items()}
    found = together((_dated(one, now) for one in told.found.preprints), before.values()) if told.found else {}
    if told.found and (doubt := belief.doubt(state, held.keys(), found.keys(), now)):
        return Saved(state.watermark, doubt=doubt, requests=told.requests)
    shelf = on_record.shelf(tx, topic.key)
    news = News.after(state, shelf.pmids)
    changes: list[Change] = []
    changed: list[HeldPreprint] = []
    named = (_as_crossref_says(one, told) for one in (before | found).values())
    for preprint in on_record.joined_all(tx, named, shelf):
        one, told_of = _seen(held.get(preprint.id), preprint, topic, told, news, now)
        if told_of:
            item = say.item(preprint, *told_of)
            changes.append(Change(topic.key, ChangeKind.PREPRINT, now, item=item))
        changed += [one] if one != held.get(preprint.id) else []
    store.preprints.save(tx, topic.key, changed)
    differing = (one.preprint for one in changed if before.get(one.preprint.id) != one.preprint)
    store.preprints.add_states(tx, topic.key, differing, now)
    return Saved(remark=told.remark, requests=told.requests, news=len(store.changes.add(tx, changes)))


def _dated(preprint: Preprint, now: datetime) -> Preprint:
    """Without a day that has not come yet."""
    posted_on = preprint.posted_on
    return replace(preprint, posted_on=None) if posted_on and posted_on > (now + _AHEAD).date() else preprint


def _as_crossref_says(preprint: Preprint, told: Told) -> Preprint:
    """With the article that Crossref names, where none is known or it was a guess."""
    article, doi = preprint.article, told.articles.get(preprint.id)
    if not doi or (article and not article.is_guess):
        return preprint
    if article and article.doi.lower() == doi:
        return replace(preprint, article=replace(article, why=_BY_CROSSREF(), is_guess=False))
    return replace(preprint, article=PublishedAs(doi=doi, why=_BY_CROSSREF()))


def _seen(
    before: HeldPreprint | None, preprint: Preprint, topic: Topic, told: Told, news: News, now: datetime
) -> tuple[HeldPreprint, tuple[str, ...]]:
    """What is held of it now, judged when its words are new, and what there is to tell of it."""
    asked_at = now if preprint.id in told.articles else before.asked_at if before else None
    if before and _words(before.preprint) == _words(preprint):
        after = replace(before, preprint=preprint, asked_at=asked_at)
    else:
        verdict = told.verdicts.get(_words(preprint)) or evidence.assess(preprint.as_article(), topic)
        verdict = replace(verdict, pmid=preprint.id)
        seen_at, told_at = (before.seen_at, before.told_at) if before else (now, None)
        after = HeldPreprint(preprint, verdict, version_of(topic), seen_at, told_at, asked_at)
    sentences = news.of(before, after)
    return replace(after, told_at=now) if sentences and before is None else after, sentences


def _words(preprint: Preprint) -> _Words:
    return preprint.title, preprint.abstract


def judge_again(db: Database, topic: Topic, is_stopping: IsStopping = never) -> None:
    """Judge the topic's preprints by its question and rules as they are now, those that were judged by others.

    A process that has read an older configuration leaves them alone.
    """
    version = version_of(topic)
    while not is_stopping():
        with db.read() as tx:
            others = store.preprints.judged_otherwise(tx, topic.key, version, _BATCH)
            if not others or not is_configured(tx, topic):
                return
        verdicts = [evidence.assess(one.preprint.as_article(), topic) for one in others]
        judged = [replace(o, verdict=v, judged_by=version) for o, v in zip(others, verdicts, strict=True)]
        with db.begin() as tx:
            store.preprints.rejudge(tx, topic.key, judged)
