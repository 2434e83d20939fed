"""A database is used in real time or under --at, never both; and a clock that was wrong silences nothing."""

from __future__ import annotations

import json
import signal
import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from monitor import config, store
from monitor.model import Frequency, FreshnessState, Settings
from monitor.service import connections, tick
from monitor.service.tick import Tick
from monitor.store import Database
from monitor.watch import freshness
from tests.support.installation import World, eventually

NOW = datetime(2016, 1, 1, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def status(world: World, *words: str) -> dict[str, object]:
    """What `monitor status --json` says."""
    found: dict[str, object] = json.loads(world.run("status", "--json", *words).stdout)
    return found


def test_a_month_is_rehearsed_day_by_day_with_nothing_but_at(world: World) -> None:
    """Past or future dates, and every command looks at it at its own time without a flag."""
    for day in ("2016-01-01T12:00Z", "2016-01-02T12:00Z", "2099-01-01T12:00Z"):
        done = json.loads(world.run("tick", "--json", "--at", day).stdout)
        assert (len(done["polls"]), done["failures"]) == (3, [])
    assert world.run("status").returncode == 0
    assert (
        "Rehearsal: this database was first written under --at. It stands at 2099-01-01" in world.run("status").stdout
    )
    assert status(world)["at"] == status(world)["rehearsal_at"] == "2099-01-01T12:00:00Z"
    assert status(world, "--at", "2099-02-01")["at"] == "2099-02-01T00:00:00Z"
    assert "1 Jan 2099" in world.run("preview", "--text").stdout
    assert world.run("deliver", "pause", "--at", "2099-01-01T13:00Z").returncode == 0
    assert "since 2099-01-01 13:00 UTC" in world.run("deliver", "pause").stdout
    words = ["screen", "101", "--by", "A. Reader", "--verdict", "review", "--because", "a test"]
    assert world.run(*words, "--at", "2099-01-01T14:00Z").returncode == 0
    assert "2099-01-01 by A. Reader" in world.run("explain", "101").stdout
    assert world.run("poll", "--at", "2099-01-02T12:00Z").returncode == 0
    assert status(world)["at"] == "2099-01-02T12:00:00Z"
    assert world.run("poll").returncode == 0
    assert status(world)["at"] == "2099-01-02T12:00:00Z"


def test_a_rehearsal_is_refused_in_real_time(world: World) -> None:
    """With a sentence that says when it stands and what to do; nothing is asked."""
    assert world.run("tick", "--at", "2016-01-01T12:00Z").returncode == 0
    asked = len(world.pubmed.requests)
    done = world.run("tick")
    assert done.returncode == 2
    assert "is a rehearsal" in done.stderr
    assert "2016-01-01 12:00 UTC" in done.stderr
    assert len(world.pubmed.requests) == asked


def test_the_pages_of_a_rehearsal_can_be_looked_at(world: World) -> None:
    """`monitor run` serves them; it asks nothing, composes nothing and does not count as alive."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    text = world.config.read_text(encoding="utf-8")
    pages = f"web: {{listen: '127.0.0.1:{port}', public_url: 'http://127.0.0.1:{port}'}}\n"
    world.config.write_text(pages + text, encoding="utf-8")
    assert world.run("tick", "--at", "2016-01-01T12:00Z").returncode == 0
    asked = len(world.pubmed.requests)
    service = world.start("run")
    eventually(lambda: b"Veins in MS" in page(f"http://127.0.0.1:{port}/topics/veins"))
    assert world.run("status", "--health").returncode == 1
    service.send_signal(signal.SIGTERM)
    _, log = service.communicate(timeout=60)
    assert (service.returncode, len(world.pubmed.requests)) == (0, asked)
    assert "is a rehearsal" in log
    assert status(world)["at"] == "2016-01-01T12:00:00Z"


def page(url: str) -> bytes:
    """The page, b"" while nothing answers."""
    try:
        return httpx.get(url).content
    except httpx.TransportError:
        return b""


@pytest.mark.parametrize("words", [["tick"], ["poll"], ["status"], ["preview"], ["deliver", "pause"]])
def test_a_live_database_refuses_a_pretended_instant(world: World, words: list[str]) -> None:
    """`tick --at +40d` on the real database would have silenced the service for 40 days."""
    assert world.run("tick").returncode == 0
    done = world.run(*words, "--at", "2099-01-01")
    assert done.returncode == 2
    assert "in use in real time" in done.stderr
    assert status(world)["rehearsal_at"] is None
    assert world.run("tick").returncode == 0


def test_a_database_that_was_only_made_ready_can_become_either(world: World) -> None:
    """The first poll decides."""
    assert world.run("db", "upgrade").returncode == 0
    assert world.run("subscribers", "add", "eve@example.org", "--agreed", "in person").returncode == 0
    assert world.run("tick", "--at", "2016-01-01T12:00Z").returncode == 0


def settings_of(world: World) -> Settings:
    """Its configuration."""
    return config.load(world.config, dict(world.environ))


@contextmanager
def opened(world: World) -> Iterator[Database]:
    """Its database."""
    with closing(store.open(settings_of(world).database_url)) as db:
        yield db


def tick_at(world: World, at: datetime) -> Tick:
    """One tick of a live service at `at`, as its clock says."""
    with connections.connected(settings_of(world), at) as works:
        return tick.run_due(works, at)


@pytest.mark.parametrize("ahead", [timedelta(hours=2), 40 * DAY, 4000 * DAY])
def test_a_clock_that_jumped_forward_and_back_silences_nothing(world: World, ahead: timedelta) -> None:
    """Searches are asked, digests composed and mailed, clean-up done, as if the clock had never been wrong."""
    tick_at(world, NOW)
    tick_at(world, NOW + ahead)
    asked = tick_at(world, NOW + timedelta(hours=13))
    assert len(asked.polls) == 3
    later = tick_at(world, NOW + 2 * DAY)
    assert len(later.polls) == 3
    with opened(world) as db, db.read() as tx:
        for state in store.searches.states(tx, "veins"):
            assert freshness.judge(state, timedelta(hours=12), NOW + 2 * DAY).state is FreshnessState.CURRENT
        due = store.digests.schedules(tx, "veins")[Frequency.DAILY].due_at
    assert due <= NOW + 3 * DAY


def test_between_the_jump_and_the_next_tick_status_says_that_it_does_not_know(world: World) -> None:
    """It says neither "current" nor "never"."""
    tick_at(world, datetime.now(UTC) + 40 * DAY)
    assert world.run("status").returncode == 1
    told = world.run("status", "--json").stdout
    assert "Last success unknown: it is dated" in told
    assert "which is later than now" in told
    assert world.run("tick").returncode == 0
    assert world.run("status").returncode == 0
