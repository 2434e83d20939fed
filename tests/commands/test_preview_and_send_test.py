"""`monitor preview` and `monitor send-test` as a person uses them: real processes, a sandbox PubMed, a mailbox."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from monitor.demo.mailbox import Mailbox
from monitor.sandbox import Server
from tests.support.installation import World, install


@pytest.fixture
def world(tmp_path: Path, sandbox: Server) -> Iterator[World]:
    """An installation on SQLite."""
    with Mailbox() as box:
        yield install(tmp_path, sandbox, box)


def test_a_preview_is_written_and_nothing_sent(world: World) -> None:
    """HTML with its picture inside, the text beside it, and no mail but the welcomes of the tick."""
    assert world.run("tick").returncode == 0
    before = len(world.mailbox.messages)
    out = world.folder / "next.html"
    done = world.run("preview", "--out", str(out))
    assert done.returncode == 0, done.stderr
    assert "nothing was sent" in done.stdout
    assert "<h1" in out.read_text(encoding="utf-8")
    assert "\x1a" not in out.read_text(encoding="utf-8")
    text = out.with_suffix(".txt").read_text(encoding="utf-8")
    assert text.startswith("One randomised sham-controlled trial")
    assert text.split("\n\n")[1].startswith("Veins in MS - ")
    assert len(world.mailbox.messages) == before


def test_a_preview_as_text_goes_to_a_pipe(world: World) -> None:
    """For reading over ssh."""
    world.run("tick")
    assert world.run("preview", "--text").stdout.startswith("Subject: Veins in MS: ")


def test_a_preview_before_the_first_look_says_what_to_do(world: World) -> None:
    """Exit code 1 and a sentence."""
    done = world.run("preview")
    assert done.returncode == 1
    assert "monitor tick" in done.stderr


def test_a_test_mail_arrives(world: World) -> None:
    """Through the configured server, with a subject that shows it is a test."""
    world.run("tick")
    done = world.run("send-test", "me@example.net")
    assert done.returncode == 0, done.stderr
    assert "accepted it for me@example.net" in done.stdout
    (mail,) = [mail for mail in world.mailbox.messages if mail.recipient == "me@example.net"]
    assert b"Subject: Veins in MS: " in mail.content


def test_a_refused_test_mail_says_so(world: World) -> None:
    """Exit code 1 and the server's words; an impossible address is a usage error."""
    world.run("tick")
    world.mailbox.faults.refuse("me@example.net")
    done = world.run("send-test", "me@example.net")
    assert done.returncode == 1
    assert "no such mailbox" in done.stderr
    assert world.run("send-test", "not an address").returncode == 2


def test_a_template_that_loses_the_link_to_unsubscribe_is_refused_wherever_mail_would_go_out(world: World) -> None:
    """By `check`, `doctor`, `send-test` and `tick`, with its name; nobody is mailed."""
    own = world.folder / "own" / "digest"
    own.mkdir(parents=True)
    (own / "body.txt").write_text("{{ answer.sentence }} {{ postal_lines|join }}", encoding="utf-8")
    world.config.write_text(world.config.read_text(encoding="utf-8") + "templates: own\n", encoding="utf-8")
    told = "digest/body.txt: the link to unsubscribe, {{ place.unsubscribe }} is missing"
    for words in (("check",), ("tick",), ("send-test", "me@example.net")):
        done = world.run(*words)
        assert (done.returncode, told in done.stderr) == (2, True), words
    as_json = world.run("check", "--json")
    assert as_json.returncode == 2
    assert told in json.loads(as_json.stdout)["problems"][0]["text"]
    findings = {one["id"]: one for one in json.loads(world.run("doctor", "--no-dns", "--json").stdout)}
    assert findings["templates"]["state"] == "failed"
    assert told in findings["templates"]["text"]
    assert world.mailbox.messages == []
