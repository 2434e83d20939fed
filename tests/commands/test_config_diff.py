"""`monitor config diff`: what a changed file would do, before it does it."""

from __future__ import annotations

import json
from pathlib import Path

from monitor.demo.mailbox import Mailbox
from monitor.sandbox import Server
from tests.support.installation import install


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
