"""Literatures of topics that ship in a running sandbox, and what a backtest or a comparison of queries asks of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

from monitor import config, resources
from monitor.demo import corpus
from monitor.model import Frequency, PubMedSettings, Search, SearchKind, Settings, SmtpSettings, Topic
from monitor.ports import Sources, silent
from monitor.sandbox import Corpus, Server
from monitor.sources.pubmed import Client
from monitor.strategy.backtest import Backtest, Plan, backtest
from monitor.strategy.kept_answers import KeptAnswers
from monitor.strategy.known import SoughtTrial

TODAY = date(2026, 11, 23)


def topic(key: str) -> Topic:
    """A topic that ships, CCSVI among them."""
    configured = config.load_topics(resources.folder("config") / "monitor.yaml")
    return {one.key: one for one in configured}.get(key) or config.shipped_topics()[key]


def asking(topic: Topic, *queries: str) -> Topic:
    """The topic with these queries in place of its searches."""
    searches = (
        Search(topic.key, f"search-{n}", SearchKind.QUERY, topic.searches[0].every, q) for n, q in enumerate(queries, 1)
    )
    return replace(topic, searches=tuple(searches))


def settings(url: str = "") -> Settings:
    """Settings as an operator would write them, with PubMed at `url`."""
    return Settings(
        path=Path("monitor.yaml"),
        pubmed=PubMedSettings("operator@example.org", base_url=url),
        smtp=SmtpSettings(host="127.0.0.1", sender="monitor@example.org"),
        topics=(),
        database_url="",
        postal_address="Example Street 1",
        operator_email="operator@example.org",
    )


@contextmanager
def pubmed_of(literature: str | bytes) -> Iterator[Server]:
    """A sandbox with the literature on a topic that ships, or with these records, as PubMed has it TODAY."""
    records = corpus.build(literature) if isinstance(literature, str) else literature
    with Server(Corpus.from_xml(records), datetime.combine(TODAY, datetime.min.time(), tzinfo=UTC)) as server:
        yield server


@contextmanager
def answers_of(server: Server, folder: Path | None = None, *, is_current: bool = False) -> Iterator[KeptAnswers]:
    """What the sandbox answers, without waiting between requests; kept in `folder`."""
    with closing(Client(settings(server.url).pubmed, sleep=lambda _: None)) as client:
        yield KeptAnswers(Sources(client, client, client), server.url, TODAY, folder, is_current=is_current)


def replayed(
    topic: Topic,
    literature: str | bytes,
    start: str,
    until: str,
    frequency: Frequency = Frequency.MONTHLY,
    known: tuple[str, ...] = (),
) -> Backtest:
    """A whole backtest of `topic` on a literature."""
    trials = tuple(SoughtTrial(one) for one in known)
    plan = Plan(topic, date.fromisoformat(start), date.fromisoformat(until), frequency, trials)
    with pubmed_of(literature) as server, answers_of(server) as kept:
        return backtest(plan, settings(server.url), kept, silent)
