"""The dead-man's switch is asked for while all is well, and not otherwise; nothing waits for it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from monitor import config, log, store
from monitor.mail.smtp import SmtpMailer
from monitor.model import Outcome
from monitor.ports import Sources
from monitor.sandbox.faults import Fault
from monitor.service import connections, reload, tick
from monitor.service.alerting import failures
from monitor.service.alerting.failures import Unit
from monitor.service.connections import Connections
from monitor.service.reload.files import WatchedFiles
from monitor.service.running import ping
from monitor.service.running.scheduler import BEATS, Service
from monitor.service.units import Units
from monitor.sources.pubmed import Client
from monitor.store import Database
from tests.support import factories
from tests.support.installation import World

NOW = datetime(2016, 1, 1, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
#: What the switch does with a request.
Answer = Callable[[BaseHTTPRequestHandler], None]


def yes(handler: BaseHTTPRequestHandler) -> None:
    """As healthchecks.io answers."""
    handler.send_response(200)
    handler.send_header("Content-Length", "2")
    handler.end_headers()
    handler.wfile.write(b"OK")


def broken(handler: BaseHTTPRequestHandler) -> None:
    """Its own database is down."""
    handler.send_error(500)


def hanging_up(handler: BaseHTTPRequestHandler) -> None:
    """It closes the connection without a word."""
    handler.close_connection = True


def dripping(handler: BaseHTTPRequestHandler) -> None:
    """A byte of the header now and then, for longer than anybody would wait."""
    for byte in b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * 10_000:
        handler.wfile.write(bytes([byte]))
        time.sleep(0.5)


@dataclass
class Switch:
    """A dead-man's switch on loopback; `asked` are the requests that came."""

    url: str
    asked: list[str] = field(default_factory=list)
    answer: Answer = yes


@pytest.fixture
def switch() -> Iterator[Switch]:
    """It answers as healthchecks.io does until it is told otherwise."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found.asked.append(self.path)
            try:
                found.answer(self)
            except OSError:  # Monitor has hung up
                self.close_connection = True

        def log_message(self, *_words: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        found = Switch(f"http://127.0.0.1:{server.server_port}/the-check?rid=1")
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield found
        server.shutdown()


@contextmanager
def service(world: World, url: str) -> Iterator[Connections]:
    """What its service works with; PubMed is not asked again and again."""
    settings = replace(config.load(world.config, dict(world.environ)), ping_url=url)
    with connections.connected(settings, NOW) as works:
        pubmed = Client(settings.pubmed, sleep=lambda _seconds: None)
        yield replace(works, sources=Sources(pubmed, pubmed, pubmed))


def round_of(works: Connections, at: datetime) -> None:
    """Everything due is done, and the switch told."""
    tick.run_due(works, at)
    Units(works, at).ping()


def test_each_good_round_asks_for_it_and_at_most_once_a_minute(world: World, switch: Switch) -> None:
    """Also when two processes tick every ten seconds."""
    with service(world, switch.url) as works:
        for seconds in range(0, 130, 10):
            round_of(works, NOW + timedelta(seconds=seconds))
    assert switch.asked == ["/the-check?rid=1"] * 3


def test_a_round_in_which_a_unit_of_work_failed_does_not(world: World, switch: Switch) -> None:
    """The mail server is down; when it is back, the next good round asks again."""
    with service(world, switch.url) as works:
        nobody = replace(works, mailer=SmtpMailer(replace(works.settings.smtp, port=1)))
        round_of(nobody, NOW)
        assert switch.asked == []
        round_of(works, NOW + timedelta(hours=1))
    assert len(switch.asked) == 1


def test_one_failing_search_says_nothing_about_the_service_and_all_of_them_do(world: World, switch: Switch) -> None:
    """PubMed down is a failed round; a query that it rejects has its own alert, and may stand for weeks."""
    with service(world, switch.url) as works:
        world.pubmed.faults.add(Fault.MAINTENANCE)
        round_of(works, NOW)
        assert switch.asked == []
        with works.db.begin() as tx:
            tx.exec_driver_sql("UPDATE searches SET failures_in_row = 0 WHERE name = 'veins'")
        Units(works, NOW).ping()
    assert len(switch.asked) == 1


def test_what_is_wrong_is_read_from_either_database(db: Database) -> None:
    """Nothing before anything is configured; every search only when every one failed."""
    with db.begin() as tx:
        assert ping.troubles(tx) == []
        watched = factories.topic(searches=2)
        store.searches.sync(tx, [watched], NOW)
        assert ping.troubles(tx) == []
        for search, found in zip(watched.searches, ([], ["every search"]), strict=True):
            token = store.searches.claim(tx, search.topic, search.name, NOW)
            assert token
            failed = replace(factories.poll(Outcome.FAILED, NOW), search=search.name)
            store.searches.finish(tx, failed, token, NOW + MINUTE, NOW)
            assert ping.troubles(tx) == found


@pytest.mark.parametrize("answer", [broken, hanging_up, dripping], ids=lambda one: one.__name__)
def test_a_switch_that_does_not_answer_stops_nothing(
    world: World, switch: Switch, answer: Answer, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is logged without the address, is nobody's failure, and takes no longer than its deadline."""
    log.setup()
    switch.answer = answer
    with service(world, switch.url) as works:
        began = time.monotonic()
        Units(works, NOW).ping(within=1)
        assert time.monotonic() - began < 1 + ping.TIMEOUT + 5
        with works.db.read() as tx:
            assert failures.all_failures(tx) == []
    told = capsys.readouterr().err
    assert "ping failed" in told
    assert "the-check" not in told


def test_a_running_service_asks_for_it_by_a_beat_of_its_own(world: World, switch: Switch) -> None:
    """A little later than the pause between two pings, so that none comes too early; first when all had its turn."""
    beat = BEATS[Unit.PING]
    assert beat.after >= beat.every > ping.PAUSE
    with (
        service(world, switch.url) as works,
        reload.running("run", works, WatchedFiles([]), {}, NOW) as live,
    ):
        Service(live).do(Unit.PING)
    assert len(switch.asked) == 1


def test_nobody_listening_stops_nothing(world: World) -> None:
    """The exit code of a tick is that of its work."""
    text = "operator: {ping_url: 'http://127.0.0.1:9/the-check'}\n" + world.config.read_text("utf-8")
    world.config.write_text(text, "utf-8")
    done = world.run("tick")
    assert done.returncode == 0, done.stderr
    assert "ping failed" in done.stderr
    assert "the-check" not in done.stderr


def test_a_tick_asks_for_it_and_a_rehearsal_does_not(world: World, switch: Switch, tmp_path: Path) -> None:
    """By the real command; nothing in a rehearsal is in real time."""
    text = f"operator: {{ping_url: '{switch.url}'}}\n" + world.config.read_text("utf-8")
    world.config.write_text(text, "utf-8")
    rehearsal = {**world.environ, "MONITOR_DATABASE_URL": f"sqlite:///{tmp_path}/rehearsal.db"}
    assert replace(world, environ=rehearsal).run("tick", "--at", "2016-01-01T12:00Z").returncode == 0
    assert switch.asked == []
    assert world.run("tick").returncode == 0
    assert len(switch.asked) == 1


def test_a_database_that_cannot_be_used_is_no_good_round(world: World, switch: Switch) -> None:
    """What failed cannot be kept in it either."""
    with service(world, switch.url) as works:
        works.db.close()
        unreachable = replace(works, db=store.open("postgresql://nobody@127.0.0.1:9/nothing"))
        Units(unreachable, NOW).ping()
    assert switch.asked == []
