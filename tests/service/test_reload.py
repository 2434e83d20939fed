"""The configuration of a running service is changed: real processes, which are never restarted."""

from __future__ import annotations

import json
import os
import pty
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest

from monitor import config, store
from monitor.sandbox import Server
from monitor.sandbox.faults import Fault
from tests.guarantees.test_stops import holds_back_stops
from tests.support.cluster import SlowMailbox
from tests.support.command import Command
from tests.support.installation import World, eventually, install

ANOTHER_TOPIC = """\
  jugular:
    name: Jugular veins
    question:
      text: Are jugular veins narrow?
      population: {name: multiple sclerosis, words: [multiple sclerosis]}
      intervention: {name: vein dilation, words: [vein dilation]}
    searches:
      - {name: jugular, query: "jugular[tiab]"}
"""


FIRST = "First: {{ entries[0].url }} {{ do_not_mail }} {{ postal_address }}"


@pytest.fixture
def world(tmp_path: Path, sandbox: Server) -> Iterator[World]:
    """An installation on SQLite."""
    with SlowMailbox() as box, install(tmp_path, sandbox, box) as installed:
        people = "address,topic\nann@example.org,veins\nbob@example.org,veins\n"
        (tmp_path / "people.csv").write_text(people, encoding="utf-8")
        yield installed


def started(world: World) -> Command:
    """A service whose readers are welcomed."""
    process = world.start("run")
    eventually(lambda: world.mailbox.to("bob@example.org"))
    return process


def change(world: World, before: str, after: str) -> None:
    """The operator's editor writes another file and renames it."""
    text = world.config.read_text(encoding="utf-8")
    assert before in text
    replace(world, text.replace(before, after))


def replace(world: World, text: str) -> None:
    """Another file takes the place of the configuration at once."""
    other = world.folder / "monitor.yaml.new"
    other.write_text(text, encoding="utf-8")
    other.rename(world.config)


def log_of(process: Command, number: signal.Signals = signal.SIGTERM) -> str:
    """Its whole log, after it was stopped and has ended well."""
    process.send_signal(number)
    _, log = process.communicate(timeout=90)
    assert process.returncode == 0, log
    return log


def topics(world: World) -> dict[str, Any]:
    """What `monitor status` says of each topic."""
    return {one["topic"]: one for one in json.loads(world.run("status", "--json").stdout)["topics"]}


def queries(world: World) -> list[tuple[str, bool, str]]:
    """(search, is it a baseline, the query sent) of every poll of the topic, oldest first."""
    with closing(store.open(config.load(world.config, dict(world.environ)).database_url)) as db, db.read() as tx:
        names = ("veins", "jugular")
        polls = [poll for name in names for poll in store.polls.latest(tx, "veins", name, 9)]
    return [(poll.search, poll.is_baseline, poll.query_sent) for poll in polls]


def test_a_topic_that_is_added_to_the_file_is_watched_without_a_signal(world: World) -> None:
    """It takes its baseline at once, and nobody is mailed of it; the service is the same process."""
    process = started(world)
    text = world.config.read_text(encoding="utf-8")
    replace(world, text + ANOTHER_TOPIC)
    eventually(lambda: "configuration loaded" in process.log, within_s=20)
    eventually(lambda: topics(world)["jugular"]["answer"], within_s=20)
    assert topics(world)["jugular"]["searches"][0]["freshness"]["state"] == "current"
    assert "jugular: new topic." in log_of(process)
    assert [len(world.mailbox.to(who)) for who in ("ann@example.org", "bob@example.org")] == [1, 1]


def test_a_changed_question_and_a_removed_topic_on_sighup(world: World) -> None:
    """All articles are judged again at once; the removed topic is polled no more."""
    replace(world, world.config.read_text(encoding="utf-8") + ANOTHER_TOPIC)
    process = started(world)
    change(world, ANOTHER_TOPIC, "")
    change(world, "words: [vein dilation, opening veins]", "words: [gene therapy]")
    process.send_signal(signal.SIGHUP)
    eventually(lambda: "articles judged again" in process.log, within_s=20)
    assert list(topics(world)) == ["veins"]
    assert not topics(world)["veins"]["is_reassessment_due"]
    log = log_of(process)
    assert "jugular: removed topic." in log
    assert "veins: changed question or rules." in log


