"""The service as it runs: what a tick does, how it stops, and that two of them do nothing twice."""

from __future__ import annotations

import json
import signal
import socket
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
import sqlalchemy

from monitor import config, log, store
from monitor.demo.mailbox import Mailbox
from monitor.errors import ConfigError, SchemaError
from monitor.mail.smtp import SmtpMailer
from monitor.model import Frequency, Settings
from monitor.ports import Sources
from monitor.sandbox import Server
from monitor.sandbox.faults import Fault
from monitor.service import connections, tick
from monitor.service.connections import Connections
from monitor.service.running import heartbeat
from monitor.service.tick import Tick
from monitor.service.units import Units
from monitor.sources.pubmed import Client
from monitor.store import Database
from monitor.subscribers import address_hash, consent, opt_in
from tests.support.installation import World, eventually, install

NOW = datetime(2016, 1, 1, 12, 0, tzinfo=UTC)
ENVIRON = {"MONITOR_SECRET_KEY": "k" * 32}


@pytest.fixture
def mailbox_here() -> Iterator[Mailbox]:
    """A mail server that keeps what it gets."""
    with Mailbox() as box:
        yield box


@pytest.fixture
def world(tmp_path: Path, sandbox: Server, mailbox_here: Mailbox) -> Iterator[World]:
    """An installation on SQLite."""
    with install(tmp_path, sandbox, mailbox_here) as installed:
        yield installed


def tick_at(settings: Settings, at: datetime) -> Tick:
    """One tick at `at`, opening and closing everything as `monitor tick` does."""
    with connections.connected(settings, at) as works:
        return tick.run_due(works, at)


def impatient(works: Connections) -> Connections:
    """With a PubMed client that repeats what failed without waiting."""
    pubmed = Client(works.settings.pubmed, sleep=lambda _seconds: None)
    return replace(works, sources=Sources(pubmed, pubmed, pubmed))


def settings_of(world: World) -> Settings:
    """The world's configuration."""
    return config.load(world.config, ENVIRON)


def test_the_first_tick_makes_the_database_and_welcomes_everybody(world: World) -> None:
    """A baseline per search, no news, one welcome each; the second tick has nothing to do."""
    first, second = (tick_at(settings_of(world), NOW + timedelta(minutes=m)) for m in (0, 1))
    assert {(poll.search, poll.is_baseline) for poll in first.polls} == {
        ("veins", True),
        ("jugular", True),
        ("citing", True),
    }
    assert [len(world.mailbox.to(who)) for who in ("ann@example.org", "bob@example.org")] == [1, 1]
    assert (second.polls, second.digests, second.deliveries.sent) == ([], [], 0)


def test_missed_time_is_caught_up_once(world: World) -> None:
    """After forty days of standing still each search is asked once, not eighty times."""
    tick_at(settings_of(world), NOW)
    late = tick_at(settings_of(world), NOW + timedelta(days=40))
    again = tick_at(settings_of(world), NOW + timedelta(days=40, minutes=1))
    assert len(late.polls) == 3
    assert len(late.digests) == 1
    assert (again.polls, again.digests) == ([], [])


def test_a_failing_pubmed_leaves_the_rest_of_the_tick_alone(world: World) -> None:
    """The polls fail and are recorded as failed; nothing is raised."""
    world.pubmed.faults.add(Fault.MAINTENANCE)
    with connections.connected(settings_of(world), NOW) as works:
        done = tick.run_due(impatient(works), NOW)
    assert {str(poll.outcome) for poll in done.polls} == {"failed"}


def test_a_stop_asked_for_leaves_the_rest_due(world: World) -> None:
    """Between two units of work: what was not begun is not lost, and may be claimed at once."""
    with connections.connected(settings_of(world), NOW) as works:
        stopped = tick.run_due(works, NOW, is_stopping=lambda: True)
        resumed = tick.run_due(works, NOW)
    assert (len(stopped.polls), len(resumed.polls)) == (0, 3)


