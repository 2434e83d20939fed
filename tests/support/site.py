"""A running site for the tests: real pages on loopback, a real database, a real SMTP mailbox; only its clock is set."""

from __future__ import annotations

import asyncio
import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import uvicorn

from monitor import store, web
from monitor.delivery.transactional import send_transactional
from monitor.demo.mailbox import Mailbox
from monitor.digests import render
from monitor.digests.display.view import Site
from monitor.links import Links, Purpose
from monitor.mail.smtp import SmtpMailer
from monitor.model import (
    Access,
    AnswerRecord,
    ArticleSummary,
    Catalogue,
    Encryption,
    Frequency,
    FullText,
    Outcome,
    Poll,
    PubMedSettings,
    RelatedArticles,
    Seed,
    SeedContext,
    Settings,
    SmtpSettings,
    Subscription,
    SubscriptionState,
    Topic,
    WebSettings,
)
from monitor.store import Database
from monitor.web.server import listener
from tests.support import digest_samples

#: The site speaks plain HTTP: to read the machine's list of authorities for each client would take longer than a test.
NO_AUTHORITY = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
NOW = datetime(2018, 10, 1, 8, 0, tzinfo=UTC)
KEYS = ("the-newest-key-of-at-least-32-characters", "an-older-key-of-at-least-32-characters-1")
READER = "reader@example.org"
OPERATOR_TOKEN = "the-token-of-the-operator-0123"
SEED = Seed(
    doi="10.1007/s11936-012-0168-7",
    pmid="22350642",
    citation="Diaconu C, et al. Current Treatment Options in Cardiovascular Medicine 2012",
    claim="Treating the veins may help people with multiple sclerosis.",
)
TOPIC: Topic = replace(digest_samples.TOPIC, seed=SEED)
#: The context of the seed: references, some of them stored, more similar articles than are named, full texts.
SEED_CONTEXT = SeedContext(
    SEED.pmid,
    references=RelatedArticles(("19060000", *digest_samples.ARTICLES, "19060001"), NOW),
    similar=RelatedArticles(tuple(str(number) for number in range(21_000_000, 21_000_095)), NOW),
    full_texts=(
        FullText("A Publisher of Journals", "https://press.example.org/article?id=1&full=yes", Access.PAID),
        FullText("PubMed Central", "https://www.ncbi.nlm.nih.gov/pmc/articles/PMC3309132/", Access.FREE),
    ),
    full_texts_seen_at=NOW,
    asked_at=NOW,
)
SUMMARIES = tuple(
    ArticleSummary(
        pmid, f"Cerebrospinal venous flow, part {number}", f"Venous flow<sub>{number}</sub>", "J Veins", 2009, ""
    )
    for number, pmid in enumerate(("19060000", *SEED_CONTEXT.similar.pmids[:19]), 1)
)


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.at = NOW

    def __call__(self) -> datetime:
        """The current instant."""
        return self.at

    def pass_by(self, span: timedelta) -> None:
        """Let time pass."""
        self.at += span


@dataclass
class RunningSite:
    """The running site with its database, mailbox, settings, clock, mailer and an HTTP client."""

    url: str
    db: Database
    mailbox: Mailbox
    settings: Settings
    clock: Clock
    mailer: SmtpMailer
    http: httpx.Client = field(repr=False)

    @property
    def links(self) -> Links:
        """Links signed with the keys of the service."""
        return Links(self.settings.secret_keys, self.url)

    def sign_up(self, address: str = READER, **fields: str) -> httpx.Response:
        """Fill in the sign-up form."""
        form = {"address": address, "frequency": "weekly", "timezone": "Europe/Rome", "button": "sign-up", **fields}
        return self.http.post("/topics/ccsvi/subscribe", data=form)

    def mails(self, address: str = READER) -> list[str]:
        """The text of every mail that came to an address."""
        self.send_mails()
        return [text_of(mail.content) for mail in self.mailbox.to(address)]

    def send_mails(self) -> None:
        """Send the transactional mails that were requested on pages, as the service does every few seconds."""
        with ThreadPoolExecutor(1) as elsewhere:  # in a test with a browser this thread has an event loop
            elsewhere.submit(send_transactional, self.settings, self.links, self.db, self.mailer, self.clock()).result()

    def link_in_last(self, purpose: Purpose, address: str = READER) -> str:
        """The path of the link for `purpose` in the last mail to an address."""
        found = re.search(rf"https?://\S+/{purpose}/\S+", self.mails(address)[-1])
        assert found, self.mails(address)[-1]
        return urlsplit(found[0]).path

    def subscribe(self, address: str = READER, frequency: Frequency = Frequency.WEEKLY, language: str = "en") -> int:
        """Store an active subscription without using the pages; its id."""
        with self.db.begin() as tx:
            wanted = Subscription("ccsvi", address, frequency, SubscriptionState.ACTIVE, language=language)
            return store.subscribers.add(tx, wanted, self.clock())

    def subscription(self, address: str = READER) -> Subscription | None:
        """The stored subscription of an address."""
        with self.db.read() as tx:
            return next(iter(store.subscribers.find(tx, address)), None)

    def token(self, purpose: Purpose, number: int) -> str:
        """The path of a link."""
        return f"/{purpose}/{self.links.token(purpose, number, self.clock())}"


@contextmanager
def sending_mails(site: RunningSite) -> Iterator[None]:
    """Transactional mails are sent in the background for as long as the block lasts, as in the service."""
    stopped = threading.Event()

    def send() -> None:
        while not stopped.wait(0.1):
            site.send_mails()

    thread = threading.Thread(target=send)
    thread.start()
    try:
        yield
    finally:
        stopped.set()
        thread.join()