def test_a_query_that_is_changed_while_it_is_polled_is_never_recorded_as_it_was(world: World) -> None:
    """PubMed is slow; the answer to the old query comes after the new configuration, and is dropped."""
    world.pubmed.faults.add(Fault.DRIP, endpoint="esearch", calls=1, seconds=4)
    process = world.start("run")
    eventually(lambda: [one for one in world.pubmed.requests if one.request.endpoint == "esearch"])  # now it drips
    change(world, 'query: "vein*[tiab]"', 'query: "veins[tiab]"')
    change(world, 'query: "jugular[tiab]"', 'query: "azygos[tiab]"')
    process.send_signal(signal.SIGHUP)
    eventually(lambda: "configuration loaded" in process.log, within_s=20)
    eventually(lambda: world.mailbox.to("bob@example.org"))
    log_of(process)
    assert queries(world) == [("veins", True, "veins[tiab]"), ("jugular", True, "azygos[tiab]")]


def test_while_digests_are_delivered_each_reader_gets_one(world: World) -> None:
    """The mail server needs a moment for each of sixty; in the middle the configuration is changed, three times."""
    people = "".join(f"reader{number}@example.org\n" for number in range(60))
    (world.folder / "people.csv").write_text(f"address\n{people}", encoding="utf-8")
    process = world.start("run")
    for number in (1, 2, 3):
        eventually(lambda number=number: len(world.mailbox.messages) >= 8 * number)  # type: ignore[misc]
        change(world, f"Example Street {number}", f"Example Street {number + 1}")
        process.send_signal(signal.SIGHUP)
    eventually(lambda: len({mail.recipient for mail in world.mailbox.messages} - {"jane@example.org"}) == 60)
    assert log_of(process).count("configuration loaded") == 3
    copies = [mail.recipient for mail in world.mailbox.messages if mail.recipient != "jane@example.org"]
    assert sorted(copies) == sorted(set(copies))


def test_a_wrong_file_is_refused_with_its_sentence_and_the_next_right_one_is_taken(world: World) -> None:
    """The service goes on with what it has; `monitor status` on another copy of the file says why."""
    good = world.config.read_text(encoding="utf-8")
    process = started(world)
    change(world, "searches:", "serches:")
    eventually(lambda: "configuration refused" in process.log, within_s=20)
    assert 'Did you mean "searches"?' in process.log
    assert world.run("status", "--health").returncode == 0
    status = world.run("status")
    assert (status.returncode, "so the one of" in status.stdout) == (2, True)
    assert 'Did you mean "searches"?' in status.stdout
    reloaded = world.run("reload")
    assert (reloaded.returncode, 'Did you mean "searches"?' in reloaded.stderr) == (2, True)
    replace(world, good.replace("{name: jugular, ", "{name: necks, "))
    eventually(lambda: "configuration loaded" in process.log, within_s=20)
    (service,) = json.loads(world.run("status", "--json").stdout)["services"]
    assert (service["refused"], service["refused_at"]) == ("", None)
    assert {one["name"] for one in topics(world)["veins"]["searches"]} == {"veins", "necks", "citing"}
    log_of(process)


def test_a_file_that_is_still_being_written_is_not_read(world: World) -> None:
    """Emptied, then written in two halves, the first of which is a whole configuration of fewer topics."""
    text = world.config.read_text(encoding="utf-8")
    process = started(world)
    with world.config.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        file.write(ANOTHER_TOPIC)
    eventually(lambda: "configuration loaded" in process.log, within_s=20)
    log = log_of(process)
    assert (log.count("configuration loaded"), log.count("configuration refused")) == (1, 0)
    assert set(topics(world)) == {"veins", "jugular"}


@pytest.mark.parametrize(
    ("key", "line"),
    [
        ("database_url", "database_url: sqlite:///other.db\n"),
        ("web.public_url", "web: {public_url: 'https://monitor.example.org'}\n"),
    ],
)
def test_what_only_a_restart_can_change_is_refused_by_name(world: World, key: str, line: str) -> None:
    """Nothing else of the file is taken either, and the database it names is not made."""
    process = started(world)
    text = world.config.read_text(encoding="utf-8")
    replace(world, line + text + ANOTHER_TOPIC)
    process.send_signal(signal.SIGHUP)
    eventually(lambda: "configuration refused" in process.log, within_s=20)
    assert f"{key}" in process.log.partition("configuration refused")[2]
    assert "restart Monitor" in process.log
    assert "configuration loaded" not in log_of(process)
    assert not (world.folder / "other.db").exists()