def test_a_login_without_its_password_is_refused_before_anything_is_begun(world: World) -> None:
    """Hours later, at the first digest, would be too late."""
    text = world.config.read_text(encoding="utf-8").replace("encryption: none", "username: jane")
    world.config.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match="MONITOR_SMTP_PASSWORD"):
        connections.open_mailer(settings_of(world))


def test_a_schema_of_another_version_is_refused_with_what_to_run(world: World) -> None:
    """The service neither guesses nor upgrades a database that holds data."""
    tick_at(settings_of(world), NOW)
    db = store.open(settings_of(world).database_url)
    with db.begin() as tx:
        tx.execute(sqlalchemy.text("UPDATE alembic_version SET version_num = 'from the future'"))
    db.close()
    with pytest.raises(SchemaError, match="newer Monitor"):
        tick_at(settings_of(world), NOW)
    assert world.run("run").returncode == 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_running_service_stops_gracefully(world: World, number: signal.Signals) -> None:
    """It works, shows that it is alive, and ends with exit code 0 when told to."""
    process = world.start("run")
    eventually(lambda: world.mailbox.to("bob@example.org"))
    assert world.run("status", "--health").returncode == 0
    process.send_signal(number)
    _, log = process.communicate(timeout=90)
    assert process.returncode == 0, log
    assert "stopped" in log


def test_the_unit_under_way_is_finished_and_the_rest_stays_due(world: World) -> None:
    """Told to stop in the middle of a slow poll, it stores that poll and begins no other."""
    world.pubmed.faults.add(Fault.DRIP, endpoint="esearch", calls=1, seconds=3)
    process = world.start("run")
    eventually(lambda: [one for one in world.pubmed.requests if one.request.endpoint == "esearch"])  # now it drips
    process.send_signal(signal.SIGTERM)
    _, log = process.communicate(timeout=90)
    assert process.returncode == 0, log
    db = store.open(settings_of(world).database_url)
    with db.read() as tx:
        polled = [state for state in store.searches.states(tx, "veins") if state.has_baseline]
        due = store.searches.due(tx, datetime.now(UTC))
    db.close()
    assert len(polled) + len(due) == 3
    assert polled
    assert due


def test_a_second_signal_ends_it_at_once(world: World) -> None:
    """PubMed hangs; who asks twice does not want to wait for it."""
    world.pubmed.faults.add(Fault.HANG)
    process = world.start("run")
    eventually(lambda: world.pubmed.requests)
    process.send_signal(signal.SIGTERM)
    eventually(lambda: "stopping" in process.log)
    eventually(lambda: process.send_signal(signal.SIGTERM) or process.poll() is not None, within_s=10)
    process.communicate()
    assert process.returncode == 128 + signal.SIGTERM


def test_two_services_on_one_database_do_nothing_twice(
    tmp_path: Path, sandbox: Server, mailbox_here: Mailbox, db: Database
) -> None:
    """Two processes tick at the same moment, twice: one baseline per search, one mail per person."""
    url = db.engine.url.render_as_string(hide_password=False).replace("+pysqlite", "").replace("+psycopg", "")
    world = install(tmp_path, sandbox, mailbox_here, {"MONITOR_DATABASE_URL": url})
    with world:
        for _ in range(2):
            both = [world.start("tick", "--json") for _ in range(2)]
            ended = [(*process.communicate(timeout=120), process.returncode) for process in both]
            assert [code for _, _, code in ended] == [0, 0], ended
    with db.read() as tx:
        polls = [poll for name in ("veins", "jugular", "citing") for poll in store.polls.latest(tx, "veins", name, 9)]
    assert [poll.is_baseline for poll in polls] == [True] * 3
    assert [one.request.get("linkname") for one in sandbox.requests].count("pubmed_pubmed_refs") == 1
    assert [len(mailbox_here.to(who)) for who in ("ann@example.org", "bob@example.org")] == [1, 1]
    assert len(mailbox_here.to("jane@example.org")) <= 1


