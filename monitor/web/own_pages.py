"""The operator's own page templates are tried: every page that has a template, with made-up people and articles.

What can be seen without rendering was found when the configuration was read; what goes wrong only while a page is made
is found here, before a visitor meets it. The database of the service is not touched.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Message

from monitor import store
from monitor.delivery.own_templates import made_up
from monitor.digests import render
from monitor.digests.display.view import Site
from monitor.errors import ConfigError
from monitor.links import Links, Purpose
from monitor.model import (
    AnswerRecord,
    Frequency,
    HeldPreprint,
    Outcome,
    Poll,
    Preprint,
    RegistryEntry,
    RegistryStatus,
    Settings,
    SourceName,
    Subscription,
    SubscriptionState,
)
from monitor.render.templates import refusing
from monitor.store import Database, Tx
from monitor.subscribers.address_hash import AddressKey
from monitor.web.app import app

_KEY = "a made-up key that signs only made-up links"
_OPERATOR = "a-made-up-token-of-the-operator"
_READER = "reader@example.org"

#: A path, and the form that is sent there; "" to look at the page.
_Visit = tuple[str, str]


def check(settings: Settings) -> None:
    """Raise ConfigError, with a line for each mistake, when a page template of the operator's breaks its page."""
    if not any(template.name.startswith("pages/") for template in settings.branding.templates):
        return
    web = replace(settings.web, public_url=made_up.URL, operator_token=_OPERATOR)
    known = replace(settings, topics=(*settings.topics, made_up.TOPIC), web=web, secret_keys=(_KEY,))
    links = Links((_KEY,), made_up.URL)
    with _made_up_database() as db:
        pages = app(known, links, db, lambda: made_up.NOW)
        mistakes = dict.fromkeys(_mistakes(known, pages, _visits(db, links)))
    if mistakes:
        told = "\n".join(f"  {mistake}" for mistake in mistakes)
        raise ConfigError(f"{settings.path}: templates of yours break the pages that they are for:\n{told}")


def _mistakes(settings: Settings, pages: ASGIApp, visits: Iterator[_Visit]) -> Iterator[str]:
    for visit in visits:
        try:
            with refusing(settings.branding):
                asyncio.run(_ask(pages, *visit))
        except ConfigError as mistake:
            yield str(mistake)


async def _ask(pages: ASGIApp, path: str, form: str) -> None:
    """One request, as a web server passes it on; raises what the page raises."""
    scope = {
        "type": "http",
        "method": "POST" if form else "GET",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": b"",
        "headers": [(b"authorization", f"Bearer {_OPERATOR}".encode())],
    }

    async def receive() -> Message:
        return {"type": "http.request", "body": form.encode(), "more_body": False}

    async def send(_message: Message) -> None:
        return

    await pages(scope, receive, send)


@contextmanager
def _made_up_database() -> Iterator[Database]:
    with TemporaryDirectory() as folder:
        db = store.open(f"sqlite:///{Path(folder) / 'monitor.db'}")
        try:
            store.migrate.upgrade(db)
            yield db
        finally:
            db.close()


def _visits(db: Database, links: Links) -> Iterator[_Visit]:
    """Every page, when there is nothing yet and when there is something of each kind; then all that a reader can do."""
    now, topic = made_up.NOW, f"/topics/{made_up.TOPIC.key}"
    always = ("/", "/topics", "/privacy", "/accessibility", "/link", "/operator", "/style.css", "/nothing-is-here")
    public = (*always, topic, f"{topic}/other-sources", f"{topic}/digests", f"{topic}/subscribe")
    yield from ((path, "") for path in public)
    article, digest, reader = _fill(db, now)
    yield from ((path, "") for path in (*public, f"{topic}/articles/{article}", f"/digests/{digest}"))
    yield f"{topic}/subscribe", f"address={_READER}&frequency=weekly&timezone=UTC"
    yield f"{topic}/subscribe", "address=nobody"
    mailed = {purpose: f"/{purpose}/{links.token(purpose, reader, now)}" for purpose in Purpose}
    screening = urlsplit(links.screening_url(made_up.TOPIC.key, "somebody", now, now + timedelta(days=1))).path
    declined = urlsplit(links.do_not_mail_url(AddressKey(_READER, (_KEY,)).hmacs[0], reader)).path
    yield f"{screening}/{article}", ""
    for path, form in (
        (mailed[Purpose.CONFIRM], "button=confirm"),
        (mailed[Purpose.PREFERENCES], "button=end-links"),
        (screening, "button=end-links"),
        (mailed[Purpose.UNSUBSCRIBE], "button=unsubscribe"),
        (declined, "button=decline"),
    ):
        yield path, ""
        yield path, form


def _fill(db: Database, now: datetime) -> tuple[str, int, int]:
    """Something of each kind; the PMID of an article, and the numbers of a digest and of a subscription."""
    topic = made_up.TOPIC
    article = made_up.article("1000001")
    with db.begin() as tx:
        store.searches.sync(tx, (topic,), now - timedelta(days=30))
        store.articles.save(tx, [article], now)
        store.verdicts.save(tx, [made_up.verdict(article.pmid)], now)
        _poll(tx, article.pmid, now)
        _fill_outside(tx, now)
        store.answers.add(tx, AnswerRecord(made_up.NONE, now - timedelta(days=9), is_baseline=True))
        store.answers.add(tx, AnswerRecord(made_up.ONE, now, previous=made_up.NONE.state))
        digest = next(made_up.digests())
        rendered = render.render(digest, topic, Site("Street 1", _READER, made_up.URL))
        number = store.digests.add(tx, replace(digest, change_ids=()), rendered, now)
        reader = Subscription(topic.key, _READER, Frequency.WEEKLY, SubscriptionState.UNCONFIRMED)
        return article.pmid, number, store.subscribers.add(tx, reader, now)


def _fill_outside(tx: Tx, now: datetime) -> None:
    """A registry entry of the question, and a preprint."""
    topic, source = made_up.TOPIC.key, SourceName.CLINICAL_TRIALS
    title = "A treatment of people"
    entry = RegistryEntry(source, "NCT00000001", title, made_up.URL, RegistryStatus.RECRUITING, is_randomized=True)
    entry = replace(entry, conditions=("people",), interventions=("a treatment",))
    store.registry_entries.save(tx, topic, [entry], now)
    store.preprints.save(tx, topic, [HeldPreprint(Preprint("PPR1", title), made_up.verdict("PPR1"), "made up", now)])


def _poll(tx: Tx, pmid: str, now: datetime) -> None:
    topic, search = made_up.TOPIC.key, made_up.TOPIC.searches[0]
    token = store.searches.claim(tx, topic, search.name, now, early=True) or ""
    poll = Poll(topic, search.name, now, now, Outcome.OK, is_baseline=True, query_sent=search.query, count=1)
    store.matches.record(tx, topic, search.name, store.polls.add(tx, poll), now, new={pmid})
    store.searches.finish(tx, poll, token, now + timedelta(days=1), now)
