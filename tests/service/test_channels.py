"""Channels in the whole service: real processes, a sandbox PubMed, a mailbox and a webhook on loopback."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from monitor.demo.mailbox import Mailbox
from monitor.model import ChannelSettings, SmtpSettings
from monitor.sandbox import Server
from monitor.service.alerting import failure_notices, failures
from monitor.service.alerting.failures import Unit
from monitor.service.connections import connect
from monitor.service.units import Units
from monitor.store import Database
from monitor.subscribers import channels
from tests.support.installation import World, eventually, install
from tests.support.rooms import Rooms
from tests.support.rooms import status as status_of
from tests.support.settings import settings, watched

SECRET, PATH = "f00dfeedf00dfeedf00dfeed", "s3cr3t-path"
HOOK = "  - {{name: {name}, url: '{url}', secret: {secret}}}\n"
AWAY = f"http://127.0.0.1:9/hooks/{PATH}"


@pytest.fixture
def world(tmp_path: Path, sandbox: Server) -> Iterator[World]:
    """An installation on SQLite."""
    with Mailbox() as box, install(tmp_path, sandbox, box) as installed:
        yield installed


def configure(world: World, **urls: str) -> None:
    """The configuration gets these channels."""
    before = world.config.read_text("utf-8").partition("channels:\n")[0]
    hooks = "".join(HOOK.format(name=name, url=url, secret=SECRET) for name, url in urls.items())
    other = world.folder / "monitor.yaml.new"
    other.write_text(before + (f"channels:\n{hooks}" if hooks else ""), encoding="utf-8")
    other.rename(world.config)


def status(world: World) -> dict[str, Any]:
    """What `monitor status` says of each channel."""
    return {one["name"]: one for one in json.loads(world.run("status", "--json").stdout)["channels"]}


def test_one_that_is_away_stops_nothing_and_no_secret_is_told(world: World, rooms: Rooms) -> None:
    """Neither in output, log and status nor in any file beside the configuration."""
    configure(world, away=AWAY, hospital=rooms.url)
    ticks = [world.run("tick"), world.run("tick")]
    assert [got.json["digest"]["kind"] for got in rooms.got] == ["welcome"]
    assert world.mailbox.to("ann@example.org")
    assert world.mailbox.to("bob@example.org")
    found = status(world)
    assert (found["hospital"]["deliveries"], found["away"]["deliveries"]) == ({"sent": 1}, {"waiting": 1})
    assert "cannot be reached" in found["away"]["state"]["error"]
    shown = world.run("status")
    assert "Channel hospital (webhook, veins): 1 sent." in shown.stdout
    assert "Channel away (webhook, veins): 1 waiting." in shown.stdout
    assert "it cannot be reached (Connection refused)" in shown.stdout
    told = [one.stdout + one.stderr for one in (*ticks, shown, world.run("subscribers", "list"))]
    kept = [file.read_bytes().decode(errors="replace") for file in world.folder.iterdir() if file != world.config]
    assert len(kept) > 1
    assert not [text for text in (*told, *kept) if PATH in text or SECRET in text]
    assert not [text for text in told[-1:] if "hospital" in text], "a channel is nobody to write to"


def test_a_running_service_takes_a_new_channel_and_lets_a_removed_one_go(world: World, rooms: Rooms) -> None:
    """Without a restart; `monitor status` goes on to name it."""
    process = world.start("run")
    eventually(lambda: world.mailbox.to("bob@example.org"))
    configure(world, hospital=rooms.url)
    eventually(lambda: rooms.got)
    assert world.run("subscribers", "suspend", "channel:hospital").returncode == 0
    assert world.run("subscribers", "resume", "channel:hospital").returncode == 0
    configure(world)
    assert world.run("config", "diff").stdout.startswith("Removed channel hospital.")
    assert world.run("reload").returncode == 0
    assert not status(world)["hospital"]["is_configured"]
    process.send_signal(signal.SIGTERM)
    _, log = process.communicate(timeout=90)
    assert process.returncode == 0, log
    assert "channel=hospital" in log
    assert "New channel hospital. Gets the welcome digest" in log
    assert "Removed channel hospital. Gets nothing more" in log
    assert PATH not in log
    assert SECRET not in log
    assert "Channel hospital (no longer configured): 1 sent." in world.run("status").stdout


def test_the_operator_is_mailed_when_a_channel_takes_nothing_for_long(db: Database) -> None:
    """After six hours, as for everything that fails; by its name, and once."""
    now = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
    away = ChannelSettings("away", ("ccsvi",), AWAY, SECRET)
    configured = replace(settings(SmtpSettings("127.0.0.1", "Monitor <monitor@example.org>")), channels=(away,))
    watched(db, now)
    works = connect(configured, db)
    with db.begin() as tx:
        channels.configure(tx, configured, now)
    Units(works, now).compose()
    failed = []
    for minutes in (0, 200, 400):
        units = Units(works, now + timedelta(minutes=minutes))
        units.deliver_to_channels()
        failed = list(units.failures)
    (failure,) = failed
    assert (failure.unit, failure.part, failure.failures_in_row) == (Unit.CHANNELS, "channel away", 3)
    told, alerts = failure_notices.notice_failures(failed, {}, now + timedelta(minutes=400))
    assert [one.headline for one in alerts] == ["channels (channel away): failing"]
    assert PATH not in alerts[0].text
    assert failure_notices.notice_failures(failed, told, now + timedelta(minutes=460))[1] == []


def test_how_long_a_channel_fails_is_not_forgotten_while_another_goes_on(db: Database, rooms: Rooms) -> None:
    """It rests while the other sends; the operator is told since when it has failed."""
    now = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
    both = (
        ChannelSettings("away", ("ccsvi",), AWAY, SECRET),
        ChannelSettings("hospital", ("ccsvi",), rooms.url, SECRET),
    )
    configured = replace(settings(SmtpSettings("127.0.0.1", "Monitor <monitor@example.org>")), channels=both)
    watched(db, now)
    works = connect(configured, db)
    with db.begin() as tx:
        channels.configure(tx, configured, now)
    Units(works, now).compose()
    rooms.answers = [status_of(429)]
    Units(works, now).deliver_to_channels()
    assert Units(works, now + timedelta(minutes=2)).deliver_to_channels()["hospital"].sent == 1
    with db.read() as tx:
        assert [(one.part, one.since) for one in failures.all_failures(tx)] == [("channel away", now)]