def test_a_running_service_looks_round_the_seed(world: World) -> None:
    """Beside its polls, within its first minute."""
    process = world.start("run")
    asked = {"pubmed_pubmed_refs", "pubmed_pubmed"}
    eventually(lambda: asked <= {one.request.get("linkname") for one in world.pubmed.requests})
    eventually(lambda: "llinks" in {one.request.get("cmd") for one in world.pubmed.requests})
    process.send_signal(signal.SIGTERM)
    _, log = process.communicate(timeout=60)
    assert process.returncode == 0
    assert "seed context refreshed" in log


def test_a_running_service_sends_what_a_page_was_asked_for_within_seconds(world: World) -> None:
    """The page answers before; nobody waits for the next tick of a minute."""
    port = _free_port()
    web = f"web: {{public_url: 'http://127.0.0.1:{port}', listen: '127.0.0.1:{port}'}}\n"
    world.config.write_text(web + world.config.read_text(encoding="utf-8"), encoding="utf-8")
    process = world.start("run")
    eventually(lambda: world.mailbox.to("bob@example.org"))
    form = {"address": "carol@example.org", "frequency": "daily", "timezone": "UTC"}
    assert httpx.post(f"http://127.0.0.1:{port}/topics/veins/subscribe", data=form).status_code == 200
    eventually(lambda: world.mailbox.to("carol@example.org"), within_s=30)
    process.send_signal(signal.SIGTERM)
    _, log = process.communicate(timeout=60)
    assert process.returncode == 0, log


def test_mails_wait_while_the_mail_server_is_away(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    """Said in the log; the service goes on, and the next beat that is due sends them."""
    log.setup()
    with connections.connected(settings_of(world), NOW) as works:
        ready, db = works.settings, works.db
        wish = opt_in.SubscriptionRequest("veins", Frequency.DAILY)
        opt_in.request(
            db, wish, address_hash.AddressKey("carol@example.org", ready.secret_keys), consent.Visit("test"), NOW
        )
        nobody = SmtpMailer(replace(ready.smtp, port=1))
        Units(replace(works, mailer=nobody), datetime.now(UTC)).send_transactional()
        assert "transactional mails wait" in capsys.readouterr().err
        with db.begin() as tx:
            tx.exec_driver_sql("UPDATE transactional_mails SET next_try_at = added_at")  # its time has come
        Units(works, datetime.now(UTC)).send_transactional()
    assert len(world.mailbox.to("carol@example.org")) == 1


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
        return port


def test_a_failing_look_round_the_seed_is_only_logged(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    """In words; the searches never hear of it."""
    log.setup()
    with connections.connected(settings_of(world), NOW) as works:
        tick.poll_and_mail(impatient(works), NOW)
        world.pubmed.faults.add(Fault.LINK_SERVER, endpoint="elink")
        Units(impatient(works), NOW).refresh_seed_context()
        with works.db.read() as tx:
            states = store.searches.states(tx, "veins")
    assert "Couldn't resolve #exLinkSrv2" in capsys.readouterr().err
    assert {state.failures_in_row for state in states} == {0}


def test_tick_prints_what_it_did_as_json(world: World) -> None:
    """For a script beside a timer."""
    done = json.loads(world.run("tick", "--json", "--at", "2016-01-01T12:00Z").stdout)
    assert len(done["polls"]) == 3
    assert done["deliveries"]["sent"] == 2


def test_the_sign_of_life_is_kept_in_the_database(sqlite_db: Database) -> None:
    """None before the first, then the latest."""
    with sqlite_db.read() as tx:
        assert heartbeat.last_beat(tx) is None
    heartbeat.beat(sqlite_db, NOW)
    heartbeat.beat(sqlite_db, NOW + timedelta(minutes=1))
    with sqlite_db.read() as tx:
        assert heartbeat.last_beat(tx) == NOW + timedelta(minutes=1)