def text_of(raw: bytes) -> str:
    """The plain part of a mail."""
    body = message_from_bytes(raw, policy=policy.default).get_body(("plain",))
    assert body
    text: str = body.get_content()
    return text


def settings_for(db: Database, mailbox: Mailbox, public_url: str, folder: Path, topic: Topic = TOPIC) -> Settings:
    """Settings of a site at `public_url` with one topic."""
    return Settings(
        path=folder / "monitor.yaml",
        pubmed=PubMedSettings("jane@example.org"),
        smtp=SmtpSettings(mailbox.host, "Monitor <monitor@example.org>", mailbox.port, Encryption.NONE),
        topics=(topic,),
        database_url=str(db.engine.url),
        postal_address="Example Hospital, 1 Example Street, London",
        operator_email="operator@example.org",
        web=WebSettings(public_url),
        secret_keys=KEYS,
    )


class _Server(uvicorn.Server):
    """Ends as soon as it is told to: uvicorn itself asks ten times a second, and then waits as long again."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        self._loop, self._told = asyncio.get_running_loop(), asyncio.Event()
        await super().startup(sockets=sockets)

    async def main_loop(self) -> None:
        await self.on_tick(0)  # the headers of each response
        await self._told.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:  # noqa: ARG002  # as uvicorn calls it
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        while self.server_state.connections:
            await asyncio.sleep(0.001)

    def end(self) -> None:
        """To be called by another thread, once it has `started`."""
        self._loop.call_soon_threadsafe(self._told.set)


@contextmanager
def open_site(
    db: Database,
    folder: Path,
    *,
    path: str = "",
    topic: Topic = TOPIC,
    smtp: SmtpSettings | None = None,
    tls: ssl.SSLContext | None = None,
    operator_token: str = OPERATOR_TOKEN,
    catalogue: Catalogue | None = None,
    change: Callable[[Settings], Settings] = lambda settings: settings,
) -> Iterator[RunningSite]:
    """The site on a free port of loopback, for as long as the block lasts; `path` precedes that of every page.

    Its mails go to a mailbox of its own, or to the server of `smtp`. It speaks the language of `catalogue`; `change`
    makes its settings others.
    """
    clock = Clock()
    with Mailbox() as mailbox, listener("127.0.0.1:0") as opened:
        url = f"http://127.0.0.1:{opened.getsockname()[1]}{path}"
        settings = settings_for(db, mailbox, url, folder, topic)
        pages = replace(settings.web, operator_token=operator_token)
        settings = replace(settings, smtp=smtp or settings.smtp, web=pages)
        if catalogue:
            language = catalogue.language
            settings = replace(settings, language=language, catalogues={language: catalogue})
        settings = change(settings)
        mailer = SmtpMailer(settings.smtp, tls)
        site = web.app(settings, Links(settings.secret_keys, url), db, clock)
        server = _Server(uvicorn.Config(site, log_level="error", lifespan="off"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [opened]}, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.001)
        try:
            with httpx.Client(base_url=url, verify=NO_AUTHORITY) as http:
                yield RunningSite(url, db, mailbox, settings, clock, mailer, http)
        finally:
            server.end()
            thread.join()


def fill_site(db: Database, at: datetime = NOW) -> int:
    """Store what a topic has after years: articles, verdicts, answers, changes, polls, citations, a digest (its id)."""
    with db.begin() as tx:
        store.searches.sync(tx, (TOPIC,), at - timedelta(days=30))
        store.topics.set_seed_pmid(tx, "ccsvi", SEED.pmid, at)
        for search in TOPIC.searches:
            poll(tx, search.name, search.query, at)
        store.articles.save(tx, digest_samples.ARTICLES.values(), at)
        store.verdicts.save(tx, digest_samples.VERDICTS.values(), at)
        store.citations.add(tx, SEED.pmid, digest_samples.ARTICLES, "elink", at)
        store.seed_context.save(tx, SEED_CONTEXT, at + timedelta(days=7))
        store.seed_context.summarize(tx, SUMMARIES, at)
        first = AnswerRecord(digest_samples.TWO, at - timedelta(days=300), is_baseline=True)
        store.answers.add(tx, first)
        number = store.answers.add(
            tx, AnswerRecord(digest_samples.THREE, at - timedelta(days=1), previous=digest_samples.TWO.state)
        )
        changes = [replace(one, answer_id=number) if one.answer_id else one for one in digest_samples.CHANGES]
        added = store.changes.add(tx, changes)
        digest = replace(digest_samples.news(), change_ids=tuple(one.id for one in added))
        site = Site("Example Hospital", "operator@example.org", "https://monitor.example.org")
        return store.digests.add(tx, digest, render.render(digest, TOPIC, site), at)


def poll(tx: store.Tx, name: str, query: str, at: datetime) -> None:
    """Store the first poll of a search, which found the articles of the samples."""
    token = store.searches.claim(tx, "ccsvi", name, at, early=True)
    assert token
    poll = Poll(
        "ccsvi", name, at, at, Outcome.OK, is_baseline=True, query_sent=query, translation=f"({query})", count=4
    )
    number = store.polls.add(tx, poll)
    store.matches.record(tx, "ccsvi", name, number, at, new=set(digest_samples.ARTICLES))
    store.searches.finish(tx, poll, token, at + timedelta(days=1), at)
