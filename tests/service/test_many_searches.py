"""Thousands of searches on one machine: nothing refuses to start, and a quiet minute costs what it costs for a few."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from starlette.applications import Starlette

from monitor import config
from monitor.demo.mailbox import Mailbox
from monitor.model import Outcome, Settings
from monitor.ports import Sources
from monitor.sandbox import Server
from monitor.service import connections, request_load, tick
from monitor.service.connections import Connections
from monitor.service.units import Units
from monitor.sources.pubmed import Client
from monitor.store import Database
from monitor.store.schema.tables import searches
from monitor.web.app import app
from tests.support.installation import World

NOW = datetime(2016, 1, 1, 12, 0, tzinfo=UTC)
SEARCHES = 10

HEAD = """\
contact_email: jane@example.org
postal_address: Example Street 1, Rome
smtp: {{host: 127.0.0.1, port: {port}, encryption: none}}
pubmed: {{base_url: "{url}", read_timeout: 5}}
topics:
"""
TOPIC = """\
  topic{n}:
    name: Topic number {n}
    question:
      text: Does opening veins help?
      population: {{name: multiple sclerosis, words: [multiple sclerosis]}}
      intervention: {{name: vein dilation, words: [vein dilation]}}
    seed: {{pmid: 101}}
    searches:
"""
BY_QUERY = '      - {{name: words{n}, query: "vein{n}[tiab] OR jugular[tiab]"}}\n'
BY_LINK = "      - {name: citing, kind: citing}\n"


def many(folder: Path, topics: int, sandbox: Server, mailbox: Mailbox) -> World:
    """An installation with so many topics, each with ten searches."""
    body = "".join(BY_QUERY.format(n=n) for n in range(SEARCHES - 1)) + BY_LINK
    text = "".join(TOPIC.format(n=n) + body for n in range(topics))
    (folder / "monitor.yaml").write_text(HEAD.format(port=mailbox.port, url=sandbox.url) + text, encoding="utf-8")
    return World(folder, sandbox, mailbox, {"MONITOR_SECRET_KEY": "k" * 32})


def settings_of(world: World) -> Settings:
    """Its configuration."""
    return config.load(world.config, world.environ)


@contextmanager
def started(settings: Settings) -> Iterator[Connections]:
    """The service with a PubMed client that waits for nothing."""
    with connections.connected(settings, NOW) as works:
        pubmed = Client(settings.pubmed, sleep=lambda _seconds: None)
        yield replace(works, sources=Sources(pubmed, pubmed, pubmed))


def asked_already(db: Database, but: int) -> None:
    """Every search was asked an hour ago, and all are due in an hour, except so many that are due now."""
    before, later = NOW - timedelta(hours=1), NOW + timedelta(hours=1)
    done = sa.update(searches).values(has_baseline=True, last_success_at=before, last_full_check_at=before)
    with db.begin() as tx:
        tx.execute(done.values(due_at=later))
        names = tx.execute(sa.select(searches.c.topic, searches.c.name).order_by(*searches.primary_key).limit(but))
        for topic, name in names.all():
            this = sa.and_(searches.c.topic == topic, searches.c.name == name)
            tx.execute(sa.update(searches).where(this).values(due_at=before))


async def shown(site: Starlette, *paths: str) -> list[httpx.Response]:
    """What the pages answer."""
    transport = httpx.ASGITransport(app=site)
    async with httpx.AsyncClient(transport=transport, base_url="http://monitor.example") as visitor:
        return [await visitor.get(path) for path in paths]


@pytest.fixture
def mailbox_here() -> Iterator[Mailbox]:
    """A mail server that keeps what it gets."""
    with Mailbox() as box:
        yield box


def test_three_thousand_searches_start_tick_and_are_shown(
    tmp_path: Path, sandbox: Server, mailbox_here: Mailbox
) -> None:
    """SQLite takes expressions of a thousand parts and 32,766 values; every door stays below that."""
    world = many(tmp_path, 300, sandbox, mailbox_here)
    assert world.run("check").returncode == 0
    settings = settings_of(world)
    with started(settings) as works:
        asked_already(works.db, but=10)
        done = tick.run_due(works, NOW)
        assert [poll.outcome for poll in done.polls] == [Outcome.OK] * 10
        assert done.failures == ()
        site = app(works.settings, works.links, works.db, lambda: NOW)
        found = asyncio.run(shown(site, "/", "/topics/topic299", "/metrics", "/api/v1/topics"))
        assert [(one.status_code, "topic299" in one.text) for one in found] == [(200, True)] * 4
        assert len(found[1].content) < 100_000
    status = json.loads(world.run("status", "--json").stdout)
    assert sum(len(topic["searches"]) for topic in status["topics"]) == 3_000
    checks = {one["id"]: one for one in json.loads(world.run("doctor", "--json", "--no-dns").stdout)}
    assert checks["rate"] == {
        "id": "rate", "state": "ok", "text": request_load.of(settings).sentence, "hint": "",
    }  # fmt: skip
    assert checks["database"]["state"] == "ok"


def _units() -> dict[str, Callable[[Units], object]]:
    """What is looked at every minute."""
    return {
        "reassess": Units.reassess, "poll": Units.poll, "alert": Units.alert, "compose": Units.compose,
        "send": Units.send_transactional, "deliver": Units.deliver, "seed context": Units.refresh_seed_context,
    }  # fmt: skip


def statements(settings: Settings) -> dict[str, int]:
    """How many SQL statements each unit sends in a minute in which nothing is due."""
    counts: dict[str, int] = {}
    with started(settings) as works:
        asked_already(works.db, but=0)
        with works.db.begin() as tx:
            tx.exec_driver_sql("UPDATE topics SET seed_pmid = '' ")
        for at in (NOW, NOW + timedelta(minutes=1)):  # the second minute counts: the first may have work
            for name, work in _units().items():
                with _counting(works.db) as sent:
                    work(Units(works, at))
                counts[name] = len(sent)
    return counts


@contextmanager
def _counting(db: Database) -> Iterator[list[str]]:
    sent: list[str] = []

    def hear(_tx: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        sent.append(statement)

    sa.event.listen(db.engine, "before_cursor_execute", hear)
    yield sent
    sa.event.remove(db.engine, "before_cursor_execute", hear)


def test_a_quiet_minute_asks_the_database_as_often_for_many_topics_as_for_one(
    tmp_path: Path, sandbox: Server, mailbox_here: Mailbox
) -> None:
    """No unit of work goes through all topics or searches to find that nothing is due."""
    found = []
    for topics in (1, 100):
        folder = tmp_path / str(topics)
        folder.mkdir()
        found.append(statements(settings_of(many(folder, topics, sandbox, mailbox_here))))
    assert found[1] == found[0]


def test_a_tick_asks_the_database_no_more_often_than_it_must(
    tmp_path: Path, sandbox: Server, mailbox_here: Mailbox
) -> None:
    """A tick with nothing due sends at most 28 statements in 14 transactions, one with one poll 73 in 21.

    What one statement can ask for is not asked for row by row; who adds a statement to every minute raises the number.
    """
    with started(settings_of(many(tmp_path, 1, sandbox, mailbox_here))) as works:
        asked_already(works.db, but=0)
        with works.db.begin() as tx:
            tx.exec_driver_sql("UPDATE topics SET seed_pmid = ''")
        tick.run_due(works, NOW)  # the first one cleans up
        statements, transactions = _asked(works, NOW + timedelta(minutes=1), polls=0)
        assert (statements <= 28, transactions <= 14) == (True, True)
        with works.db.begin() as tx:
            tx.execute(sa.update(searches).where(searches.c.name == "words0").values(due_at=NOW))
        statements, transactions = _asked(works, NOW + timedelta(minutes=2), polls=1)
        assert (statements <= 73, transactions <= 21) == (True, True)


def _asked(works: Connections, at: datetime, polls: int) -> tuple[int, int]:
    """How many statements and transactions a tick takes that asks for so many searches."""
    begun: list[object] = []
    hear = begun.append
    sa.event.listen(works.db.engine, "begin", hear)
    with _counting(works.db) as sent:
        done = tick.run_due(works, at)
    sa.event.remove(works.db.engine, "begin", hear)
    assert len(done.polls) == polls
    return len(sent), len(begun)


def test_more_searches_than_pubmed_allows_are_told_to_the_operator_once(
    tmp_path: Path, sandbox: Server, mailbox_here: Mailbox
) -> None:
    """By `doctor`, which fails, and by one mail; both say what to do. Its end is told, too."""
    world = many(tmp_path, 300, sandbox, mailbox_here)
    text = world.config.read_text(encoding="utf-8").replace("    seed:", "    every: 15m\n    seed:")
    world.config.write_text(text, encoding="utf-8")
    checks = {one["id"]: one for one in json.loads(world.run("doctor", "--json", "--no-dns").stdout)}
    assert checks["rate"]["state"] == "failed"
    assert checks["rate"]["text"].startswith("This configuration needs 6.3 requests/s of 2.7 (NCBI allows 3 without")
    assert "MONITOR_NCBI_API_KEY, or make `every:` 2.3 times as long" in checks["rate"]["text"]
    settings = settings_of(world)
    with started(settings) as works:
        few = replace(works, settings=replace(works.settings, topics=settings.topics[:9]))
        told = [Units(with_these, NOW).alert() for with_these in (few, works, works, few, few)]
    assert [[alert.headline for alert in alerts] for alerts in told] == [
        [], ["the searches need more requests than PubMed allows"], [], ["the searches fit PubMed's rate again"], [],
    ]  # fmt: skip
    mail, _ = mailbox_here.to("jane@example.org")
    assert "needs 6.3 requests/s of 2.7" in mail.message.get_content()


def test_with_an_api_key_more_is_allowed(tmp_path: Path, sandbox: Server, mailbox_here: Mailbox) -> None:
    """Two requests a poll by query; one by link, and one a day for modified records."""
    settings = settings_of(many(tmp_path, 1, sandbox, mailbox_here))
    load = request_load.of(settings)
    with_key = request_load.of(replace(settings, pubmed=replace(settings.pubmed, api_key="k")))
    assert load.needed == pytest.approx((9 * 2 + 1) / 43_200 + 1 / 86_400)
    assert (load.sentence, with_key.sentence) == (
        "This configuration needs 0.00045 requests/s of 2.7 (NCBI allows 3 without an API key).",
        "This configuration needs 0.00045 requests/s of 9.1 (NCBI allows 10 with an API key).",
    )
