"""The page of a topic: the answer, its trials, the seed, the latest changes, the state of each search."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from monitor import store
from monitor.evidence.conclude import standing
from monitor.evidence.question.in_words.for_readers import patient_lines, trial_table
from monitor.language.speech import gettext as _
from monitor.language.speech import later
from monitor.language.stored import change_text, stored
from monitor.model import (
    LISTED_KINDS,
    AnswerRecord,
    ArchivedDigest,
    Article,
    Change,
    ChangeKind,
    Freshness,
    Poll,
    Search,
    SearchState,
    Topic,
)
from monitor.render import urls
from monitor.render.drawing.timeline_png import control_in_words
from monitor.render.text import title_markup
from monitor.reports import other_sources
from monitor.store import Tx
from monitor.watch import freshness
from monitor.web.pages import seed_card, timeline_svg
from monitor.web.pages.about import topics_page
from monitor.web.responses import page
from monitor.web.site import site_of, topic_of

#: Each kind of change in words for readers.
KIND_LABELS = {
    ChangeKind.NEW: later("New"),
    ChangeKind.CITING: later("Cites the seed"),
    ChangeKind.UNREAD: later("Record not read yet"),
    ChangeKind.REVISED: later("Revised"),
    ChangeKind.RETRACTED: later("Retracted"),
    ChangeKind.REINSTATED: later("No longer retracted"),
    ChangeKind.CONCERN: later("Expression of concern"),
    ChangeKind.CORRECTED: later("Corrected"),
    ChangeKind.GONE: later("No longer listed"),
    ChangeKind.REAPPEARED: later("Back, found again"),
    ChangeKind.MERGED: later("Under a new PMID"),
    ChangeKind.REGISTRY: later("Trial registry"),
    ChangeKind.PREPRINT: later("Preprint"),
    ChangeKind.CITING_OUTSIDE: later("Cites the seed, not in PubMed"),
    ChangeKind.ANSWER: later("The answer changed"),
    ChangeKind.SEARCH_CHANGED: later("The search was changed"),
    ChangeKind.QUESTION_CHANGED: later("The question was changed"),
}
#: How many of the latest changes and digests the page shows.
SHOWN_CHANGES, SHOWN_DIGESTS = 12, 8


@dataclass(frozen=True, slots=True)
class SearchHealth:
    """One search with its state, its freshness and its last poll, None before the first."""

    search: Search
    state: SearchState
    freshness: Freshness
    last_poll: Poll | None


@dataclass(frozen=True, slots=True)
class ChangeEntry:
    """One change with its kind in words, and the article or the answer that it concerns."""

    change: Change
    kind: str
    article: Article | None
    answer: AnswerRecord | None


def index_page(request: Request) -> Response:
    """The list of topics; a redirect to the topic's page when there is only one."""
    site = site_of(request)
    topics = site.settings.topics
    if len(topics) == 1:
        return RedirectResponse(f"{site.base}/topics/{topics[0].key}", 302, {"Cache-Control": "public, max-age=300"})
    return topics_page(request)


def topic_page(request: Request) -> Response:
    """The page of one topic."""
    site, topic = site_of(request), topic_of(request)
    now = site.now()
    with site.db.read() as tx:
        record = standing(tx, topic, now)
        searches = search_health(tx, topic, now)
        latest = store.changes.recent(tx, topic.key, SHOWN_CHANGES)
        successes = [one.state.last_success_at for one in searches if one.state.last_success_at]
        values: dict[str, Any] = {
            "record": record,
            "history": store.answers.history(tx, topic.key),
            "articles": store.articles.count(tx, topic.key),
            "card": seed_card.read_seed_card(tx, topic, now.date()),
            "searches": searches,
            "sources": other_sources.health(tx, site.settings, topic, now),
            "last_success_at": max(successes, default=None),
            "recent": _by_article_and_day(change_entries(tx, topic, latest)),
            "digests": store.digests.archive(tx, topic.key, SHOWN_DIGESTS, LISTED_KINDS),
        }
    answer = record.answer if record else None
    timeline = timeline_svg.draw(answer.trials, now.date()) if answer else None
    return page(request, "topic.html", topic=topic, answer=answer, timeline=timeline, **values, **_template_functions())


def _template_functions() -> dict[str, Any]:
    """The functions with which the template writes trials and titles."""
    return {
        "control_in_words": control_in_words,
        "patient_lines": patient_lines,
        "trial_table": trial_table,
        "registry_url": urls.registry,
        "pubmed_url": urls.pubmed,
        "reason": reason,
        "report_url": urls.report,
        "title_markup": title_markup,
    }


def search_health(tx: Tx, topic: Topic, now: datetime) -> list[SearchHealth]:
    """The state of each configured search of a topic that the database knows: a new one is missing at first."""
    states = {state.name: state for state in store.searches.states(tx, topic.key)}
    return [
        SearchHealth(
            search,
            states[search.name],
            freshness.judge(states[search.name], search.every, now),
            next(iter(store.polls.latest(tx, topic.key, search.name, 1)), None),
        )
        for search in topic.searches
        if search.name in states
    ]


def change_entries(tx: Tx, topic: Topic, changes: list[Change]) -> list[ChangeEntry]:
    """`changes` with their articles and answers, in the order given."""
    articles = store.articles.known(tx, {change.pmid for change in changes if change.pmid})
    answers = {record.id: record for record in store.answers.history(tx, topic.key)}
    return [
        ChangeEntry(
            change,
            kind_in_words(change.kind),
            articles.get(change.pmid),
            answers.get(change.answer_id) if change.answer_id else None,
        )
        for change in changes
    ]


def kind_in_words(kind: ChangeKind) -> str:
    """A kind of change in words for readers."""
    return _(KIND_LABELS[kind])


def reason(change: Change) -> str:
    """Why the change is reported, for readers: the cause of an unreadable record is the operator's business."""
    if change.kind is ChangeKind.MERGED:
        return _("Now under PMID %(pmid)s in PubMed.", pmid=change.merged_into)
    if change.item:
        return " ".join(stored(sentence, "outside") for sentence in change.item.sentences)
    return "" if change.kind is ChangeKind.UNREAD else change_text(change.why)


def _by_article_and_day(changes: list[ChangeEntry]) -> list[list[ChangeEntry]]:
    """Changes of one article or item on one day stand together; each of the answer, a search or the question alone."""
    by_article: dict[tuple[str, object], list[ChangeEntry]] = {}
    for one in changes:
        key = (one.change.pmid or _item_key(one.change), one.change.at.date())
        by_article.setdefault(key, []).append(one)
    return list(by_article.values())


def _item_key(change: Change) -> str:
    return change.item.key if change.item else f"change {change.id}"


def archive_page(request: Request) -> Response:
    """Every listed digest of a topic, newest first."""
    topic = topic_of(request)
    with site_of(request).db.read() as tx:
        digests: list[ArchivedDigest] = store.digests.archive(tx, topic.key, 1_000, LISTED_KINDS)
    return page(request, "archive.html", topic=topic, digests=digests)
