"""`monitor config diff`: what a changed file would do, before it does it."""

from __future__ import annotations

import json
from pathlib import Path

from monitor.demo.mailbox import Mailbox
from monitor.sandbox import Server
from tests.support.command import run
from tests.support.installation import eventually, install


def test_what_a_changed_file_would_do_is_said_before_it_does_it(tmp_path: Path, sandbox: Server) -> None:
    """A query, a question, an added and a removed search, an added topic; nothing changes by asking."""
    with Mailbox(tmp_path / "mail") as mailbox, install(tmp_path, sandbox, mailbox) as world:
        world.run("tick")
        assert "Nothing: topics" in world.run("config", "diff").stdout
        text = world.config.read_text()
        text = text.replace('query: "jugular[tiab]"', 'query: "azygos[tiab]"').replace("opening veins]", "venoplasty]")
        text = text.replace("{name: citing, kind: citing}", '{name: stents, query: "stent*[tiab]"}')
        world.config.write_text(text)
        found = json.loads(world.run("config", "diff", "--json").stdout)
        told = world.run("config", "diff").stdout
    assert [(one["search"], one["what"]) for one in found] == [
        ("", "changed question or rules"),
        ("jugular", "changed search"),
        ("stents", "new search"),
        ("citing", "removed search"),
    ]
    assert "veins/jugular: changed search." in told


def test_a_topic_that_is_gone_names_how_many_lose_it(tmp_path: Path, sandbox: Server) -> None:
    """Renaming a key is removing one topic and adding another."""
    with Mailbox(tmp_path / "mail") as mailbox, install(tmp_path, sandbox, mailbox) as world:
        world.run("tick")
        world.config.write_text(world.config.read_text().replace("\n  veins:\n", "\n  vessels:\n"))
        told = world.run("config", "diff").stdout
    assert "vessels: new topic." in told
    assert "veins: removed topic. No longer polled; 2 readers of it get no more digests." in told


def test_it_says_whether_the_services_can_take_it_without_a_restart(tmp_path: Path, sandbox: Server) -> None:
    """One runs; then the file also changes what it is bound to."""
    with Mailbox(tmp_path / "mail") as mailbox, install(tmp_path, sandbox, mailbox) as world:
        world.start("run")
        eventually(lambda: "last heartbeat" in world.run("status").stdout)
        other = world.folder / "other.yaml"
        text = world.config.read_text().replace("opening veins]", "venoplasty]")
        other.write_text(text)
        taken = run(["config", "diff", "-c", str(other)], world.whole_environ).stdout
        other.write_text("web: {public_url: 'https://monitor.example.org'}\n" + text)
        restart = run(["config", "diff", "-c", str(other)], world.whole_environ).stdout
    assert "The services that run take this by themselves, without a restart" in taken
    assert "Changed web.public_url. Only a restart can change it" in restart
    assert "by themselves" not in restart
