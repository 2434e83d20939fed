"""A site whose topic requires screening, and what a screener does there."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlsplit

import httpx

from monitor import store
from monitor.evidence.conclude import conclude
from monitor.model import AnswerState, Article, Search, SearchKind, Topic, Verdict
from monitor.watch.reconcile import judge
from tests.support import articles as articles
from tests.support.site import NOW, RunningSite, poll

DAY = timedelta(days=1)
NAME = "A. Reader"
QUERY = Search("ccsvi", "all", SearchKind.QUERY, DAY, query="venoplasty")
STRICT: Topic = replace(articles.TOPIC, searches=(QUERY,), requires_screening=True)
ONE = articles.sham_trial("11", 19, day="2014-06-27", numbers=("NCT01450072",))
TWO = articles.sham_trial("12", 115, day="2017-11-18", numbers=("NCT01371760",))
PLAN = articles.article(
    "13", "Venous angioplasty in multiple sclerosis: study protocol for a randomized trial", day="2012-07-26"
)
REVIEW = articles.article(
    "14",
    "Venous angioplasty for multiple sclerosis: a systematic review",
    day="2012-12-12",
    types=("Systematic Review",),
)
HOSTILE = replace(ONE, pmid="15", title='<script>alert(1)</script> "quoted" & venoplasty in multiple sclerosis')


def store_articles(site: RunningSite, *found: Article) -> None:
    """Store and assess the articles and conclude the answer, as a poll does."""
    with site.db.begin() as tx:
        store.searches.sync(tx, [STRICT], NOW - DAY)
        store.articles.save(tx, found, NOW)
        poll(tx, QUERY.name, QUERY.query, NOW)
        judge(tx, STRICT, found, NOW)
        conclude(tx, STRICT, NOW)


def screening_path(site: RunningSite, by: str = NAME, topic: str = "ccsvi", days: int = 30) -> str:
    """The path of a screening link."""
    return urlsplit(site.links.screening_url(topic, by, site.clock(), site.clock() + days * DAY)).path


def submit_verdict(site: RunningSite, pmid: str = "11", **fields: str) -> httpx.Response:
    """Submit the form about an article."""
    form = {"design": "randomized trial", "question": "yes", "because": "allocation by lot", "button": "screen"}
    return site.http.post(f"{screening_path(site)}/{pmid}", data={**form, **fields})


def answer_state(site: RunningSite) -> AnswerState:
    """The state of the stored answer."""
    with site.db.read() as tx:
        record = store.answers.current(tx, "ccsvi")
    assert record
    return record.answer.state


def current_screening(site: RunningSite, pmid: str = "11") -> Verdict | None:
    """The current screening of an article."""
    with site.db.read() as tx:
        return store.screenings.current(tx, "ccsvi").get(pmid)
