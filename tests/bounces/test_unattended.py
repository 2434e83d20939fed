"""Returned mail where only the container runs: the whole command, as a process."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from monitor.demo.mailbox import Mailbox
from monitor.sandbox import Server
from tests.support.installation import World, eventually, install
from tests.support.mailboxes import deliver, maildir

NOTE = b"From: jane@example.org\r\nSubject: Out of office\r\nMessage-ID: <%d@example.org>\r\n\r\nAway.\r\n"


@pytest.fixture
def installation(tmp_path: Path, sandbox: Server) -> Iterator[World]:
    """An installation with a Maildir for returned mail, and one mail in it."""
    with Mailbox() as post, install(tmp_path, sandbox, post) as installed:
        configure(installed, "bounces: {maildir: returned, every: 1m}\n")
        deliver(maildir(tmp_path / "returned"), NOTE % 1, "1.host")
        yield installed


def configure(installation: World, lines: str) -> None:
    """Add lines to the configuration."""
    installation.config.write_text(installation.config.read_text(encoding="utf-8") + lines, encoding="utf-8")


def fed(installation: World, stdin: bytes | None) -> str:
    """What `monitor bounces` says with this in a pipe, or with /dev/null."""
    done = subprocess.run(  # noqa: S603  our own command
        installation.command("bounces"),
        input=stdin,
        stdin=subprocess.DEVNULL if stdin is None else None,
        capture_output=True,
        env=installation.whole_environ,
        check=False,
        timeout=60,
    )
    return (done.stdout + done.stderr).decode()


def test_a_running_service_reads_the_mailbox_and_status_says_so(installation: World) -> None:
    """Nobody runs a command but to look."""
    service = installation.start("run")
    eventually(lambda: list((installation.folder / "returned" / "cur").iterdir()))
    eventually(lambda: "Returned mail: read moments ago" in installation.run("status").stdout)
    service.send_signal(signal.SIGTERM)
    _, log = service.communicate(timeout=60)
    assert service.returncode == 0
    assert "returned mail read" in log
    assert "no_bounce=1" in log


def test_a_mailbox_that_never_answers_holds_nothing_up(installation: World) -> None:
    """Somebody accepts the connection and keeps silent: searches are asked and digests mailed meanwhile."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        text = installation.config.read_text(encoding="utf-8")
        imap = f"imap: {{host: 127.0.0.1, port: {silent.getsockname()[1]}, username: bounces}}"
        installation.config.write_text(text.replace("maildir: returned", imap), encoding="utf-8")
        (installation.folder / "password").write_text("a-password", encoding="utf-8")
        environ = {**installation.environ, "MONITOR_IMAP_PASSWORD_FILE": str(installation.folder / "password")}
        with World(installation.folder, installation.pubmed, installation.mailbox, environ) as other:
            service = other.start("run")
            connection, _ = silent.accept()
            eventually(lambda: installation.mailbox.to("bob@example.org"))
            connection.close()
            eventually(lambda: "Returned mail: cannot be read" in other.run("status").stdout)
            service.send_signal(signal.SIGTERM)
            _, log = service.communicate(timeout=60)
    assert service.returncode == 0
    assert "returned mail cannot be read" in log
    assert "a-password" not in log


def test_a_tick_reads_it_too(installation: World) -> None:
    """Cron needs no second line; what went wrong is said and is no reason to fail."""
    done = installation.run("tick", "--at", "2099-01-01")
    assert "returned mail: 1 mail read: 1 no bounce." in done.stdout
    (installation.folder / "returned" / "new").rename(installation.folder / "returned" / "gone")
    again = json.loads(installation.run("tick", "--json", "--at", "2099-01-02").stdout)
    assert "is not a Maildir" in again["collected"]["error"]


def test_without_options_the_command_takes_what_is_piped_and_else_reads_the_mailbox(installation: World) -> None:
    """An alias pipes a mail; cron gives an empty pipe, and a service /dev/null."""
    installation.run("tick")
    deliver(installation.folder / "returned", NOTE % 2, "2.host")
    assert "1 mail read: 1 no bounce." in fed(installation, NOTE % 3)
    assert (installation.folder / "returned" / "new" / "2.host").exists()
    assert "1 mail read: 1 no bounce." in fed(installation, b"")
    assert "0 mails read." in fed(installation, None)
    installation.config.write_text(
        installation.config.read_text(encoding="utf-8").partition("bounces:")[0], encoding="utf-8"
    )
    assert "the configuration names no mailbox under bounces" in fed(installation, None)


def test_doctor_opens_the_mailbox_and_leaves_the_mails_unread(installation: World) -> None:
    """And fails where it cannot."""
    (found,) = (
        one for one in json.loads(installation.run("doctor", "--no-dns", "--json").stdout) if one["id"] == "bounces"
    )
    assert (found["state"], found["text"]) == ("ok", f"1 unseen mail in {installation.folder}/returned")
    (installation.folder / "returned" / "new").rename(installation.folder / "returned" / "gone")
    (found,) = (
        one for one in json.loads(installation.run("doctor", "--no-dns", "--json").stdout) if one["id"] == "bounces"
    )
    assert (found["state"], "is not a Maildir" in found["text"]) == ("failed", True)
