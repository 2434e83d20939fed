"""The page of a topic: the answer, its trials, the seed, what changed lately, how each search is going."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from monitor import store
from monitor.evidence.conclude import standing
from monitor.model import (
    AnswerRecord,
    ArchivedDigest,
    Article,
    Change,
    ChangeKind,
    DigestKind,
    Freshness,
    Poll,
    Search,
    SearchState,
    Topic,
)
from monitor.render import urls
from monitor.render.text import title_markup
from monitor.render.timeline_png import control_in_words
from monitor.store import Tx
from monitor.watch import freshness
from monitor.web.pages import seed_card, timeline_svg
from monitor.web.responses import page
from monitor.web.site import site_of, topic_of

#: What a reader calls each kind of change.
KINDS = {
    ChangeKind.NEW: "New",
    ChangeKind.CITING: "Cites the seed",
    ChangeKind.REVISED: "Revised",
    ChangeKind.RETRACTED: "Retracted",
    ChangeKind.CONCERN: "Expression of concern",
    ChangeKind.CORRECTED: "Corrected",
    ChangeKind.GONE: "No longer listed",
    ChangeKind.ANSWER: "The answer changed",
}
RECENT, DIGESTS = 12, 8
#: What the archive lists. A welcome is for one reader: listed, they would bury the news and tell when people joined.
LISTED = (DigestKind.NEWS, DigestKind.QUIET)


@dataclass(frozen=True, slots=True)
class Health:
    """One search and how it has been going."""

    search: Search
    state: SearchState
    freshness: Freshness
    last_poll: Poll | None


@dataclass(frozen=True, slots=True)
class Told:
    """One change with what it is about: an article, or an answer."""

    change: Change
    kind: str
    article: Article | None
    answer: AnswerRecord | None


def index_page(request: Request) -> Response:
    """The list of topics; straight to the page when there is only one."""
    site = site_of(request)
    topics = site.settings.topics
    if len(topics) == 1:
        return RedirectResponse(f"{site.base}/topics/{topics[0].key}", 302, {"Cache-Control": "public, max-age=300"})
    with site.db.read() as tx:
        answers = [(topic, store.answers.current(tx, topic.key)) for topic in topics]
    return page(request, "index.html", answers=answers)


def topic_page(request: Request) -> Response:
    """The page of one topic."""
    site, topic = site_of(request), topic_of(request)
    now = site.now()
    with site.db.read() as tx:
        record = standing(tx, topic, now)
        going = health(tx, topic, now)
        values: dict[str, Any] = {
            "record": record,
            "history": store.answers.history(tx, topic.key),
            "articles": store.articles.count(tx, topic.key),
            "card": seed_card.card(tx, topic, now.date()),
            "health": going,
            "last_look": max((one.state.last_success_at for one in going if one.state.last_success_at), default=None),
            "recent": _together(told(tx, topic, store.changes.recent(tx, topic.key, RECENT))),
            "digests": store.digests.archive(tx, topic.key, DIGESTS, LISTED),
        }
    answer = record.answer if record else None
    picture = timeline_svg.draw(answer.trials, now.date()) if answer else None
    return page(request, "topic.html", topic=topic, answer=answer, timeline=picture, **values, **_words())


def _words() -> dict[str, Any]:
    """The functions the template writes trials and titles with."""
    return {
        "control_in_words": control_in_words,
        "registry_url": urls.registry,
        "report_url": urls.report,
        "title_markup": title_markup,
    }


def health(tx: Tx, topic: Topic, now: datetime) -> list[Health]:
    """How each configured search of a topic is going; those never synchronised with the database are left out."""
    states = {state.name: state for state in store.searches.states(tx, topic.key)}
    return [
        Health(
            search,
            states[search.name],
            freshness.judge(states[search.name], search.every, now),
            next(iter(store.polls.latest(tx, topic.key, search.name, 1)), None),
        )
        for search in topic.searches
        if search.name in states
    ]


def told(tx: Tx, topic: Topic, changes: list[Change]) -> list[Told]:
    """Changes with their articles and answers, in the order given."""
    articles = store.articles.known(tx, {change.pmid for change in changes if change.pmid})
    answers = {record.id: record for record in store.answers.history(tx, topic.key)}
    return [
        Told(
            change,
            KINDS[change.kind],
            articles.get(change.pmid),
            answers.get(change.answer_id) if change.answer_id else None,
        )
        for change in changes
    ]


def _together(changes: list[Told]) -> list[list[Told]]:
    """What happened to one article on one day as one entry."""
    by_article: dict[tuple[str, object], list[Told]] = {}
    for one in changes:
        key = (one.change.pmid or f"answer {one.change.id}", one.change.at.date())
        by_article.setdefault(key, []).append(one)
    return list(by_article.values())


def archive_page(request: Request) -> Response:
    """Every digest of a topic that went to all its readers, newest first."""
    topic = topic_of(request)
    with site_of(request).db.read() as tx:
        digests: list[ArchivedDigest] = store.digests.archive(tx, topic.key, 1_000, LISTED)
    return page(request, "archive.html", topic=topic, digests=digests)
