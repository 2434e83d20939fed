"""The configuration is changed while several services run on one database."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import pytest

from monitor.demo.mailbox import Mailbox
from monitor.sandbox import Server
from monitor.store import Database
from tests.service.test_reload import change, log_of
from tests.support import cluster
from tests.support.databases import url_of
from tests.support.installation import eventually, install


def test_two_services_answer_a_third_process(tmp_path: Path, sandbox: Server, db: Database) -> None:
    """`monitor reload` says what each did, refused, or that none runs; on both databases."""
    with Mailbox() as box, install(tmp_path, sandbox, box, {"MONITOR_DATABASE_URL": url_of(db)}) as world:
        assert world.run("tick").returncode == 0
        none = world.run("reload")
        assert (none.returncode, "No service runs on the database" in none.stderr) == (1, True)
        both = [world.start("run") for _ in range(2)]
        eventually(lambda: len(json.loads(world.run("status", "--json").stdout)["services"]) == 2)
        change(world, 'query: "jugular[tiab]"', 'query: "azygos[tiab]"')
        done = world.run("reload", "--json")
        assert done.returncode == 0, done.stderr
        answers = json.loads(done.stdout)
        assert (len(answers["taken"]), answers["refused"], answers["silent"]) == (2, [], [])
        assert any("veins/jugular: changed search." in "".join(one["did"]) for one in answers["taken"])
        (world.folder / "people.csv").write_text("address\nnobody\n", encoding="utf-8")
        refused = world.run("reload")
        assert (refused.returncode, refused.stdout.count("must have an @-sign")) == (2, 2), refused
        assert "Refused at" in world.run("status").stdout
        (world.folder / "people.csv").write_text("address\nann@example.org\n", encoding="utf-8")
        assert world.run("reload").returncode == 0
        for process in both:
            log_of(process)
        assert json.loads(world.run("status", "--json").stdout)["services"] == []


@pytest.mark.parametrize("empty_database_url", ["postgresql"], indirect=True)
def test_a_worker_takes_it_too(tmp_path: Path, sandbox: Server, empty_database_url: str) -> None:
    """By `monitor reload` and by SIGHUP, also when its mail server gets a limit, for which its lanes begin anew."""
    with Mailbox() as box, cluster.installed(tmp_path, sandbox, box, empty_database_url) as world:
        process = cluster.start(world)
        eventually(cluster.is_sent(empty_database_url, 2))
        change(world, 'query: "jugular[tiab]"', 'query: "azygos[tiab]"')
        done = world.run("reload")
        assert done.returncode == 0, done.stderr
        assert "veins/jugular: changed search." in done.stdout
        sent = "SELECT query_sent FROM polls WHERE search = 'jugular' ORDER BY id DESC LIMIT 1"
        eventually(lambda: cluster.rows(empty_database_url, sent) == [("azygos[tiab]",)], within_s=30)
        change(world, "encryption: none", "encryption: none, rate: 5")
        process.send_signal(signal.SIGHUP)
        eventually(lambda: process.log.count("worker started") == 2, within_s=30)
        assert log_of(process).count("configuration loaded") == 2