def test_pages_show_the_new_configuration_and_are_never_closed(world: World) -> None:
    """On the same address; the address itself needs a restart."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    web = f"web: {{public_url: 'http://127.0.0.1:{port}', listen: '127.0.0.1:{port}'}}\n"
    world.config.write_text(web + world.config.read_text(encoding="utf-8"), encoding="utf-8")
    process = started(world)
    with httpx.Client(base_url=f"http://127.0.0.1:{port}") as browser:
        assert "Veins in MS" in browser.get("/topics/veins").text
        change(world, "name: Veins in MS", "name: Opened veins in MS")
        process.send_signal(signal.SIGHUP)
        eventually(lambda: "Opened veins in MS" in browser.get("/topics/veins").text, within_s=20)
    change(world, f"listen: '127.0.0.1:{port}'", "listen: '127.0.0.1:1'")
    assert world.run("reload").returncode == 2
    refused = process.log.partition("configuration refused")[2]
    assert "web.listen cannot be changed while Monitor runs" in refused
    assert "web.listen cannot be changed" in world.run("status").stdout
    log_of(process)


def test_sighup_in_the_first_second_and_twice_at_once_stops_nothing(world: World) -> None:
    """It comes while the process still imports its libraries, as early as Python can hold it back."""
    process = subprocess.Popen(  # noqa: S603  our own command
        world.command("run"), env=world.whole_environ, stderr=subprocess.PIPE, cwd=Path(__file__).parents[2], text=True
    )
    with process:
        eventually(lambda: holds_back_stops(process.pid))
        process.send_signal(signal.SIGHUP)
        eventually(lambda: world.mailbox.to("bob@example.org"))
        for _ in range(2):
            process.send_signal(signal.SIGHUP)
        assert world.run("reload").returncode == 0
        process.send_signal(signal.SIGTERM)
        _, log = process.communicate(timeout=60)
    assert process.returncode == 0, log
    assert log.count("signal=SIGHUP") >= 2
    assert "configuration unchanged" in log
    assert "configuration loaded" not in log


def test_whoever_is_added_to_the_subscribers_file_is_welcomed(world: World) -> None:
    """The configuration file itself stays as it is."""
    process = started(world)
    with (world.folder / "people.csv").open("a", encoding="utf-8") as file:
        file.write("carol@example.org,veins\n")
    eventually(lambda: world.mailbox.to("carol@example.org"), within_s=75)
    log_of(process)
    assert len(world.mailbox.to("ann@example.org")) == 1


def test_a_closed_terminal_still_ends_it(world: World) -> None:
    """The kernel sends SIGHUP then too; a service that nobody sees any more must not go on."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(Path(__file__).parents[2])
        os.execve(sys.executable, world.command("run"), world.whole_environ)  # noqa: S606  our own command
    try:
        eventually(lambda: world.mailbox.to("bob@example.org"))
        os.kill(pid, signal.SIGHUP)  # from somebody else, while the terminal is there
        assert world.run("reload").returncode == 0
        os.close(terminal)
        eventually(lambda: os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT))
    finally:
        os.kill(pid, signal.SIGKILL)  # does nothing to one that has ended
        _, status = os.waitpid(pid, 0)
    assert os.waitstatus_to_exitcode(status) == 0


def test_a_template_of_the_operators_is_taken_or_refused_like_the_file(world: World) -> None:
    """One that loses the address is refused with its name, the one in use stays; corrected it is taken."""
    own = world.folder / "own" / "confirm"
    own.mkdir(parents=True)
    template = own / "body.txt"
    template.write_text(FIRST, encoding="utf-8")
    replace(world, world.config.read_text(encoding="utf-8") + "templates: own\n")
    process = started(world)
    template.write_text(FIRST.replace("{{ postal_address }}", ""), encoding="utf-8")
    eventually(lambda: "configuration refused" in process.log, within_s=20)
    assert "confirm/body.txt: the postal address is missing" in process.log
    assert "confirm/body.txt: the postal address is missing" in world.run("check").stderr
    template.write_text(FIRST.replace("First", "Second"), encoding="utf-8")
    eventually(lambda: "configuration loaded" in process.log, within_s=20)
    (own / "bdy.html").write_text("", encoding="utf-8")
    eventually(lambda: "no template of this name ships" in process.log, within_s=20)
    log_of(process)
