"""A source besides PubMed that is down: the operator is told once, readers in their digest, and `status` shows it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from monitor import store
from monitor.demo.mailbox import Mailbox as Post
from monitor.digests.compose import compose_due
from monitor.model import AlertId, Settings, SourceName, SourceSettings, SourceState
from monitor.sandbox import Server as Eutils
from monitor.service.alerting.source_notices import notice_sources
from monitor.store import Database
from monitor.store.outside.source_states import SourcePlan
from tests.support.answers import Answer, serving
from tests.support.digest_samples import NOW
from tests.support.factories import DAY, HOUR
from tests.support.installation import World, install
from tests.support.mail_servers import Mailbox
from tests.support.settings import START, news_of_three, settings, subscribe, watched

CROSSREF = SourceName.CROSSREF
DOWN = "Crossref is not available (500)."


@pytest.fixture
def world(tmp_path: Path, sandbox: Eutils) -> Iterator[World]:
    """An installation on the sandbox."""
    with Post() as post, install(tmp_path, sandbox, post) as installed:
        yield installed


@pytest.fixture
def watching() -> Settings:
    """A topic that asks Crossref every day."""
    plain = settings(Mailbox().settings())
    return replace(plain, sources={CROSSREF: SourceSettings(CROSSREF, "http://127.0.0.1:9", DAY)})


def _asked(db: Database, topic: str, at: timedelta, error: str = "", doubt: str = "") -> None:
    """Crossref was asked, this long ago."""
    with db.begin() as tx:
        store.source_states.sync(tx, [SourcePlan(CROSSREF, topic, DAY)], NOW - at)
        token = store.source_states.claim(tx, CROSSREF, topic, NOW - at, early=True)
        state = store.source_states.state(tx, CROSSREF, topic)
        assert token
        if error:
            store.source_states.fail(tx, state, token, NOW - at + HOUR, NOW - at, error)
        else:
            store.source_states.finish(tx, state, token, NOW - at + DAY, NOW - at, doubt=doubt)


def _read(db: Database, watching: Settings) -> None:
    """The topic has a reader, who was welcomed a week ago."""
    watched(db)
    subscribe(db, "reader@example.org")
    assert compose_due(watching, db, START)


def _digest(db: Database, watching: Settings) -> tuple[str, str]:
    """The text and the HTML of the digest that is composed now."""
    news_of_three(db)
    (number,) = compose_due(watching, db, NOW)
    with db.read() as tx:
        _, rendered = store.digests.get(tx, number)
    return " ".join(rendered.text.split()), " ".join(rendered.html.split())


def test_a_digest_names_a_source_that_could_not_be_asked(db: Database, watching: Settings) -> None:
    """In both parts, since when; the last success does not hide it."""
    _read(db, watching)
    _asked(db, watching.topics[0].key, 7 * DAY)
    _asked(db, watching.topics[0].key, 5 * DAY, error=DOWN)
    _asked(db, watching.topics[0].key, 4 * DAY, error=DOWN)
    for part in _digest(db, watching):
        assert "Crossref could not be asked since" in part
        assert DOWN not in part


def test_a_digest_names_an_outage_that_is_over_and_a_doubt(db: Database, watching: Settings) -> None:
    """A week in which nothing was heard of a source is never silent."""
    _read(db, watching)
    topic = watching.topics[0].key
    _asked(db, topic, 6 * DAY, error=DOWN)
    _asked(db, topic, 2 * DAY)
    with db.read() as tx:
        (state,) = store.source_states.states(tx, topic)
    assert (state.outage_from, state.outage_until) == (NOW - 6 * DAY, NOW - 2 * DAY)
    for part in _digest(db, watching):
        assert "Crossref could not be asked from" in part


def test_what_is_doubted_is_said_to_be(db: Database, watching: Settings) -> None:
    """Without the operator's words for why."""
    _read(db, watching)
    _asked(db, watching.topics[0].key, 2 * DAY, doubt="nothing where there was some")
    for part in _digest(db, watching):
        assert "What Crossref answered since" in part
        assert "in doubt" in part


def test_a_source_that_answers_is_not_mentioned(db: Database, watching: Settings) -> None:
    """Nor is one that failed for minutes and answered then."""
    _read(db, watching)
    _asked(db, watching.topics[0].key, DAY, error=DOWN)
    _asked(db, watching.topics[0].key, DAY - timedelta(minutes=10))
    for part in _digest(db, watching):
        assert "Crossref" not in part


def test_the_operator_gets_one_alert_for_a_source_whatever_its_topics() -> None:
    """After six hours, once, and when it is over; a doubt at once."""
    down = [
        SourceState(CROSSREF, key, NOW, failures_in_row=9, first_failure_at=NOW - 7 * HOUR, last_error=DOWN)
        for key in ("ccsvi", "hcq")
    ]
    fresh = [replace(one, first_failure_at=NOW - HOUR) for one in down]
    assert notice_sources(fresh, {}, NOW) == ({}, [])
    told, (alert,) = notice_sources(down, {}, NOW)
    assert alert.headline == "Crossref has failed for 7 hours"
    assert "ccsvi, hcq" in alert.text
    assert DOWN in alert.text
    assert notice_sources(down, told, NOW + DAY)[1] == []
    after, (over,) = notice_sources([], told, NOW + DAY)
    assert (over.id, over.is_over, after) == (AlertId.SOURCE_FAILING, True, {})
    doubted = SourceState(CROSSREF, "ccsvi", NOW, doubt="nothing where there was some", doubt_since=NOW)
    assert [one.id for one in notice_sources([doubted], {}, NOW)[1]] == [AlertId.SOURCE_IN_DOUBT]


def test_status_and_doctor_show_each_source(world: World) -> None:
    """A source that is down is a warning: PubMed's searches decide about the exit code."""
    with serving({"/up": Answer(b'{"data": []}'), "/": Answer(b"", 404)}) as there:
        text = world.config.read_text(encoding="utf-8")
        block = f"sources:\n  icite: {{base_url: '{there.url}/up'}}\n  crossref: {{base_url: '{there.url}/gone'}}\n"
        world.config.write_text(text + block, encoding="utf-8")
        done = world.run("doctor", "--no-dns", "--json")
        found = {one["id"]: one for one in json.loads(done.stdout)}
        assert found["sources"]["state"] == "warning"
        assert found["sources"]["text"] == "Crossref refused the request (404)."
        world.run("tick")
        status = json.loads(world.run("status", "--json").stdout)
        sources = {one["source"] for topic in status["topics"] for one in topic["sources"]}
        assert "crossref" in sources
        assert "Crossref" in world.run("status").stdout
